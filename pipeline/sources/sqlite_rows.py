"""Rows as SQLite has them, which has no types worth the name, to frames of the contract's types.

Datetimes are read as SQLite writes them (https://www.sqlite.org/lang_datefunc.html, the formats with a date).
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import polars as pl

from pipeline.conform import refuse_value, shown
from pipeline.schema import Column, Kind
from pipeline.utc import microseconds, naive_utc

Row = tuple[Any, ...]

_USUAL_MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-5][0-9](\.[0-9]{1,6})?$"
"""What Polars and Python read alike; Polars takes more for a datetime, such as 2024-6-30 or a second 60."""


def frame_of(rows: Sequence[Row], columns: Sequence[Column], table: str) -> pl.DataFrame:
    """Rows as SQLite gives them; what a value is, is checked here."""
    values = zip(*rows, strict=True) if rows else ([] for _ in columns)
    series = [_series(list(cells), column, table) for cells, column in zip(values, columns, strict=False)]
    return pl.DataFrame(series)


def _series(cells: list[Any], column: Column, table: str) -> pl.Series:
    try:
        if column.kind is Kind.TIMESTAMP:
            return _moments(pl.Series(column.name, cells, dtype=pl.String, strict=True), column, table)
        return pl.Series(column.name, cells, dtype=column.kind.value, strict=True)
    except TypeError:
        return pl.Series(column.name, [_value(cell, column, table) for cell in cells], dtype=column.kind.value)


def _moments(texts: pl.Series, column: Column, table: str) -> pl.Series:
    """The usual form at once; the others one by one, as the filters read them all."""
    usual = pl.select(pl.when(texts.str.contains(_USUAL_MOMENT)).then(texts)).to_series()
    moments = usual.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us", strict=False).alias(column.name)
    others = (texts.is_not_null() & moments.is_null()).arg_true()
    of_others = [_value(text, column, table) for text in texts.gather(others)]
    return moments.scatter(others, pl.Series(of_others, dtype=column.kind.value))


def _value(cell: object, column: Column, table: str) -> object:
    """A value that SQLite has under another type than the column's."""
    if cell is None:
        return None
    if column.kind is Kind.TEXT and isinstance(cell, str):
        return cell
    if column.kind is Kind.TIMESTAMP and isinstance(cell, str) and (moment := _moment(cell)):
        return moment
    if column.kind is Kind.INTEGER and isinstance(cell, int):
        return cell
    return refuse_value(table, column, cell)


def _moment(text: str) -> dt.datetime | None:
    try:
        return naive_utc(dt.datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return None


def as_shown(cell: str | bytes | int | float | None) -> str | bytes | None:  # noqa: PYI041 - they are not shown alike
    """Numbers as text; all else as it is."""
    if isinstance(cell, int):
        return str(cell)
    return shown(cell) if isinstance(cell, float) else cell


def as_microseconds(cell: object) -> int | None:
    """Microseconds from 1970 to a datetime as SQLite has it; what is none is outside every range."""
    moment = _moment(cell) if isinstance(cell, str) else None
    return None if moment is None else microseconds(moment)
