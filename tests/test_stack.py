"""Columns one under another are what each of them was."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stack import Stack

CELLS = st.lists(st.none() | st.text(max_size=6) | st.sampled_from(("é" * 9, "a" * 12, "😀" * 5)), max_size=8)


def longest(cells: list[str | None]) -> int:
    return max((len(cell) for cell in cells if cell), default=0)


@given(st.lists(CELLS, min_size=1, max_size=4))
def test_a_stack_knows_its_columns_apart(columns: list[list[str | None]]) -> None:
    stack = Stack({name: pl.Series(cells, dtype=pl.String) for name, cells in enumerate(columns)})
    for name, cells in enumerate(columns):
        run = stack.slices[name]
        assert stack.values.to_series()[run].to_list() == cells
        assert stack.longest({name: run}) == {name: longest(cells)}
        assert stack.run(name, slice(1, len(cells))) == slice(run.start + 1, run.stop)
        assert stack.nulls[run].tolist() == [cell is None for cell in cells]
        assert stack.sizes[run].tolist() == [len((cell or "").encode()) for cell in cells]
    parts = {
        (name, rows.start): stack.run(name, rows)
        for name, cells in enumerate(columns)
        for rows in (slice(0, len(cells) // 2), slice(len(cells) // 2, len(cells)))
    }
    assert stack.longest(dict(reversed(parts.items()))) == {
        (name, start): longest(columns[name][start : start + run.stop - run.start])
        for (name, start), run in parts.items()
    }
    everything = "".join(cell or "" for cells in columns for cell in cells)
    assert stack.plain.data.tobytes() == everything.encode()


def test_what_once_stood_where_a_null_is_has_no_bytes() -> None:
    texts = pl.Series(["gone", "a text that is longer than a view", "here"])
    hidden = texts.to_frame("text").select(pl.when(texts == "here").then("text")).to_series()
    assert Stack({"": hidden}).plain.data.tobytes() == b"here"
