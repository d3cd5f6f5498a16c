"""The filters of an export: what may be asked for, checked field by field before anything is read.

``HotelExportFilters``, ``MappingExportFilters`` and ``SupplierSummaryFilters`` hold to spec.md §1. An absent field,
None and the word "All" in any case mean no restriction, and are one and the same (None) from here on inward.
Errors come as one ``FilterError`` that names each field, what came and what would do.
"""

import datetime as dt
import difflib
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from pipeline.errors import FilterError, FilterProblem
from pipeline.paging import decode_page

MAX_ITTIDS = 100_000
"""More ittids than this in one filter are an error (spec.md §1)."""

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}([.,]\d{1,6})?)?([Zz]|[+-]\d{2}:?\d{2})?")
_BEST_RATING = 5
_LISTS = (list, tuple, set, frozenset)
_NAME_CHARACTERS = 80
"""Of an unknown field's name, in a message."""
_MOST_PROBLEMS = 100
"""Problems that are told: a request has room for a million fields that are none."""
_COUNTRY = re.compile(r"[A-Z]{2}")


def _refuse(wanted: str) -> PydanticCustomError:
    return PydanticCustomError("bellhop", "{wanted}", {"wanted": wanted})


def _open(value: object) -> object:
    """Turn "All", alone or as the only value of a list, into no restriction."""
    if isinstance(value, str) and value.casefold() == "all":
        return None
    if isinstance(value, _LISTS) and any(isinstance(item, str) and item.casefold() == "all" for item in value):
        if len(value) > 1:
            raise _refuse('"All" stands alone: give it by itself, or the values without it')
        return None
    return value


def _strings(value: object) -> object:
    if value is None:
        return None
    if not isinstance(value, _LISTS):
        raise _refuse('give a list of strings, or "All"')
    if not value:
        raise _refuse("an empty list matches nothing: give values, or leave the field out for no restriction")
    for item in value:
        _string(item)
    return tuple(sorted(value)) if isinstance(value, set | frozenset) else tuple(value)


def _string(value: object) -> None:
    if not isinstance(value, str):
        raise _refuse("give strings, each in quotes")
    if "\0" in value:
        raise _refuse("no value may hold a NUL character")
    if not _is_unicode(value):
        raise _refuse("no value may hold half of a surrogate pair")


def _is_unicode(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _few(value: tuple[str, ...] | None) -> tuple[str, ...] | None:
    if value is not None and len(value) > MAX_ITTIDS:
        raise _refuse(f"at most {MAX_ITTIDS:,} ittids; {len(value):,} came: split them over several exports")
    return value


def _countries(value: tuple[str, ...] | None) -> tuple[str, ...] | None:
    for code in value or ():
        if not _COUNTRY.fullmatch(code):
            raise _refuse(f"country codes are two upper-case letters such as FR; {code!r:.40} is none")
    return value


def _number(value: object) -> object:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise _refuse("give a number from 0 to 5")
    if isinstance(value, int | float) and not 0 <= value <= _BEST_RATING:
        raise _refuse("give a number from 0 to 5")
    return value


def _moment(value: object, info: ValidationInfo) -> object:
    if value is None:
        return None
    moment = _parsed(value)
    today = _today(info)
    if _first(moment).date() > today:
        raise _refuse(f"it lies in the future: give a date up to today, {today.isoformat()} (UTC)")
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
    raise _refuse("give a day such as 2025-06-30, or an instant such as 2025-06-30T05:59:01Z")


def _today(info: ValidationInfo) -> dt.date:
    now: dt.datetime = info.context["now"] if info.context else dt.datetime.now(dt.UTC)
    return now.astimezone(dt.UTC).date()


def _first(moment: dt.date | dt.datetime) -> dt.datetime:
    """The earliest naive UTC instant of a day, or the instant itself."""
    if not isinstance(moment, dt.datetime):
        return dt.datetime.combine(moment, dt.time.min)
    return _naive_utc(moment)


def _last(moment: dt.date | dt.datetime) -> dt.datetime:
    """The latest naive UTC microsecond of a day, or the instant itself."""
    if not isinstance(moment, dt.datetime):
        return dt.datetime.combine(moment, dt.time.max)
    return _naive_utc(moment)


def _naive_utc(moment: dt.datetime) -> dt.datetime:
    if moment.tzinfo is None:
        return moment
    try:
        return moment.astimezone(dt.UTC).replace(tzinfo=None)
    except OverflowError:
        raise _refuse("in UTC it lies outside the years 1 to 9999") from None


def _after(value: object) -> object:
    if value is None or (isinstance(value, str) and decode_page(value) is not None):
        return value
    raise _refuse("give the `next` of the manifest before, unchanged")


def _count(value: object) -> object:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or not 1 <= value < 2**63):
        raise _refuse("give a whole number from 1")
    return value


def _switch(value: object) -> object:
    if not isinstance(value, bool):
        raise _refuse("give true or false")
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

F = TypeVar("F", bound="ExportFilters")


class ExportFilters(BaseModel):
    """What all filters share: suppliers, and pages of an export that is too large for one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    suppliers: Strings = None
    limit: Count = None
    after: Page = None

    def applied(self) -> dict[str, Any]:
        """The filters as given, validated, defaults left out: JSON types only."""
        return self.model_dump(mode="json", exclude_defaults=True)

    def narrows(self) -> bool:
        """Whether any filter leaves records out."""
        return any(not isinstance(getattr(self, name), bool) for name in self.model_dump(exclude_defaults=True))


class UpdatedFilters(ExportFilters):
    """Filters on ittids, and on when a record was last updated."""

    ittids: Ittids = None
    date_from: Moment = None
    date_to: Moment = None

    @property
    def updated_from(self) -> dt.datetime | None:
        """The first naive UTC instant that is in."""
        return None if self.date_from is None else _first(self.date_from)

    @property
    def updated_to(self) -> dt.datetime | None:
        """The last naive UTC microsecond that is in."""
        return None if self.date_to is None else _last(self.date_to)

    @field_validator("date_to", mode="after")
    @classmethod
    def _dates_in_order(cls, date_to: dt.date | None, info: ValidationInfo) -> dt.date | None:
        date_from = info.data.get("date_from")
        if date_from is not None and date_to is not None and _first(date_from) > _last(date_to):
            raise _refuse("date_from must not be later than date_to")
        return date_to


class HotelExportFilters(UpdatedFilters):
    """Which hotels, and which of their children; dates are hotels.updated_at."""

    country_codes: Countries = None
    min_rating: Rating = None
    max_rating: Rating = None
    property_types: Strings = None
    include_locations: Switch = True
    include_contacts: Switch = True
    include_mappings: Switch = True

    @field_validator("max_rating", mode="after")
    @classmethod
    def _ratings_in_order(cls, max_rating: float | None, info: ValidationInfo) -> float | None:
        min_rating = info.data.get("min_rating")
        if min_rating is not None and max_rating is not None and min_rating > max_rating:
            raise _refuse("min_rating must not be over max_rating")
        return max_rating


class MappingExportFilters(UpdatedFilters):
    """Which provider mappings; dates are provider_mappings.updated_at."""

    limit: Count = Field(default=None, validation_alias=AliasChoices("limit", "max_records"))


class SupplierSummaryFilters(ExportFilters):
    """Which suppliers, and whether their hotels are broken down by country."""

    include_country_breakdown: Switch = False


def checked(model: type[F], given: Mapping[str, object], *, now: dt.datetime) -> F:
    """Check the filters of one export.

    Args:
        model: Which filters these are.
        given: Field names and values, as a request or a caller has them.
        now: The present moment, with its time zone: a date after today (UTC) is refused.

    Raises:
        FilterError: One or more fields do not hold; all of them are named.

    """
    try:
        return model.model_validate(dict(given), context={"now": now})
    except ValidationError as error:
        problems = tuple(_problems(model, error))
        raise FilterError("; ".join(map(str, problems)), problems=problems) from None


def _problems(model: type[ExportFilters], error: ValidationError) -> Iterator[FilterProblem]:
    for detail in error.errors(include_url=False)[:_MOST_PROBLEMS]:
        field = shown_name(str(detail["loc"][0])) if detail["loc"] else "filters"
        yield FilterProblem(field=field, value=detail["input"], wanted=_wanted(model, field, detail))


def shown_name(name: str) -> str:
    """A field's name as a request has it, fit for a message."""
    short = name if len(name) <= _NAME_CHARACTERS else f"{name[:_NAME_CHARACTERS]}…"
    return short if short and short.isprintable() else repr(short)


def _names(model: type[ExportFilters]) -> Iterator[str]:
    """The names of the fields, and those that they are also called by."""
    for name, field in model.model_fields.items():
        yield name
        if isinstance(field.validation_alias, AliasChoices):
            yield from (str(alias) for alias in field.validation_alias.choices if alias != name)


def _wanted(model: type[ExportFilters], field: str, detail: ErrorDetails) -> str:
    if detail["type"] != "extra_forbidden":
        return detail["msg"]
    known = list(_names(model))
    if field in known:
        return "it is another name of a field that came too; give one of them"
    near = difflib.get_close_matches(field, known, n=1, cutoff=0)
    return f"there is no such filter; the nearest is {near[0]}, and all are: {', '.join(known)}"
