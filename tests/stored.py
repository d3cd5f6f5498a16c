"""A model's catalogue put into each source, by plain SQL of the tests' own."""

import secrets
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest

from pipeline.schema import CATALOGUE, Kind
from tests import require
from tests.model import Catalogue

Store = Callable[[Catalogue], str]
"""Puts a catalogue in place of the one before, and gives its URL."""

SOURCES = ("duckdb", "sqlite", "postgres", "mysql")
COPIED = "postgres_copied"
"""PostgreSQL, its small tables read as outside of the tests: ``conftest.py`` sees to it where this is a parameter."""
READINGS = (*SOURCES, COPIED)

TYPES: Mapping[str, Mapping[Kind, str]] = {
    "duckdb": {Kind.TEXT: "VARCHAR", Kind.INTEGER: "BIGINT", Kind.TIMESTAMP: "TIMESTAMP"},
    "sqlite": {Kind.TEXT: "TEXT", Kind.INTEGER: "INTEGER", Kind.TIMESTAMP: "TEXT"},
    "postgres": {Kind.TEXT: "text", Kind.INTEGER: "bigint", Kind.TIMESTAMP: "timestamp"},
    "mysql": {
        Kind.TEXT: "longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin",
        Kind.INTEGER: "bigint",
        Kind.TIMESTAMP: "datetime(6)",
    },
}
"""What each source calls the types of the contract."""


def ddl(source: str) -> list[str]:
    """CREATE TABLE of every table of the contract."""
    types = TYPES[source]
    return [
        f"CREATE TABLE {table.name} ({', '.join(f'{c.name} {types[c.kind]}' for c in table.columns)})"
        for table in CATALOGUE
    ]


def inserts(catalogue: Catalogue, mark: str) -> Iterator[tuple[str, list[list[Any]]]]:
    """An INSERT of each table with its rows' values."""
    for table, rows in catalogue.items():
        if rows:
            names = list(rows[0])
            text = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join([mark] * len(names))})"
            yield text, [[row[name] for name in names] for row in rows]


def store_in_duckdb(folder: Path, catalogue: Catalogue) -> str:
    """A new DuckDB file with this catalogue."""
    file = folder / f"{secrets.token_hex(6)}.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute("BEGIN").fetchall()
        for statement in ddl("duckdb"):
            connection.execute(statement).fetchall()
        for statement, rows in inserts(catalogue, "?"):
            connection.executemany(statement, rows)
        connection.execute("COMMIT").fetchall()
    return f"duckdb:///{file}"


def store_in_sqlite(folder: Path, catalogue: Catalogue) -> str:
    """A new SQLite file with this catalogue; datetimes as SQLite writes them."""
    file = folder / f"{secrets.token_hex(6)}.sqlite"
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA synchronous = OFF")
    for statement in ddl("sqlite"):
        connection.execute(statement)
    for statement, rows in inserts(catalogue, "?"):
        connection.executemany(statement, [list(map(_sqlite_value, row)) for row in rows])
    connection.commit()
    connection.close()
    return f"sqlite:///{file}"


def _sqlite_value(value: object) -> object:
    return value.isoformat(sep=" ") if isinstance(value, datetime) else value


def store_in_postgres(url: str, catalogue: Catalogue) -> str:
    """This catalogue, in place of what the database held."""
    with psycopg.connect(url) as connection:
        for table in CATALOGUE:
            connection.execute(f"DROP TABLE IF EXISTS {table.name}")
        for statement in ddl("postgres"):
            connection.execute(statement)
        for statement, rows in inserts(catalogue, "%s"):
            connection.cursor().executemany(statement, rows)
    return url


def store_in_mysql(url: str, catalogue: Catalogue) -> str:
    """This catalogue, in place of what the database held."""
    with require.mysql_login(url) as connection, connection.cursor() as cursor:
        for table in CATALOGUE:
            cursor.execute(f"DROP TABLE IF EXISTS {table.name}")
        for statement in ddl("mysql"):
            cursor.execute(statement)
        connection.begin()
        for statement, rows in inserts(catalogue, "%s"):
            cursor.executemany(statement, rows)
        connection.commit()
    return url


SERVERS = {
    **dict.fromkeys(("postgres", COPIED), (require.postgres_url, store_in_postgres)),
    "mysql": (require.mysql_url, store_in_mysql),
}
"""How to have a database of a server, and how to put a catalogue into it."""


@contextmanager
def small_tables_by_session() -> Iterator[None]:
    """PostgreSQL's small tables are read by the session that holds the snapshot, as outside of the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipeline.sources.postgres._SMALL_ROWS", 40_000)
        yield


@contextmanager
def empty_url(source: str, folder: Path) -> Iterator[str]:
    """The URL of a catalogue that is not there yet, or of an empty database, which is dropped in the end."""
    if source in SERVERS:
        with SERVERS[source][0]() as url:
            yield url
    else:
        yield f"{source}:///{folder}/{secrets.token_hex(6)}.{source}"


@contextmanager
def store_of(source: str, folder: Path) -> Iterator[Store]:
    """The way to put catalogues into a source."""
    if source in SERVERS:
        database, store_in_server = SERVERS[source]
        with database() as url:
            yield lambda catalogue: store_in_server(url, catalogue)
    else:
        store_in_file = {"duckdb": store_in_duckdb, "sqlite": store_in_sqlite}[source]
        yield lambda catalogue: store_in_file(folder, catalogue)
