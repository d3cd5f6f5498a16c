"""How a running export is stopped: from another thread, for a reason."""

import enum
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from api.jobs.claims import Claim


class Reason(enum.Enum):
    """Why an export is stopped."""

    NOT_OURS = "its job was cancelled, or another worker has it"
    SHUTDOWN = "the service is stopped"


class Stopped(Exception):
    """The export was stopped; there is no file."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class Interrupt:
    """Asks one export to stop."""

    def __init__(self) -> None:
        self._set = threading.Event()
        self._reason = Reason.NOT_OURS
        self._end_query: Callable[[], None] | None = None

    def stop(self, reason: Reason) -> None:
        """Ask; the first reason stands."""
        if not self._set.is_set():
            self._reason = reason
            self._set.set()

    def check(self) -> None:
        """Raise when somebody asked.

        Raises:
            Stopped: Somebody did.

        """
        if self._set.is_set():
            raise Stopped(self._reason)

    @contextmanager
    def ending(self, end_query: Callable[[], None]) -> Iterator[None]:
        """Know how to end what the export's thread waits for, while the context lasts."""
        self._end_query = end_query
        try:
            yield
        finally:
            self._end_query = None

    def end_query(self) -> None:
        """Once somebody asked, end what the thread waits for now; ask again, since it may go on to the next."""
        end_query = self._end_query
        if self._set.is_set() and end_query is not None:
            end_query()

    @contextmanager
    def heard(self) -> Iterator[None]:
        """What fails after somebody asked was stopped, and is no failure.

        Raises:
            Stopped: Instead of that.

        """
        try:
            yield
        except Exception:
            self.check()
            raise


class Running:
    """The exports that run in this process, by their claims."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_claim: dict[Claim, Interrupt] = {}

    @contextmanager
    def known(self, claim: Claim) -> Iterator[Interrupt]:
        """Let others stop this attempt while the context lasts."""
        interrupt = Interrupt()
        with self._lock:
            self._by_claim[claim] = interrupt
        try:
            yield interrupt
        finally:
            with self._lock:
                del self._by_claim[claim]

    def stop(self, job_id: str, reason: Reason) -> None:
        """Stop a job, if it runs here."""
        with self._lock:
            interrupts = [interrupt for claim, interrupt in self._by_claim.items() if claim.job_id == job_id]
        for interrupt in interrupts:
            interrupt.stop(reason)

    def stop_all(self, reason: Reason) -> None:
        """Stop everything that runs here."""
        with self._lock:
            interrupts = list(self._by_claim.values())
        for interrupt in interrupts:
            interrupt.stop(reason)

    def __len__(self) -> int:
        """How many run here."""
        with self._lock:
            return len(self._by_claim)
