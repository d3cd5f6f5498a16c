"""What a test needs from the machine: there, or the test is skipped with a reason, or under CI failed."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote, urlsplit

import psycopg
import pymysql
import pytest
from psycopg import sql

POSTGRES = os.environ.get("BELLHOP_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
"""A server where the tests may create databases."""

MYSQL = os.environ.get("BELLHOP_TEST_MYSQL", "mysql://root@127.0.0.1:3306")
"""Another, of MySQL or MariaDB."""

INSIST = os.environ.get("BELLHOP_CI_INSIST") == "1"
"""Whether what is missing is a failure: a green CI must have run every test."""


def require(available: object, what: str) -> None:
    """Go on when ``available`` holds; ``what`` says what is needed, and stands in the reason.

    Works in a test, in a fixture and at the top of a test module.
    """
    if available:
        return
    reason = f"needs {what}"
    if INSIST:
        pytest.fail(f"{reason}, and BELLHOP_CI_INSIST is set", pytrace=False)
    pytest.skip(reason=reason, allow_module_level=True)


@contextmanager
def postgres_url() -> Iterator[str]:
    """An empty PostgreSQL database of its own, dropped in the end; the fixture of this name makes one for each test."""
    try:
        admin = psycopg.connect(POSTGRES, autocommit=True, connect_timeout=3)
    except psycopg.OperationalError as exc:
        require(available=False, what=f"a PostgreSQL server: {str(exc).splitlines()[0]}")
        raise
    name = f"bellhop_test_{secrets.token_hex(6)}"
    database = sql.Identifier(name)
    with admin:
        admin.execute(sql.SQL("CREATE DATABASE {} ENCODING 'UTF8' TEMPLATE template0").format(database))
        try:
            yield urlsplit(POSTGRES)._replace(path=f"/{name}").geturl()
        finally:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(database))


def mysql_login(url: str) -> "pymysql.Connection[pymysql.cursors.Cursor]":
    """A session at a URL, by another's driver."""
    parts = urlsplit(url)
    return pymysql.connect(
        host=parts.hostname or "",
        port=parts.port or 3306,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        database=parts.path.removeprefix("/") or None,
        charset="utf8mb4",
        autocommit=True,
        connect_timeout=3,
    )


@contextmanager
def mysql_url() -> Iterator[str]:
    """An empty MySQL or MariaDB database of its own, dropped in the end."""
    try:
        admin = mysql_login(MYSQL)
    except pymysql.err.OperationalError as exc:
        require(available=False, what=f"a MySQL or MariaDB server: {exc.args[-1]}")
        raise
    name = f"bellhop_test_{secrets.token_hex(6)}"
    with admin, admin.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
        try:
            yield urlsplit(MYSQL)._replace(path=f"/{name}").geturl()
        finally:
            cursor.execute(f"DROP DATABASE {name}")
