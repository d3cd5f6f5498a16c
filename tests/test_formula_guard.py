"""Cells that a spreadsheet would run are made inert, and can be undone (F3); seen in LibreOffice itself."""

import csv
import shutil
import subprocess
import zipfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pipeline
from pipeline.writers.csv import guarded
from tests import model, readers
from tests.require import require
from tests.stored import store_in_duckdb
from tests.test_exactness import TABLES, hotel

LIKELY = st.text(alphabet="'=+-@\t\r\n\x00＝＋－＠0123456789 .()/;aé", max_size=8)  # noqa: RUF001 - full-width signs


@given(st.lists(LIKELY | st.text(max_size=8), min_size=1, max_size=20))
def test_a_guarded_cell_is_inert_and_gives_itself_back(cells: list[str]) -> None:
    guarded_cells, count = guarded(pl.DataFrame({"cell": cells}, schema={"cell": pl.String}))
    found = guarded_cells.to_list()
    assert found == [model.formula_guarded(cell) for cell in cells]
    assert [model.unguarded(cell) if model.needs_guard(cell) else cell for cell in found] == cells
    assert count == sum(map(model.needs_guard, cells))
    assert not any(cell[:1] in "=@\t\r\n\x00＝＠" for cell in found if cell)  # noqa: RUF001


EXEMPT = ("-7", "+49 30 1234567", "+1 (555) 010-99", "-1.5", "+33/1/40", "-12;3", "+4+5", "-1-2", "+1;2")
DANGEROUS = ("=1+1", '=HYPERLINK("http://x")', "@SUM(1)", "+A1", "-A1", "'=1+1", "=cmd|' /C calc'!A0", "+", "-")


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What LibreOffice shows of a CSV of ours, each cell as a formula if it is one."""
    require(shutil.which("soffice"), "LibreOffice (soffice)")
    folder = tmp_path_factory.mktemp("opened")
    hotels = [hotel(number, name=name) for number, name in enumerate((*EXEMPT, *DANGEROUS))]
    catalogue = {**{table: [] for table in TABLES}, "hotels": hotels}
    url = store_in_duckdb(folder, catalogue)
    pipeline.connect(url).hotels().write(folder / "in.csv", columns=["name", "ittid"])
    profile = f"-env:UserInstallation=file://{folder}/profile"
    convert = ["--headless", "--convert-to", "xlsx", "--outdir", str(folder), str(folder / "in.csv")]
    subprocess.run(["soffice", profile, *convert], check=True, capture_output=True, timeout=120)
    return sheets_of(folder / "in.xlsx")


def sheets_of(workbook: Path) -> list[str]:
    """The XML of each sheet."""
    with zipfile.ZipFile(workbook) as parts:
        return [parts.read(name).decode() for name in parts.namelist() if name.startswith("xl/worksheets/sheet")]


def test_libreoffice_finds_no_formula_in_a_csv_of_ours(opened: list[str]) -> None:
    assert opened
    assert not any("<f" in sheet.replace("<formatCode", "") for sheet in opened)


def test_without_the_guard_libreoffice_would_run_them(tmp_path: Path) -> None:
    """The test above can fail: LibreOffice does make formulas of a CSV's cells."""
    require(shutil.which("soffice"), "LibreOffice (soffice)")
    with (tmp_path / "in.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["name"], ["=1+1"]])
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    convert = ["--headless", "--convert-to", "xlsx", "--outdir", str(tmp_path), str(tmp_path / "in.csv")]
    subprocess.run(["soffice", profile, *convert], check=True, capture_output=True, timeout=120)
    assert any("<f" in sheet for sheet in sheets_of(tmp_path / "in.xlsx"))


def test_raw_leaves_cells_as_they_are_and_the_manifest_says_so(tmp_path: Path) -> None:
    catalogue = {**{table: [] for table in TABLES}, "hotels": [hotel(n, name=x) for n, x in enumerate(DANGEROUS)]}
    export = pipeline.connect(store_in_duckdb(tmp_path, catalogue)).hotels()
    raw = export.write(tmp_path / "raw.csv", csv_formulas="raw")
    header, rows = readers.read_csv(tmp_path / "raw.csv")
    assert [row[header.index("name")] for row in rows] == list(DANGEROUS)
    assert raw.options["csv_formulas"] == "raw"
    assert "cells_escaped" not in raw.cells
    escaped = export.write(tmp_path / "escaped.csv")
    assert escaped.options["csv_formulas"] == "escape"
    assert escaped.cells["cells_escaped"] == len(DANGEROUS)
