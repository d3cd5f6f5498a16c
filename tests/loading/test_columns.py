"""Columns of files: renamed, left out, missing, and their types."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from pipeline.errors import LoadError
from tests.loading.given import csv_of, load
from tests.loading.rows import COLUMNS, column, rows_of


def test_parquet_comes_with_its_types(url: str, hotels: Path) -> None:
    when = dt.datetime(2025, 6, 30, 5, 59, 1, 123_456)  # noqa: DTZ001
    paris = pl.Series([when, None]).dt.replace_time_zone("Europe/Paris")
    pl.DataFrame(
        {
            "ittid": pl.Series([123, 2**63], dtype=pl.UInt64),
            "name": pl.Series(["Ä\r\n", "='"], dtype=pl.Categorical),
            "address_line1": ["", None],
            "rating": pl.Series([4.5, None]),
            "latitude": pl.Series([Decimal("48.870800"), Decimal("-0.5")], dtype=pl.Decimal(10, 6)),
            "state_code": pl.Series([None, None], dtype=pl.Null),
            "city_name": pl.Series(["Paris", "Roma"], dtype=pl.Enum(["Paris", "Roma"])),
            "created_at": paris,
            "updated_at": [when.date(), None],
        }
    ).write_parquet(hotels)

    report = load(url, hotels)

    first, second = rows_of(url, "hotels")
    assert (first["ittid"], second["ittid"]) == ("123", "9223372036854775808")
    assert (first["name"], second["name"]) == ("Ä\r\n", "='")
    assert (first["address_line1"], second["address_line1"]) == ("", None)
    assert (first["rating"], first["latitude"], second["latitude"]) == ("4.5", "48.870800", "-0.500000")
    assert first["created_at"] == when - dt.timedelta(hours=2)
    assert first["updated_at"] == dt.datetime(2025, 6, 30)  # noqa: DTZ001
    assert second["updated_at"] is None
    assert column(rows_of(url, "locations"), "city_name") == ["Paris", "Roma"]
    assert report.left_out == {str(hotels): ()}


def test_nanoseconds_are_cut(duck: str, hotels: Path) -> None:
    moments = pl.Series([1_751_263_141_123_456_789]).cast(pl.Datetime("ns"))
    pl.DataFrame({"ittid": ["1"], "name": ["N"], "created_at": moments}).write_parquet(hotels)

    load(duck, hotels)

    assert column(rows_of(duck, "hotels"), "created_at") == [dt.datetime(2025, 6, 30, 5, 59, 1, 123_456)]  # noqa: DTZ001


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("ittid", [1.0]),
        ("postal_code", [75009.0]),
        ("name", [["a"]]),
        ("name", [b"a"]),
        ("name", [True]),
        ("rating", [dt.date(2025, 1, 1)]),
        ("created_at", [20250630]),
        ("updated_at", [dt.time(1)]),
    ],
)
def test_a_parquet_type_that_would_lose_the_text_is_refused(duck: str, hotels: Path, name: str, values: object) -> None:
    pl.DataFrame({"ittid": ["1"], "name": ["N"]} | {name: values}).write_parquet(hotels)

    with pytest.raises(LoadError, match=f"column '{name}' is") as caught:
        load(duck, hotels)

    assert caught.value.column == name


def test_a_rename_holds_for_both_files(duck: str, hotels: Path, mappings: Path) -> None:
    csv_of(hotels, [["hotel", "title", "title2"], ["1", "One", "x"]])
    csv_of(mappings, [["hotel", "source", "source_id"], ["1", "ean", "a"]])

    rename = {"hotel": "ittid", "title": "name", "source": "provider_name", "source_id": "provider_id"}
    report = load(duck, hotels, mappings, rename=rename)

    assert column(rows_of(duck, "hotels"), "name") == ["One"]
    assert column(rows_of(duck, "provider_mappings"), "ittid") == ["1"]
    assert report.left_out == {str(hotels): ("title2",), str(mappings): ()}


def test_names_can_be_swapped(duck: str, hotels: Path) -> None:
    csv_of(hotels, [["ittid", "name"], ["One", "1"]])

    load(duck, hotels, rename={"ittid": "name", "name": "ittid"})

    assert [(row["ittid"], row["name"]) for row in rows_of(duck, "hotels")] == [("1", "One")]


def test_what_is_left_out_and_missing_is_named(duck: str, hotels: Path, mappings: Path) -> None:
    csv_of(hotels, [["rooms", "ittid", "id", "name", "Fax"], ["12", "1", "77", "One", "x"]])
    csv_of(mappings, [["ittid", "provider_name", "provider_id", "hotel_name"], ["1", "ean", "a", "One"]])

    report = load(duck, hotels, mappings)

    assert report.left_out == {str(hotels): ("rooms", "id", "Fax"), str(mappings): ("hotel_name",)}
    assert report.missing[str(mappings)] == ("system_type", "vervotech_id", "giata_code", "created_at", "updated_at")
    everything = {*COLUMNS["hotels"], *COLUMNS["locations"], "phone", "email", "website", "fax"}
    assert set(report.missing[str(hotels)]) == everything - {"id", "ittid", "name"}
    assert column(rows_of(duck, "hotels"), "id") == [1]


@pytest.mark.parametrize(
    ("rename", "said"),
    [
        ({"hotelid": "ittid"}, r"no file has a column 'hotelid'; the nearest is 'hotel_id'"),
        ({"hotel_id": "itid"}, r"no column 'itid' to load; the nearest is 'ittid'"),
        ({"hotel_id": "id"}, r"no column 'id' to load"),
        ({"hotel_id": "ittid", "title": "name"}, r"both 'title' and 'name' would be name"),
        ({"zzz": "ittid"}, r"no file has a column 'zzz'; there are hotel_id, title, name"),
    ],
)
def test_a_rename_that_will_not_do_is_told(duck: str, hotels: Path, rename: Mapping[str, str], said: str) -> None:
    csv_of(hotels, [["hotel_id", "title", "name"], ["1", "x", "One"]])

    with pytest.raises(LoadError, match=said):
        load(duck, hotels, rename=rename)


@pytest.mark.parametrize(
    ("header", "column_name"), [(["ITTID", "name"], "ittid"), (["ittid", "title"], "name"), (["ittid"], "name")]
)
def test_a_column_that_must_be_there_is_missed(duck: str, hotels: Path, header: list[str], column_name: str) -> None:
    csv_of(hotels, [header, ["1"] * len(header)])

    with pytest.raises(LoadError, match=f"has no column {column_name}") as caught:
        load(duck, hotels)

    assert caught.value.column == column_name
