"""The benchmark itself: every task in turn, several rounds, so that a machine whose speed drifts slows all alike."""

import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from benchmarks.catalogues import catalogue
from benchmarks.contest import CONTENDERS, OURS, Task, takes_part
from benchmarks.measure import measured
from benchmarks.results import Outcome, Results

_SLOW_SECONDS = 20
"""Who takes longer than this is run once."""
_CHECKED_HOTELS, _CHECKED_PEERS_HOTELS = 100_000, 10_000
"""Larger files are not read back: as Python objects that takes minutes and gigabytes."""
_PACKAGES = ("polars", "duckdb", "pyarrow", "connectorx", "xlsxwriter", "isal")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is to be measured."""

    contests: Sequence[str]
    hotels: Sequence[int]
    sources: Sequence[str] = ("duckdb",)
    workers: Sequence[int | None] = (None,)
    """Of ours; others have none."""
    runs: int = 3
    ours_only: bool = False
    check: bool = True
    folder: Path
    server: str | None = None

    def tasks(self) -> Iterator[Task]:
        """Every task, small catalogues first."""
        for source in self.sources:
            for hotels in self.hotels:
                for contender in CONTENDERS:
                    is_ours = contender.name.startswith(OURS)
                    asked = contender.contest in self.contests and (is_ours or not self.ours_only)
                    for workers in self.workers if is_ours and hotels <= _CHECKED_HOTELS else (None,):
                        if asked and takes_part(contender, hotels, source):
                            yield Task(
                                contest=contender.contest,
                                contender=contender.name,
                                hotels=hotels,
                                source=source,
                                workers=workers,
                            )


def run(plan: Plan, tell: Callable[[str], None], keep: Callable[[Results], None]) -> Results:
    """Measure everything, and keep what there is after each round; files of a first run are read back."""
    outcomes = {task: Outcome(task=task) for task in plan.tasks()}
    for number in range(plan.runs):
        for task, outcome in outcomes.items():
            if outcome.runs and outcome.runs[0].seconds > _SLOW_SECONDS:
                continue
            outcomes[task] = _again(plan, outcome, check=plan.check and number == 0)
            latest = outcomes[task].runs[-1]
            told = f"{task.contest:<14}{task.hotels:>9,} {task.source:<11}{task.name:<28}{latest.seconds:9.2f} s"
            tell(f"{told}{latest.peak_bytes / 1e6:8,.0f} MB {outcomes[task].note}")
        keep(Results(machine=_machine(), outcomes=list(outcomes.values())))
    return Results(machine=_machine(), outcomes=list(outcomes.values()))


def _again(plan: Plan, outcome: Outcome, *, check: bool) -> Outcome:
    task = outcome.task
    url = catalogue(plan.folder, task.source, task.hotels, plan.server)
    needs_sqlite = not task.contender.startswith(OURS) and task.contest.startswith("all-")
    sqlite_url = catalogue(plan.folder, "sqlite", task.hotels, None) if needs_sqlite else ""
    with tempfile.TemporaryDirectory(dir=plan.folder) as scratch:
        file = Path(scratch) / f"kept.{task.contest.rpartition('-')[2]}"
        checked = check and _is_checked(task)
        latest = measured(task, url, sqlite_url, plan.folder, keep=file if checked else None)
        note = _differences(task, url, sqlite_url, file) if checked else outcome.note
    return Outcome(task=task, runs=[*outcome.runs, latest], note=note)


def _is_checked(task: Task) -> bool:
    known = task.contest.rpartition("-")[2] in {"csv", "json", "xlsx"}
    most = _CHECKED_HOTELS if task.contender.startswith(OURS) else _CHECKED_PEERS_HOTELS
    return known and task.source == "duckdb" and task.workers is None and task.hotels <= most


def _differences(task: Task, url: str, sqlite_url: str, file: Path) -> str:
    asked = {"task": asdict(task), "url": url, "sqlite_url": sqlite_url, "target": str(file)}
    command = [sys.executable, "-m", "benchmarks.check", json.dumps(asked)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def _machine() -> dict[str, str]:
    versions = {name: version(name) for name in _PACKAGES}
    return {"Python": platform.python_version(), "cores": str(os.cpu_count()), **versions}
