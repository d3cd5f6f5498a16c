"""The tables of a catalogue, and the children of a hotel."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

Row: TypeAlias = dict[str, Any]
"""One row of a table: its values are str, int, datetime (naive UTC) or None."""

Catalogue: TypeAlias = dict[str, list[Row]]
"""The rows of each table, in any order."""

Filters: TypeAlias = Mapping[str, Any]
"""The filters of an export as a user gives them, by name."""

Record: TypeAlias = dict[str, Any]
"""One exported record, nested."""

MOMENTS = frozenset({"created_at", "updated_at", "last_updated", "summary_generated_at"})
"""The columns that hold datetimes."""


def load_catalogue(path: Path) -> Catalogue:
    """Read a catalogue.json; its datetimes stand there as ``2025-06-30 05:59:01``."""
    tables = json.loads(path.read_text("utf-8"))
    return {
        table: [{column: _typed(column, value) for column, value in row.items()} for row in rows]
        for table, rows in tables.items()
    }


def children(catalogue: Catalogue, table: str, ittid: str) -> list[Row]:
    """Give the rows of a child table that belong to one hotel, by id."""
    return sorted((row for row in catalogue[table] if row["ittid"] == ittid), key=lambda row: int(row["id"]))


def hotel_ittids(catalogue: Catalogue) -> set[str]:
    """Give the ittids of the hotels that are there: a child row with any other is an orphan."""
    return {hotel["ittid"] for hotel in catalogue["hotels"]}


def _typed(column: str, value: Any) -> Any:  # noqa: ANN401 - any JSON scalar
    if column in MOMENTS and value is not None:
        return datetime.fromisoformat(value)
    return value
