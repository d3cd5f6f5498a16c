"""What a contender gets: a catalogue, and where to write."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.contest import Task

if TYPE_CHECKING:
    from pipeline.chunks import Frames
    from pipeline.datasets.hotels import Hotels


@dataclass(frozen=True)
class Job:
    """A task, its catalogue, and the file that is to come of it."""

    task: Task
    url: str
    """Of the catalogue in the task's source."""
    sqlite_url: str
    """Of the same catalogue in a SQLite file with indexes, for those who cannot read the source."""
    target: Path

    @cached_property
    def hotels(self) -> "Hotels":
        """The export of all hotels with all their children."""
        from pipeline.datasets.hotels import Hotels  # noqa: PLC0415 - a command line needs none of it
        from pipeline.filters import HotelExportFilters  # noqa: PLC0415

        return Hotels(HotelExportFilters())

    @cached_property
    def tables(self) -> "Frames":
        """The tables of the export, whole, in order."""
        from benchmarks.frames import pulled  # noqa: PLC0415

        return pulled(self.url, self.hotels)
