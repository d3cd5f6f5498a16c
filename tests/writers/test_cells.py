"""Rows of a sheet, beside what whole workbooks show."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

EARLY_DATES = """
import datetime, resource
import polars as pl
from pipeline.schema import Column, Kind
from pipeline.writers.cells import SheetRows, rows

moment = pl.Series("moment", [datetime.datetime(1899, 12, 30)], pl.Datetime("us")).new_from_index(0, 6_000)
column = Column(name="moment", kind=Kind.TIMESTAMP)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
(sheet,) = rows([SheetRows(frame=moment.to_frame(), columns=[column], first_row=2)], compact=False)
assert b"".join(sheet.xml).count(b"1899-12-30T00:00:00Z") == 6_000
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_many_dates_before_1900_take_no_memory_by_the_square_of_their_number() -> None:
    run = subprocess.run([sys.executable, "-c", EARLY_DATES], cwd=ROOT, check=True, capture_output=True, text=True)
    assert int(run.stdout) < 100_000, "kilobytes"
