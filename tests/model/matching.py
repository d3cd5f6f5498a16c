"""Which rows of the main table an export holds, in which order, on which page (spec.md, filters)."""

import re
from datetime import UTC, date, datetime, time
from typing import Any

from tests.model.catalogue import Catalogue, Filters, Row, children, hotel_ittids

MAIN_TABLE = {"hotels": "hotels", "mappings": "provider_mappings", "supplier_summary": "supplier_summary"}
"""The table whose rows are the records of each export type."""

ORDER = {
    "hotels": ("ittid",),
    "mappings": ("ittid", "provider_name", "id"),
    "supplier_summary": ("provider_name",),
}
"""The columns that each export is ordered by. Python compares str by code point, as the contract wants."""

NUMBER = re.compile(r"[0-9]+\.?[0-9]*|\.[0-9]+")
"""ASCII digits with at most one point and at least one digit."""

LONGEST_NUMBER = 300
"""In characters, spaces around included; above it a text is no number (a double holds no more digits)."""


def exported_rows(catalogue: Catalogue, export_type: str, filters: Filters) -> list[Row]:
    """Give the rows of the main table that are in the export, in its order: those of one page."""
    found = matching_rows(catalogue, export_type, filters)
    if filters.get("after") is not None:
        found = [row for row in found if order_values(export_type, row) > tuple(filters["after"])]
    return found[: filters.get("limit", filters.get("max_records"))]


def next_after(catalogue: Catalogue, export_type: str, filters: Filters) -> tuple[Any, ...] | None:
    """Give the ``after`` of the next page, or None when this page is the last."""
    page = exported_rows(catalogue, export_type, filters)
    if not page:
        return None
    last = order_values(export_type, page[-1])
    unlimited = {name: value for name, value in filters.items() if name not in {"limit", "max_records"}}
    return last if exported_rows(catalogue, export_type, {**unlimited, "after": last}) else None


def matching_rows(catalogue: Catalogue, export_type: str, filters: Filters) -> list[Row]:
    """Give the rows of the main table that the filters let in, in order, all pages of them."""
    found = [row for row in catalogue[MAIN_TABLE[export_type]] if _matches(catalogue, export_type, row, filters)]
    return sorted(found, key=lambda row: order_values(export_type, row))


def order_values(export_type: str, row: Row) -> tuple[Any, ...]:
    """Give the values that a row of the main table is ordered by."""
    return tuple(row[column] for column in ORDER[export_type])


def _matches(catalogue: Catalogue, export_type: str, row: Row, filters: Filters) -> bool:
    if export_type == "hotels":
        return _hotel_matches(catalogue, row, filters)
    if export_type == "mappings":
        return _mapping_matches(catalogue, row, filters)
    return supplier_is_in(row["provider_name"], filters)


def _hotel_matches(catalogue: Catalogue, hotel: Row, filters: Filters) -> bool:
    return hotel_matches_but_rating(catalogue, hotel, filters) and _rating_is_in(hotel["rating"], filters)


def hotel_matches_but_rating(catalogue: Catalogue, hotel: Row, filters: Filters) -> bool:
    """Tell whether a hotel is in, whatever its rating."""
    return (
        _is_among(hotel["ittid"], filters, "ittids")
        and _is_among(hotel["property_type"], filters, "property_types")
        and _moment_is_in(hotel["updated_at"], filters)
        and _a_country_is_in(catalogue, hotel, filters)
        and _a_supplier_is_in(catalogue, hotel, filters)
    )


def _mapping_matches(catalogue: Catalogue, mapping: Row, filters: Filters) -> bool:
    return (
        mapping["ittid"] in hotel_ittids(catalogue)
        and _is_among(mapping["ittid"], filters, "ittids")
        and _moment_is_in(mapping["updated_at"], filters)
        and supplier_is_in(mapping["provider_name"], filters)
    )


def restriction(filters: Filters, name: str) -> Any | None:  # noqa: ANN401 - lists, numbers, dates
    """Give what a filter asks for; None, left out and the word All (alone, or alone in a list) restrict nothing."""
    wanted = filters.get(name)
    word = wanted[0] if isinstance(wanted, list | tuple) and len(wanted) == 1 else wanted
    if isinstance(word, str) and word.casefold() == "all":
        return None
    return wanted


def _is_among(value: str | None, filters: Filters, name: str) -> bool:
    wanted = restriction(filters, name)
    return wanted is None or value in wanted


def supplier_is_in(provider_name: str, filters: Filters) -> bool:
    """Tell whether the rows of this supplier are in: names compare by Unicode casefold."""
    wanted = restriction(filters, "suppliers")
    return wanted is None or provider_name.casefold() in {name.casefold() for name in wanted}


def visible_mappings(catalogue: Catalogue, ittid: str, filters: Filters) -> list[Row]:
    """Give the mappings of a hotel that the supplier restriction lets appear, by id."""
    mappings = children(catalogue, "provider_mappings", ittid)
    return [mapping for mapping in mappings if supplier_is_in(mapping["provider_name"], filters)]


def _a_supplier_is_in(catalogue: Catalogue, hotel: Row, filters: Filters) -> bool:
    if restriction(filters, "suppliers") is None:
        return True
    return bool(visible_mappings(catalogue, hotel["ittid"], filters))


def _a_country_is_in(catalogue: Catalogue, hotel: Row, filters: Filters) -> bool:
    wanted = restriction(filters, "country_codes")
    if wanted is None:
        return True
    return any(location["country_code"] in wanted for location in children(catalogue, "locations", hotel["ittid"]))


def rating_number(text: str | None) -> float | None:
    """Read a rating as typed; None when it is no number. Only spaces (U+0020) around are ignored."""
    if text is None or len(text) > LONGEST_NUMBER:
        return None
    bare = text.strip(" ")
    return float(bare) if NUMBER.fullmatch(bare) else None


def _rating_is_in(text: str | None, filters: Filters) -> bool:
    lowest, highest = restriction(filters, "min_rating"), restriction(filters, "max_rating")
    if lowest is None and highest is None:
        return True
    number = rating_number(text)
    if number is None:
        return False
    return (lowest is None or float(lowest) <= number) and (highest is None or number <= float(highest))


def _moment_is_in(moment: datetime | None, filters: Filters) -> bool:
    first, last = restriction(filters, "date_from"), restriction(filters, "date_to")
    if first is None and last is None:
        return True
    if moment is None:
        return False
    return (first is None or earliest(first) <= moment) and (last is None or moment <= latest(last))


def earliest(asked: str | date | datetime) -> datetime:
    """Give the first moment that a date_from lets in, naive UTC."""
    parsed = _parsed(asked)
    return _utc(parsed) if isinstance(parsed, datetime) else datetime.combine(parsed, time.min)


def latest(asked: str | date | datetime) -> datetime:
    """Give the last moment that a date_to lets in, naive UTC: of a day its last microsecond."""
    parsed = _parsed(asked)
    return _utc(parsed) if isinstance(parsed, datetime) else datetime.combine(parsed, time.max)


def _parsed(asked: str | date | datetime) -> date | datetime:
    if not isinstance(asked, str):
        return asked
    try:
        return date.fromisoformat(asked)
    except ValueError:
        return datetime.fromisoformat(asked)


def _utc(instant: datetime) -> datetime:
    return instant if instant.tzinfo is None else instant.astimezone(UTC).replace(tzinfo=None)


def resolved_suppliers(catalogue: Catalogue, export_type: str, filters: Filters) -> list[str] | None:
    """Give the supplier names that a restriction comes down to, sorted; None without one."""
    if restriction(filters, "suppliers") is None:
        return None
    return sorted({name for name in _supplier_names(catalogue, export_type) if supplier_is_in(name, filters)})


def unknown_suppliers(catalogue: Catalogue, export_type: str, filters: Filters) -> list[str]:
    """Give the suppliers asked for that the catalogue does not have, sorted, as they were asked for."""
    known = {name.casefold() for name in _supplier_names(catalogue, export_type)}
    wanted = restriction(filters, "suppliers") or []
    return sorted({name for name in wanted if name.casefold() not in known})


def _supplier_names(catalogue: Catalogue, export_type: str) -> set[str]:
    table = "supplier_summary" if export_type == "supplier_summary" else "provider_mappings"
    return {row["provider_name"] for row in catalogue[table]}
