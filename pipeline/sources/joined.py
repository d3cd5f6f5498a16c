"""A moment that others can join: only keys are read and cut into chunks here, the rows of a chunk where it is encoded.

So the work of reading is shared out with the rest, and rows do not pass through this process. The chunks are those that
would be cut here, and hold the same rows in the same order.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol

import polars as pl

from pipeline.chunks import Frames
from pipeline.conform import conform
from pipeline.query import Plan, TableQuery
from pipeline.sources.base import Snapshot
from pipeline.sources.dealt import DealtSelection, Part, dealt
from pipeline.sources.ordered import in_order, nothing


class Joining(Protocol):
    """What it takes to read at a moment from anywhere, for as long as it is held; it pickles."""

    def stream(self, parts: Iterable[Part]) -> Iterator[tuple[Part, pl.DataFrame]]:
        """The rows of parts, in their order."""


def joined(snapshot: Snapshot, plan: Plan, joining: Joining, part_rows: int) -> DealtSelection:
    """Count what a plan selects; its chunks are to be read by whoever encodes them."""
    of_keys = dealt(snapshot, plan.of_keys_alone(), joining.stream, _still_held, part_rows)
    return replace(of_keys, there=partial(_there, joining, plan))


def _still_held() -> None:
    """The moment is held until the last chunk was read, which is when the export ends."""


def _there(joining: Joining, plan: Plan, keys: pl.Series) -> "ReadThere":
    return ReadThere(joining=joining, plan=plan, keys=keys.to_list())


@dataclass(frozen=True, kw_only=True)
class ReadThere:
    """The rows of a chunk, read where it is encoded. Its name, which clusters show, tells no secret."""

    joining: Joining = field(repr=False)
    plan: Plan = field(repr=False)
    keys: Sequence[str] = field(repr=False)

    def __call__(self) -> Frames:
        """Read them.

        Raises:
            SourceError: They cannot be read from here, or the moment is held no more.

        """
        rows = {table.name: [nothing(table.columns_read)] for table in self.plan.tables}
        for part, frame in self.joining.stream(map(self._part, self.plan.tables)):
            rows[part.table.name].append(conform(frame, part.columns, part.table.view))
        return in_order(self.plan, lambda table: pl.concat(rows[table.name])).frames

    def _part(self, table: TableQuery) -> Part:
        statement = self.plan.of_keys(table, self.keys)
        return Part(table=table, columns=table.columns_read, statement=statement)
