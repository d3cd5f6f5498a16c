"""The supplier summary export: a record is a supplier, if asked with its hotels by country."""

from collections import Counter
from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from pipeline.arranged import FLAT, RECORDS, Arranged
from pipeline.chunks import Rows
from pipeline.datasets.base import Chart, Children, Conditions, Dataset, Reading, RecordShape, Sheet
from pipeline.datasets.tally import Tally
from pipeline.errors import OptionError
from pipeline.filters import SupplierSummaryFilters
from pipeline.query import Plan, TableQuery
from pipeline.reshape import attach, spans
from pipeline.schema import LOCATIONS, SUPPLIER_COUNTRIES, SUPPLIER_SUMMARY, Column, Kind

(_KEY,) = SUPPLIER_SUMMARY.pick("provider_name")
_SUPPLIER = SUPPLIER_SUMMARY.pick(
    "provider_name", "total_hotels", "total_mappings", "last_updated", "summary_generated_at"
)
(_COUNTRY,) = LOCATIONS.pick("country_code")
(_COUNTRY_HOTELS,) = SUPPLIER_COUNTRIES.pick("country_hotels")
_COUNTRIES = "supplier_countries"


@dataclass(frozen=True)
class SupplierSummary(Dataset[SupplierSummaryFilters]):
    """Suppliers, and what each has."""

    name: ClassVar[str] = "supplier_summary"
    model: ClassVar[type[SupplierSummaryFilters]] = SupplierSummaryFilters
    suppliers_view: ClassVar[str] = "supplier_summary"
    has_charts: ClassVar[bool] = True

    def plan(self, reading: Reading) -> Plan:
        """The suppliers that match, and their countries if asked."""
        conditions = Conditions(dialect=reading.dialect)
        conditions.any_of("provider_name", "suppliers", reading.suppliers)
        conditions.page(self.filters, reading.until, (_KEY,))
        where = tuple(conditions.where)
        name = "supplier_summary"
        countries = TableQuery(
            name=_COUNTRIES,
            view=_COUNTRIES,
            columns=(_KEY, _COUNTRY, _COUNTRY_HOTELS),
            order=(_COUNTRY,),
            has_ids=False,
        )
        return reading.plan(
            key=_KEY.name,
            records=TableQuery(name=name, view=name, columns=_SUPPLIER, order=(), where=where),
            related=(countries,) if self.filters.include_country_breakdown else (),
            values=conditions.values,
        )

    @property
    def shape(self) -> RecordShape:
        """A supplier, and a list of its countries if asked."""
        columns = (_COUNTRY, Column(name="hotels", kind=Kind.INTEGER))
        children = (Children(name="countries", columns=columns),) if self.filters.include_country_breakdown else ()
        return RecordShape(key=_KEY.name, columns=_SUPPLIER, children=children)

    @property
    def flat_columns(self) -> tuple[Column, ...]:
        """The five columns of spec.md §2; with the breakdown country_code and country_hotels too."""
        return (*_SUPPLIER, _COUNTRY, _COUNTRY_HOTELS) if self.filters.include_country_breakdown else _SUPPLIER

    @property
    def flat_table(self) -> str:
        """With the breakdown a row a supplier and country."""
        return _COUNTRIES if self.filters.include_country_breakdown else "supplier_summary"

    def arrange(self, rows: Rows) -> Arranged:
        """Suppliers are the records; ``flat`` has a row each country, ``countries`` only countries that there are."""
        records = rows.frames["supplier_summary"]
        if not self.filters.include_country_breakdown:
            return Arranged(frames={RECORDS: records})
        each = rows.frames[_COUNTRIES]
        countries = each.drop_nulls("country_code").rename({"country_hotels": "hotels"})
        frames = {RECORDS: records, "countries": countries, FLAT: attach(each, records, _KEY.name)}
        of_records = spans(records.get_column(_KEY.name), countries.get_column(_KEY.name))
        return Arranged(frames=frames, spans={"countries": of_records})

    def flat(self, arranged: Arranged) -> pl.DataFrame:
        """One row a supplier, with the breakdown one row a supplier and country."""
        rows = arranged.frames.get(FLAT, arranged.frames[RECORDS])
        return rows.select_seq(column.name for column in self.flat_columns)

    def sheets(self, columns: tuple[Column, ...] | None) -> tuple[Sheet, ...]:
        """Suppliers, with those of the columns that suppliers have; if asked Countries, as the CSV with the breakdown.

        Raises:
            OptionError: Suppliers have none of them.

        """
        own = tuple(column for column in columns or _SUPPLIER if column in _SUPPLIER)
        if not own:
            known = ", ".join(column.name for column in _SUPPLIER)
            message = f"columns: a supplier has none of these, and a country's are always shown; give any of {known}"
            raise OptionError(message, option="columns", value=[column.name for column in columns or ()])
        main = Sheet(name="Suppliers", table="supplier_summary", columns=own, frame=RECORDS)
        if not self.filters.include_country_breakdown:
            return (main,)
        return (main, Sheet(name="Countries", table=_COUNTRIES, columns=self.flat_columns, frame=FLAT))

    def tally(self, arranged: Arranged) -> Tally:
        """Hotels and mappings by supplier; with the breakdown hotels by country and supplier."""
        records = arranged.frames[RECORDS]
        tally = {
            "Hotels": Counter(dict(records.select_seq(_KEY.name, "total_hotels").iter_rows())),
            "Mappings": Counter(dict(records.select_seq(_KEY.name, "total_mappings").iter_rows())),
        }
        countries = arranged.frames.get("countries")
        for supplier, country, hotels in () if countries is None else countries.iter_rows():
            tally.setdefault(_in_country(country), Counter())[supplier] = hotels
        return tally

    def charts(self, tally: Tally) -> tuple[Chart, ...]:
        """Hotels and mappings by supplier; with the breakdown hotels by country, a series a supplier."""
        suppliers = tuple(tally.get("Hotels", ()))
        totals = tuple(
            Chart(
                id=f"{subject.lower()}_by_supplier",
                title=f"{subject} by supplier",
                labels=suppliers,
                series=((subject, tuple(tally.get(subject, Counter())[name] for name in suppliers)),),
            )
            for subject in ("Hotels", "Mappings")
        )
        if not self.filters.include_country_breakdown:
            return totals
        countries = tuple(sorted(subject.removeprefix(_in_country("")) for subject in tally if _is_country(subject)))
        series = tuple((name, tuple(tally[_in_country(country)][name] for country in countries)) for name in suppliers)
        by_country = Chart(id="hotels_by_country", title="Hotels by country", labels=countries, series=series)
        return (*totals, by_country)

    def orphan_views(self) -> tuple[str, ...]:
        """The tables that the breakdown counts in."""
        return ("provider_mappings", "locations") if self.filters.include_country_breakdown else ()


def _in_country(country: str) -> str:
    return f"Hotels in {country}"


def _is_country(subject: str) -> bool:
    return subject.startswith(_in_country(""))
