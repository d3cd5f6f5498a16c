"""Columns of one type, one under another: what is asked of all of them takes one call."""

from collections.abc import Hashable, Mapping
from functools import cached_property
from typing import Generic, TypeVar

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

    @cached_property
    def plain(self) -> Plain:
        """The bytes of texts; a NULL has none. What hides behind NULLs costs a second copy."""
        plain = plain_texts(self.values.to_series())
        if np.diff(plain.bounds)[self.nulls].any():  # what once stood there
            return plain_texts(self.values.select_seq(_NULL_AS_NOTHING).to_series())
        return plain

    @cached_property
    def sizes(self) -> Positions:
        """Bytes of each text."""
        return np.diff(self.plain.bounds)

    def run(self, key: K, rows: slice) -> slice:
        """Where some rows of a column stand."""
        first = self.slices[key].start
        return slice(first + rows.start, first + rows.stop)

    def some(self, at: Positions) -> pl.DataFrame:
        """Some values, in one column."""
        # Unsigned: negative numbers would be counted from the end, with a look at each.
        return self.values.select_seq(pl.first().gather(pl.Series(at.astype(np.uint32))))

    def longest(self, runs: Mapping[R, slice]) -> dict[R, int]:
        """Characters of the longest text of each run of positions; 0 where there is none."""
        lengths = self.sizes
        if self.plain.data.max(initial=0) >= _BEYOND_ASCII:
            lengths = self.values.select_seq(_CHARACTERS).to_series().to_numpy()
        bounds = [bound for run in runs.values() for bound in (run.start, run.stop)]
        longest = np.maximum.reduceat(np.append(lengths, 0), bounds)[::2].tolist() if bounds else []
        return {key: most * (run.start < run.stop) for (key, run), most in zip(runs.items(), longest, strict=True)}

    def by_column(self, at: Positions) -> dict[K, Positions]:
        """Positions as rows of each column that has some, ascending."""
        if not len(at):
            return {}
        ordered = np.sort(at)
        firsts, stops = np.searchsorted(ordered, [self._bounds[:-1], self._bounds[1:]]).tolist()
        of_columns = zip(self.slices.items(), firsts, stops, strict=True)
        return {key: ordered[first:stop] - rows.start for (key, rows), first, stop in of_columns if first < stop}


def stacked(columns: Mapping[K, pl.Series]) -> dict[Kind, Stack[K]]:
    """Columns of text, of integers and of naive UTC datetimes, those of a kind one under another."""
    of_kinds: dict[Kind, dict[K, pl.Series]] = {}
    for key, column in columns.items():
        of_kinds.setdefault(_kind(column.dtype), {})[key] = column
    return {kind: Stack(of_kind) for kind, of_kind in of_kinds.items()}


def _kind(dtype: pl.DataType) -> Kind:
    if dtype == pl.String:
        return Kind.TEXT
    return Kind.TIMESTAMP if isinstance(dtype, pl.Datetime) else Kind.INTEGER
