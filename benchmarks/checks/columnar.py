"""Parquet and Arrow files read back by DuckDB: whatever their size, it sums up the hashes of numbered rows."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import duckdb
import pyarrow as pa

from benchmarks.checks.content import SQL, Content
from benchmarks.columns import CHILDREN, HOTELS, MAPPINGS, SUPPLIERS
from benchmarks.job import Job
from benchmarks.verdict import Verdict

_SUM = "SELECT count(*), sum(hash({})::HUGEINT) FROM ({})"
_MOMENTS = {"created_at", "updated_at", "last_updated", "summary_generated_at"}

_FOUND = "SELECT *, row_number() OVER () AS place FROM found"
_LISTED = """
    SELECT {key}, place, one.* FROM (
      SELECT {key}, unnest({table}) AS one, generate_subscripts({table}, 1) AS place FROM found
    )
"""
_HOTELS = "SELECT *, row_number() OVER (ORDER BY ittid) AS place FROM hotels"
_CHILDREN = """
    SELECT *, row_number() OVER (PARTITION BY ittid ORDER BY id) AS place FROM {table}
    WHERE ittid IN (SELECT ittid FROM hotels)
"""
_MAPPINGS = "SELECT *, row_number() OVER (ORDER BY ittid, provider_name, id) AS place FROM ({select})"
_OF_HOTEL = ("hotel_name", "hotel_latitude", "hotel_longitude", "hotel_rating", "hotel_country_code")
_MAPPING_FOUND = """
    SELECT * EXCLUDE (hotel), hotel.name AS hotel_name, hotel.latitude AS hotel_latitude,
    hotel.longitude AS hotel_longitude, hotel.rating AS hotel_rating, hotel.country_code AS hotel_country_code,
    row_number() OVER () AS place FROM found
"""
_SUPPLIERS = "SELECT *, row_number() OVER (ORDER BY provider_name) AS place FROM supplier_summary"
_COUNTRIES = """
    SELECT *, country_hotels AS hotels, row_number() OVER (PARTITION BY provider_name ORDER BY country_code) AS place
    FROM ({select}) WHERE country_code IS NOT NULL
"""


class Compared(NamedTuple):
    """A table as the file has it and as the catalogue has it."""

    columns: tuple[str, ...]
    found: str
    wanted: str


def check_columnar(job: Job, content: Content) -> Verdict:
    """Every row and its place, those of nested lists too."""
    connection = content.connection
    if job.target.suffix == ".arrow":
        connection.register("found", pa.ipc.open_file(pa.memory_map(str(job.target))).read_all())
    else:
        connection.execute(f"CREATE TEMP VIEW found AS FROM read_parquet('{job.target}')")
    differing = [name for name, table in _tables(job.task.export) if not _same(connection, table)]
    wrong = f"the rows of {', '.join(differing)}" if differing else ""
    return Verdict(how="read back by DuckDB", wrong=wrong)


def _same(connection: duckdb.DuckDBPyConnection, table: Compared) -> bool:
    named = (f"epoch_us({name})" if name in _MOMENTS else name for name in table.columns)
    columns = ", ".join(["place", *named])
    found, wanted = (
        connection.execute(_SUM.format(columns, select)).fetchall() for select in (table.found, table.wanted)
    )
    return found == wanted


def _tables(export: str) -> Iterator[tuple[str, Compared]]:
    select = (SQL / Path(f"{export}.sql")).read_text("utf-8") if export != "hotels" else ""
    if export == "hotels":
        yield export, Compared(HOTELS, _FOUND, _HOTELS)
        for table, columns in CHILDREN.items():
            found = _LISTED.format(key="ittid", table=table)
            yield table, Compared(("ittid", *columns), found, _CHILDREN.format(table=table))
    elif export == "mappings":
        yield export, Compared(("ittid", *MAPPINGS, *_OF_HOTEL), _MAPPING_FOUND, _MAPPINGS.format(select=select))
    else:
        found = _LISTED.format(key="provider_name", table="countries")
        yield export, Compared(SUPPLIERS, _FOUND, _SUPPLIERS)
        columns = ("provider_name", "country_code", "hotels")
        yield "countries", Compared(columns, found, _COUNTRIES.format(select=select))
