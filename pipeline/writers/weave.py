"""Text woven from columns and literals: every text has a place, a line is the places of its parts.

So all lines of a chunk are one array of places, however many parts they have and whatever is left out where; a gather
of Arrow's views and one copy of bytes make text of it, so many places at a time (docs/decisions/woven-text.md). All of
it runs in the thread that has the chunk, where ``select_seq`` does, too
(docs/decisions/expressions-in-the-callers-thread.md).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from pipeline.buffers import text_bytes
from pipeline.stack import Positions

if TYPE_CHECKING:
    import pyarrow as pa

Places = npt.NDArray[np.int32]
"""Where texts stand among all; literals stand before them, so their places are negative until all are known."""


@dataclass(frozen=True)
class Run:
    """Places one after another, a line each, from the first one on."""

    first: int


Choice = npt.NDArray[np.intp]
"""For each line which of some literals it has, by their position."""


_PLACES_AT_ONCE = 100_000
"""Places that a part has: a view has 16 bytes, and its text about as many."""


class Texts:
    """All texts that lines are woven from, one under another. Memory: views; bytes are copied in the end."""

    def __init__(self) -> None:
        self._columns: list[pl.Series] = []
        self._height = 0
        self._literals: dict[str, int] = {}

    def add(self, texts: pl.Series) -> Run:
        """Take a column of text; the places of it. Whoever places a NULL has to put something else there."""
        run, self._height = Run(self._height), self._height + texts.len()
        self._columns.append(texts)
        return run

    def literal(self, text: str) -> int:
        """The place of a literal."""
        return self._literals.setdefault(text, -1 - len(self._literals))

    def bytes_at(self, places: Places) -> Iterator["pa.Buffer"]:
        """The texts at some places, one after another, as UTF-8, in parts; none is added after that.

        Memory: a part, some megabytes.
        """
        every, texts, literals = places.ravel(), self._all, np.int32(len(self._literals))
        for start in range(0, len(every), _PLACES_AT_ONCE):
            # Unsigned: negative numbers would be counted from the end, with a look at each.
            at = (every[start : start + _PLACES_AT_ONCE] + literals).view(np.uint32)
            yield text_bytes(texts.select_seq(pl.first().gather(pl.Series(at))).to_series())

    @cached_property
    def _all(self) -> pl.DataFrame:
        """Literals, and columns after them. A frame, since a Series would be asked by way of a query."""
        literals = pl.Series([*reversed(self._literals)], dtype=pl.String)
        columns, self._columns = self._columns, []  # their views are copied, and needed no more
        return pl.concat([literals, *columns], rechunk=True).to_frame()


class Line:
    """One line for each row of a frame, part after part; neighbouring literals are one part."""

    counts = 1
    """How many belong to each of the lines that these are parts of: they are these."""

    def __init__(self, texts: Texts, height: int) -> None:
        self._texts = texts
        self.height = height
        self._parts: list[Places | Run | int] = []
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
        if self._choice is choice:
            self._literals = tuple(a + b for a, b in zip(self._literals, texts, strict=True))
        else:
            # Every text that stood here before with every one of these: one part, where both would be two.
            self._choice = choice if self._choice is None else self._choice * len(texts) + choice
            self._literals = tuple(a + b for a in self._literals for b in texts)

    def value(self, places: Places | Run) -> None:
        """A text of its own in every line."""
        self._flush()
        self._parts.append(places)

    def places(self) -> Places:
        """The places of all parts, a row a line."""
        self._flush()
        # Most parts stay, or go on by one a line: these are placed together, whatever they are of.
        steps = np.array([isinstance(part, Run) for part in self._parts], np.int32)
        places = np.arange(self.height, dtype=np.int32)[:, np.newaxis] * steps
        places += np.array([*map(_first, self._parts)], np.int32)
        for position, part in enumerate(self._parts):
            if isinstance(part, np.ndarray):
                places[:, position] = part
        return places

    def firsts(self, at: Positions, width: int) -> Positions:
        """Where each line begins: there, since it is its own."""
        del width
        return at

    def _flush(self) -> None:
        if self._choice is not None:
            self._parts.append(
                np.array([*map(self._texts.literal, self._literals)], np.int32).take(self._choice, mode="clip")
            )
        elif self._literals != ("",):
            self._parts.append(self._texts.literal(self._literals[0]))
        self._choice, self._literals = None, ("",)


def _first(part: Places | Run | int) -> int:
    """Where a part of the first line stands, if it tells where those of all stand."""
    return part if isinstance(part, int) else part.first if isinstance(part, Run) else 0


@dataclass(frozen=True, kw_only=True)
class Between:
    """Lines of which any number stand between two parts of each of the lines around them."""

    line: Line
    counts: Positions
    """How many of them belong to each line around, in order."""

    def places(self) -> Places:
        """The places of all parts, a row a line."""
        return self.line.places()

    def firsts(self, at: Positions, width: int) -> Positions:
        """Where each line begins, if those of each line around begin there."""
        before = np.cumsum(self.counts) - self.counts
        number = np.arange(self.line.height)
        return np.repeat(at - before * width, self.counts) + number * width


def interleaved(segments: Sequence[Line | Between]) -> Places:
    """The places of lines that are made of segments, those of one line one after another; the first is a line."""
    blocks = [segment.places() for segment in segments]
    sizes = [segment.counts * block.shape[1] for segment, block in zip(segments, blocks, strict=True)]
    of_lines = np.zeros(len(blocks[0]), np.int64) + sum(sizes)
    at = np.cumsum(of_lines) - of_lines
    places = np.empty(sum(block.size for block in blocks), np.int32)
    for segment, block, size in zip(segments, blocks, sizes, strict=True):
        width = block.shape[1]
        places[segment.firsts(at, width)[:, np.newaxis] + np.arange(width)] = block
        at = at + size
    return places
