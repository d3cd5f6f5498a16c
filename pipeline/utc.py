"""Moments, which are naive UTC throughout, to the microsecond."""

import datetime as dt

_START = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - naive UTC throughout


def naive_utc(moment: dt.datetime) -> dt.datetime:
    """The same moment as naive UTC; a naive one is UTC already.

    Raises:
        OverflowError: In UTC it lies outside the years 1 to 9999.

    """
    return moment if moment.tzinfo is None else moment.astimezone(dt.UTC).replace(tzinfo=None)


def microseconds(moment: dt.datetime) -> int:
    """Microseconds from 1970 to a naive UTC moment."""
    return (moment - _START) // dt.timedelta(microseconds=1)
