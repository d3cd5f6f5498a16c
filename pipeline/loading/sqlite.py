"""Writing a catalogue in a SQLite file."""

import datetime as dt
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import polars as pl
from sqlglot import exp

from pipeline.errors import CatalogueMismatch, OutputError, first_line
from pipeline.loading.base import Row, Store
from pipeline.loading.files import file_to_write
from pipeline.loading.indexes import Build, Index
from pipeline.loading.moments import to_text
from pipeline.url import Url
from pipeline.utc import naive_utc

_WAIT_SECONDS = 5.0
"""How long another writer may take."""


@contextmanager
def open_store(url: Url) -> Iterator[Store]:
    """Open a SQLite file for writing, in one transaction.

    Raises:
        OutputError: it cannot be written, or somebody else is writing it.
        CatalogueMismatch: its tables refuse what is to be written.
    """
    path = url.file()
    with file_to_write(path) as file, _errors(path), closing(_connect(file)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield SQLiteStore(str(path), connection)
        connection.execute("COMMIT")


@contextmanager
def open_builder(url: Url) -> Iterator[Build]:
    """Open a SQLite file to build indexes in it; other writers wait meanwhile.

    Raises:
        SourceUnavailable: there is no such file.
        OutputError: an index cannot be built, or somebody else is writing the file.
    """
    path = url.existing_file()
    with _errors(path), closing(_connect(path)) as connection:

        def build(index: Index) -> None:
            with _errors(path):
                connection.execute(index.create.sql("sqlite", comments=False)).close()

        yield build


def _connect(file: Path) -> sqlite3.Connection:
    # isolation_level None: the transaction is ours alone
    return sqlite3.connect(file.absolute(), timeout=_WAIT_SECONDS, isolation_level=None)


class SQLiteStore(Store):
    """A SQLite file in one transaction; moments are text."""

    dialect = "sqlite"

    def __init__(self, label: str, connection: sqlite3.Connection) -> None:
        super().__init__(label)
        self._connection = connection

    def run(self, statement: str, parameters: Mapping[str, object] | None = None) -> Sequence[Row]:
        """Run one statement; its rows."""
        rows: list[Row] = self._connection.execute(statement, parameters or {}).fetchall()
        return rows

    def columns_of(self, table: str) -> Sequence[str]:
        """The names of a table's columns."""
        select = exp.select("*").from_(table).limit(0).sql("sqlite")
        return [name for name, *_ in self._connection.execute(select).description]

    def insert(self, table: str, frame: pl.DataFrame) -> None:
        """Add the rows of a frame, in order."""
        marks = exp.Tuple(expressions=[exp.Placeholder()] * frame.width)
        into = exp.insert(exp.Values(expressions=[marks]), table, columns=frame.columns)
        moments = [name for name, dtype in frame.schema.items() if dtype == pl.Datetime]
        rows = frame.with_columns(to_text(pl.col(name)) for name in moments).iter_rows()
        self._connection.executemany(into.sql("sqlite", identify=True), rows)

    def moment(self, moment: dt.datetime) -> object:
        """A moment as text."""
        return naive_utc(moment).isoformat(sep=" ")


@contextmanager
def _errors(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.IntegrityError, sqlite3.DataError) as error:
        raise CatalogueMismatch(
            f"the catalogue in {path} refuses what is to be written: {first_line(error)}"
        ) from error
    except sqlite3.Error as error:
        raise OutputError(f"{path} cannot be written: {first_line(error)}", path=path) from error
