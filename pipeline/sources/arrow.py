"""From anything that speaks the Arrow C stream interface to a frame."""

from typing import Protocol

import polars as pl


class ArrowStream(Protocol):
    """Something with a stream of Arrow batches."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Give the stream as a PyCapsule."""


class _Plain:
    """Stands before a foreign object: Polars keeps the types that it has met, and DuckDB's must not outlive DuckDB."""

    def __init__(self, stream: ArrowStream) -> None:
        self._stream = stream

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._stream.__arrow_c_stream__(requested_schema)


def frame_of(stream: ArrowStream) -> pl.DataFrame:
    """All batches of a stream as one frame, an empty one keeps its columns."""
    return pl.DataFrame(_Plain(stream))
