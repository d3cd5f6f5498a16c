"""All rows of an export's tables out of a database and no further: ours, and the fastest way that each has itself."""

import os
import sqlite3
import subprocess
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import duckdb

from benchmarks.contenders.ours import Work
from benchmarks.job import Job
from pipeline.catalogue import connect
from pipeline.chunks import Chunk, map_ordered
from pipeline.reading import prepare
from pipeline.writers.csv import CsvWriter

TABLES = ("hotels", "locations", "contacts", "provider_mappings")
_ROWS = 10_000


def ours(job: Job) -> Work:
    """The chunks of an export, each read on the threads that would encode it, in the ranges of a CSV's export."""
    return partial(_ours, job)


def _ours(job: Job) -> None:
    source, workers = connect(job.url).export(job.dataset.name, {}).source, os.cpu_count() or 1
    with source.snapshot() as snapshot, ThreadPoolExecutor(workers) as executor:
        chunks = snapshot.select(prepare(source, snapshot, job.dataset).plan).chunks(CsvWriter.chunk_rows)
        for _ in map_ordered(executor, _taken, chunks, workers + 1):
            pass


def _taken(chunk: Chunk) -> int:
    return len(chunk.frames())


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
