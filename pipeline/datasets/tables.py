"""The columns that records show of each table, and the queries that read them; used by several datasets."""

from sqlglot import exp

from pipeline.query import TableQuery
from pipeline.schema import CONTACTS, HOTELS, LOCATIONS, PROVIDER_MAPPINGS, Column

(KEY,) = HOTELS.pick("ittid")

HOTEL_COLUMNS = HOTELS.pick(
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
LOCATION_COLUMNS = LOCATIONS.pick(
    "city_name",
    "state_name",
    "state_code",
    "country_name",
    "country_code",
    "master_city_name",
    "city_code",
    "city_location_id",
)
CONTACT_COLUMNS = CONTACTS.pick("contact_type", "value")
MAPPING_COLUMNS = PROVIDER_MAPPINGS.pick(
    "provider_name", "provider_id", "system_type", "vervotech_id", "giata_code", "created_at", "updated_at"
)


def hotel_query(columns: tuple[Column, ...], where: tuple[exp.Expr, ...] = ()) -> TableQuery:
    """Hotels, one row a key."""
    return TableQuery(name="hotels", view="hotels", columns=columns, order=(), where=where)


def child_query(view: str, columns: tuple[Column, ...], order: Column, where: tuple[exp.Expr, ...] = ()) -> TableQuery:
    """Children of hotels: ittid and these columns, by ittid and the children's id."""
    return TableQuery(name=view, view=view, columns=(KEY, *columns), order=(order,), where=where)
