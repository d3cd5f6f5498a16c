"""Waiting for a server, but not for ever: reads in threads of their own, which nobody has to wait for."""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial
from typing import TypeVar, cast

from pipeline.errors import SourceUnavailable
from pipeline.futures import settle, wait_for
from pipeline.url import READ_TIMEOUT

T = TypeVar("T")
R = TypeVar("R")

_END = object()
"""What comes after the last item."""
_LAST_SECONDS = 2.0
"""How long reads that were stopped may take to end."""
_AGAIN_SECONDS = 0.05
"""When a fetch is stopped again: between two statements there was nothing to stop."""


def begun(call: Callable[[], R]) -> "Future[R]":
    """A call under way; if it never ends, it does not keep the process."""
    future: Future[R] = Future()
    threading.Thread(target=settle, args=(future, call), name="bellhop-read", daemon=True).start()
    return future


def read_ahead(
    read: Callable[[T], R], items: Iterable[T], *, ahead: int, read_seconds: float, stop: Callable[[], None]
) -> Iterator[R]:
    """Read items side by side; results in their order.

    Memory: at most ``ahead`` results, the one that is used among them.

    Args:
        read: Reads one.
        items: What is to be read.
        ahead: How many are under way or used.
        read_seconds: Seconds that one may take.
        stop: Called when not all are used, whatever the reason: the reads under way shall end.

    Raises:
        TimeoutError: One took longer.

    """
    pending: deque[Future[R]] = deque()
    try:
        for item in items:
            pending.append(begun(partial(read, item)))
            if len(pending) >= ahead:
                yield pending[0].result(read_seconds)
                pending.popleft()
        while pending:
            yield pending[0].result(read_seconds)
            pending.popleft()
    finally:
        if pending:
            stop()
            wait(pending, _LAST_SECONDS)


def one_ahead(items: Iterable[T], *, stop: Callable[[], None]) -> Iterator[T]:
    """Items as they come, the next one fetched on a thread of its own meanwhile.

    An error of theirs comes in its place. Memory: one item more; the one that was given is not kept here.

    Args:
        items: What is to be fetched.
        stop: Called when not all are used, whatever the reason, until the one that is being fetched has come or failed.

    """
    iterator = iter(items)
    with ThreadPoolExecutor(1, thread_name_prefix="bellhop-read") as thread:
        coming = thread.submit(next, iterator, _END)
        try:
            come = [_heard(coming)]
            while come[0] is not _END:
                coming = thread.submit(next, iterator, _END)
                yield cast("T", come.pop())
                come.append(_heard(coming))
        finally:
            while not coming.done():
                stop()
                wait([coming], _AGAIN_SECONDS)


def _heard(coming: Future[T]) -> T:
    """What has come; an interrupt is heard meanwhile."""
    wait_for(coming)
    return coming.result()


def silent(label: str, read_seconds: float) -> SourceUnavailable:
    """Tell of a server that says nothing."""
    message = f"{label} gave no answer for {read_seconds:g} s; try again, or give it longer by ?{READ_TIMEOUT}=SECONDS"
    return SourceUnavailable(message)
