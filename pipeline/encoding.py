"""From a chunk to its piece of the file, on any thread, process or machine."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline.chunks import Chunk
from pipeline.content import Sums, sums_of
from pipeline.datasets.base import Dataset
from pipeline.datasets.tally import Tally
from pipeline.progress import Timings
from pipeline.software import refuse_other_versions, versions
from pipeline.writers.base import Piece, Writer


@dataclass(frozen=True, kw_only=True)
class Encoded:
    """What became of a chunk: its piece of the file, and what is counted of it."""

    piece: Piece
    rows: dict[str, int]
    tally: Tally
    sums: Sums
    timings: Timings


@dataclass(frozen=True, kw_only=True)
class Encode:
    """Chunk to piece, on any thread, process or machine."""

    dataset: Dataset[Any]
    writer: Writer
    versions: Mapping[str, str] = field(default_factory=versions)
    """The software that the bytes are to be made by."""

    def __call__(self, chunk: Chunk) -> Encoded:
        """Read, arrange and encode a chunk.

        Raises:
            ExecutorUnavailable: The software here is another.

        """
        refuse_other_versions(self.versions)
        timings = Timings()
        with timings.stage("pull"):
            read = chunk.rows()
        with timings.stage("reshape"):
            arranged = self.dataset.arrange(read)
            tally = self.dataset.tally(arranged) if self.writer.shows_tally else {}
        with timings.stage("hash"):
            sums = sums_of(self.dataset.shape, arranged)
        piece = self.writer.encode(arranged, chunk.range, timings)
        rows = {table: frame.height for table, frame in read.frames.items()}
        return Encoded(piece=piece, rows=rows, tally=tally, sums=sums, timings=timings)
