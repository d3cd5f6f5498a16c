"""Counts for estimates: kept for a minute, and then only as what they are."""

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

KEPT_SECONDS = 60.0
_MOST = 1_000
"""Counts that are kept."""


@dataclass(frozen=True, kw_only=True)
class Count:
    """A number of records, and when they were counted."""

    records: int
    at: float


@dataclass(kw_only=True)
class Counts:
    """The counts of one process."""

    clock: Callable[[], float] = time.monotonic
    _kept: dict[Hashable, Count] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, asked: Hashable, count: Callable[[], int]) -> tuple[int, int]:
        """How many records there are, and how many seconds ago that was counted: 0 if now."""
        with self._lock:
            known = self._kept.get(asked)
        now = self.clock()
        if known is not None and now - known.at < KEPT_SECONDS:
            return known.records, round(now - known.at)
        counted = Count(records=count(), at=self.clock())
        with self._lock:
            self._kept = {name: kept for name, kept in self._kept.items() if now - kept.at < KEPT_SECONDS}
            if len(self._kept) < _MOST:
                self._kept[asked] = counted
        return counted.records, 0
