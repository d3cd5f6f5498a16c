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

from pipeline.buffers import number_bytes, text_bytes
from pipeline.chunks import Frames
from pipeline.datasets.base import RECORDS, RecordShape

_NULL = 2**32 - 1
"""The length of a NULL, and an impossible one of anything else."""
_LENGTHS = "{} lengths"

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
        for name, column_sum in _sums(arranged[table].select_seq(names)).items()
    }


def _sums(frame: pl.DataFrame) -> dict[str, Sum]:
    streams = frame.select_seq(
        *(_value(name, dtype) for name, dtype in frame.schema.items()),
        *(_length(name, dtype).alias(_LENGTHS.format(name)) for name, dtype in frame.schema.items()),
    )
    return {name: _sum(streams.get_column(name), streams.get_column(_LENGTHS.format(name))) for name in frame.columns}


def _value(name: str, dtype: pl.DataType) -> pl.Expr:
    """What a column's values are, without what may stand behind a NULL: that is no part of the content."""
    return pl.col(name).fill_null("") if dtype == pl.String else pl.col(name).cast(pl.Int64).fill_null(0)


def _length(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    return column.str.len_bytes().fill_null(_NULL) if dtype == pl.String else column.is_null().cast(pl.UInt32)


def _sum(values: pl.Series, lengths: pl.Series) -> Sum:
    crc, plain = isal_zlib.crc32, text_bytes(values) if values.dtype == pl.String else number_bytes(values)
    sizes = number_bytes(lengths)
    return Sum(values=crc(plain), values_size=len(plain), lengths=crc(sizes), lengths_size=len(sizes))


def added(total: Sums, chunk: Sums) -> Sums:
    """The sums of all chunks so far, and of the next."""
    return {column: total.get(column, Sum()).then(sums) for column, sums in chunk.items()}


def content_hash(total: Mapping[tuple[str, str], Sum]) -> str:
    """The hash of all chunks together; an export of nothing has one too."""
    digest = hashlib.sha256()
    for (table, column), sums in sorted(total.items()):
        digest.update(f"{table}.{column} {sums}\n".encode())
    return digest.hexdigest()
