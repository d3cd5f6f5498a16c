"""The rows of the CSV, before the formula guard (spec.md §2, CSV)."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from tests.model.catalogue import Catalogue, Filters, Record, Row, children
from tests.model.matching import exported_rows, visible_mappings
from tests.model.records import (
    LOCATION_FIELDS,
    SUPPLIER_FIELDS,
    countries,
    first_location,
    has_countries,
    hotel_of,
    includes,
    pick,
)
from tests.model.text import iso

CONTACT_COLUMNS = ("phone", "email", "website", "fax")
PROVIDER_COLUMNS = ("provider_names", "provider_ids", "giata_codes", "vervotech_ids")
HOTEL_COLUMNS = (
    "ittid",
    "name",
    "latitude",
    "longitude",
    "rating",
    "address_line1",
    "address_line2",
    "postal_code",
    "property_type",
    *LOCATION_FIELDS,
    *CONTACT_COLUMNS,
    *PROVIDER_COLUMNS,
    "primary_photo",
    "created_at",
    "updated_at",
)
MAPPING_COLUMNS = (
    "ittid",
    "hotel_name",
    "country_code",
    "provider_name",
    "provider_id",
    "system_type",
    "giata_code",
    "vervotech_id",
    "created_at",
    "updated_at",
)
COUNTRY_COLUMNS = ("country_code", "country_hotels")


def flat_columns(export_type: str, filters: Filters) -> list[str]:
    """Give all columns of the CSV, in order, without those that ``include_*: false`` drops."""
    if export_type == "mappings":
        return list(MAPPING_COLUMNS)
    if export_type == "supplier_summary":
        return [*SUPPLIER_FIELDS, *(COUNTRY_COLUMNS if has_countries(filters) else ())]
    dropped: list[str] = []
    for name, columns in (
        ("include_locations", LOCATION_FIELDS),
        ("include_contacts", CONTACT_COLUMNS),
        ("include_mappings", PROVIDER_COLUMNS),
    ):
        dropped += () if includes(filters, name) else columns
    return [column for column in HOTEL_COLUMNS if column not in dropped]


def flat_rows(
    catalogue: Catalogue, export_type: str, filters: Filters, columns: Sequence[str] | None = None
) -> list[dict[str, str | None]]:
    """Give the CSV rows as text, NULL as None, before the formula guard."""
    return [
        {column: _text(value) for column, value in row.items()}
        for row in flat_values(catalogue, export_type, filters, columns)
    ]


def flat_values(
    catalogue: Catalogue, export_type: str, filters: Filters, columns: Sequence[str] | None = None
) -> list[Record]:
    """Give the CSV rows with numbers and datetimes as such."""
    wanted = list(columns) if columns is not None else flat_columns(export_type, filters)
    rows: list[Record] = []
    for row in exported_rows(catalogue, export_type, filters):
        if export_type == "hotels":
            rows.append(_hotel_row(catalogue, row, filters))
        elif export_type == "mappings":
            rows.append(_mapping_row(catalogue, row))
        else:
            rows.extend(_supplier_rows(catalogue, row, filters))
    return [pick(row, tuple(wanted)) for row in rows]


def _hotel_row(catalogue: Catalogue, hotel: Row, filters: Filters) -> Record:
    ittid = hotel["ittid"]
    contacts = children(catalogue, "contacts", ittid)
    mappings = visible_mappings(catalogue, ittid, filters)
    return {
        **hotel,
        **first_location(catalogue, ittid),
        **{kind: _joined(row["value"] for row in contacts if row["contact_type"] == kind) for kind in CONTACT_COLUMNS},
        "provider_names": _joined(row["provider_name"] for row in mappings),
        "provider_ids": _joined(row["provider_id"] for row in mappings),
        "giata_codes": _joined(_distinct(row["giata_code"] for row in mappings)),
        "vervotech_ids": _joined(_distinct(row["vervotech_id"] for row in mappings)),
    }


def _mapping_row(catalogue: Catalogue, mapping: Row) -> Record:
    return {
        **mapping,
        "hotel_name": hotel_of(catalogue, mapping)["name"],
        "country_code": first_location(catalogue, mapping["ittid"])["country_code"],
    }


def _supplier_rows(catalogue: Catalogue, supplier: Row, filters: Filters) -> list[Record]:
    if not has_countries(filters):
        return [supplier]
    found = countries(catalogue, supplier["provider_name"]) or [{"country_code": None, "hotels": None}]
    return [
        {**supplier, "country_code": country["country_code"], "country_hotels": country["hotels"]} for country in found
    ]


def _joined(values: Iterable[str | None]) -> str | None:
    there = [value for value in values if value is not None]
    return "; ".join(there) if there else None


def _distinct(values: Iterable[str | None]) -> list[str | None]:
    return list(dict.fromkeys(values))


def _text(value: Any) -> str | None:  # noqa: ANN401 - any value of a row
    if value is None:
        return None
    return iso(value) if isinstance(value, datetime) else str(value)
