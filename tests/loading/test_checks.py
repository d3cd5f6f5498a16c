"""Rows of files that will not do, and those that are merely untidy."""

from pathlib import Path

import pytest

from pipeline.errors import LoadError
from tests.loading.given import Cell, csv_of, load
from tests.loading.rows import column, rows_of

GOOD = {"ittid": "1", "name": "One", "country_code": "FR", "map_status": "new", "updated_at": "2025-06-30"}


GOOD_MAPPING = {
    "ittid": "1",
    "provider_name": "ean",
    "provider_id": "a",
    "system_type": "a",
    "created_at": "2025-06-30",
}


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("ittid", None),
        ("ittid", ""),
        ("ittid", "0"),
        ("ittid", "x" * 101),
        ("ittid", "a\x00b"),
        ("name", None),
        ("name", ""),
        ("name", "a\x00b"),
        ("country_code", "fr"),
        ("country_code", "FRA"),
        ("country_code", "F"),
        ("country_code", "FR\n"),
        ("country_code", "ÀÉ"),
        ("map_status", "NEW"),
        ("updated_at", "yesterday"),
        ("updated_at", "2025-02-30"),
        ("updated_at", "2025-13-01"),
        ("updated_at", "0000-00-00 00:00:00"),
        ("updated_at", "30/06/2025"),
        ("updated_at", "20250630"),
        ("updated_at", "2025-06-30T24:30:00"),
        ("updated_at", "2025-06-30T05:59:60"),
        ("updated_at", "\u0662025-06-30"),
        ("updated_at", "0001-01-01T00:00:00+01:00"),
        ("updated_at", "9999-12-31T23:59:59-01:00"),
    ],
)
def test_a_bad_hotel_is_told_with_its_row(duck: str, hotels: Path, tmp_path: Path, name: str, cell: Cell) -> None:
    rows: list[dict[str, Cell]] = [{**GOOD, "ittid": str(n)} for n in range(5)]
    rows[3][name] = cell
    rows[4]["name"] = None  # a later one, which is not the first
    csv_of(hotels, [list(GOOD), *(list(row.values()) for row in rows)])

    with pytest.raises(LoadError, match=rf"hotels.csv, row 4: {name} .* will not do; ") as caught:
        load(duck, hotels)

    assert (caught.value.file, caught.value.row, caught.value.column) == (str(hotels), 4, name)
    assert len(str(caught.value)) < 300
    assert [path.name for path in tmp_path.iterdir()] == ["files"]


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("ittid", None),
        ("ittid", ""),
        ("provider_name", None),
        ("provider_name", ""),
        ("provider_id", None),
        ("provider_id", ""),
        ("provider_id", "\x00"),
        ("system_type", "k"),
        ("system_type", "A"),
        ("system_type", "ab"),
        ("created_at", "soon"),
    ],
)
def test_a_bad_mapping_is_told_with_its_row(duck: str, hotels: Path, mappings: Path, name: str, cell: Cell) -> None:
    csv_of(hotels, [["ittid", "name"], ["1", "One"]])
    csv_of(mappings, [list(GOOD_MAPPING), list(GOOD_MAPPING.values()), list({**GOOD_MAPPING, name: cell}.values())])

    with pytest.raises(LoadError, match=rf"mappings.csv, row 2: {name} ") as caught:
        load(duck, hotels, mappings)

    assert (caught.value.file, caught.value.row, caught.value.column) == (str(mappings), 2, name)
    assert [path.name for path in hotels.parents[1].iterdir()] == ["files"]


@pytest.mark.parametrize("cell", ["", None, "GB", "ZZ"])
def test_an_untidy_country_code_is_taken(duck: str, hotels: Path, cell: Cell) -> None:
    csv_of(hotels, [["ittid", "name", "city_name", "country_code"], ["1", "One", "X", cell]])

    load(duck, hotels)

    assert column(rows_of(duck, "locations"), "country_code") == [cell]


@pytest.mark.parametrize(("cell", "found"), [("", None), (None, None), ("pending", "pending")])
def test_an_empty_status_is_none(duck: str, hotels: Path, cell: Cell, found: Cell) -> None:
    csv_of(hotels, [["ittid", "name", "map_status"], ["1", "One", cell]])

    load(duck, hotels)

    assert column(rows_of(duck, "hotels"), "map_status") == [found]
