"""Database files: where a URL points, and how a new one appears whole or not at all."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.errors import OutputError


@contextmanager
def file_to_write(path: Path) -> Iterator[Path]:
    """The file to write to: itself when it is there, else a draft that takes its place when the block ends well.

    The draft stands in a hidden folder beside it, which goes away with all that a database leaves around its file.

    Raises:
        OutputError: the folder cannot be written, or somebody else made the file meanwhile.
    """
    with _write_errors(path):
        is_there = path.exists()
    if is_there:
        yield path
        return
    with _hidden_folder(path) as folder:
        draft = Path(folder.name) / path.name
        yield draft
        with _write_errors(path):
            _publish(draft, path)


@contextmanager
def _hidden_folder(path: Path) -> Iterator[TemporaryDirectory[str]]:
    with _write_errors(path):
        folder = TemporaryDirectory(prefix=f".{path.name[:100]}.", suffix=".part", dir=path.parent)
    try:
        yield folder
    finally:
        folder.cleanup()


def _publish(draft: Path, path: Path) -> None:
    if any(left.is_file() and left != draft for left in draft.parent.iterdir()):
        raise OSError(errno.EIO, "the database has left a part of it in another file")
    _sync(draft)
    try:
        os.link(draft, path)  # unlike a rename, it never takes the place of a file
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        draft.rename(path)
    _sync(path.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _write_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}", path=path) from error
