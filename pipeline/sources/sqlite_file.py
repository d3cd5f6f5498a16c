"""A SQLite file that is opened to be read, at one moment: nothing is written to it, and nothing left beside it."""

import enum
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from pipeline.errors import CatalogueMismatch, SourceError, SourceUnavailable
from pipeline.sources.sqlite_rows import as_microseconds, as_shown

_BUSY_SECONDS = 5.0
_HEADER_BYTES, _VERSIONS, _WAL = 20, slice(18, 20), b"\x02\x02"
"""Where a file says that it is in WAL mode (https://www.sqlite.org/fileformat2.html#file_format_version_numbers)."""

State = tuple[int, int, int]
"""Inode, size and time of the last change: what differs once a file was changed."""


class _Way(enum.StrEnum):
    """How a file is opened (https://www.sqlite.org/uri.html), so that nothing is left beside it."""

    READING = "mode=ro"
    """Beside a file in WAL mode it makes two others, unless they are there, and cannot take them away again."""
    TIDYING = "mode=rw"
    """It can. Nothing is written all the same (query_only)."""
    UNWATCHED = "mode=ro&immutable=1"
    """It makes none, and does not notice writers: so the file is compared with what it was when all was read."""


@dataclass(frozen=True, kw_only=True)
class OpenFile:
    """A file, and the connection that reads it in one transaction."""

    path: Path
    connection: sqlite3.Connection
    unwatched: State | None
    """What the file was before, where SQLite does not see it changed."""

    def let_go(self) -> None:
        """End the moment.

        Raises:
            SourceUnavailable: The file was changed meanwhile, unseen.

        """
        self.connection.close()
        if self.unwatched is not None and _state(self.path) != self.unwatched:
            message = f"{self.path} was changed while it was read, by a user who may not write to it; try again"
            raise SourceUnavailable(message)


@contextmanager
def opened(file: Path) -> Iterator[OpenFile]:
    """Open a file, and begin its moment; it is let go of at the end, if nobody did before.

    Raises:
        SourceUnavailable: It cannot be opened, or was changed meanwhile, unseen.
        SourceError: It is no database.
        CatalogueMismatch: Its texts have no order by code point.

    """
    with mapped(file):
        way, before = _way_in(file), _state(file)
        connection = _connected(file, way)
    with closing(connection):
        found = OpenFile(path=file, connection=connection, unwatched=before if way is _Way.UNWATCHED else None)
        yield found
        found.let_go()


def _way_in(file: Path) -> _Way:
    with file.open("rb") as database:
        is_wal = database.read(_HEADER_BYTES)[_VERSIONS] == _WAL
    if not is_wal or file.with_name(f"{file.name}-wal").exists():
        return _Way.READING
    return _Way.TIDYING if os.access(file, os.W_OK) and os.access(file.parent, os.W_OK) else _Way.UNWATCHED


def _state(file: Path) -> State:
    found = file.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns


def _connected(file: Path, way: _Way) -> sqlite3.Connection:
    uri = f"file:{quote(str(file.absolute()))}?{way}"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=_BUSY_SECONDS)
    try:
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute("PRAGMA query_only = 1")
        connection.create_function("MICROSECONDS", 1, as_microseconds, deterministic=True)
        connection.create_function("SHOWN", 1, as_shown, deterministic=True)
        connection.execute("BEGIN")
        # The transaction's moment is the first read; this one also tells whether the file is a database at all.
        encoding = connection.execute("SELECT encoding, (SELECT COUNT(*) FROM sqlite_master) FROM pragma_encoding")
        _check_encoding(file, encoding.fetchone()[0])
    except BaseException:
        connection.close()
        raise
    return connection


def _check_encoding(file: Path, encoding: str) -> None:
    if encoding != "UTF-8":
        message = f"{file} stores text as {encoding}, which has no order by code point; copy it to a UTF-8 database"
        raise CatalogueMismatch(message, found=encoding, wanted="UTF-8")


@contextmanager
def mapped(file: Path) -> Iterator[None]:
    """SQLite's errors as Bellhop's."""
    try:
        yield
    except OSError as error:
        raise SourceUnavailable(f"{file} cannot be opened now: {error.strerror}") from error
    except sqlite3.DatabaseError as error:
        # The low byte is the kind of error, whatever else is known of it (https://www.sqlite.org/rescode.html).
        kind = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if kind in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CANTOPEN):
            raise SourceUnavailable(f"{file} cannot be opened now: {error}; see who writes to it") from error
        if kind == sqlite3.SQLITE_READONLY and error.sqlite_errorcode != kind:
            message = f"{file} cannot be read without writing beside it: {error}; export a copy of all its files"
            raise SourceUnavailable(message) from error
        if kind == sqlite3.SQLITE_NOTADB:
            raise SourceError(f"{file} is not a SQLite database; give the file of a catalogue") from error
        raise SourceError(f"SQLite on {file}: {' '.join(str(error).split())}") from error
