import csv
import json
import subprocess
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from pipeline import demo
from pipeline.cli import app
from pipeline.errors import OutputError
from pipeline.formats import FORMATS
from tests.cli.conftest import ROOT, Bellhop

HOTELS = 60


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose name has much that a URL stumbles over."""
    return tmp_path_factory.mktemp("demo") / "ö %41#"


@pytest.fixture(scope="module")
def told(folder: Path) -> str:
    """The demo's stdout, and in ``folder`` its files."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))
        result = CliRunner().invoke(app, ["demo", "--hotels", str(HOTELS), "--out", str(folder)])
    assert result.exit_code == 0, result.stderr
    return result.stdout


def table(told: str) -> dict[str, list[str]]:
    """The cells of each line of the table, by the name of the file."""
    lines = [line.split() for line in told.splitlines() if line.strip()]
    return {name: cells for name, *cells in lines if (name.partition(".")[2] in endings())}


def endings() -> set[str]:
    return {known.ending for known in FORMATS.values()}


def test_every_format_has_its_line(told: str, folder: Path) -> None:
    assert {Path(name).suffix.removeprefix(".") for name in table(told) if name.startswith("hotels.")} == endings()
    assert set(table(told)) == {name for _, name, _ in demo.EXPORTS}
    assert all((folder / name).is_file() for name in table(told))
    assert "…" not in told


def test_the_columns_are_named(told: str) -> None:
    header = next(line for line in told.splitlines() if line.strip())
    assert header.split() == ["file", "rows", "cells", "MB", "seconds", "rows/s", "peak", "memory"]


def test_what_the_table_says_of_a_csv_is_so(told: str, folder: Path) -> None:
    with (folder / "hotels.csv").open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    cells = table(told)["hotels.csv"]
    assert cells[:2] == [str(len(rows)), f"{len(rows) * len(header):,}"]
    assert len(rows) == HOTELS


@pytest.mark.parametrize("name", ["hotels.xlsx", "mappings.xlsx", "supplier-summary.xlsx"])
def test_what_the_table_says_of_a_workbook_is_so(name: str, told: str, folder: Path) -> None:
    book = openpyxl.load_workbook(folder / name)
    sheets = [book[title] for title in book.sheetnames[1:]]
    rows = sum(sheet.max_row - 1 for sheet in sheets)
    cells = sum((sheet.max_row - 1) * sheet.max_column for sheet in sheets)
    assert table(told)[name][:2] == [f"{rows:,}", f"{cells:,}"]


def test_what_the_table_says_of_nested_records_is_so(told: str, folder: Path) -> None:
    records = json.loads((folder / "hotels.json").read_text("utf-8"))["data"]
    children = [row for record in records for value in record.values() if isinstance(value, list) for row in value]
    plain = sum(not isinstance(value, list) for record in records for value in record.values())
    rows, cells = len(records) + len(children), plain + sum(len(row) for row in children)
    for name in ("hotels.json", "hotels.ndjson", "hotels.parquet", "hotels.arrow"):
        assert table(told)[name][:2] == [f"{rows:,}", f"{cells:,}"]


def test_every_file_has_a_manifest_beside_it(told: str, folder: Path) -> None:
    for name in table(told):
        manifest = json.loads((folder / f"{name}.manifest.json").read_text("utf-8"))
        assert manifest["bytes"] == (folder / name).stat().st_size


def test_time_and_memory_are_those_of_a_process(told: str) -> None:
    for cells in table(told).values():
        seconds, peak = float(cells[3]), int(cells[5])
        assert 0.1 < seconds < 120
        assert 50 < peak < 1000


def test_twice_is_the_same(
    told: str, folder: Path, bellhop: Bellhop, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]
) -> None:
    assert told
    assert environment
    monkeypatch.setattr(demo, "EXPORTS", demo.EXPORTS[:1] + demo.EXPORTS[-1:])
    names = ("hotels.csv", "supplier-summary.xlsx.manifest.json")
    before = [(folder / name).read_bytes() for name in names]
    assert bellhop("demo", "--hotels", HOTELS, "--out", folder).exit_code == 0
    after = [(folder / name).read_bytes() for name in names]
    assert after[0] == before[0]
    assert json.loads(after[1])["content_hash"] == json.loads(before[1])["content_hash"]


def test_somebody_elses_folder_is_left_alone(bellhop: Bellhop, tmp_path: Path) -> None:
    catalogue = tmp_path / "catalogue.duckdb"
    catalogue.write_text("precious")
    result = bellhop("demo", "--hotels", "5", "--out", tmp_path)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "other files than a demo's" in result.stderr
    assert catalogue.read_text() == "precious"
    assert list(tmp_path.iterdir()) == [catalogue]


def test_a_folder_that_cannot_be_is_told(bellhop: Bellhop, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = bellhop("demo", "--hotels", "5", "--out", tmp_path / "file" / "demo")
    assert result.exit_code == 4
    assert result.stderr.splitlines()[-1].startswith("bellhop: ")


def test_an_export_that_fails_is_told_with_its_own_words(
    tmp_path: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert environment
    monkeypatch.setattr(demo, "EXPORTS", demo.EXPORTS[:1])
    with pytest.raises(OutputError, match=r"ended with 3: bellhop: .* does not exist"):
        list(demo.demo_exports(f"duckdb:///{tmp_path}/nowhere.duckdb", tmp_path))


def test_the_process_is_the_command_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[str]] = []

    class Spied(subprocess.Popen):  # type: ignore[type-arg]
        def __init__(self, command: list[str], **rest: object) -> None:
            del rest
            seen.append(command)
            raise OSError("seen enough")

    monkeypatch.setattr(subprocess, "Popen", Spied)
    with pytest.raises(OSError, match="seen enough"):
        list(demo.demo_exports("duckdb:///c.duckdb", tmp_path))
    assert seen[0][1:5] == ["-m", "pipeline.cli", "export", "hotels"]
