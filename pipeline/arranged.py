"""The rows of a chunk as records and their children, ready to be written."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pipeline.chunks import Frames
from pipeline.reshape import Spans
from pipeline.schema import Kind
from pipeline.stack import Stack, stacked

RECORDS = "records"
"""What the frame of the records is called."""
FLAT = "flat"
"""What that of the flat records is called: the dataset makes one if a sheet shows it always, else whoever needs it."""

ColumnKey = tuple[str, str]
"""The name of a frame, and that of a column of it."""
Stacks = Mapping[Kind, Stack[ColumnKey]]
"""Columns, those of a kind one under another."""


@dataclass(kw_only=True)
class Arranged:
    """Frames of records, of their children, and of what sheets show beside them; all in order."""

    frames: Frames
    spans: Mapping[str, Spans] = field(default_factory=dict)
    """By the name of the children, where those of each record stand."""
    _kept: tuple[frozenset[ColumnKey], Stacks] | None = field(default=None, init=False, repr=False)
    """The stacks that were asked for last."""

    def stacks(self, keys: Iterable[ColumnKey]) -> Stacks:
        """Some columns, stacked. Whoever asks for the same next, as writers do after the content hash, gets the same.

        Memory: as the columns, until others are asked for or they are forgotten.
        """
        wanted = frozenset(keys)
        if self._kept is None or self._kept[0] != wanted:
            self._kept = None  # before others are made
            columns = {key: self.frames[key[0]].get_column(key[1]) for key in sorted(wanted)}
            self._kept = wanted, stacked(columns)
        return self._kept[1]

    def forget_stacks(self) -> None:
        """Let go of them."""
        self._kept = None
