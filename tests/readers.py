"""Readers of what Bellhop writes, by other people's libraries, each giving plain Python.

They are strict: a file that is not whole, or not what its format asks for, is a ValueError (or the library's own
error), never fewer rows. ``.gz`` and ``.zst`` are undone by the ending of the name.
"""

import gzip
import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import pyarrow as pa  # type: ignore[import-untyped, unused-ignore]
import pyarrow.parquet as pq  # type: ignore[import-untyped, unused-ignore]
import zstandard
from openpyxl.reader.excel import ExcelReader  # type: ignore[import-untyped, unused-ignore]
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS  # type: ignore[import-untyped, unused-ignore]
from openpyxl.xml.functions import fromstring  # type: ignore[import-untyped, unused-ignore]
from python_calamine import CalamineSheet, CalamineWorkbook, SheetTypeEnum

BOM = "\ufeff"


class MalformedFileError(ValueError):
    """The file is not what its format asks for."""


def plain_bytes(path: Path) -> bytes:
    """Read a file, undoing gzip or zstd by the ending of its name; a stream that stops early is an error."""
    packed = path.read_bytes()
    if path.suffix == ".gz":
        return gzip.decompress(packed)
    return _unzstd(packed) if path.suffix == ".zst" else packed


def _unzstd(packed: bytes) -> bytes:
    """Undo zstd frame by frame: the library's own stream reader takes a frame cut short for its end."""
    plain = b""
    rest = packed
    while rest or not packed:
        frame = zstandard.ZstdDecompressor().decompressobj()
        plain += frame.decompress(rest)
        if not frame.eof:
            message = "the zstd frame is cut short"
            raise MalformedFileError(message)
        rest = frame.unused_data
    return plain


def read_csv(path: Path, separator: str = ",") -> tuple[list[str], list[list[str | None]]]:
    """Read a CSV strictly by RFC 4180, with one BOM: unquoted nothing is None, ``""`` is "".

    Python's csv module cannot tell the two apart, and takes much that is malformed. In a file of one column a blank
    line is a row of NULL. U+FEFF inside a cell is text, at the start of a line it is a second BOM.
    """
    text = plain_bytes(path).decode("utf-8")
    if not text.startswith(BOM):
        message = "no BOM at the start"
        raise MalformedFileError(message)
    lines = list(_csv_lines(text, len(BOM), separator))
    if not lines:
        message = "no header"
        raise MalformedFileError(message)
    return _header(lines[0]), [_as_wide_as(lines[0], line, number) for number, line in enumerate(lines[1:], 1)]


def _csv_lines(text: str, start: int, separator: str) -> Iterator[list[str | None]]:
    field = _field(separator)
    line: list[str | None] = []
    while start < len(text):
        if not line and text.startswith(BOM, start):
            message = f"a second BOM at {start}"
            raise MalformedFileError(message)
        match = field.match(text, start)
        if match is None:
            message = f"no field of RFC 4180 at {start}: {text[start : start + 40]!r}"
            raise MalformedFileError(message)
        quoted, bare, end = match.groups()
        line.append(bare or None if quoted is None else quoted.replace('""', '"'))
        start = match.end()
        if end == "\r\n":
            yield line
            line = []
    if line:
        message = "the last line has no end"
        raise MalformedFileError(message)


def _field(separator: str) -> re.Pattern[str]:
    """Make the pattern of a field and what ends it; possessive, so that a long field cannot be tried in many ways."""
    apart = re.escape(separator)
    return re.compile(rf'(?:"([^"]*+(?:""[^"]*+)*+)"|([^"\r\n{apart}]*+))({apart}|\r\n)')


def _header(line: list[str | None]) -> list[str]:
    names = [name for name in line if name]
    if len(set(names)) != len(line):
        message = f"a column without a name, or a name twice: {line}"
        raise MalformedFileError(message)
    return names


def _as_wide_as(header: list[str | None], line: list[str | None], number: int) -> list[str | None]:
    if len(line) != len(header):
        message = f"row {number} has {len(line)} fields, the header {len(header)}"
        raise MalformedFileError(message)
    return line


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON document strictly: no BOM, no NaN, no key twice, nothing behind it."""
    document = _strict_json(plain_bytes(path).decode("utf-8"))
    if not isinstance(document, dict):
        message = f"no object but {type(document).__name__}"
        raise MalformedFileError(message)
    return document


def read_ndjson(path: Path) -> list[dict[str, Any]]:
    r"""Read one JSON record a line; only ``\n`` ends a line, and the last line has one too."""
    text = plain_bytes(path).decode("utf-8")
    if text and not text.endswith("\n"):
        message = "the last line has no end"
        raise MalformedFileError(message)
    return [_strict_json(line) for line in text.split("\n")[:-1]]


def _strict_json(text: str) -> Any:  # noqa: ANN401 - any JSON
    return json.loads(text, object_pairs_hook=_no_key_twice, parse_constant=_no_constant)


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        message = f"a key twice: {[key for key, _ in pairs]}"
        raise MalformedFileError(message)
    return found


def _no_constant(name: str) -> None:
    message = f"{name} is no JSON"
    raise MalformedFileError(message)


class Columnar(NamedTuple):
    """What a parquet or arrow file holds."""

    records: list[dict[str, Any]]
    """The rows, nested; datetimes are naive UTC, as ``typed_records`` of the model has them."""

    metadata: dict[str, str]
    """The metadata of the schema."""

    schema: pa.Schema


def read_parquet(path: Path) -> Columnar:
    """Read a parquet file with pyarrow."""
    return _columnar(pq.ParquetFile(path).read())


def read_arrow(path: Path) -> Columnar:
    """Read an Arrow IPC file (the file format, with its footer) with pyarrow."""
    with pa.ipc.open_file(path) as source:
        return _columnar(source.read_all())


def _columnar(table: pa.Table) -> Columnar:
    table.validate(full=True)
    metadata = {key.decode(): value.decode() for key, value in (table.schema.metadata or {}).items()}
    return Columnar([_without_zone(row) for row in table.to_pylist()], metadata, table.schema)


def _without_zone(value: Any) -> Any:  # noqa: ANN401 - a record, or anything in one
    if isinstance(value, dict):
        return {key: _without_zone(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without_zone(inner) for inner in value]
    if isinstance(value, datetime):
        return _in_utc(value)
    return value


def _in_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        message = f"{moment} has no zone"
        raise MalformedFileError(message)
    return moment.astimezone(UTC).replace(tzinfo=None)


XlsxCell: TypeAlias = str | int | float | bool | datetime | None
"""The value of a cell; a number without a fraction is an int."""

Sheets: TypeAlias = dict[str, list[list[XlsxCell]]]
"""The rows of each worksheet, header first, in the order of the workbook."""

ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
"""How XLSX writes a UTF-16 unit that XML cannot hold; read from left to right, none overlaps another."""

STAND_IN = 0x100000
"""Where the units are put that calamine does not decode: U+100000 and above, which no text may hold then."""


def read_xlsx_openpyxl(path: Path) -> Sheets:
    """Read the worksheets with openpyxl, as it reads them row by row; a formula or an error in a cell is refused.

    openpyxl decodes no ``_xHHHH_``, and takes every ``x005F_`` out of shared strings (not out of inline ones), which
    cannot be undone: so its table of shared strings is read here instead, and all text is decoded here.
    """
    reader: Any = ExcelReader(path, read_only=True)
    reader.read_strings = lambda: _shared_strings(reader)
    reader.read()
    try:
        return {sheet.title: [_openpyxl_row(row) for row in sheet.iter_rows()] for sheet in reader.wb.worksheets}
    finally:
        reader.wb.close()


def _shared_strings(reader: Any) -> None:  # noqa: ANN401 - openpyxl has no types
    part = reader.package.find(SHARED_STRINGS)
    if part is not None:
        space = {"": SHEET_MAIN_NS}
        root: Any = fromstring(reader.archive.read(part.PartName[1:]))
        items = [[*item.findall("t", space), *item.findall("r/t", space)] for item in root.findall("si", space)]
        reader.shared_strings = ["".join(run.text or "" for run in runs) for runs in items]


def _openpyxl_row(row: tuple[Any, ...]) -> list[XlsxCell]:
    return [_openpyxl_cell(cell) for cell in row]


def _openpyxl_cell(cell: Any) -> XlsxCell:  # noqa: ANN401 - openpyxl has no types
    if cell.data_type in {"f", "e"}:
        message = f"a formula or an error in {cell.coordinate}: {cell.value!r}"
        raise MalformedFileError(message)
    return decoded(cell.value) if isinstance(cell.value, str) else _plain(cell.value)


def read_xlsx_calamine(path: Path) -> Sheets:
    """Read the worksheets with calamine, which shows an empty cell and an empty text alike: both are None here.

    calamine decodes ``_x0000_`` to ``_x00FF_`` and leaves the rest: that is put in its place before and after. Of a
    formula it shows the value. Rows and columns without any value at the end of a sheet it does not show at all.
    """
    source, rewritten = _for_calamine(path.read_bytes())
    with CalamineWorkbook.from_filelike(source) as book:
        names = [sheet.name for sheet in book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
        return {name: _calamine_rows(book.get_sheet_by_name(name), rewritten=rewritten) for name in names}


def _for_calamine(workbook: bytes) -> tuple[io.BytesIO, bool]:
    """Put stand-ins for the escapes that calamine leaves; tell whether there were any."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    if not any(re.search(rb"_x(?!00)[0-9A-Fa-f]{4}_", part) for part in parts.values()):
        return io.BytesIO(workbook), False
    source = io.BytesIO()
    with zipfile.ZipFile(source, "w") as book:
        for name, part in parts.items():
            book.writestr(name, _with_stand_ins(part) if name.endswith(".xml") else part)
    source.seek(0)
    return source, True


def _with_stand_ins(part: bytes) -> bytes:
    xml = part.decode("utf-8")
    if max(xml) >= chr(STAND_IN):
        message = "text beyond U+100000 beside escapes that calamine cannot decode"
        raise MalformedFileError(message)
    return ESCAPE.sub(_stand_in, xml).encode("utf-8")


def _stand_in(escape: re.Match[str]) -> str:
    unit = int(escape[1], 16)
    return escape[0] if unit < 0x100 else chr(STAND_IN + unit)


def _calamine_rows(sheet: CalamineSheet, *, rewritten: bool) -> list[list[XlsxCell]]:
    rows = sheet.to_python(skip_empty_area=False)
    return [[_calamine_cell(cell, rewritten=rewritten) for cell in row] for row in rows]


def _calamine_cell(value: object, *, rewritten: bool) -> XlsxCell:
    if not isinstance(value, str):
        return _plain(value)
    units = (chr(ord(unit) - STAND_IN) if unit >= chr(STAND_IN) else unit for unit in value)
    return (_paired("".join(units)) if rewritten else value) or None


def decoded(text: str) -> str:
    """Undo every ``_xHHHH_`` of a text as it stands in the XML."""
    return _paired(ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), text))


def _paired(text: str) -> str:
    """Make one character of two halves of a surrogate pair; a lone half stays."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def _plain(value: object) -> XlsxCell:
    """Give a cell that is no text: dates as datetimes, whole numbers as int."""
    if value is None or isinstance(value, bool | int | datetime):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, date):
        return datetime.combine(value, time.min)
    message = f"no cell that Bellhop writes: {value!r}"
    raise MalformedFileError(message)
