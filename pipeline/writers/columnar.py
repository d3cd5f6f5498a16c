"""Parquet and Arrow files: nested records, typed, with the JSON ``metadata`` in the schema."""

from typing import Any, ClassVar, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.arranged import Arranged
from pipeline.arrow import arrow_schema, arrow_table
from pipeline.chunks import KeyRange
from pipeline.nested import nested_frame
from pipeline.progress import Timings
from pipeline.writers.base import Closing, Document, Opening, Piece, Sink, Writer

_TABLE = "table"


class _TableWriter(Protocol):
    def write_table(self, table: pa.Table) -> None: ...

    def close(self) -> None: ...


class _ColumnarWriter(Writer):
    chunk_rows: ClassVar[int] = 8_000

    def encode(self, arranged: Arranged, keys: KeyRange, timings: Timings) -> Piece:
        """The records of a chunk as an Arrow table."""
        del keys
        shape = self.dataset.shape
        with timings.stage("reshape"):
            frame = nested_frame(shape, arranged)
        with timings.stage("encode"):
            return Piece(blobs={_TABLE: (arrow_table(frame, arrow_schema(shape)),)})

    def _schema(self, opening: Opening) -> pa.Schema:
        return arrow_schema(self.dataset.shape, opening.metadata)


class ParquetWriter(_ColumnarWriter):
    """Parquet, a row group a chunk."""

    def open(self, sink: Sink, opening: Opening) -> Document:
        """Begin the file."""
        schema = self._schema(opening)
        return TablesDocument(pq.ParquetWriter(pa.PythonFile(sink, mode="w"), schema, compression="zstd"), schema)


class ArrowWriter(_ColumnarWriter):
    """An Arrow IPC file, a record batch a chunk."""

    def open(self, sink: Sink, opening: Opening) -> Document:
        """Begin the file."""
        schema = self._schema(opening)
        return ArrowDocument(pa.ipc.new_file(pa.PythonFile(sink, mode="w"), schema), schema)


class TablesDocument(Document):
    """Tables one after another, into a file that pyarrow lays out."""

    def __init__(self, writer: _TableWriter, schema: pa.Schema) -> None:
        self._writer = writer
        self._schema = schema

    def add(self, piece: Piece) -> None:
        """Write the next table."""
        for table in piece.blobs[_TABLE]:
            self._writer.write_table(self._of_file(table))

    def _of_file(self, table: pa.Table) -> Any:  # noqa: ANN401 - pyarrow has no types of its own
        return table.replace_schema_metadata(self._schema.metadata)

    def finish(self, closing: Closing) -> None:
        """Write the footer."""
        del closing
        self._writer.close()


class ArrowDocument(TablesDocument):
    """Record batches whose bytes follow from the rows alone."""

    def _of_file(self, table: pa.Table) -> Any:  # noqa: ANN401 - pyarrow has no types of its own
        # What stands in a bitmap behind its last bit is chance, and is written with the rest; a copy has zeros there.
        copied = [pa.concat_arrays([*column.chunks, pa.nulls(0, column.type)]) for column in table.columns]
        return super()._of_file(pa.Table.from_arrays(copied, schema=table.schema))
