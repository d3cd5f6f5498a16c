"""Servers that the tests of one source share."""

from collections.abc import Iterator

import pytest

from tests.servers import MariaDB, PostgreSQL, mariadb, postgresql


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MariaDB]:
    """A MariaDB server of the tests' own."""
    with mariadb(tmp_path_factory.mktemp("mariadb")) as server:
        yield server


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgreSQL]:
    """A PostgreSQL server of the tests' own."""
    with postgresql() as server:
        yield server
