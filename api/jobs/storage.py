"""Where files are kept: a folder for each user and job, readable by the service alone, and nothing ever overwritten.

A key is ``{user_id}/{job_id}/{attempt}.{ending}``; what a user wrote is in none.
"""

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_FOLDER_MODE = stat.S_IRWXU
_FILE_MODE = stat.S_IRUSR | stat.S_IWUSR


@dataclass(frozen=True, kw_only=True)
class StoredFile:
    """A file that stands in the storage."""

    key: str
    modified: float
    """Seconds since 1970."""


class FolderStorage:
    """Files in a local folder."""

    def __init__(self, root: Path) -> None:
        self._root = root
        root.mkdir(parents=True, exist_ok=True, mode=_FOLDER_MODE)

    def target(self, key: str) -> Path:
        """Where a file of this key is to be written; its folder is there."""
        path = self._root / key
        for folder in (path.parent.parent, path.parent):
            folder.mkdir(mode=_FOLDER_MODE, exist_ok=True)
        return path

    def published(self, key: str) -> int:
        """Close a written file to all but the service; its size."""
        path = self._root / key
        path.chmod(_FILE_MODE)
        return path.stat().st_size

    def open(self, key: str) -> BinaryIO:
        """Open a file; whoever deletes it now does not stop the reader.

        Raises:
            FileNotFoundError: It is gone.

        """
        return (self._root / key).open("rb")

    def delete(self, key: str) -> None:
        """Delete a file; one that is gone already is no error."""
        (self._root / key).unlink(missing_ok=True)

    def forget(self, user_id: str, job_id: str) -> None:
        """Delete the folder of a job that has ended, if it is empty."""
        with suppress(OSError):
            (self._root / user_id / job_id).rmdir()

    def free_bytes(self) -> int:
        """What the disk has left."""
        return shutil.disk_usage(self._root).free

    def files(self) -> Iterator[StoredFile]:
        """All files, those that were never finished too."""
        for folder, _, names in os.walk(self._root):
            for name in names:
                path = Path(folder, name)
                with suppress(FileNotFoundError):
                    yield StoredFile(key=path.relative_to(self._root).as_posix(), modified=path.stat().st_mtime)
