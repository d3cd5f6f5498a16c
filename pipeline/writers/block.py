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
        self._first = texts.add(stack.values.to_series() if written is None else written).first
        self._places: Places = np.arange(self._first, self._first + len(stack.nulls), dtype=np.int32)
        self._places[stack.nulls] = texts.literal("")
        self._scattered = set(stack.with_nulls)
        """The columns whose cells do not all stand one after another."""
        self._nulls: Choice = stack.nulls.astype(np.intp)

    def mend(self, at: Positions, mended: pl.Series) -> None:
        """Put other texts in the places of some; ``at`` ascends."""
        first = self._texts.add(mended).first
        self._places[at] = np.arange(first, first + len(at))
        self._scattered.update(self.stack.by_column(at))

    def places(self, key: K) -> Places | Run:
        """Where the cells of a column stand; a NULL stands for nothing."""
        rows = self.stack.slices[key]
        return self._places[rows] if key in self._scattered else Run(self._first + rows.start)

    def nulls(self, key: K) -> Choice | None:
        """Which cells of a column are NULL, as 1; None where none is."""
        return self._nulls[self.stack.slices[key]] if key in self.stack.with_nulls else None
