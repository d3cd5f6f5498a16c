"""PostgreSQL through ConnectorX: a session holds a snapshot and exports it, every read takes that snapshot up.

ConnectorX gives all rows of a SELECT at once: so tables are read in parts, by id, several side by side.
"""

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import polars as pl
import psycopg
from psycopg.conninfo import conninfo_to_dict

from pipeline.conform import conform
from pipeline.dialects import POSTGRES, Dialect
from pipeline.errors import OptionError, SourceError, SourceUnavailable
from pipeline.query import Plan, Statement
from pipeline.schema import Column
from pipeline.sources.base import Url
from pipeline.sources.connectorx import read_sql
from pipeline.sources.dealt import DealtSelection, Part, dealt
from pipeline.sources.waiting import begun, read_ahead

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
_PART_ROWS = 20_000
"""Rows that one read gives, at once: a connection and its first plan cost as much as some thousand of them."""
_READS = 2
"""Reads whose rows are there or under way: while one is dealt out, one is read."""
_READ_TIMEOUT = "read_timeout"
_PATIENCE_SECONDS = 300
"""How long the server may take for an answer, unless the URL says otherwise."""
_STOP = """
SELECT pg_cancel_backend(pid)
FROM pg_stat_activity
WHERE application_name = %s AND pid <> pg_backend_pid()
"""
_TLS = ("disable", "prefer", "require")
_UNCHECKED = ("sslrootcert", "sslcert", "sslkey", "sslcrl")
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
        self._patience = _patience(url)
        self._url = url.text

    @contextmanager
    def snapshot(self) -> Iterator["PostgresSnapshot"]:
        """Hold and export a snapshot."""
        name = f"bellhop {secrets.token_hex(4)}"
        url = _with_options(self._url, name, self._patience)
        with _mapped(self.label), _connected(url) as holder:
            holder.execute(_BEGIN)
            row = holder.execute("SELECT pg_export_snapshot()").fetchone()
            exported = str(row[0]) if row else ""
            session = Session(url=url, label=self.label, snapshot=exported, name=name, patience=self._patience)
            yield PostgresSnapshot(holder, session)


def _check(url: Url) -> None:
    """Refuse what libpq or ConnectorX would: their messages can repeat a password.

    Raises:
        OptionError: The URL names no host, or is none that PostgreSQL takes.

    """
    wanted = "give one such as postgresql://user@host:5432/database"
    if not urlsplit(url.text).hostname:
        raise OptionError(f"{url.label} names no host; {wanted}", option="source", value=url.label)
    try:
        conninfo_to_dict(_for_libpq(url.text, _options(url.text)))
    except psycopg.ProgrammingError:
        message = f"{url.label} is no URL that PostgreSQL takes, with all that follows; {wanted}"
        raise OptionError(message, option="source", value=url.label) from None
    _check_tls(url, _options(url.text))


def _check_tls(url: Url, options: Mapping[str, str]) -> None:
    """Refuse what ConnectorX would pass over: it encrypts, but verifies nothing.

    Raises:
        OptionError: The URL asks for more.

    """
    mode = options.get("sslmode", "prefer")
    asked = [f"sslmode={mode}"] if mode not in _TLS else [name for name in _UNCHECKED if name in options]
    if asked:
        message = (
            f"{url.label} asks for {asked[0]:.40}, and the server's certificate cannot be verified here;"
            " give sslmode=require and a network that is trusted, or a tunnel that verifies"
        )
        raise OptionError(message, option="source", value=url.label)


def _patience(url: Url) -> float:
    text = dict(parse_qsl(urlsplit(url.text).query)).get(_READ_TIMEOUT, str(_PATIENCE_SECONDS))
    if not text.replace(".", "", 1).isdecimal() or float(text) == 0:
        message = f"{url.label}: read_timeout={text!r:.20} is no number of seconds; give one such as 300"
        raise OptionError(message, option="source", value=url.label)
    return float(text)


def _options(url: str) -> dict[str, str]:
    """What a URL asks of libpq."""
    return {name: value for name, value in parse_qsl(urlsplit(url).query) if name != _READ_TIMEOUT}


def _for_libpq(url: str, options: Mapping[str, str]) -> str:
    parts = urlsplit(url)
    return urlunsplit(("postgresql", *parts[1:3], urlencode(options).replace("+", "%20"), ""))


def _with_options(url: str, name: str, patience: float) -> str:
    options = {"keepalives_idle": "30", **_options(url), "application_name": name}
    # The last word counts: a timeout of the URL's own stands, what reading rests on does not yield.
    options["options"] = f"-c statement_timeout={patience * 1000:.0f} {options.get('options', '')} {_SESSION}"
    return _for_libpq(url, options)


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
    name: str
    """Of the export, as the server knows its sessions."""
    patience: float

    def part(self, part: Part) -> tuple[Part, pl.DataFrame]:
        """A part and all its rows, in the server's types."""
        before = [_BEGIN, f"SET TRANSACTION SNAPSHOT '{self.snapshot}'"]
        try:
            return part, read_sql(self.url, part.statement.literal(POSTGRES), before)
        except SourceError as error:
            raise SourceError(f"{part.table.view} of {self.label} cannot be read: {error}") from error

    def stop(self) -> None:
        """End what the server is at for this export; when it cannot be asked, it has no sessions either."""
        try:
            with psycopg.connect(self.url, autocommit=True, connect_timeout=_CONNECT_SECONDS) as other:
                other.execute(_STOP, [self.name])
        except psycopg.OperationalError:
            return


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
        patience = self._session.patience
        with _mapped(self._session.label):
            try:
                # The literals are whole already: given as bytes, psycopg looks for no placeholders in it.
                return begun(self._holder.execute, text.encode()).result(patience)
            except TimeoutError as error:
                raise _silent(self._session.label, patience) from error
            except KeyboardInterrupt:
                self._holder.cancel_safe(timeout=_CONNECT_SECONDS)
                raise

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
        session = self._session
        try:
            yield from read_ahead(session.part, parts, ahead=_READS, patience=session.patience, stop=session.stop)
        except TimeoutError as error:
            raise _silent(session.label, session.patience) from error


def _silent(label: str, patience: float) -> SourceUnavailable:
    message = f"{label} gave no answer for {patience:g} s; try again, or give it longer by ?{_READ_TIMEOUT}=SECONDS"
    return SourceUnavailable(message)


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
