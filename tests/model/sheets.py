"""The cells of each XLSX sheet but Summary and Dashboard (spec.md §2, XLSX)."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias

from tests.model.catalogue import Catalogue, Filters, children
from tests.model.flat import flat_columns, flat_values
from tests.model.matching import exported_rows, visible_mappings
from tests.model.records import (
    CONTACT_FIELDS,
    HOTEL_FIELDS,
    LOCATION_FIELDS,
    MAPPING_FIELDS,
    SUPPLIER_FIELDS,
    has_countries,
    includes,
)
from tests.model.text import iso

Cell: TypeAlias = str | int | float | datetime | None
Rows: TypeAlias = list[list[Cell]]
"""A header of names, then the rows."""

MARK = "… [cut]"
"""What stands at the end of a text that Excel cannot hold whole."""

MAX_UNITS = 32_767
"""UTF-16 units in a cell."""

MAX_ROWS = 1_048_576
"""Rows in a sheet, its header counted."""

FIRST_DATE = datetime(1900, 3, 1)  # noqa: DTZ001 - naive UTC, as the catalogue holds it
"""Before it Excel's calendar is off by one day (it knows a 29 February 1900)."""


def sheets(
    catalogue: Catalogue,
    export_type: str,
    filters: Filters,
    columns: Sequence[str] | None = None,
    *,
    max_rows: int = MAX_ROWS,
) -> dict[str, Rows]:
    """Give the cells of each sheet, header first, as Excel can hold them.

    NULL is None and "" is "", but readers see one empty cell in both: compare what ``comparable`` makes of the rows.
    """
    whole = raw_sheets(catalogue, export_type, filters, columns)
    told = {name: [[xlsx_cell(cell) for cell in row] for row in rows] for name, rows in whole.items()}
    return {part: rows for name, sheet in told.items() for part, rows in _parts(name, sheet, max_rows).items()}


def comparable(rows: Sequence[Sequence[Cell]]) -> Rows:
    """Make what was read and what is expected comparable: "" as None, no empty cells or rows at the ends."""
    found: Rows = [[None if cell == "" else cell for cell in row] for row in rows]
    for row in found:
        while row and row[-1] is None:
            row.pop()
    while found and not found[-1]:
        found.pop()
    return found


def raw_sheets(
    catalogue: Catalogue, export_type: str, filters: Filters, columns: Sequence[str] | None = None
) -> dict[str, Rows]:
    """Give the cells of each sheet before anything is cut; ``columns`` are those of the main sheet."""
    if export_type == "hotels":
        return _hotel_sheets(catalogue, filters, columns)
    if export_type == "mappings":
        return _mapping_sheets(catalogue, filters, columns)
    return _supplier_sheets(catalogue, filters, columns)


def _hotel_sheets(catalogue: Catalogue, filters: Filters, columns: Sequence[str] | None) -> dict[str, Rows]:
    ittids = [hotel["ittid"] for hotel in exported_rows(catalogue, "hotels", filters)]
    found = {"Hotels": _main(catalogue, "hotels", filters, HOTEL_FIELDS if columns is None else columns)}
    if includes(filters, "include_locations"):
        found["Locations"] = _children(catalogue, "locations", ittids, LOCATION_FIELDS)
    if includes(filters, "include_contacts"):
        found["Contacts"] = _children(catalogue, "contacts", ittids, CONTACT_FIELDS)
    if includes(filters, "include_mappings"):
        mappings = [row for ittid in ittids for row in visible_mappings(catalogue, ittid, filters)]
        fields = ("ittid", *MAPPING_FIELDS)
        found["Mappings"] = [list(fields), *([row[field] for field in fields] for row in mappings)]
    return found


def _mapping_sheets(catalogue: Catalogue, filters: Filters, columns: Sequence[str] | None) -> dict[str, Rows]:
    mapped = {mapping["ittid"] for mapping in exported_rows(catalogue, "mappings", filters)}
    hotels = sorted((row for row in catalogue["hotels"] if row["ittid"] in mapped), key=lambda row: str(row["ittid"]))
    return {
        "Mappings": _main(catalogue, "mappings", filters, columns),
        "Hotels": [list(HOTEL_FIELDS), *([hotel[field] for field in HOTEL_FIELDS] for hotel in hotels)],
        "Locations": _children(catalogue, "locations", sorted(mapped), LOCATION_FIELDS),
    }


def _supplier_sheets(catalogue: Catalogue, filters: Filters, columns: Sequence[str] | None) -> dict[str, Rows]:
    plain = {name: value for name, value in filters.items() if name != "include_country_breakdown"}
    shown = [column for column in columns or SUPPLIER_FIELDS if column in SUPPLIER_FIELDS]
    found = {"Suppliers": _main(catalogue, "supplier_summary", plain, shown)}
    if has_countries(filters):
        found["Countries"] = _main(catalogue, "supplier_summary", filters, None)
    return found


def _main(catalogue: Catalogue, export_type: str, filters: Filters, columns: Sequence[str] | None) -> Rows:
    header = flat_columns(export_type, filters) if columns is None else columns
    return [list(header), *(list(row.values()) for row in flat_values(catalogue, export_type, filters, header))]


def _children(catalogue: Catalogue, table: str, ittids: list[str], fields: tuple[str, ...]) -> Rows:
    rows = [row for ittid in ittids for row in children(catalogue, table, ittid)]
    return [["ittid", *fields], *([row["ittid"], *(row[field] for field in fields)] for row in rows)]


def xlsx_cell(value: Cell) -> Cell:
    """Give a value as Excel can hold it."""
    if isinstance(value, str):
        return cut(value)
    if isinstance(value, datetime):
        return iso(value) if value < FIRST_DATE else to_milliseconds(value)
    return value


def to_milliseconds(moment: datetime) -> datetime:
    """Cut off what is finer than a millisecond."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def utf16_units(text: str) -> int:
    """Count a text as Excel does: characters beyond U+FFFF are two."""
    return sum(2 if ord(character) > 0xFFFF else 1 for character in text)


def cut(text: str) -> str:
    """Give the text, or its longest beginning that fits into a cell together with the mark."""
    if utf16_units(text) <= MAX_UNITS:
        return text
    room = MAX_UNITS - utf16_units(MARK)
    kept = 0
    for character in text:
        room -= utf16_units(character)
        if room < 0:
            break
        kept += 1
    return text[:kept] + MARK


def _parts(name: str, rows: Rows, max_rows: int) -> dict[str, Rows]:
    header, body = rows[0], rows[1:]
    size = max_rows - 1
    starts = range(0, max(len(body), 1), size)
    return {
        name if number == 1 else f"{name} ({number})": [header, *body[start : start + size]]
        for number, start in enumerate(starts, 1)
    }
