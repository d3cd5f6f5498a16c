"""Rows found and rows wanted, held against each other."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import zip_longest

from benchmarks.checks.cells import Same
from benchmarks.verdict import Verdict


@dataclass
class Comparison:
    """Cell by cell: how many differ, and what is lost of the others."""

    same: Same
    lost: Counter[str]
    differing: int = 0
    example: str = ""

    @classmethod
    def of(cls, same: Same) -> "Comparison":
        """A comparison of nothing so far."""
        return cls(same=same, lost=Counter())

    def rows(self, found: Iterable[Iterable[object]], wanted: Iterable[Iterable[object]]) -> None:
        """Compare rows, in order."""
        for row, right in zip_longest(found, wanted, fillvalue=()):
            for cell, value in zip_longest(row, right, fillvalue="no cell"):
                if cell is not value:
                    self._cell(cell, value)

    def _cell(self, found: object, wanted: object) -> None:
        lost = self.same(found, wanted)
        if lost is None:
            self.differing += 1
            self.example = self.example or f"{found!r:.40} for {wanted!r:.40}"
        elif lost:
            self.lost[lost] += 1

    def verdict(self, how: str) -> Verdict:
        """What came of it."""
        wrong = f"{self.differing:,} cells, such as {self.example}" if self.differing else ""
        lost = ", ".join(f"{count:,} {what}" for what, count in self.lost.most_common())
        return Verdict(how=how, wrong=wrong, lost=f"not held: {lost}" if lost else "")
