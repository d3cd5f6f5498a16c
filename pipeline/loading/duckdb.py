"""Writing a catalogue in a DuckDB file."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import duckdb
import polars as pl
from sqlglot import exp

from pipeline.errors import CatalogueMismatch, OutputError, first_line
from pipeline.loading.base import Row, Store
from pipeline.loading.files import file_to_write
from pipeline.url import Url

_MEMORY_LIMIT = "512MiB"
"""A million hotels need less than half; what does not fit is spilled beside the file."""
_CLAIM = "bellhop_is_writing"
"""A table that lives as long as the transaction: a second writer in this process cannot make it too."""


@contextmanager
def open_store(url: Url) -> Iterator[Store]:
    """Open a DuckDB file for writing, in one transaction.

    Raises:
        OutputError: it cannot be written, or somebody else is writing it.
        CatalogueMismatch: its tables refuse what is to be written.
    """
    path = url.file()
    with file_to_write(path) as file, _errors(path), closing(duckdb.connect(str(file.absolute()))) as connection:
        store = DuckDBStore(str(path), connection)
        store.run("SET enable_progress_bar = false")
        store.run(f"SET memory_limit = '{_MEMORY_LIMIT}'")
        store.run("BEGIN")
        store.run(f"CREATE TABLE {_CLAIM} (claimed BOOLEAN)")
        yield store
        store.run(f"DROP TABLE {_CLAIM}")
        store.run("COMMIT")
        if file != path:
            store.run("CHECKPOINT")  # closing would too, but keep it to itself when that fails


class DuckDBStore(Store):
    """A DuckDB file in one transaction."""

    dialect = "duckdb"

    def __init__(self, label: str, connection: duckdb.DuckDBPyConnection) -> None:
        super().__init__(label)
        self._connection = connection

    def run(self, statement: str, parameters: Mapping[str, object] | None = None) -> Sequence[Row]:
        """Run one statement; its rows."""
        rows: list[Row] = self._connection.execute(statement, parameters).fetchall()
        return rows

    def columns_of(self, table: str) -> Sequence[str]:
        """The names of a table's columns."""
        select = exp.select("*").from_(table).limit(0).sql("duckdb")
        return [name for name, *_ in self._connection.execute(select).description or ()]

    def insert(self, table: str, frame: pl.DataFrame) -> None:
        """Add the rows of a frame, in order."""
        into = exp.insert(exp.select("*").from_("arriving_rows"), table, columns=frame.columns)
        # DuckDB finds this variable by its name. A registered object would live on until the transaction ends.
        arriving_rows = _ArrowStream(frame)  # noqa: F841
        self._connection.execute(into.sql("duckdb", identify=True)).fetchall()


class _ArrowStream:
    """A frame as an Arrow stream and nothing more: for a whole frame DuckDB would want PyArrow."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self._frame = frame

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._frame.__arrow_c_stream__(requested_schema)


@contextmanager
def _errors(path: Path) -> Iterator[None]:
    try:
        yield
    except (duckdb.IntegrityError, duckdb.DataError) as error:
        raise CatalogueMismatch(
            f"the catalogue in {path} refuses what is to be written: {first_line(error)}"
        ) from error
    except duckdb.Error as error:
        raise OutputError(f"{path} cannot be written: {first_line(error)}", path=path) from error
