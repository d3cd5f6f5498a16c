"""Bellhop itself, on frames in memory."""

import os
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from benchmarks.frames import FramesSource
from benchmarks.job import Job
from pipeline.flow import Request, export
from pipeline.formats import format_of
from pipeline.lazy import load
from pipeline.options import checked_options

Work = Callable[[], object]


def _write(job: Job, ending: str, *, compact: bool = False) -> Work:
    known, _ = format_of(Path(f"x.{ending}"))
    writer = load(known.writer)(dataset=job.dataset, options=checked_options({"compact": compact or None}))
    request = Request(
        format=known.name,
        writer=writer,
        target=job.target,
        now=lambda: datetime.now(UTC),
        export_id=str(uuid.uuid4()),
        workers=job.task.workers or os.cpu_count() or 1,
    )
    return partial(export, FramesSource(job.tables), job.dataset, request)


write_csv = partial(_write, ending="csv")
write_json = partial(_write, ending="json")
write_xlsx = partial(_write, ending="xlsx")
write_compact = partial(_write, ending="xlsx", compact=True)

WRITERS = {"csv": write_csv, "json": write_json, "xlsx": write_xlsx}
"""Ours by the ending of the file."""
