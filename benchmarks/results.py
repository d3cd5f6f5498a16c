"""What came out: every run of every task, and what its files hold; as JSON."""

import json
import statistics
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from benchmarks.cases import Task, short
from benchmarks.measure import Run
from benchmarks.verdict import MANIFEST, Verdict


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """All runs of one task."""

    task: Task
    rows: int
    """Of all tables of the export."""
    cells: int
    """Values in these rows, of the columns that are exported."""
    runs: list[Run] = field(default_factory=list)
    verdict: Verdict = field(default_factory=Verdict)

    @property
    def seconds(self) -> float:
        """The median."""
        return statistics.median(run.seconds for run in self.runs)

    @property
    def cpu_seconds(self) -> float:
        """The median."""
        return statistics.median(run.cpu_seconds for run in self.runs)

    @property
    def spread(self) -> tuple[float, float]:
        """The fastest and the slowest run, in seconds."""
        seconds = [run.seconds for run in self.runs]
        return min(seconds), max(seconds)

    @property
    def peak_mb(self) -> float:
        """The highest of all runs."""
        return max(run.peak_bytes for run in self.runs) / 1e6

    @property
    def has_file(self) -> bool:
        """Whether there is anything to read back: limits put together what nobody reads."""
        return bool(self.task.format) and not self.task.contender.startswith("limit")

    def figures(self) -> dict[str, float]:
        """What tables show, for whoever reads the JSON."""
        lowest, highest = self.spread
        return {
            "seconds": self.seconds,
            "seconds_lowest": lowest,
            "seconds_highest": highest,
            "runs": len(self.runs),
            "cpu_seconds": self.cpu_seconds,
            "peak_mb": self.peak_mb,
            "file_bytes": self.runs[0].file_bytes,
            "rows_per_second": self.rows / self.seconds,
            "cells_per_second": self.cells / self.seconds,
        }


@dataclass(frozen=True, kw_only=True)
class Results:
    """All outcomes of one run of the benchmark, and where it ran."""

    machine: dict[str, str]
    outcomes: list[Outcome]

    def save(self, file: Path) -> None:
        """Keep every run, as JSON."""
        kept = [{"case": o.task.case, "median": o.figures(), **asdict(o)} for o in self.outcomes]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"machine": self.machine, "outcomes": kept}, indent=1) + "\n", "utf-8")

    @classmethod
    def load(cls, file: Path) -> "Results":
        """What was kept."""
        kept = json.loads(file.read_text("utf-8"))
        outcomes = [
            Outcome(
                task=Task(**one["task"]),
                rows=one["rows"],
                cells=one["cells"],
                runs=[Run(**run) for run in one["runs"]],
                verdict=Verdict(**one["verdict"]),
            )
            for one in kept["outcomes"]
        ]
        return cls(machine=kept["machine"], outcomes=outcomes)

    def groups(self) -> Iterator[tuple[str, list[Outcome]]]:
        """Outcomes of the same contest on the same catalogue, by a title."""
        groups: dict[str, list[Outcome]] = {}
        for outcome in self.outcomes:
            task = outcome.task
            groups.setdefault(f"{task.contest}, {short(task.hotels)} hotels, {task.source}", []).append(outcome)
        yield from groups.items()


SAME_CONTENT = "content hash of a file that was read back"


def settled(outcomes: list[Outcome]) -> list[Outcome]:
    """Files of ours that were not read back, held by their content hash against one of the same records that was."""
    known = {_content_of(o): o.runs[0].content_hash for o in outcomes if o.task.is_ours and _is_right(o)}
    return [replace(o, verdict=_settled(o, known.get(_content_of(o), ""))) if o.task.is_ours else o for o in outcomes]


def _content_of(outcome: Outcome) -> tuple[str, int]:
    return outcome.task.export, outcome.task.hotels


def _is_right(outcome: Outcome) -> bool:
    verdict = outcome.verdict
    return bool(verdict.how) and not verdict.wrong and verdict.how not in (MANIFEST, SAME_CONTENT)


def _settled(outcome: Outcome, known: str) -> Verdict:
    verdict = outcome.verdict
    if not outcome.has_file or not verdict.how or verdict.wrong or not known:
        return verdict
    if {run.content_hash for run in outcome.runs} != {known}:
        return replace(verdict, wrong="the content hash, which is not that of a file that was read back")
    return replace(verdict, how=SAME_CONTENT) if verdict.how == MANIFEST else verdict
