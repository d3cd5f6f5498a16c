"""Catalogues of the tests' own, and a reader of their rows that shares nothing with what wrote them."""

import datetime as dt
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import duckdb
import psycopg

from tests.require import mysql_login

COLUMNS: Mapping[str, Sequence[str]] = {
    "hotels": (
        *("id", "ittid", "name", "latitude", "longitude", "address_line1", "address_line2", "postal_code", "rating"),
        *("property_type", "primary_photo", "map_status", "content_update_status", "created_at", "updated_at"),
    ),
    "locations": (
        *("id", "ittid", "city_name", "state_name", "state_code", "country_name", "country_code"),
        *("master_city_name", "city_code", "city_location_id", "created_at", "updated_at"),
    ),
    "contacts": ("id", "ittid", "contact_type", "value"),
    "provider_mappings": (
        *("id", "ittid", "provider_name", "provider_id", "system_type", "vervotech_id", "giata_code"),
        *("created_at", "updated_at"),
    ),
    "chains": ("id", "ittid", "chain_name", "chain_code", "brand_name"),
    "supplier_summary": (
        *("id", "provider_name", "total_hotels", "total_mappings", "last_updated", "summary_generated_at"),
    ),
}
"""The contract of spec.md §1, written down once more."""

MOMENTS = {"created_at", "updated_at", "last_updated", "summary_generated_at"}

Row = dict[str, Any]


def rows_of(url: str, table: str) -> list[Row]:
    """All rows of a table, by id."""
    columns = COLUMNS[table]
    select = f"SELECT {', '.join(columns)} FROM {table} ORDER BY id"
    return [dict(zip(columns, row, strict=True)) for row in answer(url, select)]


def answer(url: str, select: str) -> list[tuple[Any, ...]]:
    """What the database says, moments as datetimes whatever it keeps them as."""
    scheme = urlsplit(url).scheme
    if scheme == "postgresql":
        with psycopg.connect(url) as server:
            return server.execute(select.encode()).fetchall()
    if scheme == "mysql":
        with mysql_login(url) as login, login.cursor() as asked:
            asked.execute(select)
            return [*asked.fetchall()]
    if scheme == "duckdb":
        with closing(duckdb.connect(_file(url), read_only=True)) as file:
            return file.execute(select).fetchall()
    with closing(sqlite3.connect(_file(url))) as file:
        cursor = file.execute(select)
        names = [name for name, *_ in cursor.description]
        return [tuple(_moment(name, cell) for name, cell in zip(names, row, strict=True)) for row in cursor]


def change(url: str, *statements: str) -> None:
    """Run statements and commit them."""
    scheme = urlsplit(url).scheme
    if scheme == "postgresql":
        with psycopg.connect(url) as server:
            for statement in statements:
                server.execute(statement.encode())
    elif scheme == "mysql":
        with mysql_login(url) as login, login.cursor() as asked:
            for statement in statements:
                asked.execute(statement)
    else:
        with closing(duckdb.connect(_file(url)) if scheme == "duckdb" else sqlite3.connect(_file(url))) as file:
            for statement in statements:
                file.execute(statement).fetchall()
            file.commit()


def column(rows: Sequence[Row], name: str) -> list[Any]:
    """One column of rows."""
    return [row[name] for row in rows]


def _file(url: str) -> str:
    return urlsplit(url).path.removeprefix("/")


def _moment(name: str, cell: object) -> object:
    if name not in MOMENTS or cell is None:
        return cell
    text = str(cell)
    moment = dt.datetime.fromisoformat(text)
    assert moment.isoformat(sep=" ") == text  # the one form that sorts as time does
    return moment
