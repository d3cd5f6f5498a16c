"""The hotels export: a record is a hotel, with its locations, contacts and provider mappings."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

import polars as pl
from sqlglot import exp

from pipeline.arranged import FLAT, RECORDS, Arranged
from pipeline.chunks import Rows
from pipeline.datasets.base import (
    Children,
    Conditions,
    Dataset,
    Reading,
    RecordShape,
    Sheet,
    count_rows,
)
from pipeline.datasets.tables import (
    CONTACT_COLUMNS,
    HOTEL_COLUMNS,
    KEY,
    LOCATION_COLUMNS,
    MAPPING_COLUMNS,
    child_query,
    hotel_query,
)
from pipeline.datasets.tally import Tally, keys_by, spread_of_ratings
from pipeline.filters import HotelExportFilters
from pipeline.query import Plan, Statement, TableQuery
from pipeline.reshape import Spans, first_of, join_texts
from pipeline.schema import CONTACT_TYPES, HOTELS, Column

_SEPARATOR = "; "

PROVIDER_TEXTS = (
    ("provider_names", "provider_name", False),
    ("provider_ids", "provider_id", False),
    ("giata_codes", "giata_code", True),
    ("vervotech_ids", "vervotech_id", True),
)
"""Flat column, the mapping's column that it joins, whether only distinct values count."""


@dataclass(frozen=True)
class Hotels(Dataset[HotelExportFilters]):
    """Hotels and their children."""

    name: ClassVar[str] = "hotels"
    model: ClassVar[type[HotelExportFilters]] = HotelExportFilters
    suppliers_view: ClassVar[str] = "provider_mappings"
    leaves_out_orphans: ClassVar[bool] = True

    def plan(self, reading: Reading) -> Plan:
        """The hotels that match, and the rows of the children that are included."""
        conditions = self._conditions(reading)
        children, of_suppliers = self._child_queries(reading)
        return reading.plan(
            key=KEY.name,
            records=hotel_query(HOTEL_COLUMNS, tuple(conditions.where)),
            related=children,
            values={**conditions.values, **of_suppliers.values},
        )

    def _conditions(self, reading: Reading) -> Conditions:
        filters, dialect = self.filters, reading.dialect
        conditions = Conditions(dialect=dialect)
        conditions.any_of("ittid", "ittids", filters.ittids)
        conditions.any_of("property_type", "property_types", filters.property_types)
        conditions.updated(filters)
        low, high = ("min_rating", filters.min_rating), ("max_rating", filters.max_rating)
        conditions.between(dialect.number, "rating", low, high)
        for view, column, name, values in (
            ("locations", "country_code", "country_codes", filters.country_codes),
            ("provider_mappings", "provider_name", "suppliers", reading.suppliers),
        ):
            if values is not None:
                of_child = Conditions(dialect=dialect)
                of_child.any_of(column, name, values)
                conditions.has(view, of_child.where)
                conditions.values.update(of_child.values)
        conditions.page(filters, reading.until, (KEY,))
        return conditions

    def _child_queries(self, reading: Reading) -> tuple[tuple[TableQuery, ...], Conditions]:
        of_suppliers = Conditions(dialect=reading.dialect)
        of_suppliers.any_of("provider_name", "suppliers", reading.suppliers)
        where = {"provider_mappings": tuple(of_suppliers.where)}
        queries = (
            child_query(child.name, child.columns, reading.id_of(child.name), where.get(child.name, ()))
            for child in self.shape.children
        )
        return tuple(queries), of_suppliers

    @property
    def shape(self) -> RecordShape:
        """A hotel, and a list for each kind of child that is included."""
        included = (
            (self.filters.include_locations, "locations", LOCATION_COLUMNS),
            (self.filters.include_contacts, "contacts", CONTACT_COLUMNS),
            (self.filters.include_mappings, "provider_mappings", MAPPING_COLUMNS),
        )
        children = tuple(Children(name=name, columns=columns) for wanted, name, columns in included if wanted)
        return RecordShape(key=KEY.name, columns=HOTEL_COLUMNS, children=children)

    @property
    def flat_columns(self) -> tuple[Column, ...]:
        """The 28 columns of spec.md §2, without those of children that are not included."""
        filters = self.filters
        contacts = tuple(Column(name=name) for name in CONTACT_TYPES)
        providers = tuple(Column(name=name) for name, _, _ in PROVIDER_TEXTS)
        return (
            *HOTELS.pick("ittid", "name", "latitude", "longitude", "rating"),
            *HOTELS.pick("address_line1", "address_line2", "postal_code", "property_type"),
            *(LOCATION_COLUMNS if filters.include_locations else ()),
            *(contacts if filters.include_contacts else ()),
            *(providers if filters.include_mappings else ()),
            *HOTELS.pick("primary_photo", "created_at", "updated_at"),
        )

    def arrange(self, rows: Rows) -> Arranged:
        """The hotels are the records, one a key; the children stay as they are."""
        children = {child.name: rows.frames[child.name] for child in self.shape.children}
        spans = {
            name: Spans.of(rows.counts.get_column(name), rows.frames["hotels"], children[name]) for name in children
        }
        return Arranged(frames={RECORDS: rows.frames["hotels"], **children}, spans=spans)

    def flat(self, arranged: Arranged) -> pl.DataFrame:
        """One row a hotel: its first location, and its other children joined as text."""
        records = arranged.frames[RECORDS]
        children = [self._flat_children(children.name, arranged) for children in self.shape.children]
        return pl.concat([records, *children], how="horizontal").select_seq(column.name for column in self.flat_columns)

    def _flat_children(self, name: str, arranged: Arranged) -> pl.DataFrame:
        """What a row has of one kind of child."""
        rows, of = arranged.frames[name], arranged.spans[name]
        if name == "locations":
            return first_of(rows.drop(KEY.name), of)
        texts = _contact_texts() if name == "contacts" else _provider_texts()
        return join_texts(rows, of, _SEPARATOR, **{name: pl.lit(_SEPARATOR) + text for name, text in texts})

    def sheets(self, columns: tuple[Column, ...] | None) -> tuple[Sheet, ...]:
        """Hotels, then a sheet for each kind of child that is included."""
        main = Sheet(
            name="Hotels",
            table="hotels",
            columns=columns or HOTEL_COLUMNS,
            frame=FLAT if columns else RECORDS,
        )
        titles = {"locations": "Locations", "contacts": "Contacts", "provider_mappings": "Mappings"}
        children = (
            Sheet(name=titles[c.name], table=c.name, columns=(KEY, *c.columns), frame=c.name)
            for c in self.shape.children
        )
        return (main, *children)

    def tally(self, arranged: Arranged) -> Tally:
        """Hotels with and without mappings, by country, by supplier and by rating, as far as these are included."""
        tally: Tally = {"Ratings": spread_of_ratings(arranged.frames[RECORDS])}
        if self.filters.include_locations:
            tally["Hotels by country"] = keys_by(arranged.frames["locations"], KEY.name, "country_code")
        if self.filters.include_mappings:
            mappings = arranged.frames["provider_mappings"]
            mapped = mappings.get_column(KEY.name).n_unique()
            without = arranged.frames[RECORDS].height - mapped
            tally["Hotels"] = Counter({"with mappings": mapped, "without mappings": without})
            tally["Hotels by supplier"] = keys_by(mappings, KEY.name, "provider_name")
        return tally

    def unrated(self, reading: Reading) -> Statement:
        """Hotels that meet all filters but the rating's, and whose rating is neither NULL nor a number."""
        unpaged = {"limit": None, "after": None}
        others = self.filters.model_copy(update={"min_rating": None, "max_rating": None, **unpaged})
        plan = Hotels(others).plan(replace(reading, until=None))
        number = reading.dialect.say(reading.dialect.number, exp.column("rating"))
        no_number = (exp.column("rating").is_(exp.null()).not_(), number.is_(exp.null()))
        return plan.statement(count_rows("hotels").where(*plan.records.where, *no_number))


def _contact_texts() -> Iterator[tuple[str, pl.Expr]]:
    """The contacts of each type."""
    for contact_type in CONTACT_TYPES:
        yield contact_type, pl.when(pl.col("contact_type") == contact_type).then("value")


def _provider_texts() -> Iterator[tuple[str, pl.Expr]]:
    """What mappings tell, of some only what a hotel's earlier ones did not."""
    for name, column, distinct in PROVIDER_TEXTS:
        new = pl.struct(KEY.name, column).is_first_distinct() if distinct else pl.lit(value=True)
        yield name, pl.when(new).then(column)
