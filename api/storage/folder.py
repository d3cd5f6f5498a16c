"""Files in a local folder: one folder for each user and job, readable by the service alone."""

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from api.storage.base import StorageUnavailable, StoredFile
from pipeline.pieces import folder_store

if TYPE_CHECKING:
    from obstore.store import ObjectStore

_FOLDER_MODE = stat.S_IRWXU
_FILE_MODE = stat.S_IRUSR | stat.S_IWUSR


class FolderStorage:
    """A local folder, made if it is not there."""

    is_local = True

    def __init__(self, root: Path) -> None:
        self._root = root
        root.mkdir(parents=True, exist_ok=True, mode=_FOLDER_MODE)

    @contextmanager
    def writing(self, key: str, name: str) -> Iterator[Path]:
        """A path, which the library publishes to whole; then it is closed to all but the service."""
        del name
        path = self._prepared(key)
        yield path
        with _reached():
            path.chmod(_FILE_MODE)

    def open(self, key: str, *, whole: bool) -> BinaryIO:
        """Open a file; whoever deletes it now does not stop the reader."""
        del whole
        with _reached():
            return (self._root / key).open("rb")

    def size(self, key: str) -> int:
        """Bytes of a file."""
        with _reached():
            return (self._root / key).stat().st_size

    def copy(self, source: str, key: str) -> None:
        """A second name of the same file."""
        path = self._prepared(key)
        with _reached():
            os.link(self._root / source, path)
            _flush(path.parent)

    def delete(self, key: str) -> None:
        """Delete a file."""
        with _reached():
            (self._root / key).unlink(missing_ok=True)

    def forget(self, user_id: str, job_id: str) -> None:
        """Delete the folder of a job, if it is empty."""
        with suppress(OSError):
            (self._root / user_id / job_id).rmdir()

    def files(self) -> Iterator[StoredFile]:
        """All files, those that were never finished too, and empty folders."""
        for folder, folders, names in os.walk(self._root):
            for name in names if names or folders else [""]:
                path = Path(folder, name)
                key = path.relative_to(self._root).as_posix() + ("" if name else "/")
                with suppress(FileNotFoundError):
                    yield StoredFile(key=key, modified=path.stat().st_mtime)

    def sweep(self, file: StoredFile) -> None:
        """Delete it, and its folder with the last of it."""
        folder, _, name = file.key.rpartition("/")
        if name:
            self.delete(file.key)
        with suppress(OSError):
            (self._root / folder).rmdir()

    def link(self, key: str) -> None:
        """None: a folder hands out nothing."""
        del key

    def free_bytes(self) -> int:
        """What the disk has left."""
        with _reached():
            return shutil.disk_usage(self._root).free

    def shared(self) -> "ObjectStore":
        """The folder, which all see under this name."""
        return folder_store(self._root)

    def check(self) -> None:
        """Look whether the folder is there."""
        self.free_bytes()

    def _prepared(self, key: str) -> Path:
        """Where a file of this key is to stand; its folders are there, on the disk too."""
        path = self._root / key
        with _reached():
            for folder in (path.parent.parent, path.parent):
                folder.mkdir(mode=_FOLDER_MODE, exist_ok=True)
                _flush(folder.parent)
        return path


def _flush(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _reached() -> Iterator[None]:
    """What the disk refuses, but for a file that is not there, as the storage's own error."""
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        raise StorageUnavailable(error.errno, error.strerror) from error
