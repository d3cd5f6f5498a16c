"""Values as text, by Polars expressions.

Here, as in all that is done to a chunk, ``select_seq`` runs in the thread that has the chunk, where ``select`` would
hand every small step to Polars' own threads and wait (docs/decisions/expressions-in-the-callers-thread.md).
"""

from functools import cache

import polars as pl


def iso(column: pl.Expr) -> pl.Expr:
    """Naive UTC datetimes as ``2025-06-30T05:59:01Z``, six decimals only where there are any."""
    whole = column.dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    exact = column.dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ")
    return pl.when(column.dt.microsecond() == 0).then(whole).otherwise(exact)


def as_texts(frame: pl.DataFrame) -> pl.DataFrame:
    """Every column as the text that it stands for; NULL stays NULL."""
    return frame.select_seq(_text(name, isinstance(dtype, pl.Datetime)) for name, dtype in frame.schema.items())


@cache
def _text(name: str, is_date: bool) -> pl.Expr:  # noqa: FBT001 - a key of the cache
    return iso(pl.col(name)) if is_date else pl.col(name).cast(pl.String)
