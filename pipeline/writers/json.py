"""JSON and NDJSON by template: byte for byte what json.dump writes of the same records with ``ensure_ascii=False``."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import polars as pl

from pipeline.buffers import text_bytes
from pipeline.chunks import Frames, KeyRange
from pipeline.datasets.base import RECORDS, Chart, Children
from pipeline.progress import Timings
from pipeline.reshape import join_texts, spans
from pipeline.schema import Column, Kind
from pipeline.writers.base import Bytes, Closing, Document, Opening, Piece, Sink, Writer
from pipeline.writers.lines import TextDocument, text_piece
from pipeline.writers.text import Part, concatenated, matches, mended, texts

_ESCAPES = {chr(code): json.dumps(chr(code))[1:-1] for code in (*range(0x20), ord('"'), ord("\\"))}
_TO_ESCAPE = r'["\\\x00-\x1f]'

Member = tuple[str, Sequence[Part]]
"""A name in an object, and the parts of its value's text."""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Where lines break, and what stands after a name."""

    step: str
    """One level of indentation; an empty one puts everything on one line."""
    colon: str

    def line(self, level: int) -> str:
        """What begins a line at a level."""
        return "\n" + self.step * level if self.step else ""

    def object(self, members: Sequence[Member], level: int) -> list[Part]:
        """The parts of an object that stands at a level."""
        parts: list[Part] = []
        for name, value in members:
            parts += [",", self.line(level + 1), f'"{name}"{self.colon}', *value]
        return ["{", *parts[1:], self.line(level), "}"]

    def array(self, name: str, level: int) -> list[Part]:
        """The parts of an array at a level, of a column that holds its items with commas between, NULL for none."""
        items = pl.col(name)
        before = pl.when(items.is_null()).then(pl.lit("[")).otherwise(pl.lit("[" + self.line(level + 1)))
        after = pl.when(items.is_null()).then(pl.lit("]")).otherwise(pl.lit(self.line(level) + "]"))
        return [before, items.fill_null(""), after]


class RecordWriter(Writer):
    """Nested records as JSON text."""

    takes: ClassVar[frozenset[str]] = frozenset({"compression"})
    chunk_rows: ClassVar[int] = 12_000
    layout: ClassVar[Layout]
    level: ClassVar[int]
    """How deep the records stand."""

    def encoded(self, arranged: Frames, before: str, after: str) -> Bytes:
        """The text of all records, with something before and after each."""
        shape, records = self.dataset.shape, arranged[RECORDS]
        frame, keys = json_texts(records), records.get_column(shape.key)
        members = values(frame, [(column.name, column) for column in shape.columns])
        for group in shape.groups:
            members.append((group.name, self.layout.object(values(frame, group.fields), self.level + 1)))
        for children in shape.children:
            frame = frame.hstack(self._items(keys, arranged[children.name], children))
            members.append((children.name, self.layout.array(children.name, self.level + 1)))
        record = concatenated([before, *self.layout.object(members, self.level), after])
        text: Bytes = text_bytes(frame.select_seq(record).to_series())
        return text

    def _items(self, parents: pl.Series, rows: pl.DataFrame, children: Children) -> pl.DataFrame:
        """One column: the text of all children of each parent with commas between, NULL where there are none."""
        level, cells = self.level + 2, json_texts(rows)
        separator = "," + self.layout.line(level)
        fields = values(cells, [(column.name, column) for column in children.columns])
        item = concatenated([separator, *self.layout.object(fields, level)])
        return join_texts(cells, spans(parents, rows.get_column(parents.name)), separator, **{children.name: item})


def json_texts(frame: pl.DataFrame) -> pl.DataFrame:
    """Every column as the text that stands in JSON, without the quotes."""
    in_text = [name for name, dtype in frame.schema.items() if dtype == pl.String]
    return mended(texts(frame), matches(frame, in_text, _TO_ESCAPE), lambda text: text.str.replace_many(_ESCAPES))


def values(frame: pl.DataFrame, fields: Sequence[tuple[str, Column]]) -> list[Member]:
    """Columns of ``json_texts`` as members of an object."""
    return [(name, _value(frame.get_column(column.name), column.kind)) for name, column in fields]


def _value(texts: pl.Series, kind: Kind) -> list[Part]:
    value, quote = pl.col(texts.name), "" if kind is Kind.INTEGER else '"'
    if texts.null_count():
        return [pl.concat_str(pl.lit(quote), value, pl.lit(quote)).fill_null("null")]
    return [quote, value, quote]


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
        with timings.stage("encode"):
            text = self.encoded(arranged, self.layout.line(self.level), ",")
        return text_piece(text[:-1], self.options.compression, timings)

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
        with timings.stage("encode"):
            text = self.encoded(arranged, "", "\n")
        return text_piece(text, self.options.compression, timings)

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
