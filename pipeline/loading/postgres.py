"""Writing a catalogue in PostgreSQL; needs psycopg."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial

import polars as pl
import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlglot import exp

from pipeline.errors import CatalogueMismatch, OptionError, OutputError, SourceUnavailable, first_line
from pipeline.loading.base import Row, Store
from pipeline.loading.indexes import Build, Index
from pipeline.loading.moments import to_text
from pipeline.postgres_url import for_libpq
from pipeline.schema import CATALOGUE
from pipeline.url import Url

_UNLESS_ASKED = {"client_encoding": "utf8", "application_name": "bellhop", "connect_timeout": "10"}
"""Connection parameters that the URL may set otherwise; the timeout is in seconds."""


@contextmanager
def open_store(url: Url) -> Iterator[Store]:
    """Open a PostgreSQL database for writing, in one transaction.

    Raises:
        SourceUnavailable: the server cannot be reached, refuses the login, or went away.
        OutputError: the user may not write there.
        CatalogueMismatch: its tables refuse what is to be written.
    """
    with _errors(url.label), psycopg.connect(_conninfo(url)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        yield PostgresStore(url.label, connection)


@contextmanager
def open_builder(url: Url) -> Iterator[Build]:
    """Open a PostgreSQL database to build indexes in it, while others write.

    Raises:
        SourceUnavailable: the server cannot be reached, refuses the login, or went away.
        OutputError: an index cannot be built, or the user may not.
    """
    with _errors(url.label), psycopg.connect(_conninfo(url), autocommit=True) as connection:
        connection.execute("SET statement_timeout = 0")

        yield partial(_build, connection, url.label)


def _build(connection: psycopg.Connection[Row], label: str, index: Index) -> None:
    concurrent = index.create.copy()
    concurrent.set("concurrently", True)
    with _errors(label):
        if connection.execute(_BROKEN, [index.name]).fetchone():
            connection.execute(sql.SQL("DROP INDEX CONCURRENTLY {}").format(sql.Identifier(index.name)))
        connection.execute(concurrent.sql("postgres", comments=False).encode())
        # What an expression gives is known to the planner only from here on.
        connection.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(index.table)))


def _conninfo(url: Url) -> str:
    try:
        asked = {name: str(value) for name, value in conninfo_to_dict(for_libpq(url)).items() if value is not None}
    except psycopg.ProgrammingError as error:
        wanted = "postgresql://user@host:5432/database would do"
        raise OptionError(f"the URL is not one that PostgreSQL takes; {wanted}", option="source") from error
    return make_conninfo("", **{**_UNLESS_ASKED, **asked})


class PostgresStore(Store):
    """A PostgreSQL database in one transaction."""

    dialect = "postgres"

    def __init__(self, label: str, connection: psycopg.Connection[Row]) -> None:
        super().__init__(label)
        self._connection = connection

    def create_tables(self) -> None:
        """Make the tables that are missing, and keep other writers out until the end."""
        super().create_tables()
        tables = sql.SQL(", ").join(sql.Identifier(table.name) for table in CATALOGUE)
        self._connection.execute(sql.SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE").format(tables))

    def run(self, statement: str, parameters: Mapping[str, object] | None = None) -> Sequence[Row]:
        """Run one statement; its rows, none when it has none."""
        cursor = self._connection.execute(statement.encode(), parameters)
        return [] if cursor.description is None else cursor.fetchall()

    def columns_of(self, table: str) -> Sequence[str]:
        """The names of a table's columns."""
        select = exp.select("*").from_(table).limit(0).sql("postgres")
        return [column.name for column in self._connection.execute(select.encode()).description or ()]

    def insert(self, table: str, frame: pl.DataFrame) -> None:
        """Add the rows of a frame, in order, by COPY."""
        columns = sql.SQL(", ").join(map(sql.Identifier, frame.columns))
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), columns)
        with self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            for batch in frame.iter_slices(_COPY_ROWS):
                copy.write(_copy_text(batch))

    def settle(self, table: str) -> None:
        """Let the id sequence go on after the rows just numbered, and let the planner see them."""
        self._connection.execute(_GO_ON.format(table=sql.Literal(table), rows=sql.Identifier(table)))
        self._connection.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table)))


_BROKEN = "SELECT indexrelid FROM pg_catalog.pg_index WHERE indexrelid = to_regclass(%s) AND NOT indisvalid"
"""Whether a build that failed has left an index of this name."""
_GO_ON = sql.SQL(
    "SELECT setval(sequence, greatest(max(id), pg_sequence_last_value(sequence)))"
    " FROM {rows}, LATERAL (SELECT pg_get_serial_sequence({table}, 'id')::regclass AS sequence) AS own"
    " GROUP BY sequence"
)
"""Never back: ids once given out are not given out again."""
_COPY_ROWS = 20_000
_ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}


def _copy_text(frame: pl.DataFrame) -> str:
    r"""Rows in COPY's text format, which tells NULL, written ``\N``, from every text."""
    cells = [_cell(name, dtype).fill_null("\\N") for name, dtype in frame.schema.items()]
    lines = frame.select(pl.concat_str(cells, separator="\t").alias("line"))["line"]
    return "\n".join([*lines, ""])


def _cell(name: str, dtype: pl.DataType) -> pl.Expr:
    if dtype == pl.String:
        return pl.col(name).str.replace_many(_ESCAPES)
    return to_text(pl.col(name)) if dtype == pl.Datetime("us") else pl.col(name).cast(pl.String)


@contextmanager
def _errors(label: str) -> Iterator[None]:
    try:
        yield
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise SourceUnavailable(f"the server at {label} is not available: {first_line(error)}") from error
    except (psycopg.IntegrityError, psycopg.DataError) as error:
        raise CatalogueMismatch(
            f"the catalogue at {label} refuses what is to be written: {first_line(error)}"
        ) from error
    except psycopg.Error as error:
        raise OutputError(f"{label} cannot be written: {first_line(error)}") from error
