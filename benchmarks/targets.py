"""What Bellhop is to reach, as ratios of what one run of the benchmark measured."""

import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks.contest import OURS
from benchmarks.results import Outcome, Results

LARGE, LARGER = 100_000, 1_000_000


@dataclass(frozen=True)
class Measures:
    """The outcomes of a run, looked up by what they are of."""

    results: Results
    source: str = "duckdb"

    def of(self, contest: str, contender: str = OURS, hotels: int = LARGE, workers: int | None = None) -> Outcome:
        """One outcome.

        Raises:
            LookupError: It was not measured.

        """
        for outcome in self.results.outcomes:
            task = outcome.task
            if (task.contest, task.contender, task.hotels, task.workers, task.source) == (
                contest,
                contender,
                hotels,
                workers,
                self.source,
            ):
                return outcome
        raise LookupError(contest, contender, hotels, workers)

    def times(self, contest: str, contender: str) -> float:
        """How many times as long as ours another took."""
        return self.of(contest, contender).seconds / self.of(contest).seconds

    def growth(self, contest: str) -> float:
        """How many times as long ten times the hotels took."""
        return self.of(contest, hotels=LARGER).seconds / self.of(contest).seconds

    def gain(self, contest: str) -> float:
        """How many times as long one worker took."""
        return self.of(contest, workers=1).seconds / self.of(contest).seconds

    def cpu(self, contest: str, contender: str = OURS) -> float:
        """Seconds of CPU, the median."""
        return statistics.median(run.cpu_seconds for run in self.of(contest, contender).runs)

    def peak(self, hotels: int) -> float:
        """The highest peak of our exports, in MB."""
        outcomes = (o for o in self.results.outcomes if o.task.source == self.source)
        ours = [o for o in outcomes if o.task.contest.startswith("all-") and o.task.contender.startswith(OURS)]
        peaks = [run.peak_bytes / 1e6 for o in ours if o.task.hotels == hotels for run in o.runs]
        if not peaks:
            raise LookupError("all", hotels)
        return max(peaks)

    def size(self, contender: str) -> int:
        """Of a workbook."""
        return self.of("write-xlsx", contender).runs[0].file_bytes


@dataclass(frozen=True, kw_only=True)
class Target:
    """A ratio to reach."""

    name: str
    wanted: float
    at_least: bool
    reached: Callable[[Measures], float]


def _least(name: str, wanted: float, reached: Callable[[Measures], float]) -> Target:
    return Target(name=name, wanted=wanted, at_least=True, reached=reached)


def _most(name: str, wanted: float, reached: Callable[[Measures], float]) -> Target:
    return Target(name=name, wanted=wanted, at_least=False, reached=reached)


TARGETS: tuple[Target, ...] = (
    _least("XLSX write, times as fast as XlsxWriter", 30, lambda m: m.times("write-xlsx", "XlsxWriter")),
    _least("XLSX write, times as fast as rustpy-xlsxwriter", 3.5, lambda m: m.times("write-xlsx", "rustpy-xlsxwriter")),
    _most(
        "XLSX write, CPU by that of igzip alone",
        5,
        lambda m: m.cpu("write-xlsx") / m.cpu("limit-deflate", "igzip of the XML"),
    ),
    _most("compact, size by XlsxWriter's", 0.75, lambda m: m.size("bellhop compact") / m.size("XlsxWriter")),
    _least("JSON write, times as fast as orjson", 3.5, lambda m: m.times("write-json", "orjson")),
    _least("JSON write, times as fast as json.dump", 10, lambda m: m.times("write-json", "json.dump")),
    _least("CSV write, times as fast as csv.DictWriter", 6, lambda m: m.times("write-csv", "csv.DictWriter")),
    _least("CSV write, times as fast as DuckDB COPY", 1, lambda m: m.times("write-csv", "DuckDB COPY")),
    _most("XLSX by CSV, end to end", 1.5, lambda m: m.of("all-xlsx").seconds / m.of("all-csv").seconds),
    _most(
        "compact by CSV, end to end",
        1.35,
        lambda m: m.of("all-xlsx", "bellhop compact").seconds / m.of("all-csv").seconds,
    ),
    _least("CSV end to end, times as fast as row by row", 15, lambda m: m.times("all-csv", "row by row")),
    _least("XLSX end to end, times as fast as row by row", 30, lambda m: m.times("all-xlsx", "row by row")),
    _most("peak of any format at 100,000 hotels, MB", 300, lambda m: m.peak(LARGE)),
    _most("peak of any format at 1,000,000 hotels, MB", 320, lambda m: m.peak(LARGER)),
    _most("ten times the hotels, CSV", 10.5, lambda m: m.growth("all-csv")),
    _most("ten times the hotels, JSON", 10.5, lambda m: m.growth("all-json")),
    _most("ten times the hotels, XLSX", 10.5, lambda m: m.growth("all-xlsx")),
    _least("two workers by one, CSV write", 1.5, lambda m: m.gain("write-csv")),
    _least("two workers by one, JSON write", 1.5, lambda m: m.gain("write-json")),
    _least("two workers by one, XLSX write", 1.5, lambda m: m.gain("write-xlsx")),
    _least("two workers by one, CSV end to end", 1.25, lambda m: m.gain("all-csv")),
    _least("two workers by one, JSON end to end", 1.25, lambda m: m.gain("all-json")),
    _least("two workers by one, XLSX end to end", 1.25, lambda m: m.gain("all-xlsx")),
)


def reached(results: Results) -> Iterator[tuple[Target, float | None]]:
    """Every target, and what was reached; None where that was not measured."""
    measures = Measures(results)
    for target in TARGETS:
        try:
            yield target, target.reached(measures)
        except LookupError:
            yield target, None


def table(results: Results) -> str:
    """Targets as a table in Markdown."""
    lines = [_line(target, value) for target, value in reached(results)]
    return "\n".join(["| ratio | wanted | reached | |", "|---|---|---|---|", *lines])


def _line(target: Target, value: float | None) -> str:
    wanted = f"{'≥' if target.at_least else '≤'} {target.wanted:g}"
    if value is None:
        return f"| {target.name} | {wanted} | | not measured |"
    return f"| {target.name} | {wanted} | {value:.2f} | {_verdict(target, value)} |"


def _verdict(target: Target, value: float) -> str:
    return "" if (value >= target.wanted) == target.at_least or value == target.wanted else "missed"
