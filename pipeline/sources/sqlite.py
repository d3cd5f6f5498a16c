"""SQLite files: one read transaction holds the moment, and every table is read once.

SQLite has no types worth the name: frames are made with the contract's, and datetimes are read as SQLite writes them
(https://www.sqlite.org/lang_datefunc.html, the formats with a date).
"""

import datetime as dt
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import polars as pl
from sqlglot import exp

from pipeline.conform import conform, refuse_value, shown
from pipeline.dialects import SQLITE, Dialect, microseconds
from pipeline.errors import CatalogueMismatch, SourceError, SourceUnavailable
from pipeline.query import Plan, Statement
from pipeline.schema import Column, Kind
from pipeline.sources.dealt import DealtSelection, Part, dealt
from pipeline.url import Url

Row = tuple[Any, ...]

_VIEW = "bellhop_columns"
_BUSY_SECONDS = 5.0
_AFFINITIES = {
    "integer": ("INT",),
    "text": ("CHAR", "CLOB", "TEXT"),
    "blob": ("BLOB",),
    "real": ("REAL", "FLOA", "DOUB"),
    "uuid": ("UUID",),  # SQLite's own rules have it numeric, yet it is text
}
"""By the words in a declared type, the first that are in it."""
_FOLDING = "SELECT name FROM sqlite_master WHERE sql LIKE '%COLLATE%'"
"""Tables of which a column may take texts that differ for the same; SQLite tells no column's collation."""
_BATCH_ROWS = 20_000
_USUAL_MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-5][0-9](\.[0-9]{1,6})?$"
"""What Polars and Python read alike; Polars takes more for a datetime, such as 2024-6-30 or a second 60."""


class SQLiteSource:
    """A catalogue in a SQLite file."""

    dialect: Dialect = SQLITE

    def __init__(self, url: Url) -> None:
        self.label = url.label
        self._file = url.existing_file()
        self.files = (self._file,)

    @contextmanager
    def snapshot(self) -> Iterator["SQLiteSnapshot"]:
        """Hold one read transaction."""
        with ExitStack() as opened:
            with _mapped(self._file):
                connection = opened.enter_context(closing(_opened(self._file)))
            yield SQLiteSnapshot(connection, self._file)


def _opened(file: Path) -> sqlite3.Connection:
    uri = f"file:{quote(str(file.absolute()))}?mode=ro"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=_BUSY_SECONDS)
    try:
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute("PRAGMA query_only = 1")
        connection.create_function("MICROSECONDS", 1, _microseconds, deterministic=True)
        connection.create_function("SHOWN", 1, _shown, deterministic=True)
        connection.execute("BEGIN")
        # The transaction's moment is the first read; this one also tells whether the file is a database at all.
        encoding = connection.execute("SELECT encoding, (SELECT COUNT(*) FROM sqlite_master) FROM pragma_encoding")
        _check_encoding(file, encoding.fetchone()[0])
    except BaseException:
        connection.close()
        raise
    return connection


def _check_encoding(file: Path, encoding: str) -> None:
    if encoding != "UTF-8":
        message = f"{file} stores text as {encoding}, which has no order by code point; copy it to a UTF-8 database"
        raise CatalogueMismatch(message, found=encoding, wanted="UTF-8")


class SQLiteSnapshot:
    """The file as one read transaction sees it."""

    kind = "one read transaction"

    def __init__(self, connection: sqlite3.Connection, file: Path) -> None:
        self._connection = connection
        self._file = file

    def read(self, statement: Statement, columns: Sequence[Column], table: str) -> pl.DataFrame:
        """All rows of a small result."""
        with _mapped(self._file):
            rows = self._execute(statement).fetchall()
        return conform(_frame(rows, columns, table), columns, table)

    def explain(self, statement: Statement, *, analyze: bool = False) -> str:
        """SQLite's query plan; it has no measured one, so ``analyze`` runs the statement and adds the rows."""
        text, values = statement.bound(SQLITE)
        with _mapped(self._file):
            lines = [row[-1] for row in self._connection.execute(f"EXPLAIN QUERY PLAN {text}", values)]
            if analyze:
                lines.append(f"rows: {sum(1 for _ in self._execute(statement))}")
        return "\n".join(lines)

    def columns_of(self, statement: Statement) -> list[tuple[str, str]]:
        """The columns of a SELECT and their affinities; the only way to these is a view, of this connection alone."""
        text, _ = statement.bound(SQLITE)
        with _mapped(self._file):
            described = self._execute(statement.without_rows()).description
            declared = self._declared(text)
            types = [_affinity(row[2]) for row in declared]
            if self._may_be_mixed(statement.select):
                types = ["mixed text" if affinity == "text" else affinity for affinity in types]
            elif self._connection.execute(_FOLDING).fetchone():
                types = ["folded text" if affinity == "text" else affinity for affinity in types]
        return [(column[0], affinity) for column, affinity in zip(described, types, strict=True)]

    def _declared(self, text: str) -> list[Row]:
        """The columns that a view of a SELECT has, as SQLite declares them."""
        self._connection.execute("PRAGMA query_only = 0")
        try:
            self._connection.execute(f"CREATE TEMP VIEW {_VIEW} AS {text}")
            declared = self._connection.execute(f"PRAGMA temp.table_info({_VIEW})").fetchall()
            self._connection.execute(f"DROP VIEW temp.{_VIEW}")
        finally:
            self._connection.execute("PRAGMA query_only = 1")
        return declared

    def _may_be_mixed(self, select: exp.Query) -> bool:
        """Whether there can be a UNION in it, of which only the first SELECT's types are told."""
        views = self._connection.execute("SELECT LOWER(name) FROM sqlite_master WHERE type = 'view'").fetchall()
        names = {(table.name.lower(),) for table in select.find_all(exp.Table)}
        return select.find(exp.SetOperation) is not None or not names.isdisjoint(views)

    def interrupt(self) -> None:
        """Stop the statement that is run now."""
        with suppress(sqlite3.ProgrammingError):  # all is read, and it is closed
            self._connection.interrupt()

    def select(self, plan: Plan) -> DealtSelection:
        """Count what the plan selects."""
        return dealt(self, plan, self._stream, self._connection.close)

    def _stream(self, parts: Iterable[Part]) -> Iterator[tuple[Part, pl.DataFrame]]:
        for part in parts:
            with _mapped(self._file):
                cursor = self._execute(part.statement)
                while rows := cursor.fetchmany(_BATCH_ROWS):
                    yield part, _frame(rows, part.columns, part.table.view)

    def _execute(self, statement: Statement) -> sqlite3.Cursor:
        text, values = statement.bound(SQLITE)
        return self._connection.execute(text, values)


def _affinity(declared: str) -> str:
    """What a column makes of values (https://www.sqlite.org/datatype3.html#determination_of_column_affinity)."""
    upper = declared.upper()
    for affinity, words in _AFFINITIES.items():
        if any(word in upper for word in words):
            return affinity
    return "numeric" if declared else "blob"


def _frame(rows: Sequence[Row], columns: Sequence[Column], table: str) -> pl.DataFrame:
    values = zip(*rows, strict=True) if rows else ([] for _ in columns)
    series = [_series(list(cells), column, table) for cells, column in zip(values, columns, strict=False)]
    return pl.DataFrame(series)


def _series(cells: list[Any], column: Column, table: str) -> pl.Series:
    try:
        if column.kind is Kind.TIMESTAMP:
            return _moments(pl.Series(column.name, cells, dtype=pl.String, strict=True), column, table)
        return pl.Series(column.name, cells, dtype=column.kind.value, strict=True)
    except TypeError:
        return pl.Series(column.name, [_value(cell, column, table) for cell in cells], dtype=column.kind.value)


def _moments(texts: pl.Series, column: Column, table: str) -> pl.Series:
    """The usual form at once; the others one by one, as the filters read them all."""
    usual = pl.select(pl.when(texts.str.contains(_USUAL_MOMENT)).then(texts)).to_series()
    moments = usual.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us", strict=False).alias(column.name)
    others = (texts.is_not_null() & moments.is_null()).arg_true()
    of_others = [_value(text, column, table) for text in texts.gather(others)]
    return moments.scatter(others, pl.Series(of_others, dtype=column.kind.value))


def _value(cell: object, column: Column, table: str) -> object:
    """A value that SQLite has under another type than the column's."""
    if cell is None:
        return None
    if column.kind is Kind.TEXT and isinstance(cell, str):
        return cell
    if column.kind is Kind.TIMESTAMP and isinstance(cell, str) and (moment := _moment(cell)):
        return moment
    if column.kind is Kind.INTEGER and isinstance(cell, int):
        return cell
    return refuse_value(table, column, cell)


def _moment(text: str) -> dt.datetime | None:
    try:
        moment = dt.datetime.fromisoformat(text)
        return moment if moment.tzinfo is None else moment.astimezone(dt.UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None


def _shown(cell: str | bytes | int | float | None) -> str | bytes | None:  # noqa: PYI041 - they are not shown alike
    """Numbers as text; all else as it is."""
    if isinstance(cell, int):
        return str(cell)
    return shown(cell) if isinstance(cell, float) else cell


def _microseconds(cell: object) -> int | None:
    """Microseconds from 1970 to a datetime as SQLite has it; what is none is outside every range."""
    moment = _moment(cell) if isinstance(cell, str) else None
    return None if moment is None else microseconds(moment)


@contextmanager
def _mapped(file: Path) -> Iterator[None]:
    """SQLite's errors as Bellhop's."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        # The low byte is the kind of error, whatever else is known of it (https://www.sqlite.org/rescode.html).
        kind = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if kind in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CANTOPEN):
            raise SourceUnavailable(f"{file} cannot be opened now: {error}; see who writes to it") from error
        if kind == sqlite3.SQLITE_NOTADB:
            raise SourceError(f"{file} is not a SQLite database; give the file of a catalogue") from error
        raise SourceError(f"SQLite on {file}: {' '.join(str(error).split())}") from error
