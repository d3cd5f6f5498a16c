"""Futures: settled by a call as executors settle theirs, and waited for so that an interrupt is heard."""

from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import TypeVar

T = TypeVar("T")

_HEARING_SECONDS = 0.2
"""How long an interrupt may go unheard."""


def settle(future: Future[T], call: Callable[[], T]) -> None:
    """Make a call; the future has its result or its error."""
    try:
        future.set_result(call())
    except BaseException as error:  # noqa: BLE001 - told by the future, as executors do
        future.set_exception(error)


def wait_for(future: Future[T]) -> None:
    """Wait for a while at a time: with Polars about, Ctrl-C ends no wait without an end."""
    while not future.done():
        wait([future], _HEARING_SECONDS)
