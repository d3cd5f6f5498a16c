"""Text by Polars expressions: rows from templates, dates, and which texts need work.

Here, as in all that is done to a chunk, ``select_seq`` runs in the thread that has the chunk, where ``select`` would
hand every small step to Polars' own threads and wait (docs/decisions/expressions-in-the-callers-thread.md).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import cast

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
    return frame.select_seq(_text(frame.schema[name], pl.col(name)) for name in frame.columns)


def _text(dtype: pl.DataType, column: pl.Expr) -> pl.Expr:
    if isinstance(dtype, pl.Datetime):
        return iso(column)
    return column if dtype == pl.String else column.cast(pl.String)


def longest(frame: pl.DataFrame, columns: Sequence[str], *, in_bytes: bool = False) -> dict[str, int]:
    """The length of the longest text of each column; all are counted as one column, which takes one call."""
    if not columns:
        return {}
    texts = pl.concat(frame.get_column(name).alias("") for name in columns).str
    lengths, height = texts.len_bytes() if in_bytes else texts.len_chars(), frame.height
    longest_of_each = (lengths.slice(place * height, height).max() for place in range(len(columns)))
    return {name: cast("int", length or 0) for name, length in zip(columns, longest_of_each, strict=True)}


Matches = dict[str, pl.Series]
"""For some columns the positions of the texts that match a pattern."""


def matches(frame: pl.DataFrame, columns: Iterable[str], pattern: str) -> Matches:
    """The columns in which some text matches a pattern, and where: only these need work."""
    positions = frame.select_seq(pl.col(name).str.contains(pattern).arg_true().implode() for name in columns)
    return {column.name: column[0] for column in positions if len(column[0])}


def mended(frame: pl.DataFrame, found: Matches, mend: Callable[[pl.Expr], pl.Expr]) -> pl.DataFrame:
    """Texts that match, mended; the others, which are most, are not touched."""
    if not found:
        return frame
    texts = matching(frame, found).to_frame().select_seq(mend(pl.first())).to_series()
    columns = (frame.get_column(name).clone().scatter(found[name], part) for name, part in _apart(texts, found))
    return frame.with_columns_seq(*columns)


def matching(frame: pl.DataFrame, found: Matches) -> pl.Series:
    """The texts that match, column by column: what is done to all at once takes one call, not one a column."""
    return pl.concat([frame.get_column(name)[at] for name, at in found.items()])


def kept(found: Matches, wanted: pl.Series) -> Matches:
    """Matches without some of them: ``wanted`` has a Boolean for each, in the order of ``matching``."""
    less = {name: found[name].filter(part) for name, part in _apart(wanted, found)}
    return {name: at for name, at in less.items() if len(at)}


def _apart(together: pl.Series, found: Matches) -> Iterator[tuple[str, pl.Series]]:
    """What stands for all of ``matching``, column by column again."""
    start = 0
    for name, at in found.items():
        yield name, together.slice(start, len(at))
        start += len(at)
