"""Filters on PostgreSQL where sessions would read backslashes in texts as more than themselves (F1)."""

import pytest

import pipeline
from tests.figures import figure
from tests.loading.rows import change
from tests.sql.values import hotels_called, many
from tests.stored import store_in_postgres

NAMES = many(figure(3_000, promised=100_000), seed=5)
NO_CHILDREN = {"include_locations": False, "include_contacts": False, "include_mappings": False}


@pytest.mark.parametrize("options", ["", "?options=-cstandard_conforming_strings%3Doff%20-cbackslash_quote%3Don"])
def test_hostile_values_match_themselves_alone(options: str, postgres_url: str) -> None:
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
