"""The independent judge: what an export must hold, in plain Python, to be read beside the contract.

Slow and obvious on purpose: dicts, lists and loops over the whole catalogue; no Polars, no SQL, nothing of Bellhop.

A catalogue is ``{table: [row, …]}``, a row ``{column: str | int | datetime | None}`` with naive UTC datetimes. Filters
are a plain dict as a user would give them, with ``limit`` and ``after`` among them; ``after`` is the tuple of the order
values (see ``ORDER``) of the last record before.

::

    catalogue   the tables, and the children of a hotel
    matching    which rows of the main table are in, in order, page by page
    records     the JSON records, and the charts
    flat        the CSV rows
    csv_file    the bytes of the CSV, and the formula guard
    text        datetimes as text, and the bytes of the JSON formats
    sheets      the cells of each XLSX sheet
    counts      what the manifest must state
"""

from tests.model.catalogue import Catalogue, Filters, Record, Row, children, hotel_ittids, load_catalogue
from tests.model.counts import (
    cut_cells,
    dates_before_1900_03,
    dates_truncated,
    escaped_cells,
    ittids_not_found,
    orphans,
    ratings_not_numeric,
    rows_by_sheet,
    rows_by_table,
)
from tests.model.csv_file import csv_bytes, formula_guarded, needs_guard, unguarded
from tests.model.flat import flat_columns, flat_rows, flat_values
from tests.model.matching import (
    ORDER,
    earliest,
    exported_rows,
    latest,
    next_after,
    order_values,
    rating_number,
    resolved_suppliers,
    unknown_suppliers,
)
from tests.model.records import charts, records, typed_records
from tests.model.sheets import MARK, comparable, cut, raw_sheets, sheets, xlsx_cell
from tests.model.text import iso, json_text, ndjson_bytes

__all__ = [
    "MARK",
    "ORDER",
    "Catalogue",
    "Filters",
    "Record",
    "Row",
    "charts",
    "children",
    "comparable",
    "csv_bytes",
    "cut",
    "cut_cells",
    "dates_before_1900_03",
    "dates_truncated",
    "earliest",
    "escaped_cells",
    "exported_rows",
    "flat_columns",
    "flat_rows",
    "flat_values",
    "formula_guarded",
    "hotel_ittids",
    "iso",
    "ittids_not_found",
    "json_text",
    "latest",
    "load_catalogue",
    "ndjson_bytes",
    "needs_guard",
    "next_after",
    "order_values",
    "orphans",
    "rating_number",
    "ratings_not_numeric",
    "raw_sheets",
    "records",
    "resolved_suppliers",
    "rows_by_sheet",
    "rows_by_table",
    "sheets",
    "typed_records",
    "unguarded",
    "unknown_suppliers",
    "xlsx_cell",
]
