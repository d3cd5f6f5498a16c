"""Records as Python objects, as one makes them without vectors: dicts of hotels with lists of dicts of children.

Only the standard library is imported: the row-by-row exporter is charged for what it imports.
"""

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.columns import CHILDREN, CONTACT_TYPES, HOTELS, JOINED, JOINED_DISTINCT

if TYPE_CHECKING:
    import polars as pl

Record = dict[str, Any]


def records(tables: "Mapping[str, pl.DataFrame]") -> Iterator[Record]:
    """Every hotel with its children."""
    children = {table: _by_ittid(tables[table].select("ittid", *columns)) for table, columns in CHILDREN.items()}
    for hotel in tables["hotels"].select(HOTELS).iter_rows(named=True):
        yield hotel | {table: rows.get(hotel["ittid"], []) for table, rows in children.items()}


def _by_ittid(frame: "pl.DataFrame") -> dict[str, list[Record]]:
    by_ittid = defaultdict[str, list[Record]](list)
    for row in frame.iter_rows(named=True):
        by_ittid[row.pop("ittid")].append(row)
    return by_ittid


def iso(moment: datetime) -> str:
    """A naive UTC datetime as the files have it."""
    return moment.isoformat() + "Z"


def flat(record: Record) -> Record:
    """A hotel as one row: its first location, the other children joined as text."""
    locations, mappings = record["locations"], record["provider_mappings"]
    row = record | (locations[0] if locations else {})
    for kind in CONTACT_TYPES:
        row[kind] = _joined([c["value"] for c in record["contacts"] if c["contact_type"] == kind])
    for name, column in JOINED.items():
        row[name] = _joined([mapping[column] for mapping in mappings])
    for name, column in JOINED_DISTINCT.items():
        row[name] = _joined(list(dict.fromkeys(m[column] for m in mappings if m[column] is not None)))
    return {name: iso(cell) if isinstance(cell, datetime) else cell for name, cell in row.items()}


def _joined(values: list[str]) -> str | None:
    return "; ".join(values) if values else None


def write_rows(target: Path, columns: Iterable[str], rows: Iterable[Record]) -> None:
    """A CSV of dicts."""
    with target.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, [*columns], extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
