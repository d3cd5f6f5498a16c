"""What every source is: something that can be opened, and read at one moment."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

import polars as pl

from pipeline.chunks import Chunk
from pipeline.dialects import Dialect
from pipeline.errors import OptionError, SourceUnavailable
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


_NO_ESCAPE = re.compile(r"%(?!(?!00)[0-9A-Fa-f]{2})")
"""A percent sign that PostgreSQL's own parser would complain of, with all that stands around it."""

READ_TIMEOUT = "read_timeout"
_READ_SECONDS = 300

_RECORDS = (Column(name="records", kind=Kind.INTEGER, nullable=False),)


def count(snapshot: Snapshot, statement: Statement, view: str) -> int:
    """What a statement counts, in its only row and column."""
    return int(snapshot.read(statement, _RECORDS, view).item())


@dataclass(frozen=True, kw_only=True)
class Url:
    """A catalogue's URL, taken apart."""

    scheme: str
    text: str

    @classmethod
    def of(cls, text: str) -> "Url":
        """Take a URL apart.

        Raises:
            OptionError: It is none. A password that may be in it is not repeated.

        """
        scheme, separator, _ = text.partition("://")
        if not separator or not scheme:
            came = "what was given" if {"@", "="} & {*text} else repr(text)
            message = f"{came} is no URL of a catalogue; give one such as duckdb:///catalogue.duckdb"
            raise OptionError(message, option="source", value=came)
        if not _is_whole(text):
            message = (
                f"the URL that begins with {scheme}:// cannot be taken apart; its port is a number, and in its user"
                " name and password %40 stands for @, %2F for /, %3F for ?, %23 for # and %25 for %"
            )
            raise OptionError(message, option="source", value=f"{scheme}://")
        return cls(scheme=scheme.lower(), text=text)

    @property
    def label(self) -> str:
        """The URL without user, password and query."""
        parts = urlsplit(self.text)
        return f"{self.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"

    @property
    def options(self) -> dict[str, str]:
        """What stands in the query, but for what is Bellhop's own on every server."""
        given = dict(parse_qsl(urlsplit(self.text).query, keep_blank_values=True))
        return {name: value for name, value in given.items() if name != READ_TIMEOUT}

    @property
    def read_seconds(self) -> float:
        """How long a server may be silent while it is asked.

        Raises:
            OptionError: What is given is no number of seconds.

        """
        given = dict(parse_qsl(urlsplit(self.text).query, keep_blank_values=True))
        text = given.get(READ_TIMEOUT, str(_READ_SECONDS))
        if not text.replace(".", "", 1).isdecimal() or float(text) == 0:
            message = f"{self.label}: {READ_TIMEOUT}={text!r:.20} is no number of seconds; give one such as 300"
            raise OptionError(message, option="source", value=self.label)
        return float(text)

    def existing_file(self) -> Path:
        """The file of an embedded database: three slashes and a relative path, four and an absolute one.

        Raises:
            OptionError: It names no file.
            SourceUnavailable: There is no such file.

        """
        parts = urlsplit(self.text)
        path = unquote(parts.path.removeprefix("/"))
        if parts.netloc or not path:
            wanted = f"give {self.scheme}:///relative.{self.scheme} or {self.scheme}:////absolute.{self.scheme}"
            raise OptionError(f"{self.label} names no file; {wanted}", option="source", value=self.label)
        if not os.path.isfile(path):  # noqa: PTH113 - Path.is_file raises where a folder cannot be looked into
            what = "is a folder" if os.path.isdir(path) else "does not exist"  # noqa: PTH112
            named = path if path.isprintable() else repr(path)
            make = f"make one with: bellhop make-catalogue {self.label}"
            raise SourceUnavailable(f"{named} {what}; give the file of a catalogue, or {make}")
        return Path(path)


def _is_whole(text: str) -> bool:
    """Whether a URL can be taken apart: if not, a piece of a password could pass for a host, and be shown."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return False
    return not parts.netloc or not (_NO_ESCAPE.search(text) or _has_stray_at(parts))


def _has_stray_at(parts: SplitResult) -> bool:
    names = (pair.partition("=")[0] for pair in parts.query.split("&"))
    return parts.netloc.count("@") > 1 or "@" in parts.path + parts.fragment + "".join(names)
