"""Other writers of workbooks: the same four sheets with the same cells, from the same frames.

Text is written as text, datetimes as dates. None is asked for styles, widths or a front sheet, which ours has. Texts
that no cell holds are cut before the clock starts: XlsxWriter leaves out the rest of such a row, others raise.
"""

from functools import partial

import polars as pl
import xlsxwriter
from pyexcelerate.Workbook import Workbook
from rustpy_xlsxwriter import FastExcel

from benchmarks.columns import HOTEL_SHEETS
from benchmarks.contenders.ours import Work
from benchmarks.job import Job

_DATES = "yyyy-mm-dd hh:mm:ss"
_FIRST_YEAR = 1900
_MOST_CHARACTERS = 16_383
"""Fit into a cell whatever they are."""


def sheets(job: Job) -> dict[str, pl.DataFrame]:
    """The rows of each sheet, by its name."""
    cut = pl.col(pl.String).str.slice(0, _MOST_CHARACTERS)
    frames = {name: job.tables[table].select(columns) for name, (table, columns) in HOTEL_SHEETS.items()}
    return {name: frame.with_columns(cut) for name, frame in frames.items()}


def constant_memory(job: Job) -> Work:
    """XlsxWriter as its documentation has it for large files: constant_memory, a row at a time by write_row."""
    return partial(_constant_memory, str(job.target), sheets(job))


def _constant_memory(target: str, frames: dict[str, pl.DataFrame]) -> None:
    options = {"constant_memory": True, "default_date_format": _DATES}
    as_they_are = {"strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(target, options | as_they_are) as book:
        for name, frame in frames.items():
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, frame.columns)
            for row, cells in enumerate(frame.iter_rows(), start=1):
                sheet.write_row(row, 0, cells)


def rustpy(job: Job) -> Work:
    """rustpy-xlsxwriter, given Polars frames; it dies of dates before 1900, so it gets none."""
    dates = pl.col(pl.Datetime)
    holdable = pl.when(dates.dt.year() >= _FIRST_YEAR).then(dates)
    return partial(
        _rustpy, str(job.target), {name: frame.with_columns(holdable) for name, frame in sheets(job).items()}
    )


def _rustpy(target: str, frames: dict[str, pl.DataFrame]) -> None:
    book = FastExcel(target)
    for name, frame in frames.items():
        book.sheet(name, frame)
    book.save()


def polars_excel(job: Job) -> Work:
    """Polars' own, which writes through XlsxWriter."""
    return partial(_polars_excel, str(job.target), sheets(job))


def _polars_excel(target: str, frames: dict[str, pl.DataFrame]) -> None:
    options = {"strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(target, options) as book:
        for name, frame in frames.items():
            frame.write_excel(book, name)


def excelerate(job: Job) -> Work:
    """PyExcelerate."""
    return partial(_excelerate, str(job.target), sheets(job))


def _excelerate(target: str, frames: dict[str, pl.DataFrame]) -> None:
    book = Workbook()
    for name, frame in frames.items():
        book.new_sheet(name, data=[frame.columns, *map(list, frame.iter_rows())])
    book.save(target)
