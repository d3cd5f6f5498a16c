"""Bellhop itself: the library on frames in memory, and the command on a database."""

import os
import sys
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from benchmarks.job import Job

Work = Callable[[], object]


def _write(job: Job, ending: str, *, compact: bool = False) -> Work:
    from benchmarks.frames import FramesSource  # noqa: PLC0415 - a command line needs none of it
    from pipeline.export import Request, export  # noqa: PLC0415
    from pipeline.formats import format_of  # noqa: PLC0415
    from pipeline.lazy import load  # noqa: PLC0415
    from pipeline.options import checked_options  # noqa: PLC0415

    known, _ = format_of(Path(f"x.{ending}"))
    writer = load(known.writer)(dataset=job.hotels, options=checked_options({"compact": compact or None}))
    request = Request(
        format=known.name,
        writer=writer,
        target=job.target,
        now=lambda: datetime.now(UTC),
        export_id=str(uuid.uuid4()),
        workers=job.task.workers or os.cpu_count() or 1,
    )
    return partial(export, FramesSource(job.tables), job.hotels, request)


def _all(job: Job, *options: str) -> list[str]:
    workers = [] if job.task.workers is None else ["--workers", str(job.task.workers)]
    manifest = ["--manifest", f"{job.target}.manifest.json"]
    export = ["export", "hotels", "--source", job.url, "-o", str(job.target), "--quiet"]
    return [sys.executable, "-m", "pipeline.cli", *export, *manifest, *workers, *options]


write_csv = partial(_write, ending="csv")
write_json = partial(_write, ending="json")
write_xlsx = partial(_write, ending="xlsx")
write_compact = partial(_write, ending="xlsx", compact=True)


def all_file(job: Job) -> list[str]:
    """The command, to a file whose ending names the format."""
    return _all(job)


def all_compact(job: Job) -> list[str]:
    """The command, to a workbook without cell references."""
    return _all(job, "--compact")
