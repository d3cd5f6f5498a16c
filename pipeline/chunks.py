"""Key ranges, and work on them in order: a chunk is a run of keys and all rows that belong to them."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from typing import NoReturn, TypeVar

import numpy as np
import polars as pl

from pipeline.errors import IncompleteRead, OptionError
from pipeline.futures import wait_for

Frames = dict[str, pl.DataFrame]
"""Frames by table."""

_MOST_ROWS = np.iinfo(np.int64).max

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, kw_only=True)
class KeyRange:
    """A run of keys, by position in their order, and how many rows of each table belong to it."""

    first: int
    stop: int
    starts: Mapping[str, int]
    """Rows of each table in the ranges before."""
    rows: Mapping[str, int]

    @property
    def ends(self) -> Mapping[str, int]:
        """Rows of each table up to the end of this range."""
        return {table: start + self.rows[table] for table, start in self.starts.items()}


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Rows of all tables in the order of their keys, and how many rows of each table a key has."""

    frames: Frames = field(repr=False)
    """No part of the name by which a cluster shows a chunk: it would have rows in it."""
    counts: pl.DataFrame = field(repr=False)
    """A column a table, a row a key."""

    def __call__(self) -> "Rows":
        """Give them: rows that are here already are the way to themselves."""
        return self

    def then(self, after: "Rows") -> "Rows":
        """These, and rows that come after them."""
        frames = {table: pl.concat([rows, after.frames[table]], rechunk=True) for table, rows in self.frames.items()}
        return Rows(frames=frames, counts=pl.concat([self.counts, after.counts]))

    def cut(self, chunk_rows: int, last: KeyRange | None = None) -> Iterator[tuple[KeyRange, "Rows"]]:
        """Cut what comes after a range."""
        first, starts = (last.stop, last.ends) if last else (0, dict.fromkeys(self.frames, 0))
        for keys in cut(self.counts, chunk_rows, after=last):
            frames = {
                table: rows.slice(keys.starts[table] - starts[table], keys.rows[table])
                for table, rows in self.frames.items()
            }
            yield keys, Rows(frames=frames, counts=self.counts.slice(keys.first - first, keys.stop - keys.first))


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """A key range and a way to its rows: pulled already, or to be pulled where they are needed."""

    range: KeyRange
    read: Callable[[], Rows]

    def rows(self) -> Rows:
        """The rows of the chunk.

        Raises:
            IncompleteRead: More or fewer rows came than were counted in the same snapshot.

        """
        rows = self.read()
        for table, counted in self.range.rows.items():
            received = rows.frames[table].height
            if received != counted:
                refuse_incomplete(table, counted=counted, received=received)
        return rows


def refuse_incomplete(table: str, *, counted: int, received: int) -> NoReturn:
    """Tell of rows that were counted and did not come, or came uncounted."""
    message = (
        f"{table}: {received} rows came where {counted} were counted in the same snapshot;"
        " nothing was written; try again, and see what changes the catalogue meanwhile"
    )
    raise IncompleteRead(message, table=table, counted=counted, received=received)


def cut(counts: pl.DataFrame, chunk_rows: int, *, after: KeyRange | None = None) -> list[KeyRange]:
    """Cut keys into ranges of about ``chunk_rows`` rows of all tables together, never through a key.

    Args:
        counts: One column a table, a row a key: how many rows of the table it has.
        chunk_rows: Rows of all tables that a range should have: it has fewer before its last key begins.
        after: The range before the first of these keys; ranges are the same however many keys are cut at once.

    Raises:
        OptionError: ``chunk_rows`` is below 1.

    """
    if chunk_rows < 1:
        message = f"chunk_rows: {chunk_rows} will not do; give a number from 1"
        raise OptionError(message, option="chunk_rows", value=chunk_rows)
    first, starts = (after.stop, after.ends) if after else (0, dict.fromkeys(counts.columns, 0))
    rows = counts.to_numpy().astype(np.int64, copy=False)
    of_keys = rows.sum(axis=1)
    numbers = (sum(starts.values()) + np.cumsum(of_keys) - of_keys) // min(chunk_rows, _MOST_ROWS)
    begins = np.flatnonzero(np.diff(numbers, prepend=-1))
    sums = np.add.reduceat(rows, begins) if len(begins) else rows
    stops = [*(first + begins[1:]).tolist(), first + counts.height]
    return list(_ranges([dict(zip(counts.columns, of, strict=True)) for of in sums.tolist()], first, stops, starts))


def _ranges(
    sums: Sequence[Mapping[str, int]], first: int, stops: Sequence[int], starts: Mapping[str, int]
) -> Iterator[KeyRange]:
    for rows, stop in zip(sums, stops, strict=False):  # of nothing there is a stop, too
        keys = KeyRange(first=first, stop=stop, starts=starts, rows=rows)
        yield keys
        first, starts = keys.stop, keys.ends


def nothing_to_stop() -> None:
    """What has begun ends by itself."""


def map_ordered(
    executor: Executor,
    function: Callable[[T], R],
    items: Iterable[T],
    window: int,
    *,
    stop: Callable[[], None] = nothing_to_stop,
) -> Iterator[R]:
    """Run a function over items on an executor, results in the order of the items.

    Memory: at most ``window`` items are under way or waiting; the next is taken when the oldest result was used.
    An error, or an abandoned iteration, cancels what has not begun, stops what has, and waits for it.
    """
    pending: deque[Future[R]] = deque()
    try:
        for item in items:
            pending.append(executor.submit(function, item))
            if len(pending) >= window:
                yield _oldest(pending)
        while pending:
            yield _oldest(pending)
    finally:
        for future in pending:
            future.cancel()
        if pending:
            stop()
        for future in pending:
            wait_for(future)


def _oldest(pending: deque[Future[R]]) -> R:
    """The result of the oldest, which is pending while it is waited for: what ends the wait is to end its work, too."""
    wait_for(pending[0])
    return pending.popleft().result()
