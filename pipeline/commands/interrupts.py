"""Signals that end a command: they unwind it, so that nothing half-made is left."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_ENDING = (signal.SIGINT, signal.SIGTERM)
_UNTOUCHED = (signal.SIG_DFL, signal.default_int_handler)
"""A signal that whoever started the command has switched off stays off."""
_NATIVE = "polars"
"""Its Python is called from its Rust, which panics when an exception comes out of nowhere."""
_AGAIN_SECONDS = 0.005

Interrupt = Callable[[int, FrameType | None], None]
"""What Python calls when a signal came, with the signal and with where it is."""


class Interrupted(BaseException):
    """A signal came; like KeyboardInterrupt it is no error that anybody should catch by accident."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@contextmanager
def interruptible() -> Iterator[None]:
    """Raise ``Interrupted`` from where SIGINT or SIGTERM finds the block.

    Native code may make another error of what the signal raised (DuckDB, in a query, a RuntimeError): once a signal
    came, every error is the signal's.
    """
    received: list[int] = []
    with _handled(_interrupt(received)):
        try:
            yield
        except BaseException:
            if not received:
                raise
            raise Interrupted(received[0]) from None


def _interrupt(received: list[int]) -> Interrupt:
    """Remember the signal, and raise it; while native code looks on, a little later."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        received.append(number)
        module = "" if frame is None else str(frame.f_globals.get("__name__"))
        if module.partition(".")[0] != _NATIVE:
            raise Interrupted(received[0])
        signal.setitimer(signal.ITIMER_REAL, _AGAIN_SECONDS)

    return interrupt


@contextmanager
def _handled(interrupt: Interrupt) -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in _ENDING if signal.getsignal(number) in _UNTOUCHED}
    before[signal.SIGALRM] = signal.getsignal(signal.SIGALRM)
    for number in before:
        signal.signal(number, interrupt)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)
