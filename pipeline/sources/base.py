"""What every source is: something that can be opened, and read at one moment."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Protocol, runtime_checkable

import polars as pl

from pipeline.chunks import Chunk
from pipeline.dialects import Dialect
from pipeline.query import Plan, Statement
from pipeline.schema import Column, Kind


class Selection(Protocol):
    """The rows that a plan selects, in one snapshot."""

    @property
    def records(self) -> int:
        """How many records there are, counted before any is read."""

    @property
    def rows(self) -> Mapping[str, int]:
        """How many rows of each table; known when all chunks were taken."""

    @property
    def left_out(self) -> Mapping[str, int]:
        """How many rows of each table were read and belong to no record; known when all chunks were taken."""

    def chunks(self, chunk_rows: int) -> Iterator[Chunk]:
        """The rows in chunks of about this many, in the order of keys."""

    def stop(self) -> None:
        """End what is still read for chunks that nobody waits for any more."""

    def let_go(self) -> None:
        """End the moment, when all chunks were used.

        Raises:
            SourceUnavailable: It ended before, so that what was read may be of another.

        """


class Snapshot(Protocol):
    """One moment of a catalogue."""

    kind: str
    """What holds the moment, for the manifest."""

    def read(self, statement: Statement, columns: Sequence[Column], table: str) -> pl.DataFrame:
        """All rows of a small result, in the contract's types."""

    def select(self, plan: Plan) -> Selection:
        """Find and count all that a plan reads."""

    def columns_of(self, statement: Statement) -> Sequence[tuple[str, str]]:
        """The columns of a SELECT, in order, and the type of each as the database calls it; no row is read."""

    def explain(self, statement: Statement, *, analyze: bool = False) -> str:
        """The database's plan of a statement; with ``analyze`` it is run and measured."""

    def interrupt(self) -> None:
        """Stop the statement that is run now, if there is one, from another thread: it fails with a SourceError."""


@runtime_checkable
class Joinable(Snapshot, Protocol):
    """A moment that other processes can join."""

    def select_joined(self, plan: Plan) -> Selection:
        """As ``select``; rows are read where a chunk is asked for them, while the snapshot is held."""


class Source(Protocol):
    """A catalogue that can be read."""

    dialect: Dialect
    label: str
    """Its URL without credentials."""
    files: Sequence[Path]
    """The files that it is in, of an embedded database."""

    def snapshot(self) -> AbstractContextManager[Snapshot]:
        """Hold one moment, until the context ends."""


class HeldSource:
    """A catalogue at a moment that somebody else holds."""

    def __init__(self, source: Source, snapshot: Snapshot) -> None:
        self.dialect, self.label, self.files = source.dialect, source.label, source.files
        self._snapshot = snapshot

    def snapshot(self) -> AbstractContextManager[Snapshot]:
        """Give that moment; it is not let go of."""
        return nullcontext(self._snapshot)

    def interrupt(self) -> None:
        """Stop what is read in it now."""
        self._snapshot.interrupt()


_RECORDS = (Column(name="records", kind=Kind.INTEGER, nullable=False),)


def count(snapshot: Snapshot, statement: Statement, view: str) -> int:
    """What a statement counts, in its only row and column."""
    return int(snapshot.read(statement, _RECORDS, view).item())
