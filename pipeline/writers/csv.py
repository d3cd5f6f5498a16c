"""CSV as RFC 4180 has it: UTF-8 with one BOM, double quotes, CRLF; NULL is nothing, an empty text is two quotes."""

from collections import Counter
from collections.abc import Sequence
from functools import cache, partial
from typing import Any, ClassVar

import polars as pl

from pipeline.arranged import Arranged
from pipeline.chunks import KeyRange
from pipeline.options import CsvFormulas
from pipeline.progress import Timings
from pipeline.stack import Stack, stacked
from pipeline.writers.base import ESCAPED, Document, Opening, Piece, Sink, Writer
from pipeline.writers.block import Block
from pipeline.writers.lines import TextDocument, text_piece
from pipeline.writers.signs import Signs
from pipeline.writers.text import as_text
from pipeline.writers.weave import Line, Texts

FORMULA = r"^'*[=+\-@\t\r\n\x00＝＋－＠]"  # noqa: RUF001 - spreadsheets run the full-width signs too
"""Cells that a spreadsheet would run (spec.md §2)."""
HARMLESS = r"^[+-][0-9][0-9 .\-/();+]*\z"
"""Plain numbers and phones, though they begin like formulas."""


class CsvWriter(Writer):
    """Flat records, a line each."""

    takes: ClassVar[frozenset[str]] = frozenset({"columns", "compression", "csv_formulas", "csv_separator"})
    chunk_rows: ClassVar[int] = 30_000

    def encode(self, arranged: Arranged, keys: KeyRange, timings: Timings) -> Piece:
        """The lines of a chunk."""
        del keys
        with timings.stage("reshape"):
            arranged.forget_stacks()  # the flat records have columns of their own
            flat = self.flat(arranged)
        with timings.stage("encode"):
            texts, notes = Texts(), Counter[str]()
            line = Line(texts, flat.height)
            cells = as_text(texts, stacked({column.name: column for column in flat}), partial(self._quoted, notes))
            self._weave(line, [(name, cells[name]) for name in flat.columns])
            places = line.places()
        piece = text_piece(texts.bytes_at(places), self.options.compression, timings)
        piece.notes.update(notes)
        return piece

    def told_options(self) -> dict[str, Any]:
        """Those that were given, and always what became of formulas."""
        return {"csv_formulas": self.options.csv_formulas.value} | super().told_options()

    def open(self, sink: Sink, opening: Opening) -> Document:
        """Begin with the BOM and the header."""
        del opening
        columns = self.columns or self.dataset.flat_columns
        header = self.options.csv_separator.join(column.name for column in columns)
        return TextDocument(sink, self.options.compression, before=f"\ufeff{header}\r\n")

    def _weave(self, line: Line, cells: Sequence[tuple[str, Block[str]]]) -> None:
        """Cells in their order, with separators between."""
        for position, (name, block) in enumerate(cells):
            line.literal(self.options.csv_separator.value if position else "")
            line.value(block.places(name))
        line.literal("\r\n")

    def _quoted(self, notes: Counter[str], texts: Texts, columns: Stack[str]) -> Block[str]:
        """Texts in quotes where they need them, with a ``'`` where a spreadsheet would run them; these are noted."""
        separator, guards = self.options.csv_separator.value, self.options.csv_formulas is CsvFormulas.ESCAPE
        block = Block(texts, columns)
        at = signs(separator, guards=guards).found(columns)
        found, notes[ESCAPED] = guarded(columns.some(at)) if guards else (columns.some(at).to_series(), 0)
        block.mend(at, found.to_frame().select_seq(_in_quotes(rf'["\r\n{separator}]|^$')).to_series())
        return block


def signs(separator: str, *, guards: bool) -> Signs:
    """Of cells that are quoted, or guarded; 0xEF begins the full-width signs of FORMULA."""
    first = b"'=+-@\t\r\n\x00\xef" if guards else b""
    return Signs(anywhere=f'"\r\n{separator}'.encode(), first=first, empty=True)


def guarded(cells: pl.DataFrame) -> tuple[pl.Series, int]:
    """Cells, in one column: those that a spreadsheet would run get one more ``'``; and how many these are."""
    known = cells.select_seq(_GUARDED, _RUNS)
    return known.to_series(0), int(known.to_series(1).sum())


_RUNS = (pl.first().str.contains(FORMULA) & ~pl.first().str.contains(HARMLESS)).alias("runs")
_GUARDED = pl.when(_RUNS).then(pl.lit("'") + pl.first()).otherwise(pl.first()).alias("guarded")


@cache
def _in_quotes(to_quote: str) -> pl.Expr:
    """A cell in quotes if only a quoted one can hold it; an empty text would be NULL without quotes."""
    quoted = pl.concat_str(pl.lit('"'), pl.first().str.replace_all('"', '""', literal=True), pl.lit('"'))
    return pl.when(pl.first().str.contains(to_quote)).then(quoted).otherwise(pl.first())
