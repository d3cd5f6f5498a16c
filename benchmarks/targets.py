"""What Bellhop is to reach: figures of one run of the benchmark, or ratios of two."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from itertools import chain

from benchmarks.cases import OURS
from benchmarks.results import Outcome, Results

LARGE, LARGER = 100_000, 1_000_000


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One number of what was measured."""

    contest: str
    """``*`` stands for any; the highest of several counts."""
    contender: str = OURS
    hotels: int = LARGE
    source: str = "duckdb"
    workers: int | None = None
    of: Callable[[Outcome], float] = lambda outcome: outcome.seconds

    def among(self, results: Results) -> list[Outcome]:
        """What it is taken from."""
        return [outcome for outcome in results.outcomes if self._is_of(outcome)]

    def _is_of(self, outcome: Outcome) -> bool:
        task = outcome.task
        same = (task.hotels, task.source, task.workers) == (self.hotels, self.source, self.workers)
        return same and fnmatchcase(task.contest, self.contest) and fnmatchcase(task.contender, self.contender)


@dataclass(frozen=True, kw_only=True)
class Target:
    """A figure to reach, or a ratio of two."""

    name: str
    wanted: float
    at_least: bool
    figure: Figure
    by: Figure | None = None
    """What the figure is divided by."""


@dataclass(frozen=True, kw_only=True)
class Reached:
    """What became of a target."""

    target: Target
    value: float | None
    """None if it was not measured."""
    note: str
    """reached, missed, or why it does not count."""


def _times(contest: str, contender: str, wanted: float) -> Target:
    """How many times as long as ours another takes."""
    name = f"{contest}: times as fast as {contender}"
    by = Figure(contest=contest)
    return Target(name=name, wanted=wanted, at_least=True, figure=replace(by, contender=contender), by=by)


def _most(name: str, wanted: float, figure: Figure, by: Figure | None = None) -> Target:
    return Target(name=name, wanted=wanted, at_least=False, figure=figure, by=by)


def _growth(contest: str) -> Target:
    figure = Figure(contest=contest)
    return _most(f"{contest}: ten times the hotels, times as long", 10.5, replace(figure, hotels=LARGER), figure)


def _gain(contest: str, wanted: float) -> Target:
    """How many times as long one worker takes as two; nothing else differs."""
    one, two = (Figure(contest=contest, workers=workers) for workers in (1, 2))
    return Target(name=f"{contest}: two workers by one", wanted=wanted, at_least=True, figure=one, by=two)


def _cpu(outcome: Outcome) -> float:
    return outcome.cpu_seconds


def _peak(outcome: Outcome) -> float:
    return outcome.peak_mb


def _bytes(outcome: Outcome) -> float:
    return outcome.runs[0].file_bytes


def _slowest(outcome: Outcome) -> float:
    return outcome.spread[1]


def _floor(hotels: int, seconds: float) -> Target:
    """The seed plan's own floor (spec.md §5), whatever the format."""
    figure = Figure(contest="all-hotels-*", contender="bellhop*", hotels=hotels, of=_slowest)
    return _most(f"floor: {hotels:,} hotels, any format, s", seconds, figure)


def _peaks(hotels: int, megabytes: float, name: str = "peak") -> Target:
    figure = Figure(contest="all-*", contender="bellhop*", hotels=hotels, of=_peak)
    return _most(f"{name}: {hotels:,} hotels, any export and format, MB", megabytes, figure)


_CSV, _XLSX = Figure(contest="all-hotels-csv"), Figure(contest="all-hotels-xlsx")
_BOOK = Figure(contest="write-hotels-xlsx")
_PULL = Figure(contest="pull-hotels", source="postgresql")
_COPY = replace(_PULL, contender=r"limit: \copy to nowhere")
_IGZIP = replace(_BOOK, contender="limit: igzip of its XML", of=_cpu)

TARGETS: tuple[Target, ...] = (
    _times("write-hotels-xlsx", "XlsxWriter", 30),
    _times("write-hotels-xlsx", "rustpy-xlsxwriter", 3.5),
    _most("write-hotels-xlsx: CPU by that of igzip alone", 5, replace(_BOOK, of=_cpu), _IGZIP),
    _most(
        "write-hotels-xlsx: size of compact by XlsxWriter's",
        0.75,
        replace(_BOOK, contender="bellhop compact", of=_bytes),
        replace(_BOOK, contender="XlsxWriter", of=_bytes),
    ),
    _times("write-hotels-json", "orjson", 3.5),
    _times("write-hotels-json", "json.dump", 10),
    _times("write-hotels-csv", "csv.DictWriter", 6),
    _times("write-hotels-csv", "DuckDB COPY", 1),
    _most("all-hotels-xlsx by all-hotels-csv", 1.5, _XLSX, _CSV),
    _most("all-hotels-xlsx compact by all-hotels-csv", 1.35, replace(_XLSX, contender="bellhop compact"), _CSV),
    _times("all-hotels-csv", "row by row", 15),
    _times("all-hotels-xlsx", "row by row", 30),
    _peaks(LARGE, 300),
    _peaks(LARGER, 320),
    *(_growth(f"all-hotels-{ending}") for ending in ("csv", "json", "xlsx")),
    *(_gain(f"write-hotels-{ending}", 1.5) for ending in ("csv", "json", "xlsx")),
    *(_gain(f"all-hotels-{ending}", 1.25) for ending in ("csv", "json", "xlsx")),
    _most(r"PostgreSQL: pull by \copy of the same tables", 1.8, _PULL, _COPY),
    Target(
        name="PostgreSQL: pull, times as fast as the ORM",
        wanted=12,
        at_least=True,
        figure=replace(_PULL, contender="ORM"),
        by=_PULL,
    ),
    _most(r"PostgreSQL: all-hotels-csv by \copy", 2.5, replace(_CSV, source="postgresql"), _COPY),
    *(_floor(hotels, seconds) for hotels, seconds in ((1_000, 5), (10_000, 30), (50_000, 180))),
    *(_peaks(hotels, 500, "floor, memory") for hotels in (1_000, 10_000, 50_000)),
)


def reached(results: Results) -> Iterator[Reached]:
    """Every target, and what became of it."""
    for target in TARGETS:
        figures = [target.figure, *([target.by] if target.by else [])]
        among = [figure.among(results) for figure in figures]
        if all(among):
            values = [max(map(figure.of, found)) for figure, found in zip(figures, among, strict=True)]
            value = values[0] / values[1] if target.by else values[0]
            yield Reached(target=target, value=value, note=_note(target, value, [*chain(*among)]))
        else:
            yield Reached(target=target, value=None, note="not measured")


def _note(target: Target, value: float, outcomes: list[Outcome]) -> str:
    """A figure counts only if every file that it is of holds what the catalogue does."""
    for outcome in outcomes:
        if outcome.verdict.wrong:
            return f"does not count: a file differs, that of {outcome.task.name} in {outcome.task.contest}"
    met = value >= target.wanted if target.at_least else value <= target.wanted
    unseen = any(outcome.has_file and not outcome.verdict.how for outcome in outcomes)
    return ("reached" if met else "**missed**") + (", files not read back" if unseen else "")


def table(results: Results) -> str:
    """Targets as a table in Markdown, and which of them nothing was measured for."""
    known = [one for one in reached(results) if one.value is not None]
    names = {one.target.name for one in known}
    lines = ["| target, at 100,000 hotels unless it says more | wanted | measured | |", "|---|---|---|---|"]
    unknown = "; ".join(target.name for target in TARGETS if target.name not in names)
    return "\n".join([*lines, *map(_line, known)]) + (f"\n\nNot measured: {unknown}." if unknown else "")


def _line(one: Reached) -> str:
    wanted = f"{'≥' if one.target.at_least else '≤'} {one.target.wanted:g}"
    return f"| {one.target.name} | {wanted} | {one.value:.2f} | {one.note} |"
