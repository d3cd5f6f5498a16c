"""Values as text.

Here, as in all that is done to a chunk, ``select_seq`` runs in the thread that has the chunk, where ``select`` would
hand every small step to Polars' own threads and wait (docs/decisions/expressions-in-the-callers-thread.md).
"""

from collections.abc import Callable, Mapping

import polars as pl

from pipeline.schema import Kind
from pipeline.stack import K, Stack
from pipeline.writers.block import Block
from pipeline.writers.moments import iso_texts
from pipeline.writers.weave import Texts

DIGITS = pl.first().cast(pl.String)
"""A number as text, a fraction with the fewest digits that tell it from others."""


Way = Callable[[Texts, Stack[K]], Block[K]]
"""From columns of a kind to the text that they stand for."""


def as_text(texts: Texts, stacks: Mapping[Kind, Stack[K]], text: Way[K]) -> dict[K, Block[K]]:
    """Where each column is found as the text that it stands for, those of text treated in a way of their own."""
    ways: Mapping[Kind, Way[K]] = {Kind.TEXT: text, Kind.INTEGER: digits, Kind.TIMESTAMP: _moments}
    blocks = [ways[kind](texts, stack) for kind, stack in stacks.items()]
    return {key: block for block in blocks for key in block.stack.slices}


def digits(texts: Texts, numbers: Stack[K]) -> Block[K]:
    """Integers as text."""
    return Block(texts, numbers, numbers.values.select_seq(DIGITS).to_series())


def _moments(texts: Texts, moments: Stack[K]) -> Block[K]:
    """As 2025-06-30T05:59:01Z, with six decimals those alone that have any."""
    written = iso_texts(moments.numbers)
    block = Block(texts, moments, written.whole)
    block.mend(written.finer, written.exact)
    return block
