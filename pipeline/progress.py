"""How far an export is, and where its time went."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

T = TypeVar("T")

Clock = Callable[[], float]
"""Seconds from some moment, steadily."""


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Records written so far, of how many, and the seconds that it took."""

    records: int
    total: int
    seconds: float


ProgressListener = Callable[[Progress], None]
"""Told of the beginning, and of every chunk that was written."""


@dataclass(kw_only=True)
class Timings:
    """Seconds by stage; stages that run on several threads at once add up to more than the wall's."""

    seconds: dict[str, float] = field(default_factory=dict)
    clock: Clock = time.perf_counter
    started: float = field(init=False)

    def __post_init__(self) -> None:
        """Begin now."""
        self.started = self.clock()

    def elapsed(self) -> float:
        """Seconds since the beginning, by the wall."""
        return self.clock() - self.started

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time of a block to a stage."""
        started = self.clock()
        try:
            yield
        finally:
            self.add(name, self.clock() - started)

    def each(self, name: str, items: Iterable[T]) -> Iterator[T]:
        """The items; the time that each takes to come is added to a stage. None is kept while the next one comes."""
        iterator = iter(items)
        while True:
            with self.stage(name):
                next_one = list(islice(iterator, 1))
            if not next_one:
                return
            yield next_one.pop()

    def add(self, name: str, seconds: float) -> None:
        """Add seconds to a stage."""
        self.seconds[name] = self.seconds.get(name, 0.0) + seconds

    def rounded(self) -> dict[str, float]:
        """Seconds by stage, to the millisecond."""
        return {name: round(seconds, 3) for name, seconds in self.seconds.items()}
