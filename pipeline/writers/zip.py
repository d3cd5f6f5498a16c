"""A ZIP archive of entries that are deflated already, written front to back.

Format: PKWARE APPNOTE 6.3.10, sections 4.3.7 (local header), 4.3.12 (central directory), 4.3.14 to 4.3.16 (end records)
and 4.5.3 (zip64). Sizes and checksums are known before an entry is written, so nothing is patched and nothing sought.
"""

import struct
from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.writers.base import Bytes, Sink

_DEFLATE = 8
_UTF8_NAMES = 1 << 11
_MIDNIGHT_1980 = (0, 0x21)
"""Time and date of every entry, so that equal content gives equal bytes."""
_VERSION, _VERSION_ZIP64 = 20, 45
_FULL_32 = 0xFFFFFFFF
_FULL_16 = 0xFFFF


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One file of an archive."""

    name: str
    crc: int
    plain_size: int
    deflated_size: int


class ZipWriter:
    """An archive under way."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._offset = 0
        self._directory: list[bytes] = []

    def add(self, entry: Entry, data: Iterable[Bytes]) -> None:
        """Write an entry; its data are a whole deflate stream."""
        self._directory.append(_central_header(entry, self._offset))
        self._write(_local_header(entry))
        for part in data:
            self._write(part)

    def finish(self) -> None:
        """Write the central directory; then the archive is whole."""
        start = self._offset
        for header in self._directory:
            self._write(header)
        self._write(_end(len(self._directory), self._offset - start, start))

    def _write(self, data: Bytes) -> None:
        self._sink.write(data)
        self._offset += len(data)


def _is_large(*numbers: int) -> bool:
    return any(number >= _FULL_32 for number in numbers)


def _local_header(entry: Entry) -> bytes:
    large = _is_large(entry.deflated_size, entry.plain_size)
    extra = struct.pack("<HHQQ", 1, 16, entry.plain_size, entry.deflated_size) if large else b""
    return b"PK\x03\x04" + _facts(entry, extra, large=large) + entry.name.encode() + extra


def _central_header(entry: Entry, offset: int) -> bytes:
    numbers = (entry.plain_size, entry.deflated_size, offset)
    large = _is_large(*numbers)
    extra = struct.pack("<HHQQQ", 1, 24, *numbers) if large else b""
    made_by = struct.pack("<H", _version(large=large))
    place = struct.pack("<HHHII", 0, 0, 0, 0, _FULL_32 if large else offset)
    return b"PK\x01\x02" + made_by + _facts(entry, extra, large=large) + place + entry.name.encode() + extra


def _facts(entry: Entry, extra: bytes, *, large: bool) -> bytes:
    """What both headers of an entry share: version needed, flags, method, time, checksum, sizes, lengths."""
    sizes = (_FULL_32, _FULL_32) if large else (entry.deflated_size, entry.plain_size)
    needed = struct.pack("<HHH", _version(large=large), _UTF8_NAMES, _DEFLATE)
    lengths = struct.pack("<HH", len(entry.name.encode()), len(extra))
    return needed + struct.pack("<HHIII", *_MIDNIGHT_1980, entry.crc, *sizes) + lengths


def _version(*, large: bool) -> int:
    return _VERSION_ZIP64 if large else _VERSION


def _end(entries: int, size: int, start: int) -> bytes:
    records = b""
    if _is_large(size, start) or entries >= _FULL_16:
        versions = (_VERSION_ZIP64, _VERSION_ZIP64)
        records += struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, *versions, 0, 0, entries, entries, size, start)
        records += struct.pack("<4sIQI", b"PK\x06\x07", 0, start + size, 1)
    few, short, near = min(entries, _FULL_16), min(size, _FULL_32), min(start, _FULL_32)
    return records + struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, few, few, short, near, 0)
