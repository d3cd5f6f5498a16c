"""Records as Python objects, as one makes them without vectors: dicts of hotels with lists of dicts of children."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from benchmarks.job import Job

Record = dict[str, Any]

TEXTS = {"provider_names": "provider_name", "provider_ids": "provider_id"}
DISTINCT_TEXTS = {"giata_codes": "giata_code", "vervotech_ids": "vervotech_id"}


def records(job: Job) -> Iterator[Record]:
    """Every hotel with its children."""
    shape = job.hotels.shape
    children = {child.name: _by_key(job, child.name, [c.name for c in child.columns]) for child in shape.children}
    for hotel in job.tables["hotels"].select(column.name for column in shape.columns).iter_rows(named=True):
        yield hotel | {name: rows.get(hotel[shape.key], []) for name, rows in children.items()}


def _by_key(job: Job, table: str, columns: list[str]) -> dict[str, list[Record]]:
    key, by_key = job.hotels.shape.key, defaultdict[str, list[Record]](list)
    for row in job.tables[table].select(key, *columns).iter_rows(named=True):
        by_key[row.pop(key)].append(row)
    return by_key


def iso(moment: datetime) -> str:
    """A naive UTC datetime as the files have it."""
    return moment.isoformat() + "Z"


def flat(record: Record) -> Record:
    """A hotel as one row: its first location, the other children joined as text."""
    locations, mappings = record["locations"], record["provider_mappings"]
    row = record | (locations[0] if locations else {})
    for kind in ("phone", "email", "website", "fax"):
        row[kind] = _joined([c["value"] for c in record["contacts"] if c["contact_type"] == kind])
    for name, column in TEXTS.items():
        row[name] = _joined([mapping[column] for mapping in mappings])
    for name, column in DISTINCT_TEXTS.items():
        row[name] = _joined(list(dict.fromkeys(m[column] for m in mappings if m[column] is not None)))
    return {name: iso(cell) if isinstance(cell, datetime) else cell for name, cell in row.items()}


def _joined(values: list[str]) -> str | None:
    return "; ".join(values) if values else None
