"""What is measured: exports by type, format, size of the catalogue and source."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product


@dataclass(frozen=True, kw_only=True)
class Case:
    """One export."""

    export_type: str
    ending: str
    hotels: int
    source: str = "duckdb"

    @property
    def name(self) -> str:
        """What it is called in results."""
        return f"{self.export_type}-{self.ending}-{self.hotels}-{self.source}"


def cases(sizes: Sequence[int], endings: Sequence[str], sources: Sequence[str]) -> Iterator[Case]:
    """Every combination of hotels; mappings as CSV besides."""
    for hotels, source in product(sizes, sources):
        for ending in endings:
            yield Case(export_type="hotels", ending=ending, hotels=hotels, source=source)
        yield Case(export_type="mappings", ending="csv", hotels=hotels, source=source)
