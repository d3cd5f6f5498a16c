"""Values that other exporters lose: long texts, ids, dates at the edges, joined lists (A7, A8, A10 to A12, A14)."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import pipeline
from tests import model, readers
from tests.stored import store_in_duckdb, store_in_sqlite

GOLDEN = Path(__file__).parent / "golden"
TABLES = ("hotels", "locations", "contacts", "provider_mappings", "supplier_summary")
DAY = datetime(2025, 6, 30, 5, 59, 1)  # noqa: DTZ001 - naive UTC, as the catalogue holds it


def hotel(number: int, **columns: Any) -> model.Row:  # noqa: ANN401 - any cell
    """A hotel of which only some columns matter."""
    text = ("latitude", "longitude", "address_line1", "address_line2", "postal_code", "rating", "property_type")
    rest = dict.fromkeys((*text, "primary_photo", "map_status", "content_update_status"))
    return {
        "id": number,
        "ittid": f"h{number:06}",
        "name": "Inn",
        **rest,
        "created_at": DAY,
        "updated_at": DAY,
        **columns,
    }


def exported(folder: Path, tables: dict[str, list[model.Row]], name: str, **options: Any) -> pipeline.Manifest:  # noqa: ANN401
    """Export the hotels of a catalogue to a file of this name."""
    url = store_in_duckdb(folder, {**{table: [] for table in TABLES}, **tables})
    return pipeline.connect(url).hotels().write(folder / name, **options)


def column_of(rows: Sequence[Sequence[readers.XlsxCell]], name: str) -> list[readers.XlsxCell]:
    position = list(rows[0]).index(name)
    return [row[position] if position < len(row) else None for row in rows[1:]]


LONG = ("a" * 32_767, "a" * 32_768, "🏨" * 16_383 + "a", "🏨" * 16_384, "a" + "🏨" * 16_384, "é" * 40_000)


@pytest.mark.parametrize("compact", [False, True])
def test_a_text_over_32767_units_is_cut_with_a_mark_and_counted(tmp_path: Path, compact: bool) -> None:  # noqa: FBT001
    hotels = [hotel(number, name=text) for number, text in enumerate(LONG)]
    manifest = exported(tmp_path, {"hotels": hotels}, "x.xlsx", compact=compact)
    for read in (readers.read_xlsx_openpyxl, readers.read_xlsx_calamine):
        names = column_of(read(tmp_path / "x.xlsx")["Hotels"], "name")
        assert names == [model.cut(text) for text in LONG]
    assert manifest.cells["cells_cut"] == sum(model.cut(text) != text for text in LONG) == 4


def test_a_long_text_is_whole_in_every_other_format(tmp_path: Path) -> None:
    hotels = [hotel(number, name=text) for number, text in enumerate(LONG)]
    for name in ("x.csv", "x.ndjson", "x.parquet"):
        manifest = exported(tmp_path, {"hotels": hotels}, name)
        assert manifest.cells == {}
    header, rows = readers.read_csv(tmp_path / "x.csv")
    assert [row[header.index("name")] for row in rows] == list(LONG)
    assert [record["name"] for record in readers.read_ndjson(tmp_path / "x.ndjson")] == list(LONG)
    assert [record["name"] for record in readers.read_parquet(tmp_path / "x.parquet").records] == list(LONG)


IDS = ("00123", "1E5", "219E01BE", "12345678901234567890", "9007199254740993", "-7", "1.0", "2.19E+26", "TRUE", " 9 ")


def test_ids_keep_their_text_in_two_readers(tmp_path: Path) -> None:
    hotels = [hotel(number, postal_code=one) for number, one in enumerate(IDS)]
    exported(tmp_path, {"hotels": hotels}, "x.xlsx")
    for read in (readers.read_xlsx_openpyxl, readers.read_xlsx_calamine):
        assert column_of(read(tmp_path / "x.xlsx")["Hotels"], "postal_code") == list(IDS)


MOMENTS = tuple(
    datetime.fromisoformat(text)
    for text in (
        "0001-01-01T00:00:00",
        "1899-12-31T23:59:59.999999",
        "1900-02-28T23:59:59",
        "1900-03-01T00:00:00",
        "1969-12-31T23:59:59.999",
        "2024-02-29T23:59:59.123456",
        "2025-06-30T05:59:01",
        "9999-12-31T23:59:59.999999",
    )
)


def test_dates_have_the_documented_form_everywhere(tmp_path: Path) -> None:
    hotels = [hotel(number, updated_at=moment) for number, moment in enumerate(MOMENTS)]
    manifest = exported(tmp_path, {"hotels": hotels}, "x.xlsx")
    for read in (readers.read_xlsx_openpyxl, readers.read_xlsx_calamine):
        dates = column_of(read(tmp_path / "x.xlsx")["Hotels"], "updated_at")
        assert dates == [model.xlsx_cell(moment) for moment in MOMENTS]
    assert manifest.cells == {"dates_as_text": 3, "dates_cut_to_milliseconds": 2}
    exported(tmp_path, {"hotels": hotels}, "x.ndjson")
    texts = [record["updated_at"] for record in readers.read_ndjson(tmp_path / "x.ndjson")]
    assert texts == [model.iso(moment) for moment in MOMENTS]


def test_seventy_thousand_urls_stay(tmp_path: Path) -> None:
    urls = [f"https://img.example.com/{number}.jpg" for number in range(70_000)]
    hotels = [hotel(number, primary_photo=url) for number, url in enumerate(urls)]
    # Into SQLite, which takes so many rows one by one in a second.
    url = store_in_sqlite(tmp_path, {**{table: [] for table in TABLES}, "hotels": hotels})
    pipeline.connect(url).hotels().write(tmp_path / "x.xlsx")
    assert column_of(readers.read_xlsx_calamine(tmp_path / "x.xlsx")["Hotels"], "primary_photo") == urls


def test_joined_columns_are_whole(tmp_path: Path) -> None:
    ids = [f"id; {number:05}" for number in range(1_000)]
    mappings = [
        {
            "id": number,
            "ittid": "h000001",
            "provider_name": "agoda",
            "provider_id": one,
            "system_type": "a",
            "vervotech_id": None,
            "giata_code": "7",
            "created_at": DAY,
            "updated_at": DAY,
        }
        for number, one in enumerate(ids)
    ]
    exported(tmp_path, {"hotels": [hotel(1)], "provider_mappings": mappings}, "x.csv")
    header, (row,) = readers.read_csv(tmp_path / "x.csv")
    cells = dict(zip(header, row, strict=True))
    assert cells["provider_ids"] == "; ".join(ids)
    assert cells["giata_codes"] == "7"
    assert cells["vervotech_ids"] is None


@pytest.mark.parametrize("separator", [",", ";", "|", "\t"])
def test_every_separator_is_quoted_where_it_stands_in_a_cell(tmp_path: Path, separator: str) -> None:
    names = ["a,b", "a;b", "a|b", "a\tb", 'a"b', "a\rb", "a\nb", "", "\ttab first"]
    catalogue = {**{t: [] for t in TABLES}, "hotels": [hotel(n, name=name) for n, name in enumerate(names)]}
    pipeline.connect(store_in_duckdb(tmp_path, catalogue)).hotels().write(tmp_path / "x.csv", csv_separator=separator)
    assert (tmp_path / "x.csv").read_bytes() == model.csv_bytes(catalogue, "hotels", {}, separator=separator)


@pytest.mark.parametrize("columns", [["latitude"], ["updated_at", "ittid"], ["provider_ids", "city_name", "name"]])
@pytest.mark.parametrize("formulas", ["escape", "raw"])
def test_chosen_columns_come_in_their_order(tmp_path: Path, columns: list[str], formulas: str) -> None:
    catalogue = model.load_catalogue(GOLDEN / "catalogue.json")
    export = pipeline.connect(store_in_duckdb(tmp_path, catalogue)).hotels()
    manifest = export.write(tmp_path / "x.csv", columns=columns, csv_formulas=formulas)
    expected = model.csv_bytes(catalogue, "hotels", {}, columns, formulas=formulas)
    assert (tmp_path / "x.csv").read_bytes() == expected
    assert manifest.columns == columns
    export.write(tmp_path / "x.xlsx", columns=columns)
    sheets = readers.read_xlsx_calamine(tmp_path / "x.xlsx")
    expected_sheets = model.sheets(catalogue, "hotels", {}, columns)
    assert model.comparable(sheets["Hotels"]) == model.comparable(expected_sheets["Hotels"])
