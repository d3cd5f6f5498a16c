"""Filters on MySQL under every sql_mode that reads text in another way (F1)."""

from collections.abc import Iterator

import pytest

import pipeline
from pipeline.sources import mysql
from tests.figures import figure
from tests.loading.rows import answer
from tests.servers import MariaDB
from tests.sql.values import hotels_called, many
from tests.stored import store_in_mysql

MODES = ("", "ANSI_QUOTES", "NO_BACKSLASH_ESCAPES", "PIPES_AS_CONCAT", "ANSI,TRADITIONAL,NO_BACKSLASH_ESCAPES")
MANY = figure(20_000, promised=100_000)
NO_CHILDREN = {"include_locations": False, "include_contacts": False, "include_mappings": False}


@pytest.fixture(scope="module", params=MODES)
def stored(request: pytest.FixtureRequest, server: MariaDB) -> Iterator[tuple[str, list[str]]]:
    """A catalogue of hostile names on a server of this mode, and the names."""
    names = many(MANY, seed=len(request.param))
    server.run("CREATE DATABASE modes CHARACTER SET utf8mb4")
    server.run(f"SET GLOBAL sql_mode = '{request.param}'")
    try:
        yield store_in_mysql(f"{server.url}/modes", hotels_called(names)), names
    finally:
        server.run("SET GLOBAL sql_mode = DEFAULT")
        server.run("DROP DATABASE modes")


IN_THIS_MODE = ("SET time_zone = '+00:00'",)
"""A session of the source that does not see to its mode."""


@pytest.mark.parametrize("session", [mysql._SESSION, IN_THIS_MODE], ids=["as ever", "in this mode"])
def test_hostile_values_match_themselves_alone(
    stored: tuple[str, list[str]], session: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mysql, "_SESSION", session)
    url, names = stored
    assert sorted(str(name) for (name,) in answer(url, "SELECT ittid FROM hotels")) == names
    with pipeline.connect(url) as catalogue:
        for wanted in (names[::2], names[1::2]):
            of_ids = catalogue.hotels(ittids=wanted[::-1], **NO_CHILDREN)
            assert of_ids.count() == len(wanted)
            assert of_ids.to_polars().get_column("ittid").to_list() == wanted
            of_types = catalogue.hotels(property_types=wanted, **NO_CHILDREN).to_polars()
            assert of_types.get_column("property_type").to_list() == wanted


def test_the_sql_that_is_shown_finds_the_same_in_a_session_of_this_mode(stored: tuple[str, list[str]]) -> None:
    url, wanted = stored[0], stored[1][::40]
    shown = pipeline.connect(url).hotels(ittids=wanted, **NO_CHILDREN).sql()["hotels"]
    assert [row[0] for row in answer(url, shown)] == wanted
