"""Rows of a sheet as SpreadsheetML, woven from columns (ECMA-376 part 1, 18.3.1.4 and 18.3.1.73).

Text is inline and typed, so nothing in it is ever run, linked or read as a number.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from pipeline.schema import Column
from pipeline.stack import Positions
from pipeline.writers.base import BEFORE_1900, CUT, FINER_THAN_MILLISECONDS
from pipeline.writers.block import Block
from pipeline.writers.celltext import HAS_OUTER, MAX_UNITS, TO_MEND, cut_texts, escaped
from pipeline.writers.text import DIGITS, by_type, iso
from pipeline.writers.weave import Choice, Line, Places, Run, Texts

if TYPE_CHECKING:
    import pyarrow as pa

DATE_STYLE = 1
"""The number of the date format in the styles of the workbook."""

_FIRST_DATE = pl.datetime(1900, 3, 1)
"""Excel counts a 29 February 1900 that never was; from here on all agree."""
_DAY_ZERO_MS = -2_209_161_600_000
"""1899-12-30 in milliseconds from 1970: the day that serial numbers count from."""
_DAY_MS = 86_400_000

_DATE_WIDTH = 19

_USUAL, _NULL, _OTHER = range(3)
"""How a cell is written: as cells of its column are, not at all, or in the column's other way."""

_EPOCH_MS = pl.first().dt.epoch("ms")
# By a column of it: by one number Polars multiplies with the reciprocal, which is another last digit, but in one row.
_SERIAL_NUMBER = ((_EPOCH_MS - _DAY_ZERO_MS) / (_EPOCH_MS * 0 + _DAY_MS)).cast(pl.String)
_IS_EARLY = (pl.first() < _FIRST_DATE).fill_null(value=False).alias("early")
_IS_FINER_THAN_MS = ((pl.first() >= _FIRST_DATE) & (pl.first().dt.microsecond() % 1000 != 0)).fill_null(value=False)

_TEXT = ' t="inlineStr"><is><t>'
_KEEPING = ' t="inlineStr"><is><t xml:space="preserve">'
_DATE = f' s="{DATE_STYLE}"><v>'
_END_TEXT, _END = "</t></is></c>", "</v></c>"


Key = tuple[int, str]
"""Which rows a column is of, and its name."""
Columns = Mapping[Key, pl.Series]


@dataclass(frozen=True, kw_only=True)
class SheetRows:
    """What is to stand in a sheet."""

    frame: pl.DataFrame
    """The cells; text, integers, naive UTC datetimes."""
    columns: Sequence[Column]
    """The columns of the sheet, in order."""
    first_row: int
    """The number that the first of the rows has in its sheet, from 1."""


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

    values: Places | Run
    ways: Choice | None
    """How each cell is written; None for all as usual."""
    openings: tuple[str, str]
    """What stands between reference and value, as usual and in the other way."""
    closings: tuple[str, str]
    width: int
    """Characters of the longest."""
    notes: Counter[str] = field(default_factory=Counter)
    """Cells that are not in the file as they are."""


def rows(parts: Sequence[SheetRows], *, compact: bool) -> list[Rows]:
    """Rows of sheets.

    Args:
        parts: What stands in each sheet.
        compact: Leave rows and cells without their references; an empty cell then stands where a NULL is.

    """
    texts = Texts()
    columns = {
        (number, column.name): part.frame.get_column(column.name)
        for number, part in enumerate(parts)
        for column in part.columns
    }
    known = by_type(texts, columns, text=partial(_text_cells, compact), number=_integer_cells, moment=_date_cells)
    cells = [[known[number, column.name] for column in part.columns] for number, part in enumerate(parts)]
    # All are woven before the bytes of the first are asked for.
    places = [_woven(texts, part, of_part, compact=compact) for part, of_part in zip(parts, cells, strict=True)]
    return [_rows(texts, *woven) for woven in zip(places, cells, strict=True)]


def _rows(texts: Texts, places: Places, cells: Sequence[Cells]) -> Rows:
    notes = sum((column.notes for column in cells), Counter[str]())
    return Rows(xml=texts.bytes_at(places), notes=notes, widths=tuple(column.width for column in cells))


def _woven(texts: Texts, part: SheetRows, cells: Sequence[Cells], *, compact: bool) -> Places:
    line = Line(texts, part.frame.height)
    if compact:
        _weave_compact(line, cells)
    else:
        numbers = pl.int_range(part.first_row, part.first_row + line.height, eager=True).cast(pl.String)
        _weave(line, cells, texts.add(numbers), texts.literal(""))
    return line.places()


def _weave(line: Line, cells: Sequence[Cells], numbers: Run, nothing: int) -> None:
    """Rows and cells with their references, of which a NULL has none."""
    each = np.arange(numbers.first, numbers.first + line.height, dtype=np.int32)
    line.literal('<row r="')
    line.value(numbers)
    line.literal('">')
    for position, column in enumerate(cells):
        line.choose(column.ways, *_by_way(f'<c r="{letters(position)}', ("", "")))
        line.value(numbers if column.ways is None else np.where(column.ways == _NULL, nothing, each))
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


def _text_cells(compact: bool, texts: Texts, columns: Columns) -> dict[Key, Cells]:  # noqa: FBT001 - bound before
    """Columns of text: escaped, cut where they are too long, outer spaces kept."""
    block = Block(texts, columns)
    stack = block.stack
    long = np.flatnonzero(stack.sizes > MAX_UNITS)  # a unit is one byte at least
    whole = np.setdiff1d(TO_MEND[compact].found(stack), long, assume_unique=True)
    shortened, is_cut = cut_texts(stack.some(long))
    outer = [_mend(block, whole, stack.some(whole), compact=compact), _mend(block, long, shortened, compact=compact)]
    keeping, cut = stack.by_column(np.concatenate(outer)), stack.by_column(long[is_cut])
    longest = stack.longest()
    return {
        key: Cells(
            values=block.places(key),
            ways=_ways(block, key, keeping.get(key)),
            openings=(_TEXT, _KEEPING),
            closings=(_END_TEXT, _END_TEXT),
            width=longest[key],
            notes=Counter({CUT: len(cut.get(key, ()))}),
        )
        for key in columns
    }


def _mend(block: Block[Key], at: Positions, texts: pl.DataFrame, *, compact: bool) -> Positions:
    """Put texts, escaped, in some places; those of them whose outer spaces are to be kept."""
    if not len(at):
        return at
    mended = texts.select_seq(escaped(compact), HAS_OUTER)
    block.mend(at, mended.get_column("escaped"))
    outer: Positions = at[mended.get_column("outer").to_numpy()]
    return outer


def _ways(block: Block[Key], key: Key, others: Positions | None) -> Choice | None:
    """How the cells of a column are written, those of some rows in the other way."""
    nulls = block.nulls(key)
    if others is None:
        return nulls
    rows = block.stack.slices[key]
    ways = np.zeros(rows.stop - rows.start, np.intp) if nulls is None else nulls.copy()
    ways[others] = _OTHER
    return ways


def _integer_cells(texts: Texts, columns: Columns) -> dict[Key, Cells]:
    block = Block(texts, columns, DIGITS)
    return {
        key: Cells(
            values=block.places(key),
            ways=block.nulls(key),
            openings=("><v>", ""),
            closings=(_END, ""),
            width=_most_digits(column),
        )
        for key, column in columns.items()
    }


def _most_digits(numbers: pl.Series) -> int:
    """Characters of the longest: it is the least or the greatest."""
    return max(len(str(number)) for number in (numbers.min(), numbers.max())) if numbers.count() else 0


def _date_cells(texts: Texts, columns: Columns) -> dict[Key, Cells]:
    """Dates as numbers, but as text those that Excel does not count."""
    block = Block(texts, columns, _SERIAL_NUMBER)
    early, finer = map(np.flatnonzero, block.stack.values.select_seq(_IS_EARLY, _IS_FINER_THAN_MS).to_numpy().T)
    if len(early):
        block.mend(early, iso(block.stack.some(early)))
    early_rows, finer_rows = block.stack.by_column(early), block.stack.by_column(finer)
    return {
        key: Cells(
            values=block.places(key),
            ways=_ways(block, key, early_rows.get(key)),
            openings=(_DATE, _TEXT),
            closings=(_END, _END_TEXT),
            width=_DATE_WIDTH,
            notes=Counter(
                {
                    BEFORE_1900: len(early_rows.get(key, ())),
                    FINER_THAN_MILLISECONDS: len(finer_rows.get(key, ())),
                }
            ),
        )
        for key in columns
    }


def letters(position: int) -> str:
    """The letters of a column, from 0: A, B, …, Z, AA."""
    name, number = "", position + 1
    while number:
        number, digit = divmod(number - 1, 26)
        name = chr(ord("A") + digit) + name
    return name
