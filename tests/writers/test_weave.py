"""Lines woven from columns and literals are what plain Python puts together of them."""

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pipeline.writers.signs import Signs
from pipeline.writers.weave import Between, Block, Line, Texts, interleaved

TEXTS = st.text(max_size=20)
PARTS = st.lists(st.tuples(st.sampled_from(("literal", "value", "choose")), TEXTS, TEXTS), max_size=8)


def column(rows: int, at: int) -> list[str]:
    """Texts of a column, long ones and short ones among them."""
    return [f"{at}:{row}" * (row % 3 * 5) for row in range(rows)]


@given(st.integers(0, 6), PARTS)
def test_a_line_is_its_parts(rows: int, parts: list[tuple[str, str, str]]) -> None:
    texts, wanted = Texts(), [""] * rows
    line, choice = Line(texts, rows), np.arange(rows).astype(np.uint8) % 2
    for at, (kind, one, other) in enumerate(parts):
        if kind == "literal":
            line.literal(one)
            wanted = [text + one for text in wanted]
        elif kind == "choose":
            line.choose(choice, one, other)
            wanted = [text + (one, other)[row % 2] for row, text in enumerate(wanted)]
        else:
            values = column(rows, at)
            line.value(texts.add(pl.Series(values, dtype=pl.String)))
            wanted = [text + value for text, value in zip(wanted, values, strict=True)]
    assert b"".join(texts.bytes_at(line.places())).decode() == "".join(wanted)


def test_choices_of_two_kinds_follow_each_other() -> None:
    texts = Texts()
    line = Line(texts, 2)
    line.choose(np.array([0, 1], np.uint8), "a", "b")
    line.choose(np.array([1, 0], np.uint8), "c", "d")
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


@given(st.lists(st.tuples(st.none() | TEXTS, st.none() | TEXTS), max_size=8))
def test_a_block_knows_its_columns_apart(rows: list[tuple[str | None, str | None]]) -> None:
    columns = [pl.Series(name, [row[at] for row in rows], pl.String) for at, name in enumerate("ab")]
    texts = Texts()
    block = Block(texts, columns, Signs(anywhere=b"0123456789"))
    block.mend(block.found, block.texts(block.found).to_series().str.replace_all("[0-9]", "#"))
    found = block.by_column(block.found)
    for name, cells in zip("ab", map(list, columns), strict=True):
        digits = [row for row, cell in enumerate(cells) if cell and any(char in "0123456789" for char in cell)]
        assert list(found.get(name, ())) == digits
        assert block.longest(name) == max((len(cell) for cell in cells if cell), default=0)
        nulls = block.nulls(name)
        assert (None not in cells) if nulls is None else [cell is None for cell in cells] == list(nulls)
        mended = "".join("#" if char in "0123456789" else char for cell in cells for char in cell or "")
        assert b"".join(texts.bytes_at(block.places(name))).decode() == mended
