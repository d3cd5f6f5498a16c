"""SQLite files: one read transaction holds the moment, and every table is read once."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress

import polars as pl
from sqlglot import exp

from pipeline.conform import conform
from pipeline.dialects import SQLITE, Dialect
from pipeline.query import Plan, Statement
from pipeline.schema import Column
from pipeline.sources.dealt import DealtSelection, Part, dealt
from pipeline.sources.sqlite_file import OpenFile, mapped, opened
from pipeline.sources.sqlite_rows import Row, frame_of
from pipeline.url import Url

_VIEW = "bellhop_columns"
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
        with opened(self._file) as file:
            yield SQLiteSnapshot(file)


class SQLiteSnapshot:
    """The file as one read transaction sees it."""

    kind = "one read transaction"

    def __init__(self, file: OpenFile) -> None:
        self._file = file
        self._connection = file.connection

    def read(self, statement: Statement, columns: Sequence[Column], table: str) -> pl.DataFrame:
        """All rows of a small result."""
        with mapped(self._file.path):
            rows = self._execute(statement).fetchall()
        return conform(frame_of(rows, columns, table), columns, table)

    def explain(self, statement: Statement, *, analyze: bool = False) -> str:
        """SQLite's query plan; it has no measured one, so ``analyze`` runs the statement and adds the rows."""
        text, values = statement.bound(SQLITE)
        with mapped(self._file.path):
            lines = [row[-1] for row in self._connection.execute(f"EXPLAIN QUERY PLAN {text}", values)]
            if analyze:
                lines.append(f"rows: {sum(1 for _ in self._execute(statement))}")
        return "\n".join(lines)

    def columns_of(self, statement: Statement) -> list[tuple[str, str]]:
        """The columns of a SELECT and their affinities; the only way to these is a view, of this connection alone."""
        text, _ = statement.bound(SQLITE)
        with mapped(self._file.path):
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
        return dealt(self, plan, self._stream, self._file.let_go)

    def _stream(self, parts: Iterable[Part]) -> Iterator[tuple[Part, pl.DataFrame]]:
        for part in parts:
            with mapped(self._file.path):
                cursor = self._execute(part.statement)
                while rows := cursor.fetchmany(_BATCH_ROWS):
                    yield part, frame_of(rows, part.columns, part.table.view)

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
