"""Loading files: every cell in its table, and what stands there already."""

import csv
import datetime as dt
from pathlib import Path

import pytest

from pipeline.errors import LoadError, OutputError
from pipeline.loading.awkward import TEXTS
from pipeline.loading.make import make_catalogue
from tests.loading.given import NOW, Cell, csv_of, load
from tests.loading.rows import COLUMNS, Row, answer, change, column, rows_of
from tests.require import require

DATA = Path(__file__).parents[3] / "shared" / "data"


RENAME = {
    "hotel_id": "ittid",
    "address": "address_line1",
    "city": "city_name",
    "stars": "rating",
    "source": "provider_name",
    "source_id": "provider_id",
}


def test_every_cell_comes_through_exactly(url: str, hotels: Path) -> None:
    cells: list[Cell] = [*TEXTS, "", None, "00123", "x" * 40_000, "🏨" * 16_384]
    csv_of(hotels, [["ittid", "name", "address_line1"], *([f"h{n}", "Name", cell] for n, cell in enumerate(cells))])

    load(url, hotels)

    assert column(rows_of(url, "hotels"), "address_line1") == cells
    assert column(rows_of(url, "hotels"), "ittid") == [f"h{n}" for n in range(len(cells))]
    assert column(rows_of(url, "hotels"), "id") == list(range(1, len(cells) + 1))


def test_ids_keep_their_text(url: str, hotels: Path, mappings: Path) -> None:
    ids = ["00123", "1E5", "219E01BE", "12345678901234567890", " 9 ", "9", "é-1", "-7", "1.0"]
    hotels.write_text("ittid,name,postal_code\n" + "".join(f"{one},N,{one}\n" for one in ids), "utf-8")
    mappings.write_text(
        "ittid,provider_name,provider_id,giata_code\n" + "".join(f"{one},ean,{one},{one}\n" for one in ids), "utf-8"
    )

    load(url, hotels, mappings)

    assert column(rows_of(url, "hotels"), "ittid") == column(rows_of(url, "hotels"), "postal_code") == ids
    found = rows_of(url, "provider_mappings")
    assert column(found, "ittid") == column(found, "provider_id") == column(found, "giata_code") == ids


def test_one_flat_row_goes_to_three_tables(url: str, hotels: Path) -> None:
    csv_of(
        hotels,
        [
            ["ittid", "name", "city_name", "country_code", "fax", "phone", "email", "website"],
            ["1", "Both", "Paris", "FR", "f; g", "+33 1; 0", "a@b.example", "https://c.example"],
            ["2", "None", None, None, None, None, None, None],
            ["3", "Empty", "", "", "", "", "", ""],
            ["4", "Some", None, "DE", None, "0", None, ""],
        ],
    )

    report = load(url, hotels)

    places = [(row["ittid"], row["city_name"], row["country_code"]) for row in rows_of(url, "locations")]
    assert places == [("1", "Paris", "FR"), ("4", None, "DE")]
    assert [tuple(row.values())[1:] for row in rows_of(url, "contacts")] == [
        ("1", "phone", "+33 1; 0"),
        ("1", "email", "a@b.example"),
        ("1", "website", "https://c.example"),
        ("1", "fax", "f; g"),
        ("4", "phone", "0"),
    ]
    assert list(report.rows.items())[:4] == [("hotels", 4), ("locations", 2), ("contacts", 5), ("provider_mappings", 0)]
    assert set(report.rows) == set(COLUMNS)


def test_mappings_come_with_defaults_orphans_and_a_summary(url: str, hotels: Path, mappings: Path) -> None:
    csv_of(hotels, [["ittid", "name"], ["1", "One"], ["2", "Two"]])
    csv_of(
        mappings,
        [
            ["ittid", "provider_name", "provider_id", "system_type", "vervotech_id", "updated_at"],
            ["1", "ean", "a", "c", None, "2025-06-30T05:59:01Z"],
            ["1", "ean", "b", None, "", "2025-07-01"],
            ["2", "ean", "c", "", "v", None],
            ["2", "agoda", "d", "j", "v", None],
            ["gone", "agoda", "e", "a", "v", "2025-07-02"],
            ["gone", "only-orphans", "f", "a", "v", "2025-07-02"],
        ],
    )

    report = load(url, hotels, mappings)

    found = rows_of(url, "provider_mappings")
    assert column(found, "system_type") == ["c", "a", "a", "j", "a", "a"]
    assert column(found, "vervotech_id") == [None, "", "v", "v", "v", "v"]
    assert column(found, "created_at") == [None] * 6
    assert report.orphans == 2
    assert [tuple(row.values()) for row in rows_of(url, "supplier_summary")] == [
        (1, "agoda", 1, 1, None, dt.datetime(2026, 1, 1, 12, 30)),  # noqa: DTZ001
        (2, "ean", 2, 3, dt.datetime(2025, 7, 1), dt.datetime(2026, 1, 1, 12, 30)),  # noqa: DTZ001
    ]


def test_the_system_type_is_a_when_no_column_says_it(duck: str, hotels: Path, mappings: Path) -> None:
    csv_of(hotels, [["ittid", "name"], ["1", "One"]])
    csv_of(mappings, [["ittid", "provider_name", "provider_id"], ["1", "ean", "a"]])

    report = load(duck, hotels, mappings)

    assert column(rows_of(duck, "provider_mappings"), "system_type") == ["a"]
    assert "system_type" in report.missing[str(mappings)]


def test_a_target_that_cannot_be_written_is_told(tmp_path: Path, hotels: Path) -> None:
    csv_of(hotels, [["ittid", "name"], ["1", "A"]])

    with pytest.raises(OutputError, match="No such file"):
        load(f"sqlite:///{tmp_path}/no/c.sqlite", hotels)


def everything(url: str) -> dict[str, list[Row]]:
    return {table: rows_of(url, table) for table in COLUMNS}


def test_a_hotel_that_is_there_is_refused(url: str, hotels: Path) -> None:
    csv_of(hotels, [["ittid", "name"], ["1", "One"]])
    load(url, hotels)
    before = everything(url)
    csv_of(hotels, [["ittid", "name"], ["0", "Zero"], ["1", "Uno"]])

    with pytest.raises(LoadError, match="row 2: ittid '1' is in the catalogue already") as caught:
        load(url, hotels)

    assert (caught.value.row, caught.value.column) == (2, "ittid")
    assert everything(url) == before


def test_more_hotels_are_added(url: str, hotels: Path, mappings: Path) -> None:
    make_catalogue(url, hotels=20, now=NOW)
    before = everything(url)
    csv_of(hotels, [["ittid", "name", "phone"], ["new", "New", "1"]])
    csv_of(mappings, [["ittid", "provider_name", "provider_id"], ["new", "newcomer", "a"]])

    report = load(url, hotels, mappings)

    after = everything(url)
    for table in ("hotels", "contacts", "provider_mappings"):
        assert after[table][:-1] == before[table]
        assert after[table][-1]["id"] == before[table][-1]["id"] + 1
        assert after[table][-1]["ittid"] == "new"
    assert after["locations"] == before["locations"]
    assert ("newcomer", 1, 1) in [tuple(row.values())[1:4] for row in after["supplier_summary"]]
    assert report.rows["supplier_summary"] == len(after["supplier_summary"])


@pytest.fixture
def replaced(url: str, hotels: Path, mappings: Path) -> str:
    """A catalogue of two hotels with all kinds of children, and files that speak of the first."""
    csv_of(hotels, [["ittid", "name", "city_name", "phone"], ["1", "One", "A", "11"], ["2", "Two", "B", "22"]])
    csv_of(mappings, [["ittid", "provider_name", "provider_id"], *([one, "ean", f"old {one}"] for one in "12")])
    load(url, hotels, mappings)
    change(url, "INSERT INTO chains (id, ittid, chain_name) VALUES (1, '1', 'Accor')")
    csv_of(hotels, [["ittid", "name", "city_name", "phone"], ["3", "Three", "C", None], ["1", "Uno", "D", "111"]])
    csv_of(mappings, [["ittid", "provider_name", "provider_id"], ["1", "agoda", "new 1"], ["2", "agoda", "new 2"]])
    return url


def test_replace_takes_the_place_of_a_hotel_and_its_children(replaced: str, hotels: Path, mappings: Path) -> None:
    report = load(replaced, hotels, mappings, replace=True)

    assert [tuple(row.values())[:3] for row in rows_of(replaced, "hotels")] == [
        (2, "2", "Two"),
        (3, "3", "Three"),
        (4, "1", "Uno"),
    ]
    assert [(row["ittid"], row["city_name"]) for row in rows_of(replaced, "locations")] == [
        ("2", "B"),
        ("3", "C"),
        ("1", "D"),
    ]
    assert [(row["ittid"], row["value"]) for row in rows_of(replaced, "contacts")] == [("2", "22"), ("1", "111")]
    assert column(rows_of(replaced, "provider_mappings"), "provider_id") == ["new 1", "new 2"]
    assert column(rows_of(replaced, "supplier_summary"), "provider_name") == ["agoda"]
    assert len(rows_of(replaced, "chains")) == 1  # no file speaks of chains
    assert (report.replaced, report.rows["hotels"]) == (1, 2)


def test_the_id_of_a_replaced_hotel_is_not_given_out_again(url: str, hotels: Path) -> None:
    csv_of(hotels, [["ittid", "name", "phone"], ["1", "One", "11"]])
    load(url, hotels)

    load(url, hotels, replace=True)

    assert column(rows_of(url, "hotels"), "id") == column(rows_of(url, "contacts"), "id") == [2]


def test_replace_without_a_mappings_file_keeps_the_mappings(replaced: str, hotels: Path) -> None:
    load(replaced, hotels, replace=True)

    assert column(rows_of(replaced, "provider_mappings"), "provider_id") == ["old 1", "old 2"]


def test_replace_keeps_what_the_file_has_no_column_of(replaced: str, hotels: Path) -> None:
    csv_of(hotels, [["ittid", "name"], ["1", "Uno"]])

    load(replaced, hotels, replace=True)

    assert column(rows_of(replaced, "locations"), "city_name") == ["A", "B"]
    assert column(rows_of(replaced, "contacts"), "value") == ["11", "22"]


def test_a_load_twice_is_a_load_once(replaced: str, hotels: Path, mappings: Path) -> None:
    def contents() -> dict[str, list[str]]:
        return {table: sorted(repr({**row, "id": 0}) for row in rows) for table, rows in everything(replaced).items()}

    load(replaced, hotels, mappings, replace=True)
    once = contents()
    load(replaced, hotels, mappings, replace=True)

    assert contents() == once


def test_a_failure_late_on_leaves_all_as_it_was(
    replaced: str, hotels: Path, mappings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything(replaced)

    def fail(*_: object) -> int:
        raise RuntimeError

    monkeypatch.setattr("pipeline.loading.base.Store.write_summary", fail)
    with pytest.raises(RuntimeError):
        load(replaced, hotels, mappings, replace=True)

    assert everything(replaced) == before


def test_ids_go_on_after_the_loaded_ones_on_a_server(postgres_url: str, hotels: Path) -> None:
    csv_of(hotels, [["ittid", "name"], ["1", "One"]])
    load(postgres_url, hotels)

    change(postgres_url, "INSERT INTO hotels (ittid, name) VALUES ('2', 'Two')")

    assert column(rows_of(postgres_url, "hotels"), "id") == [1, 2]


def test_the_register_of_france_loads_whole(url: str) -> None:
    hotels, mappings = DATA / "hotels_fr.csv", DATA / "mappings_fr.csv"
    require(hotels.exists() and mappings.exists(), f"the files in {DATA}")

    report = load(url, hotels, mappings, rename=RENAME)

    with hotels.open(encoding="utf-8", newline="") as lines:
        wanted = list(csv.DictReader(lines))
    with mappings.open(encoding="utf-8", newline="") as lines:
        wanted_mappings = list(csv.DictReader(lines))
    assert report.left_out == {str(hotels): ("rooms", "stars_2026"), str(mappings): ("name_similarity", "distance_m")}
    assert (len(wanted), report.orphans) == (10_991, 0)
    own = ("hotel_id", "name", "address", "postal_code", "stars", "latitude", "longitude")
    select = "SELECT ittid, name, address_line1, postal_code, rating, latitude, longitude FROM hotels ORDER BY id"
    assert answer(url, select) == [tuple(row[name] or None for name in own) for row in wanted]
    assert answer(url, "SELECT ittid, city_name, country_code FROM locations ORDER BY id") == [
        (row["hotel_id"], row["city"] or None, row["country_code"] or None)
        for row in wanted
        if row["city"] or row["country_code"]
    ]
    assert answer(url, "SELECT ittid, contact_type, value FROM contacts ORDER BY id") == [
        (row["hotel_id"], kind, row[kind]) for row in wanted for kind in ("phone", "email", "website") if row[kind]
    ]
    assert answer(url, "SELECT ittid, provider_name, provider_id, system_type FROM provider_mappings ORDER BY id") == [
        (row["hotel_id"], row["source"], row["source_id"], "a") for row in wanted_mappings
    ]
