"""Whole processes from a catalogue to a file. Nothing heavy is imported: the harness asks for these itself."""

import sys

from benchmarks.job import Job


def _bellhop(job: Job, *options: str) -> list[str]:
    workers = [] if job.task.workers is None else ["--workers", str(job.task.workers)]
    manifest = ["--manifest", f"{job.target}.manifest.json"]
    export = ["export", "hotels", "--source", job.url, "-o", str(job.target), "--quiet"]
    return [sys.executable, "-m", "pipeline.cli", *export, *manifest, *workers, *options]


def all_file(job: Job) -> list[str]:
    """The command, to a file whose ending names the format."""
    return _bellhop(job)


def all_compact(job: Job) -> list[str]:
    """The command, to a workbook without cell references."""
    return _bellhop(job, "--compact")


def row_by_row(job: Job) -> list[str]:
    """The usual way, on the SQLite file of the catalogue."""
    ending = job.target.suffix.removeprefix(".")
    return [sys.executable, "-m", "benchmarks.contenders.row_by_row", ending, job.sqlite_url, str(job.target)]
