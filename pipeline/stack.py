"""Columns of one type, one under another: what is asked of all of them takes one call."""

from collections.abc import Hashable, Mapping
from functools import cached_property
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl

from pipeline.buffers import Plain, plain_texts
from pipeline.schema import Kind

K = TypeVar("K", bound=Hashable)
R = TypeVar("R", bound=Hashable)

Mask = npt.NDArray[np.bool_]
Positions = npt.NDArray[np.int64]

_IS_NULL = pl.first().is_null()
_NULL_AS_NOTHING = pl.first().fill_null("")
_NUMBERS = pl.first().to_physical().cast(pl.Int64).fill_null(0)
_CHARACTERS = pl.first().str.len_chars().fill_null(0)
_BEYOND_ASCII = 0x80


class Stack(Generic[K]):
    """Columns, each found by its key. Positions are among the values of all.

    Args:
        columns: One at least, of one type and any heights.

    Memory: views of texts; one copy of their bytes once these are asked for.

    """

    def __init__(self, columns: Mapping[K, pl.Series]) -> None:
        self._bounds: Positions = np.cumsum([0, *map(len, columns.values())])
        self.slices = dict(zip(columns, map(slice, self._bounds[:-1].tolist(), self._bounds[1:].tolist()), strict=True))
        """Where each column stands."""
        self.with_nulls = frozenset(key for key, column in columns.items() if column.null_count())
        """Columns that have NULLs."""
        self.values = pl.concat([column.alias("") for column in columns.values()], rechunk=True).to_frame()
        """All values, in one column."""
        self.nulls: Mask = self.values.select_seq(_IS_NULL).to_series().to_numpy()

    @property
    def plain(self) -> Plain:
        """The bytes of texts; a NULL has none."""
        return self._measured[0]

    @property
    def sizes(self) -> Positions:
        """Bytes of each text."""
        return self._measured[1]

    @cached_property
    def _measured(self) -> tuple[Plain, Positions]:
        """The bytes of texts, and how many each has. What hides behind NULLs costs a second copy."""
        plain = plain_texts(self.values.to_series())
        sizes = np.diff(plain.bounds)
        if sizes[self.nulls].any():  # what once stood there
            plain = plain_texts(self.values.select_seq(_NULL_AS_NOTHING).to_series())
            sizes = np.diff(plain.bounds)
        return plain, sizes

    @cached_property
    def numbers(self) -> Positions:
        """Integers, or datetimes as microseconds from 1970-01-01; of a NULL 0."""
        return self.values.select_seq(_NUMBERS).to_series().to_numpy()

    def run(self, key: K, rows: slice) -> slice:
        """Where some rows of a column stand."""
        first = self.slices[key].start
        return slice(first + rows.start, first + rows.stop)

    def some(self, at: Positions) -> pl.DataFrame:
        """Some values, in one column."""
        # Unsigned: negative numbers would be counted from the end, with a look at each.
        return self.values.select_seq(pl.first().gather(pl.Series(at.astype(np.uint32))))

    def longest(self, runs: Mapping[R, slice]) -> dict[R, int]:
        """Characters of the longest text of each run of positions, which do not overlap; 0 where there is none."""
        lengths = self.sizes
        if self.plain.data.max(initial=0) >= _BEYOND_ASCII:
            lengths = self.values.select_seq(_CHARACTERS).to_series().to_numpy()
        filled = {key: run for key, run in sorted(runs.items(), key=_start) if run.start < run.stop}
        bounds = [bound for run in filled.values() for bound in (run.start, run.stop)]
        if len(lengths) in bounds:
            bounds.pop()  # what reaches the end has no bound there
        longest = np.maximum.reduceat(lengths, bounds)[::2].tolist() if bounds else []
        return dict.fromkeys(runs, 0) | dict(zip(filled, longest, strict=True))

    def by_column(self, at: Positions) -> dict[K, Positions]:
        """Positions as rows of each column that has some, ascending."""
        if not len(at):
            return {}
        ordered = np.sort(at)
        firsts, stops = np.searchsorted(ordered, [self._bounds[:-1], self._bounds[1:]]).tolist()
        of_columns = zip(self.slices.items(), firsts, stops, strict=True)
        return {key: ordered[first:stop] - rows.start for (key, rows), first, stop in of_columns if first < stop}


def _start(named: tuple[Any, slice]) -> int:
    first: int = named[1].start
    return first


def stacked(columns: Mapping[K, pl.Series]) -> dict[Kind, Stack[K]]:
    """Columns of text, of integers and of naive UTC datetimes, those of a kind one under another."""
    of_kinds: dict[Kind, dict[K, pl.Series]] = {}
    for key, column in columns.items():
        of_kinds.setdefault(Kind(column.dtype), {})[key] = column
    return {kind: Stack(of_kind) for kind, of_kind in of_kinds.items()}
