"""Workbooks as SheetJS and ExcelJS see them: with the cells that the model says, as for every other reader."""

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import pytest
import xlsxwriter

from tests import model
from tests.readers import MalformedFileError, Sheets
from tests.stored import store_in_duckdb
from tests.strategies import LONG_TEXTS, MOMENTS, TEXTS, WITH_NUL
from tests.writers.books import CATALOGUES, VARIANTS, Book, Variant, compared, write
from tests.writers.npm_readers import FOLDER, LIBRARIES, Library, read_xlsx_npm

REFERENCED = tuple(name for name, variant in VARIANTS.items() if not variant.compact)
"""The workbooks that ExcelJS can read: it refuses a row that does not say where it stands."""


def read_all(library: Library, books: dict[str, Book], names: Iterable[str]) -> dict[str, Sheets]:
    return dict(zip(names, read_xlsx_npm(library, [books[name].path for name in names]), strict=True))


@pytest.fixture(scope="module")
def by_sheetjs(books: dict[str, Book]) -> dict[str, Sheets]:
    return read_all("sheetjs", books, tuple(VARIANTS))


@pytest.fixture(scope="module")
def by_exceljs(books: dict[str, Book]) -> dict[str, Sheets]:
    return read_all("exceljs", books, REFERENCED)


@pytest.mark.parametrize("name", VARIANTS)
def test_sheetjs_reads_the_cells_of_the_model(by_sheetjs: dict[str, Sheets], name: str) -> None:
    assert compared(by_sheetjs[name]) == compared(VARIANTS[name].expected())


@pytest.mark.parametrize("name", REFERENCED)
def test_exceljs_reads_the_cells_of_the_model(by_exceljs: dict[str, Sheets], name: str) -> None:
    assert compared(by_exceljs[name]) == compared(VARIANTS[name].expected())


def test_the_hardest_cells_are_among_them() -> None:
    cells = {cell for row in VARIANTS["nasty hotels"].expected()["Hotels"] for cell in row}
    assert {model.cut(text) for text in (*TEXTS, *WITH_NUL, *LONG_TEXTS)} <= cells
    assert {model.xlsx_cell(moment) for moment in MOMENTS} <= cells
    assert {"0001-01-01T00:00:00Z", datetime(9999, 12, 31, 23, 59, 59, 999000)} <= cells  # noqa: DTZ001 - as Excel has them


def test_exceljs_does_not_read_a_compact_workbook_and_the_readme_says_so(books: dict[str, Book]) -> None:
    # exceljs/exceljs#2961; when it does, the README's word on --compact is out of date.
    with pytest.raises(MalformedFileError, match="Invalid row number in model"):
        read_xlsx_npm("exceljs", [books["hotels compact"].path])


@pytest.mark.parametrize("text", ['<font color="red">', "r='B1'", 'r="A9" _x0041_', "rr=\"'", 'color="'])
def test_sheetjs_leaves_a_text_like_a_reference_in_its_place_in_a_compact_workbook(text: str, tmp_path: Path) -> None:
    # SheetJS takes the first r="…" behind a <c> for its reference, even in its text.
    some = CATALOGUES["golden"]
    catalogue = {**some, "hotels": [{**some["hotels"][0], "name": text}]}
    compact = Variant(export_type="hotels", compact=True)
    book = write(compact, store_in_duckdb(tmp_path, catalogue), tmp_path / "x.xlsx")
    (sheets,) = read_xlsx_npm("sheetjs", [book.path])
    assert sheets["Hotels"][1][1] == text


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_formula_is_refused(library: Library, tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "x.xlsx") as workbook:
        workbook.add_worksheet().write_formula("A1", "=1+1", value=2)
    with pytest.raises(MalformedFileError, match=r"no cell that Bellhop writes: .*1\+1"):
        read_xlsx_npm(library, [tmp_path / "x.xlsx"])


def test_the_lock_says_what_each_package_is_by_its_hash_and_not_from_where() -> None:
    lock = json.loads((FOLDER / "package-lock.json").read_text("utf-8"))
    packages = [package for place, package in lock["packages"].items() if place]
    assert packages
    assert all(package["integrity"].startswith("sha512-") and "resolved" not in package for package in packages)
