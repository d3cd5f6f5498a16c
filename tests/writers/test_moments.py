"""Moments as text are what Python writes, over all the years that a file can show."""

import datetime as dt

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stack import Stack
from pipeline.writers.moments import iso_texts
from tests.model.text import iso

MOMENTS = st.datetimes() | st.datetimes().map(lambda moment: moment.replace(microsecond=0))
EDGES = [
    dt.datetime.fromisoformat(text)
    for text in (
        "0001-01-01",
        "0004-02-29T23:59:59.999999",
        "1600-02-29T23:59:59.000001",
        "1900-02-28T23:59:59",
        "1900-03-01",
        "1969-12-31T23:59:59.999999",
        "1970-01-01",
        "1970-01-01T00:00:00.000001",
        "2000-02-29T12:00:00.1",
        "2369-12-31T23:59:59.999999",
        "2370-01-01",
        "9996-02-29T00:00:00",
        "9999-12-31T23:59:59.999999",
    )
]


def written(moments: list[dt.datetime | None]) -> list[str]:
    """The text of each, the exact ones in the places of those that are finer."""
    texts = iso_texts(Stack({"": pl.Series(moments, dtype=pl.Datetime("us"))}).numbers)
    exact = dict(zip(texts.finer.tolist(), texts.exact, strict=True))
    return [exact.get(row, whole) for row, whole in enumerate(texts.whole)]


@given(st.lists(MOMENTS))
def test_moments_are_written_as_python_writes_them(moments: list[dt.datetime]) -> None:
    assert written([*moments]) == [iso(moment) for moment in moments]


def test_moments_at_the_edges_are_written_as_python_writes_them() -> None:
    assert written([*EDGES]) == [iso(moment) for moment in EDGES]


def test_every_day_of_the_years_1_to_9999_has_its_text() -> None:
    first, last = dt.date.min.toordinal(), dt.date.max.toordinal()
    days = pl.select(pl.date_range(dt.date.min, dt.date.max)).to_series()
    texts = iso_texts(Stack({"": days.cast(pl.Datetime("us"))}).numbers).whole
    assert texts.to_list() == [f"{dt.date.fromordinal(day)}T00:00:00Z" for day in range(first, last + 1)]


def test_a_null_leaves_its_neighbours_as_they_are() -> None:
    assert written([None, *EDGES, None])[1:-1] == [iso(moment) for moment in EDGES]
