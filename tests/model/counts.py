"""What the manifest must state (spec.md §2, manifest), counted from the catalogue alone."""

from collections.abc import Callable, Sequence
from datetime import datetime

from tests.model.catalogue import Catalogue, Filters, hotel_ittids
from tests.model.csv_file import needs_guard
from tests.model.flat import flat_rows
from tests.model.matching import exported_rows, hotel_matches_but_rating, rating_number, restriction, visible_mappings
from tests.model.records import has_countries, includes
from tests.model.sheets import FIRST_DATE, Cell, cut, raw_sheets, sheets, to_milliseconds

NARROWING = (
    "suppliers",
    "country_codes",
    "min_rating",
    "max_rating",
    "date_from",
    "date_to",
    "ittids",
    "property_types",
    "limit",
    "max_records",
    "after",
)
"""The filters that leave records out; ``include_*`` do not, and a page is not the whole."""


def rows_by_table(catalogue: Catalogue, export_type: str, filters: Filters) -> dict[str, int]:
    """Count the exported rows of each table; of a mappings export the hotels and locations it is about, once each."""
    rows = exported_rows(catalogue, export_type, filters)
    if export_type == "supplier_summary":
        return {"supplier_summary": len(rows)}
    ittids = {row["ittid"] for row in rows}
    if export_type == "mappings":
        found = {"provider_mappings": len(rows), "hotels": len(ittids)}
        return {**found, "locations": _rows_of(catalogue, "locations", ittids)}
    counts = {"hotels": len(rows)}
    if includes(filters, "include_locations"):
        counts["locations"] = _rows_of(catalogue, "locations", ittids)
    if includes(filters, "include_contacts"):
        counts["contacts"] = _rows_of(catalogue, "contacts", ittids)
    if includes(filters, "include_mappings"):
        counts["provider_mappings"] = sum(len(visible_mappings(catalogue, ittid, filters)) for ittid in ittids)
    return counts


def rows_by_sheet(catalogue: Catalogue, export_type: str, filters: Filters) -> dict[str, int]:
    """Count the rows of each sheet, without its header."""
    return {name: len(rows) - 1 for name, rows in sheets(catalogue, export_type, filters).items()}


def orphans(catalogue: Catalogue, export_type: str, filters: Filters) -> dict[str, int] | None:
    """Count the orphans of each child table that the export reads; None when a filter narrows it."""
    if any(restriction(filters, name) is not None for name in NARROWING):
        return None
    there = hotel_ittids(catalogue)
    return {
        table: sum(row["ittid"] not in there for row in catalogue[table])
        for table in _child_tables(export_type, filters)
    }


def _child_tables(export_type: str, filters: Filters) -> list[str]:
    if export_type == "mappings":
        return ["provider_mappings", "locations"]
    if export_type == "supplier_summary":
        return ["provider_mappings", "locations"] if has_countries(filters) else []
    by_filter = {
        "include_locations": "locations",
        "include_contacts": "contacts",
        "include_mappings": "provider_mappings",
    }
    return [table for name, table in by_filter.items() if includes(filters, name)]


def ittids_not_found(catalogue: Catalogue, filters: Filters) -> list[str]:
    """Give the ittids asked for that no hotel has, sorted by code point, whatever the other filters say."""
    return sorted(set(restriction(filters, "ittids") or []) - hotel_ittids(catalogue))


def ratings_not_numeric(catalogue: Catalogue, export_type: str, filters: Filters) -> int:
    """Count the hotels of all pages that match all but the rating filters and whose rating is text but no number."""
    if export_type != "hotels":
        return 0  # no other export compares ratings
    return sum(
        hotel["rating"] is not None
        and rating_number(hotel["rating"]) is None
        and hotel_matches_but_rating(catalogue, hotel, filters)
        for hotel in catalogue["hotels"]
    )


def escaped_cells(
    catalogue: Catalogue, export_type: str, filters: Filters, columns: Sequence[str] | None = None
) -> int:
    """Count the CSV cells that get the formula guard."""
    rows = flat_rows(catalogue, export_type, filters, columns)
    return sum(cell is not None and needs_guard(cell) for row in rows for cell in row.values())


def cut_cells(catalogue: Catalogue, export_type: str, filters: Filters, columns: Sequence[str] | None = None) -> int:
    """Count the XLSX cells whose text is cut."""
    return _count_cells(
        lambda cell: isinstance(cell, str) and cut(cell) != cell, catalogue, export_type, filters, columns
    )


def dates_truncated(
    catalogue: Catalogue, export_type: str, filters: Filters, columns: Sequence[str] | None = None
) -> int:
    """Count the XLSX cells whose datetime loses what is finer than a millisecond; ISO text loses nothing."""
    return _count_cells(
        lambda cell: isinstance(cell, datetime) and cell >= FIRST_DATE and cell != to_milliseconds(cell),
        catalogue,
        export_type,
        filters,
        columns,
    )


def dates_before_1900_03(
    catalogue: Catalogue, export_type: str, filters: Filters, columns: Sequence[str] | None = None
) -> int:
    """Count the XLSX cells whose datetime is written as ISO text."""
    return _count_cells(
        lambda cell: isinstance(cell, datetime) and cell < FIRST_DATE, catalogue, export_type, filters, columns
    )


def _count_cells(
    test: Callable[[Cell], bool],
    catalogue: Catalogue,
    export_type: str,
    filters: Filters,
    columns: Sequence[str] | None,
) -> int:
    tables = raw_sheets(catalogue, export_type, filters, columns).values()
    return sum(test(cell) for rows in tables for row in rows[1:] for cell in row)


def _rows_of(catalogue: Catalogue, table: str, ittids: set[str]) -> int:
    return sum(row["ittid"] in ittids for row in catalogue[table])
