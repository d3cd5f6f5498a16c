"""Made catalogues: what is in them, and that they are the same everywhere."""

import datetime as dt
import hashlib
import json
import unicodedata
from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import OptionError
from pipeline.loading import make
from pipeline.loading.draws import shuffled
from pipeline.loading.make import make_catalogue
from pipeline.schema import CATALOGUE
from tests.loading.given import NOW, made, summary_of
from tests.loading.rows import COLUMNS, Row, column, rows_of

CHILDREN = ("locations", "contacts", "provider_mappings", "chains")


@pytest.fixture(scope="module", params=[0, 1, -(2**70)])
def hundred(request: pytest.FixtureRequest) -> Mapping[str, list[Row]]:
    return made(100, seed=request.param)


def test_every_database_holds_exactly_the_rows_that_were_made(url: str) -> None:
    counts = make_catalogue(url, hotels=150, seed=7, now=NOW)

    wanted = made(150, seed=7)
    for table in ("hotels", *CHILDREN):
        found = rows_of(url, table)
        assert column(found, "id") == list(range(1, len(found) + 1))
        assert [{name: cell for name, cell in row.items() if name != "id"} for row in found] == wanted[table]
        assert counts[table] == len(found)
    summary = [tuple(row.values())[1:] for row in rows_of(url, "supplier_summary")]
    assert summary == summary_of(wanted, NOW.replace(tzinfo=None))
    assert counts["supplier_summary"] == len(summary)
    assert list(counts) == list(COLUMNS)


def test_a_seed_always_gives_the_same_catalogue() -> None:
    """The content is a promise to whoever measures with it: a new Polars must not change it."""
    content = json.dumps(made(200, seed=3), default=str, sort_keys=True)

    assert hashlib.sha256(content.encode()).hexdigest()[:16] == "012286a790b6383d"
    assert made(50, seed=3)["hotels"] != made(50, seed=4)["hotels"]


def test_a_row_does_not_depend_on_its_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    def ordered(rows: Mapping[str, list[Row]]) -> dict[str, list[str]]:
        return {table: sorted(map(repr, own)) for table, own in rows.items()}

    whole = made(300)
    monkeypatch.setattr(make, "_BATCH_BITS", 4)

    assert ordered(made(300)) == ordered(whole)


@given(bits=st.integers(1, 12), seed=st.integers(-(2**70), 2**70))
def test_the_order_of_storage_is_a_permutation(bits: int, seed: int) -> None:
    positions = pl.select(position=pl.int_range(0, 2**bits, dtype=pl.UInt64))

    indexes = positions.select(shuffled(pl.col("position"), bits, seed, "hotels")).to_series()

    assert sorted(indexes) == list(range(2**bits))


def test_hotels_are_stored_in_shuffled_order() -> None:
    ittids = [ittid for ittid in column(made(20_000)["hotels"], "ittid") if ittid.isdigit() and len(ittid) == 8]

    rises = sum(first < second for first, second in pairwise(ittids))
    assert 0.45 < rises / len(ittids) < 0.55
    steps = Counter(int(second) - int(first) for first, second in pairwise(ittids))
    assert steps.most_common(1)[0][1] < 20
    assert sorted(set(ittids)) == sorted(ittids)


def test_the_tables_have_the_columns_of_the_contract(hundred: Mapping[str, list[Row]]) -> None:
    for table in ("hotels", *CHILDREN):
        assert {"id", *hundred[table][0]} == set(COLUMNS[table])


@pytest.mark.parametrize(
    ("table", "name", "values"),
    [
        ("hotels", "ittid", ["00123", "1E5", "219E01BE", "12345678901234567890", "A-1", "a-1", "é-1", "9", "x" * 100]),
        ("hotels", "rating", ["4.5", "", "4.5 stars", None, " 4 ", ".5", "5."]),
        ("hotels", "latitude", ["", None, "1e-7"]),
        ("hotels", "postal_code", ["00123", "1E5", "", None]),
        ("hotels", "name", ["=1+1", "@SUM(A1:A9)", "-7", "\uff1d1+1", "'=1+1", "\t=1+1", "\r=1+1", "🏨"]),
        ("hotels", "address_line1", ["a\x0bb _x0041_", "U+FFFE \ufffe", "CR\rhere", "CRLF\r\nhere", "LF\nhere"]),
        ("hotels", "address_line2", [None, "", "x" * 32_767, "🏨" * 16_384, "y" * 32_768]),
        ("contacts", "value", ["  outer spaces  ", 'say "hi"', "tab\there", "Alpha; Beta", "\\N", "\\.", '""', "=1+1"]),
        ("locations", "city_name", ["\x01\x02\x1f control", "NULL", "100% _ %", "e\u0301 a\u030a n\u0303 combined"]),
        ("provider_mappings", "provider_id", ["00123", "1E5", "219E01BE", "12345678901234567890", "; ", "-7"]),
        ("provider_mappings", "provider_name", ["ean", "EAN", "Straße & Söhne", "STRASSE & SÖHNE", "携程", "@rooms"]),
        ("provider_mappings", "giata_code", [None, ""]),
        ("provider_mappings", "vervotech_id", [None, ""]),
        ("provider_mappings", "system_type", ["a", "b"]),
        ("contacts", "contact_type", ["phone", "email", "fax", "website"]),
    ],
)
def test_a_hundred_hotels_hold_every_awkward_value(
    hundred: Mapping[str, list[Row]], table: str, name: str, values: list[str | None]
) -> None:
    there = set(column(hundred[table], name))

    assert [value for value in values if value not in there] == []


SCRIPTS = (
    "LATIN",
    "CYRILLIC",
    "GREEK",
    "ARABIC",
    "HEBREW",
    "DEVANAGARI",
    "THAI",
    "CJK",
    ("KATAKANA", "HIRAGANA"),
    "HANGUL",
)


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_hundred_hotels_have_names_in_every_script(
    hundred: Mapping[str, list[Row]], script: str | tuple[str, ...]
) -> None:
    letters = [letter for name in column(hundred["hotels"], "name") for letter in name if letter.isalpha()]

    assert any(unicodedata.name(letter, "").startswith(script) for letter in letters)


@pytest.mark.parametrize("table", ["hotels", "locations", "provider_mappings"])
def test_a_hundred_hotels_hold_every_awkward_moment(hundred: Mapping[str, list[Row]], table: str) -> None:
    moments = column(hundred[table], "updated_at")

    present = [moment for moment in moments if moment]
    assert len(present) < len(moments)
    assert min(present) == dt.datetime(1, 1, 1)  # noqa: DTZ001
    assert max(present) == dt.datetime(9999, 12, 31, 23, 59, 59, 999_999)  # noqa: DTZ001
    assert any(moment.year == 1899 for moment in present)
    assert any(moment.microsecond for moment in present)
    assert any(not moment.microsecond for moment in present)


def test_no_text_has_a_nul_as_postgresql_cannot_hold_it(hundred: Mapping[str, list[Row]]) -> None:
    texts = [cell for rows in hundred.values() for row in rows for cell in row.values() if isinstance(cell, str)]

    assert [text for text in texts if "\x00" in text] == []


def test_long_values_stay_rare() -> None:
    hotels = made(5_000)["hotels"]

    long = [cell for hotel in hotels for cell in hotel.values() if isinstance(cell, str) and len(cell) > 10_000]
    assert 1 <= len(long) < 10


def test_what_never_is_null_is_not(hundred: Mapping[str, list[Row]]) -> None:
    for table in CATALOGUE[:5]:
        for needed in (one.name for one in table.columns if not one.nullable and one.name != "id"):
            assert None not in column(hundred[table.name], needed)


def test_hotels_have_no_child_or_several_and_children_no_hotel(hundred: Mapping[str, list[Row]]) -> None:
    ittids = set(column(hundred["hotels"], "ittid"))
    without = {}
    for table in CHILDREN:
        children = Counter(column(hundred[table], "ittid"))
        without[table] = ittids - set(children)
        assert without[table], table
        assert set(children) - ittids, table
        assert table == "chains" or any(count > 1 for count in children.values())
    assert set.intersection(*without.values())
    assert max(Counter(column(hundred["contacts"], "ittid")).values()) == 300


def test_the_sizes_are_those_of_a_real_catalogue() -> None:
    rows = made(10_000)

    assert len(rows["hotels"]) == 10_000
    assert 9_500 < len(rows["locations"]) < 10_700
    assert 19_000 < len(rows["contacts"]) < 21_500
    assert 33_000 < len(rows["provider_mappings"]) < 38_000
    suppliers = Counter(column(rows["provider_mappings"], "provider_name"))
    assert 20 <= len(suppliers) <= 40
    assert max(suppliers.values()) > 20 * min(suppliers.values())
    assert len(set(column(rows["locations"], "country_code"))) > 60


def test_giata_codes_repeat_within_a_hotel() -> None:
    codes = Counter((row["ittid"], row["giata_code"]) for row in made(200)["provider_mappings"] if row["giata_code"])

    assert any(count > 1 for count in codes.values())


@pytest.mark.parametrize("hotels", [0, 1, 2, 63])
def test_small_catalogues_are_whole_too(file_url: str, hotels: int) -> None:
    counts = make_catalogue(file_url, hotels=hotels, now=NOW)

    assert counts["hotels"] == len({row["ittid"] for row in rows_of(file_url, "hotels")}) == hotels
    assert counts["contacts"] == len(rows_of(file_url, "contacts"))


def test_a_relative_url_is_relative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    make_catalogue("duckdb:///here.duckdb", hotels=1, now=NOW)

    assert [path.name for path in tmp_path.iterdir()] == ["here.duckdb"]


def test_a_catalogue_with_rows_is_left_alone(url: str) -> None:
    make_catalogue(url, hotels=3, now=NOW)

    with pytest.raises(OptionError, match="has 3 hotels already"):
        make_catalogue(url, hotels=5, now=NOW)

    assert len(rows_of(url, "hotels")) == 3


def test_fewer_than_no_hotels_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="-1"):
        make_catalogue(f"duckdb:///{tmp_path}/c.duckdb", hotels=-1, now=NOW)

    assert list(tmp_path.iterdir()) == []
