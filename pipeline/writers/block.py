"""Columns among the texts that lines are woven from."""

from collections.abc import Mapping
from typing import Generic

import numpy as np
import polars as pl

from pipeline.stack import K, Positions, Stack
from pipeline.writers.weave import Choice, Places, Texts


class Block(Generic[K]):
    """Columns as text, each found by its key.

    Args:
        texts: All texts; those of the columns are added.
        columns: One at least, of one type and any heights.
        as_text: How a value is written; None for text, which is as it is.

    """

    def __init__(self, texts: Texts, columns: Mapping[K, pl.Series], as_text: pl.Expr | None = None) -> None:
        self._texts = texts
        self.stack = Stack(columns)
        written = self.stack.values if as_text is None else self.stack.values.select_seq(as_text)
        self._places = texts.add(written.to_series())
        self._places[self.stack.nulls] = texts.literal("")

    def mend(self, at: Positions, mended: pl.Series) -> None:
        """Put other texts in the places of some."""
        self._places[at] = self._texts.add(mended)

    def places(self, key: K) -> Places:
        """Where the cells of a column stand; a NULL stands for nothing."""
        return self._places[self.stack.runs[key]]

    def nulls(self, key: K) -> Choice | None:
        """Which cells of a column are NULL, as 1; None where none is."""
        nulls = self.stack.nulls[self.stack.runs[key]]
        return nulls.view(np.uint8) if nulls.any() else None
