"""The CSV file and its formula guard (spec.md §2, CSV)."""

import re
from collections.abc import Sequence

from tests.model.catalogue import Catalogue, Filters
from tests.model.flat import flat_columns, flat_rows

RUNS = re.compile(r"'*[=+\-@\t\r\n\x00＝＋－＠]")  # noqa: RUF001 - fullwidth on purpose
"""How a cell begins that a spreadsheet would run; ``match`` anchors it at the start."""

PLAIN = re.compile(r"[+-][0-9][0-9 .\-/();+]*")
"""A plain number or phone, which is left alone; used with ``fullmatch``, as ``$`` would let a last newline pass."""

BOM = "\ufeff"


def csv_bytes(  # noqa: PLR0913 - the options of a CSV are keyword-only
    catalogue: Catalogue,
    export_type: str,
    filters: Filters,
    columns: Sequence[str] | None = None,
    *,
    separator: str = ",",
    formulas: str = "escape",
) -> bytes:
    """Write the CSV file, byte for byte; ``formulas`` is escape or raw."""
    header = flat_columns(export_type, filters) if columns is None else columns
    lines = [_line(header, separator)]
    for row in flat_rows(catalogue, export_type, filters, columns):
        cells = [_guarded(cell) if formulas == "escape" else cell for cell in row.values()]
        lines.append(_line(cells, separator))
    return (BOM + "".join(lines)).encode("utf-8")


def needs_guard(cell: str) -> bool:
    """Tell whether a spreadsheet would run this cell."""
    return RUNS.match(cell) is not None and PLAIN.fullmatch(cell) is None


def formula_guarded(cell: str) -> str:
    """Put one more ``'`` in front of a cell that a spreadsheet would run."""
    return "'" + cell if needs_guard(cell) else cell


def unguarded(cell: str) -> str:
    """Undo the guard: take one ``'`` from a cell that begins with any and then as a formula."""
    return cell[1:] if cell.startswith("'") and RUNS.match(cell) else cell


def _guarded(cell: str | None) -> str | None:
    return None if cell is None else formula_guarded(cell)


def _line(cells: Sequence[str | None], separator: str) -> str:
    return separator.join(_quoted(cell, separator) for cell in cells) + "\r\n"


def _quoted(cell: str | None, separator: str) -> str:
    if cell is None:
        return ""
    if cell == "" or any(character in cell for character in (separator, '"', "\r", "\n")):
        return '"' + cell.replace('"', '""') + '"'
    return cell
