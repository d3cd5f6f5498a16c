"""Texts are found by their signs, none of those that have one left out."""

import json
import re
from collections.abc import Callable

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stack import Stack
from pipeline.writers.celltext import TO_MEND
from pipeline.writers.csv import signs
from pipeline.writers.json import TO_ESCAPE
from pipeline.writers.signs import Signs
from tests import model

CELLS = st.none() | st.text(alphabet=' "x_=é\t\uff1d\ufffe😀a', max_size=6) | st.text(max_size=6)


def found(signs: Signs, cells: list[str | None] | pl.Series) -> list[bool]:
    """Whether each is found."""
    at = signs.found(Stack({"": pl.Series(cells, dtype=pl.String)})).tolist()
    return [row in at for row in range(len(cells))]


@given(st.lists(CELLS, max_size=8))
def test_bytes_anywhere_and_below_find_exactly_their_texts(cells: list[str | None]) -> None:
    wanted = [cell is not None and any(char < " " or char in '"x' for char in cell) for cell in cells]
    assert found(Signs(below=0x20, anywhere=b'"x'), cells) == wanted


@given(st.lists(CELLS, max_size=8), st.integers(0, 3))
def test_a_slice_is_looked_at_alone(cells: list[str | None], start: int) -> None:
    texts = pl.Series(["x", *cells, "x"], dtype=pl.String).slice(start, len(cells))
    wanted = [cell is not None and "x" in cell for cell in texts]
    assert found(Signs(anywhere=b"x"), texts) == wanted


@given(st.lists(CELLS, max_size=8))
def test_an_empty_text_is_found_where_it_is_asked_for(cells: list[str | None]) -> None:
    assert found(Signs(empty=True), cells) == [cell == "" for cell in cells]
    assert not any(found(Signs(), cells))


@pytest.mark.parametrize(
    ("signs", "has_one"),
    [
        (Signs(pairs=(b"_x",)), lambda text: "_x" in text),
        (Signs(first=b" \xef"), lambda text: text.encode()[:1] in (b" ", b"\xef")),
        (Signs(last=b" \t"), lambda text: text.endswith((" ", "\t"))),
    ],
)
@given(cells=st.lists(CELLS, max_size=8))
def test_none_that_has_a_sign_is_left_out(
    signs: Signs, has_one: Callable[[str], bool], cells: list[str | None]
) -> None:
    wanted = [cell is not None and has_one(cell) for cell in cells]
    for was, should, cell in zip(found(signs, cells), wanted, cells, strict=True):
        assert was or not should, cell


XML_ESCAPED = re.compile("[&<>\x00-\x08\x0b-\x1f\ufffe\uffff]|_x[0-9A-Fa-f]{4}")
HOSTILE = st.text(
    alphabet="'=+-@\t\r\n\x00\uff1d\uff0b\uff0d\uff20 ,;\"\\&<>_x00Fr=\x1f\x7f\ufffe\uffff\ufeffa", max_size=9
)


@given(st.lists(HOSTILE, min_size=1, max_size=8), st.sampled_from(",;\t|"))
def test_every_text_that_a_format_writes_in_another_way_is_found(cells: list[str], separator: str) -> None:
    changed = {
        TO_ESCAPE: [json.dumps(cell, ensure_ascii=False)[1:-1] != cell for cell in cells],
        signs(separator, guards=False): [
            not cell or any(char in f'"\r\n{separator}' for char in cell) for cell in cells
        ],
        signs(separator, guards=True): [model.needs_guard(cell) for cell in cells],
        TO_MEND[False]: [bool(XML_ESCAPED.search(cell)) or cell.strip(" \t\r\n") != cell for cell in cells],
        TO_MEND[True]: ['r="' in cell or "r='" in cell for cell in cells],
    }
    for of_format, by_cell in changed.items():
        for was, should, cell in zip(found(of_format, [*cells]), by_cell, cells, strict=True):
            assert was or not should, (of_format, cell)


def test_few_others_are_found() -> None:
    texts = ["_", "x", "plain", " a", "b "]
    assert found(Signs(pairs=(b"_x",), first=b"#", last=b"#"), [*texts]) == [True, False, False, False, False]
    assert found(Signs(first=b" ", last=b" "), [*texts]) == [False, False, False, True, True]


def test_a_pair_is_found_where_the_bytes_are_looked_at_piece_by_piece() -> None:
    for before in range(2**19 - 2, 2**19 + 2):
        assert found(Signs(pairs=(b"_x",)), ["a", "a" * before + "_x", "x"]) == [False, True, False]


def test_a_sign_past_the_first_piece_of_a_long_column_is_found() -> None:
    long = "a" * 300_000
    assert found(Signs(anywhere=b"#"), [long, "#", long, long + "#", "", "#"]) == [
        False,
        True,
        False,
        True,
        False,
        True,
    ]
