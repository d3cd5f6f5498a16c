"""What MySQL holds that others do not: zero dates, texts that fold and pad, servers with a time zone of their own."""

import datetime as dt
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

import pipeline
from pipeline import CatalogueMismatch
from tests import model
from tests.loading.rows import change
from tests.retyped import retyped
from tests.servers import MariaDB
from tests.stored import Store, store_in_mysql, store_of

NOW = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
MOMENT = dt.datetime(2025, 6, 30, 5, 59, 1, 123456)  # noqa: DTZ001 - naive UTC
LENIENT = "SET sql_mode = ''"
KEYS = ("hotels.ittid", "locations.ittid", "contacts.ittid", "provider_mappings.ittid")
NAMES = (*KEYS, "hotels.property_type", "locations.country_code", "provider_mappings.provider_name")


def catalogue(ittids: Sequence[str] = ("1", "2", "3")) -> model.Catalogue:
    """A hotel for each ittid, which is its property type too, and a row of each child; the supplier is called so."""
    moments = {"created_at": MOMENT, "updated_at": MOMENT}
    rest = dict.fromkeys(("latitude", "longitude", "address_line1", "address_line2", "postal_code", "rating"), "1")
    return {
        "hotels": [
            {"id": n, "ittid": i, "name": f"n{n}", "property_type": i, "primary_photo": "p", **rest, **moments}
            for n, i in enumerate(ittids)
        ],
        "locations": [
            {
                "id": n,
                "ittid": i,
                **dict.fromkeys(("city_name", "state_name", "state_code", "country_name"), f"c{n}"),
                "country_code": "FR",
                **dict.fromkeys(("master_city_name", "city_code", "city_location_id"), f"m{n}"),
            }
            for n, i in enumerate(ittids)
        ],
        "contacts": [{"id": n, "ittid": i, "contact_type": "fax", "value": f"v{n}"} for n, i in enumerate(ittids)],
        "provider_mappings": [
            {
                "id": n,
                "ittid": i,
                "provider_name": i,
                "provider_id": f"p{n}",
                "system_type": "a",
                "vervotech_id": None,
                "giata_code": None,
                **moments,
            }
            for n, i in enumerate(ittids)
        ],
        "supplier_summary": [
            {"id": n, "provider_name": i, "total_hotels": n, "total_mappings": n}
            | dict.fromkeys(("last_updated", "summary_generated_at"), MOMENT)
            for n, i in enumerate(ittids)
        ],
    }


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with store_of("mysql", tmp_path_factory.mktemp("unused")) as store:
        yield store


def records(url: str, name: str = "hotels", **filters: object) -> list[Any]:
    stream = io.BytesIO()
    with pipeline.connect(url, now=lambda: NOW) as opened:
        manifest = opened.export(name, filters).write(stream, format="ndjson", chunk_rows=5)
        assert opened.export(name, filters).count() == manifest.records
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def check(url: str, wanted: model.Catalogue, name: str = "hotels", **filters: object) -> None:
    assert records(url, name, **filters) == model.records(wanted, name, filters)


# --- dates ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["datetime(6)", "datetime", "timestamp(6) NULL", "date"])
def test_a_zero_date_is_null_and_outside_of_every_date_filter(kind: str, store: Store) -> None:
    wanted = catalogue()
    url = store(wanted)
    day = MOMENT.replace(hour=0, minute=0, second=0, microsecond=0)
    retyped(url, {"hotels.updated_at": kind}, {"hotels.updated_at": f"'{day}'"})
    change(url, LENIENT, "UPDATE hotels SET updated_at = '0000-00-00' WHERE id = 1")
    for row in wanted["hotels"]:
        row["updated_at"] = None if row["id"] == 1 else day
    check(url, wanted)
    for filters in ({"date_to": "2025-12-31"}, {"date_from": "0001-01-01"}, {"date_to": "0001-01-01"}):
        check(url, wanted, **filters)


@pytest.mark.parametrize("kind", ["datetime(6)", "date"])
@pytest.mark.parametrize("partial", ["2020-02-00", "2020-00-00", "2020-00-05", "2021-02-30"])
def test_a_partial_date_is_told_with_table_column_and_value(kind: str, partial: str, store: Store) -> None:
    url = store(catalogue())
    retyped(url, {"hotels.updated_at": kind})
    change(url, "SET sql_mode = 'ALLOW_INVALID_DATES'", f"UPDATE hotels SET updated_at = '{partial}' WHERE id = 1")
    with pytest.raises(
        CatalogueMismatch, match=rf"^hotels\.updated_at holds '{partial}.*', which no file can show"
    ) as caught:
        records(url)
    assert (caught.value.table, caught.value.column) == ("hotels", "updated_at")


BEGUN_OTHERWISE = ["SET NAMES utf8", "SET NAMES latin1", "SET sql_select_limit = 1", "SET sql_big_selects = 0"]


@pytest.mark.parametrize("begun", BEGUN_OTHERWISE)
@pytest.mark.parametrize("options", ["", "?consistency=chunk"])
def test_files_do_not_depend_on_what_the_server_begins_sessions_with(begun: str, options: str, server: MariaDB) -> None:
    server.run("CREATE DATABASE begun")
    try:
        wanted = catalogue([*ALIKE, *BEYOND, "Ã©toile"])
        url = store_in_mysql(f"{server.url}/begun", wanted)
        server.run("CREATE USER reader IDENTIFIED BY ''")  # it is not done for those who may do everything
        server.run("GRANT SELECT, SHOW VIEW ON begun.* TO reader")
        server.run(f"SET GLOBAL init_connect = '{begun}'")
        as_reader = url.replace("root@", "reader@") + options
        check(as_reader, wanted)
        check(as_reader, wanted, suppliers=["ß", "😀"], ittids=["ß", "😀", "Ã©toile", "no such"])
        check(as_reader, wanted, "supplier_summary", include_country_breakdown=True)
    finally:
        server.run("SET GLOBAL init_connect = ''")
        server.run("DROP USER IF EXISTS reader")
        server.run("DROP DATABASE begun")


@pytest.mark.parametrize("zone", ["+00:00", "+05:30", "-11:00"])
def test_a_timestamp_is_read_in_utc_whatever_the_servers_zone(zone: str, server: MariaDB) -> None:
    server.run("CREATE DATABASE zones")
    server.run(f"SET GLOBAL time_zone = '{zone}'")
    try:
        wanted = catalogue()
        url = store_in_mysql(f"{server.url}/zones", wanted)
        retyped(url, {"hotels.updated_at": "timestamptz"}, {"hotels.updated_at": "FROM_UNIXTIME(1751263141.123456)"})
        check(url, wanted)
        check(url, wanted, date_from="2025-06-30T05:59:01.123456Z", date_to="2025-06-30T05:59:01.123456Z")
        check(url, wanted, date_from="2025-06-30T05:59:01.123457Z")
    finally:
        server.run("SET GLOBAL time_zone = DEFAULT")
        server.run("DROP DATABASE zones")


# --- numbers and bytes ------------------------------------------------------------------------------------------------


def test_a_tinyint_of_one_digit_is_a_number(store: Store) -> None:
    wanted = catalogue()
    for row, rating in zip(wanted["hotels"], ["2", "-1", None], strict=True):
        row["rating"] = rating
    url = store(wanted)
    retyped(url, {"hotels.rating": "tinyint(1)", "contacts.id": "tinyint(1)"})
    check(url, wanted)
    check(url, wanted, min_rating=2)


def test_a_decimal_is_as_the_database_shows_it(store: Store) -> None:
    wanted = catalogue()
    for row, rating in zip(wanted["hotels"], ["4.50", "0.00", None], strict=True):
        row["rating"] = rating
    url = store(wanted)
    retyped(url, {"hotels.rating": "decimal(3,2)"})
    check(url, wanted)
    check(url, wanted, min_rating=4.5)
    check(url, wanted, max_rating=0)


FLOATS = ["48.85661", "-122.08407", "0.00001", "1.1754944e-38", "123456790.0", "33554432.0", "100000.0", "1e+21"]


def test_floats_of_four_bytes_have_all_of_their_digits(store: Store) -> None:
    wanted = catalogue([str(number) for number in range(len(FLOATS))])
    for row, number in zip(wanted["hotels"], FLOATS, strict=True):
        row["latitude"] = number
    url = store(wanted)
    retyped(url, {"hotels.latitude": "real"})
    for row in wanted["hotels"]:
        row["latitude"] = repr(float(row["latitude"]))
    check(url, wanted)


@pytest.mark.parametrize(
    ("kind", "value", "named"),
    [
        ("bit(8)", "1", "bit"),
        ("longblob", "'x'", "bytes"),
        ("varbinary(9)", "'x'", "bytes"),
        ("binary(3)", "'x'", "bytes"),
        ("time", "'10:00'", "time"),
        ("year", "2020", "year"),
        ("point", "POINT(1, 2)", "geometry"),
    ],
)
def test_a_type_that_will_not_do_is_refused_by_name(kind: str, value: str, named: str, store: Store) -> None:
    url = store(catalogue())
    retyped(url, {"hotels.name": kind}, {"hotels.name": value})
    with pytest.raises(CatalogueMismatch, match=rf"^hotels\.name is {named}, and text is wanted; "):
        records(url)


def test_an_integer_that_is_too_large_is_told(store: Store) -> None:
    moments = {"last_updated": None, "summary_generated_at": MOMENT}
    summary = {"id": 1, "provider_name": "s", "total_hotels": 1, "total_mappings": 1, **moments}
    url = store({**catalogue(), "supplier_summary": [summary]})
    retyped(
        url, {"supplier_summary.total_hotels": "bigint unsigned"}, {"supplier_summary.total_hotels": str(2**64 - 1)}
    )
    with pytest.raises(CatalogueMismatch, match=r"^supplier_summary\.total_hotels holds 18446744073709551615, and"):
        records(url, "supplier_summary")


def test_an_id_that_is_too_large_is_told_in_both_ways(store: Store) -> None:
    url = store(catalogue())
    retyped(url, {"contacts.id": "bigint unsigned"}, {"contacts.id": f"{2**64 - 4} + id"})
    for way in (url, f"{url}?consistency=chunk"):
        with pytest.raises(CatalogueMismatch, match=r"^contacts\.id holds 1844674407370955161\d, and int"):
            records(way)


MADE_ANEW = ["row_number() OVER (ORDER BY rand())", "row_number() OVER ()", "cast(rand() * 1e9 AS signed)"]


@pytest.mark.parametrize("made", MADE_ANEW)
@pytest.mark.parametrize("by", ["view", "sql_dir"])
def test_ids_that_are_made_at_each_read_cost_no_row_and_double_none_in_parts(
    made: str, by: str, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.sources.mysql.PART_ROWS", 7)
    wanted = catalogue([str(number) for number in range(60)])
    url, select = store(wanted), f"SELECT {made} AS id, ittid, contact_type, value FROM raw"
    change(url, "ALTER TABLE contacts RENAME TO raw", *([f"CREATE VIEW contacts AS {select}"] if by == "view" else []))
    if by == "sql_dir":
        (tmp_path / "contacts.sql").write_text(select)
    try:
        opened = pipeline.connect(f"{url}?consistency=chunk", sql_dir=tmp_path if by == "sql_dir" else None)
        found = opened.hotels().to_polars().explode("contacts").unnest("contacts", separator=".")
        assert sorted(found.get_column("contacts.value")) == sorted(row["value"] for row in wanted["contacts"])
    finally:
        change(url, *(["DROP VIEW contacts"] if by == "view" else []), "ALTER TABLE raw RENAME TO contacts")


@pytest.mark.parametrize("kind", ["double", "float"])
def test_floats_are_the_same_text_whether_they_are_read_at_one_moment_or_by_parts(kind: str, store: Store) -> None:
    url = store(catalogue([str(number) for number in range(8)]))
    numbers = ("48", "1e20", "1e-5", "0", "-0.5", "48.85837009999999", "NULL", "1e300" if kind == "double" else "1e30")
    cases = " ".join(f"WHEN {number} THEN {value}" for number, value in enumerate(numbers))
    retyped(url, {"hotels.latitude": kind}, {"hotels.latitude": f"CASE id {cases} END"})
    assert records(f"{url}?consistency=chunk") == records(url)
    assert "48.0" in {record["latitude"] for record in records(url)}


# --- texts ------------------------------------------------------------------------------------------------------------

COLLATED = [
    "utf8mb4 COLLATE utf8mb4_general_ci",
    "utf8mb4 COLLATE utf8mb4_unicode_ci",
    "utf8mb4 COLLATE utf8mb4_bin",
    "utf8mb4 COLLATE utf8mb4_nopad_bin",
    "utf8mb3 COLLATE utf8mb3_general_ci",
    "latin1 COLLATE latin1_swedish_ci",
    "latin1 COLLATE latin1_bin",
    "ucs2 COLLATE ucs2_bin",
]
ALIKE = ["A-1", "a-1", "A-1 ", "Á-1", "ß", "ss", "SS", "_", "%", "A_1", "\\", "'", "ÿ", "", " "]
BEYOND = ["😀", "𐍈a", "\ue000", "z😀"]


@pytest.mark.parametrize("collated", COLLATED)
def test_texts_match_and_are_ordered_code_point_for_code_point(collated: str, store: Store) -> None:
    ittids = [*ALIKE, *(BEYOND if collated.startswith("utf8mb4") else [])]
    wanted = catalogue(ittids)
    url = store(wanted)
    retyped(url, dict.fromkeys(NAMES, f"varchar(100) CHARACTER SET {collated}"))
    check(url, wanted)
    check(url, wanted, "mappings")
    for value in ("A-1", "a-1", "A-1 ", "SS", "", "\\", "😀"):
        check(url, wanted, ittids=[value])
        check(url, wanted, property_types=[value])
    check(url, wanted, "mappings", suppliers=["a-1", "ß"])
    check(url, wanted, country_codes=["FR"], suppliers=["A-1 "])
    check(url, wanted, limit=4)
    check(url, wanted, "supplier_summary", include_country_breakdown=True)
    check_pages(url, wanted)


def check_pages(url: str, wanted: model.Catalogue) -> None:
    for name in ("hotels", "mappings"):
        opened, after, found = pipeline.connect(url, now=lambda: NOW), None, list[Any]()
        while True:
            stream = io.BytesIO()
            after = opened.export(name, {"limit": 3, "after": after}).write(stream, format="ndjson").next
            found += [json.loads(line) for line in stream.getvalue().splitlines()]
            if after is None:
                break
        assert found == model.records(wanted, name, {})


def test_tables_that_compare_in_different_ways_go_together(store: Store) -> None:
    wanted = catalogue(ALIKE)
    url = store(wanted)
    for named, collated in zip(KEYS, COLLATED[:2] + COLLATED[5:], strict=False):
        retyped(url, {named: f"varchar(100) CHARACTER SET {collated}"})
    check(url, wanted)
    check(url, wanted, "mappings")
    check(url, wanted, country_codes=["FR"], suppliers=["A-1 "], ittids=["A-1 ", "a-1"])


def test_a_set_and_an_enum_that_fold_are_compared_by_their_bytes(store: Store) -> None:
    wanted = catalogue(["a", "b", "a,b"])
    url = store(wanted)
    folds = "CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci"
    retyped(url, {"hotels.property_type": f"set('a', 'b') {folds}", "locations.country_code": f"enum('FR') {folds}"})
    check(url, wanted)
    check(url, wanted, property_types=["a", "B", "a,b"], country_codes=["FR"])


# --- tables -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["MyISAM", "Aria", "MEMORY"])
def test_tables_without_transactions_are_refused(engine: str, store: Store, tmp_path: Path) -> None:
    url = store(catalogue())
    if engine == "MEMORY":
        retyped(url, dict.fromkeys(("contacts.ittid", "contacts.contact_type", "contacts.value"), "varchar(9)"))
    change(url, f"ALTER TABLE contacts ENGINE = {engine}")
    with pytest.raises(CatalogueMismatch, match=rf"^contacts is a table of the engine {engine}, .* ENGINE = InnoDB$"):
        pipeline.connect(url).hotels().write(tmp_path / "x.csv")
    assert not [*tmp_path.iterdir()]


def test_other_tables_of_the_database_may_be_of_any_engine(store: Store, tmp_path: Path) -> None:
    wanted = catalogue()
    url = store(wanted)
    change(url, "CREATE TABLE IF NOT EXISTS visits (id int) ENGINE = MyISAM")
    check(url, wanted)
    (tmp_path / "contacts.sql").write_text("WITH visits AS (SELECT * FROM contacts) SELECT * FROM visits")
    assert pipeline.connect(url, sql_dir=tmp_path).hotels().to_polars().height == len(wanted["hotels"])


@pytest.mark.parametrize("elsewhere", [False, True])
def test_tables_without_transactions_are_refused_behind_views_and_elsewhere(
    elsewhere: bool,  # noqa: FBT001 - a case
    store: Store,
) -> None:
    url = store(catalogue())
    there = f"{url.rpartition('/')[2]}_other"
    old = f"{there}.old" if elsewhere else "old"
    change(url, f"CREATE DATABASE {there}", "ALTER TABLE contacts RENAME TO kept")
    change(url, f"CREATE TABLE {old} ENGINE = MyISAM AS SELECT * FROM kept")
    change(url, f"CREATE VIEW first AS SELECT * FROM {old}", "CREATE VIEW contacts AS SELECT * FROM first")
    try:
        with pytest.raises(CatalogueMismatch, match=r"^old is a table of the engine MyISAM, "):
            pipeline.connect(url).hotels().count()
    finally:
        change(url, "DROP VIEW contacts, first", f"DROP TABLE {old}", "ALTER TABLE kept RENAME TO contacts")
        change(url, f"DROP DATABASE {there}")
