"""The README can be believed: its Python runs as it stands, its commands are those that CI runs."""

import datetime as dt
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import duckdb
import pytest

import pipeline
from tests.readers import read_xlsx_openpyxl

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
CI = (ROOT / ".ci" / "run").read_text("utf-8")
NOW = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
HOTELS = 200


def block(intro: str, language: str) -> str:
    """The fenced block of the README that follows a paragraph which says these words."""
    pattern = rf"^[^\n]*{intro}[^`]*?:\n\n```{language}\n(.*?)^```$"
    (found,) = re.findall(pattern, README, flags=re.MULTILINE | re.DOTALL)
    return str(found)


SIX_LINES = block("Six lines of Python", "python")
OTHER_NAMES = block("holds everywhere", "python")
COMMANDS = block("runs the demo, the second the tests", "sh")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the demo has been, as far as the README's Python needs it."""
    folder = tmp_path_factory.mktemp("checkout")
    (folder / "demo").mkdir()
    pipeline.make_catalogue(f"duckdb:///{folder}/demo/catalogue.duckdb", hotels=HOTELS, now=NOW)
    return folder


@pytest.fixture(scope="module")
def told(folder: Path) -> str:
    return printed(SIX_LINES, folder)


def printed(code: str, folder: Path) -> str:
    """What the README's Python prints, run in a fresh interpreter where every warning is an error."""
    command = [sys.executable, "-W", "error", "-c", code]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_six_lines_are_six() -> None:
    assert len(SIX_LINES.splitlines()) == 6


def test_the_python_prints_how_many_there_are_and_their_columns(told: str, folder: Path) -> None:
    with pipeline.connect(f"duckdb:///{folder}/demo/catalogue.duckdb") as catalogue:
        export = catalogue.hotels(country_codes=["FR"], min_rating=4)
        assert 0 < export.count() < HOTELS
        assert told == f"{export.count()} {export.columns}\n"


def test_the_python_leaves_the_workbook_that_it_names(told: str, folder: Path) -> None:
    (name,) = re.findall(r'write\("(.*?)"\)', SIX_LINES)
    sheet = read_xlsx_openpyxl(folder / name)["Hotels"]
    assert len(sheet) - 1 == int(told.split(maxsplit=1)[0])
    assert {path.name for path in folder.iterdir()} == {"demo", name}


def test_other_peoples_names_count_what_their_sql_gives(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "demo").symlink_to(folder / "demo")
    with duckdb.connect(str(folder / "demo" / "catalogue.duckdb"), read_only=True) as connection:
        (wanted,) = connection.execute("SELECT COUNT(*) FROM hotels WHERE map_status <> 'new'").fetchall()
    assert 0 < wanted[0] < HOTELS
    assert printed(OTHER_NAMES, tmp_path) == f"{wanted[0]}\n"


def test_the_python_names_only_what_is_public() -> None:
    names = set(re.findall(r"\bpipeline\.(\w+)", SIX_LINES + OTHER_NAMES))
    assert names
    assert names <= set(pipeline.__all__)


def ci_lines() -> list[str]:
    """The words by which .ci/run takes its commands out of the README."""
    return [plain or quoted for plain, quoted in re.findall(r"\$\(readme_line (?:([^' )]+)|'([^']+)')\)", CI)]


def readme_line(words: str) -> subprocess.CompletedProcess[str]:
    """Run .ci/run's own function."""
    (function,) = re.findall(r"^readme_line\(\) \{\n.*?^\}$", CI, flags=re.MULTILINE | re.DOTALL)
    command = ["bash", "-c", f'set -euo pipefail\n{function}\nreadme_line "$1"', "bash", words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def test_ci_runs_the_two_commands_of_the_readme_word_for_word() -> None:
    taken = [readme_line(words) for words in ci_lines()]
    assert [run.returncode for run in taken] == [0, 0], [run.stderr for run in taken]
    assert sorted(run.stdout for run in taken) == sorted(COMMANDS.splitlines(keepends=True))
    assert CI.count('bash -c "$command"') == 2


def test_ci_says_so_when_the_readme_has_no_such_command() -> None:
    run = readme_line("bellhop undo")
    assert run.returncode == 1
    assert "README.md should have one line" in run.stderr


def test_the_first_command_is_the_demo_and_the_second_the_tests() -> None:
    demo, tests = COMMANDS.splitlines()
    assert re.fullmatch(r"\.ci/setup && \.venv/bin/bellhop demo", demo)
    assert re.fullmatch(r"\.ci/setup dev && \.venv/bin/pytest( -n \w+)?", tests)


def test_what_the_commands_start_is_there() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["scripts"] == {"bellhop": "api.cli:main"}
    assert any(need.startswith("pytest>") for need in project["optional-dependencies"]["dev"])
    for script in ("setup", "run"):
        subprocess.run(["bash", "-n", ROOT / ".ci" / script], check=True, timeout=60)
    assert os.access(ROOT / ".ci" / "setup", os.X_OK)


def test_the_readme_asks_for_the_python_that_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    (version,) = re.findall(r"Python (3\.\d+) or newer", README)
    assert project["requires-python"] == f">={version}"


def test_every_file_that_the_readme_links_to_is_there() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
