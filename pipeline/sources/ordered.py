"""Rows of all tables in the order of their keys: children of no record left out, and seen to have no other order."""

from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn

import polars as pl

from pipeline.chunks import Frames, Rows
from pipeline.errors import CatalogueMismatch
from pipeline.query import Plan, TableQuery
from pipeline.reshape import spans_of_known
from pipeline.schema import Column


def in_order(
    plan: Plan, read: Callable[[TableQuery], pl.DataFrame], *, checked: bool = True
) -> tuple[Rows, Mapping[str, int]]:
    """Put all rows of some keys in order; beside these, how many rows of each table belong to no record.

    Args:
        plan: What the rows are of.
        read: All rows of a table, in any order; those of other keys are left out.
        checked: See that the order is no chance. Rows that hold their key alone have no other order anyway.

    Raises:
        CatalogueMismatch: Two rows are alike in all that orders them.

    """
    key, frames, counts, left_out = plan.key, Frames(), dict[str, pl.Series](), dict[str, int]()
    ordered = {table.name: read(table).sort(_order(table, key)) for table in plan.tables}
    parents = ordered[plan.records.name].get_column(key).unique(maintain_order=True)
    for table in plan.tables:
        rows = ordered[table.name]
        of, have_one = spans_of_known(parents, rows.get_column(key))
        if have_one is not None:
            left_out[table.name] = rows.height - int(have_one.sum())
            rows = rows.filter(have_one)
        if checked:
            _check_told_apart(table, key, rows)
        frames[table.name] = rows.select_seq(column.name for column in table.columns)
        counts[table.name] = of.counts
    return Rows(frames=frames, counts=pl.DataFrame(counts)), left_out


def nothing(columns: Sequence[Column]) -> pl.DataFrame:
    """No rows of these columns."""
    return pl.DataFrame(schema={column.name: column.kind.value for column in columns})


def _order(table: TableQuery, key: str) -> list[str]:
    return [key, *(column.name for column in table.order)]


def _check_told_apart(table: TableQuery, key: str, rows: pl.DataFrame) -> None:
    """See that rows in order could not stand in another one.

    Raises:
        CatalogueMismatch: Two rows are alike in all that orders them.

    """
    names = _order(table, key)
    alike = pl.all_horizontal(pl.col(name).eq_missing(pl.col(name).shift()) for name in names)
    tied = rows.select_seq(names).filter(alike)
    if tied.height:
        _refuse_tied(table.view, tied.row(0, named=True))


def _refuse_tied(view: str, row: Mapping[str, object]) -> NoReturn:
    """Tell of rows that nothing tells apart: of a key alone, each would get the children of all."""
    *_, column = row
    if len(row) == 1:
        what = f"{view}.{column} holds {row[column]!r:.80} more than once, and must not"
        advice = "mend the rows, or leave all but one out with a view of the table"
    else:
        alike = " and ".join(f"{name} {value!r:.80}" for name, value in row.items())
        what = f"{view} has several rows with {alike}, whose order would be chance"
        advice = "give each an id of its own"
    wanted = "unique values"
    raise CatalogueMismatch(f"{what}; {advice}", table=view, column=column, found="the same value again", wanted=wanted)
