"""DuckDB files, the embedded default: one transaction sorts what matches into scratch tables, chunks are their ranges.

An in-memory DuckDB attaches the file read-only. The scratch spills to a folder of its own when it outgrows the
memory limit, so memory does not grow with the catalogue. Writers of another process are shut out meanwhile.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl
from sqlglot import exp

from pipeline.chunks import Chunk, Frames, KeyRange, Pulled, cut
from pipeline.conform import conform, refuse_null
from pipeline.dialects import DUCKDB, Dialect
from pipeline.errors import SourceError, SourceUnavailable
from pipeline.query import Plan, Statement, TableQuery
from pipeline.schema import Column
from pipeline.sources.arrow import frame_of
from pipeline.sources.base import Url, is_unique, refuse_repeated
from pipeline.sources.duckdb_scratch import fill, key_at, pull

_MEMORY_LIMIT = "48MB"
"""Of DuckDB's own for small results; what does not fit goes to the scratch folder."""


class DuckDBSource:
    """A catalogue in a DuckDB file."""

    dialect: Dialect = DUCKDB

    def __init__(self, url: Url) -> None:
        self.label = url.label
        self._file = url.existing_file()
        self.files = (self._file,)

    @contextmanager
    def snapshot(self) -> Iterator["DuckDBSnapshot"]:
        """Hold the file in one transaction; it is closed after."""
        with tempfile.TemporaryDirectory(prefix="bellhop-") as scratch, _mapped(self._file):
            connection = duckdb.connect(":memory:", config=_settings(scratch))
            try:
                _attach(connection, self._file)
                yield DuckDBSnapshot(connection, self._file)
            finally:
                connection.close()


def _settings(scratch: str) -> dict[str, str | bool | int | float | list[str]]:
    return {
        "memory_limit": _MEMORY_LIMIT,
        "temp_directory": scratch,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }


def _attach(connection: duckdb.DuckDBPyConnection, file: Path) -> None:
    path = exp.Literal.string(str(file)).sql(dialect="duckdb")
    for statement in (
        "SET enable_progress_bar = false",
        "SET TimeZone = 'UTC'",
        f"ATTACH {path} AS catalogue (READ_ONLY)",
        "USE catalogue",
        "BEGIN",
    ):
        connection.execute(statement).fetchall()


class DuckDBSnapshot:
    """The file as one transaction sees it."""

    kind = "one transaction on the file"

    def __init__(self, connection: duckdb.DuckDBPyConnection, file: Path) -> None:
        self._connection = connection
        self._file = file

    def read(self, statement: Statement, columns: Sequence[Column], table: str) -> pl.DataFrame:
        """All rows of a small result."""
        text, values = statement.bound(DUCKDB)
        with _mapped(self._file):
            frame = frame_of(self._connection.sql(text, params=values))
        return conform(frame, columns, table)

    def explain(self, statement: Statement, *, analyze: bool = False) -> str:
        """DuckDB's plan."""
        text, values = statement.bound(DUCKDB)
        with _mapped(self._file):
            rows = self._connection.execute(f"EXPLAIN {'ANALYZE ' if analyze else ''}{text}", values).fetchall()
        return "\n".join(row[-1] for row in rows)

    def select(self, plan: Plan) -> "DuckDBSelection":
        """Sort the keys, then each table by the position of its key, into scratch tables.

        Raises:
            CatalogueMismatch: A key is NULL, or not unique in a table where it must be.

        """
        with _mapped(self._file):
            counts = fill(self._connection, plan)
            self._check_keys(plan, counts)
        return DuckDBSelection(self._connection, self._file, plan, counts)

    def _check_keys(self, plan: Plan, counts: pl.DataFrame) -> None:
        """Each key was taken from a record: one without any is NULL, which equals nothing."""
        if (counts.get_column(plan.records.name) == 0).any():
            refuse_null(plan.records.view, plan.key)
        for table in filter(is_unique, plan.tables):
            repeated = (counts.get_column(table.name) > 1).arg_true()
            if len(repeated):
                refuse_repeated(table, plan.key, key_at(self._connection, plan, repeated[0]))


@dataclass(frozen=True)
class DuckDBSelection:
    """Scratch tables in the order of keys, and how many rows of each a key has."""

    connection: duckdb.DuckDBPyConnection
    file: Path
    plan: Plan
    counts: pl.DataFrame

    @property
    def rows(self) -> Mapping[str, int]:
        """How many rows of each table."""
        return {table: int(self.counts.get_column(table).sum()) for table in self.counts.columns}

    def chunks(self, chunk_rows: int) -> Iterator[Chunk]:
        """Pull chunk by chunk; a chunk is pulled when it is asked for."""
        for keys in cut(self.counts, chunk_rows):
            yield Chunk(range=keys, read=Pulled(pulled=self._pull(keys)))

    def _pull(self, keys: KeyRange) -> Frames:
        return {table.name: self._pull_table(table, keys) for table in self.plan.tables}

    def _pull_table(self, table: TableQuery, keys: KeyRange) -> pl.DataFrame:
        with _mapped(self.file):
            frame = pull(self.connection, table, keys)
        return conform(frame, table.columns, table.name)


@contextmanager
def _mapped(file: Path) -> Iterator[None]:
    """DuckDB's errors as Bellhop's."""
    try:
        yield
    except RuntimeError as error:
        # DuckDB takes Ctrl-C for itself while it works, and gives it on as this.
        if str(error) == "Query interrupted":
            raise KeyboardInterrupt from error
        raise
    except duckdb.IOException as error:
        raise _unreadable(file, error) from error
    except duckdb.Error as error:
        raise SourceError(f"DuckDB on {file}: {_first_line(error)}") from error


def _unreadable(file: Path, error: duckdb.Error) -> SourceError:
    text = str(error)  # which holds the name of the file, too
    if "Could not set lock on file" in text:
        return SourceUnavailable(f"{file} is held by another process; close it there, or export a copy of the file")
    if "not a valid DuckDB" in text:
        return SourceError(f"{file} is not a DuckDB database; give the file of a catalogue")
    return SourceUnavailable(f"DuckDB on {file}: {_first_line(error)}")


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
