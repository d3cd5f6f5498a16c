"""What is asked of the columns of a chunk is asked of the same stacks, and these are let go."""

import gc
import weakref

import polars as pl
import pytest

from pipeline.arranged import Arranged
from pipeline.schema import Kind

TEXTS = pl.DataFrame({"a": ["x"], "b": ["y"], "c": ["z"]})


def test_whoever_asks_for_the_same_columns_gets_the_same() -> None:
    arranged = Arranged(frames={"f": TEXTS})
    first = arranged.stacks([("f", "a"), ("f", "b")])
    assert arranged.stacks([("f", "b"), ("f", "a")]) is first
    assert {*first[Kind.TEXT].slices} == {("f", "a"), ("f", "b")}
    assert {*arranged.stacks([("f", "c")])[Kind.TEXT].slices} == {("f", "c")}


@pytest.mark.parametrize("others", [False, True], ids=["forgotten", "others asked for"])
def test_stacks_are_let_go(others: bool) -> None:  # noqa: FBT001
    arranged = Arranged(frames={"f": TEXTS})
    known = weakref.ref(arranged.stacks([("f", "a")])[Kind.TEXT])
    assert known() is not None
    if others:
        arranged.stacks([("f", "b")])
    else:
        arranged.forget_stacks()
    gc.collect()
    assert known() is None
