"""A catalogue in memory: tables pulled once, and a source that hands them to an export."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.catalogue import connect
from pipeline.chunks import Chunk, Frames, Rows
from pipeline.datasets.base import Dataset
from pipeline.dialects import DUCKDB, Dialect
from pipeline.prepare import prepare
from pipeline.query import Plan, Statement
from pipeline.reshape import spans
from pipeline.schema import VIEWS, Column, Kind

_DUCKDB = {Kind.TEXT: "VARCHAR", Kind.INTEGER: "BIGINT", Kind.TIMESTAMP: "TIMESTAMP"}
_TYPES = {column.name: _DUCKDB[column.kind] for columns in VIEWS.values() for column in columns}


def pulled(url: str, dataset: Dataset[Any]) -> Frames:
    """All tables of a dataset, whole, in the order of keys."""
    source = connect(url).export(dataset.name, {}).source
    with source.snapshot() as snapshot:
        (chunk,) = snapshot.select(prepare(source, snapshot, dataset, for_sheets=True).plan).chunks(10**12)
        return {table: frame.rechunk() for table, frame in chunk.rows().frames.items()}


def rows_of(tables: Frames, key: str) -> Rows:
    """Tables in the order of a key, those of the records first, and how many rows of each a key has."""
    keys = {table: frame.get_column(key) for table, frame in tables.items()}
    parents, *_ = keys.values()
    return Rows(frames=tables, counts=pl.DataFrame({table: spans(parents, of).counts for table, of in keys.items()}))


@dataclass
class FramesSource:
    """Tables in memory, as a source: there is nothing to wait for, so what is measured is the writing."""

    tables: Frames
    dialect: Dialect = DUCKDB
    label: str = "memory"
    files: Sequence[Path] = ()
    kind: str = "frames in memory"

    @contextmanager
    def snapshot(self) -> Iterator["FramesSource"]:
        """Hold what never changes."""
        yield self

    def read(self, statement: Statement, columns: Sequence[Column], table: str) -> pl.DataFrame:
        """No orphans, no ratings that are no number."""
        del statement, table
        return pl.DataFrame([[0]], schema=[column.name for column in columns])

    def columns_of(self, statement: Statement) -> list[tuple[str, str]]:
        """All as the contract has it."""
        return [(name, _TYPES[name]) for name in statement.select.named_selects]

    def explain(self, statement: Statement, *, analyze: bool = False) -> str:
        """Nothing to tell."""
        del statement, analyze
        return ""

    def interrupt(self) -> None:
        """Nothing is read, and so nothing can be stopped."""

    def select(self, plan: Plan) -> "FramesSelection":
        """All of it."""
        return FramesSelection(plan, self.tables)


@dataclass
class FramesSelection:
    """All rows of the tables."""

    plan: Plan
    tables: Frames

    @property
    def rows(self) -> Mapping[str, int]:
        """How many rows of each table."""
        return {table.name: self.tables[table.name].height for table in self.plan.tables}

    @property
    def records(self) -> int:
        """How many records there are."""
        return self.rows[self.plan.records.name]

    @property
    def left_out(self) -> Mapping[str, int]:
        """No rows: the tables hold what the plan selects."""
        return dict.fromkeys((table.name for table in self.plan.related), 0)

    def chunks(self, chunk_rows: int) -> Iterator[Chunk]:
        """Slices of the tables."""
        rows = rows_of({table.name: self.tables[table.name] for table in self.plan.tables}, self.plan.key)
        yield from (Chunk(range=of_chunk, read=part) for of_chunk, part in rows.cut(chunk_rows))

    def stop(self) -> None:
        """Nothing is read, and so nothing can be stopped."""

    def let_go(self) -> None:
        """It was held throughout."""
