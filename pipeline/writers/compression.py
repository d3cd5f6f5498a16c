"""Compression in pieces: every chunk is compressed alone, and the pieces one after another are one stream.

Deflate pieces end on a byte with an empty stored block (Z_FULL_FLUSH) and refer to nothing before them, so they
concatenate; their checksums combine (zlib's crc32_combine). Zstandard frames concatenate by definition (RFC 8878 §3).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
from isal import isal_zlib

from pipeline.options import Compression
from pipeline.writers.base import Bytes

_LEVEL = 1
_RAW = -15
_BEGINNING = 8
"""Bytes that are deflated apart from what follows: ISA-L's loop begins, where nothing was before, with the hash of a
register that nobody set (``.write_first_byte`` in igzip_icf_body_h1_gr_bt.asm of ISA-L 2.32), so one piece in some
thousands would be other bytes of the same text. So few bytes are the end of a text to it, which has a loop of its own;
what follows then has something before it."""

LAST_BLOCK = b"\x03\x00"
"""An empty final block: what makes concatenated pieces a deflate stream (RFC 1951 §3.2.6)."""

_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
"""RFC 1952 §2.3: deflate, no name, no time, so that equal content gives equal bytes."""


@dataclass(frozen=True, kw_only=True)
class Deflated:
    """Compressed bytes, and what the end of a stream has to say of the plain ones."""

    data: bytes
    crc: int
    size: int


def deflated(plain: Bytes) -> Deflated:
    """Deflate bytes into one piece, the same for the same bytes."""
    compressor, view = isal_zlib.compressobj(_LEVEL, isal_zlib.DEFLATED, _RAW), memoryview(plain)
    data = [
        compressor.compress(view[:_BEGINNING]),
        compressor.flush(isal_zlib.Z_SYNC_FLUSH),
        compressor.compress(view[_BEGINNING:]),
        compressor.flush(isal_zlib.Z_FULL_FLUSH),
    ]
    return Deflated(data=b"".join(data), crc=isal_zlib.crc32(plain), size=len(plain))


@dataclass
class Checksum:
    """CRC-32 and size of a stream, from those of its pieces in order."""

    crc: int = 0
    size: int = 0

    def add(self, piece: Deflated) -> None:
        """Take the next piece."""
        self.crc = isal_zlib.crc32_combine(self.crc, piece.crc, piece.size)
        self.size += piece.size


def compressed(plain: Bytes, compression: Compression) -> Bytes | Deflated:
    """One piece of a text file."""
    if compression is Compression.GZIP:
        return deflated(plain)
    if compression is Compression.ZSTD:
        return _zstd(plain) if len(plain) else b""
    return plain


def _zstd(plain: Bytes) -> bytes:
    """One whole frame."""
    frame: bytes = pa.Codec("zstd").compress(plain, asbytes=True)
    return frame


class Stream:
    """Pieces to the bytes of a file."""

    def __init__(self, compression: Compression) -> None:
        self._compression = compression
        self._checksum = Checksum()
        self._begun = False

    def take(self, piece: Bytes | Deflated) -> Iterator[Bytes]:
        """The bytes of the next piece."""
        if not isinstance(piece, Deflated):
            self._begun = self._begun or len(piece) > 0
            yield piece
            return
        if not self._begun:
            yield _GZIP_HEADER
            self._begun = True
        self._checksum.add(piece)
        yield piece.data

    def plain(self, text: Bytes) -> Iterator[Bytes]:
        """Bytes that were not compressed yet."""
        yield from self.take(compressed(text, self._compression))

    def end(self) -> Iterator[Bytes]:
        """What closes the stream; one of nothing is a stream too, as no bytes at all are neither gzip nor zstd."""
        if self._compression is Compression.GZIP:
            yield from () if self._begun else (_GZIP_HEADER,)
            yield LAST_BLOCK + struct.pack("<II", self._checksum.crc, self._checksum.size % 2**32)
        elif self._compression is Compression.ZSTD and not self._begun:
            yield _zstd(b"")
