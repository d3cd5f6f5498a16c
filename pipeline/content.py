"""A hash of what an export holds, whatever the format, the chunks and the workers: equal records, equal hash.

Each column of each table of records is a stream: the bytes of its values one after another, and their lengths. Both
have a CRC-32, which combines over chunks (zlib's crc32_combine); a SHA-256 over all of these is the hash. It tells
changed data from unchanged; it is no defence against somebody who forges them: for that there is the file's SHA-256.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from isal import isal_zlib

from pipeline.arranged import Arranged, ColumnKey
from pipeline.buffers import Plain
from pipeline.datasets.base import RecordShape
from pipeline.schema import Kind
from pipeline.stack import Stack

_NULL = 2**32 - 1
"""The length of a NULL, and an impossible one of anything else."""

Lengths = npt.NDArray[np.uint32]
Sums = dict[ColumnKey, "Sum"]
"""A sum for each column of each table of records."""


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


def sums_of(shape: RecordShape, arranged: Arranged) -> Sums:
    """The sums of the records of one chunk: of all that they show, and of that by which children are found."""
    return {
        key: sums
        for kind, stack in arranged.stacks(shape.hashed()).items()
        for key, sums in _sums(stack, _of_texts if kind is Kind.TEXT else _of_numbers)
    }


def _sums(
    columns: Stack[ColumnKey], of: Callable[[Stack[ColumnKey]], tuple[Plain, Lengths]]
) -> Iterator[tuple[ColumnKey, Sum]]:
    """The sums of columns of a kind. A NULL is no value, but it has a length."""
    (data, bounds), lengths = of(columns)
    for key, rows in columns.slices.items():
        yield key, _sum(data[bounds[rows.start] : bounds[rows.stop]], lengths[rows])


def _of_texts(texts: Stack[ColumnKey]) -> tuple[Plain, Lengths]:
    """Their bytes, and the length of each."""
    return texts.plain, np.where(texts.nulls, _NULL, texts.sizes).astype(np.uint32)


def _of_numbers(numbers: Stack[ColumnKey]) -> tuple[Plain, Lengths]:
    """Their bytes, and for each whether it is NULL."""
    known = numbers.numbers[~numbers.nulls]
    bounds = 8 * np.concatenate([[0], np.cumsum(~numbers.nulls)])
    return Plain(known.view(np.uint8), bounds), numbers.nulls.astype(np.uint32)


def _sum(values: npt.NDArray[Any], lengths: Lengths) -> Sum:
    crc = isal_zlib.crc32
    return Sum(values=crc(values), values_size=values.nbytes, lengths=crc(lengths), lengths_size=lengths.nbytes)


def added(total: Sums, chunk: Sums) -> Sums:
    """The sums of all chunks so far, and of the next."""
    return {column: total.get(column, Sum()).then(sums) for column, sums in chunk.items()}


def content_hash(total: Mapping[ColumnKey, Sum]) -> str:
    """The hash of all chunks together; an export of nothing has one too."""
    digest = hashlib.sha256()
    for (table, column), sums in sorted(total.items()):
        digest.update(f"{table}.{column} {sums}\n".encode())
    return digest.hexdigest()
