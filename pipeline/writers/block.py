"""Columns among the texts that lines are woven from."""

from typing import Generic

import numpy as np
import polars as pl

from pipeline.stack import K, Positions, Stack
from pipeline.writers.weave import Choice, Places, Run, Texts


class Block(Generic[K]):
    """The columns of a stack as text, each found by its key.

    Args:
        texts: All texts; those of the columns are added.
        stack: The columns.
        written: Their values as text; None for text, which is as it is.

    """

    def __init__(self, texts: Texts, stack: Stack[K], written: pl.Series | None = None) -> None:
        self._texts = texts
        self.stack = stack
        first = texts.add(stack.values.to_series() if written is None else written).first
        self._runs = {key: Run(first + rows.start) for key, rows in self.stack.slices.items()}
        self._arrays = {key: self._each_place(key) for key in self.stack.with_nulls}
        """The places of columns whose cells do not all stand one after another."""
        for key, places in self._arrays.items():
            places[self.stack.nulls[self.stack.slices[key]]] = texts.literal("")

    def _each_place(self, key: K) -> Places:
        first, rows = self._runs[key].first, self.stack.slices[key]
        return np.arange(first, first + rows.stop - rows.start, dtype=np.int32)

    def mend(self, at: Positions, mended: pl.Series) -> None:
        """Put other texts in the places of some; ``at`` ascends."""
        first = self._texts.add(mended).first
        for key, rows in self.stack.by_column(at).items():
            if key not in self._arrays:
                self._arrays[key] = self._each_place(key)
            self._arrays[key][rows] = np.arange(first, first + len(rows))
            first += len(rows)

    def places(self, key: K) -> Places | Run:
        """Where the cells of a column stand; a NULL stands for nothing."""
        return self._arrays.get(key, self._runs[key])

    def nulls(self, key: K) -> Choice | None:
        """Which cells of a column are NULL, as 1; None where none is."""
        return self.stack.nulls[self.stack.slices[key]].astype(np.intp) if key in self.stack.with_nulls else None
