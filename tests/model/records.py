"""The records as JSON nests them, and the charts of the supplier summary (spec.md §2, JSON)."""

from datetime import datetime
from typing import Any

from tests.model.catalogue import Catalogue, Filters, Record, Row, children, hotel_ittids
from tests.model.matching import exported_rows, visible_mappings
from tests.model.text import iso

HOTEL_FIELDS = (
    "ittid",
    "name",
    "latitude",
    "longitude",
    "rating",
    "address_line1",
    "address_line2",
    "postal_code",
    "property_type",
    "primary_photo",
    "created_at",
    "updated_at",
)
LOCATION_FIELDS = (
    "city_name",
    "state_name",
    "state_code",
    "country_name",
    "country_code",
    "master_city_name",
    "city_code",
    "city_location_id",
)
CONTACT_FIELDS = ("contact_type", "value")
MAPPING_FIELDS = (
    "provider_name",
    "provider_id",
    "system_type",
    "vervotech_id",
    "giata_code",
    "created_at",
    "updated_at",
)
SUPPLIER_FIELDS = ("provider_name", "total_hotels", "total_mappings", "last_updated", "summary_generated_at")


def records(catalogue: Catalogue, export_type: str, filters: Filters) -> list[Record]:
    """Give the records as they stand in JSON: datetimes are text."""
    return [_with_text_dates(record) for record in typed_records(catalogue, export_type, filters)]


def typed_records(catalogue: Catalogue, export_type: str, filters: Filters) -> list[Record]:
    """Give the records with datetimes as naive UTC datetimes, as parquet and arrow hold them."""
    rows = exported_rows(catalogue, export_type, filters)
    if export_type == "hotels":
        return [_hotel_record(catalogue, hotel, filters) for hotel in rows]
    if export_type == "mappings":
        return [_mapping_record(catalogue, mapping) for mapping in rows]
    return [_supplier_record(catalogue, supplier, filters) for supplier in rows]


def includes(filters: Filters, name: str) -> bool:
    """Tell whether a child of the hotels is in: it is unless ``include_*`` is false."""
    return filters.get(name) is not False


def has_countries(filters: Filters) -> bool:
    """Tell whether the country breakdown was asked for."""
    return filters.get("include_country_breakdown") is True


def pick(row: Row, fields: tuple[str, ...]) -> Record:
    """Give these fields of a row, in this order."""
    return {field: row[field] for field in fields}


def _hotel_record(catalogue: Catalogue, hotel: Row, filters: Filters) -> Record:
    ittid = hotel["ittid"]
    record = pick(hotel, HOTEL_FIELDS)
    if includes(filters, "include_locations"):
        record["locations"] = [pick(row, LOCATION_FIELDS) for row in children(catalogue, "locations", ittid)]
    if includes(filters, "include_contacts"):
        record["contacts"] = [pick(row, CONTACT_FIELDS) for row in children(catalogue, "contacts", ittid)]
    if includes(filters, "include_mappings"):
        record["provider_mappings"] = [pick(row, MAPPING_FIELDS) for row in visible_mappings(catalogue, ittid, filters)]
    return record


def _mapping_record(catalogue: Catalogue, mapping: Row) -> Record:
    hotel = hotel_of(catalogue, mapping)
    return {
        "ittid": mapping["ittid"],
        **pick(mapping, MAPPING_FIELDS),
        "hotel": {
            **pick(hotel, ("name", "latitude", "longitude", "rating")),
            "country_code": first_location(catalogue, mapping["ittid"])["country_code"],
        },
    }


def _supplier_record(catalogue: Catalogue, supplier: Row, filters: Filters) -> Record:
    record = pick(supplier, SUPPLIER_FIELDS)
    if has_countries(filters):
        record["countries"] = countries(catalogue, supplier["provider_name"])
    return record


def hotel_of(catalogue: Catalogue, mapping: Row) -> Row:
    """Give the hotel that a mapping belongs to."""
    return next(hotel for hotel in catalogue["hotels"] if hotel["ittid"] == mapping["ittid"])


def first_location(catalogue: Catalogue, ittid: str) -> Record:
    """Give the location of a hotel with the lowest id; all NULL when it has none."""
    locations = children(catalogue, "locations", ittid)
    return pick(locations[0], LOCATION_FIELDS) if locations else dict.fromkeys(LOCATION_FIELDS)


def countries(catalogue: Catalogue, provider_name: str) -> list[Record]:
    """Count a supplier's hotels by country, by code; a hotel counts once in each of its countries."""
    mapped = {row["ittid"] for row in catalogue["provider_mappings"] if row["provider_name"] == provider_name}
    hotels_in: dict[str, set[str]] = {}
    for location in catalogue["locations"]:
        code, ittid = location["country_code"], location["ittid"]
        if code is not None and ittid in mapped and ittid in hotel_ittids(catalogue):
            hotels_in.setdefault(code, set()).add(ittid)
    return [{"country_code": code, "hotels": len(hotels_in[code])} for code in sorted(hotels_in)]


def charts(catalogue: Catalogue, filters: Filters) -> list[Record]:
    """Give the charts of a supplier summary: two, or three with the country breakdown."""
    suppliers = typed_records(catalogue, "supplier_summary", filters)
    names = [supplier["provider_name"] for supplier in suppliers]
    hotels = [{"name": "Hotels", "values": [supplier["total_hotels"] for supplier in suppliers]}]
    mappings = [{"name": "Mappings", "values": [supplier["total_mappings"] for supplier in suppliers]}]
    plain = [
        _bar("hotels_by_supplier", "Hotels by supplier", names, hotels),
        _bar("mappings_by_supplier", "Mappings by supplier", names, mappings),
    ]
    return [*plain, _by_country(suppliers)] if has_countries(filters) else plain


def _by_country(suppliers: list[Record]) -> Record:
    codes = sorted({country["country_code"] for supplier in suppliers for country in supplier["countries"]})
    series = []
    for supplier in suppliers:
        hotels_in = {country["country_code"]: country["hotels"] for country in supplier["countries"]}
        values = [hotels_in.get(code, 0) for code in codes]
        series.append({"name": supplier["provider_name"], "values": values})
    return _bar("hotels_by_country", "Hotels by country", codes, series)


def _bar(chart_id: str, title: str, labels: list[str], series: list[Record]) -> Record:
    return {"id": chart_id, "type": "bar", "title": title, "labels": labels, "series": series}


def _with_text_dates(value: Any) -> Any:  # noqa: ANN401 - a record, or anything in one
    if isinstance(value, dict):
        return {key: _with_text_dates(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_with_text_dates(inner) for inner in value]
    return iso(value) if isinstance(value, datetime) else value
