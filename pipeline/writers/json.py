"""JSON and NDJSON, woven from columns: byte for byte json.dump's of the same records with ``ensure_ascii=False``."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import polars as pl

from pipeline.arranged import RECORDS, Arranged, ColumnKey
from pipeline.chunks import KeyRange
from pipeline.datasets.base import Chart, Children
from pipeline.progress import Timings
from pipeline.reshape import Spans
from pipeline.schema import Column, Kind
from pipeline.stack import Stack
from pipeline.writers.base import Bytes, Closing, Document, Opening, Piece, Sink, Writer
from pipeline.writers.block import Block
from pipeline.writers.lines import TextDocument, text_piece
from pipeline.writers.signs import Signs
from pipeline.writers.text import as_text
from pipeline.writers.weave import Between, Choice, Line, Texts, interleaved

_ESCAPES = {chr(code): json.dumps(chr(code))[1:-1] for code in (*range(0x20), ord('"'), ord("\\"))}
TO_ESCAPE = Signs(below=0x20, anywhere=b'"\\')
"""Of texts that JSON cannot hold as they are."""
_ESCAPED = pl.first().str.replace_many(_ESCAPES)

Cells = Mapping[ColumnKey, Block[ColumnKey]]
"""Where each column's text is found."""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Where lines break, and what stands after a name."""

    step: str
    """One level of indentation; an empty one puts everything on one line."""
    colon: str

    def line(self, level: int) -> str:
        """What begins a line at a level."""
        return "\n" + self.step * level if self.step else ""

    def member(self, position: int, name: str, level: int) -> str:
        """What stands before a value in an object whose members stand at a level."""
        return f'{"," if position else "{"}{self.line(level)}"{name}"{self.colon}'


class RecordWriter(Writer):
    """Nested records as JSON text."""

    takes: ClassVar[frozenset[str]] = frozenset({"compression"})
    chunk_rows: ClassVar[int] = 20_000
    layout: ClassVar[Layout]
    level: ClassVar[int]
    """How deep the records stand."""

    def encoded(self, arranged: Arranged, *, between: str = "", after: str = "") -> Iterator[Bytes]:
        """The text of all records in parts, each with something after it, and something between them."""
        texts = Texts()
        places = interleaved(self._record(texts, arranged, between, after))
        arranged.forget_stacks()
        yield from texts.bytes_at(places)

    def _record(self, texts: Texts, arranged: Arranged, between: str, after: str) -> list[Line | Between]:
        """Lines of records, and between their parts the lines of their children."""
        shape, height, inner = self.dataset.shape, arranged.frames[RECORDS].height, self.level + 1
        cells, line = as_text(texts, arranged.stacks(shape.hashed()), _escaped), Line(texts, height)
        segments: list[Line | Between] = [line]
        start = self.layout.line(self.level)
        line.choose(_later(height), start, between + start)
        self._members(line, cells, RECORDS, [(column.name, column) for column in shape.columns], inner)
        for group in shape.groups:
            line.literal(self.layout.member(1, group.name, inner))
            self._members(line, cells, RECORDS, group.fields, inner + 1)
            line.literal(self.layout.line(inner) + "}")
        for children in shape.children:
            line.literal(self.layout.member(1, children.name, inner) + "[")
            of, rows = arranged.spans[children.name], arranged.frames[children.name].height
            items = self._items(Line(texts, rows), cells, of, children)
            line = Line(texts, height)
            line.choose((items.counts == 0).astype(np.intp), self.layout.line(inner) + "]", "]")
            segments += [items, line]
        line.literal(self.layout.line(self.level) + "}" + after)
        return segments

    def _items(self, line: Line, cells: Cells, of: Spans, children: Children) -> Between:
        """The children of all parents, with commas between those of one."""
        level, fields = self.level + 2, [(column.name, column) for column in children.columns]
        start = self.layout.line(level)
        line.choose(of.is_first(), "," + start, start)
        self._members(line, cells, children.name, fields, level + 1)
        line.literal(start + "}")
        return Between(line=line, counts=of.counts.to_numpy())

    def _members(self, line: Line, cells: Cells, frame: str, fields: Sequence[tuple[str, Column]], level: int) -> None:
        """The members of an object, from its brace on."""
        for position, (name, column) in enumerate(fields):
            line.literal(self.layout.member(position, name, level))
            key = frame, column.name
            quote, nulls = "" if column.kind is Kind.INTEGER else '"', cells[key].nulls(key)
            line.choose(nulls, quote, "null")
            line.value(cells[key].places(key))
            line.choose(nulls, quote, "")


def _later(height: int) -> Choice:
    """For each line but the first 1."""
    return np.minimum(np.arange(height), 1).astype(np.intp)


def _escaped(texts: Texts, columns: Stack[ColumnKey]) -> Block[ColumnKey]:
    """Texts as they stand in JSON, without the quotes."""
    block = Block(texts, columns)
    found = TO_ESCAPE.found(columns)
    block.mend(found, columns.some(found).select_seq(_ESCAPED).to_series())
    return block


class JsonWriter(RecordWriter):
    """One JSON document, two spaces a level."""

    layout: ClassVar[Layout] = Layout(step="  ", colon=": ")
    level: ClassVar[int] = 2

    @property
    def shows_tally(self) -> bool:
        """Whether the dataset has charts."""
        return self.dataset.has_charts

    def encode(self, arranged: Arranged, keys: KeyRange, timings: Timings) -> Piece:
        """The records of a chunk with commas between."""
        del keys
        return text_piece(self.encoded(arranged, between=","), self.options.compression, timings)

    def open(self, sink: Sink, opening: Opening) -> Document:
        """Begin with the metadata."""
        empty = _document({"metadata": opening.metadata, "data": []})
        return TextDocument(
            sink, self.options.compression, before=empty.removesuffix("]\n}"), between=",", after=self._after
        )

    def _after(self, closing: Closing, empty: bool) -> str:  # noqa: FBT001 - a callback of TextDocument
        charts = {} if closing.charts is None else {"charts": [_chart(chart) for chart in closing.charts]}
        end = _document({**charts, "record_count": closing.records})
        return f"{'' if empty else self.layout.line(1)}],{end.removeprefix('{')}"


class NdjsonWriter(RecordWriter):
    """A record a line."""

    layout: ClassVar[Layout] = Layout(step="", colon=":")
    level: ClassVar[int] = 0

    def encode(self, arranged: Arranged, keys: KeyRange, timings: Timings) -> Piece:
        """The records of a chunk, a line each."""
        del keys
        return text_piece(self.encoded(arranged, after="\n"), self.options.compression, timings)

    def open(self, sink: Sink, opening: Opening) -> Document:
        """Begin with nothing: there is no metadata."""
        del opening
        return TextDocument(sink, self.options.compression)


def _document(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False)


def _chart(chart: Chart) -> dict[str, Any]:
    series = [{"name": name, "values": list(numbers)} for name, numbers in chart.series]
    labels = list(chart.labels)
    return {"id": chart.id, "type": chart.type, "title": chart.title, "labels": labels, "series": series}
