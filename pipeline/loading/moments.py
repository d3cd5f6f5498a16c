"""Moments as text and back: naive UTC, to the microsecond."""

import polars as pl

_SHAPE = (
    r"^\s*(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[T ](?P<minute>[0-9]{2}:[0-9]{2})(?::(?P<second>[0-5]\d)(?:[.,](?P<fraction>[0-9]{1,9}))?)?"
    r"\s?(?P<offset>[Zz]|[+-][0-9]{2}(?::?[0-5]\d)?)?)?\s*$"
)
"""ISO 8601: a date, or a date and a time, with an offset or without."""


def to_text(moment: pl.Expr) -> pl.Expr:
    """``YYYY-MM-DD HH:MM:SS``, with six decimals only when there are any. Datetime → String, row-local."""
    whole = moment.dt.microsecond() == 0
    seconds = moment.dt.strftime("%Y-%m-%d %H:%M:%S")
    return pl.when(whole).then(seconds).otherwise(moment.dt.strftime("%Y-%m-%d %H:%M:%S%.6f"))


def from_text(text: pl.Expr) -> pl.Expr:
    """The moment that ISO text means, NULL when it means none; what is finer than a microsecond is cut.

    String → Datetime, row-local. A date alone is its midnight; no offset is UTC.
    """
    found = text.str.extract_groups(_SHAPE).struct
    seconds = found.field("second").fill_null("00")
    fraction = found.field("fraction").fill_null("").str.pad_end(6, "0").str.slice(0, 6)
    clock = pl.concat_str(found.field("minute").fill_null("00:00"), pl.lit(":"), seconds, pl.lit("."), fraction)
    local = pl.concat_str(found.field("date"), pl.lit(" "), clock)
    moment = local.str.to_datetime("%Y-%m-%d %H:%M:%S%.6f", time_unit="us", strict=False)
    return _within_the_calendar(moment - _offset(found.field("offset")))


def _offset(text: pl.Expr) -> pl.Expr:
    digits = text.str.replace_all(r"[^0-9]", "").str.pad_end(4, "0")
    minutes = digits.str.slice(0, 2).cast(pl.Int64) * 60 + digits.str.slice(2, 2).cast(pl.Int64)
    signed = pl.when(text.str.starts_with("-")).then(-minutes).otherwise(minutes)
    return pl.duration(minutes=signed.fill_null(0))


def _within_the_calendar(moment: pl.Expr) -> pl.Expr:
    return pl.when(moment.dt.year().is_between(1, 9999)).then(moment)
