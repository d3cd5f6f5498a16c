"""A session on a MySQL or MariaDB server: text in, rows out, from whatever thread asks.

asyncmy needs an event loop, and a caller may have one of its own, as notebooks do: so the session's runs on a thread
of its own. It runs only while something is asked: a loop that goes on would read rows ahead, without a bound.
"""

import asyncio
import socket
import struct
from collections.abc import Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from threading import TIMEOUT_MAX
from typing import Any, TypeVar

import asyncmy
from asyncmy import errors
from asyncmy.cursors import SSCursor

from pipeline.errors import SourceUnavailable
from pipeline.mysql_address import CONNECT_SECONDS, Address

T = TypeVar("T")

Row = tuple[object, ...]
"""One row: integers as int, floats as float, all else as text, as the server writes it; bytes where it is none."""

_RECEIVED_BYTES = 2**17
"""What the system may hold of the server's answer: the driver takes all of it whenever its loop turns."""
_CLIENT = range(2000, 3000)
"""Numbers of what a driver finds out by itself: a connection that is lost, or an answer that makes no sense."""
_ENDED = frozenset({1040, 1053, 1152, 1158, 1159, 1160, 1161, 1205, 1317, 1927, 1969, 3024, 4031})
"""Numbers by which a server tells that it stops, hangs up, or ended a statement or a session (error reference)."""


@contextmanager
def connected(address: Address) -> Iterator["Session"]:
    """Log in, once.

    Raises:
        SourceUnavailable: The server is not there, is silent, or refuses.

    """
    with closing(Loop()) as loop:
        session = Session(loop, address, loop.run(_logged_in(address)))
        try:
            session.find_place()
            yield session
        finally:
            session.close()


class Loop:
    """An event loop on a thread of its own: whoever asks may have one running, as notebooks do."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="bellhop-mysql")
        self._runner = asyncio.Runner()
        self._task: asyncio.Task[Any] | None = None

    def run(self, asked: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end."""
        # Without a timeout, Ctrl-C would be heard only at the end.
        return self._thread.submit(self._runner.run, self._as_task(asked)).result(TIMEOUT_MAX)

    async def _as_task(self, asked: Coroutine[Any, Any, T]) -> T:
        self._task = asyncio.current_task()
        try:
            return await asked
        finally:
            self._task = None

    def stop(self) -> None:
        """End what is run, wherever it waits."""
        task = self._task
        if task is not None:
            task.get_loop().call_soon_threadsafe(task.cancel)

    def close(self) -> None:
        """End the loop, where it ran, and its thread."""
        self._thread.submit(self._runner.close).result(TIMEOUT_MAX)
        self._thread.shutdown()


async def _logged_in(address: Address) -> asyncmy.Connection:
    try:
        connection = await asyncio.wait_for(asyncmy.connect(**address.arguments()), CONNECT_SECONDS)
    except TimeoutError as error:
        raise SourceUnavailable(f"MySQL cannot be reached: {address.place} does not answer") from error
    except errors.Error as error:
        raise SourceUnavailable(f"MySQL cannot be reached: {told(error)}") from error
    except (struct.error, LookupError, ValueError) as error:  # the driver takes a greeting apart unseen
        raise SourceUnavailable(f"MySQL cannot be reached: what answers at {address.place} is none") from error
    transport = connection._transport  # type: ignore[attr-defined] # noqa: SLF001 - it has no way to say this
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVED_BYTES)
    return connection


class Session:
    """One connection; what is asked of it is asked in turn."""

    def __init__(self, loop: Loop, address: Address, connection: asyncmy.Connection) -> None:
        self._loop = loop
        self._address = address
        self._connection = connection
        self._place: str | None = None
        self._is_busy = False

    @property
    def is_mariadb(self) -> bool:
        """Whether it is MariaDB's server."""
        return "mariadb" in self._connection.get_server_info().lower()

    def find_place(self) -> None:
        """Ask where the server sees this session, so as to find it again."""
        self._place = self._loop.run(_place_of(self._connection, self._connection.thread_id()))

    def run(self, text: str) -> Sequence[Row]:
        """All rows of one statement."""
        return [row for rows in self.batches(text, 1_000) for row in rows]

    def columns(self, text: str) -> list[tuple[str, int]]:
        """The columns of a SELECT of no row: name, and the protocol's number of its type."""
        cursor = self._connection.cursor()
        with self._asked():
            self._loop.run(cursor.execute(text))
        return [(str(column[0]), column[1]) for column in cursor.description]

    def batches(self, text: str, batch_rows: int) -> Iterator[Sequence[Row]]:
        """The rows of one statement as they come; if they are not all taken, the session is of no more use."""
        cursor = self._connection.cursor(SSCursor)
        with self._asked():
            self._loop.run(cursor.execute(text))
            while rows := self._loop.run(cursor.fetchmany(batch_rows)):
                yield rows

    @contextmanager
    def _asked(self) -> Iterator[None]:
        """The server is at something, until it has answered."""
        self._is_busy = True
        try:
            yield
            self._is_busy = False
        except errors.Error as error:
            # Else the server itself ended the statement.
            self._is_busy = _number(error) in _CLIENT
            raise

    def interrupt(self) -> None:
        """Have the server stop what it is at, from another thread."""
        if self._is_busy:
            with closing(Loop()) as loop:
                loop.run(_killed(self._address, self._connection.thread_id(), self._place))

    def close(self) -> None:
        """End the session; the server stops what it is at."""
        self.interrupt()
        self._is_busy = False
        self._loop.stop()
        self._loop.run(_closed(self._connection))


async def _closed(connection: asyncmy.Connection) -> None:
    connection.close()


async def _killed(address: Address, session: int, place: str | None) -> None:
    with suppress(errors.Error, TimeoutError):
        await asyncio.wait_for(_kill(address, session, place), CONNECT_SECONDS)


async def _kill(address: Address, session: int, place: str | None) -> None:
    """Stop a session's statement from another; when the server is gone, so is the statement.

    A server that began anew gives old numbers to new sessions, which are somebody else's: so the place must be ours.
    """
    with closing(await asyncmy.connect(**address.arguments())) as killer:
        if place is not None and await _place_of(killer, session) == place:
            await killer.cursor().execute(f"KILL QUERY {session:d}")


async def _place_of(connection: asyncmy.Connection, session: int) -> str | None:
    """Host and port that a session comes from, as the server sees it; None when there is none of this number."""
    async with connection.cursor() as cursor:
        await cursor.execute("SHOW PROCESSLIST")
        return next((str(row[2]) for row in await cursor.fetchall() if row[0] == session), None)


def is_unavailable(error: errors.Error) -> bool:
    """Whether it says that the server, or the session, is gone or was stopped; else a statement was refused."""
    return isinstance(error, errors.InterfaceError) or _number(error) in _ENDED or _number(error) in _CLIENT


def _number(error: errors.Error) -> object:
    return error.args[0] if error.args else None


def told(error: errors.Error) -> str:
    """What the server or the driver says, its number aside."""
    return str(error.args[-1]).strip().partition("\n")[0] if error.args else type(error).__name__
