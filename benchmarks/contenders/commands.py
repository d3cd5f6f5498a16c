"""Whole processes from a catalogue to a file. Nothing heavy is imported: the harness asks for these itself."""

import sys

from benchmarks.job import Job

_OPTIONS = {"supplier-summary": ["--country-breakdown"]}


def _bellhop(job: Job, *options: str) -> list[str]:
    workers = [] if job.task.workers is None else ["--workers", str(job.task.workers)]
    files = ["-o", str(job.target), "--manifest", str(job.manifest)]
    export = ["export", job.task.export, "--source", job.url, "--quiet", *_OPTIONS.get(job.task.export, ())]
    return [sys.executable, "-m", "pipeline.cli", *export, *files, *workers, *options]


def all_file(job: Job) -> list[str]:
    """The command, to a file whose ending names the format."""
    return _bellhop(job)


def all_compact(job: Job) -> list[str]:
    """The command, to a workbook without cell references."""
    return _bellhop(job, "--compact")


def row_by_row(job: Job) -> list[str]:
    """The usual way, to a file."""
    asked = [job.task.format, job.orm_url, str(job.target)]
    return [sys.executable, "-m", "benchmarks.contenders.row_by_row", *asked]
