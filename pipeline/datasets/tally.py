"""Key metrics of a chunk, counted from the frames that are written."""

from collections import Counter
from typing import Any

import polars as pl

from pipeline.dialects import rating_number

Tally = dict[str, Counter[str]]
"""Key metrics by subject: what is counted, and how many."""


def count_by(frame: pl.DataFrame, column: str) -> Counter[str]:
    """Rows by the value of a column, NULLs left out; what was met first stands first."""
    return _counted(frame.get_column(column).drop_nulls())


def keys_by(children: pl.DataFrame, key: str, column: str) -> Counter[str]:
    """Distinct keys by the value of a column, NULLs left out; what was met first stands first."""
    counted = children.group_by(column, maintain_order=True).agg(pl.col(key).n_unique().alias("_keys"))
    return Counter({value: number for value, number in counted.iter_rows() if value is not None})


def _counted(values: pl.Series) -> Counter[Any]:
    """How often each value is there. Grouping a frame in the same order takes five times as long."""
    return Counter(dict(zip(values.unique(maintain_order=True), values.unique_counts(), strict=True)))


def spread_of_ratings(hotels: pl.DataFrame) -> Counter[str]:
    """Hotels by the whole numbers that their rating is between; apart from these, ``none`` and ``not a number``."""
    spread: Counter[str] = Counter()
    for rating, count in _counted(hotels.get_column("rating")).items():
        spread[_step(rating)] += count
    return spread


_STEPS = ("0 to 1", "1 to 2", "2 to 3", "3 to 4", "4 to 5", "5")
_MOST = 5


def _step(rating: str | None) -> str:
    if rating is None:
        return "none"
    number = rating_number(rating)
    if number is None:
        return "not a number"
    return _STEPS[int(number)] if number <= _MOST else "over 5"


def add(total: Tally, chunk: Tally) -> None:
    """Add the metrics of a chunk to the total in place; what was met first stands first."""
    for subject, counts in chunk.items():
        total.setdefault(subject, Counter()).update(counts)
