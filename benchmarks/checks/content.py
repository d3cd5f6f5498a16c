"""What a file must hold: a catalogue in DuckDB read by plain SQL, and nested in plain Python."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from benchmarks.columns import CHILDREN, FLAT, HOTEL_SHEETS, MAPPING_SHEETS, MAPPINGS, SUPPLIERS
from benchmarks.contenders.nesting import Record, flat, records

Row = tuple[Any, ...]

SQL = Path(__file__).parents[1] / "sql"
"""One SELECT an export that is no mere table."""
_OF_HOTELS = "SELECT * FROM {} WHERE ittid IN (SELECT ittid FROM hotels) ORDER BY ittid, id"
_OF_MAPPED = """
    SELECT * FROM {} WHERE ittid IN (SELECT ittid FROM hotels) AND ittid IN (SELECT ittid FROM provider_mappings)
    ORDER BY ittid, id
"""


@dataclass(frozen=True)
class Content:
    """The records of an export, as every format has to hold them; datetimes are naive UTC."""

    export: str
    url: str
    """Of a catalogue in DuckDB."""

    @cached_property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The catalogue, read only."""
        return duckdb.connect(self.url.removeprefix("duckdb:///"), read_only=True)

    def records(self) -> Iterator[Record]:
        """Nested, as JSON, Parquet and Arrow have them."""
        return _RECORDS[self.export](self)

    def rows(self) -> Iterator[Row]:
        """Flat, as the CSV has them."""
        if self.export == "hotels":
            return (tuple(row.get(name) for name in FLAT["hotels"]) for row in map(flat, self.records()))
        return (tuple(row[name] for name in FLAT[self.export]) for row in self.selected())

    def sheets(self) -> dict[str, Iterator[Row]]:
        """The rows of each sheet, without its header."""
        if self.export == "hotels":
            return {name: self._sheet(_OF_HOTELS, *sheet) for name, sheet in HOTEL_SHEETS.items()}
        if self.export == "mappings":
            beside = {name: self._sheet(_OF_MAPPED, *sheet) for name, sheet in MAPPING_SHEETS.items()}
            return {"Mappings": self.rows(), **beside}
        once = dict.fromkeys(tuple(row[name] for name in SUPPLIERS) for row in self.selected())
        return {"Suppliers": iter(once), "Countries": self.rows()}

    def _sheet(self, select: str, table: str, columns: tuple[str, ...]) -> Iterator[Row]:
        yield from self._frame(select.format(table)).select(columns).iter_rows()

    def _frame(self, select: str) -> pl.DataFrame:
        frame: pl.DataFrame = self.connection.sql(select).pl()
        return frame

    def selected(self) -> Iterator[Record]:
        """The rows of the export's own SELECT."""
        return self._frame((SQL / f"{self.export}.sql").read_text("utf-8")).iter_rows(named=True)

    def tables(self) -> Mapping[str, pl.DataFrame]:
        """Hotels and their children, in order."""
        return {table: self._frame(_OF_HOTELS.format(table)) for table in ("hotels", *CHILDREN)}


def _hotels(content: Content) -> Iterator[Record]:
    return records(content.tables())


def _mappings(content: Content) -> Iterator[Record]:
    for row in content.selected():
        hotel = {name: row[f"hotel_{name}"] for name in ("name", "latitude", "longitude", "rating", "country_code")}
        yield {name: row[name] for name in ("ittid", *MAPPINGS)} | {"hotel": hotel}


def _suppliers(content: Content) -> Iterator[Record]:
    for _, group in groupby(content.selected(), lambda row: row["provider_name"]):
        rows = [*group]
        countries = [(row["country_code"], row["country_hotels"]) for row in rows]
        known = [{"country_code": code, "hotels": hotels} for code, hotels in countries if code is not None]
        yield {name: rows[0][name] for name in SUPPLIERS} | {"countries": known}


_RECORDS: dict[str, Callable[[Content], Iterator[Record]]] = {
    "hotels": _hotels,
    "mappings": _mappings,
    "supplier-summary": _suppliers,
}
