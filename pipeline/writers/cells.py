"""Rows of a sheet as SpreadsheetML, woven from columns (ECMA-376 part 1, 18.3.1.4 and 18.3.1.73).

Text is inline and typed, so nothing in it is ever run, linked or read as a number. What XML cannot hold is written
``_xHHHH_`` (part 1, 22.9.2.19), and what looks like that is escaped itself.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from pipeline.schema import Column, Kind
from pipeline.writers.base import BEFORE_1900, CUT, FINER_THAN_MILLISECONDS
from pipeline.writers.signs import Positions, Signs
from pipeline.writers.text import iso
from pipeline.writers.weave import Block, Choice, Line, Places, Texts

if TYPE_CHECKING:
    import pyarrow as pa

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
_LIKE_REFERENCE = {'r="': "r=&quot;", "r='": "r=&apos;"}
"""SheetJS takes the first of these behind a cell without a reference for one, even in the cell's text."""
_ESCAPES = {False: _REFERENCES, True: _REFERENCES | _LIKE_REFERENCE}
"""What is escaped, by whether rows are compact."""
_SPACE = " \t\n\r"
"""What readers leave out at the ends of a text, unless it is said to be kept."""
_SIGNS = Signs(below=0x20, anywhere=b"&<>\xef", pairs=(b"_x",), first=b" ", last=b" ")
TO_MEND = {False: _SIGNS, True: replace(_SIGNS, pairs=(b"_x", b"r="))}
"""Of texts that are escaped, or keep their outer spaces, by whether rows are compact.

0xEF begins U+FFFE and U+FFFF; what of _SPACE is no blank is below 0x20.
"""

_DATE_WIDTH = 19

_USUAL, _NULL, _OTHER = range(3)
"""How a cell is written: as cells of its column are, not at all, or in the column's other way."""

_FINER, _EARLY, _AS_TEXT = " finer", " early", " as text"
"""What is known of a date's column beside its texts, behind its name; no column is called so."""

_TEXT = ' t="inlineStr"><is><t>'
_KEEPING = ' t="inlineStr"><is><t xml:space="preserve">'
_DATE = f' s="{DATE_STYLE}"><v>'
_END_TEXT, _END = "</t></is></c>", "</v></c>"


@dataclass(frozen=True, kw_only=True)
class Rows:
    """The rows of a sheet, and what could not be kept."""

    xml: Iterator["pa.Buffer"]
    """Woven as it is asked for, in parts; once."""
    notes: Counter[str]
    widths: tuple[int, ...]
    """Characters of the longest cell of each column."""


@dataclass(frozen=True, kw_only=True)
class Cells:
    """A column, ready to be woven into rows."""

    values: Places
    ways: Choice | None
    """How each cell is written; None for all as usual."""
    openings: tuple[str, str]
    """What stands between reference and value, as usual and in the other way."""
    closings: tuple[str, str]
    width: int
    """Characters of the longest."""
    notes: Counter[str] = field(default_factory=Counter)
    """Dates that are not in the file as they are."""


def rows(frame: pl.DataFrame, columns: Sequence[Column], first_row: int, *, compact: bool) -> Rows:
    """Rows of a sheet.

    Args:
        frame: The cells; text, integers, naive UTC datetimes.
        columns: The columns of the sheet, in order.
        first_row: The number that the first of the rows has in its sheet, from 1.
        compact: Leave rows and cells without their references; an empty cell then stands where a NULL is.

    """
    texts = Texts()
    known, cut = _text_cells(texts, frame, columns, compact=compact)
    known |= _number_cells(texts, frame, columns)
    cells = [known[column.name] for column in columns]
    line = Line(texts, frame.height)
    if compact:
        _weave_compact(line, cells)
    else:
        numbers = pl.int_range(first_row, first_row + frame.height, eager=True).cast(pl.String)
        _weave(line, cells, texts.add(numbers), texts.literal(""))
    notes = sum((of_column.notes for of_column in cells), cut)
    return Rows(xml=texts.bytes_at(line.places()), notes=notes, widths=tuple(of_column.width for of_column in cells))


def _weave(line: Line, cells: Sequence[Cells], numbers: Places, nothing: int) -> None:
    """Rows and cells with their references, of which a NULL has none."""
    line.literal('<row r="')
    line.value(numbers)
    line.literal('">')
    for position, column in enumerate(cells):
        line.choose(column.ways, *_by_way(f'<c r="{letters(position)}', ("", "")))
        line.value(numbers if column.ways is None else np.where(column.ways == _NULL, nothing, numbers))
        line.choose(column.ways, *_by_way('"', column.openings))
        line.value(column.values)
        line.choose(column.ways, *_by_way("", column.closings))
    line.literal("</row>")


def _weave_compact(line: Line, cells: Sequence[Cells]) -> None:
    """Rows and cells by their order alone, in which a NULL has its place."""
    line.literal("<row>")
    for column in cells:
        line.choose(column.ways, *_by_way("<c", column.openings, null="<c/>"))
        line.value(column.values)
        line.choose(column.ways, *_by_way("", column.closings))
    line.literal("</row>")


def _by_way(before: str, texts: tuple[str, str], null: str = "") -> tuple[str, str, str]:
    """A literal for each way of a cell."""
    usual, other = texts
    return before + usual, null, before + other


def _text_cells(
    texts: Texts, frame: pl.DataFrame, columns: Sequence[Column], *, compact: bool
) -> tuple[dict[str, Cells], Counter[str]]:
    """The columns of text, and how many texts had to be cut."""
    names = [column.name for column in columns if column.kind is Kind.TEXT]
    block = Block(texts, [frame.get_column(name) for name in names], TO_MEND[compact])
    long = block.longer(MAX_UNITS // 2)  # a character is one unit, or two
    whole = np.setdiff1d(block.found, long, assume_unique=True) if len(long) else block.found
    cut, count = _cut(block.texts(long))
    outer = [_mend(block, whole, block.texts(whole), compact=compact), _mend(block, long, cut, compact=compact)]
    keeping = block.by_column(np.concatenate(outer))
    return {name: _text_column(block, name, keeping.get(name)) for name in names}, Counter({CUT: count})


def _mend(block: Block, at: Positions, texts: pl.DataFrame, *, compact: bool) -> Positions:
    """Put texts, escaped, in some places; those of them whose outer spaces are to be kept."""
    if not len(at):
        return at
    mended = texts.select_seq(_escape(compact), _HAS_OUTER)
    block.mend(at, mended.get_column("escaped"))
    outer: Positions = at[mended.get_column("outer").to_numpy()]
    return outer


def _text_column(block: Block, name: str, keeping: Positions | None) -> Cells:
    return Cells(
        values=block.places(name),
        ways=_ways(block, name, keeping),
        openings=(_TEXT, _KEEPING),
        closings=(_END_TEXT, _END_TEXT),
        width=block.longest(name),
    )


_HAS_OUTER = (pl.first().str.strip_chars(_SPACE) != pl.first()).alias("outer")


@cache
def _escape(compact: bool) -> pl.Expr:  # noqa: FBT001 - a key of the cache
    # Every _xHHHH is escaped, with or without the closing underscore: that one can open the next.
    looks_escaped = pl.first().str.replace_all(_LOOKS_ESCAPED, "_x005F_x$1")
    return looks_escaped.str.replace_many(_ESCAPES[compact]).alias("escaped")


def _ways(block: Block, name: str, others: Positions | None) -> Choice | None:
    """How the cells of a column are written, those of some rows in the other way."""
    nulls = block.nulls(name)
    if others is None or not len(others):
        return nulls
    ways = np.zeros(block.height, np.uint8) if nulls is None else nulls.copy()
    ways[others] = _OTHER
    return ways


def _number_cells(texts: Texts, frame: pl.DataFrame, columns: Sequence[Column]) -> dict[str, Cells]:
    kinds = {column.name: column.kind for column in columns if column.kind is not Kind.TEXT}
    if not kinds:
        return {}
    block = Block(texts, frame.select_seq(_number(name, kind) for name, kind in kinds.items()).get_columns(), None)
    # Of a frame of their own, of one row: beside the numbers, lists of rows would be repeated in each row.
    facts = frame.select_seq(expr for name, kind in kinds.items() if kind is Kind.TIMESTAMP for expr in _facts(name))
    return {
        name: _date_column(block, facts, name) if kind is Kind.TIMESTAMP else _integer_column(block, name)
        for name, kind in kinds.items()
    }


@cache
def _number(name: str, kind: Kind) -> pl.Expr:
    """The text of a number, or of the number that Excel has for a date."""
    value = pl.col(name)
    number = value if kind is Kind.INTEGER else (value.dt.epoch("ms") - _DAY_ZERO_MS) / _DAY_MS
    return number.cast(pl.String)


@cache
def _facts(name: str) -> tuple[pl.Expr, ...]:
    """What else is to be known of a date's column, in one row."""
    value = pl.col(name)
    early = value < _FIRST_DATE
    finer = (~early & (value.dt.microsecond() % 1000 != 0)).sum()
    as_text = iso(value.filter(early)).implode()
    rows = early.arg_true().cast(pl.Int64).implode()
    facts = {_FINER: finer, _EARLY: rows, _AS_TEXT: as_text}
    return tuple(expr.alias(name + fact) for fact, expr in facts.items())


def _integer_column(block: Block, name: str) -> Cells:
    values, ways, width = block.places(name), block.nulls(name), block.longest(name)
    return Cells(values=values, ways=ways, openings=("><v>", ""), closings=(_END, ""), width=width)


def _date_column(block: Block, facts: pl.DataFrame, name: str) -> Cells:
    """Dates as numbers, but as text those that Excel does not count."""
    early = facts.get_column(name + _EARLY)[0].to_numpy()
    if len(early):
        block.mend(block.at(name, early), facts.get_column(name + _AS_TEXT)[0])
    return Cells(
        values=block.places(name),
        ways=_ways(block, name, early),
        openings=(_DATE, _TEXT),
        closings=(_END, _END_TEXT),
        width=_DATE_WIDTH,
        notes=Counter({BEFORE_1900: len(early), FINER_THAN_MILLISECONDS: facts.get_column(name + _FINER)[0]}),
    )


def _cut(texts: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Texts as long as cells can hold, and how many had to be cut for that."""
    whole = texts.to_series().to_list()
    cut = [cut_text(text) for text in whole]
    count = sum(1 for before, after in zip(whole, cut, strict=True) if before is not after)
    return pl.Series(cut, dtype=pl.String).to_frame(), count


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
