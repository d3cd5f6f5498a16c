"""Workbooks read back, by calamine, and small ones of ours by openpyxl too."""

import warnings
from collections.abc import Iterable, Iterator
from typing import Any

from python_calamine import CalamineWorkbook

from benchmarks.checks import cells
from benchmarks.checks.comparison import Comparison
from benchmarks.checks.content import Content
from benchmarks.job import Job
from benchmarks.verdict import Verdict
from tests.readers import read_xlsx_calamine, read_xlsx_openpyxl

_SLOW_READER = 1_000
"""Hotels up to which openpyxl reads workbooks too."""

Sheets = dict[str, list[list[Any]]]


def check_xlsx(job: Job, content: Content) -> Verdict:
    """Sheet by sheet; of peers by what they can hold."""
    if not job.task.is_ours:
        return _compared(_as_it_is(job), content, cells.of_sheet, "calamine")
    verdict = _compared(read_xlsx_calamine(job.target), content, cells.of_our_sheet, "calamine")
    if verdict.wrong or job.task.hotels > _SLOW_READER:
        return verdict
    with warnings.catch_warnings(action="ignore"):
        return _compared(read_xlsx_openpyxl(job.target), content, cells.of_our_sheet, "calamine and openpyxl")


def _as_it_is(job: Job) -> Sheets:
    with CalamineWorkbook.from_path(job.target) as book:
        return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


def _compared(found: Sheets, content: Content, same: cells.Same, by: str) -> Verdict:
    comparison = Comparison.of(same)
    for name, wanted in content.sheets().items():
        comparison.rows(*_as_wide(_joined(found, name), wanted))
    return comparison.verdict(f"read back by {by}")


def _joined(found: Sheets, name: str) -> Iterator[list[Any]]:
    """The rows of a sheet and of those that it goes on in, without headers."""
    return (row for title, rows in found.items() if title.partition(" (")[0] == name for row in rows[1:])


def _as_wide(found: Iterator[list[Any]], wanted: Iterable[tuple[Any, ...]]) -> tuple[Iterable[Any], Iterable[Any]]:
    """Readers leave empty columns at the end of a sheet out."""
    rows = [*wanted]
    width = len(rows[0]) if rows else 0
    return ([*row, *[None] * (width - len(row))] for row in found), rows
