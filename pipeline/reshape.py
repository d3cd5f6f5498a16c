"""Frames to frames: join children as text, take the first of them, nest them.

All of it is local to a chunk, which holds whole keys in order, children too. So the children of a parent stand one
after another, and where they do is all that is needed: nothing is grouped or looked up by its key.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from pipeline.buffers import lists, regrouped


@dataclass(frozen=True)
class Spans:
    """Where the children of each parent stand among all children, both in the order of their key."""

    counts: pl.Series
    """How many children each parent has, Int64."""

    @classmethod
    def of(cls, counts: pl.Series, parents: pl.DataFrame, children: pl.DataFrame) -> "Spans":
        """By how many children each parent has, where that is known.

        Raises:
            AssertionError: These are not the counts of these parents and children.

        """
        if (counts.len(), counts.sum()) != (parents.height, children.height):
            raise AssertionError("counts are not of these parents and children")
        return cls(counts)

    @cached_property
    def bounds(self) -> pl.Series:
        """Where each parent's children begin, and where the last ones end."""
        return pl.Series(np.concatenate([[0], np.cumsum(self.counts.to_numpy())]))

    def is_first(self) -> npt.NDArray[np.intp]:
        """For each child 1 if it is the first of its parent, else 0."""
        counts, bounds = self.counts.to_numpy(), self.bounds.to_numpy()
        first = np.zeros(bounds[-1], np.intp)
        first[bounds[:-1][counts > 0]] = 1
        return first


def spans(parents: pl.Series, children: pl.Series) -> Spans:
    """Where the children of each parent stand.

    Args:
        parents: Keys in order, each once.
        children: The key of each child, in the same order.

    Raises:
        AssertionError: A child has no parent, or stands out of order.

    """
    of, have_one = spans_of_known(parents, children)
    if have_one is not None:
        raise AssertionError("children do not stand in the order of their parents")
    return of


def spans_of_known(parents: pl.Series, children: pl.Series) -> tuple[Spans, pl.Series | None]:
    """Where the children of each parent stand among those that have one; and whether each has one, None if all do.

    Args:
        parents: Keys in order, each once.
        children: The key of each child, in the same order.

    Raises:
        AssertionError: A child stands out of order.

    """
    runs = children.rle().struct.unnest()
    heads, lengths = runs.get_column("value"), runs.get_column("len").cast(pl.Int64)
    have_one = None
    at = (
        pl.int_range(heads.len(), dtype=pl.UInt32, eager=True)
        if heads.equals(parents)
        else parents.search_sorted(heads)
    )
    if (known := _known(parents, heads, at)) is not None:
        have_one = pl.Series(np.repeat(known, lengths.to_numpy()))
        at, lengths = at.filter(pl.Series(known)), lengths.filter(pl.Series(known))
    # Neighbouring runs differ, so positions that do not descend ascend.
    if not at.is_sorted():
        raise AssertionError("children do not stand in the order of their parents")
    none = pl.Series([0], dtype=pl.Int64).new_from_index(0, parents.len())
    return Spans(none.scatter(at, lengths)), have_one


def _known(parents: pl.Series, keys: pl.Series, at: pl.Series) -> npt.NDArray[np.bool_] | None:
    """Which keys are those of the parents at these positions; None if all are."""
    inside = at.to_numpy() < parents.len()
    if inside.all() and parents.gather(at).equals(keys):
        return None
    if parents.is_empty():
        return inside
    found = parents.gather(pl.Series(np.where(inside, at.to_numpy(), 0)))
    known: npt.NDArray[np.bool_] = inside & found.eq_missing(keys).to_numpy()
    return known


def first_of(children: pl.DataFrame, of: Spans) -> pl.DataFrame:
    """The first child of each parent, a row a parent, NULLs where there is none; columns as they are."""
    first = pl.select(pl.when(of.counts > 0).then(of.bounds.slice(0, of.counts.len()))).to_series()
    return children.select_seq(pl.all().gather(first))


def join_texts(children: pl.DataFrame, of: Spans, separator: str, **texts: pl.Expr) -> pl.DataFrame:
    """Texts of each parent's children as one, in order; of nothing there is NULL.

    Args:
        children: Rows in the order of their parents.
        of: Where the children of each parent stand.
        separator: What stands between two texts.
        texts: By the name of what comes out, an expression of a child's text with the separator before it. Where it is
            NULL, the child is left out.

    """
    after_separators = children.select_seq(text.fill_null("").alias(name) for name, text in texts.items())
    joined = regrouped(after_separators, of.bounds)
    # The first separator is cut off, not left out: a text that begins later in the same bytes is no copy.
    every = pl.all()
    return joined.select_seq(pl.when(every != "").then(every.str.strip_prefix(separator)))


def nest(children: pl.DataFrame, of: Spans) -> pl.Series:
    """The children of each parent as a list of structs; where there are none an empty list."""
    return lists(children.to_struct(), of.bounds)


def attach(parents: pl.DataFrame, children: pl.DataFrame, key: str) -> pl.DataFrame:
    """Rows with the columns of the one other row that has their key, NULL where there is none; order kept."""
    return parents.join(children, on=key, how="left", maintain_order="left")
