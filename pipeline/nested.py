"""Nested records as frames."""

import polars as pl

from pipeline.arranged import RECORDS, Arranged
from pipeline.datasets.base import Children, RecordShape
from pipeline.reshape import nest
from pipeline.schema import Column, Kind


def nested_frame(shape: RecordShape, arranged: Arranged) -> pl.DataFrame:
    """Arranged rows → one row a record: fields, structs, lists of structs; datetimes aware, in UTC."""
    frame = arranged.frames[RECORDS]
    groups = [
        pl.struct(_aware(column).alias(name) for name, column in group.fields).alias(group.name)
        for group in shape.groups
    ]
    own = frame.select_seq(*map(_aware, shape.columns), *groups)
    return own.with_columns_seq(_nested(arranged, children) for children in shape.children)


def _nested(arranged: Arranged, children: Children) -> pl.Series:
    rows = arranged.frames[children.name].select_seq(*map(_aware, children.columns))
    return nest(rows, arranged.spans[children.name]).alias(children.name)


def _aware(column: Column) -> pl.Expr:
    named = pl.col(column.name)
    return named.dt.replace_time_zone("UTC") if column.kind is Kind.TIMESTAMP else named
