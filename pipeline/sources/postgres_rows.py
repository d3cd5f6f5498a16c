"""Rows of PostgreSQL as a session copies them: CSV, every value between quotes, so that a NULL is no empty text.

ConnectorX takes a connection for each SELECT, and leaves three threads behind it for half a minute; a cursor makes
an object of each cell. COPY does neither, and its rows come as they are used.
"""

from collections.abc import Iterator, Mapping
from contextlib import closing

import polars as pl
import pyarrow as pa
from pyarrow import csv

from pipeline.dialects import POSTGRES
from pipeline.query import Statement
from pipeline.schema import Column, Kind
from pipeline.sources.moments import moments
from pipeline.sources.postgres_session import Session

_TIMESTAMP = 1114
_NUMBERS = {**dict.fromkeys((20, 21, 23), pa.int64()), **dict.fromkeys((700, 701), pa.float64())}
"""Integers and floats; all else is text, or is made of it (pg_type.dat)."""


def frames_of(session: Session, statement: Statement, table: str) -> Iterator[pl.DataFrame]:
    """All rows of a SELECT, some at a time, in the types of the contract but for floats.

    Raises:
        SourceUnavailable: The server went away, or was silent for too long.
        SourceError: It refuses the statement, or a value in it.
        CatalogueMismatch: There is a moment among them that is none of the years 1 to 9999.

    """
    described = session.run(statement.without_rows().literal(POSTGRES)).description or ()
    types = {column.name: column.type_code for column in described}
    with closing(session.copied(statement.literal(POSTGRES))) as pieces:
        for piece in pieces:
            yield _frame(piece, types, table)


def _frame(piece: bytes, types: Mapping[str, int], table: str) -> pl.DataFrame:
    wanted = {name: _NUMBERS.get(code, pa.string()) for name, code in types.items()}
    read = csv.ReadOptions(use_threads=False, block_size=len(piece) + 1, column_names=[*types])
    parse = csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False)
    convert = csv.ConvertOptions(
        column_types=wanted, null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False
    )
    rows = pl.DataFrame(csv.read_csv(pa.BufferReader(piece), read, parse, convert))
    dated = [Column(name=name, kind=Kind.TIMESTAMP) for name, code in types.items() if code == _TIMESTAMP]
    return rows.with_columns(moments(rows[column.name], column, table) for column in dated)
