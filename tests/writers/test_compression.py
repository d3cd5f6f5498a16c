"""Pieces that were compressed alone are one stream together, read by other people's libraries."""

import gzip
import struct
import zlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from pipeline.options import Compression
from pipeline.writers.compression import LAST_BLOCK, Checksum, Deflated, Stream, compressed, deflated

PACKED = (Compression.GZIP, Compression.ZSTD)
pieces = st.lists(st.binary(max_size=300), max_size=6)


def packed(plain: Sequence[bytes], compression: Compression) -> bytes:
    """The bytes of a file that is made of these pieces."""
    stream = Stream(compression)
    data = [part for piece in plain for part in stream.take(compressed(piece, compression))]
    return b"".join([*data, *stream.end()])


def unpacked(data: bytes, compression: Compression) -> bytes:
    """Read a whole file; strict: what is cut short or has something behind it is an error."""
    if compression is Compression.GZIP:
        return _one_gzip_member(data)
    plain = b""
    while True:
        frame = zstandard.ZstdDecompressor().decompressobj()
        plain += frame.decompress(data)
        assert frame.eof, "a frame is cut short"
        data = frame.unused_data
        if not data:
            return plain


def _one_gzip_member(data: bytes) -> bytes:
    member = zlib.decompressobj(wbits=31)
    plain = member.decompress(data)
    assert member.eof, "the stream is cut short"
    assert member.unused_data == b"", "something stands behind the stream"
    assert gzip.decompress(data) == plain
    return plain


@pytest.mark.parametrize("compression", PACKED)
@given(plain=pieces)
def test_pieces_that_were_compressed_alone_are_one_stream(compression: Compression, plain: list[bytes]) -> None:
    assert unpacked(packed(plain, compression), compression) == b"".join(plain)


@pytest.mark.parametrize("compression", PACKED)
def test_a_thousand_pieces_are_one_stream(compression: Compression) -> None:
    plain = [f"piece {number}, ".encode() * number for number in range(1000)]
    assert unpacked(packed(plain, compression), compression) == b"".join(plain)


@pytest.mark.parametrize("compression", PACKED)
def test_a_large_piece_comes_back(compression: Compression) -> None:
    plain = [bytes(range(256)) * 20_000, b"\x00" * 3_000_000]
    data = packed(plain, compression)
    assert len(data) < len(b"".join(plain)) / 10
    assert unpacked(data, compression) == b"".join(plain)


@pytest.mark.parametrize("compression", PACKED)
@pytest.mark.parametrize("plain", [[], [b""], [b"", b""]], ids=["no piece", "an empty piece", "two empty pieces"])
def test_nothing_makes_a_whole_stream_of_nothing(compression: Compression, plain: list[bytes]) -> None:
    data = packed(plain, compression)
    assert data, "a file of no bytes is no file of this format: gzip and zstd refuse it"
    assert unpacked(data, compression) == b""


@pytest.mark.parametrize("compression", PACKED)
@given(plain=pieces)
def test_text_that_was_not_compressed_yet_goes_between_pieces(compression: Compression, plain: list[bytes]) -> None:
    stream = Stream(compression)
    data: list[bytes | memoryview] = [*stream.plain(b"before")]
    for piece in plain:
        data += [*stream.take(compressed(piece, compression)), *stream.plain(b",")]
    whole = b"".join([*data, *stream.end()])
    assert unpacked(whole, compression) == b"before" + b"".join(piece + b"," for piece in plain)


@pytest.mark.parametrize("compression", PACKED)
@given(plain=pieces)
def test_the_same_pieces_give_the_same_bytes(compression: Compression, plain: list[bytes]) -> None:
    assert packed(plain, compression) == packed(plain, compression)


@given(plain=pieces)
def test_without_compression_the_bytes_stay(plain: list[bytes]) -> None:
    assert packed(plain, Compression.NONE) == b"".join(plain)


@given(plain=st.binary(max_size=2_000))
def test_a_deflated_piece_knows_its_checksum_and_size(plain: bytes) -> None:
    piece = deflated(plain)
    assert (piece.crc, piece.size) == (zlib.crc32(plain), len(plain))


@given(plain=st.binary(max_size=2_000))
def test_a_deflated_piece_takes_memory_as_it_is(plain: bytes) -> None:
    assert deflated(memoryview(plain)) == deflated(plain)


def test_the_same_text_is_the_same_piece_wherever_memory_lies() -> None:
    """ISA-L's first hash is of an address: where that is the hash of the row's beginning, its repetition is missed."""
    row = b'<row r="81"><c r="A81" t="inlineStr"><is><t>10000106</t></is></c></row>'
    text, between = row + bytes(range(256)) + row.replace(b"81", b"82"), list[npt.NDArray[np.uint8]]()
    made = set[bytes]()
    for _ in range(40_000):
        made.add(deflated(text).data)
        between.append(np.empty(2**16, np.uint8))  # the next compressor is elsewhere; nothing is written there
    assert len(made) == 1


@given(plain=pieces)
def test_a_deflated_piece_needs_nothing_before_it(plain: list[bytes]) -> None:
    for piece in plain:
        alone = zlib.decompressobj(wbits=-15)
        assert alone.decompress(deflated(piece).data + LAST_BLOCK) == piece
        assert alone.eof


@given(plain=pieces)
def test_checksums_of_pieces_are_the_checksum_of_the_whole(plain: list[bytes]) -> None:
    checksum = Checksum()
    for piece in plain:
        checksum.add(deflated(piece))
    assert (checksum.crc, checksum.size) == (zlib.crc32(b"".join(plain)), len(b"".join(plain)))


def test_a_gzip_file_tells_neither_a_name_nor_a_time() -> None:
    data = packed([b"x"], Compression.GZIP)
    assert (data[3], data[4:8]) == (0, b"\x00\x00\x00\x00")


def test_the_end_of_a_gzip_file_has_its_checksum_and_size() -> None:
    plain = [b"one", b"", b"two"]
    crc, size = struct.unpack("<II", packed(plain, Compression.GZIP)[-8:])
    assert (crc, size) == (zlib.crc32(b"onetwo"), 6)


def test_a_gzip_file_over_four_gibibytes_tells_its_size_modulo_that() -> None:
    stream = Stream(Compression.GZIP)
    size = 2**32 + 5
    # The size is told, the bytes are not there: only the end of the stream is looked at.
    data = [*stream.take(Deflated(data=b"", crc=7, size=size)), *stream.end()]
    assert struct.unpack("<II", b"".join(data)[-8:]) == (7, 5)


def test_a_byte_that_was_flipped_is_noticed() -> None:
    data = bytearray(packed([b"a" * 100, b"b" * 100], Compression.GZIP))
    data[-5] ^= 1
    with pytest.raises(gzip.BadGzipFile, match="CRC check failed"):
        gzip.decompress(bytes(data))
