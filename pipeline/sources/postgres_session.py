"""A session on a PostgreSQL server, never waited for without an end, its errors told as Bellhop's."""

import os
import socket
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, wait
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from inspect import GEN_RUNNING, getgeneratorstate
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg.abc import Buffer
from psycopg.pq import TransactionStatus
from psycopg.types.datetime import TimestampLoader

from pipeline.errors import SourceError, SourceUnavailable, first_line
from pipeline.sources.waiting import begun, silent
from pipeline.sql_files import sql_text

R = TypeVar("R")

CONNECT_SECONDS = 2
_SHOWN = "SET client_encoding = 'UTF8'; SET DateStyle = 'ISO'; SET TimeZone = 'UTC'"
"""How values are shown: libpq has its environment overrule what the URL's options say of these."""
_PIECE_BYTES = 2 << 20
"""Of CSV, at once, or a row that is longer."""
_PIECE_SECONDS = 0.1
"""After so long what has come is given: a server that is slow is not silent."""
BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


@contextmanager
def connected(*urls: str, label: str, read_seconds: float) -> Iterator[tuple["Session", str]]:
    """A session, and the first of the URLs that led to one.

    Args:
        urls: Where to log in.
        label: The URL as it may be shown.
        read_seconds: How long the server may be silent.

    Raises:
        SourceUnavailable: None did.

    """
    try:
        connection, url = _logged_in(*urls)
    except psycopg.OperationalError as error:
        raise SourceUnavailable(f"PostgreSQL cannot be reached: {first_line(error)}") from error
    # It is only closed: there is nothing to commit, and once all is read, its end is no matter.
    with closing(connection):
        session = Session(connection=connection, label=label, read_seconds=read_seconds)
        session.run(_SHOWN)
        yield session, url


def _logged_in(url: str, *others: str) -> tuple[psycopg.Connection, str]:
    """Log in; other URLs are tried unless it was by a password, which may be counted, or there was no answer."""
    try:
        connection = psycopg.connect(url, autocommit=True, connect_timeout=CONNECT_SECONDS)
        connection.adapters.register_loader("timestamp", _Moment)
        return connection, _resolved(url, connection.info)
    except psycopg.errors.ConnectionTimeout:
        raise
    except psycopg.OperationalError as error:
        if not others or error.pgconn is None or error.pgconn.used_password or error.pgconn.needs_password:
            raise
    return _logged_in(*others)


def _resolved(url: str, info: psycopg.ConnectionInfo) -> str:
    """The URL with all that libpq found elsewhere, in its environment or a password file: ConnectorX looks nowhere."""
    host = f"[{info.host}]" if ":" in info.host else info.host
    user, password, database = (quote(part, safe="") for part in (info.user, info.password, info.dbname))
    return urlunsplit(("postgresql", f"{user}:{password}@{host}:{info.port}", database, urlsplit(url).query, ""))


@dataclass(frozen=True, kw_only=True)
class Session:
    """A session that is never waited for without an end: the one that holds the snapshot, above all."""

    connection: psycopg.Connection
    label: str
    read_seconds: float

    def run(self, text: str, values: Sequence[object] | None = None) -> psycopg.Cursor:
        """Run one statement; without values, no placeholders are looked for in it.

        Raises:
            SourceUnavailable: The server went away, or gave no answer for longer than it may be.
            SourceError: It refuses the statement.

        """
        return self._waited(partial(self.connection.execute, text.encode(), values))

    def copied(self, select: str) -> Generator[bytes]:
        """The rows of a SELECT as CSV, every value between quotes, a NULL not; whole rows, some megabytes at a time.

        Raises:
            SourceUnavailable: The server went away, or gave nothing for longer than it may be.
            SourceError: It refuses the statement, or a value that it meets.

        """
        self.run(sql_text("postgres/untimed.sql"), [self.read_seconds])
        pieces = _pieces(self.connection, select)
        try:
            while piece := self._waited(partial(next, pieces, b"")):
                yield piece
        except BaseException:
            self._abandon(pieces)
            raise

    def _abandon(self, pieces: Generator[bytes]) -> None:
        """End a copy before its end; psycopg would wait for the rest of it, and without an end where none comes."""
        if getgeneratorstate(pieces) == GEN_RUNNING:  # by a thread whose wait did not end
            return
        if self.connection.info.transaction_status is TransactionStatus.ACTIVE:
            self._cancel()
        self.connection.close()
        pieces.close()

    def _waited(self, call: Callable[[], R]) -> R:
        """What a call of the driver gives."""
        with mapped(self.label):
            answer = begun(call)
            try:
                return answer.result(self.read_seconds)
            except BaseException as error:
                if not answer.done():
                    self._stop(answer)
                    if isinstance(error, TimeoutError):
                        raise silent(self.label, self.read_seconds) from error
                raise

    def _stop(self, answer: "Future[R]") -> None:
        """End what is waited for: by asking the server, or at the socket where it does not hear.

        To close the session would free what libpq still reads into.
        """
        if self._cancel():
            wait([answer], CONNECT_SECONDS)
        if not answer.done():
            with socket.socket(fileno=os.dup(self.connection.fileno())) as line:
                line.shutdown(socket.SHUT_RDWR)
            wait([answer], CONNECT_SECONDS)

    def _cancel(self) -> bool:
        """Ask the server to end what it is at; whether it heard."""
        try:
            self.connection.cancel_safe(timeout=CONNECT_SECONDS)
        except psycopg.Error:
            return False
        return True


def _pieces(connection: psycopg.Connection, select: str) -> Generator[bytes]:
    piece, until = bytearray(), time.monotonic() + _PIECE_SECONDS
    with connection.cursor().copy(f"COPY ({select}) TO STDOUT (FORMAT csv, FORCE_QUOTE *)".encode()) as rows:
        for row in rows:
            piece += row
            if len(piece) >= _PIECE_BYTES or time.monotonic() > until:
                yield bytes(piece)
                piece, until = bytearray(), time.monotonic() + _PIECE_SECONDS
    yield bytes(piece)


class _Moment(TimestampLoader):
    """A moment; one that Python has no datetime for stays text."""

    def load(self, data: Buffer) -> Any:  # noqa: ANN401 - psycopg promises datetimes alone
        try:
            return super().load(data)
        except psycopg.DataError:
            return bytes(data).decode()


@contextmanager
def mapped(label: str) -> Iterator[None]:
    """Psycopg's errors as Bellhop's."""
    try:
        yield
    except psycopg.OperationalError as error:
        raise SourceUnavailable(f"{label}: {first_line(error)}") from error
    except psycopg.Error as error:
        raise SourceError(f"{label}: {first_line(error)}") from error
