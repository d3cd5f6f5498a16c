"""While a job runs: its lease is renewed, it is seen when the job is another's or cancelled, and its query is ended."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import SQLAlchemyError

from api.jobs import claims
from api.jobs.claims import Claim
from api.jobs.interrupt import Interrupt, Reason
from api.log import log_failure
from api.parts import Parts

_STOP_SECONDS = 0.1
"""How soon a stop that was asked for in this process ends the query, and how often it is tried."""
_LOOK_SECONDS = 0.5
"""How often the row is read: it may have been cancelled from another process."""


@contextmanager
def watched(parts: Parts, claim: Claim) -> Iterator[Interrupt]:
    """Watch over an attempt; once it was asked to stop, whatever it fails of is that.

    Raises:
        Stopped: The job was cancelled or is another worker's, or the service is stopped.

    """
    done = threading.Event()
    with parts.running.known(claim) as interrupt:
        watch = _Watch(parts, claim, interrupt)
        watcher = threading.Thread(target=watch.until, args=(done,), name="bellhop-watch", daemon=True)
        watcher.start()
        try:
            with interrupt.heard():
                yield interrupt
        finally:
            done.set()
            watcher.join()


class _Watch:
    """What the watching thread does."""

    def __init__(self, parts: Parts, claim: Claim, interrupt: Interrupt) -> None:
        self._parts, self._claim, self._interrupt = parts, claim, interrupt
        self._renewed = self._looked = time.monotonic()

    def until(self, done: threading.Event) -> None:
        """Watch until the attempt has ended."""
        while not done.wait(_STOP_SECONDS):
            try:
                self._interrupt.end_query()
                self._look(time.monotonic())
            except SQLAlchemyError as error:
                # Tables that are gone for a while cost the lease at most; the fence sees to the rest.
                log_failure("the tables cannot be reached", error, job_id=self._claim.job_id)
            except Exception as error:  # noqa: BLE001 - the outermost edge of a thread, which must go on
                log_failure("an export could not be stopped", error, job_id=self._claim.job_id)

    def _look(self, now: float) -> None:
        lease = self._parts.settings.lease
        if now - self._renewed >= lease.total_seconds() / 3:
            self._renewed = self._looked = now
            with self._parts.database.writing() as session:
                is_ours = claims.renew(session, self._claim, lease)
        elif now - self._looked >= _LOOK_SECONDS:
            self._looked = now
            with self._parts.database.reading() as session:
                is_ours = claims.is_held(session, self._claim)
        else:
            return
        if not is_ours:
            self._interrupt.stop(Reason.NOT_OURS)
