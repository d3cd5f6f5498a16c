"""How a running export is stopped: from another thread, for a reason."""

import enum
import threading
from collections.abc import Iterator
from contextlib import contextmanager


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

    def wait(self, seconds: float) -> bool:
        """Wait until somebody asks, or the time is over."""
        return self._set.wait(seconds)


class Running:
    """The exports that run in this process, by job."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_job: dict[str, Interrupt] = {}

    @contextmanager
    def known(self, job_id: str) -> Iterator[Interrupt]:
        """Let others stop this job while the context lasts."""
        interrupt = Interrupt()
        with self._lock:
            self._by_job[job_id] = interrupt
        try:
            yield interrupt
        finally:
            with self._lock:
                self._by_job.pop(job_id, None)

    def stop(self, job_id: str, reason: Reason) -> None:
        """Stop a job, if it runs here."""
        with self._lock:
            interrupt = self._by_job.get(job_id)
        if interrupt is not None:
            interrupt.stop(reason)

    def stop_all(self, reason: Reason) -> None:
        """Stop everything that runs here."""
        with self._lock:
            interrupts = list(self._by_job.values())
        for interrupt in interrupts:
            interrupt.stop(reason)

    def __len__(self) -> int:
        """How many run here."""
        with self._lock:
            return len(self._by_job)
