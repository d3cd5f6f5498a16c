"""Rows of a sheet as SpreadsheetML, woven from columns (ECMA-376 part 1, 18.3.1.4 and 18.3.1.73).

Text is inline and typed, so nothing in it is ever run, linked or read as a number.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from pipeline.arranged import ColumnKey, Stacks
from pipeline.schema import Column, Kind
from pipeline.stack import Positions, Stack
from pipeline.writers.base import BEFORE_1900, CUT, FINER_THAN_MILLISECONDS
from pipeline.writers.block import Block
from pipeline.writers.celltext import MAX_UNITS, TO_MEND, cut_texts, mended
from pipeline.writers.dates import serial_dates
from pipeline.writers.moments import iso_texts
from pipeline.writers.text import digits
from pipeline.writers.weave import Choice, Line, Places, Run, Texts
from pipeline.writers.widths import longest

if TYPE_CHECKING:
    import pyarrow as pa

DATE_STYLE = 1
"""The number of the date format in the styles of the workbook."""

Way = Callable[[Texts, Stack[ColumnKey]], Mapping[ColumnKey, "Cells"]]
"""From columns of a kind to how they are written."""

_USUAL, _NULL, _OTHER = range(3)
"""How a cell is written: as cells of its column are, not at all, or in the column's other way."""

_TEXT = ' t="inlineStr"><is><t>'
_KEEPING = ' t="inlineStr"><is><t xml:space="preserve">'
_DATE = f' s="{DATE_STYLE}"><v>'
_END_TEXT, _END = "</t></is></c>", "</v></c>"


@dataclass(frozen=True, kw_only=True)
class SheetRows:
    """What is to stand in a sheet."""

    frame: str
    """The name of the frame that has the cells."""
    columns: Sequence[Column]
    """The columns of the sheet, in order."""
    rows: slice
    """Which rows of the frame."""
    first_row: int
    """The number that the first of the rows has in its sheet, from 1."""

    @property
    def height(self) -> int:
        """How many rows."""
        return int(self.rows.stop - self.rows.start)

    @property
    def keys(self) -> list[ColumnKey]:
        """Where the columns are found."""
        return [(self.frame, column.name) for column in self.columns]


@dataclass(frozen=True, kw_only=True)
class SheetXml:
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
    noted: Mapping[str, Positions] = field(default_factory=dict)
    """Cells that are not in the file as they are, by what was done to them."""

    def of(self, rows: slice) -> "Cells":
        """Those of some rows."""
        values = Run(self.values.first + rows.start) if isinstance(self.values, Run) else self.values[rows]
        return replace(self, values=values, ways=None if self.ways is None else self.ways[rows])

    def notes(self, rows: slice) -> Counter[str]:
        """How many of some rows are not in the file as they are, by what was done to them."""
        bounds = [rows.start, rows.stop]
        return Counter({note: int(np.diff(np.searchsorted(at, bounds)).item()) for note, at in self.noted.items()})


def rows(stacks: Stacks, parts: Sequence[SheetRows], *, compact: bool) -> list[SheetXml]:
    """Rows of sheets.

    Args:
        stacks: The columns of all sheets, and no others: each is rendered.
        parts: What stands in each sheet.
        compact: Leave rows and cells without their references; an empty cell then stands where a NULL is.

    """
    texts = Texts()
    cells = _cells(texts, stacks, compact=compact)
    # All are woven before the bytes of the first are asked for.
    places = [_woven(texts, part, cells, compact=compact) for part in parts]
    widths = _widths(stacks, parts)
    return [
        SheetXml(xml=texts.bytes_at(woven), notes=_notes(part, cells), widths=of_columns)
        for part, woven, of_columns in zip(parts, places, widths, strict=True)
    ]


def _cells(texts: Texts, stacks: Stacks, *, compact: bool) -> dict[ColumnKey, Cells]:
    ways: Mapping[Kind, Way] = {
        Kind.TEXT: partial(_text_cells, compact),
        Kind.INTEGER: _integer_cells,
        Kind.TIMESTAMP: _date_cells,
    }
    return {key: cells for kind, stack in stacks.items() for key, cells in ways[kind](texts, stack).items()}


def _notes(part: SheetRows, cells: Mapping[ColumnKey, Cells]) -> Counter[str]:
    return sum((cells[key].notes(part.rows) for key in part.keys), Counter[str]())


def _widths(stacks: Stacks, parts: Sequence[SheetRows]) -> list[tuple[int, ...]]:
    """Characters of the longest cell of each column of each sheet."""
    wanted = {(number, key): (key, part.rows) for number, part in enumerate(parts) for key in part.keys}
    known = longest(stacks, wanted)
    return [tuple(known[number, key] for key in part.keys) for number, part in enumerate(parts)]


def _woven(texts: Texts, part: SheetRows, cells: Mapping[ColumnKey, Cells], *, compact: bool) -> Places:
    line, of_columns = Line(texts, part.height), [cells[key].of(part.rows) for key in part.keys]
    if compact:
        _weave_compact(line, of_columns)
    else:
        numbers = pl.int_range(part.first_row, part.first_row + line.height, eager=True).cast(pl.String)
        _weave(line, of_columns, texts.add(numbers), texts.literal(""))
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
    """Rows and cells by their order alone, in which a NULL has its key."""
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


def _text_cells(compact: bool, texts: Texts, stack: Stack[ColumnKey]) -> dict[ColumnKey, Cells]:  # noqa: FBT001 - bound before
    """Columns of text: escaped, cut where they are too long, outer spaces kept."""
    block = Block(texts, stack)
    long = np.flatnonzero(stack.sizes > MAX_UNITS)  # a unit is one byte at least
    whole = np.setdiff1d(TO_MEND[compact].found(stack), long, assume_unique=True)
    shortened, is_cut = cut_texts(stack.some(long))
    outer = [_mend(block, whole, stack.some(whole), compact=compact), _mend(block, long, shortened, compact=compact)]
    keeping, cut = stack.by_column(np.concatenate(outer)), stack.by_column(long[is_cut])
    return {
        key: Cells(
            values=block.places(key),
            ways=_ways(block, key, keeping.get(key)),
            openings=(_TEXT, _KEEPING),
            closings=(_END_TEXT, _END_TEXT),
            noted={CUT: cut[key]} if key in cut else {},
        )
        for key in stack.slices
    }


def _mend(block: Block[ColumnKey], at: Positions, texts: pl.DataFrame, *, compact: bool) -> Positions:
    """Put texts, escaped, in some places; those of them whose outer spaces are to be kept."""
    if not len(at):
        return at
    known = mended(texts, compact=compact)
    block.mend(at, known.get_column("escaped"))
    outer: Positions = at[known.get_column("outer").to_numpy()]
    return outer


def _ways(block: Block[ColumnKey], key: ColumnKey, others: Positions | None) -> Choice | None:
    """How the cells of a column are written, those of some rows in the other way."""
    nulls = block.nulls(key)
    if others is None:
        return nulls
    rows = block.stack.slices[key]
    ways = np.zeros(rows.stop - rows.start, np.intp) if nulls is None else nulls.copy()
    ways[others] = _OTHER
    return ways


def _integer_cells(texts: Texts, stack: Stack[ColumnKey]) -> dict[ColumnKey, Cells]:
    block = digits(texts, stack)
    return {
        key: Cells(values=block.places(key), ways=block.nulls(key), openings=("><v>", ""), closings=(_END, ""))
        for key in stack.slices
    }


def _date_cells(texts: Texts, stack: Stack[ColumnKey]) -> dict[ColumnKey, Cells]:
    """Dates as numbers, but as text those that Excel does not count."""
    dates = serial_dates(stack.numbers)
    block = Block(texts, stack, dates.numbers)
    _mend_early(block, dates.early)
    noted = {BEFORE_1900: stack.by_column(dates.early), FINER_THAN_MILLISECONDS: stack.by_column(dates.finer)}
    return {
        key: Cells(
            values=block.places(key),
            ways=_ways(block, key, noted[BEFORE_1900].get(key)),
            openings=(_DATE, _TEXT),
            closings=(_END, _END_TEXT),
            noted={note: at[key] for note, at in noted.items() if key in at},
        )
        for key in stack.slices
    }


def _mend_early(block: Block[ColumnKey], early: Positions) -> None:
    """Put ISO texts in the places of dates that Excel does not count."""
    if len(early):
        written = iso_texts(block.stack.numbers[early])
        block.mend(early, written.whole)
        block.mend(early[written.finer], written.exact)


def letters(position: int) -> str:
    """The letters of a column, from 0: A, B, …, Z, AA."""
    name, number = "", position + 1
    while number:
        number, digit = divmod(number - 1, 26)
        name = chr(ord("A") + digit) + name
    return name
