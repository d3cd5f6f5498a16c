"""Rows of a sheet as SpreadsheetML, by Polars expressions (ECMA-376 part 1, 18.3.1.4 and 18.3.1.73).

Text is inline and typed, so nothing in it is ever run, linked or read as a number. What XML cannot hold is written
``_xHHHH_`` (part 1, 22.9.2.19), and what looks like that is escaped itself.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import polars as pl

from pipeline.schema import Column, Kind
from pipeline.writers.base import BEFORE_1900, CUT, FINER_THAN_MILLISECONDS
from pipeline.writers.text import Matches, Part, concatenated, iso, kept, longest, matches, matching, mended

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
_SPACE = " \t\n\r"
"""What readers leave out at the ends of a text, unless it is said to be kept."""
_OUTER = rf"^[{_SPACE}]|[{_SPACE}]\z"

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
    in_text = [column.name for column in columns if column.kind is Kind.TEXT]
    too_long = [name for name, length in longest(frame, in_text, in_bytes=True).items() if length > MAX_UNITS]
    frame, cut = _cut(frame, too_long) if too_long else (frame, Counter[str]())
    # Both are looked for at once: what takes time is to look at each text.
    found = matches(frame, in_text, f"{_TO_ESCAPE[compact]}|{_OUTER}")
    facts = {**_text_facts(frame, in_text, found), **_number_facts(frame, columns)}
    row = concatenated(_row_parts(facts, columns, compact=compact))
    number = pl.int_range(first_row, first_row + pl.len()).cast(pl.String).alias(_ROW)
    cells = mended(frame, found, partial(_escape, escapes=_ESCAPES[compact])).with_columns_seq(number)
    notes = sum((facts[column.name].notes for column in columns), cut)
    widths = tuple(facts[column.name].width for column in columns)
    return Rows(texts=cells.select_seq(row).to_series(), notes=notes, widths=widths)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is to be known of a column's cells before they are written."""

    nulls: int
    width: int
    """Characters of the longest."""
    outer: bool = False
    early: int = 0
    finer: int = 0

    @property
    def notes(self) -> Counter[str]:
        """Dates that are not in the file as they are."""
        return Counter({BEFORE_1900: self.early, FINER_THAN_MILLISECONDS: self.finer})


def _text_facts(frame: pl.DataFrame, names: Sequence[str], found: Matches) -> dict[str, Facts]:
    """The facts of columns of text, of which those that need work were found."""
    texts = matching(frame, found) if found else pl.Series(dtype=pl.String)
    outer, widths = kept(found, texts.str.strip_chars(_SPACE) != texts), longest(frame, names)
    return {n: Facts(nulls=frame.get_column(n).null_count(), width=widths[n], outer=n in outer) for n in names}


def _number_facts(frame: pl.DataFrame, columns: Sequence[Column]) -> dict[str, Facts]:
    exprs = {c.name: pl.struct(f.alias(n) for n, f in _facts_of(c).items()) for c in columns if c.kind is not Kind.TEXT}
    if not exprs:
        return {}
    return {name: Facts(**facts) for name, facts in frame.select_seq(**exprs).row(0, named=True).items()}


def _facts_of(column: Column) -> dict[str, pl.Expr]:
    value = pl.col(column.name)
    nulls = {"nulls": value.null_count()}
    if column.kind is Kind.INTEGER:
        return nulls | {"width": value.cast(pl.String).str.len_chars().max().fill_null(0)}
    is_date = value >= _FIRST_DATE
    finer = (is_date & (value.dt.microsecond() % 1000 != 0)).sum()
    return nulls | {"width": pl.lit(_DATE_WIDTH), "early": (~is_date).sum(), "finer": finer}


def _row_parts(facts: Mapping[str, Facts], columns: Sequence[Column], *, compact: bool) -> list[Part]:
    parts: list[Part] = ["<row>"] if compact else ['<row r="', pl.col(_ROW), '">']
    for position, column in enumerate(columns):
        reference: list[Part] = [] if compact else [f' r="{letters(position)}', pl.col(_ROW), '"']
        known = facts[column.name]
        cell = _cell(column, reference, known)
        if known.nulls:
            cell = [concatenated(cell).fill_null("<c/>" if compact else "")]
        parts += cell
    return [*parts, "</row>"]


def _cell(column: Column, reference: list[Part], known: Facts) -> list[Part]:
    value = pl.col(column.name)
    if column.kind is Kind.INTEGER:
        return ["<c", *reference, "><v>", value.cast(pl.String), "</v></c>"]
    if column.kind is Kind.TIMESTAMP:
        return [_date_cell(value, reference)] if known.early else _date(value, reference)
    opening: Part = ' t="inlineStr"><is><t>'
    if known.outer:
        keeping = pl.lit(' t="inlineStr"><is><t xml:space="preserve">')
        opening = pl.when(value.str.strip_chars(_SPACE) != value).then(keeping).otherwise(pl.lit(opening))
    return ["<c", *reference, opening, value, "</t></is></c>"]


def _escape(text: pl.Expr, escapes: dict[str, str]) -> pl.Expr:
    # Every _xHHHH is escaped, with or without the closing underscore: that one can open the next.
    return text.str.replace_all(_LOOKS_ESCAPED, "_x005F_x$1").str.replace_many(escapes)


def _date_cell(value: pl.Expr, reference: list[Part]) -> pl.Expr:
    text = concatenated(["<c", *reference, ' t="inlineStr"><is><t>', iso(value), "</t></is></c>"])
    return pl.when(value >= _FIRST_DATE).then(concatenated(_date(value, reference))).otherwise(text)


def _date(value: pl.Expr, reference: list[Part]) -> list[Part]:
    serial = (value.dt.epoch("ms") - _DAY_ZERO_MS) / _DAY_MS
    return ["<c", *reference, f' s="{DATE_STYLE}"><v>', serial.cast(pl.String), "</v></c>"]


def _cut(frame: pl.DataFrame, names: Sequence[str]) -> tuple[pl.DataFrame, Counter[str]]:
    """Texts that are too long for a cell, cut with a mark; and how many these are."""
    columns = {name: frame.get_column(name).to_list() for name in names}
    count = sum(1 for cells in columns.values() for cell in cells if cell is not None and _units(cell) > MAX_UNITS)
    cut = [pl.Series(name, [cell and cut_text(cell) for cell in cells], pl.String) for name, cells in columns.items()]
    return frame.with_columns_seq(cut), Counter({CUT: count})


def cut_text(text: str) -> str:
    """A text as long as a cell can hold: whole, or its beginning and a mark; never half a surrogate pair."""
    if _units(text) <= MAX_UNITS:
        return text
    kept = text.encode("utf-16-le")[: 2 * (MAX_UNITS - _units(CUT_MARK))]
    return kept.decode("utf-16-le", errors="ignore") + CUT_MARK


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def letters(position: int) -> str:
    """The letters of a column, from 0: A, B, …, Z, AA."""
    name, number = "", position + 1
    while number:
        number, digit = divmod(number - 1, 26)
        name = chr(ord("A") + digit) + name
    return name
