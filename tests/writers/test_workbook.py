"""Workbooks as other people's libraries see them: valid, whole, inert, and with the cells that the model says."""

import io
import re
import shutil
import subprocess
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree
from openpyxl.utils import get_column_letter, range_boundaries
from openpyxl.worksheet.worksheet import Worksheet

from pipeline.catalogue import connect
from pipeline.datasets.tally import spread_of_ratings
from tests import model
from tests.readers import decoded, read_xlsx_calamine, read_xlsx_openpyxl
from tests.require import require
from tests.writers.books import CATALOGUES, FRONTS, MAIN, NOW, VARIANTS, Book, Variant, compared, write

ROOT = Path(__file__).parents[2]
SCHEMAS = ROOT.parent / "shared" / "ooxml"
CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
RELATIONSHIP = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"

SCHEMA_OF: Mapping[str, str] = {
    r"xl/(workbook|styles|sharedStrings|worksheets/sheet\d+)\.xml": "sml.xsd",
    r"xl/charts/chart\d+\.xml": "dml-chart.xsd",
    r"xl/drawings/drawing\d+\.xml": "dml-spreadsheetDrawing.xsd",
    r"xl/theme/theme\d+\.xml": "dml-main.xsd",
    r"docProps/app\.xml": "shared-documentPropertiesExtended.xsd",
    r"\[Content_Types\]\.xml": "opc-xsd/opc-contentTypes.xsd",
    r"(.+/)?_rels/.*\.rels": "opc-xsd/opc-relationships.xsd",
}
"""By the name of a part. docProps/core.xml is Dublin Core, whose schema is not among them."""


ALL = pytest.mark.parametrize("name", VARIANTS)
GOLDEN = pytest.mark.parametrize("name", [name for name, one in VARIANTS.items() if one.catalogue == "golden"])


# The package


@ALL
def test_the_archive_is_whole_and_has_no_part_twice(book: Book) -> None:
    with zipfile.ZipFile(book.path) as archive:
        assert archive.testzip() is None
        names = [name.casefold() for name in archive.namelist()]  # Excel takes names that differ in case for one
    assert len(set(names)) == len(names)


@ALL
def test_nothing_stands_between_the_parts(book: Book) -> None:
    # What `unzip -t` tells beside wrong checksums: bytes that no entry has.
    data = book.path.read_bytes()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries, directory = archive.infolist(), archive.start_dir
    offset = 0
    for entry in entries:
        assert entry.header_offset == offset
        name, extra = (int.from_bytes(data[offset + place : offset + place + 2], "little") for place in (26, 28))
        offset += 30 + name + extra + entry.compress_size
    assert offset == directory


@ALL
def test_every_part_is_well_formed(book: Book) -> None:
    for part in book.parts.values():
        etree.fromstring(part)


@cache
def schema(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(SCHEMAS / name))


def schema_for(part: str) -> str:
    (found,) = [name for pattern, name in SCHEMA_OF.items() if re.fullmatch(pattern, part)]
    return found


@ALL
def test_every_part_is_valid_by_the_standards_schemas(book: Book) -> None:
    require(SCHEMAS.is_dir(), f"the schemas of the XLSX format in {SCHEMAS}")
    parts = book.parts
    assert parts.pop("docProps/core.xml")
    for name, part in parts.items():
        root = etree.fromstring(part)
        for text in root.iter(f"{MAIN}t"):
            # The standard's own schema does not have what its prose asks for (part 1, 18.4.12).
            text.attrib.pop("{http://www.w3.org/XML/1998/namespace}space", "")
        checked = schema(schema_for(name))
        assert checked.validate(root), f"{name}: {checked.error_log}"


def test_the_schemas_do_find_what_is_wrong(books: dict[str, Book]) -> None:
    require(SCHEMAS.is_dir(), f"the schemas of the XLSX format in {SCHEMAS}")
    sheet = books["hotels"].parts["xl/worksheets/sheet2.xml"]
    for right, wrong in ((b' t="inlineStr"', b' t="text"'), (b"</sheetData>", b"<cell/></sheetData>")):
        assert not schema("sml.xsd").validate(etree.fromstring(sheet.replace(right, wrong, 1)))


@ALL
def test_every_part_is_referred_to_and_has_a_content_type(book: Book) -> None:
    parts = book.parts
    types = etree.fromstring(parts["[Content_Types].xml"])
    overridden = {str(one.get("PartName")).removeprefix("/") for one in types if one.get("PartName")}
    relations = {name for name in parts if name.endswith(".rels")}
    targets = {target for name in relations for target in _targets(name, parts[name])}
    assert targets == overridden == parts.keys() - relations - {"[Content_Types].xml"}


def _targets(name: str, relations: bytes) -> Iterator[str]:
    folder = Path(name).parent.parent
    for one in etree.fromstring(relations).iter(RELATIONSHIP):
        assert one.get("TargetMode") != "External"
        yield (ROOT / folder / str(one.get("Target"))).resolve().relative_to(ROOT).as_posix()


@pytest.mark.parametrize("name", ["hotels", "mappings", "suppliers by country", "hotels over several sheets"])
def test_the_same_data_id_and_time_give_the_same_bytes(book: Book, urls: dict[str, str], tmp_path: Path) -> None:
    again = write(book.variant, urls[book.variant.catalogue], tmp_path / "again.xlsx")
    assert again.path.read_bytes() == book.path.read_bytes()


@ALL
def test_the_document_was_made_when_the_export_was(book: Book) -> None:
    core = book.parts["docProps/core.xml"].decode()
    assert re.findall(r">([^<]*Z)</dcterms:", core) == ["2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"]


# What must not be in it


@ALL
def test_no_cell_is_a_formula_or_a_link(book: Book) -> None:
    for name, part in book.parts.items():
        root = etree.fromstring(part)
        assert not list(root.iter(f"{MAIN}f", f"{MAIN}hyperlink", f"{MAIN}hyperlinks")), name
        assert b"relationships/hyperlink" not in part


@ALL
def test_the_only_names_defined_are_the_filters_and_the_titles_of_printed_pages(book: Book) -> None:
    # A defined name is a formula too; these two hold a range of the sheet itself.
    defined = list(etree.fromstring(book.parts["xl/workbook.xml"]).iter(f"{MAIN}definedName"))
    assert {one.get("name") for one in defined} == {"_xlnm._FilterDatabase", "_xlnm.Print_Titles"}
    for one in defined:
        assert re.fullmatch(r"('?)[\w ()]+\1!\$(A\$1:\$[A-Z]+\$\d+|1:\$1)", str(one.text)), one.text


@ALL
def test_nothing_of_a_macro_or_another_file_is_in_it(book: Book) -> None:
    assert [name for name in book.parts if re.search("vba|externalLink|embed|connections", name)] == []


# The cells


@ALL
def test_openpyxl_reads_the_cells_of_the_model(book: Book) -> None:
    assert compared(read_xlsx_openpyxl(book.path)) == compared(book.variant.expected())


@ALL
def test_calamine_reads_the_cells_of_the_model(book: Book) -> None:
    assert compared(read_xlsx_calamine(book.path)) == compared(book.variant.expected())


@pytest.fixture(scope="module")
def through_libreoffice(books: dict[str, Book], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workbooks of the golden catalogue as LibreOffice saves them after it read them."""
    require(shutil.which("soffice"), "LibreOffice (soffice)")
    folder = tmp_path_factory.mktemp("libreoffice")
    files = [str(book.path) for book in books.values() if book.variant.catalogue == "golden"]
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    out = folder / "out"
    command = ["soffice", "--headless", profile, "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(out)]
    run = subprocess.run([*command, *files], capture_output=True, text=True, timeout=300, check=False)
    assert len(list(out.glob("*.xlsx"))) == len(files), run.stdout + run.stderr
    return out


@GOLDEN
def test_libreoffice_reads_the_cells_of_the_model(book: Book, through_libreoffice: Path) -> None:
    assert compared(read_xlsx_openpyxl(through_libreoffice / book.path.name)) == compared(book.variant.expected())


@ALL
def test_the_sheets_stand_in_order_behind_the_front(book: Book) -> None:
    front = "Dashboard" if book.variant.export_type == "supplier_summary" else "Summary"
    assert list(book.sheets) == [front, *book.variant.expected()]


@ALL
def test_the_manifest_counts_the_rows_of_each_sheet_also_of_an_empty_one(book: Book) -> None:
    counted = list(book.manifest.sheets.items())
    assert counted == [(title, len(rows) - 1) for title, rows in book.variant.expected().items()]


# How the sheets look


@ALL
def test_the_dimension_and_the_filter_reach_over_header_and_rows(book: Book) -> None:
    for title, rows in book.variant.expected().items():
        sheet = book.filled[title]
        reach = f"A1:{get_column_letter(len(rows[0]))}{len(rows)}"
        (dimension,) = sheet.iter(f"{MAIN}dimension")
        (autofilter,) = sheet.iter(f"{MAIN}autoFilter")
        assert (dimension.get("ref"), autofilter.get("ref")) == (reach, reach)


@ALL
def test_every_cell_says_where_it_stands_or_in_a_compact_sheet_none_does(book: Book) -> None:
    for sheet in book.filled.values():
        header, *rows = sheet.iter(f"{MAIN}row")
        named = [(row.get("r"), [cell.get("r") for cell in row]) for row in rows]
        if book.variant.compact:
            assert all(row is None and not any(cells) for row, cells in named)
        else:
            assert [row for row, _ in named] == [str(number) for number in range(2, len(rows) + 2)]
            for row, cells in named:
                assert all(re.fullmatch(rf"[A-Z]+{row}", str(cell)) for cell in cells)
                assert len(set(cells)) == len(cells)
        assert header.get("r") == "1"


def loaded(book: Book) -> dict[str, Worksheet]:
    workbook = openpyxl.load_workbook(book.path)
    return {sheet.title: sheet for sheet in workbook.worksheets if sheet.title not in FRONTS}


@ALL
def test_the_header_is_bold_on_a_fill_and_stays_in_sight(book: Book) -> None:
    for sheet in loaded(book).values():
        assert sheet.freeze_panes == "A2"
        assert sheet.print_title_rows == "$1:$1"
        for cell in sheet[1]:
            assert cell.font.b
            assert cell.fill.fill_type == "solid"
            assert cell.fill.fgColor.rgb not in {"00000000", "FFFFFFFF"}


@ALL
def test_no_other_row_is_bold_or_filled(book: Book) -> None:
    for sheet in loaded(book).values():
        for row in sheet.iter_rows(min_row=2):
            assert not any(cell.font.b or cell.fill.fill_type for cell in row)


@GOLDEN
def test_a_column_is_as_wide_as_its_longest_text_and_its_name(book: Book) -> None:
    # In characters of the default font; a date takes 19, and the button of the filter stands beside the name.
    for title, rows in book.variant.expected().items():
        widths = [float(str(col.get("width"))) for col in book.filled[title].iter(f"{MAIN}col") for _ in _spanned(col)]
        wanted = [
            min(max(len(str(cells[0])) + 3, *(len(_as_shown(cell)) for cell in cells)), 60)
            for cells in zip(*rows, strict=True)
        ]
        assert len(widths) == len(wanted)
        assert all(wide <= width <= wide + 3 for wide, width in zip(wanted, widths, strict=True)), title


def _spanned(col: etree._Element) -> range:
    return range(int(str(col.get("min"))), int(str(col.get("max"))) + 1)


def _as_shown(cell: object) -> str:
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M:%S}"
    return "" if cell is None else str(cell)


@ALL
def test_a_text_that_looks_like_a_number_is_no_error_to_excel(book: Book) -> None:
    for title, rows in book.variant.expected().items():
        ignored = [str(one.get("sqref")) for one in book.filled[title].iter(f"{MAIN}ignoredError")]
        covered = {place for ranges in ignored for one in ranges.split() for place in cells_of(one)}
        texts = {
            (number, position)
            for number, row in enumerate(rows[1:], 2)
            for position, cell in enumerate(row, 1)
            if isinstance(cell, str) and cell and _is_number(cell)
        }
        assert texts <= covered, title
        assert all(one.get("numberStoredAsText") == "1" for one in book.filled[title].iter(f"{MAIN}ignoredError"))


def cells_of(reach: str) -> Iterator[tuple[int, int]]:
    left, top, right, bottom = (number or 0 for number in range_boundaries(reach))
    yield from ((row, column) for row in range(top, bottom + 1) for column in range(left, right + 1))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


@ALL
def test_dates_are_dates_with_a_format_and_numbers_are_numbers(book: Book) -> None:
    sheets = loaded(book)
    for title, rows in book.variant.expected().items():
        for row, cells in zip(sheets[title].iter_rows(min_row=2), rows[1:], strict=True):
            for cell, value in zip(row, cells, strict=True):
                if value in (None, ""):
                    assert cell.value in (None, ""), cell.coordinate
                else:
                    kind = "d" if isinstance(value, datetime) else "n" if isinstance(value, int) else "s"
                    assert cell.data_type == kind, cell.coordinate
                shown_as = "yyyy-mm-dd hh:mm:ss" if isinstance(value, datetime) else "General"
                assert cell.number_format == shown_as, cell.coordinate


def test_there_are_dates_before_and_after_excels_first() -> None:
    cells = [cell for rows in VARIANTS["nasty hotels"].expected().values() for row in rows for cell in row]
    assert {"1899-12-31T12:00:00Z", datetime(1900, 3, 1), datetime(9999, 12, 31, 23, 59, 59, 999000)} <= set(cells)  # noqa: DTZ001 - as Excel has them


def test_a_sheet_that_is_full_goes_on_in_another_with_a_header_of_its_own(books: dict[str, Book]) -> None:
    read = read_xlsx_openpyxl(books["hotels over several sheets"].path)
    hotels = [title for title in read if title.startswith("Hotels")]
    assert hotels == ["Hotels", "Hotels (2)", "Hotels (3)"]
    assert [len(read[title]) for title in hotels] == [4, 4, 3]
    assert all(read[title][0] == read["Hotels"][0] for title in hotels)
    ittids = [row[0] for title in hotels for row in read[title][1:]]
    assert ittids == sorted(hotel["ittid"] for hotel in CATALOGUES["golden"]["hotels"])


def test_a_sheet_that_is_just_full_does_not_go_on(books: dict[str, Book]) -> None:
    assert "Hotels (2)" not in books["hotels that fill a sheet"].sheets


# The Summary


def front(book: Book) -> dict[str, dict[str, Any]]:
    """The first sheet's lines by the section that they stand in; those under the title are in "".

    A blank row ends a section, and the row behind it names the next.
    """
    _title, _blank, *rows = next(iter(read_xlsx_openpyxl(book.path).values()))
    sections: dict[str, dict[str, Any]] = {"": {}}
    subject, after_blank = "", False
    for row in rows:
        name, value = [*row, None, None][:2]
        if after_blank:
            subject = str(name)
            sections[subject] = {}
        elif name is not None:
            sections[subject][str(name)] = value
        after_blank = not any(row)
    return sections


def test_the_summary_says_what_who_when_and_with_which_filters(urls: dict[str, str], tmp_path: Path) -> None:
    variant = Variant(export_type="hotels", filters={"country_codes": ["FR"], "include_contacts": False})
    asked = connect(urls["golden"], now=lambda: NOW).export("hotels", variant.filters)
    manifest = asked.write(tmp_path / "x.xlsx", generated_by="Ada <ada@example.com>")
    first = read_xlsx_openpyxl(tmp_path / "x.xlsx")["Summary"]
    assert first[0][0] == "Hotels export"
    lines = front(Book(variant, tmp_path / "x.xlsx", manifest))[""]
    assert lines["Generated at"] == "2026-01-02T03:04:05Z"
    assert lines["Generated by"] == "Ada <ada@example.com>"
    assert lines["Export id"] == manifest.export_id
    assert lines["Records"] == manifest.records > 0
    assert lines["Filter country_codes"] == "FR"
    assert "Filter include_contacts" in lines


@ALL
def test_the_front_counts_the_rows_of_each_sheet(book: Book) -> None:
    told = front(book)["Rows by sheet"]
    assert list(told.items()) == [(title, len(rows) - 1) for title, rows in book.variant.expected().items()]


def golden_hotels() -> tuple[list[dict[str, Any]], model.Catalogue]:
    catalogue = CATALOGUES["golden"]
    return model.records(catalogue, "hotels", {}), catalogue


def test_the_summary_counts_hotels_with_and_without_mappings(books: dict[str, Book]) -> None:
    hotels, _ = golden_hotels()
    mapped = sum(bool(hotel["provider_mappings"]) for hotel in hotels)
    told = front(books["hotels"])["Hotels"]
    assert told == {"with mappings": mapped, "without mappings": len(hotels) - mapped}


@pytest.mark.parametrize(
    ("subject", "children", "column"),
    [("Hotels by country", "locations", "country_code"), ("Hotels by supplier", "provider_mappings", "provider_name")],
)
def test_the_summary_ranks_countries_and_suppliers(
    books: dict[str, Book], subject: str, children: str, column: str
) -> None:
    hotels, _ = golden_hotels()
    values = [value for hotel in hotels for value in {child[column] for child in hotel[children]} if value is not None]
    told = front(books["hotels"])[subject]
    assert told == {value: values.count(value) for value in values}
    assert list(told.values()) == sorted(told.values(), reverse=True)


def test_the_summary_shows_the_spread_of_ratings(books: dict[str, Book]) -> None:
    told = front(books["hotels"])["Ratings"]
    assert sum(told.values()) == len(CATALOGUES["golden"]["hotels"])
    assert told["2 to 3"] == 1  # 2.5
    assert told["3 to 4"] == 2  # 3 and 3.0
    assert told["not a number"] == 2  # 4.5 stars, and nothing
    assert told["none"] == 1


@given(texts=st.lists(st.none() | st.from_regex(r" ?[0-9]{0,3}\.?[0-9]{0,2}[ \n]?", fullmatch=True), max_size=9))
@example(texts=["5", "5.0", "5.01", " 6", "0" * 300, "0" * 301, "1" + "0" * 308, "\u0663"])
def test_a_rating_is_spread_by_the_number_that_filters_find(texts: list[str | None]) -> None:
    def step(text: str | None) -> str:
        number = model.rating_number(text)
        if number is None:
            return "none" if text is None else "not a number"
        edges = [edge for edge in range(5) if edge <= number < edge + 1]
        return f"{edges[0]} to {edges[0] + 1}" if edges else "5" if number == 5 else "over 5"

    hotels = pl.DataFrame({"rating": texts}, schema={"rating": pl.String})
    assert spread_of_ratings(hotels) == Counter(map(step, texts))


NOTES: Mapping[str, Any] = {
    "Texts over": model.cut_cells,
    "Dates finer": model.dates_truncated,
    "Dates before": model.dates_before_1900_03,
}
"""How a note begins, and how the model counts what it tells of."""


@ALL
def test_the_front_counts_all_that_excel_could_not_hold(book: Book) -> None:
    asked = (CATALOGUES[book.variant.catalogue], book.variant.export_type, book.variant.filters, book.variant.columns)
    counts = {note: count(*asked) for note, count in NOTES.items() if count(*asked)}
    told = front(book)["What Excel could not hold"]
    if counts:
        assert {next(note for note in NOTES if line.startswith(note)): count for line, count in told.items()} == counts
    else:
        assert told == {"Nothing": "every cell is as it is in the catalogue"}


# The Dashboard


@dataclass(frozen=True)
class Drawn:
    """A chart as it stands in its part: what it shows before any cell is read again."""

    title: str
    series: dict[str, dict[str, float]]
    references: tuple[str, ...]


def charts(book: Book) -> list[Drawn]:
    """The charts in the order of their parts."""
    parts = book.parts
    names = [name for name in parts if re.fullmatch(r"xl/charts/chart\d+\.xml", name)]
    return [_drawn(etree.fromstring(parts[name])) for name in sorted(names)]


def _drawn(chart: etree._Element) -> Drawn:
    title = "".join(str(text.text) for text in chart.iter("{http://schemas.openxmlformats.org/drawingml/2006/main}t"))
    series = {}
    for one in chart.iter(f"{CHART}ser"):
        name, labels, values = (_cached(one, part) for part in ("tx", "cat", "val"))
        series[name[0]] = dict(zip(labels, map(float, values), strict=True))
    return Drawn(title, series, tuple(str(reference.text) for reference in chart.iter(f"{CHART}f")))


def _cached(series: etree._Element, part: str) -> list[str]:
    points = series.find(f"{CHART}{part}").iter(f"{CHART}pt")  # type: ignore[union-attr]
    return [str(point.findtext(f"{CHART}v")) for point in points]


@pytest.mark.parametrize("name", ["suppliers", "suppliers by country"])
def test_the_charts_of_the_dashboard_hold_the_numbers_of_the_json(book: Book) -> None:
    wanted = model.charts(CATALOGUES["golden"], book.variant.filters)
    drawn = charts(book)
    assert [chart.title for chart in drawn] == [chart["title"] for chart in wanted]
    for found, chart in zip(drawn, wanted, strict=True):
        numbers = {one["name"]: dict(zip(chart["labels"], one["values"], strict=True)) for one in chart["series"]}
        assert found.series == numbers


@pytest.mark.parametrize("name", ["suppliers", "suppliers by country", "nasty suppliers"])
def test_what_a_chart_shows_is_what_stands_in_the_cells_that_it_names(book: Book) -> None:
    dashboard = read_xlsx_openpyxl(book.path)["Dashboard"]
    for part in (name for name in book.parts if name.startswith("xl/charts/")):
        for reference in etree.fromstring(book.parts[part]).iter(f"{CHART}strRef", f"{CHART}numRef"):
            places = cells_of(str(reference.findtext(f"{CHART}f")).removeprefix("Dashboard!").replace("$", ""))
            shown = [decoded(str(point.findtext(f"{CHART}v"))) for point in reference.iter(f"{CHART}pt")]
            assert shown == [str(dashboard[row - 1][column - 1]) for row, column in places]


@pytest.mark.parametrize("name", ["suppliers", "suppliers by country", "nasty suppliers"])
def test_the_charts_are_drawn_on_the_dashboard_each_in_its_own_place(book: Book) -> None:
    drawing = etree.fromstring(book.parts["xl/drawings/drawing1.xml"])
    assert b"drawing1.xml" in book.parts["xl/worksheets/_rels/sheet1.xml.rels"]
    anchors = [_rows_of(anchor) for anchor in drawing]
    assert len(anchors) == len(charts(book)) == (2 if not book.variant.filters else 3)
    assert all(end <= begin for (_, end), (begin, _) in pairwise(anchors))


def _rows_of(anchor: etree._Element) -> tuple[int, int]:
    first, last = (int(str(row.text)) for row in anchor.iter("{*}row"))
    return first, last


def test_a_dashboard_of_many_suppliers_charts_the_largest(books: dict[str, Book]) -> None:
    totals = {row["provider_name"]: row["total_hotels"] for row in CATALOGUES["nasty"]["supplier_summary"]}
    (shown,) = charts(books["nasty suppliers"])[0].series.values()
    assert list(shown.values()) == sorted(totals.values(), reverse=True)[: len(shown)]
    assert 10 <= len(shown) < len(totals)


def test_a_dashboard_of_nothing_has_no_charts(books: dict[str, Book]) -> None:
    assert list(books["no suppliers"].sheets) == ["Dashboard", "Suppliers", "Countries"]
    assert charts(books["no suppliers"]) == []


def test_only_the_supplier_summary_has_charts(books: dict[str, Book]) -> None:
    with_charts = {book.variant.export_type for book in books.values() if charts(book)}
    assert with_charts == {"supplier_summary"}
