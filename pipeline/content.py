"""A hash of what an export holds, whatever the format, the chunks and the workers: equal records, equal hash.

Each column of each table of records is a stream: the bytes of its values one after another, and their lengths. Both
have a CRC-32, which combines over chunks (zlib's crc32_combine); a SHA-256 over all of these is the hash. It tells
changed data from unchanged; it is no defence against somebody who forges them: for that there is the file's SHA-256.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl
from isal import isal_zlib

from pipeline.buffers import integer_buffers, text_buffers
from pipeline.chunks import Frames
from pipeline.datasets.base import RECORDS, RecordShape

_NULL = 2**64 - 1
"""The length of a NULL, and an impossible one of anything else."""

Sums = dict[tuple[str, str], "Sum"]
"""A sum for each column of each table."""


@dataclass(frozen=True, kw_only=True)
class Sum:
    """CRC-32 and size of the two streams of a column."""

    values: int = 0
    values_size: int = 0
    lengths: int = 0
    lengths_size: int = 0

    def then(self, after: "Sum") -> "Sum":
        """The sum of both, one after the other."""
        combine = isal_zlib.crc32_combine
        return Sum(
            values=combine(self.values, after.values, after.values_size),
            values_size=self.values_size + after.values_size,
            lengths=combine(self.lengths, after.lengths, after.lengths_size),
            lengths_size=self.lengths_size + after.lengths_size,
        )


def sums_of(shape: RecordShape, arranged: Frames) -> Sums:
    """The sums of the records of one chunk."""
    own = [*shape.columns, *(column for group in shape.groups for _, column in group.fields)]
    tables = {RECORDS: [column.name for column in own]}
    tables |= {children.name: [shape.key, *(c.name for c in children.columns)] for children in shape.children}
    return {
        (table, name): column_sum
        for table, names in tables.items()
        for name, column_sum in _sums(arranged[table].select(names)).items()
    }


def _sums(frame: pl.DataFrame) -> dict[str, Sum]:
    is_text = {name: dtype == pl.String for name, dtype in frame.schema.items()}
    lengths = frame.select(_length(name, text=text) for name, text in is_text.items())
    # A NULL may have bytes behind it: they are no part of the content.
    values = frame.select(
        pl.col(name).fill_null("") if text else pl.col(name).cast(pl.Int64).fill_null(0)
        for name, text in is_text.items()
    )
    texts = [name for name, text in is_text.items() if text]
    streams = text_buffers(values.select(texts)) | integer_buffers(values.drop(texts))
    sizes = integer_buffers(lengths)
    return {name: _sum(streams[name], sizes[name]) for name in is_text}


def _length(name: str, *, text: bool) -> pl.Expr:
    column = pl.col(name)
    return column.str.len_bytes().cast(pl.UInt64).fill_null(_NULL) if text else column.is_null().cast(pl.UInt64)


def _sum(values: memoryview, lengths: memoryview) -> Sum:
    crc = isal_zlib.crc32
    return Sum(values=crc(values), values_size=len(values), lengths=crc(lengths), lengths_size=len(lengths))


def added(total: Sums, chunk: Sums) -> Sums:
    """The sums of all chunks so far, and of the next."""
    return {column: total.get(column, Sum()).then(sums) for column, sums in chunk.items()}


def content_hash(total: Mapping[tuple[str, str], Sum]) -> str:
    """The hash of all chunks together; an export of nothing has one too."""
    digest = hashlib.sha256()
    for (table, column), sums in sorted(total.items()):
        digest.update(f"{table}.{column} {sums}\n".encode())
    return digest.hexdigest()
