"""PostgreSQL through ConnectorX: a session holds a snapshot and exports it, every read takes that snapshot up.

The snapshot is joinable: a chunk is read where it is encoded, on any thread or machine, by the keys that belong to it.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import polars as pl
import psycopg
from psycopg.conninfo import conninfo_to_dict

from pipeline.chunks import Chunk, Frames, cut
from pipeline.conform import conform
from pipeline.dialects import POSTGRES, Dialect
from pipeline.errors import OptionError, SourceError, SourceUnavailable
from pipeline.query import Plan, Statement
from pipeline.schema import Column
from pipeline.sources.base import Url
from pipeline.sources.connectorx import read_sql
from pipeline.sources.tallied import Tallied, tallied

_CONNECT_SECONDS = 2
_BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_SESSION = (
    "-c default_transaction_read_only=on -c standard_conforming_strings=on -c TimeZone=UTC"
    " -c idle_in_transaction_session_timeout=0"
)


class PostgresSource:
    """A catalogue in a PostgreSQL database."""

    dialect: Dialect = POSTGRES

    def __init__(self, url: Url) -> None:
        self.label = url.label
        self.files: tuple[()] = ()
        _check(url)
        self._url = _with_options(url.text)

    @contextmanager
    def snapshot(self) -> Iterator["PostgresSnapshot"]:
        """Hold and export a snapshot."""
        with _mapped(self.label), _connected(self._url) as holder:
            holder.execute(_BEGIN)
            row = holder.execute("SELECT pg_export_snapshot()").fetchone()
            name = str(row[0]) if row else ""
            yield PostgresSnapshot(holder, Session(url=self._url, label=self.label, snapshot=name))


def _check(url: Url) -> None:
    """Refuse what libpq or ConnectorX would: their messages can repeat a password.

    Raises:
        OptionError: The URL names no host, or is none that PostgreSQL takes.

    """
    wanted = "give one such as postgresql://user@host:5432/database"
    if not urlsplit(url.text).hostname:
        raise OptionError(f"{url.label} names no host; {wanted}", option="source", value=url.label)
    try:
        conninfo_to_dict(url.text)
    except psycopg.ProgrammingError:
        message = f"{url.label} is no URL that PostgreSQL takes, with all that follows; {wanted}"
        raise OptionError(message, option="source", value=url.label) from None


def _with_options(url: str) -> str:
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query)) | {"application_name": "bellhop"}
    options["options"] = f"{options.get('options', '')} {_SESSION}".strip()
    return urlunsplit(("postgresql", *parts[1:3], urlencode(options).replace("+", "%20"), ""))


@contextmanager
def _connected(url: str) -> Iterator[psycopg.Connection]:
    try:
        connection = psycopg.connect(url, autocommit=True, connect_timeout=_CONNECT_SECONDS)
    except psycopg.OperationalError as error:
        raise SourceUnavailable(f"PostgreSQL cannot be reached: {_first_line(error)}") from error
    # It is only closed: there is nothing to commit, and once all is read, its end is no matter.
    with closing(connection):
        yield connection


@dataclass(frozen=True, kw_only=True)
class Session:
    """What it takes to read in a held snapshot from anywhere; it pickles."""

    url: str
    label: str
    snapshot: str

    def read(self, statement: Statement, columns: Sequence[Column], table: str) -> pl.DataFrame:
        """All rows of a SELECT in the snapshot."""
        before = [_BEGIN, f"SET TRANSACTION SNAPSHOT '{self.snapshot}'"]
        try:
            frame = read_sql(self.url, statement.literal(POSTGRES), before)
        except SourceError as error:
            raise SourceError(f"{table} of {self.label} cannot be read: {error}") from error
        return conform(frame, columns, table)


class PostgresSnapshot:
    """The database as the held snapshot sees it."""

    kind = "exported snapshot, REPEATABLE READ"

    def __init__(self, holder: psycopg.Connection, session: Session) -> None:
        self._holder = holder
        self._session = session

    def read(self, statement: Statement, columns: Sequence[Column], table: str) -> pl.DataFrame:
        """All rows of a small result."""
        return self._session.read(statement, columns, table)

    def explain(self, statement: Statement, *, analyze: bool = False) -> str:
        """PostgreSQL's plan."""
        prefix = "EXPLAIN (ANALYZE, BUFFERS) " if analyze else "EXPLAIN "
        with _mapped(self._session.label):
            # The literals are whole already: given as bytes, psycopg looks for no placeholders in it.
            rows = self._holder.execute((prefix + statement.literal(POSTGRES)).encode()).fetchall()
        return "\n".join(str(row[0]) for row in rows)

    def select(self, plan: Plan) -> "PostgresSelection":
        """Count what the plan selects."""
        return PostgresSelection(session=self._session, plan=plan, tallied=tallied(self, plan))


@dataclass(frozen=True, kw_only=True)
class PostgresSelection:
    """What a plan selects, counted."""

    session: Session
    plan: Plan
    tallied: Tallied

    @property
    def records(self) -> int:
        """How many records there are."""
        return self.rows[self.plan.records.name]

    @property
    def rows(self) -> Mapping[str, int]:
        """How many rows of each table, counted before any is read."""
        return self.tallied.rows

    def chunks(self, chunk_rows: int) -> Iterator[Chunk]:
        """Chunks that are read when, and where, their frames are asked for."""
        for keys in cut(self.tallied.counts, chunk_rows):
            of_chunk = tuple(self.tallied.keys.slice(keys.first, keys.stop - keys.first))
            yield Chunk(range=keys, read=Join(session=self.session, plan=self.plan, keys=of_chunk))


@dataclass(frozen=True, kw_only=True)
class Join:
    """Joins the snapshot and reads the rows of these keys, table by table."""

    session: Session
    plan: Plan
    keys: tuple[str, ...]

    def __call__(self) -> Frames:
        """Read them."""
        return {
            table.name: self.session.read(self.plan.rows_of(table, self.keys), table.columns, table.view)
            for table in self.plan.tables
        }


@contextmanager
def _mapped(label: str) -> Iterator[None]:
    """Psycopg's errors as Bellhop's."""
    try:
        yield
    except psycopg.OperationalError as error:
        raise SourceUnavailable(f"{label}: {_first_line(error)}") from error
    except psycopg.Error as error:
        raise SourceError(f"{label}: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
