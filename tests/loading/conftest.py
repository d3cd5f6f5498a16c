"""An empty catalogue in each database that can be written."""

from pathlib import Path

import pytest


@pytest.fixture(params=["duckdb", "sqlite", "postgresql", "mysql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a catalogue that is not there yet, or of an empty database."""
    if request.param in ("postgresql", "mysql"):
        return str(request.getfixturevalue({"postgresql": "postgres_url", "mysql": "mysql_url"}[request.param]))
    return f"{request.param}:///{tmp_path}/catalogue.{request.param}"


@pytest.fixture(params=["duckdb", "sqlite"])
def file_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database file that is not there yet."""
    return f"{request.param}:///{tmp_path}/catalogue.{request.param}"


@pytest.fixture
def hotels(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    return folder / "hotels.csv"


@pytest.fixture
def mappings(hotels: Path) -> Path:
    return hotels.with_name("mappings.csv")


@pytest.fixture
def duck(tmp_path: Path) -> str:
    return f"duckdb:///{tmp_path}/c.duckdb"
