"""What came out: medians and spread, as JSON and as tables in Markdown; two results compared."""

import json
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from benchmarks.contest import OURS, Task
from benchmarks.measure import Run


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """All runs of one task."""

    task: Task
    runs: list[Run] = field(default_factory=list)
    note: str = ""
    """What its file has otherwise than the catalogue; nothing if it is right."""

    @property
    def seconds(self) -> float:
        """The median."""
        return statistics.median(run.seconds for run in self.runs)


@dataclass(frozen=True, kw_only=True)
class Results:
    """All outcomes of one run of the benchmark, and where it ran."""

    machine: dict[str, str]
    outcomes: list[Outcome]

    def save(self, file: Path) -> None:
        """Keep every run, as JSON."""
        kept = [asdict(outcome) for outcome in self.outcomes]
        file.write_text(json.dumps({"machine": self.machine, "outcomes": kept}, indent=1) + "\n", "utf-8")

    @classmethod
    def load(cls, file: Path) -> "Results":
        """What was kept."""
        kept = json.loads(file.read_text("utf-8"))
        outcomes = [
            Outcome(task=Task(**one["task"]), runs=[Run(**run) for run in one["runs"]], note=one["note"])
            for one in kept["outcomes"]
        ]
        return cls(machine=kept["machine"], outcomes=outcomes)

    def groups(self) -> Iterator[tuple[str, list[Outcome]]]:
        """Outcomes of the same contest on the same catalogue, by a title."""
        groups: dict[str, list[Outcome]] = {}
        for outcome in self.outcomes:
            task = outcome.task
            groups.setdefault(f"{task.contest}, {task.hotels:,} hotels, {task.source}", []).append(outcome)
        yield from groups.items()


def markdown(results: Results) -> str:
    """A table a contest: medians, spread in brackets, and how many times as long as ours each took."""
    machine = ", ".join(f"{name} {value}" for name, value in results.machine.items())
    tables = (f"### {title}\n\n{_table(outcomes)}" for title, outcomes in results.groups())
    return f"{machine}\n\n" + "\n\n".join(tables)


_HEAD = "| contender | seconds | times ours | CPU s | peak MB | file MB | notes |\n|---|---|---|---|---|---|---|"


def _table(outcomes: Sequence[Outcome]) -> str:
    ours = next((outcome.seconds for outcome in outcomes if outcome.task.name == OURS), None)
    return "\n".join([_HEAD, *(_line(outcome, ours) for outcome in outcomes)])


def _line(outcome: Outcome, ours: float | None) -> str:
    runs = outcome.runs
    cells = [
        outcome.task.name,
        _spread([run.seconds for run in runs]),
        "" if ours is None else f"{outcome.seconds / ours:.2f}",
        _spread([run.cpu_seconds for run in runs]),
        f"{max(run.peak_bytes for run in runs) / 1e6:,.0f}",
        f"{runs[0].file_bytes / 1e6:,.1f}",
        outcome.note,
    ]
    return f"| {' | '.join(cells)} |"


def _spread(values: Sequence[float]) -> str:
    if len(values) == 1:
        return f"{values[0]:,.2f}"
    return f"{statistics.median(values):,.2f} ({min(values):,.2f} to {max(values):,.2f})"


def compared(before: Results, after: Results) -> str:
    """The medians of two results side by side, for the tasks that are in both."""
    earlier = {outcome.task: outcome for outcome in before.outcomes}
    lines = ["| task | before | after | after / before |", "|---|---|---|---|"]
    for outcome in after.outcomes:
        if outcome.task in earlier:
            was, task = earlier[outcome.task].seconds, outcome.task
            name = f"{task.contest}, {task.hotels:,} hotels, {task.source}: {task.name}"
            lines.append(f"| {name} | {was:.2f} s | {outcome.seconds:.2f} s | {outcome.seconds / was:.2f} |")
    return "\n".join(lines)
