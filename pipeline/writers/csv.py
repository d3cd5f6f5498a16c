"""CSV as RFC 4180 has it: UTF-8 with one BOM, double quotes, CRLF; NULL is nothing, an empty text is two quotes."""

from typing import ClassVar

import polars as pl

from pipeline.buffers import text_bytes
from pipeline.chunks import Frames, KeyRange
from pipeline.options import CsvFormulas
from pipeline.progress import Timings
from pipeline.writers.base import ESCAPED, Document, Opening, Piece, Sink, Writer
from pipeline.writers.lines import TextDocument, text_piece
from pipeline.writers.text import Part, concatenated, found, texts

FORMULA = r"^'*[=+\-@\t\r\n\x00＝＋－＠]"  # noqa: RUF001 - spreadsheets run the full-width signs too
"""Cells that a spreadsheet would run (spec.md §2)."""
HARMLESS = r"^[+-][0-9][0-9 .\-/();+]*\z"
"""Plain numbers and phones, though they begin like formulas."""


class CsvWriter(Writer):
    """Flat records, a line each."""

    takes: ClassVar[frozenset[str]] = frozenset({"columns", "compression", "csv_formulas", "csv_separator"})
    chunk_rows: ClassVar[int] = 24_000

    def encode(self, arranged: Frames, keys: KeyRange, timings: Timings) -> Piece:
        """The lines of a chunk."""
        del keys
        with timings.stage("reshape"):
            flat = self.flat(arranged)
        with timings.stage("encode"):
            cells, escaped = texts(flat), 0
            if self.options.csv_formulas is CsvFormulas.ESCAPE:
                cells, escaped = guarded(cells)
            lines = text_bytes(cells.select(concatenated(self._line(cells))).to_series())
        piece = text_piece(lines, self.options.compression, timings)
        piece.notes[ESCAPED] = escaped
        return piece

    def open(self, sink: Sink, opening: Opening) -> Document:
        """Begin with the BOM and the header."""
        del opening
        columns = self.columns or self.dataset.flat_columns
        header = self.options.csv_separator.join(column.name for column in columns)
        return TextDocument(sink, self.options.compression, before=f"\ufeff{header}\r\n")

    def _line(self, cells: pl.DataFrame) -> list[Part]:
        separator = self.options.csv_separator.value
        quoted = found(cells, cells.columns, rf'["\r\n{separator}]|^$')
        parts: list[Part] = []
        for name in cells.columns:
            cell = _quoted(pl.col(name), separator) if name in quoted else pl.col(name)
            nullable = cells.get_column(name).null_count()
            parts += [cell.fill_null("") if nullable else cell, separator]
        return [*parts[:-1], "\r\n"]


def guarded(cells: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Cells that a spreadsheet would run get one more ``'``; and how many these are."""
    names = sorted(found(cells, cells.columns, FORMULA), key=cells.columns.index)
    if not names:
        return cells, 0
    runs = {name: pl.col(name).str.contains(FORMULA) & ~pl.col(name).str.contains(HARMLESS) for name in names}
    count = cells.select(runs[name].sum() for name in names).sum_horizontal().item()
    guarded = (pl.when(runs[name]).then(pl.concat_str(pl.lit("'"), name)).otherwise(name).alias(name) for name in names)
    return cells.with_columns(guarded), int(count)


def _quoted(cell: pl.Expr, separator: str) -> pl.Expr:
    inside = cell.str.replace_all('"', '""', literal=True)
    needed = cell.str.contains(rf'["\r\n{separator}]|^$')
    return pl.when(needed).then(pl.concat_str(pl.lit('"'), inside, pl.lit('"'))).otherwise(cell)
