"""Values as text, by Polars expressions.

Here, as in all that is done to a chunk, ``select_seq`` runs in the thread that has the chunk, where ``select`` would
hand every small step to Polars' own threads and wait (docs/decisions/expressions-in-the-callers-thread.md).
"""

from collections.abc import Callable, Mapping
from typing import TypeVar

import numpy as np
import polars as pl

from pipeline.stack import K
from pipeline.writers.block import Block
from pipeline.writers.weave import Texts

V = TypeVar("V")

_TO_THE_SECOND = pl.first().dt.strftime("%Y-%m-%dT%H:%M:%SZ")
_EXACT = pl.first().dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ")
_HAS_FRACTION = pl.first().dt.microsecond() != 0
DIGITS = pl.first().cast(pl.String)
"""An integer as text."""


def iso(moments: pl.DataFrame) -> pl.Series:
    """Naive UTC datetimes, in one column, as ``2025-06-30T05:59:01Z``, six decimals only where there are any."""
    return moments.select_seq(pl.when(_HAS_FRACTION).then(_EXACT).otherwise(_TO_THE_SECOND)).to_series()


Way = Callable[[Texts, Mapping[K, pl.Series]], Mapping[K, V]]
"""What becomes of columns of one type, one at least."""


def by_type(
    texts: Texts, columns: Mapping[K, pl.Series], *, text: Way[K, V], number: Way[K, V], moment: Way[K, V]
) -> dict[K, V]:
    """What becomes of columns of text, of integers and of naive UTC datetimes; in the order of the columns."""
    of_types: dict[Way[K, V], dict[K, pl.Series]] = {}
    for key, column in columns.items():
        way = text if column.dtype == pl.String else moment if isinstance(column.dtype, pl.Datetime) else number
        of_types.setdefault(way, {})[key] = column
    known = {key: became for way, of_type in of_types.items() for key, became in way(texts, of_type).items()}
    return {key: known[key] for key in columns}


def as_text(texts: Texts, columns: Mapping[K, pl.Series], text: Way[K, Block[K]]) -> dict[K, Block[K]]:
    """Where each column is found as the text that it stands for, those of text treated in a way of their own."""
    return by_type(texts, columns, text=text, number=_numbers, moment=_moments)


def _numbers(texts: Texts, columns: Mapping[K, pl.Series]) -> dict[K, Block[K]]:
    return dict.fromkeys(columns, Block(texts, columns, DIGITS))


def _moments(texts: Texts, columns: Mapping[K, pl.Series]) -> dict[K, Block[K]]:
    """As ``iso`` writes them; the exact form is made of those alone that have it."""
    block = Block(texts, columns, _TO_THE_SECOND)
    finer = np.flatnonzero(block.stack.values.select_seq(_HAS_FRACTION.fill_null(value=False)).to_series().to_numpy())
    block.mend(finer, block.stack.some(finer).select_seq(_EXACT).to_series())
    return dict.fromkeys(columns, block)
