"""Text by Polars expressions: rows from templates, dates, and which columns need work."""

from collections.abc import Iterable, Sequence
from itertools import groupby

import polars as pl

Part = str | pl.Expr
"""A literal, or an expression of text that is never NULL."""


def concatenated(parts: Iterable[Part]) -> pl.Expr:
    """One text of literals and expressions; neighbouring literals become one."""
    merged: list[pl.Expr] = []
    for is_literal, run in groupby(parts, key=lambda part: isinstance(part, str)):
        pieces = list(run)
        merged += [pl.lit("".join(map(str, pieces)))] if is_literal else [p for p in pieces if isinstance(p, pl.Expr)]
    return pl.concat_str(merged)


def iso(column: pl.Expr) -> pl.Expr:
    """Naive UTC datetimes as ``2025-06-30T05:59:01Z``, six decimals only where there are any."""
    whole = column.dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    exact = column.dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ")
    return pl.when(column.dt.microsecond() == 0).then(whole).otherwise(exact)


def texts(frame: pl.DataFrame) -> pl.DataFrame:
    """Every column as the text that it stands for; NULL stays NULL."""
    return frame.select(_text(frame.schema[name], pl.col(name)) for name in frame.columns)


def _text(dtype: pl.DataType, column: pl.Expr) -> pl.Expr:
    if isinstance(dtype, pl.Datetime):
        return iso(column)
    return column if dtype == pl.String else column.cast(pl.String)


def found(frame: pl.DataFrame, columns: Sequence[str], pattern: str) -> set[str]:
    """The columns in which some text matches a pattern: only these need work."""
    if not columns:
        return set()
    flags = frame.select(pl.col(name).str.contains(pattern).any() for name in columns)
    return {name for name in columns if flags.get_column(name).item()}
