"""Nested records as frames."""

import polars as pl

from pipeline.chunks import Frames
from pipeline.datasets.base import RECORDS, RecordShape
from pipeline.reshape import nest
from pipeline.schema import Column, Kind


def nested_frame(shape: RecordShape, arranged: Frames) -> pl.DataFrame:
    """Arranged frames → one row a record: fields, structs, lists of structs; datetimes aware, in UTC."""
    frame = arranged[RECORDS]
    groups = [
        pl.struct(_aware(column).alias(name) for name, column in group.fields).alias(group.name)
        for group in shape.groups
    ]
    own = frame.select(*map(_aware, shape.columns), *groups)
    for children in shape.children:
        rows = arranged[children.name].select(shape.key, *map(_aware, children.columns))
        own = nest(own, rows, shape.key, children.name)
    return own


def _aware(column: Column) -> pl.Expr:
    named = pl.col(column.name)
    return named.dt.replace_time_zone("UTC") if column.kind is Kind.TIMESTAMP else named
