"""What no writer can do without: deflating the bytes, putting them on the disk."""

import shutil
import zipfile
from functools import partial
from pathlib import Path

from isal import isal_zlib

from benchmarks.contenders.ours import WRITERS, Work
from benchmarks.job import Job

_PIECE = 1 << 20


def deflate(job: Job) -> Work:
    """The XML of our own workbook, by igzip at the level that we use."""
    WRITERS["xlsx"](job)()
    with zipfile.ZipFile(job.target) as book:
        parts = [book.read(name) for name in book.namelist()]
    return partial(_deflate, parts, job.target)


def _deflate(parts: list[bytes], target: Path) -> None:
    with target.open("wb") as file:
        for part in parts:
            compressor = isal_zlib.compressobj(1, isal_zlib.DEFLATED, -15)
            for start in range(0, len(part), _PIECE):
                file.write(compressor.compress(memoryview(part)[start : start + _PIECE]))
            file.write(compressor.flush())


def copy(job: Job) -> Work:
    """Our own file, copied."""
    WRITERS[job.task.format](job)()
    return partial(shutil.copyfile, job.target, job.target.with_suffix(".copy"))
