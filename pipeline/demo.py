"""The demo: a made catalogue and exports of it in every format, each in a process of its own, measured."""

import datetime as dt
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pipeline
from pipeline.datasets import DATASETS
from pipeline.datasets.base import Dataset
from pipeline.errors import OptionError, OutputError
from pipeline.manifest import Manifest

_MARK = ".bellhop-demo"
"""A folder with this file is a demo's: its files may be replaced."""
MADE_AT = dt.datetime(2025, 7, 1, tzinfo=dt.UTC)
"""When the catalogue is said to be made, whenever it is: so that it is always the same, byte for byte."""
_PEAK = re.compile(r"peak memory +([\d.]+) MB")

EXPORTS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("hotels", "hotels.csv", ()),
    ("hotels", "hotels.json", ()),
    ("hotels", "hotels.xlsx", ()),
    ("hotels", "hotels.ndjson", ()),
    ("hotels", "hotels.parquet", ()),
    ("hotels", "hotels.arrow", ()),
    ("mappings", "mappings.xlsx", ()),
    ("supplier-summary", "supplier-summary.xlsx", ("--country-breakdown",)),
)
"""What is exported, to which file, with which filters: hotels in every format, the others where they show best."""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One export of the demo."""

    file: Path
    rows: int
    """Rows in the file: lines of a CSV, rows of all sheets, records and the rows nested in them."""
    cells: int
    """Columns of these rows, all together."""
    bytes: int
    seconds: float
    """Of the whole process, from its start to its end."""
    peak_memory_bytes: int
    """Of the process."""


def demo_catalogue(folder: Path, *, hotels: int) -> str:
    """Make the demo's catalogue in a folder, in the place of one that an earlier demo made; its URL.

    Raises:
        OptionError: The folder has other files than a demo's.
        OutputError: It cannot be written.

    """
    file = folder / "catalogue.duckdb"
    _claim(folder)
    file.unlink(missing_ok=True)
    url = f"duckdb:///{quote(str(file))}"
    pipeline.make_catalogue(url, hotels=hotels, now=MADE_AT)
    return url


def demo_exports(url: str, folder: Path) -> Iterator[Measured]:
    """Export a catalogue to files in a folder, one after another; a manifest stands beside each.

    Raises:
        OutputError: One of them failed.

    """
    for export_type, name, filters in EXPORTS:
        yield _measured(export_type, url, folder / name, filters)


def _claim(folder: Path) -> None:
    """Make the folder, or see that it is a demo's: nothing of anybody else's is to be replaced."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()) and not (folder / _MARK).exists():
            message = f"{folder} has other files than a demo's; give a new folder, or an empty one"
            raise OptionError(message, option="out", value=str(folder))
        (folder / _MARK).touch()
    except OSError as error:
        raise OutputError(f"{folder} cannot be written: {error.strerror}; give another folder", path=folder) from error


def _measured(export_type: str, url: str, file: Path, filters: tuple[str, ...]) -> Measured:
    manifest_file = file.with_name(f"{file.name}.manifest.json")
    started = time.perf_counter()
    told = _bellhop("export", export_type, "--source", url, "-o", str(file), *filters, "--manifest", str(manifest_file))
    seconds = time.perf_counter() - started
    manifest = Manifest.model_validate_json(manifest_file.read_text("utf-8"))
    tables = _tables(manifest)
    return Measured(
        file=file,
        rows=sum(rows for rows, _ in tables),
        cells=sum(rows * columns for rows, columns in tables),
        bytes=manifest.bytes,
        seconds=seconds,
        peak_memory_bytes=_peak(told),
    )


def _bellhop(*arguments: str) -> str:
    """Run the command in a process of its own; what it told on stderr."""
    command = [sys.executable, "-m", "pipeline.cli", *arguments, "--timings", "--quiet"]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            _, told = process.communicate()
        finally:
            process.wait()  # interrupted, it is interrupted too, and tidies up
    if process.returncode:
        raise OutputError(f"bellhop {' '.join(arguments)} ended with {process.returncode}: {told.strip()}")
    return told


def _peak(told: str) -> int:
    found = _PEAK.search(told)
    return round(float(found[1]) * 1e6) if found else 0


def _tables(manifest: Manifest) -> list[tuple[int, int]]:
    """Rows and columns of each table that is in the file."""
    kind = DATASETS[manifest.export_type]
    dataset = kind(kind.model.model_validate(manifest.filters))
    if manifest.sheets:
        widths = {sheet.name: len(sheet.columns) for sheet in dataset.sheets(None)}
        return [(rows, widths[name.partition(" (")[0]]) for name, rows in manifest.sheets.items()]
    if manifest.format == "csv":
        return [(manifest.rows[dataset.flat_table], len(manifest.columns))]
    return _nested_tables(manifest, dataset)


def _nested_tables(manifest: Manifest, dataset: Dataset[Any]) -> list[tuple[int, int]]:
    children = [(manifest.rows[child.name], len(child.columns)) for child in dataset.shape.children]
    return [(manifest.records, len(dataset.shape.columns)), *children]
