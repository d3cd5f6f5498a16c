"""Results as tables in Markdown, and two results side by side."""

from collections.abc import Iterable, Sequence

from benchmarks.cases import OURS, Task, short
from benchmarks.results import Outcome, Results

_HEAD = (
    *("contender", "seconds", "spread", "runs", "times ours", "rows/s", "cells/s"),
    *("CPU s", "peak MB", "file MB", "the file"),
)


def markdown(results: Results) -> str:
    """Where it was measured, how cost grows, and a table a contest."""
    contests = (f"### {title}\n\n{_contest(outcomes)}" for title, outcomes in results.groups())
    return "\n\n".join([_machine(results), f"### How cost grows\n\n{growth(results)}", *contests])


def _machine(results: Results) -> str:
    return ", ".join(f"{name} {value}" for name, value in results.machine.items())


def _contest(outcomes: Sequence[Outcome]) -> str:
    ours = next((outcome.seconds for outcome in outcomes if outcome.task.name == OURS), None)
    return _table(_HEAD, (_line(outcome, ours) for outcome in outcomes))


def _line(outcome: Outcome, ours: float | None) -> tuple[str, ...]:
    lowest, highest = outcome.spread
    several = len(outcome.runs) > 1
    return (
        outcome.task.name,
        _seconds(outcome.seconds),
        f"{_seconds(lowest)} to {_seconds(highest)}" if several else "",
        str(len(outcome.runs)),
        "" if ours is None else f"{outcome.seconds / ours:.2f}",
        f"{outcome.rows / outcome.seconds:,.0f}",
        f"{outcome.cells / outcome.seconds:,.0f}",
        f"{outcome.cpu_seconds:,.2f}",
        f"{outcome.peak_mb:,.0f}",
        f"{outcome.runs[0].file_bytes / 1e6:,.1f}" if outcome.task.format else "",
        outcome.verdict.text or ("not read back" if outcome.has_file else ""),
    )


def _seconds(seconds: float) -> str:
    return f"{seconds:,.2f}" if seconds >= 1 else f"{seconds:.3f}"


def growth(results: Results) -> str:
    """A line a contender: seconds at each number of hotels, and how many times the time the last step cost."""
    lines: dict[Task, dict[int, Outcome]] = {}
    for outcome in results.outcomes:
        lines.setdefault(_at_any_size(outcome.task), {})[outcome.task.hotels] = outcome
    sizes = sorted({outcome.task.hotels for outcome in results.outcomes})
    head = ("contest", "contender", *(f"{short(size)} hotels" for size in sizes), "times the rows", "times as long")
    grown = (_grown(task, by_size, sizes) for task, by_size in lines.items() if len(by_size) > 1)
    return _table(head, grown)


def _at_any_size(task: Task) -> Task:
    known = {name: getattr(task, name) for name in ("work", "export", "format", "contender", "source", "workers")}
    return Task(**known, hotels=0)


def _grown(task: Task, by_size: dict[int, Outcome], sizes: Sequence[int]) -> tuple[str, ...]:
    before, last = sorted(by_size)[-2:]
    measured = (_seconds(by_size[size].seconds) if size in by_size else "" for size in sizes)
    rows, time = last / before, by_size[last].seconds / by_size[before].seconds
    source = "" if task.source == "duckdb" else f", {task.source}"
    return (f"{task.contest}{source}", task.name, *measured, f"{rows:g}", f"{time:.1f}")


def compared(before: Results, after: Results) -> str:
    """The medians of two results side by side, and whether they changed by more than the runs of each differ."""
    earlier = {outcome.task: outcome for outcome in before.outcomes}
    both = [(earlier[outcome.task], outcome) for outcome in after.outcomes if outcome.task in earlier]
    head = ("case", "contender", "before", "after", "after / before", "changed")
    machines = f"before: {_machine(before)}\n\nafter: {_machine(after)}"
    return f"{machines}\n\n{_table(head, (_pair(*pair) for pair in both))}"


def _pair(before: Outcome, after: Outcome) -> tuple[str, ...]:
    seconds = [f"{_seconds(o.seconds)} ({_seconds(o.spread[0])} to {_seconds(o.spread[1])})" for o in (before, after)]
    ratio = f"{after.seconds / before.seconds:.2f}"
    return (after.task.case, after.task.name, *seconds, ratio, changed(before, after))


def changed(before: Outcome, after: Outcome) -> str:
    """Whether all runs after were slower, or faster, than all before."""
    if min(len(before.runs), len(after.runs)) == 1:
        return "unknown: one run has no spread"
    if after.spread[0] > before.spread[1]:
        return "**slower**"
    return "**faster**" if after.spread[1] < before.spread[0] else "within the spread"


def _table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    cells = [head, ["---"] * len(head), *lines]
    return "\n".join(f"| {' | '.join(line)} |" for line in cells)
