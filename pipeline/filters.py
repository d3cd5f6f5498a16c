"""The filters of an export: what may be asked for, checked field by field before anything is read.

``HotelExportFilters``, ``MappingExportFilters`` and ``SupplierSummaryFilters`` hold to spec.md §1. Errors come as one
``FilterError`` that names each field, what came and what would do.
"""

import datetime as dt
import difflib
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import ErrorDetails

from pipeline.errors import FilterError, FilterProblem
from pipeline.filter_fields import (
    Count,
    Countries,
    Ittids,
    Moment,
    Page,
    Rating,
    Strings,
    Switch,
    first_instant,
    last_instant,
    refuse,
)

_NAME_CHARACTERS = 80
"""Of an unknown field's name, in a message."""
_MOST_PROBLEMS = 100
"""Problems that are told: a request has room for a million fields that are none."""

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
        return None if self.date_from is None else first_instant(self.date_from)

    @property
    def updated_to(self) -> dt.datetime | None:
        """The last naive UTC microsecond that is in."""
        return None if self.date_to is None else last_instant(self.date_to)

    @field_validator("date_to", mode="after")
    @classmethod
    def _dates_in_order(cls, date_to: dt.date | None, info: ValidationInfo) -> dt.date | None:
        date_from = info.data.get("date_from")
        if date_from is not None and date_to is not None and first_instant(date_from) > last_instant(date_to):
            raise refuse("date_from must not be later than date_to")
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
            raise refuse("min_rating must not be over max_rating")
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
