"""Whether a file of the benchmark holds what the catalogue does."""

from collections.abc import Callable
from dataclasses import replace

from benchmarks.checks.columnar import check_columnar
from benchmarks.checks.content import Content
from benchmarks.checks.manifest import manifest_problems
from benchmarks.checks.texts import check_csv, check_json, check_ndjson
from benchmarks.checks.workbooks import check_xlsx
from benchmarks.job import Job
from benchmarks.verdict import MANIFEST, Verdict
from tests.readers import MalformedFileError

_MOST_HOTELS = 100_000
"""Larger files are not read back as Python objects: that takes minutes and gigabytes."""

_CHECKS: dict[str, Callable[[Job, Content], Verdict]] = {
    "csv": check_csv,
    "json": check_json,
    "ndjson": check_ndjson,
    "xlsx": check_xlsx,
    "parquet": check_columnar,
    "arrow": check_columnar,
}


def verdict_of(job: Job) -> Verdict:
    """Look at a job's file, and at its manifest."""
    content = Content(job.task.export, job.duckdb_url)
    problems = [*manifest_problems(job, content)] if job.task.is_ours else []
    verdict = _read_back(job, content) if _is_read_back(job) else Verdict(how=MANIFEST)
    return replace(verdict, wrong=", ".join(filter(None, [*problems, verdict.wrong])))


def _read_back(job: Job, content: Content) -> Verdict:
    try:
        return _CHECKS[job.task.format](job, content)
    except MalformedFileError as error:
        return Verdict(how="read back", wrong=str(error))


def _is_read_back(job: Job) -> bool:
    """Ours with other workers, and the largest, are known by their content hash."""
    task = job.task
    return task.format == "parquet" or (task.workers is None and task.hotels <= _MOST_HOTELS)
