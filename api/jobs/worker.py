"""Workers: threads that take jobs from the table and run them, one at a time each."""

import threading
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError

from api.errors import ApiError, ErrorCode
from api.jobs import store
from api.jobs.interrupt import Interrupt, Reason, Stopped
from api.jobs.run import Attempt, allowed_of, give_up
from api.jobs.store import Claim
from api.log import LOG, log_failure
from api.parts import Parts
from api.tables.models import Job

_POLL_SECONDS = 0.5
_AFTER_AN_ERROR_SECONDS = 2.0
_LAST_SECONDS = timedelta(seconds=5)
"""What exports that were asked to stop have for it."""


class Workers:
    """The workers of one process."""

    def __init__(self, parts: Parts, count: int) -> None:
        self._parts = parts
        names = [f"bellhop-worker-{number}" for number in range(count)]
        self._threads = [threading.Thread(target=self._work, name=name, daemon=True) for name in names]

    def start(self) -> None:
        """Begin to take jobs."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Take no more; give running jobs their time, then hand them back."""
        self._parts.stopping.set()
        self._parts.waiting.set()
        self._join(self._parts.settings.grace)
        self._parts.running.stop_all(Reason.SHUTDOWN)
        self._join(_LAST_SECONDS)

    def _join(self, within: timedelta) -> None:
        for thread in self._threads:
            thread.join(within.total_seconds() / max(1, len(self._threads)))

    def _work(self) -> None:
        while not self._parts.stopping.is_set():
            try:
                if not run_one(self._parts):
                    self._parts.waiting.wait(_POLL_SECONDS)
                    self._parts.waiting.clear()
            except SQLAlchemyError as error:
                log_failure("the tables cannot be reached", error)
                self._parts.stopping.wait(_AFTER_AN_ERROR_SECONDS)


def run_one(parts: Parts) -> bool:
    """Take a job and run it; False when there is none to take."""
    _bury_exhausted(parts)
    claimed = _claimed(parts)
    if claimed is None:
        return False
    job, claim = claimed
    LOG.info("job started", extra={"facts": {"job_id": job.id, "attempt": claim.attempt}})
    with parts.running.known(job.id) as interrupt:
        try:
            _export(parts, job, claim, interrupt)
        except Stopped as stopped:
            _let_go(parts, claim, stopped.reason)
        except Exception as error:  # noqa: BLE001 - the outermost edge of a job
            give_up(parts, job, claim, error)
    LOG.info("job ended", extra={"facts": {"job_id": job.id, "attempt": claim.attempt}})
    return True


def _export(parts: Parts, job: Job, claim: Claim, interrupt: Interrupt) -> None:
    """Run a job as its row says; it counts again, since the catalogue may have grown."""
    catalogue = parts.catalogue(job.id)
    export = catalogue.export(job.export_type, job.filters, allowed=allowed_of(job.scope))
    with export.at_one_moment() as held:
        job.total_records = held.count()
        interrupt.check()
        Attempt(parts=parts, job=job, claim=claim, interrupt=interrupt, tells_progress=True).run(held)


def _claimed(parts: Parts) -> tuple[Job, Claim] | None:
    with parts.database.writing() as session:
        claim = store.claim(session, parts.settings.lease, parts.settings.max_attempts)
        if claim is None:
            return None
        job = session.get(Job, claim.job_id)
        assert job is not None  # noqa: S101 - it was claimed in this transaction
        session.expunge(job)
        return job, claim


def _let_go(parts: Parts, claim: Claim, reason: Reason) -> None:
    if reason is Reason.SHUTDOWN:
        with parts.database.writing() as session:
            store.hand_back(session, claim)


def _bury_exhausted(parts: Parts) -> None:
    """End the jobs that killed their worker each time."""
    with parts.database.reading() as session:
        lost = store.exhausted(session, parts.settings.max_attempts)
    for claim in lost:
        with parts.database.reading() as session:
            job = session.get(Job, claim.job_id)
        if job is not None:
            message = f"the export ended its worker {claim.attempt} times; its points are back"
            give_up(parts, job, claim, ApiError(ErrorCode.EXPORT_FAILED, message))
