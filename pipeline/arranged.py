"""The rows of a chunk as records and their children, ready to be written."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import polars as pl

from pipeline.chunks import Frames
from pipeline.reshape import Spans
from pipeline.schema import Kind
from pipeline.stack import Stack, stacked

RECORDS = "records"
"""What the frame of the records is called."""
FLAT = "flat"
"""What that of the flat records is called, where there is one."""

Place = tuple[str, str]
"""The name of a frame, and that of a column of it."""


@dataclass(frozen=True, kw_only=True)
class Arranged:
    """Frames of records, of their children, and of what sheets show beside them; all in order."""

    frames: Frames
    spans: Mapping[str, Spans] = field(default_factory=dict)
    """By the name of the children, where those of each record stand."""

    @cached_property
    def stacks(self) -> Mapping[Kind, Stack[Place]]:
        """All columns, those of a kind one under another: the writers and the content hash look at the same."""
        columns = {(name, column.name): column for name, frame in self.frames.items() for column in frame}
        return stacked(columns)

    def forget_stacks(self) -> None:
        """Let go of the stacks, which take as much memory as the frames; asked for again, they are made again."""
        self.__dict__.pop("stacks", None)

    def having(self, name: str, frame: pl.DataFrame) -> "Arranged":
        """With one more frame."""
        return replace(self, frames={**self.frames, name: frame})
