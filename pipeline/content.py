"""A hash of what an export holds, whatever the format, the chunks and the workers: equal records, equal hash.

Each column of each table of records is a stream: the bytes of its values one after another, and their lengths. Both
have a CRC-32, which combines over chunks (zlib's crc32_combine); a SHA-256 over all of these is the hash. It tells
changed data from unchanged; it is no defence against somebody who forges them: for that there is the file's SHA-256.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl
from isal import isal_zlib

from pipeline.buffers import parted
from pipeline.chunks import Frames
from pipeline.datasets.base import RECORDS, RecordShape

if TYPE_CHECKING:
    import pyarrow as pa

_NULL = 2**32 - 1
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
    columns = {(table, name): arranged[table].get_column(name) for table, name in _names(shape)}
    texts = {place: column for place, column in columns.items() if column.dtype == pl.String}
    numbers = {place: column.cast(pl.Int64) for place, column in columns.items() if place not in texts}
    return _sums(texts, pl.first().str.len_bytes().fill_null(_NULL)) | _sums(
        numbers, pl.first().is_null().cast(pl.UInt32)
    )


def _names(shape: RecordShape) -> Iterator[tuple[str, str]]:
    """Table and name of every column of a record."""
    for column in (*shape.columns, *(column for group in shape.groups for _, column in group.fields)):
        yield RECORDS, column.name
    for children in shape.children:
        yield from ((children.name, name) for name in (shape.key, *(column.name for column in children.columns)))


def _sums(columns: Mapping[tuple[str, str], pl.Series], length: pl.Expr) -> Sums:
    """The sums of columns of one type, looked at as one: what is asked of each costs more than what it answers.

    A NULL is no value, but it has a length; what may stand behind it is no part of the content.
    """
    if not columns:
        return {}
    values = pl.concat(column.alias("") for column in columns.values())
    lengths = values.to_frame().select_seq(length).to_series()
    known = parted(values.drop_nulls(), [len(column) - column.null_count() for column in columns.values()])
    parts = zip(known, parted(lengths, map(len, columns.values())), strict=True)
    return {place: _sum(plain, sizes) for place, (plain, sizes) in zip(columns, parts, strict=True)}


def _sum(plain: "pa.Buffer", sizes: "pa.Buffer") -> Sum:
    crc = isal_zlib.crc32
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
