"""A file that appears whole or not at all.

Bytes go to ``.<name>.<random>.part`` beside the target, readable by its owner alone; when all are there it is flushed
to the disk and renamed over the target, and the folder is flushed. Whatever fails or is killed before leaves the
target as it was. A target that is no regular file (a pipe, a device, an open stream) is written to from the finished
part, never replaced.
"""

import hashlib
import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, BinaryIO

from pipeline.errors import OutputError
from pipeline.progress import Timings

Target = Path | BinaryIO
"""A path, or a stream that bytes can be written to."""


class Output:
    """Bytes on their way to a file, counted and hashed."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self.size = 0

    closed = False
    """For pyarrow, which asks."""

    def write(self, data: bytes | memoryview) -> int:
        """Write all of the data."""
        self._file.write(data)
        self._digest.update(data)
        self.size += len(data)
        return len(data)

    def flush(self) -> None:
        """Hand what is buffered to the operating system."""
        self._file.flush()

    def tell(self) -> int:
        """How many bytes were written."""
        return self.size

    @property
    def sha256(self) -> str:
        """Of all bytes so far, in hexadecimal."""
        return self._digest.hexdigest()


@contextmanager
def published(target: Target, timings: Timings) -> Iterator[Output]:
    """Write a file; it stands under its name when the context ends without an error.

    Timings: publish, what comes after the last byte was written.

    Raises:
        OutputError: It cannot be written; nothing stands under its name that did not stand there before.

    """
    if isinstance(target, Path):
        with _told(target):
            path = Path(os.path.realpath(target))
            if path.is_dir():
                raise IsADirectoryError(f"{target} is a folder")
            special = path.exists() and not path.is_file()
            with _copied(path, timings) if special else _renamed(path, timings) as output:
                yield output
    else:
        with _told(None), tempfile.TemporaryFile() as spool:
            output = Output(spool)
            yield output
            with timings.stage("publish"):
                _pour(spool, target)


@contextmanager
def _renamed(path: Path, timings: Timings) -> Iterator[Output]:
    part = path.with_name(f".{path.name[:100]}.{secrets.token_hex(8)}.part")
    try:
        with part.open("xb") as file:
            mode = _mode(path, file)
            os.fchmod(file.fileno(), stat.S_IRUSR | stat.S_IWUSR)
            output = Output(file)
            yield output
            with timings.stage("publish"):
                file.flush()
                os.fsync(file.fileno())
                _check(file, output)
                os.fchmod(file.fileno(), mode)
        part.replace(path)
    except BaseException:
        with suppress(FileNotFoundError):
            part.unlink()
        raise
    _sync_folder(path.parent)


def _mode(path: Path, new: IO[bytes]) -> int:
    """The mode of the file that stands there, or the one that any new file gets."""
    with suppress(FileNotFoundError):
        return stat.S_IMODE(path.stat().st_mode)
    return stat.S_IMODE(os.fstat(new.fileno()).st_mode)


def _check(file: IO[bytes], output: Output) -> None:
    size = os.fstat(file.fileno()).st_size
    if size != output.size:
        raise OSError(f"{output.size} bytes were written and {size} arrived")


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _copied(path: Path, timings: Timings) -> Iterator[Output]:
    with tempfile.TemporaryFile() as spool:
        yield Output(spool)
        with timings.stage("publish"), path.open("wb") as target:
            _pour(spool, target)


def _pour(spool: IO[bytes], target: IO[bytes]) -> None:
    spool.seek(0)
    shutil.copyfileobj(spool, target, 1 << 20)
    target.flush()


@contextmanager
def _told(path: Path | None) -> Iterator[None]:
    """The operating system's errors as Bellhop's; a reader that went away is one too."""
    try:
        yield
    except OutputError:
        raise
    except OSError as error:
        reason = error.strerror or str(error)
        where = "the output" if path is None else str(path)
        message = f"{where} cannot be written: {reason}; nothing was published; give a place that can hold the file"
        raise OutputError(message, path=path) from error
