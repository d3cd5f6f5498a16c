"""The columns of every export as spec.md §2 has them, written out: what peers write, and what files are held against.

Nothing is imported here, so that a peer which needs them is not charged for more.
"""

HOTELS = (
    *("ittid", "name", "latitude", "longitude", "rating", "address_line1", "address_line2", "postal_code"),
    *("property_type", "primary_photo", "created_at", "updated_at"),
)
LOCATIONS = (
    *("city_name", "state_name", "state_code", "country_name", "country_code", "master_city_name", "city_code"),
    "city_location_id",
)
CONTACTS = ("contact_type", "value")
MAPPINGS = (*("provider_name", "provider_id", "system_type", "vervotech_id", "giata_code", "created_at", "updated_at"),)
SUPPLIERS = ("provider_name", "total_hotels", "total_mappings", "last_updated", "summary_generated_at")

CHILDREN = {"locations": LOCATIONS, "contacts": CONTACTS, "provider_mappings": MAPPINGS}
"""The children of a hotel, by table."""

CONTACT_TYPES = ("phone", "email", "website", "fax")
JOINED = {"provider_names": "provider_name", "provider_ids": "provider_id"}
JOINED_DISTINCT = {"giata_codes": "giata_code", "vervotech_ids": "vervotech_id"}
"""Columns of the CSV that join a column of the mappings; of these only distinct values."""

FLAT = {
    "hotels": (*HOTELS[:9], *LOCATIONS, *CONTACT_TYPES, *JOINED, *JOINED_DISTINCT, *HOTELS[9:]),
    "mappings": (
        *("ittid", "hotel_name", "country_code", "provider_name", "provider_id", "system_type"),
        *("giata_code", "vervotech_id", "created_at", "updated_at"),
    ),
    "supplier-summary": (*SUPPLIERS, "country_code", "country_hotels"),
}
"""The columns of each export's CSV."""

HOTEL_SHEETS = {
    "Hotels": ("hotels", HOTELS),
    "Locations": ("locations", ("ittid", *LOCATIONS)),
    "Contacts": ("contacts", ("ittid", *CONTACTS)),
    "Mappings": ("provider_mappings", ("ittid", *MAPPINGS)),
}
"""The sheets of the hotels' workbook: the table of each, and its columns."""

MAPPING_SHEETS = {name: HOTEL_SHEETS[name] for name in ("Hotels", "Locations")}
"""The sheets beside the mappings in theirs."""
