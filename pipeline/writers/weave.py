"""Text woven from columns and literals: every text has a place, a line is the places of its parts.

So all lines of a chunk are one array of places, however many parts they have and whatever is left out where; a gather
of Arrow's views and one copy of bytes make text of it, so many places at a time (docs/decisions/woven-text.md). All of
it runs in the thread that has the chunk, where ``select_seq`` does, too
(docs/decisions/expressions-in-the-callers-thread.md).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import polars as pl

from pipeline.buffers import text_bytes
from pipeline.writers.signs import Positions, Signs

if TYPE_CHECKING:
    import pyarrow as pa

Places = npt.NDArray[np.int32]
"""Where texts stand among all; literals stand before them, so their places are negative until all are known."""

Choice = npt.NDArray[np.uint8]
"""For each line which of some literals it has, by their position."""


_PLACES_AT_ONCE = 100_000
"""Places that a part has: a view has 16 bytes, and its text about as many."""


class Texts:
    """All texts that lines are woven from, one under another. Memory: views; bytes are copied in the end."""

    def __init__(self) -> None:
        self._columns: list[pl.Series] = []
        self._height = 0
        self._literals: dict[str, int] = {}

    def add(self, texts: pl.Series) -> Places:
        """Take a column of text; the place of each. Whoever places a NULL has to put something else there."""
        start, self._height = self._height, self._height + texts.len()
        self._columns.append(texts)
        return np.arange(start, self._height, dtype=np.int32)

    def literal(self, text: str) -> int:
        """The place of a literal."""
        return self._literals.setdefault(text, -1 - len(self._literals))

    def bytes_at(self, places: Places) -> Iterator["pa.Buffer"]:
        """The texts at some places, one after another, as UTF-8, in parts. Memory: a part, some megabytes."""
        literals = pl.Series([*reversed(self._literals)], dtype=pl.String)
        # A frame, since a Series would be asked by way of a query.
        texts = pl.concat([literals, *self._columns], rechunk=True).to_frame()
        every = places.ravel()
        for start in range(0, len(every), _PLACES_AT_ONCE):
            # Unsigned: negative numbers would be counted from the end, with a look at each.
            at = (every[start : start + _PLACES_AT_ONCE] + np.int32(len(literals))).view(np.uint32)
            yield text_bytes(texts[pl.Series(at)].to_series())


class Line:
    """One line for each row of a frame, part after part; neighbouring literals are one part."""

    def __init__(self, texts: Texts, height: int) -> None:
        self._texts = texts
        self._height = height
        self._parts: list[Places | int] = []
        self._choice: Choice | None = None
        self._literals: tuple[str, ...] = ("",)
        """What is to come next: one literal, or as many as there are to choose from."""

    def literal(self, text: str) -> None:
        """The same text in every line."""
        self._literals = tuple(one + text for one in self._literals)

    def choose(self, choice: Choice | None, *texts: str) -> None:
        """One of several texts, by line; without a choice the first."""
        if choice is None:
            self.literal(texts[0])
            return
        if self._choice is not None and self._choice is not choice:
            self._flush()
        before = self._literals if self._choice is choice else self._literals * len(texts)
        self._choice, self._literals = choice, tuple(a + b for a, b in zip(before, texts, strict=True))

    def value(self, places: Places) -> None:
        """A text of its own in every line."""
        self._flush()
        self._parts.append(places)

    def places(self) -> Places:
        """The places of all parts, a row a line."""
        self._flush()
        places = np.empty((self._height, len(self._parts)), np.int32)
        for position, part in enumerate(self._parts):
            places[:, position] = part
        return places

    def _flush(self) -> None:
        if self._choice is not None:
            self._parts.append(np.array([*map(self._texts.literal, self._literals)], np.int32)[self._choice])
        elif self._literals != ("",):
            self._parts.append(self._texts.literal(self._literals[0]))
        self._choice, self._literals = None, ("",)


@dataclass(frozen=True, kw_only=True)
class Between:
    """Lines of which any number stand between two parts of each of the lines around them."""

    line: Line
    counts: Positions
    """How many of them belong to each line around, in order."""


def interleaved(segments: Sequence[Line | Between]) -> Places:
    """The places of lines that are made of segments, those of one line one after another."""
    blocks = [_block(segment) for segment in segments]
    sizes = [counts * places.shape[1] for places, counts in blocks]
    ends = np.cumsum(sum(sizes[1:], start=sizes[0]))
    places = np.empty(int(ends[-1]) if len(ends) else 0, np.int32)
    at = ends - sum(sizes[1:], start=sizes[0])
    for (block, counts), size in zip(blocks, sizes, strict=True):
        places[_targets(at, counts, block.shape[1])] = block
        at = at + size
    return places


def _block(segment: Line | Between) -> tuple[Places, Positions]:
    if isinstance(segment, Between):
        return segment.line.places(), segment.counts
    places = segment.places()
    return places, np.ones(len(places), np.int64)


def _targets(at: Positions, counts: Positions, width: int) -> Positions:
    """Where the parts of each of these lines go, a row a line: ``at`` is where the first of each run begins."""
    before = np.cumsum(counts) - counts
    row = np.arange(int(counts.sum()))
    first = np.repeat(at - before * width, counts) + row * width
    return first[:, np.newaxis] + np.arange(width)


class Block:
    """Columns of text among all texts, one under another: what is asked of all of them takes one call.

    Args:
        texts: All texts.
        columns: The columns, of one height.
        signs: By what texts are found that may need work; None for no text.

    """

    def __init__(self, texts: Texts, columns: Sequence[pl.Series], signs: Signs | None) -> None:
        self._texts = texts
        self.height = columns[0].len() if columns else 0
        self._order = {column.name: position for position, column in enumerate(columns)}
        self._stack = pl.concat(columns) if columns else pl.Series(dtype=pl.String)
        shape = (len(columns), self.height)
        nulls = _asked(self._stack, _IS_NULL)
        self.found: Positions = np.flatnonzero(signs.found(self._stack) & ~nulls) if signs else np.zeros(0, np.int64)
        """Where texts stand that have signs, among those of all columns, one under another."""
        self._nulls = nulls.reshape(shape)
        self._has_nulls = np.logical_or.reduce(self._nulls, axis=1)
        self._places = texts.add(self._stack).reshape(shape)
        if self._has_nulls.any():
            self._places[self._nulls] = texts.literal("")

    @cached_property
    def _lengths(self) -> npt.NDArray[np.uint32]:
        """Characters of all texts, a row a column."""
        lengths: npt.NDArray[np.uint32] = _asked(self._stack, _CHARACTERS).reshape(self._nulls.shape)
        return lengths

    def longer(self, characters: int) -> Positions:
        """Where texts stand that are longer, among those of all columns."""
        return np.flatnonzero(self._lengths.ravel() > characters)

    def texts(self, at: Positions) -> pl.DataFrame:
        """Some texts, as a frame of one column."""
        return self._stack.to_frame()[pl.Series(at.astype(np.uint32))]

    def mend(self, at: Positions, mended: pl.Series) -> None:
        """Put other texts in the places of some."""
        self._places.ravel()[at] = self._texts.add(mended)

    def places(self, name: str) -> Places:
        """Where the cells of a column stand; a NULL stands for nothing."""
        places: Places = self._places[self._order[name]]
        return places

    def nulls(self, name: str) -> Choice | None:
        """Which cells of a column are NULL, as 1; None where none is."""
        position = self._order[name]
        return self._nulls[position].view(np.uint8) if self._has_nulls[position] else None

    def longest(self, name: str) -> int:
        """Characters of the longest text of a column."""
        return int(self._lengths[self._order[name]].max(initial=0))

    def at(self, name: str, rows: Positions) -> Positions:
        """Rows of a column as positions among the texts of all."""
        return rows + self._order[name] * self.height

    def by_column(self, at: Positions) -> dict[str, Positions]:
        """Positions among the texts of all as rows of each column that has some."""
        columns, rows = np.divmod(at, max(self.height, 1))
        return {name: rows[columns == self._order[name]] for name in self._order} if len(at) else {}


_IS_NULL = pl.first().is_null()
_CHARACTERS = pl.first().str.len_chars().fill_null(0)


def _asked(column: pl.Series, fact: pl.Expr) -> npt.NDArray[Any]:
    """What an expression says of every value of a column."""
    return column.to_frame().select_seq(fact).to_series().to_numpy()
