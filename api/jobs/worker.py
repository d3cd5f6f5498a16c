"""Workers: threads that take jobs from the table and run them, one at a time each."""

import threading
import time
from concurrent.futures import Executor
from contextlib import AbstractContextManager
from datetime import timedelta
from functools import partial

from sqlalchemy.exc import SQLAlchemyError

from api.errors import ApiError, ErrorCode
from api.jobs import claims
from api.jobs.claims import Claim
from api.jobs.interrupt import Interrupt, Reason, Stopped
from api.jobs.keys import PIECES, key_of
from api.jobs.run import Attempt, allowed_of, give_up
from api.jobs.steps import Step
from api.jobs.watch import watched
from api.log import LOG, log_failure
from api.parts import Parts
from api.tables.database import database_now
from api.tables.models import Job
from pipeline.cluster import Encoders, encoders
from pipeline.errors import ExecutorUnavailable
from pipeline.pieces import leaving

_LOOK_SECONDS = 0.25
"""How often the table is looked at for jobs that another process accepted."""
_AFTER_AN_ERROR_SECONDS = 2.0
_LAST_SECONDS = timedelta(seconds=5)
"""What exports that were asked to stop have for it."""


class Workers:
    """The workers of one process."""

    def __init__(self, parts: Parts, count: int) -> None:
        self._parts = parts
        self._turn = threading.Lock()
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
        until = time.monotonic() + within.total_seconds()
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _work(self) -> None:
        while not self._parts.stopping.is_set():
            try:
                with self._turn:  # one looks for all: idle workers cost no more than one
                    taken = self._next()
                if taken is not None:
                    run(self._parts, *taken)
            except Exception as error:  # noqa: BLE001 - the outermost edge of a thread, which must go on
                log_failure("a worker failed", error)
                self._parts.stopping.wait(_AFTER_AN_ERROR_SECONDS)

    def _next(self) -> tuple[Job, Claim] | None:
        """Wait for a job and take it; None when there is to be no other."""
        waiting = self._parts.waiting
        while not self._parts.stopping.is_set():
            waiting.clear()
            if taken := take(self._parts):
                return taken
            waiting.wait(_LOOK_SECONDS)
        return None


def run_one(parts: Parts) -> bool:
    """Take a job and run it; False when there is none to take."""
    taken = take(parts)
    if taken is None:
        return False
    run(parts, *taken)
    return True


def take(parts: Parts) -> tuple[Job, Claim] | None:
    """Claim a job; the table is locked for nobody when there is none."""
    most = parts.settings.jobs_per_user
    with parts.database.reading() as session:
        if claims.next_user(session, database_now(session), most) is None:
            return None
    with parts.database.writing() as session:
        claim = claims.claim(session, parts.settings.lease, most)
        if claim is None:
            return None
        job = session.get_one(Job, claim.job_id)
        session.expunge(job)
        parts.reached(Step.CLAIMING)
    parts.reached(Step.CLAIMED)
    return job, claim


def run(parts: Parts, job: Job, claim: Claim) -> None:
    """Run a job that was claimed: it is completed, failed, handed back, or another's.

    Raises:
        SQLAlchemyError: The tables are away for longer than the lease: whoever is there then takes the job over.

    """
    LOG.info("job started", extra={"facts": {"job_id": job.id, "attempt": claim.attempt}})
    try:
        _refuse_lost(parts, job)
        with watched(parts, claim) as interrupt:
            _export(parts, job, claim, interrupt)
    except Stopped as stopped:
        _let_go(parts, claim, stopped.reason)
    except SQLAlchemyError:
        raise
    except ExecutorUnavailable as error:
        # Its lease is left to lapse: that is the time that a cluster has to come back before the next attempt.
        log_failure("the cluster or its storage was lost", error, job_id=job.id)
    except Exception as error:  # noqa: BLE001 - the outermost edge of a job
        give_up(parts, job, claim, error)
    LOG.info("job ended", extra={"facts": {"job_id": job.id, "attempt": claim.attempt}})


def _refuse_lost(parts: Parts, job: Job) -> None:
    """Refuse a job that ended its worker, or lost its cluster, each time.

    Raises:
        ApiError: EXPORT_FAILED.

    """
    if job.lost_attempts >= parts.settings.max_attempts:
        message = f"the export lost its worker or its cluster {job.lost_attempts} times; its points are back"
        raise ApiError(ErrorCode.EXPORT_FAILED, message)


def _export(parts: Parts, job: Job, claim: Claim, interrupt: Interrupt) -> None:
    """Run a job as its row says; it counts again, since the catalogue may have grown."""
    with encoders(parts.settings.cluster, partial(_by_storage, parts, job, claim)) as encoding:
        _export_on(encoding, parts, job, claim, interrupt)


def _by_storage(parts: Parts, job: Job, claim: Claim, executor: Executor) -> AbstractContextManager[Executor]:
    """Let a cluster leave its pieces beside the file that they are for."""
    folder = key_of(job.user_id, job.id, f"{claim.attempt}.{PIECES}")
    return leaving(executor, parts.storage.shared(), folder)


def _export_on(encoding: Encoders, parts: Parts, job: Job, claim: Claim, interrupt: Interrupt) -> None:
    catalogue = parts.catalogue(job.id, encoding.executor)
    export = catalogue.export(job.export_type, job.filters, allowed=allowed_of(job.scope))
    with export.at_one_moment() as held:
        with interrupt.ending(held.interrupt):
            job.total_records = held.count()
        parts.reached(Step.COUNTED)
        interrupt.check()
        attempt = Attempt(
            parts=parts, job=job, claim=claim, interrupt=interrupt, tells_progress=True, workers=encoding.workers
        )
        attempt.run(held)


def _let_go(parts: Parts, claim: Claim, reason: Reason) -> None:
    if reason is Reason.SHUTDOWN:
        with parts.database.writing() as session:
            claims.hand_back(session, claim)
            parts.reached(Step.HANDING_BACK)
