"""Rows as MySQL sends them to frames of the contract's types."""

from collections.abc import Sequence

import polars as pl

from pipeline.conform import refuse_value
from pipeline.mysql_session import Row
from pipeline.schema import Column, Kind
from pipeline.sources.moments import moments

_ZERO = "^0000-00-00"
_SENT = {str: pl.String, int: pl.Int64, float: pl.Float64, bytes: pl.Binary}


def frame_of(rows: Sequence[Row], columns: Sequence[Column], table: str) -> pl.DataFrame:
    """Rows as the session gives them; ``conform`` holds them against the contract."""
    values = zip(*rows, strict=True) if rows else ([] for _ in columns)
    series = [_series(cells, column, table) for cells, column in zip(values, columns, strict=False)]
    return pl.DataFrame(series)


def _series(cells: Sequence[object], column: Column, table: str) -> pl.Series:
    """Cells of one type, which the contract's can be made of or not: that is seen to by ``conform``."""
    found = {type(cell) for cell in cells} - {type(None)}
    if len(found) > 1 or found - _SENT.keys():
        refuse_value(table, column, next(cell for cell in reversed(cells) if cell is not None))
    try:
        series = pl.Series(column.name, cells, dtype=_SENT[found.pop()] if found else pl.Null, strict=True)
    except TypeError:  # Polars': unsigned integers of MySQL have a bit more
        refuse_value(table, column, max(cell for cell in cells if isinstance(cell, int)))
    if series.dtype == pl.Binary:
        series = series.cast(pl.String)
    return moments_of(series, column, table) if column.kind is Kind.TIMESTAMP and series.dtype == pl.String else series


def integers_of(texts: pl.Series, column: Column, table: str) -> pl.Series:
    """Integers that MySQL was asked to write as texts.

    Raises:
        CatalogueMismatch: One is unsigned, and has a bit more.

    """
    integers = texts.cast(pl.Int64, strict=False)
    odd = texts.filter(integers.is_null() & texts.is_not_null())
    if len(odd):
        refuse_value(table, column, int(odd[0]))
    return integers


def moments_of(texts: pl.Series, column: Column, table: str) -> pl.Series:
    """What MySQL writes as datetimes; its zero is NULL."""
    return moments(texts.set(texts.str.contains(_ZERO), None), column, table)
