"""JSON and NDJSON, woven from columns: byte for byte json.dump's of the same records with ``ensure_ascii=False``."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import polars as pl

from pipeline.chunks import Frames, KeyRange
from pipeline.datasets.base import RECORDS, Chart, Children
from pipeline.progress import Timings
from pipeline.reshape import spans
from pipeline.schema import Column, Kind
from pipeline.writers.base import Bytes, Closing, Document, Opening, Piece, Sink, Writer
from pipeline.writers.lines import TextDocument, text_piece
from pipeline.writers.signs import Signs
from pipeline.writers.text import as_texts
from pipeline.writers.weave import Between, Block, Choice, Line, Texts, interleaved

_ESCAPES = {chr(code): json.dumps(chr(code))[1:-1] for code in (*range(0x20), ord('"'), ord("\\"))}
TO_ESCAPE = Signs(below=0x20, anywhere=b'"\\')
"""Of texts that JSON cannot hold as they are."""
_ESCAPED = pl.first().str.replace_many(_ESCAPES)


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
    chunk_rows: ClassVar[int] = 16_000
    layout: ClassVar[Layout]
    level: ClassVar[int]
    """How deep the records stand."""

    def encoded(self, arranged: Frames, *, between: str = "", after: str = "") -> Iterator[Bytes]:
        """The text of all records in parts, each with something after it, and something between them."""
        texts = Texts()
        segments = self._record(texts, arranged, between, after)
        yield from texts.bytes_at(interleaved(segments))

    def _record(self, texts: Texts, arranged: Frames, between: str, after: str) -> list[Line | Between]:
        """Lines of records, and between their parts the lines of their children."""
        shape, frame, inner = self.dataset.shape, arranged[RECORDS], self.level + 1
        cells, line = json_texts(texts, frame), Line(texts, frame.height)
        segments: list[Line | Between] = [line]
        start = self.layout.line(self.level)
        line.choose(_later(frame.height), start, between + start)
        self._members(line, cells, [(column.name, column) for column in shape.columns], inner)
        for group in shape.groups:
            line.literal(self.layout.member(1, group.name, inner))
            self._members(line, cells, group.fields, inner + 1)
            line.literal(self.layout.line(inner) + "}")
        for children in shape.children:
            line.literal(self.layout.member(1, children.name, inner) + "[")
            items = self._items(texts, frame.get_column(shape.key), arranged[children.name], children)
            line = Line(texts, frame.height)
            line.choose((items.counts == 0).view(np.uint8), self.layout.line(inner) + "]", "]")
            segments += [items, line]
        line.literal(self.layout.line(self.level) + "}" + after)
        return segments

    def _items(self, texts: Texts, parents: pl.Series, rows: pl.DataFrame, children: Children) -> Between:
        """The children of all parents, with commas between those of one."""
        level, of = self.level + 2, spans(parents, rows.get_column(parents.name))
        line, start = Line(texts, rows.height), self.layout.line(level)
        line.choose(of.is_first(), "," + start, start)
        self._members(line, json_texts(texts, rows), [(column.name, column) for column in children.columns], level + 1)
        line.literal(start + "}")
        return Between(line=line, counts=of.counts.to_numpy())

    def _members(self, line: Line, cells: Block, fields: Sequence[tuple[str, Column]], level: int) -> None:
        """The members of an object, from its brace on."""
        for position, (name, column) in enumerate(fields):
            line.literal(self.layout.member(position, name, level))
            quote, nulls = "" if column.kind is Kind.INTEGER else '"', cells.nulls(column.name)
            line.choose(nulls, quote, "null")
            line.value(cells.places(column.name))
            line.choose(nulls, quote, "")


def _later(height: int) -> Choice:
    """For each line but the first 1."""
    return np.minimum(np.arange(height), 1).astype(np.uint8)


def json_texts(texts: Texts, frame: pl.DataFrame) -> Block:
    """Every column as the text that stands in JSON, without the quotes."""
    block = Block(texts, as_texts(frame).get_columns(), TO_ESCAPE)
    block.mend(block.found, block.texts(block.found).select_seq(_ESCAPED).to_series())
    return block


class JsonWriter(RecordWriter):
    """One JSON document, two spaces a level."""

    layout: ClassVar[Layout] = Layout(step="  ", colon=": ")
    level: ClassVar[int] = 2

    @property
    def shows_tally(self) -> bool:
        """Whether the dataset has charts."""
        return self.dataset.has_charts

    def encode(self, arranged: Frames, keys: KeyRange, timings: Timings) -> Piece:
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

    def encode(self, arranged: Frames, keys: KeyRange, timings: Timings) -> Piece:
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
