"""Whether a catalogue is still what it was: proved by a version, never assumed from the time that went by.

By the word of its operator, ``version.sql`` in ``sql_dir``: one row and one text column, ``version``, that is another
after every change and never one that was before, such as the number of the last load or a set of GTIDs. Without one
the files of an embedded database prove it: which they are, how long, and when they were last changed. For those who
have neither there is no version.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlglot import exp

from pipeline.errors import SourceError
from pipeline.query import Statement
from pipeline.schema import Column
from pipeline.sources.base import Source

_SETTLED_NS = 2_000_000_000
"""A file that was changed so recently proves nothing: another change could leave the same time, by a coarse clock."""
_BESIDE = (".wal", "-wal", "-journal")
"""What DuckDB and SQLite write changes to first, beside the file."""
_COLUMN = Column(name="version")


@dataclass(frozen=True, kw_only=True)
class Version:
    """What no other state of a catalogue has."""

    token: str
    source: Source
    query: exp.Query | None

    def still_holds(self) -> bool:
        """Whether the catalogue has it now: then nothing changed since it was read. False where it cannot be asked."""
        try:
            now = version_of(self.source, self.query)
        except SourceError:
            return False
        return now is not None and now.token == self.token


def version_of(source: Source, query: exp.Query | None) -> Version | None:
    """The version of a catalogue now; None where nothing proves one.

    Raises:
        SourceError: The query cannot be run, or gives no such column.

    """
    token = _of_files(source.files) if query is None else _told(source, query)
    return None if token is None else Version(token=token, source=source, query=query)


def _of_files(files: Sequence[Path]) -> str | None:
    found = [_state(path) for file in files for path in (file, *(Path(f"{file}{end}") for end in _BESIDE))]
    is_settled = bool(found) and all(changed < time.time_ns() - _SETTLED_NS for *_, changed in found)
    return repr(found) if is_settled else None


def _state(path: Path) -> tuple[int, ...]:
    """Device, inode, size, time of the content, and the later of the times of content and inode."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return (0,)
    if not found.st_size:
        return (0,)  # nothing is written there; whoever reads a SQLite file in WAL mode has one beside it meanwhile
    # The inode's own time cannot be set back, as rsync and cp do with the content's.
    changed = max(found.st_mtime_ns, found.st_ctime_ns)
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, changed)


def _told(source: Source, query: exp.Query) -> str | None:
    """What an operator's query says; an empty text is what a server has that counts nothing, and proves nothing."""
    with source.snapshot() as snapshot:
        rows = snapshot.read(Statement(select=query, values={}), (_COLUMN,), "version")[_COLUMN.name]
    return (rows[0] or None) if len(rows) == 1 else None
