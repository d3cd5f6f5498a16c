"""Frames to frames: join children as text, take the first of them, nest them.

All of it is local to a chunk, which holds whole keys in order, children too. So the children of a parent stand one
after another, and where they do is all that is needed: nothing is grouped or looked up by its key.
"""

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from pipeline.buffers import lists, regrouped


@dataclass(frozen=True)
class Spans:
    """Where the children of each parent stand among all children, both in the order of their key."""

    counts: pl.Series
    """How many children each parent has, Int64."""

    @cached_property
    def bounds(self) -> pl.Series:
        """Where each parent's children begin, and where the last ones end."""
        return pl.concat([pl.Series(self.counts.name, [0]), self.counts.cum_sum()])

    def of(self, wanted: pl.Series) -> "Spans":
        """Where those children stand that are wanted, a Boolean each, among all that are."""
        before = pl.concat([pl.Series(wanted.name, [0]), wanted.cum_sum().cast(pl.Int64)])
        return Spans(before.gather(self.bounds).diff().slice(1))


def spans(parents: pl.Series, children: pl.Series) -> Spans:
    """Where the children of each parent stand.

    Args:
        parents: Keys in order, each once.
        children: The key of each child, in the same order.

    Raises:
        AssertionError: A child has no parent, or stands out of order.

    """
    runs = children.rle().struct.unnest()
    heads = runs.get_column("value")
    at = parents.search_sorted(heads)
    if heads.len() and (at[-1] >= parents.len() or not parents.gather(at).equals(heads) or not _ascending(at)):
        raise AssertionError("children do not stand in the order of their parents")
    counts = pl.zeros(parents.len(), pl.Int64, eager=True)
    return Spans(counts.scatter(at, runs.get_column("len").cast(pl.Int64)))


def _ascending(positions: pl.Series) -> bool:
    return bool((positions.diff().slice(1) > 0).all())


def first_of(children: pl.DataFrame, of: Spans) -> pl.DataFrame:
    """The first child of each parent, a row a parent, NULLs where there is none; columns as they are."""
    first = pl.select(pl.when(of.counts > 0).then(of.bounds.slice(0, of.counts.len()))).to_series()
    return children.select(pl.all().gather(first))


def join_text(values: pl.Series, of: Spans, separator: str) -> pl.Series:
    """The values of each parent's children as one text, in order; NULLs are left out, of nothing there is NULL."""
    present = of.of(values.is_not_null()) if values.null_count() else of
    after_separator = pl.select(pl.concat_str(pl.lit(separator), values.drop_nulls())).to_series()
    # Separators are cut off, not left out: a text that begins later in the same bytes is no copy.
    joined = regrouped(after_separator, present.bounds).str.strip_prefix(separator)
    return pl.select(pl.when(present.counts > 0).then(joined).alias(values.name)).to_series()


def nest(children: pl.DataFrame, of: Spans) -> pl.Series:
    """The children of each parent as a list of structs; where there are none an empty list."""
    return lists(children.to_struct(), of.bounds)


def attach(parents: pl.DataFrame, children: pl.DataFrame, key: str) -> pl.DataFrame:
    """Rows with the columns of the one other row that has their key, NULL where there is none; order kept."""
    return parents.join(children, on=key, how="left", maintain_order="left")
