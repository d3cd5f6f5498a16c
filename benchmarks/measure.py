"""One run of one task: a process of its own, what the system says of it, and what it tells itself."""

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.contest import Task, contender_of
from benchmarks.job import Job
from pipeline.lazy import load


@dataclass(frozen=True, kw_only=True)
class Run:
    """What one run took."""

    seconds: float
    """Of the work: of a write the writing alone, of an export the whole process."""
    cpu_seconds: float
    """Of all threads, over the same time."""
    peak_bytes: int
    """Of resident memory, of the whole process."""
    file_bytes: int
    stages: dict[str, float] = field(default_factory=dict)
    """Seconds by stage, of ours; those of several threads add up."""


def measured(task: Task, url: str, sqlite_url: str, folder: Path, keep: Path | None = None) -> Run:
    """Run a task once; its file is thrown away, or kept."""
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        target = Path(scratch) / f"x.{task.contest.rpartition('-')[2]}"
        run = _run(task, Job(task, url, sqlite_url, target))
        if keep is not None:
            target.replace(keep)
    return run


def _run(task: Task, job: Job) -> Run:
    if task.contest.startswith("all-"):
        command: list[str] = load(contender_of(task).place)(job)
        process = _process(task, command)
        manifest = Path(f"{job.target}.manifest.json")
        stages = json.loads(manifest.read_text("utf-8"))["timings"] if manifest.exists() else {}
        return Run(**process.measures, stages=stages, file_bytes=job.target.stat().st_size)
    asked = {"task": asdict(task), "url": job.url, "sqlite_url": job.sqlite_url, "target": str(job.target)}
    process = _process(task, [sys.executable, "-m", "benchmarks.once", json.dumps(asked)])
    told = json.loads(process.stdout.splitlines()[-1])
    written = job.target.stat().st_size if job.target.exists() else 0
    return Run(**process.measures | told, file_bytes=written)


@dataclass(frozen=True, kw_only=True)
class _Process:
    measures: dict[str, Any]
    stdout: str


def _process(task: Task, command: list[str]) -> _Process:
    """Run a process to its end; wait4 tells of it alone."""
    # One worker is one core: else Polars would share the columns of its chunk out among all.
    environment = os.environ | ({} if task.workers is None else {"POLARS_MAX_THREADS": str(task.workers)})
    started = time.perf_counter()
    # Some peers warn a line a cell: what they say is shown when they fail.
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, env=environment, text=True) as process,
    ):
        assert process.stdout is not None  # noqa: S101 - it was asked for
        stdout = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - started
        if process.returncode:
            said.seek(0)
            raise SystemExit(f"{' '.join(command)} ended with {process.returncode}:\n{said.read().decode()[-2000:]}")
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    measures = {"seconds": seconds, "cpu_seconds": usage.ru_utime + usage.ru_stime, "peak_bytes": peak}
    return _Process(measures=measures, stdout=stdout)
