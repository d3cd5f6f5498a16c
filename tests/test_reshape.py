"""Frames to frames, held against plain Python: which children are whose, joined, first, nested."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.buffers import text_bytes
from pipeline.reshape import Spans, attach, first_of, join_texts, nest, spans, spans_of_known

VALUES = st.one_of(st.none(), st.text(max_size=3), st.sampled_from(["; ", ";", "long enough to be no inline view", ""]))
FAMILIES = st.lists(st.tuples(st.text(max_size=3), st.lists(VALUES, max_size=4)), unique_by=lambda one: one[0]).map(
    sorted
)
"""Parents in order, and the values of each one's children."""

Families = list[tuple[str, list[str | None]]]


def parents_of(families: Families) -> pl.Series:
    return pl.Series("ittid", [key for key, _ in families], pl.String)


def children_of(families: Families) -> pl.DataFrame:
    rows = [(key, value, place) for key, values in families for place, value in enumerate(values)]
    return pl.DataFrame(rows, schema={"ittid": pl.String, "value": pl.String, "place": pl.Int64}, orient="row")


def spans_of(families: Families) -> Spans:
    return spans(parents_of(families), children_of(families).get_column("ittid"))


@given(FAMILIES)
def test_every_parent_has_its_children(families: Families) -> None:
    assert spans_of(families).counts.to_list() == [len(values) for _, values in families]


def joined(children: pl.DataFrame, of: Spans, separator: str, text: pl.Expr) -> list[str | None]:
    return join_texts(children, of, separator, text=pl.lit(separator) + text).get_column("text").to_list()


@given(FAMILIES, st.sets(st.integers(0, 5)))
def test_children_without_a_parent_are_told_and_left_out(families: Families, gone: set[int]) -> None:
    children = children_of(families).get_column("ittid")
    kept = [one for place, one in enumerate(families) if place not in gone]
    of, have_one = spans_of_known(parents_of(kept), children)
    assert of.counts.to_list() == [len(values) for _, values in kept]
    wanted = [place not in gone for place, (_, values) in enumerate(families) for _ in values]
    assert (have_one is None) == all(wanted)
    assert have_one is None or have_one.to_list() == wanted


@given(FAMILIES, st.sampled_from(["; ", ",\n  "]))
def test_joined_text_is_what_python_joins(families: Families, separator: str) -> None:
    found = joined(children_of(families), spans_of(families), separator, pl.col("value"))
    kept = [[value for value in values if value is not None] for _, values in families]
    assert found == [separator.join(values) if values else None for values in kept]


@given(FAMILIES, st.integers(0, 3))
def test_joined_text_of_some_children(families: Families, place: int) -> None:
    wanted = pl.when(pl.col("place") >= place).then("value")
    found = joined(children_of(families), spans_of(families), "; ", wanted)
    kept = [[value for value in values[place:] if value is not None] for _, values in families]
    assert found == ["; ".join(values) if values else None for values in kept]


@given(FAMILIES)
def test_the_first_child_stands_in_the_parents_row(families: Families) -> None:
    found = first_of(children_of(families).drop("ittid"), spans_of(families))
    assert found.rows() == [(values[0], 0) if values else (None, None) for _, values in families]


@pytest.mark.parametrize(("parents", "children"), [(1, 3), (3, 3), (2, 2)])
def test_counts_of_other_parents_or_children_are_refused(parents: int, children: int) -> None:
    with pytest.raises(AssertionError, match="counts are not of these"):
        Spans.of(pl.Series([1, 2]), pl.DataFrame({"ittid": range(parents)}), pl.DataFrame({"ittid": range(children)}))


@given(FAMILIES)
def test_children_are_nested_in_order(families: Families) -> None:
    found = nest(children_of(families).drop("ittid"), spans_of(families))
    assert found.to_list() == [
        [{"value": value, "place": place} for place, value in enumerate(values)] for _, values in families
    ]


@given(FAMILIES, st.integers(0, 5), st.integers(0, 5))
def test_slices_of_frames_are_joined_and_nested_alike(families: Families, first: int, few: int) -> None:
    some = families[first : first + few]
    before = sum(len(values) for _, values in families[:first])
    rows = children_of(families).slice(before, sum(len(values) for _, values in some))
    of = spans(parents_of(families).slice(first, few), rows.get_column("ittid"))
    whole = children_of(some)
    assert joined(rows, of, "; ", pl.col("value")) == joined(whole, spans_of(some), "; ", pl.col("value"))
    assert nest(rows.drop("ittid"), of).to_list() == nest(whole.drop("ittid"), spans_of(some)).to_list()


@pytest.mark.parametrize(
    ("parents", "children"),
    [
        (["a", "c"], ["b"]),
        (["a"], ["b"]),
        ([], ["a"]),
        (["a", "b"], ["b", "a"]),
        (["a", "b"], ["a", "b", "a"]),
        (["a"], [None]),
    ],
    ids=["between", "beyond", "without any", "out of order", "apart", "null"],
)
def test_children_without_a_parent_or_out_of_order_are_never_given_to_another(
    parents: list[str], children: list[str | None]
) -> None:
    with pytest.raises(AssertionError, match="children do not stand in the order of their parents"):
        spans(pl.Series("ittid", parents, pl.String), pl.Series("ittid", children, pl.String))


@given(FAMILIES)
def test_attached_rows_keep_the_order_of_the_many(families: Families) -> None:
    few = pl.DataFrame(
        {"ittid": [key for key, _ in families][::2], "number": range(len(families[::2]))},
        schema={"ittid": pl.String, "number": pl.Int64},
    )
    found = attach(children_of(families), few, "ittid")
    numbers = {key: number for number, (key, _) in enumerate(families[::2])}
    assert found.rows() == [
        (key, value, place, numbers.get(key)) for key, values in families for place, value in enumerate(values)
    ]


@given(st.lists(st.text()), st.integers(0, 5), st.integers(0, 5))
def test_the_bytes_of_texts_are_those_of_the_slice(texts: list[str], first: int, few: int) -> None:
    some = pl.Series(texts, dtype=pl.String).slice(first, few)
    assert bytes(text_bytes(some)) == "".join(texts[first : first + few]).encode()
