"""Columns of one type, one under another: what is asked of all of them takes one call."""

from collections.abc import Hashable, Mapping
from functools import cached_property
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl

from pipeline.buffers import Plain, plain_texts

K = TypeVar("K", bound=Hashable)

Mask = npt.NDArray[np.bool_]
Positions = npt.NDArray[np.int64]

_IS_NULL = pl.first().is_null()
_NULL_AS_NOTHING = pl.first().fill_null("")
_MOST_CHARACTERS = pl.first().str.len_chars().max()


class Stack(Generic[K]):
    """Columns, each found by its key. Positions are among the values of all.

    Args:
        columns: One at least, of one type and any heights.

    Memory: views of texts; one copy of their bytes once these are asked for.

    """

    def __init__(self, columns: Mapping[K, pl.Series]) -> None:
        self._ends: Positions = np.cumsum([0, *map(len, columns.values())])
        self.runs = dict(zip(columns, map(slice, self._ends[:-1].tolist(), self._ends[1:].tolist()), strict=True))
        """Where each column stands."""
        self.values = pl.concat([column.alias("") for column in columns.values()], rechunk=True).to_frame()
        """All values, in one column."""
        self.nulls: Mask = self.values.select_seq(_IS_NULL).to_series().to_numpy()

    @cached_property
    def plain(self) -> Plain:
        """The bytes of texts; a NULL has none."""
        plain = plain_texts(self.values.to_series())
        if np.diff(plain.bounds)[self.nulls].any():  # what once stood there
            return plain_texts(self.values.select_seq(_NULL_AS_NOTHING).to_series())
        return plain

    @property
    def sizes(self) -> Positions:
        """Bytes of each text."""
        return np.diff(self.plain.bounds)

    def some(self, at: Positions) -> pl.DataFrame:
        """Some values, in one column."""
        # Unsigned: negative numbers would be counted from the end, with a look at each.
        return self.values[pl.Series(at.astype(np.uint32))]

    def longest(self, key: K) -> int:
        """Characters of the longest text of a column."""
        run = self.runs[key]
        sizes = np.diff(self.plain.bounds[run.start : run.stop + 1])
        if not sizes.any():
            return 0
        # No text has more characters than bytes, so mostly none can be longer than the one of most bytes.
        longest = len(self._text(run.start + int(sizes.argmax())))
        if not (sizes > longest).any():
            return longest
        return int(self.values[run].select_seq(_MOST_CHARACTERS).item())

    def _text(self, at: int) -> str:
        data, bounds = self.plain
        return data[bounds[at] : bounds[at + 1]].tobytes().decode()

    def by_column(self, at: Positions) -> dict[K, Positions]:
        """Positions as rows of each column that has some."""
        ordered = np.sort(at)
        firsts, stops = np.searchsorted(ordered, [self._ends[:-1], self._ends[1:]]).tolist()
        of_columns = zip(self.runs.items(), firsts, stops, strict=True)
        return {key: ordered[first:stop] - run.start for (key, run), first, stop in of_columns if first < stop}
