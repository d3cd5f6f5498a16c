"""XLSX: rows from Polars straight into deflate pieces, the workbook around them from XlsxWriter.

A sheet's XML is the beginning that XlsxWriter wrote, the pieces of its chunks, and the end that XlsxWriter wrote, in
one ZIP entry. Pieces wait in a temporary file by sheet, since widths and the front sheet come before the rows.
"""

import itertools
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, ClassVar

from pipeline.arranged import FLAT, Arranged
from pipeline.chunks import KeyRange
from pipeline.datasets.base import Sheet
from pipeline.errors import IncompleteRead
from pipeline.progress import Timings
from pipeline.schema import Column
from pipeline.scratch import scratch_file, scratch_told
from pipeline.writers.base import Bytes, Closing, Document, Opening, Piece, Sink, Writer
from pipeline.writers.cells import SheetRows, SheetXml, rows
from pipeline.writers.compression import LAST_BLOCK, Checksum, Deflated, deflated
from pipeline.writers.front import Front
from pipeline.writers.workbook import SheetHeader, split_sheet, workbook
from pipeline.writers.zip import Entry, ZipWriter

ROWS_A_SHEET = 1_048_575
"""Rows that fit under the header (Excel specifications and limits)."""

_COPY_BYTES = 1 << 20


@dataclass(frozen=True, kw_only=True)
class WorkbookWriter(Writer):
    """A workbook: a front sheet, the main sheet, a sheet for each kind of child."""

    takes: ClassVar[frozenset[str]] = frozenset({"columns", "compact"})
    chunk_rows: ClassVar[int] = 21_000
    for_sheets: ClassVar[bool] = True
    shows_tally = True

    rows_a_sheet: int = ROWS_A_SHEET

    def __post_init__(self) -> None:
        """Refuse options that this format does not take, and columns that the main sheet has none of."""
        super().__post_init__()
        self.dataset.sheets(self.columns)

    def encode(self, arranged: Arranged, keys: KeyRange, timings: Timings) -> Piece:
        """The rows of a chunk, sheet by sheet, deflated."""
        with timings.stage("reshape"):
            sheets = self.dataset.sheets(self.columns)
            if FLAT in {sheet.frame for sheet in sheets} - {*arranged.frames}:
                arranged.frames[FLAT] = self.flat(arranged)
            parts = [part for sheet in sheets for part in self._parts(sheet, arranged, keys)]
        with timings.stage("encode"):
            shown = [key for part in parts for key in part.rows.keys]
            encoded = rows(arranged.stacks(shown), [part.rows for part in parts], compact=self.options.compact)
            arranged.forget_stacks()
        piece = Piece(blobs={sheet.name: () for sheet in sheets})
        for part, of_part in zip(parts, encoded, strict=True):
            piece.blobs[part.sheet] += (_deflated(part, of_part, timings),)
            piece.sheets[sheet_name(part.sheet, part.number)] = part.rows.height
            piece.notes.update(of_part.notes)
        return piece

    def _parts(self, sheet: Sheet, arranged: Arranged, keys: KeyRange) -> "Iterator[Part]":
        height = arranged.frames[sheet.frame].height
        _check_rows(sheet, height, keys)
        return _parts(sheet, height, keys.starts[sheet.table], self.rows_a_sheet)

    def open(self, sink: Sink, opening: Opening) -> Document:
        """Begin to gather the sheets."""
        return WorkbookDocument(sink, opening, self.dataset.sheets(self.columns))

    def all_sheets(self, rows: Mapping[str, int]) -> dict[str, int]:
        """Rows of every sheet but the front one."""
        told: dict[str, int] = {}
        for sheet in self.dataset.sheets(self.columns):
            told[sheet.name] = rows.get(sheet.name, 0)
            others = (sheet_name(sheet.name, number) for number in itertools.count(1))
            told |= {name: rows[name] for name in itertools.takewhile(rows.__contains__, others)}
        return told


def sheet_name(name: str, number: int) -> str:
    """``Hotels``, then ``Hotels (2)``, …."""
    return name if number == 0 else f"{name} ({number + 1})"


def _check_rows(sheet: Sheet, height: int, keys: KeyRange) -> None:
    """A sheet has a row for each row of its table: the references of the chunks after it count on that."""
    counted = keys.rows[sheet.table]
    if height != counted:
        message = f"sheet {sheet.name} got {height} rows for the {counted} of {sheet.table}; nothing was written"
        raise IncompleteRead(message, table=sheet.table, counted=counted, received=height)


@dataclass(frozen=True, kw_only=True)
class Part:
    """Rows of a chunk that stand in one sheet."""

    sheet: str
    """The name of the sheet, or of the first of those that rows go on in."""
    number: int
    """Which of the sheets of the same name, from 0."""
    rows: SheetRows


@dataclass(frozen=True, kw_only=True)
class PartBlob:
    """A part, encoded."""

    number: int
    rows: int
    pieces: tuple[Deflated, ...]
    widths: tuple[int, ...]


def _parts(sheet: Sheet, height: int, start: int, rows_a_sheet: int) -> Iterator[Part]:
    """Cut rows where a sheet is full; ``start`` rows stand before them, over all sheets of the name."""
    taken = 0
    while taken < height:
        number, before = divmod(start + taken, rows_a_sheet)
        some = slice(taken, min(taken + rows_a_sheet - before, height))
        first_row = before + 2  # the header is row 1
        rows = SheetRows(frame=sheet.frame, columns=sheet.columns, rows=some, first_row=first_row)
        yield Part(sheet=sheet.name, number=number, rows=rows)
        taken = some.stop


def _deflated(part: Part, encoded: SheetXml, timings: Timings) -> PartBlob:
    pieces = list[Deflated]()
    for xml in timings.each("encode", encoded.xml):
        with timings.stage("compress"):
            pieces.append(deflated(xml))
    return PartBlob(number=part.number, rows=part.rows.height, pieces=tuple(pieces), widths=encoded.widths)


@dataclass(kw_only=True)
class GatheredSheet:
    """The rows of a sheet so far, deflated, in a temporary file."""

    name: str
    columns: Sequence[Column]
    spool: IO[bytes] = field(default_factory=scratch_file)
    rows: int = 0
    checksum: Checksum = field(default_factory=Checksum)
    widths: tuple[int, ...] = ()

    def add(self, part: PartBlob) -> None:
        """Take the rows of the next chunk."""
        for piece in part.pieces:
            with scratch_told():
                self.spool.write(piece.data)
            self.checksum.add(piece)
        self.rows += part.rows
        self.widths = tuple(map(max, self.widths, part.widths)) if self.widths else part.widths

    def header(self) -> SheetHeader:
        """What the workbook has to know of it."""
        widths = self.widths or tuple(0 for _ in self.columns)
        return SheetHeader(name=self.name, rows=self.rows, columns=self.columns, widths=widths)

    def stream(self, xml: bytes) -> tuple[Checksum, int, Iterator[Bytes]]:
        """The whole sheet, its rows put into the XML around them: checksum, deflated size, deflate stream."""
        before, after = split_sheet(xml, self.header())
        begin, end = deflated(before), deflated(after)
        checksum = Checksum()
        for piece in (begin, Deflated(data=b"", crc=self.checksum.crc, size=self.checksum.size), end):
            checksum.add(piece)
        size = len(begin.data) + self.spool.tell() + len(end.data) + len(LAST_BLOCK)
        return checksum, size, self._data(begin.data, end.data + LAST_BLOCK)

    def _data(self, begin: bytes, end: bytes) -> Iterator[Bytes]:
        yield begin
        with scratch_told():
            self.spool.seek(0)  # what is buffered is written then
        while data := self.spool.read(_COPY_BYTES):
            yield data
        yield end


class WorkbookDocument(Document):
    """A workbook under way: its sheets are gathered, then put together."""

    def __init__(self, sink: Sink, opening: Opening, sheets: Sequence[Sheet]) -> None:
        self._zip = ZipWriter(sink)
        self._opening = opening
        self._columns = {sheet.name: sheet.columns for sheet in sheets}
        self._parts: dict[str, list[GatheredSheet]] = {sheet.name: [] for sheet in sheets}
        for name in self._parts:
            self._begin(name)

    def _begin(self, name: str) -> None:
        """Begin the first sheet of a name, or the one that goes on where it is full."""
        parts = self._parts[name]
        parts.append(GatheredSheet(name=sheet_name(name, len(parts)), columns=self._columns[name]))

    def add(self, piece: Piece) -> None:
        """Take the rows of the next chunk."""
        for name, blobs in piece.blobs.items():
            for blob in blobs:
                while blob.number >= len(self._parts[name]):
                    self._begin(name)
                self._parts[name][blob.number].add(blob)

    @property
    def _sheets(self) -> list[GatheredSheet]:
        return [sheet for parts in self._parts.values() for sheet in parts]

    def finish(self, closing: Closing) -> None:
        """Make the workbook around the rows, and write it all."""
        sheets = self._sheets
        front = Front(metadata=self._opening.metadata, closing=closing)
        whole = workbook(front, [sheet.header() for sheet in sheets])
        # The front sheet is XlsxWriter's first.
        filled = {f"xl/worksheets/sheet{number}.xml": sheet for number, sheet in enumerate(sheets, start=2)}
        with zipfile.ZipFile(whole) as archive:
            for name in archive.namelist():
                self._write(name, archive.read(name), filled.get(name))
        self._zip.finish()

    def _write(self, name: str, content: bytes, sheet: GatheredSheet | None) -> None:
        if sheet is None:
            piece = deflated(content)
            data = piece.data + LAST_BLOCK
            self._zip.add(Entry(name=name, crc=piece.crc, plain_size=piece.size, deflated_size=len(data)), [data])
        else:
            checksum, size, stream = sheet.stream(content)
            self._zip.add(Entry(name=name, crc=checksum.crc, plain_size=checksum.size, deflated_size=size), stream)

    def discard(self) -> None:
        """Close the temporary files, which removes them."""
        for sheet in self._sheets:
            sheet.spool.close()
