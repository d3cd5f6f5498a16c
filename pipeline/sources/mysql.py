"""MySQL and MariaDB: a transaction on one unbuffered connection holds the moment, and every table is read once.

Neither can share a snapshot, so one moment takes one connection: asyncmy's, the fastest of those that give rows as they
come. The server sends text, which is read as the contract's types here.
"""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import polars as pl
from asyncmy import errors

from pipeline.conform import conform
from pipeline.dialects import MYSQL, Dialect
from pipeline.errors import SourceError, SourceUnavailable
from pipeline.mysql_address import Address, Consistency
from pipeline.mysql_session import Session, connected, is_unavailable, told
from pipeline.query import Plan, Statement, TableQuery
from pipeline.schema import Column
from pipeline.sources.dealt import DealtSelection, Part, by_table, dealt
from pipeline.sources.mysql_parts import PART_ROWS, PartReader
from pipeline.sources.mysql_rows import frame_of
from pipeline.sources.mysql_tables import keeps_ids, refuse_engines_without_transactions
from pipeline.sources.mysql_types import types_of
from pipeline.url import Url

_BATCH_ROWS = 10_000
_SESSION = (
    # Whatever the server has sessions begin with (init_connect, skip-character-set-client-handshake).
    "SET NAMES utf8mb4",
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
    "SET time_zone = '+00:00', net_write_timeout = 600, sql_mode = 'NO_ENGINE_SUBSTITUTION'",
    "SET sql_select_limit = DEFAULT, sql_big_selects = 1",
)
_BEGIN = "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"


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
        with ExitStack() as opened:
            with _mapped(self.label):
                session = opened.enter_context(connected(self._address))
                for statement in _SESSION:
                    session.run(statement)
                session.run(_BEGIN)
            yield MySQLSnapshot(session, self.label, self._address)


class MySQLSnapshot:
    """The database as one transaction sees it."""

    def __init__(self, session: Session, label: str, address: Address) -> None:
        self._session = session
        self._label = label
        self._address = address
        self._is_by_part = address.consistency is Consistency.CHUNK
        self.kind = "each part at its own moment" if self._is_by_part else "one transaction, REPEATABLE READ"

    def read(self, statement: Statement, columns: Sequence[Column], table: str) -> pl.DataFrame:
        """All rows of a small result."""
        with _mapped(self._label):
            rows = self._session.run(statement.literal(MYSQL))
        return conform(frame_of(rows, columns, table), columns, table)

    def explain(self, statement: Statement, *, analyze: bool = False) -> str:
        """The server's plan, its cells parted by tabs; MariaDB has a word of its own for a measured one."""
        measured = "ANALYZE" if self._session.is_mariadb else "EXPLAIN ANALYZE"
        with _mapped(self._label):
            rows = self._session.run(f"{measured if analyze else 'EXPLAIN'} {statement.literal(MYSQL)}")
        return "\n".join("\t".join("" if cell is None else str(cell) for cell in row) for row in rows)

    def columns_of(self, statement: Statement) -> list[tuple[str, str]]:
        """The columns of a SELECT and their types.

        Raises:
            CatalogueMismatch: It reads a table that no transaction holds.

        """
        with _mapped(self._label):
            refuse_engines_without_transactions(self._session, self._address.database, statement.select)
            return types_of(self._session, statement)

    def interrupt(self) -> None:
        """Stop the statement that is run now; parts that are read each by itself end soon."""
        self._session.interrupt()

    def select(self, plan: Plan) -> DealtSelection:
        """Count what the plan selects."""
        if not self._is_by_part:
            return dealt(self, plan, self._stream, self._session.close)
        floats = frozenset((table.name, name) for table in plan.tables for name in self._floats(plan, table))
        mark = f"/* bellhop {secrets.token_hex(4)} */"
        reader = PartReader(address=self._address, label=self._label, mark=mark, before=_SESSION, floats=floats)
        whole = frozenset(table.name for table in plan.tables if not self._keeps_ids(plan, table))
        stream = by_table(whole, self._stream, reader.stream)
        return replace(dealt(self, plan, stream, self._session.close, PART_ROWS), whole=whole)

    def _keeps_ids(self, plan: Plan, table: TableQuery) -> bool:
        if not table.has_ids:
            return True
        with _mapped(self._label):
            return keeps_ids(self._session, self._address.database, plan.all_of(table, "id").select)

    def _floats(self, plan: Plan, table: TableQuery) -> Iterator[str]:
        """The columns that are floats, as views give them."""
        statement = plan.all_of(table, *(column.name for column in table.columns_read))
        with _mapped(self._label):
            yield from (name for name, kind in types_of(self._session, statement) if kind == "double")

    def _stream(self, parts: Iterable[Part]) -> Iterator[tuple[Part, pl.DataFrame]]:
        for part in parts:
            with _mapped(self._label):
                for rows in self._session.batches(part.statement.literal(MYSQL), _BATCH_ROWS):
                    yield part, frame_of(rows, part.columns, part.table.view)


@contextmanager
def _mapped(label: str) -> Iterator[None]:
    """The driver's errors as Bellhop's."""
    try:
        yield
    except errors.Error as error:
        kind = SourceUnavailable if is_unavailable(error) else SourceError
        raise kind(f"{label}: {told(error)}") from error
