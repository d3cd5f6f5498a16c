"""Nested records as frames."""

import polars as pl

from pipeline.chunks import Frames
from pipeline.datasets.base import RECORDS, Children, RecordShape
from pipeline.reshape import nest, spans
from pipeline.schema import Column, Kind


def nested_frame(shape: RecordShape, arranged: Frames) -> pl.DataFrame:
    """Arranged frames → one row a record: fields, structs, lists of structs; datetimes aware, in UTC."""
    frame = arranged[RECORDS]
    groups = [
        pl.struct(_aware(column).alias(name) for name, column in group.fields).alias(group.name)
        for group in shape.groups
    ]
    own, keys = frame.select_seq(*map(_aware, shape.columns), *groups), frame.get_column(shape.key)
    return own.with_columns_seq(_nested(keys, arranged[children.name], children) for children in shape.children)


def _nested(parents: pl.Series, rows: pl.DataFrame, children: Children) -> pl.Series:
    of = spans(parents, rows.get_column(parents.name))
    return nest(rows.select_seq(*map(_aware, children.columns)), of).alias(children.name)


def _aware(column: Column) -> pl.Expr:
    named = pl.col(column.name)
    return named.dt.replace_time_zone("UTC") if column.kind is Kind.TIMESTAMP else named
