"""Moments out of the text that a database makes of them."""

import polars as pl

from pipeline.conform import refuse_moment
from pipeline.schema import Column


def moments(texts: pl.Series, column: Column, table: str) -> pl.Series:
    """What a server writes as datetimes.

    Raises:
        CatalogueMismatch: One is no date of the years 1 to 9999, such as 2020-02-00, 0044-03-15 BC or infinity.

    """
    moments = texts.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us", strict=False)
    odd = texts.filter(moments.is_null() & texts.is_not_null())
    if len(odd):
        refuse_moment(table, column.name, repr(odd[0]))
    return moments
