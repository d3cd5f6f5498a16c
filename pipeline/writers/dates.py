"""Dates as Excel counts them: days from 1899-12-30, in fractions; but it counts a 29 February 1900 that never was."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from pipeline.stack import Mask, Positions
from pipeline.writers.text import DIGITS

_FIRST_DATE = -2_203_891_200_000
"""1900-03-01 in milliseconds from 1970: from here on all agree."""
_DAY_ZERO = -2_209_161_600_000
"""1899-12-30 in milliseconds from 1970."""
_DAY = 86_400_000
"""Milliseconds."""


class SerialDates(NamedTuple):
    """Dates as the numbers that Excel has for them."""

    numbers: pl.Series
    """As text; of an early date it means nothing."""
    early: Positions
    """Which dates Excel does not count."""
    finer: Positions
    """Which of the others are finer than a millisecond, to which they are cut."""


def serial_dates(moments: npt.NDArray[np.int64]) -> SerialDates:
    """Moments, in microseconds from 1970-01-01 UTC, as numbers."""
    milliseconds, rest = np.divmod(moments, 1_000)
    early = milliseconds < _FIRST_DATE
    # By NumPy, which divides; Polars multiplies with the reciprocal of a number, which is another last digit.
    numbers = pl.Series((milliseconds - _DAY_ZERO) / _DAY).to_frame().select_seq(DIGITS).to_series()
    return SerialDates(numbers, np.flatnonzero(early), np.flatnonzero((rest != 0) & ~early))


def are_early(moments: npt.NDArray[np.int64]) -> Mask:
    """Which of some moments, in microseconds from 1970, Excel does not count."""
    return moments // 1_000 < _FIRST_DATE
