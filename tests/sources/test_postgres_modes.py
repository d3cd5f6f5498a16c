"""PostgreSQL whose sessions would read texts as more than themselves (F1), or show values in other ways."""

import datetime as dt
from pathlib import Path

import pytest

import pipeline
from tests.figures import figure
from tests.loading.rows import change
from tests.sql.values import hotels_called, many
from tests.stored import COPIED, store_in_postgres

NAMES = many(figure(3_000, promised=100_000), seed=5)
NOW = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
NO_CHILDREN = {"include_locations": False, "include_contacts": False, "include_mappings": False}


@pytest.mark.parametrize("source", ["postgres", COPIED])
@pytest.mark.parametrize("options", ["", "?options=-cstandard_conforming_strings%3Doff%20-cbackslash_quote%3Don"])
def test_hostile_values_match_themselves_alone(options: str, source: str, postgres_url: str) -> None:
    del source  # as which it is read
    store_in_postgres(postgres_url, hotels_called(NAMES))
    database = postgres_url.rpartition("/")[2]
    for setting in ("standard_conforming_strings = off", "backslash_quote = on", "escape_string_warning = off"):
        change(postgres_url, f"ALTER DATABASE {database} SET {setting}")
    with pipeline.connect(postgres_url + options) as catalogue:
        for wanted in (NAMES[::2], NAMES[1::2]):
            for filters in ({"ittids": wanted[::-1]}, {"property_types": wanted}):
                export = catalogue.hotels(**filters, **NO_CHILDREN)
                assert export.count() == len(wanted)
                assert export.to_polars().get_column("ittid").to_list() == wanted


SHOWN_OTHERWISE = {
    "DateStyle": "'SQL, DMY'",
    "TimeZone": "'Asia/Tokyo'",
    "client_encoding": "'LATIN1'",
    "extra_float_digits": "0",
    "IntervalStyle": "'sql_standard'",
}


@pytest.mark.parametrize("source", ["postgres", COPIED])
def test_files_do_not_depend_on_how_database_and_environment_show_things(
    source: str, postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del source  # as which it is read
    pipeline.make_catalogue(postgres_url, hotels=200, now=NOW)
    for column in ("latitude", "longitude"):
        text = f"ALTER TABLE hotels ALTER COLUMN {column} TYPE float8 USING nullif({column}, '')::float8 / 3"
        change(postgres_url, "UPDATE hotels SET latitude = id, longitude = id", text)
    change(postgres_url, "UPDATE hotels SET name = 'Ã©toile' WHERE id = 5")
    change(postgres_url, "ALTER TABLE locations ALTER COLUMN updated_at TYPE timestamptz")
    plain = written(postgres_url, tmp_path / "plain.ndjson")
    for name, value in SHOWN_OTHERWISE.items():
        change(postgres_url, f"ALTER DATABASE {postgres_url.rpartition('/')[2]} SET {name} = {value}")
    assert written(postgres_url, tmp_path / "otherwise.ndjson") == plain
    for name, value in {"CLIENTENCODING": "LATIN1", "DATESTYLE": "German", "TZ": "Asia/Tokyo"}.items():
        monkeypatch.setenv(f"PG{name}", value)
    assert written(postgres_url, tmp_path / "in another environment.ndjson") == plain


def written(url: str, file: Path) -> bytes:
    pipeline.connect(url).hotels().write(file)
    return file.read_bytes()
