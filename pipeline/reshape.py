"""Frames to frames: join children as text, take the first of them, nest them.

All of it is local to a chunk: a chunk holds whole keys, so nothing here ever misses a row.
"""

import polars as pl


def join_text(children: pl.DataFrame, key: str, column: str, *, distinct: bool = False) -> pl.DataFrame:
    """The values of a child column as one text a key, in order, NULLs left out.

    key, column → key, column (text joined by ``; ``). A key without values has no row.
    """
    values = children.select(key, column).drop_nulls(column)
    if distinct:
        values = values.unique(maintain_order=True)
    return join_rows(values, key, column, "; ")


def join_rows(children: pl.DataFrame, key: str, column: str, separator: str) -> pl.DataFrame:
    """The texts of each key as one: key, column → key, column; no NULLs in, a key without rows has none."""
    # A list first: joining within the aggregation takes three times as long.
    lists = children.group_by(key, maintain_order=True).agg(pl.col(column))
    return lists.with_columns(pl.col(column).list.join(separator))


def first_of(children: pl.DataFrame, key: str) -> pl.DataFrame:
    """The first row of each key; columns as they are."""
    return children.unique(subset=key, keep="first", maintain_order=True)


def attach(parents: pl.DataFrame, children: pl.DataFrame, key: str) -> pl.DataFrame:
    """Parents with the columns of their one child, NULL where there is none; order and rows of the parents."""
    return parents.join(children, on=key, how="left", maintain_order="left")


def nest(parents: pl.DataFrame, children: pl.DataFrame, key: str, name: str) -> pl.DataFrame:
    """Parents with a ``list<struct>`` of their children, an empty list where there are none.

    key, … and key, fields… → key, …, ``name``: list<struct<fields>>. Order of both kept.
    """
    fields = [column for column in children.columns if column != key]
    lists = children.group_by(key, maintain_order=True).agg(pl.struct(fields).alias(name))
    return attach(parents, lists, key).with_columns(pl.col(name).fill_null([]))
