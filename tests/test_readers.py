"""The readers give the true text, and refuse what is not whole."""

import gzip
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped, unused-ignore]
import pyarrow.parquet as pq  # type: ignore[import-untyped, unused-ignore]
import pytest
import xlsxwriter  # type: ignore[import-untyped, unused-ignore]
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from tests.model import Catalogue, comparable, csv_bytes, flat_columns, flat_rows, unguarded
from tests.readers import (
    MalformedFileError,
    decoded,
    plain_bytes,
    read_arrow,
    read_csv,
    read_json,
    read_ndjson,
    read_parquet,
    read_xlsx_calamine,
    read_xlsx_openpyxl,
)
from tests.strategies import TEXTS, WITH_NUL, catalogues

BOM = b"\xef\xbb\xbf"
XLSX_READERS = (read_xlsx_openpyxl, read_xlsx_calamine)


def _file(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


# CSV


def test_csv_null_and_empty_differ(tmp_path: Path) -> None:
    """Unquoted nothing is None, a pair of quotes is an empty text, at every place of a line."""
    path = _file(tmp_path, "a.csv", BOM + b'a,b,c\r\n,"",x\r\n"",,\r\n1,,""\r\n')
    assert read_csv(path) == (["a", "b", "c"], [[None, "", "x"], ["", None, None], ["1", None, ""]])


def test_csv_quoted_text(tmp_path: Path) -> None:
    """Separators, quotes, and line ends of any kind stand inside quotes; other controls and U+FEFF need none."""
    path = _file(tmp_path, "a.csv", BOM + 'a,b\r\n"x,""y""\r\nz\r","\n"\r\n v\x0b\x00 ,m\ufeff\r\n'.encode())
    assert read_csv(path) == (["a", "b"], [['x,"y"\r\nz\r', "\n"], [" v\x0b\x00 ", "m\ufeff"]])


def test_csv_one_column_has_blank_lines_for_null(tmp_path: Path) -> None:
    """A blank line is a NULL in a file of one column."""
    assert read_csv(_file(tmp_path, "a.csv", BOM + b'a\r\n\r\n""\r\n\r\n')) == (["a"], [[None], [""], [None]])


def test_csv_other_separator(tmp_path: Path) -> None:
    """The separator is as told, and the comma then is text."""
    assert read_csv(_file(tmp_path, "a.csv", BOM + b"a|b\r\n1,2|\r\n"), "|") == (["a", "b"], [["1,2", None]])


@given(catalogues(nul=True), st.sampled_from(",;|\t"), st.sampled_from(("hotels", "mappings", "supplier_summary")))
def test_csv_of_the_model_reads_back(
    tmp_path_factory: pytest.TempPathFactory, catalogue: Catalogue, separator: str, export_type: str
) -> None:
    """Whatever is in the cells, what is read without its guard is what was written."""
    path = tmp_path_factory.getbasetemp() / "model.csv"
    path.write_bytes(csv_bytes(catalogue, export_type, {}, separator=separator))
    header, rows = read_csv(path, separator)
    assert header == flat_columns(export_type, {})
    told = [[None if cell is None else unguarded(cell) for cell in row] for row in rows]
    assert told == [list(row.values()) for row in flat_rows(catalogue, export_type, {})]


def test_csv_header_alone(tmp_path: Path) -> None:
    """A file without rows is a file."""
    assert read_csv(_file(tmp_path, "a.csv", BOM + b"a,b\r\n")) == (["a", "b"], [])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        BOM,
        b"a,b\r\n1,2\r\n",
        BOM + BOM + b"a,b\r\n1,2\r\n",
        BOM + b"a,b\r\n" + BOM + b"1,2\r\n",
        BOM + b"a,b\n1,2\n",
        BOM + b"a,b\r\n1,2\n",
        BOM + b"a,b\r\n1,x\ry\r\n",
        BOM + b"a,b\r\n1,x\r\r\n",
        BOM + b"a,b\r\n1,2",
        BOM + b'a,b\r\n1,"2\r\n',
        BOM + b'a,b\r\n1,"2"x\r\n',
        BOM + b'a,b\r\n1,x"2"\r\n',
        BOM + b'a,b\r\n1, "2"\r\n',
        BOM + b"a,b\r\n1\r\n",
        BOM + b"a,b\r\n1,2,3\r\n",
        BOM + b"a,b\r\n\r\n",
        BOM + b"a,a\r\n1,2\r\n",
        BOM + b"a,\r\n1,2\r\n",
        BOM + b"a,b\r\n1,\xff\r\n",
        BOM + b"a,b\r\n1,\xed\xa0\x80\r\n",
    ],
)
def test_csv_malformed_is_refused(tmp_path: Path, data: bytes) -> None:
    """Whatever is not RFC 4180 with one BOM and valid UTF-8 is an error."""
    with pytest.raises(ValueError):  # noqa: PT011 - MalformedFileError or UnicodeDecodeError
        read_csv(_file(tmp_path, "a.csv", data))


def test_csv_long_field_is_read_at_once(tmp_path: Path) -> None:
    """A field of two million quotes takes no time worth telling."""
    path = _file(tmp_path, "a.csv", BOM + b'a\r\n"' + b'""' * 1_000_000 + b'"\r\n')
    assert read_csv(path)[1] == [['"' * 1_000_000]]


# Compression


PACKED = gzip.compress(b"some text " * 100, mtime=0)
FRAME = zstandard.compress(b"some text " * 100)


@pytest.mark.parametrize(("name", "packed"), [("a.csv.gz", PACKED), ("a.csv.zst", FRAME)])
def test_compressed_parts_are_put_together(tmp_path: Path, name: str, packed: bytes) -> None:
    """Members and frames one after another are one file."""
    assert plain_bytes(_file(tmp_path, name, packed + packed)) == b"some text " * 200


@pytest.mark.parametrize(
    ("name", "packed"),
    [
        ("a.gz", PACKED[:-1]),
        ("a.gz", PACKED + b"x"),
        ("a.zst", b""),
        ("a.zst", FRAME[:-1]),
        ("a.zst", FRAME + FRAME[:9]),
        ("a.zst", FRAME + b"x"),
    ],
)
def test_compressed_cut_short_is_refused(tmp_path: Path, name: str, packed: bytes) -> None:
    """A stream without its end, or with more behind it, is an error."""
    with pytest.raises((EOFError, OSError, MalformedFileError, zstandard.ZstdError)):
        plain_bytes(_file(tmp_path, name, packed))


def test_compressed_by_each_reader(tmp_path: Path) -> None:
    """The ending of the name is all that the text readers need."""
    assert read_csv(_file(tmp_path, "a.csv.zst", zstandard.compress(BOM + b"a\r\n1\r\n"))) == (["a"], [["1"]])
    assert read_json(_file(tmp_path, "a.json.gz", gzip.compress(b"{}", mtime=0))) == {}
    assert read_ndjson(_file(tmp_path, "a.ndjson.gz", gzip.compress(b'{"a":1}\n', mtime=0))) == [{"a": 1}]


# JSON


def test_json_reads_a_document(tmp_path: Path) -> None:
    """Text, numbers and null come as they are."""
    document = {"a": [1, None, "", "\x0b🏨\u2028"], "b": {}}
    data = json.dumps(document, ensure_ascii=False).encode()
    assert read_json(_file(tmp_path, "a.json", data)) == document


@pytest.mark.parametrize("data", [b"", BOM + b"{}", b"[]", b'{"a":NaN}', b'{"a":1,"a":1}', b"{} {}", b'{"a":"\xff"}'])
def test_json_malformed_is_refused(tmp_path: Path, data: bytes) -> None:
    """A BOM, NaN, a key twice, more than one document, or no object is an error."""
    with pytest.raises(ValueError):  # noqa: PT011 - JSONDecodeError, UnicodeDecodeError or MalformedFileError
        read_json(_file(tmp_path, "a.json", data))


def test_ndjson_lines_end_with_a_newline_only(tmp_path: Path) -> None:
    """U+2028 and U+0085 are text; no line at all is no record."""
    path = _file(tmp_path, "a.ndjson", '{"a":"x\u2028\x85"}\n{"a":null}\n'.encode())
    assert read_ndjson(path) == [{"a": "x\u2028\x85"}, {"a": None}]
    assert read_ndjson(_file(tmp_path, "b.ndjson", b"")) == []


@pytest.mark.parametrize("data", [b'{"a":1}', b'{"a":1}\n\n', b"\n", b'{"a":\n1}\n', b'{"a":1}{"a":1}\n'])
def test_ndjson_malformed_is_refused(tmp_path: Path, data: bytes) -> None:
    """A last line without its end, a blank line, or a record over two lines is an error."""
    with pytest.raises(ValueError):  # noqa: PT011 - JSONDecodeError or MalformedFileError
        read_ndjson(_file(tmp_path, "a.ndjson", data))


# Parquet and Arrow


def _table(zone: str | None) -> pa.Table:
    stamps = pa.timestamp("us", zone)
    moments = [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), None]
    children = [[{"at": moments[1], "v": ""}], [], [{"at": None, "v": None}]]
    return pa.table(
        {
            "at": pa.array(moments, stamps),
            "nested": pa.array(children, pa.list_(pa.struct({"at": stamps, "v": pa.string()}))),
        }
    ).replace_schema_metadata({"k": "v"})


def _write_parquet(table: pa.Table, path: Path) -> None:
    pq.write_table(table, path)


def _write_arrow(table: pa.Table, path: Path) -> None:
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


COLUMNAR = [(_write_parquet, read_parquet), (_write_arrow, read_arrow)]


@pytest.mark.parametrize(("write", "read"), COLUMNAR)
def test_columnar_gives_naive_utc(tmp_path: Path, write: Callable[..., None], read: Callable[..., Any]) -> None:
    """The first and the last moment of the calendar, at any depth, as the model has them; metadata as text."""
    path = tmp_path / "a"
    write(_table("UTC"), path)
    last = datetime.fromisoformat("9999-12-31T23:59:59.999999")
    assert read(path).records == [
        {"at": datetime.fromisoformat("0001-01-01"), "nested": [{"at": last, "v": ""}]},
        {"at": last, "nested": []},
        {"at": None, "nested": [{"at": None, "v": None}]},
    ]
    assert read(path).metadata["k"] == "v"
    assert read(path).schema.field("at").type == pa.timestamp("us", "UTC")


@pytest.mark.parametrize(("write", "read"), COLUMNAR)
def test_columnar_without_zone_is_refused(tmp_path: Path, write: Callable[..., None], read: Callable[..., Any]) -> None:
    """A datetime that does not say that it is UTC is an error."""
    path = tmp_path / "a"
    write(_table(None), path)
    with pytest.raises(MalformedFileError):
        read(path)


# XLSX


def _workbook(path: Path, rows: list[list[Any]], *, inline: bool) -> Path:
    """Write rows with XlsxWriter; it writes inline strings when it keeps nothing in memory."""
    book = xlsxwriter.Workbook(path, {"constant_memory": inline})
    sheet = book.add_worksheet("T")
    dated = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss.000"})
    for at, row in enumerate(rows):
        for column, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(at, column, value)
            elif isinstance(value, datetime):
                sheet.write_datetime(at, column, value, dated)
            elif value is not None:
                sheet.write_number(at, column, value)
    book.close()
    return path


def _with_raw_text(path: Path, raw: list[str], *, inline: bool) -> Path:
    """Write a workbook whose cells hold this text as it stands in the XML, ``k`` beside each."""
    names = [f"@{number}@" for number in range(len(raw))]
    plain = _workbook(path.with_suffix(".plain.xlsx"), [[name, "k"] for name in names], inline=inline)
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(path, "w") as target:
        for part in source.namelist():
            xml = source.read(part).decode()
            for name, text in zip(names, raw, strict=True):
                xml = xml.replace(f"<t>{name}<", f'<t xml:space="preserve">{text}<')
            target.writestr(part, xml)
    return path


RAW = {
    "_x000B_": "\x0b",
    "a_x000D_\nb": "a\r\nb",
    "&#13;": "\r",
    "_x0000_": "\x00",
    "_x0041_": "A",
    "_x000d_": "\r",
    "_x005F_x0041_": "_x0041_",
    "_x005f_x0041_": "_x0041_",
    "_x005F_x005F_x0041_": "_x005FA",
    "_x005F_x005F_x005F_x0041_": "_x005F_x0041_",
    "_x005F_x000D_x": "_x000D_x",
    "_x0041__x0042_": "AB",
    "_x0041_x0042_": "Ax0042_",
    "__x0041_": "_A",
    "_xFFFE_": "\ufffe",
    "_x005F_xFFFE_": "_xFFFE_",
    "_xFFFF_ _x0100_": "\uffff Ā",
    "_xfffe_x0041_": "\ufffex0041_",
    "_xD83C__xDFE8_": "🏨",
    "_xD83C_": "\ud83c",
    "_X0041_ _x41_ _x00zz_ x005F_": "_X0041_ _x41_ _x00zz_ x005F_",
    "  sp  ": "  sp  ",
    "\t": "\t",
    "&lt;t&gt;&amp;amp;": "<t>&amp;",
    "=1+1": "=1+1",
    "00123": "00123",
}
"""Text as it stands in the XML, and what it says."""


@pytest.mark.parametrize("read", XLSX_READERS)
@pytest.mark.parametrize("inline", [True, False])
def test_xlsx_escapes_are_decoded(tmp_path: Path, read: Callable[..., Any], *, inline: bool) -> None:
    """Every ``_xHHHH_`` is decoded once, from left to right, in inline and in shared strings."""
    path = _with_raw_text(tmp_path / "a.xlsx", list(RAW), inline=inline)
    assert [row[0] for row in read(path)["T"]] == list(RAW.values())


@pytest.mark.parametrize("read", XLSX_READERS)
@pytest.mark.parametrize("inline", [True, False])
def test_xlsx_true_text_comes_back(tmp_path: Path, read: Callable[..., Any], *, inline: bool) -> None:
    """What XlsxWriter writes is read as it was, but for one that it escapes wrongly itself."""
    # XlsxWriter 3.3.1 looks for escapes that do not overlap: the second underscore of this one stays, and says A.
    texts = [text for text in (*TEXTS, *WITH_NUL) if text != "_x005F_x0041_"]
    path = _workbook(tmp_path / "a.xlsx", [[text, "k"] for text in texts], inline=inline)
    assert comparable(read(path)["T"]) == comparable([[text, "k"] for text in texts])


@pytest.mark.parametrize("read", XLSX_READERS)
def test_xlsx_types(tmp_path: Path, read: Callable[..., Any]) -> None:
    """Text stays text, numbers are numbers, dates are datetimes to the millisecond, midnight too."""
    moments = ["1900-03-01", "1900-03-01T00:00:00.001", "2024-02-29T23:59:59.999", "9999-12-31T23:59:59.999"]
    rows: list[list[Any]] = [["3", 3, 3.5, 2_147_483_647, 0]]
    rows += [["d", datetime.fromisoformat(moment)] for moment in moments]
    found = comparable(read(_workbook(tmp_path / "a.xlsx", rows, inline=True))["T"])
    assert found == rows
    assert [type(cell) for cell in found[0]] == [str, int, float, int, int]


@pytest.mark.parametrize("read", XLSX_READERS)
def test_xlsx_empty_cells(tmp_path: Path, read: Callable[..., Any]) -> None:
    """Empty cells are None between others, and rows without any cell stay where they are."""
    path = _workbook(tmp_path / "a.xlsx", [["a", None, "c"], [None], [None, "b"]], inline=True)
    assert comparable(read(path)["T"]) == [["a", None, "c"], [], [None, "b"]]


@pytest.mark.parametrize("read", XLSX_READERS)
def test_xlsx_sheets_in_order_without_chartsheets(tmp_path: Path, read: Callable[..., Any]) -> None:
    """Each worksheet by its name, in the order of the workbook, empty ones too."""
    book = xlsxwriter.Workbook(tmp_path / "a.xlsx")
    book.add_worksheet("Z").write_string(0, 0, "z")
    book.add_chartsheet("Chart").set_chart(_chart(book))
    book.add_worksheet("A (2)")
    book.close()
    assert {name: comparable(rows) for name, rows in read(tmp_path / "a.xlsx").items()} == {"Z": [["z"]], "A (2)": []}
    assert list(read(tmp_path / "a.xlsx")) == ["Z", "A (2)"]


def _chart(book: Any) -> Any:  # noqa: ANN401 - XlsxWriter has no types
    chart = book.add_chart({"type": "bar"})
    chart.add_series({"values": "=Z!$A$1:$A$1"})
    return chart


def test_xlsx_formula_is_refused(tmp_path: Path) -> None:
    """Bellhop writes none: a text that begins with = is no formula, and a formula is an error."""
    book = xlsxwriter.Workbook(tmp_path / "a.xlsx")
    book.add_worksheet("T").write_formula(0, 0, "=1+1")
    book.close()
    with pytest.raises(MalformedFileError, match="A1"):
        read_xlsx_openpyxl(tmp_path / "a.xlsx")


def test_xlsx_calamine_refuses_what_it_cannot_tell(tmp_path: Path) -> None:
    """Beside an escape that calamine leaves, the stand-ins for it must not be in the text."""
    path = _workbook(tmp_path / "a.xlsx", [["\ufffe", "\U00100041"]], inline=True)
    with pytest.raises(MalformedFileError):
        read_xlsx_calamine(path)
    path = _workbook(tmp_path / "b.xlsx", [["\x0b", "\U00100041"]], inline=True)
    assert read_xlsx_calamine(path)["T"] == [["\x0b", "\U00100041"]]


def test_decoded_leaves_what_is_no_escape() -> None:
    """Four hexadecimal digits between ``_x`` and ``_``, nothing else."""
    assert decoded("_x41_ _X0041_ _x0041") == "_x41_ _X0041_ _x0041"
