"""ZIP archives as Python's zipfile reads them, and byte by byte as PKWARE's APPNOTE 6.3.10 has them.

Archives of more than four gibibytes are sparse files: what is large in them is a hole, which takes no room on the disk.
"""

import io
import mmap
import os
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.writers.base import Bytes
from pipeline.writers.compression import LAST_BLOCK, Checksum, deflated
from pipeline.writers.zip import Entry, ZipWriter

FULL_16, FULL_32 = 0xFFFF, 0xFFFFFFFF
"""What stands in a field whose number is in a zip64 record."""

LOCAL_FIELDS = struct.Struct("<4sHHHHHIIIHH")
END = struct.Struct("<4sHHHHIIH")
END_64 = struct.Struct("<4sQHHIIQQQQ")
LOCATOR_64 = struct.Struct("<4sIQI")

NAMES = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters='/\\:*?"<>|'), min_size=1, max_size=20
)
FILES = st.dictionaries(NAMES, st.lists(st.binary(max_size=200), max_size=4), max_size=5)


def entry_of(name: str, plain: Sequence[bytes]) -> tuple[Entry, list[bytes]]:
    """An entry of several pieces, and its data."""
    pieces, checksum = [deflated(piece) for piece in plain], Checksum()
    for piece in pieces:
        checksum.add(piece)
    data = [*(piece.data for piece in pieces), LAST_BLOCK]
    size = sum(map(len, data))
    return Entry(name=name, crc=checksum.crc, plain_size=checksum.size, deflated_size=size), data


def archive_of(files: Mapping[str, Sequence[bytes]]) -> bytes:
    sink = io.BytesIO()
    archive = ZipWriter(sink)
    for name, plain in files.items():
        archive.add(*entry_of(name, plain))
    archive.finish()
    return sink.getvalue()


class HoleySink:
    """Writes to a file; in place of what is very long it leaves a hole."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def write(self, data: Bytes) -> None:
        if isinstance(data, memoryview):
            self._file.seek(len(data), os.SEEK_CUR)
        else:
            self._file.write(data)


def hole(size: int) -> memoryview:
    """So many bytes that nobody has to hold: memory that is never touched."""
    return memoryview(mmap.mmap(-1, size))


def with_hole(path: Path, size: int, plain_size: int | None = None) -> Path:
    """An archive of one entry of this deflated size that is a hole, and of a small one behind it."""
    with path.open("wb") as file:
        archive = ZipWriter(HoleySink(file))
        large = Entry(name="large", crc=7, plain_size=size if plain_size is None else plain_size, deflated_size=size)
        archive.add(large, [hole(size)])
        archive.add(*entry_of("small", [b"behind", b" it"]))
        archive.finish()
    return path


@dataclass(frozen=True)
class Local:
    """A local header as it stands in the archive."""

    name: str
    version: int
    sizes: tuple[int, int]
    """Deflated and plain, as its own fields have them."""
    extra: bytes
    data_start: int


def local_header(file: IO[bytes], offset: int) -> Local:
    file.seek(offset)
    signature, version, *_, deflated_size, plain_size, name_length, extra_length = LOCAL_FIELDS.unpack(
        file.read(LOCAL_FIELDS.size)
    )
    assert signature == b"PK\x03\x04"
    name, extra = file.read(name_length).decode(), file.read(extra_length)
    return Local(name, version, (deflated_size, plain_size), extra, file.tell())


def walk(data: bytes) -> Iterator[Local]:
    """The entries as one meets them from the front, up to the central directory: nothing may stand between them."""
    file, offset = io.BytesIO(data), 0
    while data[offset : offset + 4] == b"PK\x03\x04":
        header = local_header(file, offset)
        yield header
        offset = header.data_start + header.sizes[0]
    assert offset == zipfile.ZipFile(file).start_dir


def end_records(file: IO[bytes]) -> tuple[bytes, tuple[int, ...]]:
    """What stands at the end: 56 + 20 bytes before the end record, and the numbers of that."""
    file.seek(-END.size - LOCATOR_64.size - END_64.size, os.SEEK_END)
    before = file.read(LOCATOR_64.size + END_64.size)
    signature, *numbers = END.unpack(file.read())
    assert signature == b"PK\x05\x06"
    return before, tuple(numbers)


def has_zip64_end(file: IO[bytes]) -> bool:
    before, _ = end_records(file)
    return before[END_64.size :].startswith(b"PK\x06\x07")


@given(files=FILES)
def test_zipfile_reads_what_was_written(files: dict[str, list[bytes]]) -> None:
    with zipfile.ZipFile(io.BytesIO(archive_of(files))) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == list(files)
        assert [archive.read(name) for name in files] == [b"".join(plain) for plain in files.values()]


@given(files=FILES)
def test_the_directory_says_the_same_as_the_entries_from_front_to_back(files: dict[str, list[bytes]]) -> None:
    data = archive_of(files)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        told = [(entry.filename, (entry.compress_size, entry.file_size)) for entry in archive.infolist()]
    assert [(entry.name, entry.sizes) for entry in walk(data)] == told


@given(files=FILES)
def test_the_same_files_give_the_same_bytes(files: dict[str, list[bytes]]) -> None:
    assert archive_of(files) == archive_of(files)


def test_every_entry_is_of_midnight_1980_and_has_a_name_in_utf_8() -> None:
    with zipfile.ZipFile(io.BytesIO(archive_of({"東京.xml": [b"x"], "a.xml": []}))) as archive:
        for entry in archive.infolist():
            assert entry.date_time == (1980, 1, 1, 0, 0, 0)
            assert entry.flag_bits == 1 << 11
            assert entry.compress_type == zipfile.ZIP_DEFLATED


def test_a_small_archive_has_nothing_of_zip64() -> None:
    data = archive_of({"a.xml": [b"x"] * 100, "b.xml": [b"y" * 1000]})
    assert not has_zip64_end(io.BytesIO(data))
    assert [(entry.version, entry.extra) for entry in walk(data)] == [(20, b""), (20, b"")]
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert [(entry.extract_version, entry.extra) for entry in archive.infolist()] == [(20, b""), (20, b"")]


def test_an_archive_without_entries_is_one() -> None:
    with zipfile.ZipFile(io.BytesIO(archive_of({}))) as archive:
        assert archive.namelist() == []


@pytest.mark.parametrize("flipped", [b"PK\x03\x04", b"behind"], ids=["a header", "data"])
def test_a_byte_that_was_flipped_is_noticed(flipped: bytes) -> None:
    stored = zlib.compressobj(0, zlib.DEFLATED, -15)
    data = stored.compress(b"behind") + stored.flush()
    entry = Entry(name="a", crc=zlib.crc32(b"behind"), plain_size=6, deflated_size=len(data))
    sink = io.BytesIO()
    archive = ZipWriter(sink)
    archive.add(entry, [data])
    archive.finish()
    broken = sink.getvalue().replace(flipped, flipped[:-1] + b"!", 1)
    with zipfile.ZipFile(io.BytesIO(broken)) as read, pytest.raises(zipfile.BadZipFile):
        read.read("a")


@pytest.mark.parametrize("plain_size", [FULL_32 - 1, FULL_32, FULL_32 + 1, 2**40])
def test_a_plain_size_that_does_not_fit_stands_in_a_zip64_record(plain_size: int) -> None:
    sink = io.BytesIO()
    archive = ZipWriter(sink)
    archive.add(Entry(name="a", crc=7, plain_size=plain_size, deflated_size=2), [LAST_BLOCK])
    archive.finish()
    header, is_large = local_header(sink, 0), plain_size >= FULL_32
    assert header.version == (45 if is_large else 20)
    assert header.sizes == ((FULL_32, FULL_32) if is_large else (2, plain_size))
    assert header.extra == (struct.pack("<HHQQ", 1, 16, plain_size, 2) if is_large else b"")
    with zipfile.ZipFile(sink) as read:
        (entry,) = read.infolist()
        assert (entry.file_size, entry.compress_size, entry.header_offset) == (plain_size, 2, 0)
        assert entry.extract_version == (45 if is_large else 20)


@pytest.mark.parametrize("size", [FULL_32, FULL_32 + 1, 5 * 2**30])
def test_a_deflated_size_that_does_not_fit_stands_in_a_zip64_record(tmp_path: Path, size: int) -> None:
    path = with_hole(tmp_path / "large.zip", size, plain_size=3)
    with path.open("rb") as file:
        header = local_header(file, 0)
        assert (header.version, header.sizes) == (45, (FULL_32, FULL_32))
        assert header.extra == struct.pack("<HHQQ", 1, 16, 3, size)
    with zipfile.ZipFile(path) as archive:
        large = archive.getinfo("large")
        assert (large.compress_size, large.file_size, large.extract_version) == (size, 3, 45)


# The second entry begins behind the first one's header (30 bytes and a name of 5) and its hole.
@pytest.mark.parametrize("offset", [FULL_32 - 1, FULL_32, FULL_32 + 1])
def test_an_offset_that_does_not_fit_stands_in_a_zip64_record(tmp_path: Path, offset: int) -> None:
    path = with_hole(tmp_path / "large.zip", offset - 35)
    with zipfile.ZipFile(path) as archive:
        assert archive.getinfo("small").header_offset == offset
        assert archive.getinfo("small").extract_version == (45 if offset >= FULL_32 else 20)
        assert archive.read("small") == b"behind it"


def test_a_directory_that_begins_too_far_behind_is_named_by_a_zip64_record(tmp_path: Path) -> None:
    path = with_hole(tmp_path / "large.zip", 5 * 2**30)
    with path.open("rb") as file:
        before, (_, _, on_disk, entries, _, start, _) = end_records(file)
        size_of_file = file.seek(0, os.SEEK_END)
    assert (on_disk, entries, start) == (2, 2, FULL_32)
    signature, size, made_by, needed, *disks, count_here, count, length, start = END_64.unpack(before[: END_64.size])
    assert (signature, size, made_by, needed, disks) == (b"PK\x06\x06", 44, 45, 45, [0, 0])
    assert (count_here, count) == (2, 2)
    assert start + length == size_of_file - END.size - LOCATOR_64.size - END_64.size
    assert LOCATOR_64.unpack(before[END_64.size :]) == (b"PK\x06\x07", 0, start + length, 1)
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == ["large", "small"]


@pytest.mark.parametrize("count", [FULL_16 - 1, FULL_16, FULL_16 + 1, 70_000])
def test_more_entries_than_fit_are_counted_in_a_zip64_record(count: int) -> None:
    data = archive_of({str(number): [] for number in range(count)})
    assert has_zip64_end(io.BytesIO(data)) == (count >= FULL_16)
    _, (_, _, on_disk, entries, *_) = end_records(io.BytesIO(data))
    assert (on_disk, entries) == (min(count, FULL_16), min(count, FULL_16))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert len(archive.namelist()) == count


def test_an_entry_of_more_than_four_gibibytes_is_read_to_its_end(tmp_path: Path) -> None:
    piece, checksum = deflated(bytes(2**26)), Checksum()
    repeated = [piece] * 65
    for one in repeated:
        checksum.add(one)
    data = [*(one.data for one in repeated), LAST_BLOCK]
    entry = Entry(name="zeros", crc=checksum.crc, plain_size=checksum.size, deflated_size=sum(map(len, data)))
    with (tmp_path / "large.zip").open("wb") as file:
        archive = ZipWriter(file)
        archive.add(entry, data)
        archive.finish()
    with zipfile.ZipFile(tmp_path / "large.zip") as read, read.open("zeros") as stream:
        # At its end zipfile holds the stream against its CRC.
        assert sum(len(part) for part in iter(lambda: stream.read(2**24), b"")) == 65 * 2**26
