"""A text file under way: what comes before, the pieces with something between them, what comes after."""

from collections.abc import Callable, Iterable

from pipeline.options import Compression
from pipeline.progress import Timings
from pipeline.writers.base import Bytes, Closing, Document, Piece, Sink
from pipeline.writers.compression import Deflated, Stream, compressed

TEXT = "text"


def text_piece(parts: Iterable[Bytes], compression: Compression, timings: Timings) -> Piece:
    """A piece of a text file, of parts that are encoded as they are asked for; without any text it has no blob."""
    blobs = list[Bytes | Deflated]()
    for text in timings.each("encode", parts):
        with timings.stage("compress"):
            if len(text):
                blobs.append(compressed(text, compression))
    return Piece(blobs={TEXT: tuple(blobs)} if blobs else {})


class TextDocument(Document):
    """Text in pieces, compressed or not."""

    def __init__(
        self,
        sink: Sink,
        compression: Compression,
        *,
        before: str = "",
        between: str = "",
        after: Callable[[Closing, bool], str] = lambda _closing, _empty: "",
    ) -> None:
        self._sink = sink
        self._stream = Stream(compression)
        self._between = between.encode()
        self._after = after
        self._empty = True
        self._plain(before.encode())

    def add(self, piece: Piece) -> None:
        """Take the next piece."""
        blobs = piece.blobs.get(TEXT, ())
        if blobs and not self._empty:
            self._plain(self._between)
        self._empty = self._empty and not blobs
        for blob in blobs:
            for data in self._stream.take(blob):
                self._sink.write(data)

    def finish(self, closing: Closing) -> None:
        """Write what comes after, and close the stream."""
        self._plain(self._after(closing, self._empty).encode())
        for data in self._stream.end():
            self._sink.write(data)

    def _plain(self, text: bytes) -> None:
        for data in self._stream.plain(text) if text else ():
            self._sink.write(data)
