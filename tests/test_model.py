"""The model gives the golden files byte for byte, and what spec.md says of cases that they do not have."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import model
from tests.model.sheets import utf16_units
from tests.strategies import ALPHABET, TEXTS, WITH_NUL, catalogues, filters

GOLDEN = Path(__file__).parent / "golden"
CATALOGUE = model.load_catalogue(GOLDEN / "catalogue.json")

GOLDEN_EXPORTS: dict[str, tuple[str, dict[str, Any]]] = {
    "hotels": ("hotels", {}),
    "hotels.agoda-ean": ("hotels", {"suppliers": ["agoda", "EAN"]}),
    "mappings": ("mappings", {}),
    "mappings.agoda-ean": ("mappings", {"suppliers": ["agoda", "EAN"]}),
    "supplier_summary": ("supplier_summary", {}),
    "supplier_summary.countries": ("supplier_summary", {"include_country_breakdown": True}),
}


@pytest.mark.parametrize("name", GOLDEN_EXPORTS)
def test_golden_csv(name: str) -> None:
    """Every golden CSV, byte for byte."""
    export_type, asked = GOLDEN_EXPORTS[name]
    assert model.csv_bytes(CATALOGUE, export_type, asked) == (GOLDEN / f"{name}.csv").read_bytes()


@pytest.mark.parametrize("name", GOLDEN_EXPORTS)
def test_golden_json(name: str) -> None:
    """Every golden JSON, byte for byte."""
    export_type, asked = GOLDEN_EXPORTS[name]
    records = model.records(CATALOGUE, export_type, asked)
    charts = model.charts(CATALOGUE, asked) if export_type == "supplier_summary" else None
    document = model.json_text(records, _metadata(export_type, asked, len(records)), charts)
    assert document.encode() == (GOLDEN / f"{name}.json").read_bytes()


def _metadata(export_type: str, asked: dict[str, Any], total: int) -> dict[str, Any]:
    return {
        "export_id": None,
        "export_type": export_type,
        "generated_at": "2026-01-02T03:04:05Z",
        "generated_by": None,
        "user_id": None,
        "filters_applied": asked,
        "total_records": total,
        "format": "json",
        "version": "1.0",
    }


def test_golden_files_are_all_tested() -> None:
    """No golden file is left out."""
    tested = {f"{name}.{ending}" for name in GOLDEN_EXPORTS for ending in ("csv", "json")}
    assert {path.name for path in GOLDEN.iterdir()} == {*tested, "README.md", "catalogue.json"}


def test_golden_counts() -> None:
    """What the manifests of the golden exports state, counted by hand."""
    assert model.rows_by_table(CATALOGUE, "hotels", {}) == {
        "hotels": 8,
        "locations": 5,
        "contacts": 8,
        "provider_mappings": 10,
    }
    assert model.orphans(CATALOGUE, "hotels", {}) == {"locations": 1, "contacts": 1, "provider_mappings": 1}
    assert model.escaped_cells(CATALOGUE, "hotels", {}) == 3
    assert model.dates_truncated(CATALOGUE, "hotels", {}) == 4  # two of the hotel, two of its mapping
    assert model.ratings_not_numeric(CATALOGUE, "hotels", {}) == 2  # "4.5 stars" and ""
    agoda = {"suppliers": ["agoda", "EAN"]}
    assert model.rows_by_table(CATALOGUE, "mappings", agoda) == {"provider_mappings": 7, "hotels": 5, "locations": 4}
    assert model.rows_by_table(CATALOGUE, "hotels", agoda)["provider_mappings"] == 7
    assert model.orphans(CATALOGUE, "hotels", agoda) is None


# A catalogue by hand: columns that a test does not name are NULL.


def _hotel(ittid: str, **values: Any) -> dict[str, Any]:  # noqa: ANN401 - columns
    empty = dict.fromkeys(("latitude", "longitude", "address_line1", "address_line2", "postal_code", "rating"))
    more = dict.fromkeys(("property_type", "primary_photo", "created_at", "updated_at"))
    return {"id": 1, "ittid": ittid, "name": "", **empty, **more, **values}


def _location(number: int, ittid: str, country_code: str | None) -> dict[str, Any]:
    columns = ("city_name", "state_name", "state_code", "country_name", "country_code")
    more = ("master_city_name", "city_code", "city_location_id")
    return {"id": number, "ittid": ittid, **dict.fromkeys((*columns, *more)), "country_code": country_code}


def _mapping(number: int, ittid: str, provider_name: str, **values: Any) -> dict[str, Any]:  # noqa: ANN401 - columns
    empty = dict.fromkeys(("vervotech_id", "giata_code", "created_at", "updated_at"))
    fixed = {"provider_name": provider_name, "provider_id": str(number), "system_type": "a"}
    return {"id": number, "ittid": ittid, **fixed, **empty, **values}


def _contact(number: int, ittid: str, contact_type: str, value: str) -> dict[str, Any]:
    return {"id": number, "ittid": ittid, "contact_type": contact_type, "value": value}


def _supplier(provider_name: str) -> dict[str, Any]:
    moments = {"last_updated": None, "summary_generated_at": datetime.fromisoformat("2024-01-01")}
    return {"id": 1, "provider_name": provider_name, "total_hotels": 7, "total_mappings": 8, **moments}


def _catalogue(**tables: list[dict[str, Any]]) -> model.Catalogue:
    names = ("hotels", "locations", "contacts", "provider_mappings", "supplier_summary")
    return {name: tables.get(name, []) for name in names}


def _ittids(catalogue: model.Catalogue, **asked: Any) -> list[str]:  # noqa: ANN401 - filters
    return [record["ittid"] for record in model.records(catalogue, "hotels", asked)]


# Filters


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("4.5", 4.5),
        ("4", 4.0),
        ("4.", 4.0),
        (".5", 0.5),
        ("  4.5 ", 4.5),
        ("0004.50", 4.5),
        ("12345", 12345.0),
        ("0" * 299 + "4", 4.0),
        ("0" * 300 + "4", None),
        (None, None),
        ("", None),
        (" ", None),
        (".", None),
        ("4.5 stars", None),
        ("4.5.1", None),
        ("4 5", None),
        ("4,5", None),
        ("+4", None),
        ("-1", None),
        ("4\n", None),
        ("\t4", None),
        ("4\u00a0", None),
        ("1e0", None),
        ("1_0", None),
        ("NaN", None),
        ("inf", None),
        ("٤", None),
        ("\uff14", None),
    ],
)
def test_rating_number(typed: str | None, number: float | None) -> None:
    """Digits with at most one point and at least one digit, spaces around ignored, at most 300 characters."""
    assert model.rating_number(typed) == number


def test_rating_filter_compares_numbers() -> None:
    """Both ends are included; what is no number is outside every rating filter, and in without one."""
    ratings = ["10", "9", " 3.0 ", "3", "2.9", "x", "", None]
    catalogue = _catalogue(hotels=[_hotel(str(at), rating=rating) for at, rating in enumerate(ratings)])
    assert _ittids(catalogue, min_rating=3) == ["0", "1", "2", "3"]
    assert _ittids(catalogue, max_rating=3.0) == ["2", "3", "4"]
    assert _ittids(catalogue, min_rating=3, max_rating=3) == ["2", "3"]
    assert _ittids(catalogue, min_rating=0, max_rating="All") == ["0", "1", "2", "3", "4"]
    assert len(_ittids(catalogue)) == len(ratings)


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("2024-02-29", "2024-02-29T00:00:00", "2024-02-29T23:59:59.999999"),
        (date(2024, 2, 29), "2024-02-29T00:00:00", "2024-02-29T23:59:59.999999"),
        ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00", "2024-02-29T00:00:00"),
        ("2024-03-01T01:30:00+02:00", "2024-02-29T23:30:00", "2024-02-29T23:30:00"),
        ("2024-02-28T23:00:00.000001-08:00", "2024-02-29T07:00:00.000001", "2024-02-29T07:00:00.000001"),
        (datetime(2024, 2, 29, 12, tzinfo=UTC), "2024-02-29T12:00:00", "2024-02-29T12:00:00"),
        (datetime(2024, 2, 29, 12, tzinfo=timezone(timedelta(hours=1))), "2024-02-29T11:00:00", "2024-02-29T11:00:00"),
    ],
)
def test_dates_asked_for(asked: str | date | datetime, first: str, last: str) -> None:
    """A day is the whole UTC day at either end, an instant is itself, in UTC."""
    assert model.earliest(asked) == datetime.fromisoformat(first)
    assert model.latest(asked) == datetime.fromisoformat(last)


def test_date_filter() -> None:
    """Both ends are included; NULL is outside every date filter."""
    moments = ["2024-02-28T23:59:59.999999", "2024-02-29", "2024-02-29T23:59:59.999999", "2024-03-01"]
    stamps = [None, *(datetime.fromisoformat(moment) for moment in moments)]
    hotels = [_hotel(str(at), updated_at=stamp) for at, stamp in enumerate(stamps)]
    mappings = [_mapping(at + 1, str(at), "agoda", updated_at=stamp) for at, stamp in enumerate(stamps)]
    catalogue = _catalogue(hotels=hotels, provider_mappings=mappings)
    for asked, wanted in (
        ({}, "01234"),
        ({"date_from": "2024-02-29"}, "234"),
        ({"date_to": "2024-02-29"}, "123"),
        ({"date_from": "2024-02-29", "date_to": "2024-02-29"}, "23"),
        ({"date_from": "2024-02-29T00:00:00.000001Z", "date_to": "2024-03-01T01:00:00+01:00"}, "34"),
    ):
        for export_type in ("hotels", "mappings"):
            found = [record["ittid"] for record in model.records(catalogue, export_type, asked)]
            assert found == list(wanted), (export_type, asked)


def test_suppliers_restrict_hotels_and_all_that_is_shown_of_them() -> None:
    """By Unicode casefold, exactly otherwise; hotels without such a mapping are out."""
    mappings = [
        _mapping(3, "a", "STRASSE"),
        _mapping(2, "a", "agoda"),
        _mapping(1, "a", "straße"),
        _mapping(4, "b", "x"),
    ]
    catalogue = _catalogue(hotels=[_hotel("a"), _hotel("b"), _hotel("c")], provider_mappings=mappings)
    asked = {"suppliers": ["Strasse", "nobody", "agoda "]}
    assert _ittids(catalogue, **asked) == ["a"]
    assert model.flat_rows(catalogue, "hotels", asked)[0]["provider_names"] == "straße; STRASSE"
    shown = model.records(catalogue, "hotels", asked)[0]["provider_mappings"]
    assert [mapping["provider_id"] for mapping in shown] == ["1", "3"]
    assert model.rows_by_table(catalogue, "hotels", asked)["provider_mappings"] == 2
    assert model.resolved_suppliers(catalogue, "hotels", asked) == ["STRASSE", "straße"]
    assert model.unknown_suppliers(catalogue, "hotels", asked) == ["agoda ", "nobody"]


@pytest.mark.parametrize("everything", ["All", "all", "aLL", ["ALL"], None])
def test_all_restricts_nothing(everything: Any) -> None:  # noqa: ANN401 - a filter of any shape
    """The word All in any case, or nothing, lets in hotels without mappings too, and does not narrow."""
    catalogue = _catalogue(hotels=[_hotel("a"), _hotel("b")], provider_mappings=[_mapping(1, "a", "agoda")])
    assert _ittids(catalogue, suppliers=everything) == ["a", "b"]
    assert model.orphans(catalogue, "hotels", {"suppliers": everything}) is not None
    assert model.resolved_suppliers(catalogue, "hotels", {"suppliers": everything}) is None


def test_lists_are_or_and_fields_are_and() -> None:
    """Every value matches code point for code point, without folding, trimming or normal forms."""
    types = ["Hotel", "hotel", "Hotel ", "", None]
    hotels = [_hotel(ittid, property_type=kind) for ittid, kind in zip("abcde", types, strict=True)]
    catalogue = _catalogue(hotels=hotels, locations=[_location(1, "a", "US"), _location(2, "b", "FR")])
    assert _ittids(catalogue, property_types=["Hotel", "hotel"]) == ["a", "b"]
    assert _ittids(catalogue, property_types=["Hotel", "hotel"], country_codes=["FR", "ZZ"]) == ["b"]
    assert _ittids(catalogue, property_types=["Hotel"], country_codes=["FR"]) == []
    assert _ittids(catalogue, ittids=["b", "A", "a ", "c"]) == ["b", "c"]
    assert model.ittids_not_found(catalogue, {"ittids": ["b", "a ", "A", "A"], "country_codes": ["ZZ"]}) == ["A", "a "]


def test_country_filter_holds_for_any_location_and_shows_all() -> None:
    """The flat row shows the location with the lowest id, whatever it was that matched."""
    places = [_location(10, "a", "US"), _location(9, "a", "FR"), _location(2, "b", None), _location(1, "x", "US")]
    catalogue = _catalogue(hotels=[_hotel("a"), _hotel("b")], locations=places)
    asked = {"country_codes": ["US"]}
    shown = model.records(catalogue, "hotels", asked)
    assert [[place["country_code"] for place in record["locations"]] for record in shown] == [["FR", "US"]]
    assert model.flat_rows(catalogue, "hotels", asked, ["country_code"]) == [{"country_code": "FR"}]


def test_orphans_are_left_out() -> None:
    """An orphan is no record, no supplier's hotel, and not taken for a hotel that differs by case or spaces."""
    mappings = [_mapping(1, "A", "agoda"), _mapping(2, "a ", "agoda"), _mapping(3, "a", "agoda")]
    places = [_location(1, "A", "US"), _location(2, "a", "FR")]
    catalogue = _catalogue(
        hotels=[_hotel("a")], provider_mappings=mappings, locations=places, supplier_summary=[_supplier("agoda")]
    )
    assert [record["provider_id"] for record in model.records(catalogue, "mappings", {})] == ["3"]
    assert model.orphans(catalogue, "mappings", {}) == {"provider_mappings": 2, "locations": 1}
    assert model.orphans(catalogue, "hotels", {"include_mappings": False}) == {"locations": 1, "contacts": 0}
    summary = model.records(catalogue, "supplier_summary", {"include_country_breakdown": True})
    assert summary[0]["countries"] == [{"country_code": "FR", "hotels": 1}]


def test_only_what_narrows_hides_the_orphans() -> None:
    """Including less, or the breakdown, narrows nothing; every other filter and a page does."""
    wide: tuple[dict[str, Any], ...] = (
        {"include_contacts": False},
        {"include_country_breakdown": True},
        {"min_rating": "all"},
    )
    narrow: tuple[dict[str, Any], ...] = ({"max_rating": 5}, {"ittids": ["9"]}, {"date_to": "2025-01-01"}, {"limit": 1})
    for asked in wide:
        assert model.orphans(CATALOGUE, "hotels", asked) is not None
    for asked in (*narrow, {"after": ("9",)}):
        assert model.orphans(CATALOGUE, "hotels", asked) is None


def test_ratings_not_numeric_counts_what_only_the_rating_kept_out() -> None:
    """Text that is no number, "" among it, of hotels that the other filters let in; NULL is not counted."""
    ratings = ["x", "", None, "4", "y"]
    catalogue = _catalogue(hotels=[_hotel(str(at), rating=rating) for at, rating in enumerate(ratings)])
    assert model.ratings_not_numeric(catalogue, "hotels", {"min_rating": 5}) == 3
    assert model.ratings_not_numeric(catalogue, "hotels", {"min_rating": 5, "ittids": ["0", "3"]}) == 1
    assert model.ratings_not_numeric(catalogue, "mappings", {}) == 0


# Order and pages


def test_order_is_by_code_point_and_ids_are_numbers() -> None:
    """Not by UTF-16 (where 🏨 is before U+E000), case, language or the digits of ids."""
    ittids = ["é", "\ue000", "🏨", "b", "B", "10", "9", "e\u0301", ""]
    contacts = [_contact(10, "b", "phone", "last"), _contact(9, "b", "phone", "first")]
    catalogue = _catalogue(hotels=[_hotel(ittid) for ittid in ittids], contacts=contacts)
    assert _ittids(catalogue) == ["", "10", "9", "B", "b", "e\u0301", "é", "\ue000", "🏨"]
    assert model.flat_rows(catalogue, "hotels", {"ittids": ["b"]})[0]["phone"] == "first; last"


def test_mappings_are_ordered_by_ittid_supplier_and_id() -> None:
    """The id as a number; it is not shown, but it is in what ``after`` compares."""
    mappings = [_mapping(number, "a", name) for number, name in ((10, "x"), (9, "x"), (11, "X"), (2, "y"))]
    catalogue = _catalogue(hotels=[_hotel("a")], provider_mappings=mappings)
    ids = [record["provider_id"] for record in model.records(catalogue, "mappings", {})]
    assert ids == ["11", "9", "10", "2"]
    page = model.records(catalogue, "mappings", {"after": ("a", "x", 9), "max_records": 1})
    assert [record["provider_id"] for record in page] == ["10"]
    assert model.next_after(catalogue, "mappings", {"limit": 3}) == ("a", "x", 10)
    assert model.next_after(catalogue, "mappings", {"limit": 4}) is None
    assert model.next_after(catalogue, "mappings", {"after": ("a", "y", 2), "limit": 1}) is None


@given(st.data(), st.sampled_from(sorted(model.ORDER)), st.integers(1, 3))
def test_pages_make_the_whole(data: st.DataObject, export_type: str, limit: int) -> None:
    """Page after page by ``next_after`` gives each record once, in order."""
    catalogue = data.draw(catalogues())
    asked = data.draw(filters(export_type, catalogue))
    whole = model.records(catalogue, export_type, asked)
    paged: list[dict[str, Any]] = []
    after = None
    while len(paged) <= len(whole):
        page = {**asked, "limit": limit, "after": after}
        paged += model.records(catalogue, export_type, page)
        after = model.next_after(catalogue, export_type, page)
        if after is None:
            break
    assert paged == whole


# CSV


def test_flat_columns() -> None:
    """28 columns, fewer when children are left out; 10; 5 or 7."""
    assert len(model.flat_columns("hotels", {})) == 28
    assert len(model.flat_columns("hotels", {"include_locations": False})) == 20
    assert len(model.flat_columns("hotels", {"include_contacts": False, "include_mappings": False})) == 20
    assert len(model.flat_columns("mappings", {})) == 10
    assert len(model.flat_columns("supplier_summary", {"include_country_breakdown": False})) == 5
    assert len(model.flat_columns("supplier_summary", {"include_country_breakdown": True})) == 7


def test_joined_columns() -> None:
    """In id order; giata and vervotech distinct without NULL; "" is a value, nothing is NULL."""
    codes = [(4, "7", None), (1, "", None), (3, None, None), (2, "7", ""), (5, "5", "")]
    mappings = [_mapping(number, "a", "x", giata_code=giata, vervotech_id=verv) for number, giata, verv in codes]
    contacts = [_contact(2, "a", "fax", "f; g"), _contact(1, "a", "fax", ""), _contact(3, "a", "email", "")]
    catalogue = _catalogue(hotels=[_hotel("a")], provider_mappings=mappings, contacts=contacts)
    columns = ["provider_names", "provider_ids", "giata_codes", "vervotech_ids", "fax", "email", "phone"]
    assert list(model.flat_rows(catalogue, "hotels", {}, columns)[0].values()) == [
        "x; x; x; x; x",
        "1; 2; 3; 4; 5",
        "; 7; 5",
        "",
        "; f; g",
        "",
        None,
    ]


def test_breakdown_rows() -> None:
    """One row a supplier and country, a hotel once in each; a supplier without any keeps one row."""
    places = [_location(1, "a", "US"), _location(2, "a", "US"), _location(3, "a", "FR"), _location(4, "b", None)]
    mappings = [_mapping(1, "a", "x"), _mapping(2, "a", "x"), _mapping(3, "b", "y"), _mapping(4, "b", "x")]
    catalogue = _catalogue(
        hotels=[_hotel("a"), _hotel("b")],
        locations=places,
        provider_mappings=mappings,
        supplier_summary=[_supplier("y"), _supplier("x"), _supplier("X")],
    )
    asked = {"include_country_breakdown": True}
    rows = model.flat_rows(catalogue, "supplier_summary", asked, ["provider_name", "country_code", "country_hotels"])
    assert [tuple(row.values()) for row in rows] == [
        ("X", None, None),
        ("x", "FR", "1"),
        ("x", "US", "1"),
        ("y", None, None),
    ]
    assert len(model.records(catalogue, "supplier_summary", asked)) == 3


def test_csv_options() -> None:
    """Columns in the order asked for, another separator, cells left raw; what needs quotes depends on the separator."""
    catalogue = _catalogue(hotels=[_hotel("a", name="=x,;", rating=None, postal_code="")])
    columns = ["rating", "postal_code", "name", "ittid"]
    assert model.csv_bytes(catalogue, "hotels", {}, columns)[3:].split(b"\r\n")[1] == b""","","'=x,;",a"""
    raw = model.csv_bytes(catalogue, "hotels", {}, columns, separator="|", formulas="raw")
    assert raw == b'\xef\xbb\xbfrating|postal_code|name|ittid\r\n|""|=x,;|a\r\n'
    assert model.csv_bytes(catalogue, "hotels", {}, ["rating"]) == b"\xef\xbb\xbfrating\r\n\r\n"


def test_export_of_nothing_has_headers() -> None:
    """Nothing that matches is a valid file."""
    assert model.csv_bytes(_catalogue(), "mappings", {}).count(b"\r\n") == 1
    assert [len(rows) for rows in model.sheets(_catalogue(), "mappings", {}).values()] == [1, 1, 1]
    assert model.ndjson_bytes(model.records(_catalogue(), "hotels", {})) == b""
    assert json.loads(model.json_text([], {}))["data"] == []


@pytest.mark.parametrize(
    "cell",
    [
        *("=1", "+x", "-x", "@x", "\tx", "\rx", "\nx", "\x00x", "-", "+"),
        *("\uff1d", "\uff0b1", "\uff0d1", "\uff20"),
        *("'=1", "''-x", "'-7", "'\t"),
        *("-7\n", "-7,5", "-7e5", "+49; =1", "-1%", "-\uff17", "-7\u00a0", "--1"),
    ],
)
def test_guard_is_put(cell: str) -> None:
    """Formulas, also behind quotes, and what is nearly but not quite a number or phone."""
    assert model.formula_guarded(cell) == "'" + cell
    assert model.unguarded("'" + cell) == cell


@pytest.mark.parametrize(
    "cell", ["", "x", "'", "''", "' =1", " =1", "x=1", "1", "-7", "+1 (555) 010-99", "-7;+1", "+49/1"]
)
def test_guard_is_not_put(cell: str) -> None:
    """Plain text, quotes alone, numbers and phones."""
    assert model.formula_guarded(cell) == cell
    assert model.unguarded(cell) == cell


CELLS = st.one_of(
    st.sampled_from((*TEXTS, *WITH_NUL)),
    st.text("'=+-@7x \n\x00\uff1d", max_size=6),
    st.text(ALPHABET),
    st.text(),
)


@given(CELLS)
def test_guard_is_reversible(cell: str) -> None:
    """The cell comes back, and nothing that a spreadsheet would run is left."""
    guarded = model.formula_guarded(cell)
    assert model.unguarded(guarded) == cell
    assert guarded == cell or (guarded[0] == "'" and model.needs_guard(cell))


@given(CELLS, CELLS)
def test_guard_keeps_cells_apart(one: str, other: str) -> None:
    """Two cells never become one."""
    assert (model.formula_guarded(one) == model.formula_guarded(other)) == (one == other)


# Dates, JSON


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        ("2025-06-30T05:59:01", "2025-06-30T05:59:01Z"),
        ("2024-02-29T23:59:59.100000", "2024-02-29T23:59:59.100000Z"),
        ("0001-01-01T00:00:00", "0001-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59.999999", "9999-12-31T23:59:59.999999Z"),
    ],
)
def test_iso(moment: str, text: str) -> None:
    """Six decimals only when there are any, four digits of the year always."""
    assert model.iso(datetime.fromisoformat(moment)) == text


def test_included_children_are_absent_not_empty() -> None:
    """``include_*: false`` drops the key; without children an included one is an empty list."""
    catalogue = _catalogue(hotels=[_hotel("a")])
    record = model.records(catalogue, "hotels", {"include_contacts": False, "include_mappings": True})[0]
    assert list(record)[12:] == ["locations", "provider_mappings"]
    assert record["locations"] == []
    assert list(model.sheets(catalogue, "hotels", {"include_contacts": False})) == ["Hotels", "Locations", "Mappings"]


def test_ndjson_has_one_compact_line_a_record() -> None:
    """No spaces, non-ASCII kept, controls escaped."""
    catalogue = _catalogue(hotels=[_hotel("é\n")])
    lines = model.ndjson_bytes(model.records(catalogue, "hotels", {})).splitlines(keepends=True)
    assert len(lines) == 1
    assert lines[0].startswith('{"ittid":"é\\n","name":"","latitude":null,'.encode())
    assert lines[0].endswith(b',"locations":[],"contacts":[],"provider_mappings":[]}\n')


def test_charts_have_every_supplier_in_every_country() -> None:
    """Zero where a supplier has no hotel; no country chart unless asked."""
    assert [chart["id"] for chart in model.charts(CATALOGUE, {})] == ["hotels_by_supplier", "mappings_by_supplier"]
    asked = {"include_country_breakdown": True, "suppliers": ["AGODA", "paximum"]}
    chart = model.charts(CATALOGUE, asked)[2]
    assert chart["labels"] == ["BR", "FR", "JP", "US"]
    assert chart["series"][0] == {"name": "Paximum", "values": [0, 0, 1, 0]}


# XLSX


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a" * 32_767, "a" * 32_767),
        ("a" * 32_768, "a" * 32_760 + model.MARK),
        ("🏨" * 16_383 + "a", "🏨" * 16_383 + "a"),
        ("🏨" * 16_384, "🏨" * 16_380 + model.MARK),
        ("a" + "🏨" * 16_384, "a" + "🏨" * 16_379 + model.MARK),
    ],
)
def test_cut(text: str, expected: str) -> None:
    """As much as fits before the mark, in UTF-16 units, never half a pair."""
    assert model.cut(text) == expected
    assert utf16_units(expected) <= 32_767


def test_sheet_cells() -> None:
    """Datetimes are cut to milliseconds, before March 1900 they are ISO text with all they have; each is counted."""
    moments = [
        "1900-02-28T23:59:59.999999",
        "1900-03-01",
        "2024-02-29T23:59:59.123999",
        "2024-02-29T23:59:59.123000",
    ]
    hotels = [_hotel(str(at), created_at=datetime.fromisoformat(moment)) for at, moment in enumerate(moments)]
    hotels[0]["name"] = "a" * 40_000
    catalogue = _catalogue(hotels=hotels)
    created = [row[10] for row in model.sheets(catalogue, "hotels", {})["Hotels"][1:]]
    assert created == [
        "1900-02-28T23:59:59.999999Z",
        *(datetime.fromisoformat(moment) for moment in ("1900-03-01", *["2024-02-29T23:59:59.123"] * 2)),
    ]
    assert model.cut_cells(catalogue, "hotels", {}) == 1
    assert model.dates_truncated(catalogue, "hotels", {}) == 1
    assert model.dates_before_1900_03(catalogue, "hotels", {}) == 1
    assert model.dates_before_1900_03(catalogue, "hotels", {"ittids": ["1"]}) == 0


def test_sheets_of_hotels() -> None:
    """The hotel fields of the JSON; children with the ittid before; only the mappings that may be seen."""
    found = model.sheets(CATALOGUE, "hotels", {"suppliers": ["ean"], "ittids": ["10000001"]})
    assert [(name, len(rows), rows[0][:2], len(rows[0])) for name, rows in found.items()] == [
        ("Hotels", 2, ["ittid", "name"], 12),
        ("Locations", 2, ["ittid", "city_name"], 9),
        ("Contacts", 5, ["ittid", "contact_type"], 3),
        ("Mappings", 2, ["ittid", "provider_name"], 8),
    ]
    assert found["Mappings"][1][:3] == ["10000001", "ean", "7757590"]
    assert found["Hotels"][1][6] == ""
    asked = model.sheets(CATALOGUE, "hotels", {"ittids": ["A-1"]}, ["phone", "ittid"])
    assert asked["Hotels"] == [["phone", "ittid"], ["+81", "A-1"]]


def test_sheets_of_mappings() -> None:
    """As the CSV, and the hotels and locations of the hotels in it, once each."""
    found = model.sheets(CATALOGUE, "mappings", {"suppliers": ["agoda"]})
    assert list(found) == ["Mappings", "Hotels", "Locations"]
    assert found["Mappings"][0] == model.flat_columns("mappings", {})
    assert [row[0] for row in found["Hotels"]] == ["ittid", "10000001", "10000002", "9"]
    assert [row[0] for row in found["Locations"]] == ["ittid", "10000001", "10000002", "10000002", "9"]
    assert model.rows_by_sheet(CATALOGUE, "mappings", {"suppliers": ["agoda"]}) == {
        "Mappings": 4,
        "Hotels": 3,
        "Locations": 4,
    }


def test_sheets_of_suppliers() -> None:
    """One row a supplier, and with the breakdown one a supplier and country; totals are numbers."""
    assert list(model.sheets(CATALOGUE, "supplier_summary", {})) == ["Suppliers"]
    found = model.sheets(CATALOGUE, "supplier_summary", {"include_country_breakdown": True})
    assert [(name, len(rows), len(rows[0])) for name, rows in found.items()] == [
        ("Suppliers", 5, 5),
        ("Countries", 7, 7),
    ]
    assert found["Countries"][1][:3] == ["Paximum", 1, 1]
    assert found["Countries"][1][5:] == ["JP", 1]


def test_long_sheets_go_on_in_another() -> None:
    """The header counts, and stands on each; a sheet that is just full has no other."""
    hotels = [_hotel(str(at)) for at in range(4)]
    catalogue = _catalogue(hotels=hotels)
    found = model.sheets(catalogue, "hotels", {"include_locations": False}, ["ittid"], max_rows=3)
    assert found["Hotels"] == [["ittid"], ["0"], ["1"]]
    assert found["Hotels (2)"] == [["ittid"], ["2"], ["3"]]
    assert list(found) == ["Hotels", "Hotels (2)", "Contacts", "Mappings"]


def test_comparable() -> None:
    """Empty text is no cell, and what is empty at the ends is not there; the rest keeps its place."""
    assert model.comparable([["a", ""], ["", None], [None, 0], [""], []]) == [["a"], [], [None, 0]]


# The strategies


def test_filters_often_match_something_and_often_narrow() -> None:
    """A property over drawn filters is worth its name: of 300 draws a good part matches, a good part leaves out."""
    outcomes: list[tuple[bool, bool]] = []

    @settings(max_examples=300, derandomize=True, database=None, deadline=None)
    @given(st.data(), st.sampled_from(sorted(model.ORDER)))
    def draw(data: st.DataObject, export_type: str) -> None:
        catalogue = data.draw(catalogues())
        found = model.records(catalogue, export_type, data.draw(filters(export_type, catalogue, paging=True)))
        outcomes.append((bool(found), len(found) < len(model.records(catalogue, export_type, {}))))

    draw()
    assert sum(matched for matched, _ in outcomes) > 100
    assert sum(narrowed for _, narrowed in outcomes) > 60
    assert sum(matched and narrowed for matched, narrowed in outcomes) > 20


@given(catalogues(max_hotels=6))
def test_catalogues_hold_to_the_contract(catalogue: model.Catalogue) -> None:
    """Ids are unique in each table, ittids and summary names too; no text has NUL or a lone surrogate."""
    for table, column in [
        *((name, "id") for name in catalogue),
        ("hotels", "ittid"),
        ("supplier_summary", "provider_name"),
    ]:
        values = [row[column] for row in catalogue[table]]
        assert len(set(values)) == len(values), table
    texts = [cell for rows in catalogue.values() for row in rows for cell in row.values() if isinstance(cell, str)]
    assert "\x00" not in "".join(texts)
    "".join(texts).encode("utf-8")  # raises at a lone surrogate


@given(catalogues())
def test_catalogues_have_the_golden_columns(catalogue: model.Catalogue) -> None:
    """A drawn row has the columns of the golden catalogue, in their order."""
    for table, rows in catalogue.items():
        assert all(list(row) == list(CATALOGUE[table][0]) for row in rows)
