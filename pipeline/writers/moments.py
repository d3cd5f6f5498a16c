"""Moments as ISO 8601 text, put together from texts of their parts: a third of the time of a format string.

The Gregorian calendar repeats after 400 years, which are 146,097 days: a table of these has the month and day of any.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from pipeline.buffers import texts_of_size
from pipeline.stack import Positions

_CYCLE_YEARS, _CYCLE_DAYS = 400, 146_097
_FIRST_YEAR = 1970
"""The year that moments are counted from."""
_DAY, _SECOND = 86_400, 1_000_000
"""Seconds of a day, microseconds of a second."""

Table = npt.NDArray[np.bytes_]
"""Texts of one size, each found by its number."""

_WHOLE = np.dtype([("year", "S4"), ("day", "S7"), ("second", "S9")])
"""2025, -06-30T, 05:59:01Z."""
_EXACT = np.dtype([("whole", "S19"), ("point", "S1"), ("thousandths", "S3"), ("millionths", "S3"), ("end", "S1")])
"""2025-06-30T05:59:01, and the microseconds behind a point."""


class IsoTexts(NamedTuple):
    """Moments as ``2025-06-30T05:59:01Z``, and apart from these, with six decimals, those that are finer."""

    whole: pl.Series
    finer: Positions
    """Which moments have a fraction of a second."""
    exact: pl.Series
    """A text for each of these."""


def iso_texts(moments: npt.NDArray[np.int64]) -> IsoTexts:
    """Moments of the years 1 to 9999, in microseconds from 1970-01-01 UTC, as text."""
    seconds, fractions = np.divmod(moments, _SECOND)
    whole, finer = _whole(seconds), np.flatnonzero(fractions)
    return IsoTexts(texts_of_size(whole), finer, texts_of_size(_exact(whole.take(finer), fractions.take(finer))))


def _whole(seconds: npt.NDArray[np.int64]) -> Table:
    days, second_of_day = np.divmod(seconds, _DAY)
    cycles, day_of_cycle = np.divmod(days, _CYCLE_DAYS)
    years, days_of_cycle = _cycle()
    texts = np.empty(len(seconds), _WHOLE)
    texts["year"] = _numbered(10_000).take(cycles * _CYCLE_YEARS + years.take(day_of_cycle))
    texts["day"] = days_of_cycle.take(day_of_cycle)
    texts["second"] = _seconds().take(second_of_day)
    return texts.view(f"S{_WHOLE.itemsize}")


def _exact(whole: Table, fractions: npt.NDArray[np.int64]) -> Table:
    thousandths, millionths = np.divmod(fractions, 1_000)
    three = _numbered(1_000)
    texts = np.empty(len(whole), _EXACT)
    texts["whole"], texts["point"], texts["end"] = whole, b".", b"Z"  # what does not fit is cut off: the Z
    texts["thousandths"], texts["millionths"] = three.take(thousandths), three.take(millionths)
    return texts.view(f"S{_EXACT.itemsize}")


@cache
def _numbered(count: int) -> Table:
    """Numbers below a power of ten, each with all its zeros."""
    digits = len(str(count - 1))
    return np.array([f"{number:0{digits}}" for number in range(count)], f"S{digits}")


@cache
def _seconds() -> Table:
    """The seconds of a day, as ``05:59:01Z``."""
    parts = [("hour", "S2"), ("colon", "S1"), ("minute", "S2"), ("and", "S1"), ("second", "S2"), ("end", "S1")]
    times, two = np.empty((24, 60, 60), parts), _numbered(100)
    times["hour"], times["minute"], times["second"] = two[:24, None, None], two[:60, None], two[:60]
    times["colon"], times["and"], times["end"] = b":", b":", b"Z"
    return times.ravel().view("S9")


@cache
def _cycle() -> tuple[npt.NDArray[np.int16], Table]:
    """Of each day of 400 years from the first one on: the year, and the text between year and time, ``-06-30T``."""
    months = np.arange(12 * _CYCLE_YEARS)
    firsts = months.astype("M8[M]").astype("M8[D]").astype(np.int64)
    month_of_day = np.repeat(months, np.diff(firsts, append=_CYCLE_DAYS))
    parts = [("dash", "S1"), ("month", "S2"), ("and", "S1"), ("day", "S2"), ("end", "S1")]
    texts, two = np.empty(_CYCLE_DAYS, parts), _numbered(100)
    texts["month"] = two.take(months % 12 + 1).take(month_of_day)
    texts["day"] = two.take(np.arange(_CYCLE_DAYS) - firsts.take(month_of_day) + 1)
    texts["dash"], texts["and"], texts["end"] = b"-", b"-", b"T"
    return (_FIRST_YEAR + month_of_day // 12).astype(np.int16), texts.view("S7")
