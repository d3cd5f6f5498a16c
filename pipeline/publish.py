"""A file that appears whole or not at all.

Bytes go to ``.<name>.<random>.part`` beside the target, readable by its owner alone; when all are there it is flushed
to the disk and renamed over the target, and the folder is flushed. Whatever fails or is killed before leaves the
target as it was. A target that is no regular file (a pipe, a device, an open stream) is written to from the finished
part, never replaced.
"""

import errno
import hashlib
import io
import os
import secrets
import stat
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from functools import partial
from pathlib import Path
from typing import IO, BinaryIO

from pipeline.early_sync import EarlySync
from pipeline.errors import BellhopError, OutputError
from pipeline.progress import Timings
from pipeline.scratch import scratch_file, scratch_told

Target = Path | BinaryIO
"""A path, or a stream that bytes can be written to."""

Told = Callable[[], AbstractContextManager[None]]
"""Tells the operating system's errors as Bellhop's."""

_PRIVATE = stat.S_IRUSR | stat.S_IWUSR
_ANYBODY = 0o666
"""What a new file is opened with; the umask takes away."""
_NAME_CHARACTERS = 50
"""Of the target's name in its part's: four bytes each at most, and a file system's limit is 255."""
_COPY_BYTES = 1 << 20


class Output:
    """Bytes on their way to a file, counted and hashed."""

    def __init__(self, file: IO[bytes], wrote: Callable[[int], None], told: Told) -> None:
        self._file = file
        self._wrote = wrote
        self._told = told
        self._digest = hashlib.sha256()
        self._is_abandoned = False
        self.size = 0

    closed = False
    """For pyarrow, which asks."""

    def write(self, data: bytes | memoryview) -> int:
        """Write all of the data."""
        if self._is_abandoned:
            return len(data)
        with self._told():
            self._file.write(data)
            self._wrote(len(data))
        self._digest.update(data)
        self.size += len(data)
        return len(data)

    def abandon(self) -> None:
        """Take no more: an export has failed, and pyarrow ends its file all the same, once that is garbage."""
        self._is_abandoned = True

    def flush(self) -> None:
        """Hand what is buffered to the operating system."""
        with self._told():
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
    told = partial(_told, target if isinstance(target, Path) else None)
    with ExitStack() as opened:
        with told():
            output = opened.enter_context(_way_to(target, timings, told))
        yield output  # what goes wrong meanwhile, and is not its own, is not told as that
        with told():
            opened.close()


def _way_to(target: Target, timings: Timings, told: Told) -> AbstractContextManager[Output]:
    """By a part beside a file that can be replaced; else by a scratch file, all of which is poured into the target."""
    if not isinstance(target, Path):
        if getattr(target, "closed", False):
            raise OSError(errno.EBADF, "it is closed")
        return _poured(nullcontext(target), timings)
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    # Asked of the target itself: what /dev/stdout points to is a pipe, and by its name nothing at all.
    if target.exists() and not target.is_file():
        return _poured(_opened(target), timings)
    return _renamed(Path(os.path.realpath(target)), timings, told)


def _nothing(size: int) -> None:
    """Nobody is told of what was written."""
    del size


@contextmanager
def _output(file: IO[bytes], told: Told, wrote: Callable[[int], None] = _nothing) -> Iterator[Output]:
    output = Output(file, wrote, told)
    try:
        yield output
    except BaseException:
        output.abandon()
        raise


@contextmanager
def _renamed(path: Path, timings: Timings, told: Told) -> Iterator[Output]:
    part, mode = _beside(path), _mode(path)
    try:
        with _created(part, private=mode is not None) as file, EarlySync(file.fileno()) as sync:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode) if mode is None else mode
            os.fchmod(file.fileno(), _PRIVATE)
            with _output(file, told, sync.wrote) as output:
                yield output
            with timings.stage("publish"):
                file.flush()
                os.fsync(file.fileno())
                _check(file, output)
                os.fchmod(file.fileno(), mode)
        _replace(part, path)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


def _beside(path: Path) -> Path:
    """A name of its own in the folder of a file."""
    return path.with_name(f".{path.name[:_NAME_CHARACTERS]}.{secrets.token_hex(8)}.part")


def _mode(path: Path) -> int | None:
    """The mode of the file that stands there; None without one."""
    with suppress(FileNotFoundError):
        return stat.S_IMODE(path.stat().st_mode)
    return None


def _created(part: Path, *, private: bool) -> IO[bytes]:
    """A new file; one that is not private has the mode that any new file gets."""
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _PRIVATE if private else _ANYBODY)
    return os.fdopen(descriptor, "wb")


def _check(file: IO[bytes], output: Output) -> None:
    size = os.fstat(file.fileno()).st_size
    if size != output.size:
        raise OSError(f"{output.size} bytes were written and {size} arrived")


def _replace(part: Path, path: Path) -> None:
    """Rename over the target and flush the folder; when that fails, the target is what it was."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        is_new = not os.path.lexists(path)
        with _kept(path) as kept:
            part.replace(path)
            try:
                os.fsync(folder)
            except OSError:
                if kept is not None:
                    kept.replace(path)
                elif is_new:
                    path.unlink()
                raise
    finally:
        os.close(folder)


@contextmanager
def _kept(path: Path) -> Iterator[Path | None]:
    """A second name of the file that stands there; None without one, or where the file system gives none."""
    name = _beside(path)
    kept: Path | None = None
    with suppress(OSError):
        os.link(path, name)
        kept = name
    try:
        yield kept
    finally:
        if kept is not None:
            with suppress(OSError):
                kept.unlink()


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    """What is no regular file, opened only when all is there."""
    with path.open("wb") as target:
        yield target


@contextmanager
def _poured(opening: AbstractContextManager[IO[bytes]], timings: Timings) -> Iterator[Output]:
    with scratch_file() as spool:
        with _output(spool, scratch_told) as output:
            yield output
        with timings.stage("publish"), opening as target:
            _pour(spool, target)


def _pour(spool: IO[bytes], target: IO[bytes]) -> None:
    with scratch_told():
        spool.seek(0)  # what is buffered is written then
    while data := spool.read(_COPY_BYTES):
        _write_all(target, data)
    target.flush()


def _write_all(target: IO[bytes], data: bytes) -> None:
    """Write all of the data: an unbuffered stream takes as much as it likes, and says how much that was."""
    rest: bytes | memoryview = data
    while rest:
        taken: int | None = target.write(rest)
        if taken is None and not isinstance(target, io.RawIOBase):
            return  # somebody's own stream, which has nothing to say
        if not taken:
            raise BlockingIOError(errno.EAGAIN, "it takes no more for now")
        rest = memoryview(rest)[taken:]


@contextmanager
def _told(path: Path | None) -> Iterator[None]:
    """The operating system's errors as Bellhop's; a reader that went away is one too."""
    try:
        yield
    except BellhopError:
        raise  # some of these are OSErrors, but of the catalogue
    except OSError as error:
        reason = error.strerror or str(error)
        where = "the output" if path is None else _named(path)
        message = f"{where} cannot be written: {reason}; nothing was published; give a place that can hold the file"
        raise OutputError(message, path=path) from error


def _named(path: Path) -> str:
    text = str(path)
    return text if text.isprintable() else repr(text)
