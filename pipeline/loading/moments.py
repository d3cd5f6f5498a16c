"""Moments as text and back: naive UTC, to the microsecond."""

import datetime as dt

import polars as pl

from pipeline.utc import microseconds

_SHAPE = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?:[T ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.,][0-9]{1,9})?)?"
    r" ?(?:[Zz]|[+-][0-9]{2}(?::?[0-5][0-9])?)?)?$"
)
"""ISO 8601: a date, or a date and a time, with an offset or without. All ASCII, so bytes are characters."""

_SECOND = 1_000_000
_DAY = 24 * 3600 * _SECOND
_LONGER_THAN_ANY = 100


_FIRST, _LAST = microseconds(dt.datetime.min), microseconds(dt.datetime.max)  # noqa: DTZ901 - naive UTC throughout


def to_text(moment: pl.Expr) -> pl.Expr:
    """``YYYY-MM-DD HH:MM:SS``, with six decimals only when there are any. Datetime → String, row-local."""
    whole = moment.dt.microsecond() == 0
    seconds = moment.dt.strftime("%Y-%m-%d %H:%M:%S")
    return pl.when(whole).then(seconds).otherwise(moment.dt.strftime("%Y-%m-%d %H:%M:%S%.6f"))


def from_text(text: pl.Series) -> pl.Series:
    """The moments that ISO texts mean, NULL for what means none; what is finer than a microsecond is cut.

    String → Datetime. A date alone is its midnight; no offset is UTC; spaces around are ignored.
    """
    # Slices and integers, step by step: strptime and regex groups take several times as long, and so does one
    # expression of it all, which is worked out anew wherever a part of it is used.
    stripped = text.str.strip_chars()
    shaped = stripped.set(~stripped.str.contains(_SHAPE), None)
    days = shaped.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False).cast(pl.Int64)
    after = shaped.str.slice(11)
    clock_ends = after.str.find(r"[Zz+\- ]").fill_null(_LONGER_THAN_ANY)
    parts = pl.DataFrame({"after": after, "ends": clock_ends}).select(
        clock=pl.col("after").str.slice(0, pl.col("ends")), offset=pl.col("after").str.slice(pl.col("ends"))
    )
    micros = days * _DAY + _clock_micros(parts["clock"]) - _offset_minutes(parts["offset"]) * 60 * _SECOND
    return micros.set(~micros.is_between(_FIRST, _LAST), None).cast(pl.Datetime("us"))


def _clock_micros(clock: pl.Series) -> pl.Series:
    """``05:59``, ``05:59:01`` or ``05:59:01.5`` in microseconds; nothing is 0."""
    seconds = (_digits(clock, 0, 2) * 60 + _digits(clock, 3, 2)) * 60 + _digits(clock, 6, 2)
    return seconds * _SECOND + clock.str.slice(9, 6).str.pad_end(6, "0").cast(pl.Int64)


def _offset_minutes(offset: pl.Series) -> pl.Series:
    """``+02:00``, ``+0200``, ``+02`` in minutes; Z and nothing are 0."""
    stripped = offset.str.strip_chars()
    minutes = _digits(stripped, 1, 2) * 60 + _digits(stripped.str.replace(":", "", literal=True), 3, 2)
    return minutes * (1 - 2 * stripped.str.starts_with("-").cast(pl.Int64))


def _digits(text: pl.Series, start: int, length: int) -> pl.Series:
    return text.str.slice(start, length).cast(pl.Int64, strict=False).fill_null(0)
