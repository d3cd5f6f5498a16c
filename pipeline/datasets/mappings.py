"""The mappings export: a record is a provider mapping, with what matters of its hotel."""

from collections import Counter
from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from pipeline.arranged import RECORDS, Arranged
from pipeline.chunks import Rows
from pipeline.datasets.base import Conditions, Dataset, Group, Reading, RecordShape, Sheet
from pipeline.datasets.tables import (
    HOTEL_COLUMNS,
    KEY,
    LOCATION_COLUMNS,
    MAPPING_COLUMNS,
    child_query,
    hotel_query,
)
from pipeline.datasets.tally import Tally, count_by
from pipeline.filters import MappingExportFilters
from pipeline.query import Plan, TableQuery
from pipeline.reshape import attach, first_of, spans
from pipeline.schema import HOTELS, LOCATIONS, PROVIDER_MAPPINGS, Column

(_SUPPLIER,) = PROVIDER_MAPPINGS.pick("provider_name")
_COUNTRY = LOCATIONS.pick("country_code")
_HOTEL_FIELDS = ("name", "latitude", "longitude", "rating")


def _order(reading: Reading) -> tuple[Column, ...]:
    return KEY, _SUPPLIER, reading.id_of("provider_mappings")


def _beside(name: str) -> str:
    """What a hotel's column is called beside the mapping's own."""
    return f"hotel_{name}"


@dataclass(frozen=True)
class Mappings(Dataset[MappingExportFilters]):
    """Provider mappings of hotels that exist."""

    name: ClassVar[str] = "mappings"
    model: ClassVar[type[MappingExportFilters]] = MappingExportFilters
    suppliers_view: ClassVar[str] = "provider_mappings"

    def plan(self, reading: Reading) -> Plan:
        """The mappings that match, their hotels, and where these are."""
        conditions = self._conditions(reading)
        hotel_columns = HOTEL_COLUMNS if reading.for_sheets else HOTELS.pick("ittid", *_HOTEL_FIELDS)
        location_columns = LOCATION_COLUMNS if reading.for_sheets else _COUNTRY
        return reading.plan(
            key=KEY.name,
            records=TableQuery(
                name="provider_mappings",
                view="provider_mappings",
                columns=(KEY, *MAPPING_COLUMNS),
                order=_order(reading)[1:],
                where=tuple(conditions.where),
            ),
            related=(
                hotel_query(hotel_columns),
                child_query("locations", location_columns, reading.id_of("locations")),
            ),
            values=conditions.values,
        )

    def _conditions(self, reading: Reading) -> Conditions:
        conditions = Conditions(dialect=reading.dialect)
        conditions.has("hotels")
        conditions.any_of("ittid", "ittids", self.filters.ittids)
        conditions.any_of("provider_name", "suppliers", reading.suppliers)
        conditions.updated(self.filters)
        conditions.page(self.filters, reading.until, _order(reading))
        return conditions

    @property
    def shape(self) -> RecordShape:
        """A mapping, and one object for its hotel."""
        fields = tuple((name, Column(name=_beside(name))) for name in _HOTEL_FIELDS)
        hotel = Group(name="hotel", fields=(*fields, *((column.name, column) for column in _COUNTRY)))
        return RecordShape(key=KEY.name, columns=(KEY, *MAPPING_COLUMNS), groups=(hotel,))

    @property
    def flat_columns(self) -> tuple[Column, ...]:
        """The ten columns of spec.md §2."""
        return (
            *(KEY, Column(name=_beside("name")), *_COUNTRY),
            *PROVIDER_MAPPINGS.pick("provider_name", "provider_id", "system_type", "giata_code", "vervotech_id"),
            *PROVIDER_MAPPINGS.pick("created_at", "updated_at"),
        )

    def arrange(self, rows: Rows) -> Arranged:
        """Mappings with their hotel's columns beside them; hotels and locations stay for the sheets."""
        hotels, locations, key = rows.frames["hotels"], rows.frames["locations"], KEY.name
        of = spans(hotels.get_column(key), locations.get_column(key))
        countries = first_of(locations.select_seq("country_code"), of)
        hotel = hotels.select_seq(key, *(pl.col(name).alias(_beside(name)) for name in _HOTEL_FIELDS)).hstack(countries)
        records = attach(rows.frames["provider_mappings"], hotel, key)
        return Arranged(frames={RECORDS: records, "hotels": hotels, "locations": locations})

    def sheets(self, columns: tuple[Column, ...] | None) -> tuple[Sheet, ...]:
        """Mappings as in the CSV, then the hotels and locations of these, once each."""
        main = columns or self.flat_columns
        return (
            Sheet(name="Mappings", table="provider_mappings", columns=main, frame=RECORDS),
            Sheet(name="Hotels", table="hotels", columns=HOTEL_COLUMNS, frame="hotels"),
            Sheet(name="Locations", table="locations", columns=(KEY, *LOCATION_COLUMNS), frame="locations"),
        )

    def tally(self, arranged: Arranged) -> Tally:
        """Mappings by supplier and by country, and the hotels that they are of."""
        records = arranged.frames[RECORDS]
        return {
            "Hotels": Counter({"with mappings": arranged.frames["hotels"].height}),
            "Mappings by supplier": count_by(records, "provider_name"),
            "Mappings by country": count_by(records, "country_code"),
        }

    def orphan_views(self) -> tuple[str, ...]:
        """The mappings themselves, and where their hotels are."""
        return ("provider_mappings", "locations")
