"""DuckDB files, the embedded default: one transaction holds the moment, and every table is read once.

An in-memory DuckDB attaches the file read-only, since a connection that is read-only could not spill to a folder of
its own. Writers of another process are shut out meanwhile.
"""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import duckdb
import polars as pl
from sqlglot import exp

from pipeline.conform import conform
from pipeline.dialects import DUCKDB, Dialect
from pipeline.errors import SourceError, SourceUnavailable, first_line
from pipeline.query import Plan, Statement
from pipeline.schema import Column
from pipeline.scratch import scratch_told
from pipeline.sources.arrow import frame_of
from pipeline.sources.dealt import DealtSelection, Part, dealt
from pipeline.sources.waiting import one_ahead
from pipeline.url import Url

_MEMORY_LIMIT = "56MB"
"""Of DuckDB's own; what does not fit goes to a folder for that."""
_KEPT = "16MB"
"""Of it, at most, between two batches: DuckDB else keeps blocks of the file for as long as there is room, and nobody
needs them again."""
_FOLDING = "SELECT sql FROM duckdb_tables() WHERE sql ILIKE '%COLLATE%'"
"""Tables of which a column may take texts that differ for the same; DuckDB tells no column's collation."""
_BATCH_ROWS = 28_000
"""Each is dealt out as so many messages, whatever its size; twice as many rows take memory, and gain nothing."""


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
        with scratch_told():
            folder = tempfile.TemporaryDirectory(prefix="bellhop-")
        with ExitStack() as opened:
            scratch = opened.enter_context(folder)
            with _mapped(self._file):
                connection = opened.enter_context(duckdb.connect(":memory:", config=_settings(scratch)))
                _attach(connection, self._file)
            yield DuckDBSnapshot(connection, self._file)


def _settings(scratch: str) -> dict[str, str | bool | int | float | list[str]]:
    return {
        "memory_limit": _MEMORY_LIMIT,
        # What is read is dealt out by one thread anyway, and each of DuckDB's own takes memory.
        "threads": 1,
        "temp_directory": scratch,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }


def _attach(connection: duckdb.DuckDBPyConnection, file: Path) -> None:
    path = exp.Literal.string(str(file)).sql(dialect="duckdb")
    for statement in (
        "SET enable_progress_bar = false",
        "SET TimeZone = 'UTC'",
        f"ATTACH {path} AS catalogue (TYPE duckdb, READ_ONLY)",
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

    def columns_of(self, statement: Statement) -> list[tuple[str, str]]:
        """The columns of a SELECT and their types."""
        text, _ = statement.bound(DUCKDB)
        with _mapped(self._file):
            # A relation is not run before its rows are asked for. DESCRIBE would not tell the case of names.
            described = self._connection.sql(text)
            folds = "folded " if self._connection.execute(_FOLDING).fetchall() else ""
            types = (f"{folds}{kind}" if str(kind) == "VARCHAR" else str(kind) for kind in described.types)
            return list(zip(described.columns, types, strict=True))

    def interrupt(self) -> None:
        """Stop the statement that is run now."""
        with suppress(duckdb.ConnectionException):  # all is read, and it is closed
            self._connection.interrupt()

    def select(self, plan: Plan) -> DealtSelection:
        """Count what the plan selects."""
        return dealt(self, plan, self._stream, self._connection.close)

    def _stream(self, parts: Iterable[Part]) -> Iterator[tuple[Part, pl.DataFrame]]:
        """DuckDB gives up the interpreter while it works, so one batch is read while another is dealt out."""
        return one_ahead(self._batches(parts), stop=self.interrupt)

    def _batches(self, parts: Iterable[Part]) -> Iterator[tuple[Part, pl.DataFrame]]:
        beside = self._connection.cursor()
        for part in parts:
            text, values = part.statement.bound(DUCKDB)
            with _mapped(self._file), _streamed(self._file):
                for batch in self._connection.sql(text, params=values).to_arrow_reader(_BATCH_ROWS):
                    yield part, pl.DataFrame(batch)
                    _forget(beside)


def _forget(beside: duckdb.DuckDBPyConnection) -> None:
    """Have DuckDB drop blocks that it only keeps, by a lower limit for a moment; if it uses more, it refuses that."""
    with suppress(duckdb.OutOfMemoryException):
        beside.execute(f"SET memory_limit = '{_KEPT}'").fetchall()
    beside.execute(f"SET memory_limit = '{_MEMORY_LIMIT}'").fetchall()


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
        if "Unique file handle conflict" in str(error):
            message = f"{file} is open in this process, too; close it there, or export a copy of the file"
            raise SourceUnavailable(message) from error
        raise SourceError(f"DuckDB on {file}: {first_line(error)}") from error


@contextmanager
def _streamed(file: Path) -> Iterator[None]:
    """What fails when rows are on their way already: it comes by way of Arrow, which makes it an error of its own."""
    try:
        yield
    except (OSError, ValueError) as error:
        raise SourceError(f"DuckDB on {file}: {first_line(error)}") from error


def _unreadable(file: Path, error: duckdb.Error) -> SourceError:
    text = str(error)  # which holds the name of the file, too
    if "Could not set lock on file" in text:
        return SourceUnavailable(f"{file} is held by another process; close it there, or export a copy of the file")
    if "not a valid DuckDB" in text:
        return SourceError(f"{file} is not a DuckDB database; give the file of a catalogue")
    return SourceUnavailable(f"DuckDB on {file}: {first_line(error)}")
