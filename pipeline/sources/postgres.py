"""PostgreSQL through ConnectorX: a session holds a snapshot and exports it, every read takes that snapshot up.

The snapshot is joinable: a chunk is read where it is encoded, on any thread or machine, by the keys that belong to it.
"""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import polars as pl
import psycopg
from psycopg.conninfo import conninfo_to_dict

from pipeline.chunks import map_ordered
from pipeline.conform import conform
from pipeline.dialects import POSTGRES, Dialect
from pipeline.errors import OptionError, SourceError, SourceUnavailable
from pipeline.query import Plan, Statement
from pipeline.schema import Column
from pipeline.sources.base import Url
from pipeline.sources.connectorx import read_sql
from pipeline.sources.dealt import DealtSelection, Part, dealt

_CONNECT_SECONDS = 2
_TYPES = """
SELECT
    oid,
    CASE typtype
        WHEN 'b' THEN typname::text
        WHEN 'e' THEN 'enum(' || typname || ')'
        ELSE 'of several parts (' || typname || ')'
    END
FROM pg_catalog.pg_type
WHERE oid = ANY(%s)
"""
_PART_ROWS = 30000
"""Rows that one read gives, at once: a connection and its first plan cost as much as some thousand of them."""
_READS = 2
"""Reads under way; one waits for the server while another is turned into Arrow."""
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

    def part(self, part: Part) -> tuple[Part, pl.DataFrame]:
        """A part and all its rows, in the server's types."""
        before = [_BEGIN, f"SET TRANSACTION SNAPSHOT '{self.snapshot}'"]
        try:
            return part, read_sql(self.url, part.statement.literal(POSTGRES), before)
        except SourceError as error:
            raise SourceError(f"{part.table.view} of {self.label} cannot be read: {error}") from error


class PostgresSnapshot:
    """The database as the held snapshot sees it."""

    kind = "exported snapshot, REPEATABLE READ"

    def __init__(self, holder: psycopg.Connection, session: Session) -> None:
        self._holder = holder
        self._session = session

    def read(self, statement: Statement, columns: Sequence[Column], table: str) -> pl.DataFrame:
        """All rows of a small result."""
        cursor = self._executed(statement.literal(POSTGRES))
        names = [column.name for column in cursor.description or ()]
        rows = cursor.fetchall()
        return conform(pl.DataFrame(rows, names, orient="row", infer_schema_length=None), columns, table)

    def explain(self, statement: Statement, *, analyze: bool = False) -> str:
        """PostgreSQL's plan."""
        prefix = "EXPLAIN (ANALYZE, BUFFERS) " if analyze else "EXPLAIN "
        rows = self._executed(prefix + statement.literal(POSTGRES)).fetchall()
        return "\n".join(str(row[0]) for row in rows)

    def _executed(self, text: str) -> psycopg.Cursor:
        with _mapped(self._session.label):
            # The literals are whole already: given as bytes, psycopg looks for no placeholders in it.
            return self._holder.execute(text.encode())

    def columns_of(self, statement: Statement) -> list[tuple[str, str]]:
        """The columns of a SELECT and their types; those that PostgreSQL does not have by itself as ``enum(name)``."""
        with _mapped(self._session.label):
            described = self._holder.execute(statement.without_rows().literal(POSTGRES).encode()).description or []
            types = self._holder.execute(_TYPES, [[column.type_code for column in described]]).fetchall()
        names = {number: str(name) for number, name in types}
        return [(column.name, names[column.type_code]) for column in described]

    def select(self, plan: Plan) -> DealtSelection:
        """Count what the plan selects."""
        return dealt(self, plan, self._stream, self._holder.close, part_rows=_PART_ROWS)

    def _stream(self, parts: Iterable[Part]) -> Iterator[tuple[Part, pl.DataFrame]]:
        """Parts are read side by side, and come in their order."""
        with ThreadPoolExecutor(_READS) as executor:
            yield from map_ordered(executor, self._session.part, parts, window=_READS + 1)


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
