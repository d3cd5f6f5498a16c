"""PostgreSQL through ConnectorX: a session holds a snapshot and exports it, every read takes that snapshot up.

ConnectorX gives all rows of a SELECT at once: so tables are read in parts, by id, several side by side.
"""

import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace

import polars as pl

from pipeline.conform import conform
from pipeline.dialects import POSTGRES, Dialect
from pipeline.errors import SourceError, SourceUnavailable
from pipeline.postgres_url import check, of_session, read_by_workers
from pipeline.query import Plan, Statement, TableQuery
from pipeline.schema import Column
from pipeline.sources.connectorx import read_sql
from pipeline.sources.dealt import DealtSelection, Part, by_table, dealt
from pipeline.sources.joined import Joining, joined
from pipeline.sources.postgres_ids import keeps_ids
from pipeline.sources.postgres_rows import frame_of, rows_of
from pipeline.sources.postgres_session import BEGIN, CONNECT_SECONDS, Session, connected, mapped
from pipeline.sources.postgres_types import types_of
from pipeline.sources.waiting import read_ahead, silent
from pipeline.sql_files import sql_text
from pipeline.url import Url

_PART_ROWS = 40_000
"""Rows that one read gives, at once: a connection and its first plan cost as much as some thousand of them."""
_SMALL_ROWS = 40_000
"""Of a table: so many are read as soon without ConnectorX, which takes a connection for each read, and leaves three
threads behind it for half a minute."""
_COST = re.compile(r"cost=[\d.]+\.\.([\d.]+)")
_ELSEWHERE = "Foreign Scan"
"""Another server gives each session its own moment."""
_MOST_COST = 2_000
"""What looking up one key may cost: about as many pages that are read in a row."""
_READS = 2
"""Reads whose rows are there or under way: while one is dealt out, one is read."""


class PostgresSource:
    """A catalogue in a PostgreSQL database."""

    dialect: Dialect = POSTGRES

    def __init__(self, url: Url) -> None:
        self.label = url.label
        self.files: tuple[()] = ()
        check(url)
        self._read_seconds = url.read_seconds
        self._is_joinable = read_by_workers(url)
        self._url = url

    @contextmanager
    def snapshot(self) -> Iterator["PostgresSnapshot"]:
        """Hold and export a snapshot."""
        name = f"bellhop {secrets.token_hex(4)}"
        with ExitStack() as opened:
            with mapped(self.label):
                urls = of_session(self._url, name)
                session, url = opened.enter_context(connected(*urls, label=self.label, read_seconds=self._read_seconds))
            session.run(BEGIN)
            ((exported,),) = session.run("SELECT pg_export_snapshot()").fetchall()
            shared = SharedSnapshot(
                url=url, label=self.label, snapshot=exported, name=name, read_seconds=self._read_seconds
            )
            yield PostgresSnapshot(session, shared, is_joinable=self._is_joinable)


@dataclass(frozen=True, kw_only=True)
class SharedSnapshot:
    """What it takes to read in a snapshot that a session holds from other sessions."""

    url: str
    label: str
    snapshot: str
    name: str
    """Of the export, as the server knows its sessions."""
    read_seconds: float

    def stream(self, parts: Iterable[Part]) -> Iterator[tuple[Part, pl.DataFrame]]:
        """Parts and all their rows, in the server's types; read side by side, they come in their order.

        Raises:
            SourceUnavailable: The server was silent for longer than it may be.
            SourceError: A part cannot be read.

        """
        try:
            yield from read_ahead(self._part, parts, ahead=_READS, read_seconds=self.read_seconds, stop=self.stop)
        except TimeoutError as error:
            raise silent(self.label, self.read_seconds) from error

    def _part(self, part: Part) -> tuple[Part, pl.DataFrame]:
        before = [BEGIN, f"SET TRANSACTION SNAPSHOT '{self.snapshot}'"]
        try:
            return part, read_sql(self.url, part.statement.literal(POSTGRES), before)
        except SourceError as error:
            raise SourceError(f"{part.table.view} of {self.label} cannot be read: {error}") from error

    def joining(self) -> Joining:
        """How the moment is joined elsewhere."""
        facts = {"url": self.url, "label": self.label, "snapshot": self.snapshot, "read_seconds": self.read_seconds}
        return Joining(reader="pipeline.sources.postgres_joined:read_joined", extra="postgres", facts=facts)

    def stop(self) -> None:
        """End what the server is at for this export; when it cannot be asked, it has no sessions either."""
        another = connected(self.url, label=self.label, read_seconds=CONNECT_SECONDS)
        with suppress(SourceUnavailable), mapped(self.label), another as (session, _):
            session.run(sql_text("postgres/stop.sql"), [self.name])


class PostgresSnapshot:
    """The database as the held snapshot sees it."""

    kind = "exported snapshot, REPEATABLE READ"

    def __init__(self, session: Session, shared: SharedSnapshot, *, is_joinable: bool) -> None:
        self._session = session
        self._shared = shared
        self._is_joinable = is_joinable

    def read(self, statement: Statement, columns: Sequence[Column], table: str) -> pl.DataFrame:
        """All rows of a small result."""
        return conform(frame_of(self._session.run(statement.literal(POSTGRES)), table), columns, table)

    def explain(self, statement: Statement, *, analyze: bool = False) -> str:
        """PostgreSQL's plan."""
        prefix = "EXPLAIN (ANALYZE, BUFFERS) " if analyze else "EXPLAIN "
        rows = self._session.run(prefix + statement.literal(POSTGRES)).fetchall()
        return "\n".join(str(row[0]) for row in rows)

    def columns_of(self, statement: Statement) -> list[tuple[str, str]]:
        """The columns of a SELECT and their types."""
        return types_of(self._session, statement)

    def interrupt(self) -> None:
        """Stop what the sessions of this export are at."""
        self._shared.stop()

    def select_joined(self, plan: Plan) -> DealtSelection:
        """The same, its chunks read wherever they are encoded, unless the URL or the lack of an index forbids it."""
        if not (self._is_joinable and all(self._finds(plan, table) for table in plan.tables)):
            return self.select(plan)
        shared = self._shared
        return joined(self.select(plan.of_keys_alone()), plan, shared.joining(), shared.stop)

    def select(self, plan: Plan) -> DealtSelection:
        """Count what the plan selects, to be read in parts by ids; small tables, and those whose ids change, in one."""
        found = dealt(self, plan, self._shared.stream, self._let_go, _PART_ROWS)
        whole = frozenset(table.name for table in plan.tables if self._is_whole(plan, table, found.counted[table.name]))
        return replace(found, whole=whole, stream=by_table(whole, self._by_session, self._shared.stream))

    def _is_whole(self, plan: Plan, table: TableQuery, rows: int) -> bool:
        """Whether a table is better read in one, or has to be."""
        if rows <= _SMALL_ROWS or not table.has_ids:
            return True
        return not keeps_ids(self._session, plan.all_of(table, "id").literal(POSTGRES))

    def _by_session(self, parts: Iterable[Part]) -> Iterator[tuple[Part, pl.DataFrame]]:
        """Parts and their rows, by the session that holds the snapshot."""
        for part in parts:
            yield from ((part, rows) for rows in rows_of(self._session, part))

    def _finds(self, plan: Plan, table: TableQuery) -> bool:
        """Whether a key can be looked up, and at this moment: else each chunk would cost a scan of the table."""
        told = self.explain(plan.of_keys(table, [""]))
        return _ELSEWHERE not in told and float(_COST.findall(told)[0]) <= _MOST_COST

    def _let_go(self) -> None:
        """End the session that holds the snapshot.

        Raises:
            SourceUnavailable: It has ended before, as with a server that began anew: others may have got another
                moment by the snapshot's name, which is given again then.

        """
        self._session.run("SELECT 1")
        self._session.connection.close()
