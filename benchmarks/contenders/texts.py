"""Other writers of JSON and CSV: the same records, from the same frames."""

import json
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path

import duckdb
import orjson
import polars as pl
import pyarrow.csv

from benchmarks.columns import FLAT
from benchmarks.contenders.nesting import flat, iso, records, write_rows
from benchmarks.contenders.ours import Work
from benchmarks.frames import rows_of
from benchmarks.job import Job
from pipeline.datasets.tables import KEY

_BATCH = 1_000


def orjson_batches(job: Job) -> Work:
    """Orjson, a batch of records at a time; children are dicts of Polars' making."""
    return partial(_orjson_batches, job)


def _orjson_batches(job: Job) -> None:
    options, rest = orjson.OPT_INDENT_2 | orjson.OPT_NAIVE_UTC | orjson.OPT_UTC_Z, records(job.tables)
    with job.target.open("wb") as file:
        file.write(b'{"data": [')
        for number, batch in enumerate(iter(lambda: list(islice(rest, _BATCH)), [])):
            file.write(b"," * (number > 0) + orjson.dumps(batch, option=options)[1:-1])
        file.write(b"]}")


def json_dump(job: Job) -> Work:
    """The standard library, as everybody calls it."""
    return partial(_json_dump, job)


def _json_dump(job: Job) -> None:
    with job.target.open("w", encoding="utf-8") as file:
        json.dump({"data": list(records(job.tables))}, file, indent=2, ensure_ascii=False, default=_text)


def _text(value: object) -> str:
    assert isinstance(value, datetime)  # noqa: S101 - nothing else is in a catalogue
    return iso(value)


def dict_writer(job: Job) -> Work:
    """Records flattened in Python, then csv.DictWriter."""
    return partial(write_rows, job.target, FLAT["hotels"], map(flat, records(job.tables)))


def pyarrow_csv(job: Job) -> Work:
    """Flattened as ours is, by Polars, then pyarrow's writer; it has no such form of datetimes, so it gets text."""
    return partial(_pyarrow_csv, job)


def _pyarrow_csv(job: Job) -> None:
    moment = pl.col(pl.Datetime)
    whole, finer = (moment.dt.strftime(f"%Y-%m-%dT%H:%M:%S{decimals}Z") for decimals in ("", "%.6f"))
    text = pl.when(moment.dt.microsecond() == 0).then(whole).otherwise(finer)
    table = job.dataset.flat(job.dataset.arrange(rows_of(job.tables, KEY.name))).with_columns(text).to_arrow()
    pyarrow.csv.write_csv(table, job.target)


def duckdb_copy(job: Job) -> Work:
    """Flattened in SQL, then COPY."""
    connection = duckdb.connect()
    for name, frame in job.tables.items():
        connection.register(name, frame.with_row_index("place").to_arrow())
    select = Path(__file__).with_name("flat.sql").read_text("utf-8")
    return partial(_duckdb_copy, connection, f"COPY ({select}) TO '{job.target}' (HEADER)")


def _duckdb_copy(connection: duckdb.DuckDBPyConnection, statement: str) -> None:
    connection.execute(statement).fetchall()
