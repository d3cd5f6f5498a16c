"""Lines woven from columns and literals are what plain Python puts together of them."""

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stack import Stack
from pipeline.writers.block import Block
from pipeline.writers.signs import Signs
from pipeline.writers.weave import Between, Line, Texts, interleaved

TEXTS = st.text(max_size=20)
PARTS = st.lists(st.tuples(st.sampled_from(("literal", "value", "by two", "by three")), TEXTS, TEXTS), max_size=8)


def column(rows: int, at: int) -> list[str]:
    """Texts of a column, long ones and short ones among them."""
    return [f"{at}:{row}" * (row % 3 * 5) for row in range(rows)]


@given(st.integers(0, 6), PARTS)
def test_a_line_is_its_parts(rows: int, parts: list[tuple[str, str, str]]) -> None:
    texts, wanted = Texts(), [""] * rows
    line, choices = Line(texts, rows), {"by two": np.arange(rows) % 2, "by three": np.arange(rows) % 3}
    for at, (kind, one, other) in enumerate(parts):
        if kind == "literal":
            line.literal(one)
            wanted = [text + one for text in wanted]
        elif kind in choices:
            known = (one, other, f"{one}{other}")[: 2 if kind == "by two" else 3]
            line.choose(choices[kind], *known)
            wanted = [text + known[row % len(known)] for row, text in enumerate(wanted)]
        else:
            values = column(rows, at)
            line.value(texts.add(pl.Series(values, dtype=pl.String)))
            wanted = [text + value for text, value in zip(wanted, values, strict=True)]
    assert b"".join(texts.bytes_at(line.places())).decode() == "".join(wanted)


def test_choices_of_two_kinds_follow_each_other() -> None:
    texts = Texts()
    line = Line(texts, 2)
    line.choose(np.array([0, 1], np.intp), "a", "b")
    line.choose(np.array([1, 0], np.intp), "c", "d")
    line.choose(None, "!", "never")
    assert b"".join(texts.bytes_at(line.places())) == b"ad!bc!"


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=6))
def test_children_stand_between_the_parts_of_their_parent(counts: list[tuple[int, int]]) -> None:
    texts, wanted = Texts(), ""
    numbers = [np.array([pair[kind] for pair in counts], np.int64) for kind in range(2)]
    segments: list[Line | Between] = [Line(texts, len(counts))]
    for kind, of_kind in enumerate(numbers):
        children = Line(texts, int(of_kind.sum()))
        children.literal("(")
        children.value(texts.add(pl.Series(column(int(of_kind.sum()), kind), dtype=pl.String)))
        children.literal(")")
        parent = Line(texts, len(counts))
        parent.literal(f"|{kind}|")
        segments += [Between(line=children, counts=of_kind), parent]
    for row in range(len(counts)):
        for kind, of_kind in enumerate(numbers):
            start = int(of_kind[:row].sum())
            mine = column(int(of_kind.sum()), kind)[start : start + int(of_kind[row])]
            wanted += "".join(f"({text})" for text in mine) + f"|{kind}|"
    assert b"".join(texts.bytes_at(interleaved(segments))).decode() == wanted


@given(st.lists(st.none() | TEXTS, max_size=8), st.lists(st.none() | TEXTS, max_size=8))
def test_a_block_knows_its_columns_apart(one: list[str | None], other: list[str | None]) -> None:
    texts, names = Texts(), {"one": one, "other": other}
    block = Block(texts, Stack({name: pl.Series(cells, dtype=pl.String) for name, cells in names.items()}))
    found = Signs(anywhere=b"0123456789").found(block.stack)
    block.mend(found, block.stack.some(found).to_series().str.replace_all("[0-9]", "#"))
    for name, cells in names.items():
        digits = [row for row, cell in enumerate(cells) if cell and any(char in "0123456789" for char in cell)]
        assert list(block.stack.by_column(found).get(name, ())) == digits
        nulls = block.nulls(name)
        assert (None not in cells) if nulls is None else [cell is None for cell in cells] == list(nulls)
        mended = "".join("#" if char in "0123456789" else char for cell in cells for char in cell or "")
        line = Line(texts, len(cells))
        line.value(block.places(name))
        assert b"".join(texts.bytes_at(line.places())).decode() == mended
