"""A catalogue open for writing: what every database does alike, on top of the few things that each does its own way."""

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar

import polars as pl
from sqlglot import exp

from pipeline.errors import CatalogueMismatch
from pipeline.schema import CATALOGUE, SUPPLIER_SUMMARY, TableSpec
from pipeline.sql_files import sql_text
from pipeline.utc import naive_utc

ARRIVING = "arriving_ittids"
"""The temporary table of the ittids that a load brings."""

Row = tuple[object, ...]
"""One row of an answer, as the driver gives it."""


class Store(ABC):
    """A catalogue in one transaction; whoever opened it commits when all went well, and else rolls back."""

    dialect: ClassVar[str]
    """The name of the database in sql/ and in sqlglot."""

    def __init__(self, label: str) -> None:
        self.label = label
        self._highest: dict[str, int] = {}
        self._has_announced = False

    @abstractmethod
    def run(self, statement: str, parameters: Mapping[str, object] | None = None) -> Sequence[Row]:
        """Run one statement; its rows, none when it has none."""

    @abstractmethod
    def columns_of(self, table: str) -> Sequence[str]:
        """The names of a table's columns as the database has them."""

    @abstractmethod
    def insert(self, table: str, frame: pl.DataFrame) -> None:
        """Add the rows of a frame to the columns of the same names, in order."""

    def moment(self, moment: dt.datetime) -> object:
        """A moment as the driver takes it, in naive UTC."""
        return naive_utc(moment)

    def settle(self, table: str) -> None:  # noqa: B027 - most databases have nothing to settle
        """Do what the database needs once a table has its rows."""

    def create_tables(self) -> None:
        """Make the tables that are missing.

        Raises:
            CatalogueMismatch: a table that is there lacks a column of the contract.
        """
        for statement in statements(f"schema/{self.dialect}.sql"):
            self.run(statement)
        for table in CATALOGUE:
            self._must_fit(table)

    def append(self, table: TableSpec, frame: pl.DataFrame) -> int:
        """Add rows, numbered on from the highest id; how many. Columns that the frame lacks stay NULL."""
        if frame.is_empty():
            return 0
        first = self._highest_id(table.name) + 1
        ids = pl.int_range(first, first + frame.height, dtype=pl.Int64, eager=True).alias("id")
        self.insert(table.name, frame.select(ids, pl.all()))
        self._highest[table.name] = first + frame.height - 1
        return frame.height

    def count(self, table: TableSpec) -> int:
        """How many rows a table has."""
        return self._number(exp.select(exp.Count(this=exp.Star())).from_(table.name))

    def announce(self, ittids: pl.Series) -> None:
        """Say which ittids :meth:`taken`, :meth:`absent` and :meth:`forget` are about."""
        clear = exp.delete(ARRIVING).sql(self.dialect)
        self.run(clear if self._has_announced else sql_text("loading/arriving.sql"))
        self._has_announced = True
        self.insert(ARRIVING, ittids.unique(maintain_order=True).alias("ittid").to_frame())

    def taken(self) -> set[str]:
        """The announced ittids that the catalogue has a hotel of."""
        return {str(ittid) for (ittid,) in self.run(sql_text("loading/taken.sql"))}

    def absent(self) -> set[str]:
        """The announced ittids that the catalogue has no hotel of."""
        return {str(ittid) for (ittid,) in self.run(sql_text("loading/absent.sql"))}

    def forget(self, table: TableSpec) -> None:
        """Delete a table's rows of the announced ittids."""
        self._highest_id(table.name)  # ids are not given out twice
        announced = exp.column("ittid").isin(query=exp.select("ittid").from_(ARRIVING))
        self.run(exp.delete(table.name).where(announced).sql(self.dialect, identify=True))

    def write_summary(self, now: dt.datetime) -> int:
        """Count every supplier's hotels and mappings anew, orphans left out; how many suppliers there are."""
        self.run(exp.delete(SUPPLIER_SUMMARY.name).sql(self.dialect))
        self.run(sql_text(f"loading/summary.{self.dialect}.sql"), {"now": self.moment(now)})
        return self.count(SUPPLIER_SUMMARY)

    def settle_all(self) -> None:
        """Settle every table, last of all."""
        for table in CATALOGUE:
            self.settle(table.name)

    def _highest_id(self, table: str) -> int:
        if table not in self._highest:
            highest = exp.func("COALESCE", exp.Max(this=exp.column("id")), exp.Literal.number(0))
            self._highest[table] = self._number(exp.select(highest).from_(table))
        return self._highest[table]

    def _number(self, select: exp.Select) -> int:
        ((number,),) = self.run(select.sql(self.dialect))
        return int(str(number))

    def _must_fit(self, table: TableSpec) -> None:
        found = self.columns_of(table.name)
        for column in table.names:
            if column not in found:
                raise CatalogueMismatch(
                    f"table {table.name} of {self.label} has no column {column}; it has {', '.join(found)}",
                    table=table.name,
                    column=column,
                    wanted=column,
                )


def statements(path: str) -> list[str]:
    """The statements of a file of sql/, which ends each with a semicolon at the end of a line."""
    return [statement for statement in sql_text(path).split(";\n") if statement.strip()]
