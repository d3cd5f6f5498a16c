"""The workbook around the rows: styles, headers, widths, the Summary or Dashboard sheet; made by XlsxWriter.

XlsxWriter writes a whole workbook whose big sheets end after the header row; ``xlsx.py`` puts the rows in. One private
thing of it is used, ``Format._get_xf_index``, to fix the number of the date format before any row is encoded, and its
XML is cut where the rows begin; ``tests/writers/test_xlsxwriter_contract.py`` holds both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

import xlsxwriter
from xlsxwriter.utility import xl_range
from xlsxwriter.worksheet import Worksheet

from pipeline.schema import Column, Kind
from pipeline.writers.cells import DATE_STYLE
from pipeline.writers.front import Front, Styles, print_on_wide_pages, write_front

_END_OF_ROWS = b"</sheetData>"
_WIDEST = 60
"""Characters; a longer text runs on beyond its column."""


@dataclass(frozen=True, kw_only=True)
class SheetHeader:
    """A sheet to be filled: its name, how many rows will come, its columns and their longest texts."""

    name: str
    rows: int
    columns: Sequence[Column]
    widths: Sequence[int]


def workbook(front: Front, headers: Sequence[SheetHeader]) -> BytesIO:
    """A whole workbook: the front sheet, and every other sheet with its header row only."""
    content = BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        # XlsxWriter would put the present moment there, and no two exports would be the same bytes.
        book.set_properties({"title": f"{front.metadata['export_type']} export", "created": front.generated_at})
        _claim_date_style(book)
        styles = Styles.of(book)
        write_front(book, front, styles)
        for header in headers:
            _write_header(book.add_worksheet(header.name), header, styles)
    return content


def _claim_date_style(book: xlsxwriter.Workbook) -> None:
    """Give the date format its number before any other is used; rows name it by that."""
    date = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    if date._get_xf_index() != DATE_STYLE:  # noqa: SLF001 - the number has no public name
        message = f"XlsxWriter does not number the first format used {DATE_STYLE}; pin the version that did"
        raise AssertionError(message)


def _write_header(sheet: Worksheet, header: SheetHeader, styles: Styles) -> None:
    last = len(header.columns) - 1
    for position, column in enumerate(header.columns):
        sheet.write_string(0, position, column.name, styles.header)
        # Room for the filter's button beside the name.
        width = min(max(header.widths[position] + 1, len(column.name) + 4), _WIDEST)
        sheet.set_column(position, position, width)
    sheet.freeze_panes(1, 0)
    print_on_wide_pages(sheet)
    sheet.repeat_rows(0)
    sheet.autofilter(0, 0, header.rows, last)
    as_text = [position for position, column in enumerate(header.columns) if column.kind is Kind.TEXT]
    if header.rows and as_text:
        sheet.ignore_errors({"number_stored_as_text": " ".join(_column_range(p, header.rows) for p in as_text)})


def _column_range(position: int, rows: int) -> str:
    return str(xl_range(1, position, rows, position))


def split_sheet(xml: bytes, header: SheetHeader) -> tuple[bytes, bytes]:
    """What stands before and after the rows to come, in the XML of a sheet that has its header only.

    The dimension is written anew: XlsxWriter knows of the header row alone.
    """
    reach = xl_range(0, 0, header.rows, len(header.columns) - 1).encode()
    only = xl_range(0, 0, 0, len(header.columns) - 1).encode()
    before, end, after = xml.partition(_END_OF_ROWS)
    named = before.replace(b'<dimension ref="%s"/>' % only, b'<dimension ref="%s"/>' % reach, 1)
    if not end or (header.rows and named == before):
        message = "XlsxWriter writes sheets otherwise than the pinned version did; pin the version that did"
        raise AssertionError(message)
    return named, end + after
