"""CSV as RFC 4180 has it: UTF-8 with one BOM, double quotes, CRLF; NULL is nothing, an empty text is two quotes."""

from typing import ClassVar

import polars as pl

from pipeline.buffers import text_bytes
from pipeline.chunks import Frames, KeyRange
from pipeline.options import CsvFormulas
from pipeline.progress import Timings
from pipeline.writers.base import ESCAPED, Document, Opening, Piece, Sink, Writer
from pipeline.writers.lines import TextDocument, text_piece
from pipeline.writers.text import Part, concatenated, kept, matches, matching, mended, texts

FORMULA = r"^'*[=+\-@\t\r\n\x00＝＋－＠]"  # noqa: RUF001 - spreadsheets run the full-width signs too
"""Cells that a spreadsheet would run (spec.md §2)."""
HARMLESS = r"^[+-][0-9][0-9 .\-/();+]*\z"
"""Plain numbers and phones, though they begin like formulas."""


class CsvWriter(Writer):
    """Flat records, a line each."""

    takes: ClassVar[frozenset[str]] = frozenset({"columns", "compression", "csv_formulas", "csv_separator"})
    chunk_rows: ClassVar[int] = 32_000

    def encode(self, arranged: Frames, keys: KeyRange, timings: Timings) -> Piece:
        """The lines of a chunk."""
        del keys
        with timings.stage("reshape"):
            flat = self.flat(arranged)
        with timings.stage("encode"):
            cells, escaped = texts(flat), 0
            if self.options.csv_formulas is CsvFormulas.ESCAPE:
                cells, escaped = guarded(cells)
            quoted = mended(cells, matches(cells, cells.columns, self._to_quote), _quoted)
            lines = text_bytes(quoted.select_seq(concatenated(self._line(quoted))).to_series())
        piece = text_piece(lines, self.options.compression, timings)
        piece.notes[ESCAPED] = escaped
        return piece

    def open(self, sink: Sink, opening: Opening) -> Document:
        """Begin with the BOM and the header."""
        del opening
        columns = self.columns or self.dataset.flat_columns
        header = self.options.csv_separator.join(column.name for column in columns)
        return TextDocument(sink, self.options.compression, before=f"\ufeff{header}\r\n")

    @property
    def _to_quote(self) -> str:
        """What only a quoted cell can hold; an empty text would be NULL without quotes."""
        return rf'["\r\n{self.options.csv_separator.value}]|^$'

    def _line(self, cells: pl.DataFrame) -> list[Part]:
        parts: list[Part] = []
        for cell in cells:
            text = pl.col(cell.name).fill_null("") if cell.null_count() else pl.col(cell.name)
            parts += [text, self.options.csv_separator.value]
        return [*parts[:-1], "\r\n"]


def guarded(cells: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Cells that a spreadsheet would run get one more ``'``; and how many these are."""
    formulas = matches(cells, cells.columns, FORMULA)
    if not formulas:
        return cells, 0
    runs = ~matching(cells, formulas).str.contains(HARMLESS)
    return mended(cells, kept(formulas, runs), lambda cell: pl.lit("'") + cell), int(runs.sum())


def _quoted(cell: pl.Expr) -> pl.Expr:
    return pl.concat_str(pl.lit('"'), cell.str.replace_all('"', '""', literal=True), pl.lit('"'))
