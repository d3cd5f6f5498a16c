"""What every writer is: encode chunks anywhere, put the pieces together in order."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

import polars as pl

from pipeline.arranged import Arranged
from pipeline.chunks import KeyRange
from pipeline.datasets.base import Chart, Dataset
from pipeline.datasets.tally import Tally
from pipeline.errors import OptionError
from pipeline.options import Options
from pipeline.progress import Timings
from pipeline.schema import Column

ESCAPED = "cells_escaped"
CUT = "cells_cut"
FINER_THAN_MILLISECONDS = "dates_cut_to_milliseconds"
BEFORE_1900 = "dates_as_text"

Bytes = bytes | memoryview
"""Bytes, or something with the buffer protocol and a length, as Arrow's buffers are."""


@dataclass(kw_only=True)
class Piece:
    """What became of one chunk."""

    blobs: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    """What the document is made of, by part of it; the writer knows what these are."""
    sheets: dict[str, int] = field(default_factory=dict)
    """Rows by sheet."""
    notes: Counter[str] = field(default_factory=Counter)
    """Cells that are not in the file as they are in the catalogue, by what was done to them."""


@dataclass(frozen=True, kw_only=True)
class Opening:
    """What is known of an export before its first record."""

    metadata: Mapping[str, Any]
    """The JSON ``metadata``, in order."""


@dataclass(frozen=True, kw_only=True)
class Closing:
    """What is known of an export after its last record."""

    records: int
    sheets: Mapping[str, int]
    notes: Counter[str]
    tally: Tally
    charts: tuple[Chart, ...] | None


class Sink(Protocol):
    """Where bytes go."""

    def write(self, data: Bytes, /) -> object:
        """Take all of the data."""


class Document(ABC):
    """A file under way: pieces in order, then the end."""

    @abstractmethod
    def add(self, piece: Piece) -> None:
        """Take the next piece."""

    @abstractmethod
    def finish(self, closing: Closing) -> None:
        """Write what comes after the last piece; then the file is whole."""

    def discard(self) -> None:  # noqa: B027 - most documents keep nothing
        """Let go of what is kept beside the file."""


@dataclass(frozen=True, kw_only=True)
class Writer(ABC):
    """One format for one export. It pickles, and holds no file."""

    dataset: Dataset[Any]
    options: Options

    takes: ClassVar[frozenset[str]] = frozenset()
    """The options beside its default ones that make sense for it."""
    chunk_rows: ClassVar[int]
    """Rows of all tables that a chunk should have."""
    for_sheets: ClassVar[bool] = False
    """Whether all that the sheets of a workbook show is to be read."""

    def __post_init__(self) -> None:
        """Refuse options that this format does not take."""
        for name, value in self.options.applied().items():
            if name not in self.takes:
                takes = f"it takes {', '.join(sorted(self.takes))}" if self.takes else "it takes none"
                raise OptionError(f"{name} is no option of this format; {takes}", option=name, value=value)
        _ = self.columns

    @property
    def shows_tally(self) -> bool:
        """Whether key metrics, or charts of them, are in the file."""
        return False

    @property
    def columns(self) -> tuple[Column, ...] | None:
        """The flat columns asked for, in that order; None when none were.

        Raises:
            OptionError: A name is not of the flat columns, or came twice.

        """
        names = self.options.columns
        if names is None:
            return None
        known = {column.name: column for column in self.dataset.flat_columns}
        wrong = [name for name in names if name not in known] or [name for name in names if names.count(name) > 1]
        if wrong or not names:
            came = repr(wrong[0]) if wrong else "an empty list"
            message = f"columns: {came} will not do; give any of these, each once: {', '.join(known)}"
            raise OptionError(message, option="columns", value=names)
        return tuple(known[name] for name in names)

    def told_options(self) -> dict[str, Any]:
        """What the manifest tells of the options: those that were given."""
        return self.options.applied()

    def flat(self, arranged: Arranged) -> pl.DataFrame:
        """The flat records, as far as their columns were asked for."""
        flat = self.dataset.flat(arranged)
        return flat if self.columns is None else flat.select_seq(column.name for column in self.columns)

    def all_sheets(self, rows: Mapping[str, int]) -> dict[str, int]:
        """Rows by sheet in the order of the workbook, sheets without rows too; only a workbook has any."""
        return dict(rows)

    @abstractmethod
    def encode(self, arranged: Arranged, keys: KeyRange, timings: Timings) -> Piece:
        """Arranged frames of one chunk → its piece; the same bytes on any thread or machine.

        Stacks are let go before bytes are made: they take as much memory as the frames.

        Timings: reshape, encode, compress.
        """

    @abstractmethod
    def open(self, sink: Sink, opening: Opening) -> Document:
        """Begin a file."""
