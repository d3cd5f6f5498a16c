"""What a source sent, held against the contract: the types a frame must have, and the NULLs it must not."""

import datetime as dt
from collections.abc import Sequence
from typing import NoReturn

import polars as pl

from pipeline.errors import CatalogueMismatch
from pipeline.schema import Column, Kind

_TEXTLIKE = (pl.String, pl.Categorical, pl.Enum)
_FIRST, _LAST = dt.datetime.min, dt.datetime.max  # noqa: DTZ901 - naive UTC throughout
"""The moments that a file can show; databases have others, ``infinity`` among them."""


def conform(frame: pl.DataFrame, columns: Sequence[Column], table: str) -> pl.DataFrame:
    """Give a frame the contract's types, without altering a value.

    Integers become text where text is wanted, and floats where they may be, aware datetimes naive UTC ones; nothing
    else is guessed.

    Raises:
        CatalogueMismatch: A column is missing, has another type, has a NULL where none may be, or a moment outside of
            the years 1 to 9999.

    """
    conformed = frame.select_seq(_cast(frame, column, table) for column in columns)
    for column in columns:
        if not column.nullable and conformed.get_column(column.name).null_count():
            refuse_null(table, column.name)
    _check_years(conformed, table)
    return conformed


def refuse_null(table: str, column: str) -> NoReturn:
    """Tell of a NULL where none may be."""
    message = (
        f"{table}.{column} holds a NULL, and must not; give the row a value, or leave it out with a view of the table"
    )
    raise CatalogueMismatch(message, table=table, column=column, found="NULL", wanted="a value")


def refuse_missing(table: str, column: Column) -> NoReturn:
    """Tell of a column that is not there."""
    message = f"{table} has no column {column.name}; add it, or make a view of the table that has it"
    raise CatalogueMismatch(message, table=table, column=column.name, found="nothing", wanted=column.kind.name)


def refuse_type(table: str, column: Column, found: str) -> NoReturn:
    """Tell of a column that the contract's values cannot be made of."""
    message = (
        f"{table}.{column.name} is {found}, and {column.kind.name.lower()} is wanted;"
        " change the column, or make a view of the table that casts it"
    )
    raise CatalogueMismatch(message, table=table, column=column.name, found=found, wanted=column.kind.name)


def refuse_value(table: str, column: Column, cell: object) -> NoReturn:
    """Tell of a value that is not of the column's kind."""
    message = (
        f"{table}.{column.name} holds {cell!r:.60}, and {column.kind.name.lower()} is wanted;"
        " mend the row, or make a view of the table that casts it"
    )
    found = type(cell).__name__
    raise CatalogueMismatch(message, table=table, column=column.name, found=found, wanted=column.kind.name)


def refuse_moment(table: str, column: str, found: str) -> NoReturn:
    """Tell of a moment outside of the years 1 to 9999, or of a date that there is not."""
    wanted = "a moment of the years 1 to 9999"
    message = f"{table}.{column} holds {found:.60}, which no file can show; give the row {wanted}, or NULL"
    raise CatalogueMismatch(message, table=table, column=column, found=found, wanted=wanted)


def shown(number: float) -> str:
    """A float as text: the fewest digits that read back the same, on every source alike."""
    return repr(number)


def _check_years(frame: pl.DataFrame, table: str) -> None:
    moments = frame.select_seq(pl.col(Kind.TIMESTAMP.value))
    outside = moments.select_seq((~pl.all().is_between(_FIRST, _LAST)).any())
    for column in outside.columns:
        if outside.get_column(column).item():
            refuse_moment(table, column, "a moment")


def _cast(frame: pl.DataFrame, column: Column, table: str) -> pl.Expr:
    if column.name not in frame.columns:
        refuse_missing(table, column)
    found, wanted = frame.schema[column.name], column.kind.value
    if found == wanted:
        return pl.col(column.name)
    if found.is_float() and column.inexact:
        return pl.lit(_float_texts(frame.get_column(column.name)))
    if not _harmless(found, column.kind):
        refuse_type(table, column, str(found))
    return _exact(pl.col(column.name), found, column.kind)


def _float_texts(numbers: pl.Series) -> pl.Series:
    """Polars has the fewest digits of a Float32 too, but writes 5e-05 as 0.00005."""
    fewest = numbers.cast(pl.String).cast(pl.Float64)
    texts = [None if number is None else shown(number) for number in fewest]
    return pl.Series(numbers.name, texts, dtype=pl.String)


def _harmless(found: pl.DataType, wanted: Kind) -> bool:
    if found == pl.Null:
        return True
    if wanted is Kind.TEXT:
        return isinstance(found, _TEXTLIKE) or found.is_integer()
    if wanted is Kind.INTEGER:
        return found.is_integer() and found not in (pl.UInt64, pl.Int128)
    return isinstance(found, pl.Datetime) or found == pl.Date


def _exact(column: pl.Expr, found: pl.DataType, wanted: Kind) -> pl.Expr:
    if isinstance(found, pl.Datetime) and found.time_zone is not None:
        column = column.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    return column.cast(wanted.value, strict=True)
