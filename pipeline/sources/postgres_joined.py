"""The rows of a chunk in a moment that another process holds: one session, one table after another.

By COPY: a read by ConnectorX is a pool whose threads stay for half a minute; so many chunks would leave thousands.
"""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack

import polars as pl

from pipeline.errors import SourceUnavailable
from pipeline.sources.dealt import Part
from pipeline.sources.postgres_rows import rows_of
from pipeline.sources.postgres_session import BEGIN, connected, mapped

_LOCK_TIMEOUT = "SET LOCAL lock_timeout = '10s'"
"""Who alters a table waits for the session that holds the moment, that one for us, we for the table: not for long."""


def read_joined(
    parts: Iterable[Part], *, url: str, label: str, snapshot: str, read_seconds: float
) -> Iterator[tuple[Part, pl.DataFrame]]:
    """Parts and all their rows, in their order, in the server's types.

    Raises:
        SourceUnavailable: The server cannot be reached from here, went away or is silent.
        SourceError: A part cannot be read, or the moment is held no more.

    """
    with mapped(label), ExitStack() as opened:
        try:
            session, _ = opened.enter_context(connected(url, label=label, read_seconds=read_seconds))
        except SourceUnavailable as error:
            advice = "each worker reads it: give them a way to it, or add ?read_by=holder to its URL"
            raise SourceUnavailable(f"{error}; {advice}") from error
        for statement in (BEGIN, f"SET TRANSACTION SNAPSHOT '{snapshot}'", _LOCK_TIMEOUT):
            session.run(statement)
        for part in parts:
            yield from ((part, rows) for rows in rows_of(session, part))
