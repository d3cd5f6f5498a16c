"""Rows of PostgreSQL as a session gives them: some by a cursor, a part by COPY.

What is copied is CSV, every value between quotes, so that a NULL is no empty text. ConnectorX takes a connection for
each SELECT, and leaves three threads behind it for half a minute; a cursor makes an object of each cell. COPY does
neither, and its rows come as they are used.
"""

from collections.abc import Collection, Iterator
from contextlib import closing

import polars as pl
import psycopg
import pyarrow as pa
from pyarrow import csv

from pipeline.conform import refuse_moment
from pipeline.dialects import POSTGRES
from pipeline.errors import CatalogueMismatch, SourceError
from pipeline.schema import Kind
from pipeline.sources.dealt import Part
from pipeline.sources.moments import moments
from pipeline.sources.postgres_session import Session

_TIMESTAMP = 1114
_FLOATS = (700, 701)
"""float4 and float8 (pg_type.dat)."""
_ARROW = {Kind.TEXT: pa.string(), Kind.INTEGER: pa.int64(), Kind.TIMESTAMP: pa.string()}
"""What the text of each is read as."""


def frame_of(cursor: psycopg.Cursor, table: str) -> pl.DataFrame:
    """All rows of a small result, in the server's types.

    Raises:
        CatalogueMismatch: There is a moment among them that is none of the years 1 to 9999.

    """
    described, rows = cursor.description or (), cursor.fetchall()
    for position, column in enumerate(described):
        if column.type_code == _TIMESTAMP:
            for cell in (row[position] for row in rows if isinstance(row[position], str)):
                refuse_moment(table, column.name, repr(cell))
    return pl.DataFrame(rows, [column.name for column in described], orient="row", infer_schema_length=None)


def rows_of(session: Session, part: Part) -> Iterator[pl.DataFrame]:
    """All rows of a part, some at a time, in the types of the contract, but floats where it has their text.

    Raises:
        SourceUnavailable: The server went away, or was silent for too long.
        SourceError: It refuses the statement, or a value in it.
        CatalogueMismatch: There is a moment among them that is none of the years 1 to 9999.

    """
    try:
        floats = _floats(session, part)
        with closing(session.copied(part.statement.literal(POSTGRES))) as pieces:
            for piece in pieces:
                yield _frame(piece, part, floats)
    except CatalogueMismatch:
        raise
    except SourceError as error:
        raise type(error)(f"{part.table.view} cannot be read: {error}") from error


def _floats(session: Session, part: Part) -> set[str]:
    """The columns that are floats; those of texts alone are not asked for, which takes time where filters are long."""
    if not any(column.inexact for column in part.columns):
        return set()
    described = session.run(part.statement.without_rows().literal(POSTGRES)).description or ()
    return {column.name for column in described if column.type_code in _FLOATS}


def _frame(piece: bytes, part: Part, floats: Collection[str]) -> pl.DataFrame:
    wanted = {one.name: pa.float64() if one.name in floats else _ARROW[one.kind] for one in part.columns}
    read = csv.ReadOptions(use_threads=False, block_size=len(piece) + 1, column_names=[*wanted])
    parse = csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False)
    convert = csv.ConvertOptions(
        column_types=wanted, null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False
    )
    rows = pl.DataFrame(csv.read_csv(pa.BufferReader(piece), read, parse, convert))
    dated = [column for column in part.columns if column.kind is Kind.TIMESTAMP]
    return rows.with_columns(moments(rows[column.name], column, part.table.view) for column in dated)
