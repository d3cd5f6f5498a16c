"""On the databases themselves: a filter's value matches itself and nothing else (F1)."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import duckdb
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.catalogue import connect
from pipeline.export import Export
from pipeline.paging import encode_page
from tests.figures import figure
from tests.require import mysql_login
from tests.sql.values import hotels_called, many, texts
from tests.stored import READINGS, Store, store_of

MANY = figure(3_000, promised=100_000)
SOME = st.lists(texts, min_size=1, max_size=20, unique=True)
NO_CHILDREN = {"include_locations": False, "include_contacts": False, "include_mappings": False}

# An example is a database written and read: fewer of them, and many values in each.
live = settings(
    max_examples=max(10, settings().max_examples // 5),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module", params=READINGS)
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One database of each kind, or one folder of files."""
    with store_of(request.param, tmp_path_factory.mktemp("catalogues")) as store:
        yield store


def ittids(export: Export) -> list[str]:
    found: list[str] = export.to_polars().get_column("ittid").to_list()
    return found


def one_of(names: list[str], data: st.DataObject) -> str:
    return data.draw(st.sampled_from(names), label="asked for")


def some_of(names: list[str], data: st.DataObject) -> list[str]:
    """One of the names or several, in any order."""
    chosen = st.lists(st.sampled_from(names), min_size=1, max_size=1 + len(names) // 2, unique=True)
    return data.draw(chosen, label="asked for")


@live
@given(names=SOME, data=st.data())
def test_ittids_match_the_hotels_of_these_ittids_alone(store: Store, names: list[str], data: st.DataObject) -> None:
    wanted = some_of(names, data)
    with connect(store(hotels_called(names))) as catalogue:
        assert ittids(catalogue.hotels(ittids=wanted, **NO_CHILDREN)) == sorted(wanted)


@live
@given(names=SOME, data=st.data())
def test_property_types_match_the_hotels_of_these_types_alone(
    store: Store, names: list[str], data: st.DataObject
) -> None:
    wanted = some_of(names, data)
    with connect(store(hotels_called(names))) as catalogue:
        assert ittids(catalogue.hotels(property_types=wanted, **NO_CHILDREN)) == sorted(wanted)


@live
@given(names=SOME, data=st.data())
def test_a_supplier_matches_the_suppliers_of_that_name_in_any_case(
    store: Store, names: list[str], data: st.DataObject
) -> None:
    wanted = one_of(names, data)
    alike = sorted(name for name in names if name.casefold() == wanted.casefold())
    with connect(store(hotels_called(names))) as catalogue:
        mappings = catalogue.mappings(suppliers=[wanted]).to_polars()
        assert mappings.get_column("provider_name").to_list() == alike


@live
@given(names=SOME, data=st.data())
def test_a_page_goes_on_behind_its_ittid_in_the_order_of_code_points(
    store: Store, names: list[str], data: st.DataObject
) -> None:
    last = one_of(names, data)
    with connect(store(hotels_called(names))) as catalogue:
        behind = catalogue.hotels(after=encode_page((last,)), **NO_CHILDREN)
        assert ittids(behind) == sorted(name for name in names if name > last)


@live
@given(names=SOME, data=st.data())
def test_the_sql_that_is_shown_finds_the_same(store: Store, names: list[str], data: st.DataObject) -> None:
    wanted = some_of(names, data)
    url = store(hotels_called(names))
    with connect(url) as catalogue:
        shown = catalogue.hotels(ittids=wanted, **NO_CHILDREN).sql()["hotels"]
    assert [row[0] for row in answer(url, shown)] == sorted(wanted)


def answer(url: str, select: str) -> list[tuple[Any, ...]]:
    """What the database's own driver gives for a text that has its values in it."""
    parts = urlsplit(url)
    if parts.scheme == "postgresql":
        with psycopg.connect(url) as server:
            return server.execute(select.encode()).fetchall()
    if parts.scheme == "mysql":
        with mysql_login(url) as login, login.cursor() as cursor:
            cursor.execute(select)
            return [*cursor.fetchall()]
    file = parts.path.removeprefix("/")
    if parts.scheme == "duckdb":
        with duckdb.connect(file, read_only=True) as connection:
            return connection.execute(select).fetchall()
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(select).fetchall()


def test_thousands_of_values_in_one_filter_match_themselves_alone(store: Store) -> None:
    names = many(MANY)
    with connect(store(hotels_called(names))) as catalogue:
        for wanted in (names[::2], names[1::2]):
            export = catalogue.hotels(ittids=wanted[::-1], **NO_CHILDREN)
            assert export.count() == len(wanted)
            assert ittids(export) == wanted
