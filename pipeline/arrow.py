"""Nested records as Arrow: the schema of them, and tables that hold to it."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl
import pyarrow as pa

from pipeline.datasets.base import RecordShape
from pipeline.schema import Kind

_TYPES: dict[Kind, pa.DataType] = {
    Kind.TEXT: pa.string(),
    Kind.INTEGER: pa.int64(),
    Kind.TIMESTAMP: pa.timestamp("us", tz="UTC"),
}


def arrow_schema(shape: RecordShape, metadata: Mapping[str, Any] | None = None) -> pa.Schema:
    """The schema of nested records, with the JSON ``metadata`` as schema metadata."""
    fields = [pa.field(column.name, _TYPES[column.kind], nullable=column.nullable) for column in shape.columns]
    for group in shape.groups:
        fields += [pa.field(group.name, pa.struct([(name, _TYPES[column.kind]) for name, column in group.fields]))]
    for children in shape.children:
        item = pa.struct([(column.name, _TYPES[column.kind]) for column in children.columns])
        fields += [pa.field(children.name, pa.list_(item))]
    text = {"metadata": json.dumps(metadata, ensure_ascii=False)} if metadata is not None else None
    return pa.schema(fields, metadata=text)


def arrow_table(frame: pl.DataFrame, schema: pa.Schema) -> pa.Table:
    """A nested frame as an Arrow table of exactly this schema."""
    return frame.to_arrow().cast(schema)


def reader_of(shape: RecordShape, frames: Iterator[pl.DataFrame]) -> pa.RecordBatchReader:
    """Nested frames as a stream of record batches; a frame is taken when its batch is asked for."""
    schema = arrow_schema(shape)
    batches = (batch for frame in frames for batch in arrow_table(frame, schema).to_batches())
    return pa.RecordBatchReader.from_batches(schema, batches)
