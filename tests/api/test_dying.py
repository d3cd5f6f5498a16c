"""A process that dies at a step of a job, whichever: another ends the job, and no point and no file is too many."""

import datetime as dt
import os
import signal
from dataclasses import dataclass
from multiprocessing import get_context

import pytest

from api.app import parts_of
from api.jobs import ending
from api.jobs.cleanup import clean_up
from api.jobs.interrupt import Reason
from api.jobs.steps import Step
from api.jobs.worker import run_one
from api.parts import Parts
from api.settings import Settings
from api.tables.models import Job, Role
from tests.api.conftest import Service, Start
from tests.api.test_jobs import everywhere, parts_left, row, soon, submitted
from tests.api.test_points_and_limits import ledger

RUNNING = (Step.CLAIMING, Step.CLAIMED, Step.COUNTED, Step.CHUNK, Step.WRITTEN, Step.PUBLISHING, Step.PUBLISHED)
LEASE = dt.timedelta(seconds=1)
_NURSERY = get_context("forkserver")
_NURSERY.set_forkserver_preload([__name__, "pipeline.sources.duckdb", "pipeline.writers.csv"])


@dataclass(frozen=True, kw_only=True)
class Doomed:
    """What a process does until it comes to its step."""

    settings: Settings
    job_id: str
    step: Step

    def __call__(self) -> None:
        parts = parts_of(self.settings, reached=lambda step: self._reached(parts, step))
        if self.step is Step.CANCELLING:
            with parts.database.reading() as session:
                job = session.get_one(Job, self.job_id)
            ending.cancel(parts, job)
        else:
            run_one(parts)

    def _reached(self, parts: Parts, step: Step) -> None:
        if step is self.step:
            os.kill(os.getpid(), signal.SIGKILL)
        if step is Step.COUNTED and self.step is Step.HANDING_BACK:
            parts.running.stop_all(Reason.SHUTDOWN)

    def die(self) -> None:
        process = _NURSERY.Process(target=self)
        process.start()
        process.join(60)
        assert process.exitcode == -signal.SIGKILL


def ended(service: Service, job_id: str) -> bool:
    run_one(service.parts)
    return row(service, job_id).status not in ("pending", "processing")


@everywhere
@pytest.mark.parametrize("step", [*RUNNING, Step.HANDING_BACK, Step.CANCELLING])
def test_a_job_whose_process_died_is_completed_once_and_paid_once(step: Step, start: Start) -> None:
    service = start(workers=0, lease=LEASE)
    who = service.someone(Role.GENERAL_USER, suppliers=("agoda",), points=100)
    job_id = submitted(service, who, "/hotels")
    Doomed(settings=service.parts.settings, job_id=job_id, step=step).die()
    soon(lambda: ended(service, job_id))
    job = row(service, job_id)
    assert (job.status, service.balance(who), ledger(service, who)) == ("completed", 90, 90)
    assert job.lost_attempts == int(step not in (Step.CLAIMING, Step.PUBLISHED, Step.CANCELLING))
    assert service.call("GET", f"/download/{job_id}", who).status_code == 200
    clean_up(service.parts, left_seconds=0)
    assert len(parts_left(service)) == 1


@everywhere
def test_a_job_that_failed_in_a_process_that_died_then_is_paid_back_once(start: Start) -> None:
    service = start(workers=0, lease=LEASE, max_records=4)
    who = service.someone(Role.GENERAL_USER, suppliers=("agoda", "ean", "hotelbeds", "Paximum"), points=100)
    job_id = submitted(service, who)
    fewer = service.parts.settings.model_copy(update={"max_records": 3})
    object.__setattr__(service.parts, "settings", fewer)
    Doomed(settings=fewer, job_id=job_id, step=Step.FAILING).die()
    assert (row(service, job_id).status, service.balance(who)) == ("processing", 90)
    soon(lambda: ended(service, job_id))
    job = row(service, job_id)
    assert (job.status, job.error_code, service.balance(who), ledger(service, who)) == (
        "failed",
        "EXPORT_TOO_LARGE",
        100,
        100,
    )
    clean_up(service.parts, left_seconds=0)
    assert parts_left(service) == []
