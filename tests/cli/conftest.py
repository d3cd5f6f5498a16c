"""The command, in this process or in one of its own, and catalogues for it."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import pipeline
from pipeline.cli import app
from pipeline.demo import MADE_AT
from tests.model import load_catalogue
from tests.stored import store_in_duckdb

ROOT = Path(__file__).parents[2]

Bellhop = Callable[..., Result]
Process = subprocess.CompletedProcess[bytes]


@pytest.fixture(scope="session")
def golden() -> Path:
    """The folder of the small catalogue and the files that it gives."""
    return ROOT / "tests/golden"


@pytest.fixture(scope="session")
def url(golden: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The small catalogue, in DuckDB."""
    return store_in_duckdb(tmp_path_factory.mktemp("golden"), load_catalogue(golden / "catalogue.json"))


@pytest.fixture(scope="session")
def large_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A catalogue whose export takes long enough to be interrupted."""
    url = f"duckdb:///{tmp_path_factory.mktemp('large')}/catalogue.duckdb"
    pipeline.make_catalogue(url, hotels=20_000, now=MADE_AT)
    return url


@pytest.fixture
def bellhop() -> Bellhop:
    """The command in this process: what it ends with, and what it says."""

    def run(*arguments: object, stdin: str | bytes | None = None) -> Result:
        return CliRunner().invoke(app, [str(one) for one in arguments], input=stdin, catch_exceptions=False)

    return run


@pytest.fixture
def command() -> list[str]:
    """How to start the command in a process of its own."""
    return [sys.executable, "-m", "pipeline.cli"]


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """An environment in which Python finds the library wherever the process stands."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return dict(os.environ)


@pytest.fixture
def process(command: list[str], environment: dict[str, str]) -> Callable[..., Process]:
    """The command in a process of its own, to its end."""

    def run(*arguments: object, stdout: int = subprocess.PIPE) -> Process:
        return subprocess.run(
            [*command, *map(str, arguments)],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            timeout=120,
            check=False,
        )

    return run
