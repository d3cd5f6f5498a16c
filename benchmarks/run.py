"""The benchmark itself: every task in turn, several rounds, so that a machine whose speed drifts slows all alike."""

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path

from benchmarks.cases import Task
from benchmarks.catalogues import Catalogues
from benchmarks.job import Job
from benchmarks.measure import measured
from benchmarks.results import Outcome, Results, settled
from benchmarks.sizes import sizes
from benchmarks.verdict import Verdict

SLOW_SECONDS = 20
"""A peer that takes longer is run once."""
WARM_HOTELS = 300
"""What everybody works on before the clock starts."""
_AT_ONCE = 2
"""Files that are read back at once: those of 100,000 hotels take up to 2 GB each as Python objects."""
_PACKAGES = ("polars", "duckdb", "pyarrow", "connectorx", "xlsxwriter", "isal")


@dataclass(frozen=True, kw_only=True)
class Bench:
    """How tasks are measured."""

    catalogues: Catalogues
    tell: Callable[[str], None]
    keep: Callable[[Results], None]
    """Given what there is after each round."""
    check: bool = True
    sizes: dict[int, dict[str, tuple[int, int]]] = field(default_factory=dict)
    """Rows and cells of each export, by hotels."""
    failed: dict[Task, str] = field(default_factory=dict)
    """What was not measured, and why."""
    unread: dict[Task, Job] = field(default_factory=dict)
    """What is still to be read back."""

    def run(self, runs: Mapping[Task, int]) -> Results:
        """Measure every task as often as is asked for, in turn; files of a first run are read back."""
        outcomes: dict[Task, Outcome] = {}
        for number in range(max(runs.values())):
            with self._scratch() as folder:
                for task in [task for task, wanted in runs.items() if number < wanted and task not in self.failed]:
                    outcome = outcomes.get(task) or self._outcome(task)
                    if not outcome.runs or task.is_ours or outcome.runs[0].seconds <= SLOW_SECONDS:
                        outcomes |= self._told(number + 1, outcome, folder)
                    if len(self.unread) == _AT_ONCE:
                        outcomes |= self._read_back(outcomes)
                outcomes |= self._read_back(outcomes)
            self.keep(_results(outcomes.values()))
        return _results(outcomes.values())

    def _told(self, number: int, outcome: Outcome, folder: Path) -> dict[Task, Outcome]:
        """The outcome with one more run; nothing if it failed."""
        task = outcome.task
        try:
            outcome = self._again(outcome, folder)
        except Exception as error:  # noqa: BLE001 - a missing server or a peer's crash is no matter for the others
            self.failed[task] = str(error)
            self.tell(f"{number} {task.case:<42}{task.name:<32} FAILED: {error}")
            return {}
        self.tell(_line(number, outcome))
        return {task: outcome}

    def _outcome(self, task: Task) -> Outcome:
        if task.hotels not in self.sizes:
            self.sizes[task.hotels] = sizes(self.catalogues.url("duckdb", task.hotels))
        rows, cells = self.sizes[task.hotels][task.export]
        return Outcome(task=task, rows=rows, cells=cells)

    def _again(self, outcome: Outcome, folder: Path) -> Outcome:
        """One more run; the file of the first is kept to be looked at."""
        place = Path(tempfile.mkdtemp(dir=folder))
        job = self._job(outcome.task, outcome.task.hotels, place / "measured")
        latest = measured(job, self._job(outcome.task, WARM_HOTELS, place / "warm"))
        if self.check and outcome.has_file and not outcome.runs:
            self.unread[outcome.task] = job
        else:
            shutil.rmtree(place)
        return replace(outcome, runs=[*outcome.runs, latest])

    def _read_back(self, outcomes: Mapping[Task, Outcome]) -> dict[Task, Outcome]:
        """The outcomes whose files are still to be read back, with what was found; nothing is measured meanwhile."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            verdicts = dict(zip(self.unread, pool.map(_verdict, self.unread.values()), strict=True))
        for task, verdict in verdicts.items():
            self.tell(f"  {task.case:<42}{task.name:<32}{verdict.text}")
            shutil.rmtree(self.unread.pop(task).target.parents[1])
        return {task: replace(outcomes[task], verdict=verdict) for task, verdict in verdicts.items()}

    def _job(self, task: Task, hotels: int, folder: Path) -> Job:
        folder.mkdir()
        by_orm = task.contender in {"row by row", "ORM"}
        return Job(
            task=task,
            url=self.catalogues.url(task.source, hotels),
            orm_url=self.catalogues.orm_url(task.source, hotels) if by_orm else "",
            duckdb_url=self.catalogues.url("duckdb", hotels),
            target=folder / f"x.{task.format}",
        )

    @contextmanager
    def _scratch(self) -> Iterator[Path]:
        self.catalogues.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.catalogues.folder) as folder:
            yield Path(folder)


def _verdict(job: Job) -> Verdict:
    """In a process of its own, as all that is heavy."""
    command = [sys.executable, "-m", "benchmarks.checks", json.dumps(job.tell())]
    ended = subprocess.run(command, check=False, capture_output=True, text=True)
    if ended.returncode:
        return Verdict(wrong=f"it cannot be read: {ended.stderr.strip().rpartition(chr(10))[2]}")
    return Verdict(**json.loads(ended.stdout))


def _results(outcomes: Iterable[Outcome]) -> Results:
    versions = {name: version(name) for name in _PACKAGES}
    machine = {"Python": platform.python_version(), "cores": str(os.cpu_count()), **versions}
    return Results(machine=machine, outcomes=settled([o for o in outcomes if o.runs]))


def _line(number: int, outcome: Outcome) -> str:
    latest, task = outcome.runs[-1], outcome.task
    measures = f"{latest.seconds:9.2f} s{latest.peak_bytes / 1e6:8,.0f} MB"
    return f"{number} {task.case:<42}{task.name:<32}{measures}"
