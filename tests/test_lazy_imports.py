"""What is not used is not imported, and what is optional may be absent; each seen in a process of its own."""

import json
import statistics
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.model import load_catalogue
from tests.stored import store_in_sqlite

ROOT = Path(__file__).parents[1]

HEAVY = frozenset(
    {
        *("fastapi", "xlsxwriter", "connectorx", "sqlglot", "duckdb", "pyarrow"),
        *("psycopg", "asyncmy", "distributed", "typer", "rich"),
    }
)
"""Libraries that take their time, or that an export may well do without."""

MOST_OVER_POLARS_SECONDS = 0.25
"""What `import pipeline` may cost beyond `import polars`."""

ROUNDS = 5

OPTIONAL = {"postgres": "psycopg", "mysql": "asyncmy", "cluster": "distributed"}
"""What each extra of pyproject.toml brings."""

CATALOGUES = {
    "postgres": "postgresql://nobody@127.0.0.1:1/nothing",
    "mysql": "mysql://nobody@127.0.0.1:1/nothing",
}
"""A catalogue that needs the extra."""

USES = (
    *((extra, f"pipeline.connect({url!r})") for extra, url in CATALOGUES.items()),
    *((extra, f"pipeline.make_catalogue({url!r}, hotels=1, now=NOW)") for extra, url in CATALOGUES.items()),
    ("cluster", "with cluster.encoders('tcp://127.0.0.1:1'): pass"),
)
"""What cannot be done without the extra."""


def told_by(code: str) -> Any:  # noqa: ANN401 - any JSON
    """Run code in a fresh interpreter; the JSON in its last line."""
    command = [sys.executable, "-c", code]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout.splitlines()[-1])


def heavy_after(code: str) -> frozenset[str]:
    """Which of the heavy libraries are there when the code has run."""
    loaded = told_by(f"{code}\nimport json, sys\nprint(json.dumps([name.partition('.')[0] for name in sys.modules]))")
    return HEAVY.intersection(loaded)


def seconds_to_import(module: str) -> float:
    clocked = f"import json, time\nstarted = time.perf_counter()\nimport {module}\n"
    return float(told_by(f"{clocked}print(json.dumps(time.perf_counter() - started))"))


@pytest.fixture(scope="module")
def sqlite_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    return store_in_sqlite(tmp_path_factory.mktemp("catalogue"), load_catalogue(ROOT / "tests/golden/catalogue.json"))


def test_importing_the_library_costs_little_more_than_importing_polars() -> None:
    # The one timed test there is. A busy machine slows both alike: they take turns, and the medians are compared.
    seconds_to_import("polars"), seconds_to_import("pipeline")  # once before, for the caches
    rounds = [(seconds_to_import("polars"), seconds_to_import("pipeline")) for _ in range(ROUNDS)]
    polars, ours = (statistics.median(times) for times in zip(*rounds, strict=True))
    assert ours - polars <= MOST_OVER_POLARS_SECONDS, f"import pipeline took {ours:.2f} s, import polars {polars:.2f} s"


def test_importing_the_library_imports_nothing_heavy() -> None:
    assert heavy_after("import pipeline") == set()


def test_connecting_to_sqlite_imports_no_other_database(sqlite_url: str) -> None:
    loaded = heavy_after(f"import pipeline\npipeline.connect({sqlite_url!r})")
    assert loaded.isdisjoint({"duckdb", "connectorx", "psycopg", "xlsxwriter", "typer", "rich"}), loaded


def test_counting_needs_no_arrow_and_nothing_that_writes(sqlite_url: str) -> None:
    loaded = heavy_after(f"import pipeline\npipeline.connect({sqlite_url!r}).hotels().count()")
    assert loaded == {"sqlglot"}


def test_a_csv_from_sqlite_needs_no_other_database_and_no_workbook(sqlite_url: str, tmp_path: Path) -> None:
    export = f"pipeline.connect({sqlite_url!r}).hotels().write({str(tmp_path / 'hotels.csv')!r})"
    loaded = heavy_after(f"import pipeline\n{export}")
    assert (tmp_path / "hotels.csv").stat().st_size
    assert loaded.isdisjoint({"duckdb", "connectorx", "psycopg", "xlsxwriter", "typer", "rich"}), loaded


def test_a_bar_is_what_brings_rich(sqlite_url: str, tmp_path: Path) -> None:
    export = f"pipeline.connect({sqlite_url!r}).hotels().write({str(tmp_path / 'hotels.csv')!r}, progress=True)"
    assert "rich" in heavy_after(f"import pipeline\n{export}")


def test_every_extra_of_the_library_is_tried_without_what_it_brings() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = {
        name: needs
        for name, needs in project["optional-dependencies"].items()
        if name not in ("dev", "bench", "service", "s3")  # s3 is the service's own: tests/api/test_storage.py
    }
    assert set(extras) == set(OPTIONAL)
    for extra, module in OPTIONAL.items():
        assert any(need.startswith(module) for need in extras[extra])


@pytest.mark.parametrize(("extra", "use"), USES)
def test_without_an_optional_library_the_error_names_its_extra(extra: str, use: str) -> None:
    module = OPTIONAL[extra]
    told = told_by(
        f"""
import datetime as dt, json, sys
sys.modules[{module!r}] = None  # import {module} then says that there is no such module
import pipeline
from pipeline import cluster
NOW = dt.datetime.now(dt.UTC)
try:
    {use}
except pipeline.UsageError as error:
    print(json.dumps([type(error).__name__, str(error)]))
"""
    )
    kind, message = told
    assert kind == "UsageError"
    assert module in message
    assert f"pip install 'bellhop[{extra}]'" in message


@pytest.mark.parametrize("extra", OPTIONAL)
def test_without_an_optional_library_all_else_works(extra: str, sqlite_url: str) -> None:
    module = OPTIONAL[extra]
    count = f"pipeline.connect({sqlite_url!r}).hotels().count()"
    assert told_by(f"import sys\nsys.modules[{module!r}] = None\nimport pipeline\nprint({count})") == 8
