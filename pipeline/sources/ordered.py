"""Rows of all tables in the order of their keys: children of no record left out, and seen to have no other order."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NoReturn

import polars as pl

from pipeline.chunks import Frames, KeyRange, cut
from pipeline.errors import CatalogueMismatch
from pipeline.query import Plan, TableQuery
from pipeline.reshape import spans_of_known
from pipeline.schema import Column


@dataclass(frozen=True, kw_only=True)
class InOrder:
    """Rows of all tables in the order of their keys, and how many rows of each table a key has."""

    frames: Frames
    counts: pl.DataFrame
    left_out: Mapping[str, int] = field(default_factory=dict)
    """How many rows of each table belong to no record; they are not among these."""

    def has_any(self) -> bool:
        """Whether there are any keys."""
        return self.counts.height > 0

    def keys(self, plan: Plan) -> pl.Series:
        """The keys, each once."""
        return self.frames[plan.records.name].get_column(plan.key).unique(maintain_order=True)

    def then(self, after: "InOrder") -> "InOrder":
        """These, and rows that come after them."""
        frames = {table: pl.concat([rows, after.frames[table]], rechunk=True) for table, rows in self.frames.items()}
        return InOrder(frames=frames, counts=pl.concat([self.counts, after.counts]))

    def cut(self, chunk_rows: int, last: KeyRange | None) -> Iterator[tuple[KeyRange, "InOrder"]]:
        """Cut what comes after a range."""
        first, starts = (last.stop, last.ends) if last else (0, dict.fromkeys(self.frames, 0))
        for keys in cut(self.counts, chunk_rows, after=last):
            frames = {
                table: rows.slice(keys.starts[table] - starts[table], keys.rows[table])
                for table, rows in self.frames.items()
            }
            yield keys, InOrder(frames=frames, counts=self.counts.slice(keys.first - first, keys.stop - keys.first))


def in_order(plan: Plan, read: Callable[[TableQuery], pl.DataFrame], *, checked: bool = True) -> InOrder:
    """Put all rows of some keys in order.

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
    return InOrder(frames=frames, counts=pl.DataFrame(counts), left_out=left_out)


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
