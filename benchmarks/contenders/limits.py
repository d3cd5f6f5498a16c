"""What no exporter can do without: one reading of the source, deflating the bytes, putting them on the disk."""

import shutil
import subprocess
import zipfile
from functools import partial
from pathlib import Path

import duckdb
from isal import isal_zlib

from benchmarks.contenders.ours import Work, write_xlsx
from benchmarks.job import Job

_TABLES = ("hotels", "locations", "contacts", "provider_mappings")
_PIECE = 1 << 20


def duckdb_pull(job: Job) -> Work:
    """Every column of the four tables, by DuckDB's own COPY, thrown away."""
    connection = duckdb.connect(job.url.removeprefix("duckdb:///"), read_only=True)
    return partial(_duckdb_pull, connection)


def _duckdb_pull(connection: duckdb.DuckDBPyConnection) -> None:
    for table in _TABLES:
        connection.execute(f"COPY {table} TO '/dev/null' (FORMAT csv)").fetchall()


def postgres_pull(job: Job) -> Work:
    """Every column of the four tables, by psql's copy, thrown away."""
    commands = [part for table in _TABLES for part in ("-c", rf"\copy {table} TO /dev/null")]
    return partial(subprocess.run, ["psql", "-qX", job.url, *commands], check=True)


def deflate(job: Job) -> Work:
    """The XML of our own workbook, by igzip at the level that we use."""
    write_xlsx(job)()
    with zipfile.ZipFile(job.target) as book:
        parts = [book.read(name) for name in book.namelist()]
    return partial(_deflate, parts, job.target)


def _deflate(parts: list[bytes], target: Path) -> None:
    with target.open("wb") as file:
        for part in parts:
            compressor = isal_zlib.compressobj(1, isal_zlib.DEFLATED, -15)
            for start in range(0, len(part), _PIECE):
                file.write(compressor.compress(memoryview(part)[start : start + _PIECE]))
            file.write(compressor.flush())


def copy(job: Job) -> Work:
    """Our own workbook, copied."""
    write_xlsx(job)()
    return partial(shutil.copyfile, job.target, job.target.with_suffix(".copy"))
