"""What every storage is: whole files under keys, and nothing ever overwritten.

A key is ``{user_id}/{job_id}/{attempt}.{ending}``; what a user wrote is in none.
"""

import hashlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Protocol

from pipeline.publish import Target

if TYPE_CHECKING:
    from obstore.store import ObjectStore

_PIECE_BYTES = 1 << 20


class StorageUnavailable(OSError):
    """The storage cannot be reached, refuses, or did not answer in its time."""


@dataclass(frozen=True, kw_only=True)
class StoredFile:
    """A file that stands in the storage, whole or not; or a folder without any, whose key ends with a slash."""

    key: str
    modified: float
    """Seconds since 1970."""
    upload: str | None = None
    """What the storage calls an upload that was never finished."""


class Storage(Protocol):
    """Files by key; every call ends within the storage's patience, and raises StorageUnavailable if it must."""

    is_local: bool
    """Whether all of a file is at hand, whatever part of it is read."""

    def writing(self, key: str, name: str) -> AbstractContextManager[Target]:
        """Where to write a file; it stands under its key once the context ends without an error, and not before.

        ``name`` is what a user's copy is to be called, where the storage hands it out itself.
        """

    def open(self, key: str, *, whole: bool) -> BinaryIO:
        """A file to read from anywhere; ``whole`` says that all of it will be read, more than once.

        Raises:
            FileNotFoundError: It is gone.

        """

    def size(self, key: str) -> int:
        """Bytes of a file.

        Raises:
            FileNotFoundError: It is gone.

        """

    def copy(self, source: str, key: str) -> None:
        """Let the bytes of one file stand under another key too, without moving them.

        Raises:
            FileNotFoundError: It is gone.

        """

    def delete(self, key: str) -> None:
        """Delete a file; one that is gone already is no error."""

    def forget(self, user_id: str, job_id: str) -> None:
        """Leave nothing behind of a job that has ended and whose files are deleted."""

    def files(self) -> Iterator[StoredFile]:
        """All files, and what was begun and never finished: uploads, folders that are empty."""

    def sweep(self, file: StoredFile) -> None:
        """Take away one of those, whatever it is."""

    def link(self, key: str) -> str | None:
        """A URL that gives the file to whoever has it, for a minute; None where there is none."""

    def free_bytes(self) -> int:
        """What the disk has left that files are written on."""

    def shared(self) -> "ObjectStore":
        """The same storage for all machines of a cluster, under the same keys; it pickles.

        Raises:
            UsageError: What it needs is not installed.

        """

    def check(self) -> None:
        """Raise when the storage cannot be used."""


def sha256_of(file: BinaryIO) -> str:
    """Of all that is left to read, in hexadecimal."""
    digest = hashlib.sha256()
    while piece := file.read(_PIECE_BYTES):
        digest.update(piece)
    return digest.hexdigest()
