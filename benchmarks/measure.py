"""One run of one task: a process of its own, what the system says of it, and what it tells itself."""

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from typing import Any

from benchmarks.cases import contender_of
from benchmarks.job import Job
from pipeline.lazy import load


class FailedRunError(RuntimeError):
    """A process ended otherwise than it should; the message is its own last words."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """What one run took."""

    seconds: float
    """Of the work: of a write or a pull that alone, of an export the whole process."""
    cpu_seconds: float
    """Of all threads, over the same time."""
    peak_bytes: int
    """Of resident memory, of the whole process."""
    file_bytes: int
    """Nothing where no file is written."""
    stages: dict[str, float] = field(default_factory=dict)
    """Seconds by stage, of ours; those of several threads add up."""
    content_hash: str = ""
    """Of ours, as its manifest has it."""


def measured(job: Job, warm: Job) -> Run:
    """Run a task once.

    Args:
        job: What is measured. Its file stays where the job says.
        warm: The same work on a small catalogue, done in the same process before the clock starts; not for exports.

    """
    told = _exported(job) if job.task.work == "all" else _worked(job, warm)
    manifest = json.loads(job.manifest.read_text("utf-8")) if job.manifest.exists() else {}
    return Run(
        **told,
        file_bytes=job.target.stat().st_size if job.target.exists() else 0,
        stages=manifest.get("timings", {}),
        content_hash=manifest.get("content_hash", ""),
    )


def _exported(job: Job) -> dict[str, Any]:
    return _process(load(contender_of(job.task).place)(job)).measures


def _worked(job: Job, warm: Job) -> dict[str, Any]:
    asked = json.dumps({"job": job.tell(), "warm": warm.tell()})
    process = _process([sys.executable, "-m", "benchmarks.once", asked])
    told: dict[str, Any] = json.loads(process.stdout.splitlines()[-1])
    return process.measures | told


@dataclass(frozen=True, kw_only=True)
class _Process:
    measures: dict[str, Any]
    stdout: str


def _process(command: list[str]) -> _Process:
    """Run a process to its end; wait4 tells of it alone."""
    started = time.perf_counter()
    # Some peers warn a line a cell: what they say is shown when they fail.
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, text=True) as process,
    ):
        assert process.stdout is not None  # noqa: S101 - it was asked for
        stdout = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - started
        if process.returncode:
            said.seek(0)
            raise FailedRunError(
                f"{' '.join(command)} ended with {process.returncode}:\n{said.read().decode()[-2000:]}"
            )
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    measures = {"seconds": seconds, "cpu_seconds": usage.ru_utime + usage.ru_stime, "peak_bytes": peak}
    return _Process(measures=measures, stdout=stdout)
