"""Rows of several tables in the order of their keys, however many they are: a bucket sort on disk.

Rows come as they come and are dealt out into slabs, runs of keys between bounds; each slab fits into memory and is
sorted there when its turn comes. One that came out too large is dealt out again. Memory: a batch while rows come, a
slab while they leave; time: a few passes over the rows, more only by their logarithm; disk: the rows, uncompressed.
"""

import io
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import polars as pl

from pipeline.errors import BellhopError, OutputError

SLAB_ROWS = 48_000
"""Rows of all tables that a slab should have."""
MOST_SLABS = 16
"""Slabs that rows are dealt out into at once: with more of them, the pieces of a batch would be small and many."""
_BATCH_ROWS = 30_000
"""Rows that are dealt out together, when they are again."""
_KEYS_A_SLAB = 16
"""Keys that are looked at for each bound, so that slabs come out about equal."""


@dataclass(frozen=True, kw_only=True)
class Piece:
    """Where some rows stand in the file of the slabs: one stream of Arrow IPC."""

    offset: int
    size: int


@dataclass(kw_only=True)
class Slab:
    """All rows between two bounds, in no order."""

    file: IO[bytes]
    rows: int = 0
    pieces: defaultdict[str, list[Piece]] = field(default_factory=lambda: defaultdict(list))

    def batches(self, table: str) -> Iterator[pl.DataFrame]:
        """The rows of a table, in the order in which they came."""
        batch: list[pl.DataFrame] = []
        for piece in self.pieces[table]:
            self.file.seek(piece.offset)
            batch.append(pl.read_ipc_stream(io.BytesIO(self.file.read(piece.size))))
            if sum(part.height for part in batch) >= _BATCH_ROWS:
                yield pl.concat(batch)
                batch.clear()
        if batch:
            yield pl.concat(batch)


class Slabs:
    """Rows that are dealt out; iterated, the slabs in the order of their keys."""

    def __init__(self, file: IO[bytes], key: str, bounds: pl.Series, slab_rows: int) -> None:
        self._file = file
        self._key = key
        self._bounds = bounds
        self._slab_rows = slab_rows
        self._slabs = [Slab(file=file) for _ in range(bounds.len() + 1)]

    def add(self, table: str, rows: pl.DataFrame) -> None:
        """Deal out rows of a table; the key is one of their columns."""
        number = self._bounds.search_sorted(rows.get_column(self._key), side="right")
        dealt = pl.DataFrame({"slab": number}).with_row_index("row").sort("slab", maintain_order=True)
        together, start = rows[dealt.get_column("row")], 0
        for at, count in dealt.group_by("slab", maintain_order=True).len().iter_rows():
            slab = self._slabs[at]
            slab.pieces[table].append(self._write(together.slice(start, count)))
            slab.rows += count
            start += count

    def _write(self, rows: pl.DataFrame) -> Piece:
        offset, stream = self._file.tell(), io.BytesIO()
        # The oldest way has offsets into texts of these rows alone; newer ones would take along whole buffers.
        rows.write_ipc_stream(stream, compat_level=pl.CompatLevel.oldest())
        return Piece(offset=offset, size=self._file.write(stream.getbuffer()))

    def fitting(self) -> Iterator[Slab]:
        """The slabs in order, none much too large but for one whose rows are nearly all of one key."""
        for slab in self._slabs:
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
            tables = (rows.get_column(self._key) for table in slab.pieces for rows in slab.batches(table))
            sample += [keys.gather_every(step) for keys in tables]
        return bounds_among(pl.concat(sample).unique(), slab.rows, self._slab_rows)

    def _again(self, slab: Slab, bounds: pl.Series) -> Iterator[Slab]:
        with tempfile.TemporaryFile() as file:
            slabs = Slabs(file, self._key, bounds, self._slab_rows)
            for table in slab.pieces:
                for rows in slab.batches(table):
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
    """Every how manyth of the records' keys makes a sample that is large enough for bounds."""
    return max(1, records // (_KEYS_A_SLAB * _slabs_of(rows, slab_rows)))


def _slabs_of(rows: int, slab_rows: int) -> int:
    return max(1, min(-(-rows // slab_rows), MOST_SLABS))


@contextmanager
def scratch_told() -> Iterator[None]:
    """What goes wrong with scratch files is told as that, not as the target's failure.

    Raises:
        OutputError: There is no room for them, or no folder.

    """
    try:
        yield
    except BellhopError:
        raise  # some of these are OSErrors, but of the catalogue
    except OSError as error:
        folder = Path(tempfile.gettempdir())
        message = f"scratch files in {folder} cannot be written: {error.strerror}; make room, or name another by TMPDIR"
        raise OutputError(message, path=folder) from error
