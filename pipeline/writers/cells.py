"""Rows of a sheet as SpreadsheetML, by Polars expressions (ECMA-376 part 1, 18.3.1.4 and 18.3.1.73).

Text is inline and typed, so nothing in it is ever run, linked or read as a number. What XML cannot hold is written
``_xHHHH_`` (part 1, 22.9.2.19), and what looks like that is escaped itself.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from pipeline.schema import Column, Kind
from pipeline.writers.base import BEFORE_1900, CUT, FINER_THAN_MILLISECONDS
from pipeline.writers.text import Part, concatenated, found, iso

DATE_STYLE = 1
"""The number of the date format in the styles of the workbook."""

MAX_UNITS = 32_767
"""UTF-16 units in a cell (Excel specifications and limits)."""
CUT_MARK = "… [cut]"

_FIRST_DATE = pl.datetime(1900, 3, 1)
"""Excel counts a 29 February 1900 that never was; from here on all agree."""
_DAY_ZERO_MS = -2_209_161_600_000
"""1899-12-30 in milliseconds from 1970: the day that serial numbers count from."""
_DAY_MS = 86_400_000

_LOOKS_ESCAPED = r"_x([0-9A-Fa-f]{4})"
_NOT_XML = [chr(code) for code in (*range(0x09), 0x0B, 0x0C, *range(0x0D, 0x20), 0xFFFE, 0xFFFF)]
_REFERENCES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"} | {char: f"_x{ord(char):04X}_" for char in _NOT_XML}
_TO_ESCAPE_ALWAYS = r"[&<>\x00-\x08\x0b-\x1f\x{fffe}\x{ffff}]|_x[0-9A-Fa-f]{4}"
_LIKE_REFERENCE = {'r="': "r=&quot;", "r='": "r=&apos;"}
"""SheetJS takes the first of these behind a cell without a reference for one, even in the cell's text."""
_ESCAPES = {False: _REFERENCES, True: _REFERENCES | _LIKE_REFERENCE}
_TO_ESCAPE = {False: _TO_ESCAPE_ALWAYS, True: r"r=[\"']|" + _TO_ESCAPE_ALWAYS}
"""What is escaped, by whether rows are compact."""
_OUTER_SPACE = r"^[ \t\n\r]|[ \t\n\r]\z"

_DATE_WIDTH = 19

_ROW = "_row"
"""The column that holds a row's number as text."""


@dataclass(frozen=True, kw_only=True)
class Rows:
    """The rows of a sheet as text, and what could not be kept."""

    texts: pl.Series
    notes: Counter[str]
    widths: tuple[int, ...]


def rows(frame: pl.DataFrame, columns: Sequence[Column], first_row: int, *, compact: bool) -> Rows:
    """Rows of a sheet.

    Args:
        frame: The cells; text, integers, naive UTC datetimes.
        columns: The columns of the sheet, in order.
        first_row: The number that the first of the rows has in its sheet, from 1.
        compact: Leave rows and cells without their references; an empty cell then stands where a NULL is.

    """
    names = [column.name for column in columns]
    cut, notes = _cut(frame.select(names), [column.name for column in columns if column.kind is Kind.TEXT])
    notes += _date_notes(cut, [column.name for column in columns if column.kind is Kind.TIMESTAMP])
    numbered = cut.with_columns(pl.int_range(first_row, first_row + pl.len()).cast(pl.String).alias(_ROW))
    row = concatenated(_row_parts(cut, columns, compact=compact))
    return Rows(texts=numbered.select(row).to_series(), notes=notes, widths=_widths(cut, columns))


def _row_parts(frame: pl.DataFrame, columns: Sequence[Column], *, compact: bool) -> list[Part]:
    in_text = [column.name for column in columns if column.kind is Kind.TEXT]
    to_escape, outer = found(frame, in_text, _TO_ESCAPE[compact]), found(frame, in_text, _OUTER_SPACE)
    parts: list[Part] = ["<row>"] if compact else ['<row r="', pl.col(_ROW), '">']
    for position, column in enumerate(columns):
        reference: list[Part] = [] if compact else [f' r="{letters(position)}', pl.col(_ROW), '"']
        cell = _cell(column, reference, escape=column.name in to_escape, outer=column.name in outer)
        if frame.get_column(column.name).null_count():
            cell = [concatenated(cell).fill_null("<c/>" if compact else "")]
        parts += cell
    return [*parts, "</row>"]


def _cell(column: Column, reference: list[Part], *, escape: bool, outer: bool) -> list[Part]:
    value = pl.col(column.name)
    if column.kind is Kind.INTEGER:
        return ["<c", *reference, "><v>", value.cast(pl.String), "</v></c>"]
    if column.kind is Kind.TIMESTAMP:
        return [_date_cell(value, reference)]
    opening: Part = ' t="inlineStr"><is><t>'
    if outer:
        kept = pl.lit(' t="inlineStr"><is><t xml:space="preserve">')
        opening = pl.when(value.str.contains(_OUTER_SPACE)).then(kept).otherwise(pl.lit(opening))
    return ["<c", *reference, opening, _escaped(value, _ESCAPES[not reference]) if escape else value, "</t></is></c>"]


def _escaped(value: pl.Expr, escapes: dict[str, str]) -> pl.Expr:
    # Every _xHHHH is escaped, with or without the closing underscore: that one can open the next.
    return value.str.replace_all(_LOOKS_ESCAPED, "_x005F_x$1").str.replace_many(escapes)


def _date_cell(value: pl.Expr, reference: list[Part]) -> pl.Expr:
    serial = (value.dt.epoch("ms") - _DAY_ZERO_MS) / _DAY_MS
    date = concatenated(["<c", *reference, f' s="{DATE_STYLE}"><v>', serial.cast(pl.String), "</v></c>"])
    text = concatenated(["<c", *reference, ' t="inlineStr"><is><t>', iso(value), "</t></is></c>"])
    return pl.when(value >= _FIRST_DATE).then(date).otherwise(text)


def _date_notes(frame: pl.DataFrame, names: list[str]) -> Counter[str]:
    notes: Counter[str] = Counter()
    for name in names:
        dates, is_date = pl.col(name), pl.col(name) >= _FIRST_DATE
        finer = (is_date & (dates.dt.microsecond() % 1000 != 0)).sum()
        before, cut = frame.select((~is_date).sum().alias("before"), finer.alias("cut")).row(0)
        notes.update({BEFORE_1900: before, FINER_THAN_MILLISECONDS: cut})
    return notes


def _cut(frame: pl.DataFrame, names: list[str]) -> tuple[pl.DataFrame, Counter[str]]:
    """Texts that are too long for a cell, cut with a mark; and how many these are."""
    long = [name for name in names if (frame.get_column(name).str.len_bytes().max() or 0) > MAX_UNITS]  # type: ignore[operator]
    columns = {name: frame.get_column(name).to_list() for name in long}
    count = sum(1 for cells in columns.values() for cell in cells if cell is not None and _units(cell) > MAX_UNITS)
    cut = [pl.Series(name, [cell and cut_text(cell) for cell in cells], pl.String) for name, cells in columns.items()]
    return frame.with_columns(cut), Counter({CUT: count})


def cut_text(text: str) -> str:
    """A text as long as a cell can hold: whole, or its beginning and a mark; never half a surrogate pair."""
    if _units(text) <= MAX_UNITS:
        return text
    kept = text.encode("utf-16-le")[: 2 * (MAX_UNITS - _units(CUT_MARK))]
    return kept.decode("utf-16-le", errors="ignore") + CUT_MARK


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _widths(frame: pl.DataFrame, columns: Sequence[Column]) -> tuple[int, ...]:
    """Characters of the longest text of each column."""
    lengths = {
        column.name: pl.lit(_DATE_WIDTH)
        if column.kind is Kind.TIMESTAMP
        else pl.col(column.name).cast(pl.String).str.len_chars().max().fill_null(0)
        for column in columns
    }
    return tuple(map(int, frame.select(**lengths).row(0)))


def letters(position: int) -> str:
    """The letters of a column, from 0: A, B, …, Z, AA."""
    name, number = "", position + 1
    while number:
        number, digit = divmod(number - 1, 26)
        name = chr(ord("A") + digit) + name
    return name
