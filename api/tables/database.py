"""Transactions on the service's tables, alike on SQLite, PostgreSQL and MySQL."""

import datetime as dt
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, func, make_url, select
from sqlalchemy.engine import URL
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

T = TypeVar("T")

Clock = Callable[[], dt.datetime]
"""The present moment, naive UTC."""

_BUSY_SECONDS = 30
_CONNECT_SECONDS = 5
_AGAIN_SECONDS = 0.25
_PATIENCE: Mapping[str, Mapping[str, int]] = {
    "psycopg": {"tcp_user_timeout": 30_000, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 4},
    "pymysql": {"read_timeout": 60, "write_timeout": 60},
}
"""How long drivers wait for a server that is silent, in their own words: nobody is to wait for it for ever."""


def utc_now() -> dt.datetime:
    """The present moment, naive UTC."""
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


class Database:
    """The service's tables; each transaction is committed as its context ends, or not at all."""

    def __init__(self, url: str) -> None:
        self.engine = _engine(make_url(url))
        self._writing = self.engine.execution_options(bellhop_writes=True)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction that only reads."""
        with Session(self.engine) as session:
            yield session

    @contextmanager
    def at_one_moment(self) -> Iterator[Session]:
        """A transaction that only reads, and all of it at the moment of its first statement."""
        with Session(self.engine) as session:
            if self.engine.dialect.name != "sqlite":  # there every transaction is so
                session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction that may write; SQLite lets only one in at a time, the others wait."""
        with Session(self._writing, expire_on_commit=False) as session, session.begin():
            yield session

    def write(self, work: Callable[[Session], T], *, patience: dt.timedelta) -> T:
        """A transaction that may write, again while the database is away, or has two of them in each other's way.

        It may have been committed all the same: so ``work`` must find out what it has done.
        """
        until = time.monotonic() + patience.total_seconds()
        while True:
            try:
                with self.writing() as session:
                    return work(session)
            except OperationalError:
                if time.monotonic() >= until:
                    raise
            time.sleep(_AGAIN_SECONDS)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def database_now(session: Session) -> dt.datetime:
    """The database's clock, naive UTC: leases are measured by it, so that machines need not agree on the time."""
    dialect = session.get_bind().dialect.name
    if dialect == "sqlite":
        text = session.scalar(select(func.strftime("%Y-%m-%d %H:%M:%f", "now")))
        return dt.datetime.fromisoformat(str(text))
    now = func.timezone("utc", func.clock_timestamp()) if dialect == "postgresql" else func.utc_timestamp(6)
    moment = session.scalar(select(now))
    assert isinstance(moment, dt.datetime)  # noqa: S101 - what these functions give
    return moment


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        engine = create_engine(
            url,
            connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False},
            hide_parameters=True,
            json_serializer=_json,
        )
        event.listen(engine, "connect", _sqlite_connected)
        event.listen(engine, "begin", _sqlite_begun)
        return engine
    url = _with_driver(url)
    return create_engine(
        url,
        isolation_level="READ COMMITTED",
        connect_args={"connect_timeout": _CONNECT_SECONDS, **_PATIENCE.get(url.get_driver_name(), {})},
        pool_pre_ping=True,
        pool_size=10,
        max_overflow=20,
        hide_parameters=True,
        json_serializer=_json,
    )


def _json(value: object) -> str:
    """As short as it may be: a server takes only so many bytes at once, and escapes are twice as long."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _with_driver(url: URL) -> URL:
    """The drivers that the extra ``service`` brings, where the URL names none."""
    drivers = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
    drivers |= {"mysql": "mysql+pymysql", "mariadb": "mariadb+pymysql"}
    url = url.set(drivername=drivers.get(url.drivername, url.drivername))
    if url.get_driver_name() == "pymysql":
        return url.update_query_dict({"charset": "utf8mb4"})
    return url


def _sqlite_connected(connection: Any, record: object) -> None:  # noqa: ANN401 - a driver's own
    del record
    connection.isolation_level = None  # transactions are begun below, not by the driver
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _sqlite_begun(connection: Connection) -> None:
    # A transaction that reads first and then writes would fail where another wrote meanwhile: writers begin as such.
    writes = connection.get_execution_options().get("bellhop_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
