"""Rows of a sheet, beside what whole workbooks show."""

import datetime as dt
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.schema import Column, Kind
from pipeline.stack import stacked
from pipeline.writers.cells import SheetRows, rows

ROOT = Path(__file__).parents[2]

EARLY_DATES = """
import datetime, resource
import polars as pl
from pipeline.schema import Column, Kind
from pipeline.stack import stacked
from pipeline.writers.cells import SheetRows, rows

moment = pl.Series("moment", [datetime.datetime(1899, 12, 30)], pl.Datetime("us")).new_from_index(0, 6_000)
column = Column(name="moment", kind=Kind.TIMESTAMP)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
sheet = SheetRows(frame="x", columns=[column], rows=slice(0, 6_000), first_row=2)
(sheet,) = rows(stacked({("x", "moment"): moment}), [sheet], compact=False)
assert b"".join(sheet.xml).count(b"1899-12-30T00:00:00Z") == 6_000
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_many_dates_before_1900_take_no_memory_by_the_square_of_their_number() -> None:
    run = subprocess.run([sys.executable, "-c", EARLY_DATES], cwd=ROOT, check=True, capture_output=True, text=True)
    assert int(run.stdout) < 100_000, "kilobytes"


@given(st.datetimes(dt.datetime(1900, 3, 1)), st.integers(1, 3))  # noqa: DTZ001 - naive UTC throughout
def test_a_date_is_the_same_number_however_many_stand_beside_it(moment: dt.datetime, beside: int) -> None:
    moments = pl.Series([moment] * beside, dtype=pl.Datetime("us"))
    part = SheetRows(
        frame="x", columns=[Column(name="moment", kind=Kind.TIMESTAMP)], rows=slice(0, beside), first_row=2
    )
    (sheet,) = rows(stacked({("x", "moment"): moments}), [part], compact=True)
    xml = b"".join(sheet.xml).decode()
    milliseconds = (moment - dt.datetime(1899, 12, 30)) // dt.timedelta(milliseconds=1)  # noqa: DTZ001
    assert xml.count(f"<v>{milliseconds / 86_400_000}</v>") == beside


@pytest.mark.parametrize(
    ("moments", "width"),
    [
        (["2025-06-30T05:59:01.5", None], 19),
        (["1899-12-31T23:59:59", "2025-06-30"], 20),
        (["2025-06-30", "0999-12-31T23:59:59.999999"], 27),
        ([None], 19),
    ],
)
def test_a_date_that_is_text_is_as_wide_as_its_text(moments: list[str | None], width: int) -> None:
    dates = pl.Series([moment and dt.datetime.fromisoformat(moment) for moment in moments], dtype=pl.Datetime("us"))
    columns = [Column(name="moment", kind=Kind.TIMESTAMP)]
    part = SheetRows(frame="x", columns=columns, rows=slice(0, len(moments)), first_row=2)
    (sheet,) = rows(stacked({("x", "moment"): dates}), [part], compact=True)
    assert sheet.widths == (width,)
