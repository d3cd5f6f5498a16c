"""The words that sources, writers and datasets share, and the catalogue's tables in them.

The contract of the catalogue: which tables there are, which columns they have, which of these may be NULL.
Latitude, longitude and rating are text: they hold what people typed. Datetimes are naive UTC.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl


class Kind(enum.Enum):
    """What a column holds; the value is the Polars type of it in every frame."""

    TEXT = pl.String()
    INTEGER = pl.Int64()
    TIMESTAMP = pl.Datetime("us")
    """Naive UTC, to the microsecond."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a table."""

    name: str
    kind: Kind = Kind.TEXT
    nullable: bool = True
    inexact: bool = False
    """Whether it may be floating-point numbers out there, which no id should be."""


@dataclass(frozen=True, kw_only=True)
class TableSpec:
    """One table of the catalogue, as the contract has it."""

    name: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The column names, in order."""
        return tuple(column.name for column in self.columns)

    def pick(self, *names: str) -> tuple[Column, ...]:
        """The columns of these names, in this order."""
        by_name = {column.name: column for column in self.columns}
        return tuple(by_name[name] for name in names)


def _text(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name=name) for name in names)


def _needed(*names: str, kind: Kind = Kind.TEXT) -> tuple[Column, ...]:
    return tuple(Column(name=name, kind=kind, nullable=False) for name in names)


def _typed(*names: str) -> tuple[Column, ...]:
    """Numbers as people typed them."""
    return tuple(Column(name=name, inexact=True) for name in names)


def _moments(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name=name, kind=Kind.TIMESTAMP) for name in names)


_ID = _needed("id", kind=Kind.INTEGER)

HOTELS = TableSpec(
    name="hotels",
    columns=(
        *_ID,
        *_needed("ittid", "name"),
        *_typed("latitude", "longitude"),
        *_text("address_line1", "address_line2", "postal_code"),
        *_typed("rating"),
        *_text("property_type", "primary_photo", "map_status", "content_update_status"),
        *_moments("created_at", "updated_at"),
    ),
)
LOCATIONS = TableSpec(
    name="locations",
    columns=(
        *_ID,
        *_needed("ittid"),
        *_text("city_name", "state_name", "state_code", "country_name", "country_code"),
        *_text("master_city_name", "city_code", "city_location_id"),
        *_moments("created_at", "updated_at"),
    ),
)
CONTACT_TYPES = ("phone", "email", "website", "fax")
"""Those that flat records have a column of, in this order; there may be others."""
CONTACTS = TableSpec(name="contacts", columns=(*_ID, *_needed("ittid", "contact_type", "value")))
PROVIDER_MAPPINGS = TableSpec(
    name="provider_mappings",
    columns=(
        *_ID,
        *_needed("ittid", "provider_name", "provider_id", "system_type"),
        *_text("vervotech_id", "giata_code"),
        *_moments("created_at", "updated_at"),
    ),
)
CHAINS = TableSpec(name="chains", columns=(*_ID, *_needed("ittid"), *_text("chain_name", "chain_code", "brand_name")))
SUPPLIER_SUMMARY = TableSpec(
    name="supplier_summary",
    columns=(
        *_ID,
        *_needed("provider_name"),
        *_needed("total_hotels", "total_mappings", kind=Kind.INTEGER),
        *_moments("last_updated"),
        *_needed("summary_generated_at", kind=Kind.TIMESTAMP),
    ),
)

CATALOGUE: tuple[TableSpec, ...] = (HOTELS, LOCATIONS, CONTACTS, PROVIDER_MAPPINGS, CHAINS, SUPPLIER_SUMMARY)
"""Every table of a catalogue, parents before children. ``chains`` is optional and not exported yet."""

SUPPLIER_COUNTRIES = TableSpec(
    name="supplier_countries",
    columns=(*_needed("provider_name"), *_text("country_code"), Column(name="country_hotels", kind=Kind.INTEGER)),
)
"""Counted of the others, no table of a catalogue."""

_UNREAD = {
    "hotels": ("map_status", "content_update_status"),
    "locations": ("created_at", "updated_at"),
}

VIEWS: Mapping[str, tuple[Column, ...]] = {
    table.name: tuple(column for column in table.columns if column.name not in _UNREAD.get(table.name, ()))
    for table in (HOTELS, LOCATIONS, CONTACTS, PROVIDER_MAPPINGS, SUPPLIER_SUMMARY, SUPPLIER_COUNTRIES)
}
"""What each view of a table gives, whether it is one of ``sql/`` or stands in for that."""
