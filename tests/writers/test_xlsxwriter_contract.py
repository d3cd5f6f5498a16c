"""What ``pipeline/writers/workbook.py`` counts on in XlsxWriter beyond what XlsxWriter promises.

One private method gives a format its number, and the XML of a sheet is cut where its rows begin. When a test here
fails, a new XlsxWriter does otherwise: the message says what to do.
"""

import re
import tomllib
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
import xlsxwriter
from lxml import etree
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from pipeline.schema import Column
from pipeline.writers.workbook import SheetHeader, _claim_date_style, split_sheet

ROOT = Path(__file__).parents[2]
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"

TO_DO = (
    f"XlsxWriter {xlsxwriter.__version__} does otherwise than pipeline/writers/workbook.py counts on: pin the version"
    " in pyproject.toml that did, or adapt pipeline/writers/workbook.py and this test to the new one."
)

Fill = Callable[[xlsxwriter.Workbook], None]
WIDTHS = pytest.mark.parametrize("columns", [1, 2, 28])


def parts_of(fill: Fill) -> dict[str, bytes]:
    """The parts of a workbook made in memory, as workbook.py makes it."""
    content = BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        fill(book)
    with zipfile.ZipFile(content) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write_header(sheet: Worksheet, columns: int, rows: int, style: Format | None = None) -> None:
    """A header of these many columns, and a filter over rows that XlsxWriter knows nothing of."""
    for position in range(columns):
        sheet.write_string(0, position, f"column {position}", style)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, rows, columns - 1)


def sheet_with_header(columns: int, rows: int = 9) -> bytes:
    return parts_of(lambda book: write_header(book.add_worksheet("Hotels"), columns, rows))["xl/worksheets/sheet1.xml"]


def header_of(columns: int, rows: int = 9) -> SheetHeader:
    named = tuple(Column(name=f"column {position}") for position in range(columns))
    return SheetHeader(name="Hotels", rows=rows, columns=named, widths=[1] * columns)


def test_the_installed_xlsxwriter_is_the_pinned_one() -> None:
    needs = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    (pinned,) = [need for need in needs if need.startswith("xlsxwriter")]
    assert pinned == f"xlsxwriter=={xlsxwriter.__version__}", (
        f"the tests run with XlsxWriter {xlsxwriter.__version__}, and pyproject.toml says {pinned}: install the pinned"
        " version, or pin this one when the rest of this module holds."
    )


def test_the_first_format_that_is_asked_for_its_number_gets_1_and_keeps_it() -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        other = book.add_format({"bold": True})
        date = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        assert hasattr(date, "_get_xf_index"), TO_DO
        assert date._get_xf_index() == 1, TO_DO
        assert other._get_xf_index() == 2, TO_DO
        assert date._get_xf_index() == 1, TO_DO
        book.add_worksheet().write_string(0, 0, "x", other)

    styles = etree.fromstring(parts_of(fill)["xl/styles.xml"])
    formats = {one.get("numFmtId"): one.get("formatCode") for one in styles.iter(f"{MAIN}numFmt")}
    cells = styles.find(f"{MAIN}cellXfs")
    assert cells is not None, TO_DO
    assert [formats.get(cell.get("numFmtId")) for cell in cells] == [None, "yyyy-mm-dd hh:mm:ss", None], TO_DO


@WIDTHS
def test_the_rows_of_a_sheet_end_at_one_place(columns: int) -> None:
    xml = sheet_with_header(columns)
    assert xml.count(b"</sheetData>") == 1, TO_DO
    before, _, after = xml.partition(b"</sheetData>")
    assert re.search(rb'<sheetData><row r="1"[^>]*>(<c r="[A-Z]+1"[^>]*><v>\d+</v></c>)+</row>$', before), TO_DO
    assert after.startswith(b"<autoFilter "), TO_DO


@WIDTHS
@pytest.mark.parametrize("rows", [0, 1, 9])
def test_the_dimension_is_that_of_the_header_alone_and_is_put_right(columns: int, rows: int) -> None:
    xml, last = sheet_with_header(columns, rows), xlsxwriter.utility.xl_col_to_name(columns - 1)
    only = "A1" if columns == 1 else f"A1:{last}1"
    assert re.findall(rb'<dimension ref="(.*?)"/>', xml) == [only.encode()], TO_DO
    before, after = split_sheet(xml, header_of(columns, rows))
    reach = f"A1:{last}{rows + 1}" if rows else only
    assert re.findall(rb'<dimension ref="(.*?)"/>', before) == [reach.encode()], TO_DO
    assert after.startswith(b"</sheetData>"), TO_DO


@WIDTHS
def test_rows_that_are_put_in_stand_behind_the_header(columns: int) -> None:
    before, after = split_sheet(sheet_with_header(columns), header_of(columns))
    sheet = etree.fromstring(before + b'<row r="2"><c r="A2"><v>7</v></c></row>' + after)
    rows = sheet.find(f"{MAIN}sheetData")
    assert rows is not None, TO_DO
    assert [row.get("r") for row in rows] == ["1", "2"], TO_DO


def test_sheets_are_numbered_as_they_were_added() -> None:
    titles = ["Summary", "Hotels", "Hotels (2)", "Mappings"]

    def fill(book: xlsxwriter.Workbook) -> None:
        for columns, title in enumerate(titles, 1):
            write_header(book.add_worksheet(title), columns, 1)

    parts = parts_of(fill)
    for number in range(1, len(titles) + 1):
        header = etree.fromstring(parts[f"xl/worksheets/sheet{number}.xml"]).iter(f"{MAIN}c")
        assert len(list(header)) == number, TO_DO


def test_the_moment_that_a_workbook_was_made_is_the_one_given() -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        book.set_properties({"created": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)})
        book.add_worksheet()

    core = parts_of(fill)["docProps/core.xml"]
    assert re.findall(rb">([^<]*)</dcterms:\w+>", core) == [b"2026-01-02T03:04:05Z"] * 2, TO_DO


def test_a_sheet_of_another_shape_is_refused_with_what_to_do() -> None:
    for wrong in (b"<worksheet/>", sheet_with_header(2).replace(b"<dimension", b"<extent")):
        with pytest.raises(AssertionError, match="pin the version that did"):
            split_sheet(wrong, header_of(2))


def test_a_format_of_another_number_is_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Format, "_get_xf_index", lambda _format: 7)
    with (
        pytest.raises(AssertionError, match="pin the version that did"),
        xlsxwriter.Workbook(BytesIO(), {"in_memory": True}) as book,
    ):
        _claim_date_style(book)
