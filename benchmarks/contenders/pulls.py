"""All rows of an export's tables out of a database and no further: ours, and the fastest way that each has itself."""

import sqlite3
import subprocess
from collections.abc import Callable
from functools import partial

import duckdb

from benchmarks.contenders.ours import Work
from benchmarks.job import Job
from pipeline.catalogue import connect
from pipeline.prepare import prepare
from pipeline.sources.dealt import DealtSelection
from pipeline.writers.csv import CsvWriter

TABLES = ("hotels", "locations", "contacts", "provider_mappings")
_ROWS = 10_000


def ours(job: Job) -> Work:
    """Every row of an export through its snapshot, checked, dealt out and sorted, in the chunks of a CSV's export."""
    return partial(_selected, job, _in_order)


def ours_as_they_come(job: Job) -> Work:
    """The same rows as they are read, in no order: what the dealing out and sorting are measured beside."""
    return partial(_selected, job, _as_they_come)


def _selected(job: Job, use: Callable[[DealtSelection], object]) -> None:
    source = connect(job.url).export(job.dataset.name, {}).source
    with source.snapshot() as snapshot:
        selection = snapshot.select(prepare(source, snapshot, job.dataset).plan)
        assert isinstance(selection, DealtSelection)  # noqa: S101 - as those of all sources are
        use(selection)


def _as_they_come(selection: DealtSelection) -> int:
    return sum(rows.height for _, rows in selection.as_they_come())


def _in_order(selection: DealtSelection) -> int:
    return sum(len(chunk.rows().frames) for chunk in selection.chunks(CsvWriter.chunk_rows))


def duckdb_copy(job: Job) -> Work:
    """Every column of the four tables, by DuckDB's own COPY, thrown away."""
    return partial(_duckdb_copy, job.url.removeprefix("duckdb:///"))


def _duckdb_copy(file: str) -> None:
    with duckdb.connect(file, read_only=True) as connection:
        for table in TABLES:
            connection.execute(f"COPY {table} TO '/dev/null' (FORMAT csv)").fetchall()


def sqlite_rows(job: Job) -> Work:
    """Every column of the four tables, as the standard library gives them, thrown away."""
    return partial(_sqlite_rows, job.url.removeprefix("sqlite:///"))


def _sqlite_rows(file: str) -> None:
    connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    for table in TABLES:
        rows = connection.execute(f"SELECT * FROM {table}")  # noqa: S608 - one of the names above
        while rows.fetchmany(_ROWS):
            pass
    connection.close()


def postgres_copy(job: Job) -> Work:
    r"""Every column of the four tables, by psql's \copy, thrown away."""
    commands = [part for table in TABLES for part in ("-c", rf"\copy {table} TO /dev/null")]
    return partial(subprocess.run, ["psql", "-qX", job.url, *commands], check=True)
