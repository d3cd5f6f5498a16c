"""Moments in files."""

import datetime as dt
from pathlib import Path

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pipeline.loading.moments import from_text, to_text
from tests.loading.given import csv_of, load
from tests.loading.rows import column, rows_of

MOMENTS = {
    "2025-06-30": (2025, 6, 30),
    "2025-06-30 05:59": (2025, 6, 30, 5, 59),
    "2025-06-30T05:59:01": (2025, 6, 30, 5, 59, 1),
    "2025-06-30T05:59:01Z": (2025, 6, 30, 5, 59, 1),
    " 2025-06-30 05:59:01.000001 ": (2025, 6, 30, 5, 59, 1, 1),
    "2025-06-30T05:59:01.5+02:00": (2025, 6, 30, 3, 59, 1, 500_000),
    "2025-06-30T00:30:00-0530": (2025, 6, 30, 6, 0),
    "2025-06-30 00:30:00 +01": (2025, 6, 29, 23, 30),
    "2025-06-30T05:59:01.123456789Z": (2025, 6, 30, 5, 59, 1, 123_456),
    "2024-02-29": (2024, 2, 29),
    "0001-01-01": (1, 1, 1),
    "9999-12-31T23:59:59.999999": (9999, 12, 31, 23, 59, 59, 999_999),
    "": None,
    "  ": None,
}


def test_moments_become_naive_utc(url: str, hotels: Path) -> None:
    rows = [[f"h{n}", "N", text, None] for n, text in enumerate(MOMENTS)]
    csv_of(hotels, [["ittid", "name", "updated_at", "created_at"], *rows])

    load(url, hotels)

    wanted = [parts and dt.datetime(*parts) for parts in MOMENTS.values()]  # noqa: DTZ001
    assert column(rows_of(url, "hotels"), "updated_at") == wanted
    assert column(rows_of(url, "hotels"), "created_at") == [None] * len(MOMENTS)


@given(
    moment=st.datetimes(dt.datetime(1, 1, 2), dt.datetime(9999, 12, 30)),  # noqa: DTZ001
    offset=st.none() | st.integers(-23 * 60 - 59, 23 * 60 + 59),
    separator=st.sampled_from(" T"),
)
def test_iso_text_means_what_python_takes_it_for(moment: dt.datetime, offset: int | None, separator: str) -> None:
    zone = None if offset is None else dt.timezone(dt.timedelta(minutes=offset))
    text = moment.replace(tzinfo=zone).isoformat(sep=separator)

    wanted = moment if zone is None else moment.replace(tzinfo=zone).astimezone(dt.UTC).replace(tzinfo=None)
    assert from_text(pl.Series([text])).to_list() == [wanted]
    assert pl.select(to_text(pl.lit(wanted, dtype=pl.Datetime("us")))).item() == wanted.isoformat(sep=" ")
