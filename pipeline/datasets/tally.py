"""Key metrics of a chunk, counted from the frames that are written."""

from collections import Counter

import polars as pl

Tally = dict[str, Counter[str]]
"""Key metrics by subject: what is counted, and how many."""


def count_by(frame: pl.DataFrame, column: str) -> Counter[str]:
    """Rows by the value of a column, NULLs left out."""
    return Counter(dict(frame.select(column).drop_nulls().group_by(column, maintain_order=True).len().iter_rows()))


def keys_by(children: pl.DataFrame, key: str, column: str) -> Counter[str]:
    """Distinct keys by the value of a column, NULLs left out."""
    return count_by(children.select(key, column).unique(maintain_order=True), column)


def spread_of_ratings(hotels: pl.DataFrame) -> Counter[str]:
    """Hotels by the whole number that their rating begins with; apart from these, ``none`` and ``not a number``."""
    typed = pl.col("rating").str.strip_chars(" ")
    is_number = typed.str.contains(r"^([0-9]+\.?[0-9]*|\.[0-9]+)$")
    number = pl.when(is_number).then(typed).cast(pl.Float64, strict=False)
    whole = number.floor().clip(0, 6).cast(pl.UInt8).replace_strict(_STEPS, default="not a number")
    step = pl.when(pl.col("rating").is_null()).then(pl.lit("none")).otherwise(whole)
    return count_by(hotels.select(step.alias("step")), "step")


_STEPS = {0: "0 to 1", 1: "1 to 2", 2: "2 to 3", 3: "3 to 4", 4: "4 to 5", 5: "5", 6: "over 5"}


def add(total: Tally, chunk: Tally) -> None:
    """Add the metrics of a chunk to the total in place; what was met first stands first."""
    for subject, counts in chunk.items():
        total.setdefault(subject, Counter()).update(counts)
