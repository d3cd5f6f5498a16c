"""What every source is: something that can be opened, and read at one moment."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

import polars as pl

from pipeline.chunks import Chunk
from pipeline.dialects import Dialect
from pipeline.errors import CatalogueMismatch, OptionError, SourceError, SourceUnavailable
from pipeline.query import Plan, Statement
from pipeline.schema import Column, Kind


class Selection(Protocol):
    """The rows that a plan selects, counted exactly, in one snapshot."""

    @property
    def rows(self) -> Mapping[str, int]:
        """How many rows of each table."""

    def chunks(self, chunk_rows: int) -> Iterator[Chunk]:
        """The rows in chunks of about this many, in the order of keys."""


class Snapshot(Protocol):
    """One moment of a catalogue."""

    kind: str
    """What holds the moment, for the manifest."""

    def read(self, statement: Statement, columns: Sequence[Column], table: str) -> pl.DataFrame:
        """All rows of a small result, in the contract's types."""

    def select(self, plan: Plan) -> Selection:
        """Find and count all that a plan reads."""

    def explain(self, statement: Statement, *, analyze: bool = False) -> str:
        """The database's plan of a statement; with ``analyze`` it is run and measured."""


class Source(Protocol):
    """A catalogue that can be read."""

    dialect: Dialect
    label: str
    """Its URL without credentials."""

    def snapshot(self) -> AbstractContextManager[Snapshot]:
        """Hold one moment, until the context ends."""


KEY_ROWS = "row_count"


def tally_columns(key: Column) -> tuple[Column, Column]:
    """The columns of a tally: the key, and its rows."""
    return key, Column(name=KEY_ROWS, kind=Kind.INTEGER, nullable=False)


def check_views(snapshot: Snapshot, plan: Plan) -> None:
    """Plan one SELECT a table, so that a missing table or column is told by name before anything is read.

    Raises:
        CatalogueMismatch: A view cannot be read.

    """
    for table in plan.tables:
        try:
            snapshot.explain(plan.statement(plan.unordered(table)))
        except SourceUnavailable:
            raise
        except SourceError as error:
            message = (
                f"{table.view} cannot be read as the contract says: {error};"
                " give the table this name and these columns, or make a view that has them"
            )
            raise CatalogueMismatch(message, table=table.view) from error


@dataclass(frozen=True, kw_only=True)
class Url:
    """A catalogue's URL, taken apart."""

    scheme: str
    text: str

    @classmethod
    def of(cls, text: str) -> "Url":
        """Take a URL apart.

        Raises:
            OptionError: It is none.

        """
        scheme, separator, _ = text.partition("://")
        if not separator or not scheme:
            message = f"{text!r} is no URL of a catalogue; give one such as duckdb:///catalogue.duckdb"
            raise OptionError(message, option="source", value=text)
        return cls(scheme=scheme.lower(), text=text)

    @property
    def label(self) -> str:
        """The URL without user, password and query."""
        parts = urlsplit(self.text)
        return f"{self.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"

    def existing_file(self) -> Path:
        """The file of an embedded database: three slashes and a relative path, four and an absolute one.

        Raises:
            SourceUnavailable: There is no such file.

        """
        path = Path(unquote(urlsplit(self.text).path.removeprefix("/")))
        if not path.is_file():
            what = "is a folder" if path.is_dir() else "does not exist"
            message = (
                f"{path} {what}; give the file of a catalogue, or make one with: bellhop make-catalogue {self.text}"
            )
            raise SourceUnavailable(message)
        return path
