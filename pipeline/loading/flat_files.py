"""Files to load: CSV or Parquet → a frame. Every cell of a CSV is text: nothing is NULL, ``""`` is an empty text."""

import csv
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from polars.exceptions import PanicException, PolarsError

from pipeline.errors import LoadError, first_line

_BOM = b"\xef\xbb\xbf"
_PARQUET_MAGIC = b"PAR1"
_SEPARATORS = ",;\t|"


@dataclass(frozen=True, kw_only=True)
class FlatFile:
    """A file to load, as it is."""

    path: Path
    frame: pl.DataFrame
    """The columns under the file's own names; row 1 is the first below the header."""


def read_flat_file(path: Path) -> FlatFile:
    """Read a CSV (UTF-8, a header; separated by comma, semicolon, tab or bar) or a Parquet file, whole, into memory.

    Raises:
        LoadError: it is missing, empty, ragged, not UTF-8, or neither of the two formats.
    """
    with _read_errors(path):
        content = path.read_bytes()
        if not content:
            raise LoadError(f"{path} is empty; a header line at least is wanted", file=str(path))
        is_parquet = content.startswith(_PARQUET_MAGIC)
        frame = pl.read_parquet(content) if is_parquet else _csv_frame(path, content.removeprefix(_BOM))
    return FlatFile(path=path, frame=frame)


def _csv_frame(path: Path, content: bytes) -> pl.DataFrame:
    _must_be_utf8(path, content)
    header_line, separator = _header_line(path, content)
    names = next(csv.reader([header_line.decode()], delimiter=separator))
    _must_differ(path, names)
    body = content[len(header_line) :].lstrip(b"\r").removeprefix(b"\n").rstrip(b"\r\n")
    rows = _count_rows(path, body, len(names), separator)
    frame = pl.read_csv(
        body,
        has_header=False,
        separator=separator,
        schema=dict.fromkeys(names, pl.String()),
    )
    if frame.height != rows:
        raise LoadError(
            f"{path} has {rows} rows but {frame.height} were read; quoting every cell would make it clear",
            file=str(path),
        )
    return frame


def _must_be_utf8(path: Path, content: bytes) -> None:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise LoadError(
            f"{path} is neither Parquet nor text in UTF-8: byte {error.start} (line {line}) does not belong there",
            file=str(path),
        ) from error


def _header_line(path: Path, content: bytes) -> tuple[bytes, str]:
    """The header without its line end, and the separator: the one that it has most of, else the comma."""
    separator = max(_SEPARATORS, key=content.partition(b"\n")[0].decode().count)
    header = _line(separator).match(content)
    if not header or not header["cells"]:
        raise LoadError(f"{path} does not start with a header line of column names", file=str(path))
    return header["cells"], separator


def _line(separator: str, width: int | None = None) -> re.Pattern[bytes]:
    """A line of cells, so many or any number, as RFC 4180 has it."""
    mark = re.escape(separator.encode())
    cell = rb'(?:"(?:[^"]++|"")*+"|[^"\r\n' + mark + rb"]*+)"
    more = rb"*+" if width is None else b"{%d}" % (width - 1)
    return re.compile(rb"(?P<cells>" + cell + rb"(?:" + mark + cell + rb")" + more + rb")(?:\r?\n|\Z)")


def _must_differ(path: Path, names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise LoadError(
                f"{path} has more than one column {name!r}; every column needs a name of its own",
                file=str(path),
                column=name,
            )


def _count_rows(path: Path, body: bytes, width: int, separator: str) -> int:
    """How many rows there are; Polars would fill up a short one with NULLs, without a word."""
    line, position, rows = _line(separator, width), 0, 0
    while position < len(body):
        match = line.match(body, position)
        if match is None:
            raise LoadError(
                f"{path}, row {rows + 1}: {_trouble(body, position, separator)}; {width} cells are wanted",
                file=str(path),
                row=rows + 1,
            )
        position, rows = match.end(), rows + 1
    return rows


def _trouble(body: bytes, position: int, separator: str) -> str:
    line = _line(separator).match(body, position)
    if line is None:
        return "a quote or a carriage return stands where none may (cells with one are quoted, quotes inside doubled)"
    cells = next(csv.reader([line["cells"].decode()], delimiter=separator), [])
    return f"it has {len(cells)} cells" if cells else "it is empty"


@contextmanager
def _read_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise LoadError(f"{path} cannot be read: {error.strerror}", file=str(path)) from error
    except (PolarsError, PanicException) as error:
        raise LoadError(f"{path} cannot be read: {first_line(error)}", file=str(path)) from error
