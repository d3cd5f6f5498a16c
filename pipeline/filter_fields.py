"""The fields of filters: what a value of each may be, and what it is from here on inward (spec.md §1).

An absent field, None and the word "All" in any case mean no restriction, and are one and the same (None).
"""

import datetime as dt
import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, ValidationInfo
from pydantic_core import PydanticCustomError

from pipeline.paging import decode_page
from pipeline.utc import naive_utc

MAX_ITTIDS = 100_000
"""More ittids than this in one filter are an error (spec.md §1)."""

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}([.,]\d{1,6})?)?([Zz]|[+-]\d{2}:?\d{2})?")
_BEST_RATING = 5
_LISTS = (list, tuple, set, frozenset)
_COUNTRY = re.compile(r"[A-Z]{2}")


def refuse(wanted: str) -> PydanticCustomError:
    """What a value of a field is refused by: it says what would do."""
    return PydanticCustomError("bellhop", "{wanted}", {"wanted": wanted})


def _open(value: object) -> object:
    """Turn "All", alone or as the only value of a list, into no restriction."""
    if isinstance(value, str) and value.casefold() == "all":
        return None
    if isinstance(value, _LISTS) and any(isinstance(item, str) and item.casefold() == "all" for item in value):
        if len(value) > 1:
            raise refuse('"All" stands alone: give it by itself, or the values without it')
        return None
    return value


def _strings(value: object) -> object:
    if value is None:
        return None
    if not isinstance(value, _LISTS):
        raise refuse('give a list of strings, or "All"')
    if not value:
        raise refuse("an empty list matches nothing: give values, or leave the field out for no restriction")
    for item in value:
        _string(item)
    return tuple(sorted(value)) if isinstance(value, set | frozenset) else tuple(value)


def _string(value: object) -> None:
    if not isinstance(value, str):
        raise refuse("give strings, each in quotes")
    if "\0" in value:
        raise refuse("no value may hold a NUL character")
    if not _is_unicode(value):
        raise refuse("no value may hold half of a surrogate pair")


def _is_unicode(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _few(value: tuple[str, ...] | None) -> tuple[str, ...] | None:
    if value is not None and len(value) > MAX_ITTIDS:
        raise refuse(f"at most {MAX_ITTIDS:,} ittids; {len(value):,} came: split them over several exports")
    return value


def _countries(value: tuple[str, ...] | None) -> tuple[str, ...] | None:
    for code in value or ():
        if not _COUNTRY.fullmatch(code):
            raise refuse(f"country codes are two upper-case letters such as FR; {code!r:.40} is none")
    return value


def _number(value: object) -> object:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise refuse("give a number from 0 to 5")
    if isinstance(value, int | float) and not 0 <= value <= _BEST_RATING:
        raise refuse("give a number from 0 to 5")
    return value


def _moment(value: object, info: ValidationInfo) -> object:
    if value is None:
        return None
    moment = _parsed(value)
    today = _today(info)
    if first_instant(moment).date() > today:
        raise refuse(f"it lies in the future: give a date up to today, {today.isoformat()} (UTC)")
    return moment


def _parsed(value: object) -> dt.date | dt.datetime:
    if isinstance(value, dt.date):
        return value
    text = value if isinstance(value, str) else ""
    try:
        if _DAY.fullmatch(text):
            return dt.date.fromisoformat(text)
        if _INSTANT.fullmatch(text):
            return dt.datetime.fromisoformat(text.upper().replace(",", "."))
    except ValueError:
        pass
    raise refuse("give a day such as 2025-06-30, or an instant such as 2025-06-30T05:59:01Z")


def _today(info: ValidationInfo) -> dt.date:
    now: dt.datetime = info.context["now"] if info.context else dt.datetime.now(dt.UTC)
    return now.astimezone(dt.UTC).date()


def first_instant(moment: dt.date | dt.datetime) -> dt.datetime:
    """The earliest naive UTC instant of a day, or the instant itself."""
    if not isinstance(moment, dt.datetime):
        return dt.datetime.combine(moment, dt.time.min)
    return _naive_utc(moment)


def last_instant(moment: dt.date | dt.datetime) -> dt.datetime:
    """The latest naive UTC microsecond of a day, or the instant itself."""
    if not isinstance(moment, dt.datetime):
        return dt.datetime.combine(moment, dt.time.max)
    return _naive_utc(moment)


def _naive_utc(moment: dt.datetime) -> dt.datetime:
    try:
        return naive_utc(moment)
    except OverflowError:
        raise refuse("in UTC it lies outside the years 1 to 9999") from None


def _after(value: object) -> object:
    if value is None or (isinstance(value, str) and decode_page(value) is not None):
        return value
    raise refuse("give the `next` of the manifest before, unchanged")


def _count(value: object) -> object:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or not 1 <= value < 2**63):
        raise refuse("give a whole number from 1")
    return value


def _switch(value: object) -> object:
    if not isinstance(value, bool):
        raise refuse("give true or false")
    return value


Strings = Annotated[tuple[str, ...] | None, BeforeValidator(_strings), BeforeValidator(_open)]
"""One or more strings, matched code point for code point; None is no restriction."""

Ittids = Annotated[Strings, AfterValidator(_few)]
"""Up to 100,000 ittids."""

Countries = Annotated[Strings, AfterValidator(_countries)]
"""ISO 3166-1 alpha-2 codes, upper case."""

Rating = Annotated[int | float | None, BeforeValidator(_number), BeforeValidator(_open)]
"""A rating from 0 to 5."""

Moment = Annotated[dt.datetime | dt.date | None, BeforeValidator(_moment), BeforeValidator(_open)]
"""A whole UTC day, or an instant (naive ones are UTC)."""

Count = Annotated[int | None, BeforeValidator(_count), BeforeValidator(_open)]
"""A number of records, 1 or more."""

Page = Annotated[str | None, BeforeValidator(_after)]
"""Where the page before ended: the ``next`` of its manifest."""

Switch = Annotated[bool, BeforeValidator(_switch)]
"""True or false, never a number or a word."""
