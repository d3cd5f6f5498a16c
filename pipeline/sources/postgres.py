"""PostgreSQL through ConnectorX: a session holds a snapshot and exports it, every read takes that snapshot up.

ConnectorX gives all rows of a SELECT at once: so tables are read in parts, by id, several side by side.
"""

import os
import secrets
import socket
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, wait
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial

import polars as pl
import psycopg

from pipeline.conform import conform
from pipeline.dialects import POSTGRES, Dialect
from pipeline.errors import SourceError, SourceUnavailable, first_line
from pipeline.query import Plan, Statement
from pipeline.schema import Column
from pipeline.sources.base import READ_TIMEOUT, Url
from pipeline.sources.connectorx import read_sql
from pipeline.sources.dealt import DealtSelection, Part, dealt
from pipeline.sources.joined import joined
from pipeline.sources.postgres_url import check, of_session, read_by_workers
from pipeline.sources.waiting import begun, read_ahead
from pipeline.sql_files import sql_text

_CONNECT_SECONDS = 2
_PART_ROWS = 20_000
"""Rows that one read gives, at once: a connection and its first plan cost as much as some thousand of them."""
_READS = 2
"""Reads whose rows are there or under way: while one is dealt out, one is read."""
_BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


class PostgresSource:
    """A catalogue in a PostgreSQL database."""

    dialect: Dialect = POSTGRES

    def __init__(self, url: Url) -> None:
        self.label = url.label
        self.files: tuple[()] = ()
        check(url)
        self._patience = url.read_seconds
        self._is_joinable = read_by_workers(url)
        self._url = url

    @contextmanager
    def snapshot(self) -> Iterator["PostgresSnapshot"]:
        """Hold and export a snapshot."""
        name = f"bellhop {secrets.token_hex(4)}"
        with _mapped(self.label), _connected(*of_session(self._url, name)) as (connection, url):
            holder = Holder(connection=connection, label=self.label, patience=self._patience)
            holder.run(_BEGIN)
            ((exported,),) = holder.run("SELECT pg_export_snapshot()").fetchall()
            session = Session(url=url, label=self.label, snapshot=exported, name=name, patience=self._patience)
            yield PostgresSnapshot(holder, session, is_joinable=self._is_joinable)


@contextmanager
def _connected(*urls: str) -> Iterator[tuple[psycopg.Connection, str]]:
    """A session, and the first of the URLs that led to one."""
    try:
        connection, url = _logged_in(*urls)
    except psycopg.OperationalError as error:
        raise SourceUnavailable(f"PostgreSQL cannot be reached: {first_line(error)}") from error
    # It is only closed: there is nothing to commit, and once all is read, its end is no matter.
    with closing(connection):
        yield connection, url


def _logged_in(url: str, *others: str) -> tuple[psycopg.Connection, str]:
    """Log in; other URLs are tried unless it was by a password, which may be counted, or there was no answer."""
    try:
        return psycopg.connect(url, autocommit=True, connect_timeout=_CONNECT_SECONDS), url
    except psycopg.errors.ConnectionTimeout:
        raise
    except psycopg.OperationalError as error:
        if not others or error.pgconn is None or error.pgconn.used_password or error.pgconn.needs_password:
            raise
    return _logged_in(*others)


@dataclass(frozen=True, kw_only=True)
class Holder:
    """A session that is waited for with patience: the one that holds the snapshot, above all."""

    connection: psycopg.Connection
    label: str
    patience: float

    def run(self, text: str, values: Sequence[object] | None = None) -> psycopg.Cursor:
        """Run one statement; without values, no placeholders are looked for in it.

        Raises:
            SourceUnavailable: The server went away, or gave no answer for longer than patience lasts.
            SourceError: It refuses the statement.

        """
        with _mapped(self.label):
            answer = begun(partial(self.connection.execute, text.encode()), values)
            try:
                return answer.result(self.patience)
            except TimeoutError as error:
                raise _silent(self.label, self.patience) from error
            except KeyboardInterrupt:
                with suppress(psycopg.Error):
                    self.connection.cancel_safe(timeout=_CONNECT_SECONDS)
                    wait([answer], _CONNECT_SECONDS)
                raise
            finally:
                if not answer.done():
                    self._hang_up(answer)

    def _hang_up(self, answer: "Future[psycopg.Cursor]") -> None:
        """End a wait for the server: a close frees what libpq still reads into, and gives its socket's number away."""
        with socket.socket(fileno=os.dup(self.connection.fileno())) as line:
            line.shutdown(socket.SHUT_RDWR)
        wait([answer], _CONNECT_SECONDS)


@dataclass(frozen=True, kw_only=True)
class Session:
    """What it takes to read in a held snapshot from anywhere; it pickles."""

    url: str
    label: str
    snapshot: str
    name: str
    """Of the export, as the server knows its sessions."""
    patience: float

    def stream(self, parts: Iterable[Part]) -> Iterator[tuple[Part, pl.DataFrame]]:
        """Parts and all their rows, in the server's types; read side by side, they come in their order.

        Raises:
            SourceUnavailable: The server was silent for longer than patience lasts.
            SourceError: A part cannot be read.

        """
        try:
            yield from read_ahead(self._part, parts, ahead=_READS, patience=self.patience, stop=self.stop)
        except TimeoutError as error:
            raise _silent(self.label, self.patience) from error

    def _part(self, part: Part) -> tuple[Part, pl.DataFrame]:
        before = [_BEGIN, f"SET TRANSACTION SNAPSHOT '{self.snapshot}'"]
        try:
            return part, read_sql(self.url, part.statement.literal(POSTGRES), before)
        except SourceError as error:
            raise SourceError(f"{part.table.view} of {self.label} cannot be read: {error}") from error

    def stop(self) -> None:
        """End what the server is at for this export; when it cannot be asked, it has no sessions either."""
        with suppress(SourceUnavailable), _mapped(self.label), _connected(self.url) as (connection, _):
            other = Holder(connection=connection, label=self.label, patience=_CONNECT_SECONDS)
            other.run(sql_text("postgres/stop.sql"), [self.name])


class PostgresSnapshot:
    """The database as the held snapshot sees it."""

    kind = "exported snapshot, REPEATABLE READ"

    def __init__(self, holder: Holder, session: Session, *, is_joinable: bool) -> None:
        self._holder = holder
        self._session = session
        self._is_joinable = is_joinable

    def read(self, statement: Statement, columns: Sequence[Column], table: str) -> pl.DataFrame:
        """All rows of a small result."""
        cursor = self._holder.run(statement.literal(POSTGRES))
        names = [column.name for column in cursor.description or ()]
        rows = cursor.fetchall()
        return conform(pl.DataFrame(rows, names, orient="row", infer_schema_length=None), columns, table)

    def explain(self, statement: Statement, *, analyze: bool = False) -> str:
        """PostgreSQL's plan."""
        prefix = "EXPLAIN (ANALYZE, BUFFERS) " if analyze else "EXPLAIN "
        rows = self._holder.run(prefix + statement.literal(POSTGRES)).fetchall()
        return "\n".join(str(row[0]) for row in rows)

    def columns_of(self, statement: Statement) -> list[tuple[str, str]]:
        """The columns of a SELECT and their types; those that PostgreSQL does not have by itself as ``enum(name)``."""
        described = self._holder.run(statement.without_rows().literal(POSTGRES)).description or []
        codes = [column.type_code for column in described]
        types = self._holder.run(sql_text("postgres/types.sql"), [codes]).fetchall()
        names = {number: str(name) for number, name in types}
        return [(column.name, names[column.type_code]) for column in described]

    def interrupt(self) -> None:
        """Stop what the sessions of this export are at."""
        self._session.stop()

    def select(self, plan: Plan) -> DealtSelection:
        """Count what the plan selects."""
        stream, release = self._session.stream, self._holder.connection.close
        return dealt(self, plan, stream, release, part_rows=_PART_ROWS)

    def select_joined(self, plan: Plan) -> DealtSelection:
        """The same, its chunks read wherever they are encoded, unless the URL says that they cannot be."""
        return joined(self, plan, self._session, _PART_ROWS) if self._is_joinable else self.select(plan)


def _silent(label: str, patience: float) -> SourceUnavailable:
    message = f"{label} gave no answer for {patience:g} s; try again, or give it longer by ?{READ_TIMEOUT}=SECONDS"
    return SourceUnavailable(message)


@contextmanager
def _mapped(label: str) -> Iterator[None]:
    """Psycopg's errors as Bellhop's."""
    try:
        yield
    except psycopg.OperationalError as error:
        raise SourceUnavailable(f"{label}: {first_line(error)}") from error
    except psycopg.Error as error:
        raise SourceError(f"{label}: {first_line(error)}") from error
