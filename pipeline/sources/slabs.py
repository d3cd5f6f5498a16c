"""Rows of several tables in the order of their keys, however many they are: a bucket sort on disk.

Rows come as they come and are dealt out into slabs, runs of keys between bounds; each slab fits into memory and is
sorted there when its turn comes. One that came out too large is dealt out again. Memory: a batch while rows come, a
slab while they leave; time: a few passes over the rows, more only by their logarithm; disk: the rows, uncompressed.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO

import numpy as np
import numpy.typing as npt
import polars as pl

from pipeline.buffers import frame_of_messages, messages
from pipeline.scratch import scratch_file

SLAB_ROWS = 24_000
"""Rows of all tables that a slab should have."""
MOST_SLABS = 256
"""Slabs that rows are dealt out into at once: with more of them, the pieces of a batch would be small and many."""
_BATCH_ROWS = 20_000
"""Rows that are dealt out together, when they are again."""
_KEYS_A_SLAB = 16
"""Keys that are looked at for each bound, so that slabs come out about equal."""

Positions = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Rows of a table that were dealt out together: in the file a message of Arrow IPC for each slab, in order."""

    offsets: Positions
    """Where each message begins, and where the last ends."""
    rows: Positions
    """How many rows each has."""


@dataclass(frozen=True, kw_only=True)
class Dealt:
    """All batches of a table, in the order in which they came."""

    empty: pl.DataFrame
    """A frame like them, without rows."""
    batches: list[Batch] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Slab:
    """All rows between two bounds, those of a table in the order in which they came."""

    file: IO[bytes]
    tables: Mapping[str, Dealt]
    number: int
    rows: int
    """Rows of all tables."""

    def table(self, table: str) -> pl.DataFrame | None:
        """All rows of a table; None where none came to any slab."""
        if table not in self.tables:
            return None
        return self._read(self.tables[table], self.tables[table].batches)

    def parts(self, table: str) -> Iterator[pl.DataFrame]:
        """All rows of a table, some at a time."""
        dealt, some, rows = self.tables[table], list[Batch](), 0
        for batch in dealt.batches:
            some.append(batch)
            rows += int(batch.rows[self.number])
            if rows >= _BATCH_ROWS:
                yield self._read(dealt, some)
                some, rows = [], 0
        if some:
            yield self._read(dealt, some)

    def _read(self, dealt: Dealt, batches: Iterable[Batch]) -> pl.DataFrame:
        return frame_of_messages(dealt.empty, map(self._message, batches))

    def _message(self, batch: Batch) -> bytes:
        first, stop = batch.offsets[self.number : self.number + 2].tolist()
        self.file.seek(first)
        return self.file.read(stop - first)


class Slabs:
    """Rows that are dealt out, each to the slab whose keys its own is among."""

    def __init__(self, file: IO[bytes], key: str, bounds: pl.Series, slab_rows: int) -> None:
        self._file = file
        self._key = key
        self._bounds = bounds
        self._slab_rows = slab_rows
        self._tables: dict[str, Dealt] = {}
        self._rows = np.zeros(bounds.len() + 1, np.int64)
        """Rows of all tables, by slab."""

    def add(self, table: str, rows: pl.DataFrame) -> None:
        """Deal out rows of a table; the key is one of their columns."""
        if rows.is_empty():
            return
        number = self._bounds.search_sorted(rows.get_column(self._key), side="right").to_numpy()
        # NumPy sorts numbers of 16 bits by their digits.
        together = rows[pl.Series(np.argsort(number.astype(np.uint16), kind="stable"))]
        counts = np.bincount(number, minlength=len(self._rows))
        self._rows += counts
        start = self._file.tell()
        sizes = [self._file.write(message) for message in messages(together, counts.tolist())]
        batch = Batch(offsets=start + np.cumsum([0, *sizes]), rows=counts)
        self._tables.setdefault(table, Dealt(empty=rows.clear())).batches.append(batch)

    def fitting(self) -> Iterator[Slab]:
        """The slabs in order, none much too large but for one whose rows are nearly all of one key."""
        for number, rows in enumerate(self._rows.tolist()):
            slab = Slab(file=self._file, tables=self._tables, number=number, rows=rows)
            bounds = self._bounds_within(slab)
            if bounds.is_empty():
                yield slab
            else:
                yield from self._again(slab, bounds)

    def _bounds_within(self, slab: Slab) -> pl.Series:
        """Where a slab that is too large is parted, by a sample of all its keys: one table's may lie together."""
        sample = [self._bounds.clear()]
        if slab.rows > 2 * self._slab_rows:
            step = sample_step(slab.rows, slab.rows, self._slab_rows)
            tables = (rows.get_column(self._key) for table in self._tables for rows in slab.parts(table))
            sample += [keys.gather_every(step) for keys in tables]
        return bounds_among(pl.concat(sample).unique(), slab.rows, self._slab_rows)

    def _again(self, slab: Slab, bounds: pl.Series) -> Iterator[Slab]:
        with scratch_file() as file:
            slabs = Slabs(file, self._key, bounds, self._slab_rows)
            for table in self._tables:
                for rows in slab.parts(table):
                    slabs.add(table, rows)
            yield from slabs.fitting()


def bounds_among(keys: pl.Series, rows: int, slab_rows: int) -> pl.Series:
    """The first keys of all slabs but the first, so that each gets about as many of these keys.

    Args:
        keys: Keys, or a sample of them.
        rows: Rows of all tables that are to be dealt out.
        slab_rows: How many of them a slab should have.

    """
    slabs = min(_slabs_of(rows, slab_rows), keys.len())
    at = pl.int_range(1, slabs, eager=True) * keys.len() // max(slabs, 1)
    return keys.sort().gather(at).unique(maintain_order=True)


def sample_step(records: int, rows: int, slab_rows: int) -> int:
    """The step of a sample that is large enough for bounds: every ``step``-th of the records' keys."""
    return max(1, records // (_KEYS_A_SLAB * _slabs_of(rows, slab_rows)))


def _slabs_of(rows: int, slab_rows: int) -> int:
    return max(1, min(-(-rows // slab_rows), MOST_SLABS))
