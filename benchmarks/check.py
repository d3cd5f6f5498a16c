"""Whether a file of the benchmark holds what the catalogue does: ``python -m benchmarks.check``.

The catalogue is read by plain SQL and nested in plain Python, the file by other people's readers. Prints what differs;
nothing if all is right. What may differ is what spec.md says: a guard before a formula, milliseconds, early dates and
long cells in a workbook.
"""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.contenders.nesting import flat, iso, records
from benchmarks.contest import OURS, Task
from benchmarks.job import Job
from pipeline.chunks import Frames
from pipeline.sources.arrow import frame_of
from pipeline.writers.cells import cut_text
from tests.model import formula_guarded
from tests.readers import MalformedFileError, read_csv, read_xlsx_calamine, read_xlsx_openpyxl

_SLOW_READER = 10_000
"""Hotels up to which openpyxl reads workbooks too."""
_FIRST_DATE = datetime(1900, 3, 1)  # noqa: DTZ001 - naive UTC throughout

_READ_CSV = """
    SELECT * FROM read_csv(?, header = true, all_varchar = true, nullstr = '', allow_quoted_nulls = false,
    max_line_size = 10000000)
"""
_SELECT = "SELECT * FROM {} WHERE ittid IN (SELECT ittid FROM hotels) ORDER BY ittid, id"

Rows = Iterable[Iterable[Any]]


@dataclass(frozen=True)
class Stored(Job):
    """A job whose tables are read by plain SQL."""

    @cached_property
    def tables(self) -> Frames:
        """The tables of the export, in order."""
        names = ["hotels", *(children.name for children in self.hotels.shape.children)]
        with duckdb.connect(self.url.removeprefix("duckdb:///"), read_only=True) as connection:
            return {name: frame_of(connection.sql(_SELECT.format(name))) for name in names}


def main() -> None:
    """Read a file back, and print what is wrong with it."""
    asked = json.loads(sys.argv[1])
    job = Stored(Task(**asked["task"]), asked["url"], asked["sqlite_url"], Path(asked["target"]))
    try:
        print(_CHECKS[job.target.suffix](job) or "")
    except MalformedFileError as error:
        print(error)


def _csv(job: Stored) -> str:
    """Ours is read strictly: BOM, line ends, names, the guard where it is due. Others may differ in these."""
    names = [column.name for column in job.hotels.flat_columns]
    wanted = ([row.get(name) for name in names] for row in map(flat, records(job)))
    if not job.task.contender.startswith(OURS):
        return _differences(duckdb.execute(_READ_CSV, [str(job.target)]).fetchall(), wanted, _same_or_guarded)
    header, rows = read_csv(job.target)
    return _differences([header, *rows], chain([names], wanted), _same_and_guarded)


def _same_or_guarded(found: str | None, wanted: str | None) -> bool:
    return found == wanted or (wanted is not None and found == f"'{wanted}")


def _same_and_guarded(found: str | None, wanted: str | None) -> bool:
    return found == (wanted and formula_guarded(wanted))


def _json(job: Stored) -> str:
    document = json.loads(job.target.read_text("utf-8"))
    wanted = ([json.loads(json.dumps(record, default=iso))] for record in records(job))
    return _differences(([record] for record in document["data"]), wanted, lambda found, record: found == record)


def _xlsx(job: Stored) -> str:
    readers = [read_xlsx_calamine, read_xlsx_openpyxl] if job.task.hotels <= _SLOW_READER else [read_xlsx_calamine]
    return next(filter(None, (_sheets(job, reader(job.target)) for reader in readers)), "")


def _sheets(job: Stored, found: dict[str, list[list[Any]]]) -> str:
    arranged, differences = job.hotels.arrange(job.tables), []
    for sheet in job.hotels.sheets(None):
        frame = sheet.frame(arranged).select(column.name for column in sheet.columns)
        rows = [row for name, rows in found.items() if name.partition(" (")[0] == sheet.name for row in rows[1:]]
        padded = ([*row, *[None] * (frame.width - len(row))] for row in rows)
        differences.append(_differences(padded, frame.iter_rows(), _same_cell))
    return next(filter(None, differences), "")


def _same_cell(found: object, wanted: object) -> bool:
    if isinstance(wanted, str):
        return (found or None) == (cut_text(wanted) or None)  # no reader tells an empty text from none
    if isinstance(wanted, datetime) and isinstance(found, datetime):
        return abs(found - wanted) < timedelta(milliseconds=1)
    return found == wanted or (isinstance(wanted, datetime) and wanted < _FIRST_DATE and found == iso(wanted))


def _differences(found: Rows, wanted: Rows, same: Callable[[Any, Any], bool]) -> str:
    pairs = zip_longest(found, wanted, fillvalue=())
    wrong = [cells for row in pairs for cells in _differing(*row, same)]
    return f"{len(wrong):,} cells differ, such as {wrong[0][0]!s:.30} for {wrong[0][1]!s:.30}" if wrong else ""


def _differing(found: Iterable[Any], wanted: Iterable[Any], same: Callable[[Any, Any], bool]) -> Iterator[Any]:
    return (cells for cells in zip_longest(found, wanted, fillvalue="no cell") if not same(*cells))


_CHECKS: dict[str, Callable[[Stored], str]] = {".csv": _csv, ".json": _json, ".xlsx": _xlsx}

if __name__ == "__main__":
    main()
