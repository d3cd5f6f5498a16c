"""What a contender gets: a catalogue, and where to write."""

from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.cases import Task

if TYPE_CHECKING:
    from pipeline.chunks import Frames
    from pipeline.datasets.hotels import Hotels


@dataclass(frozen=True)
class Job:
    """A task, its catalogue, and the file that is to come of it."""

    task: Task
    url: str
    """Of the catalogue in the task's source."""
    orm_url: str
    """Of the same catalogue for SQLAlchemy; one in DuckDB stands in an indexed SQLite file too."""
    duckdb_url: str
    """Of the same catalogue in DuckDB, which files are held against."""
    target: Path

    @classmethod
    def told(cls, told: dict[str, Any]) -> "Job":
        """What another process told."""
        return cls(**{**told, "task": Task(**told["task"]), "target": Path(told["target"])})

    def tell(self) -> dict[str, Any]:
        """All of it, in JSON types."""
        return asdict(self) | {"target": str(self.target)}

    @property
    def manifest(self) -> Path:
        """Where ours puts its manifest."""
        return self.target.with_name(f"{self.target.name}.manifest.json")

    @cached_property
    def dataset(self) -> "Hotels":
        """The export of all hotels with all their children."""
        from pipeline.datasets.hotels import Hotels  # noqa: PLC0415 - a command line needs none of it
        from pipeline.filters import HotelExportFilters  # noqa: PLC0415

        return Hotels(HotelExportFilters())

    @cached_property
    def tables(self) -> "Frames":
        """The tables of the export, whole, in order."""
        from benchmarks.frames import pulled  # noqa: PLC0415

        return pulled(self.url, self.dataset)
