"""Files to load, and what is made of them."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.loading.load import LoadReport, load_catalogue
from pipeline.loading.make import catalogue_batches
from tests.loading.rows import Row, column

NOW = dt.datetime(2026, 1, 1, 12, 30, tzinfo=dt.UTC)


Cell = str | None


def made(hotels: int, *, seed: int = 0) -> dict[str, list[Row]]:
    """The rows of a made catalogue, by table, in the order of storage."""
    rows: dict[str, list[Row]] = defaultdict(list)
    for table, frame in catalogue_batches(hotels, seed=seed):
        rows[table.name].extend(frame.rows(named=True))
    return rows


def summary_of(rows: Mapping[str, Sequence[Row]], now: dt.datetime) -> list[tuple[Any, ...]]:
    """supplier_summary as spec.md §1 says it, in plain Python."""
    there = set(column(rows["hotels"], "ittid"))
    by_supplier: dict[str, list[Row]] = defaultdict(list)
    for mapping in rows["provider_mappings"]:
        if mapping["ittid"] in there:
            by_supplier[mapping["provider_name"]].append(mapping)
    return [
        (
            name,
            len({mapping["ittid"] for mapping in own}),
            len(own),
            max((mapping["updated_at"] for mapping in own if mapping["updated_at"]), default=None),
            now,
        )
        for name, own in sorted(by_supplier.items())
    ]


def load(url: str, hotels: Path, mappings: Path | None = None, **options: Any) -> LoadReport:  # noqa: ANN401
    return load_catalogue(url, hotels=hotels, mappings=mappings, now=NOW, **options)


def csv_of(path: Path, rows: Sequence[Sequence[Cell]], *, separator: str = ",", end: str = "\r\n") -> Path:
    """Write a CSV as spec.md §2 has it: NULL is nothing, every text is quoted."""
    lines = [
        separator.join("" if cell is None else '"' + cell.replace('"', '""') + '"' for cell in row) for row in rows
    ]
    path.write_bytes("".join(line + end for line in lines).encode())
    return path
