"""Counting for sources without a scratch of their own: rows by key and table, asked one table at a time."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from pipeline.chunks import tally
from pipeline.query import Plan
from pipeline.sources.base import KEY_ROWS, Snapshot, is_unique, refuse_repeated, tally_columns


@dataclass(frozen=True, kw_only=True)
class Tallied:
    """The keys of an export in order, and how many rows of each table each has."""

    keys: pl.Series
    counts: pl.DataFrame

    @property
    def rows(self) -> Mapping[str, int]:
        """How many rows of each table."""
        return {table: int(self.counts.get_column(table).sum()) for table in self.counts.columns}


def tallied(snapshot: Snapshot, plan: Plan) -> Tallied:
    """Count the rows of each table by key; keys in code-point order, as Polars sorts text.

    Raises:
        CatalogueMismatch: A key that must be unique in a table is not.

    """
    columns = tally_columns(plan.records.columns[0])
    by_table = {table.name: snapshot.read(plan.tally(table), columns, table.view) for table in plan.tables}
    for table in filter(is_unique, plan.tables):
        repeated = by_table[table.name].filter(pl.col(KEY_ROWS) > 1)
        if repeated.height:
            refuse_repeated(table, plan.key, str(repeated.item(0, plan.key)))
    keys = by_table[plan.records.name].get_column(plan.key).sort()
    return Tallied(keys=keys, counts=tally(keys, by_table))
