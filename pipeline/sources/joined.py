"""A moment that others can join: only keys are read and cut into chunks here, the rows of a chunk where it is encoded.

So the work of reading is shared out with the rest, and rows do not pass through this process. The chunks are those that
would be cut here, and hold the same rows in the same order.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import polars as pl

from pipeline.chunks import Rows
from pipeline.conform import conform
from pipeline.lazy import load
from pipeline.query import Plan, TableQuery
from pipeline.sources.dealt import DealtSelection, Part
from pipeline.sources.ordered import in_order, nothing


@dataclass(frozen=True, kw_only=True)
class Joining:
    """How a moment is joined, as data alone: a scheduler that passes it on needs no driver."""

    reader: str
    """Where the function stands that reads parts, by ``facts``."""
    extra: str
    """What brings the driver."""
    facts: Mapping[str, Any] = field(repr=False)


def joined(of_keys: DealtSelection, plan: Plan, joining: Joining, stop: Callable[[], None]) -> DealtSelection:
    """What a plan selects, its chunks to be read by whoever encodes them.

    Args:
        of_keys: The keys of the same rows, ``plan.of_keys_alone()``, counted.
        plan: What is to be read.
        joining: How.
        stop: Ends what is read elsewhere.

    """
    return replace(of_keys, there=partial(_there, joining, plan), stop=stop)


def _there(joining: Joining, plan: Plan, keys: pl.Series) -> "ReadThere":
    return ReadThere(joining=joining, plan=plan, keys=keys.to_list())


@dataclass(frozen=True, kw_only=True)
class ReadThere:
    """The rows of a chunk, read where it is encoded. Its name, which clusters show, tells no secret."""

    joining: Joining
    plan: Plan = field(repr=False)
    keys: Sequence[str] = field(repr=False)

    def __call__(self) -> Rows:
        """Read them.

        Raises:
            SourceError: They cannot be read from here, or the moment is held no more.
            UsageError: The driver is not installed here.

        """
        rows = {table.name: [nothing(table.columns_read)] for table in self.plan.tables}
        stream = load(self.joining.reader, extra=self.joining.extra)
        with closing(stream(map(self._part, self.plan.tables), **self.joining.facts)) as came:
            for part, frame in came:
                rows[part.table.name].append(self._asked_for(conform(frame, part.columns, part.table.view)))
        ordered, _ = in_order(self.plan, lambda table: pl.concat(rows[table.name]))
        return ordered

    def _part(self, table: TableQuery) -> Part:
        statement = self.plan.of_keys(table, self.keys)
        return Part(table=table, columns=table.columns_read, statement=statement)

    def _asked_for(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Without the rows of keys that only the database takes for the same: its collation may."""
        return rows.filter(pl.col(self.plan.key).is_in(self.keys))
