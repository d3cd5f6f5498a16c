"""MySQL and MariaDB: a transaction on one unbuffered connection holds the moment, and every table is read once.

Neither can share a snapshot, so one moment takes one connection: asyncmy's, the fastest of those that give rows as they
come. The server sends text, which is read as the contract's types here.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import polars as pl
from asyncmy import errors

from pipeline.conform import conform
from pipeline.dialects import MYSQL, Dialect
from pipeline.errors import CatalogueMismatch, SourceError, SourceUnavailable
from pipeline.query import Plan, Statement
from pipeline.schema import CATALOGUE, Column, Kind
from pipeline.sources.base import Url
from pipeline.sources.dealt import DealtSelection, Part, dealt
from pipeline.sources.mysql_session import Address, Row, Session, connected, told
from pipeline.sources.mysql_types import types_of
from pipeline.sql_files import sql_text

_BATCH_ROWS = 10_000
_SESSION = (
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    "SET time_zone = '+00:00', net_write_timeout = 600, sql_mode = 'NO_ENGINE_SUBSTITUTION'",
)
_BEGIN = "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"
_ZERO = "^0000-00-00"
_SENT = {str: pl.String, int: pl.Int64, float: pl.Float64, bytes: pl.Binary}


class MySQLSource:
    """A catalogue in a MySQL or MariaDB database."""

    dialect: Dialect = MYSQL

    def __init__(self, url: Url) -> None:
        self.label = url.label
        self.files: tuple[()] = ()
        self._address = Address.of(url)

    @contextmanager
    def snapshot(self) -> Iterator["MySQLSnapshot"]:
        """Hold one transaction."""
        with _mapped(self.label), connected(self._address) as session:
            for statement in _SESSION:
                session.run(statement)
            _check_engines(session)
            session.run(_BEGIN)
            yield MySQLSnapshot(session, self.label)


def _check_engines(session: Session) -> None:
    """Refuse tables that no transaction holds.

    Raises:
        CatalogueMismatch: There are some.

    """
    names = {table.name for table in CATALOGUE}
    for table, engine in session.run(sql_text("mysql/engines.sql")):
        if table in names:
            message = (
                f"{table} is a table of the engine {engine}, which has no transactions, and so no one moment;"
                f" change it by ALTER TABLE {table} ENGINE = InnoDB"
            )
            raise CatalogueMismatch(message, table=str(table), found=str(engine), wanted="InnoDB")


class MySQLSnapshot:
    """The database as one transaction sees it."""

    kind = "one transaction, REPEATABLE READ"

    def __init__(self, session: Session, label: str) -> None:
        self._session = session
        self._label = label

    def read(self, statement: Statement, columns: Sequence[Column], table: str) -> pl.DataFrame:
        """All rows of a small result."""
        with _mapped(self._label):
            rows = self._session.run(statement.literal(MYSQL))
        return _frame(rows, columns, table)

    def explain(self, statement: Statement, *, analyze: bool = False) -> str:
        """The server's plan; MariaDB has a word of its own for a measured one."""
        measured = "ANALYZE" if self._session.is_mariadb else "EXPLAIN ANALYZE"
        with _mapped(self._label):
            rows = self._session.run(f"{measured if analyze else 'EXPLAIN'} {statement.literal(MYSQL)}")
        return "\n".join(" ".join("" if cell is None else str(cell) for cell in row) for row in rows)

    def columns_of(self, statement: Statement) -> list[tuple[str, str]]:
        """The columns of a SELECT and their types."""
        with _mapped(self._label):
            return types_of(self._session, statement, statement.without_rows().literal(MYSQL))

    def select(self, plan: Plan) -> DealtSelection:
        """Count what the plan selects."""
        return dealt(self, plan, self._stream, self._session.close)

    def _stream(self, parts: Iterable[Part]) -> Iterator[tuple[Part, pl.DataFrame]]:
        for part in parts:
            with _mapped(self._label):
                for rows in self._session.batches(part.statement.literal(MYSQL), _BATCH_ROWS):
                    yield part, _frame(rows, part.columns, part.table.view)


def _frame(rows: Sequence[Row], columns: Sequence[Column], table: str) -> pl.DataFrame:
    values = zip(*rows, strict=True) if rows else ([] for _ in columns)
    series = [_series(cells, column, table) for cells, column in zip(values, columns, strict=False)]
    return conform(pl.DataFrame(series), columns, table)


def _series(cells: Sequence[object], column: Column, table: str) -> pl.Series:
    """Cells of one type, which the contract's can be made of or not: that is seen to by ``conform``."""
    found = {type(cell) for cell in cells} - {type(None)}
    if len(found) > 1 or found - _SENT.keys():
        raise _other(next(cell for cell in cells if type(cell) not in _SENT), column, table)
    series = pl.Series(column.name, cells, dtype=_SENT[found.pop()] if found else pl.Null, strict=True)
    if series.dtype == pl.Binary:
        series = series.cast(pl.String)
    return _moments(series, column, table) if column.kind is Kind.TIMESTAMP and series.dtype == pl.String else series


def _moments(texts: pl.Series, column: Column, table: str) -> pl.Series:
    """What the server writes as datetimes; its zero is NULL.

    Raises:
        CatalogueMismatch: One is no date, such as 2020-02-00, which a server without strict modes may hold.

    """
    moments = texts.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us", strict=False)
    odd = texts.filter(moments.is_null() & texts.is_not_null() & ~texts.str.contains(_ZERO))
    if len(odd):
        raise _other(odd[0], column, table)
    return moments


def _other(cell: object, column: Column, table: str) -> CatalogueMismatch:
    message = (
        f"{table}.{column.name} holds {cell!r:.60}, and {column.kind.name.lower()} is wanted;"
        " mend the row, or make a view of the table that casts it"
    )
    found = type(cell).__name__
    return CatalogueMismatch(message, table=table, column=column.name, found=found, wanted=column.kind.name)


@contextmanager
def _mapped(label: str) -> Iterator[None]:
    """The driver's errors as Bellhop's."""
    try:
        yield
    except (errors.OperationalError, errors.InterfaceError) as error:
        raise SourceUnavailable(f"{label}: {told(error)}") from error
    except errors.Error as error:
        raise SourceError(f"{label}: {told(error)}") from error
