"""Tables in parts, by runs of ids: for a read that gives all its rows at once, so that no part is too large."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.query import IdRange, Plan, TableQuery
from pipeline.schema import Column, Kind
from pipeline.sources.base import Snapshot

_LEAST_DENSITY = 0.5
"""Rows by ids from which runs of equal width will do: none can then have more than twice the rows that it should."""


@dataclass(frozen=True, kw_only=True)
class Ids:
    """The ids of the rows that are read of a table; no two have the same."""

    snapshot: Snapshot
    plan: Plan
    table: TableQuery

    def ranges(self, rows: int, part_rows: int) -> list[IdRange]:
        """Runs that hold every id once, each about ``part_rows`` of them or fewer, at most twice as many.

        Args:
            rows: How many ids there are.
            part_rows: How many a run should have.

        """
        if rows <= part_rows:
            return _between([])
        if self._are_text:
            return _between(self._every(part_rows))
        least, greatest = self._ends()
        span = greatest - least + 1
        if rows < _LEAST_DENSITY * span:
            return _between(self._every(part_rows))
        width = -(-span * part_rows // rows)
        return _between([*range(least + width, greatest + 1, width)])

    def _ends(self) -> tuple[int, int]:
        statement = self.plan.id_bounds(self.table)
        least, greatest = self.snapshot.read(statement, _columns("least", "greatest"), self.table.view).row(0)
        return least, greatest

    def _every(self, step: int) -> list[int | str]:
        statement = self.plan.every_nth_id(self.table, step)
        columns = _columns("id", kind=Kind.TEXT if self._are_text else Kind.INTEGER)
        return self.snapshot.read(statement, columns, self.table.view).get_column("id").to_list()

    @property
    def _are_text(self) -> bool:
        return self.table.view in self.plan.text_ids


def _between(bounds: Sequence[int | str]) -> list[IdRange]:
    """The runs between bounds, the first and the last open, so that no id is outside."""
    return [IdRange(first=first, stop=stop) for first, stop in zip([None, *bounds], [*bounds, None], strict=True)]


def _columns(*names: str, kind: Kind = Kind.INTEGER) -> tuple[Column, ...]:
    return tuple(Column(name=name, kind=kind, nullable=False) for name in names)
