"""Claims: each job is run once a lease, by the database's clock, and nobody takes more than their share."""

import datetime as dt
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from api.jobs import claims, store
from api.jobs.claims import Claim
from api.jobs.worker import run_one
from api.tables.database import Database
from api.tables.models import Job, JobStatus
from tests.api.conftest import TABLES, Service, Someone, Start
from tests.api.test_jobs import row, submitted

everywhere = pytest.mark.parametrize("tables", TABLES, indirect=True)
LEASE = dt.timedelta(seconds=60)


def queued(service: Service, who: Someone, count: int) -> list[str]:
    """Rows of jobs that wait, as a submit writes them."""
    jobs = [
        Job(
            id=store.new_job_id(),
            user_id=who.id,
            export_type="supplier_summary",
            format="csv",
            filters={},
            options={},
            scope={"only": None, "without": []},
            status=JobStatus.PENDING.value,
            points_charged=0,
            request_hash="0" * 64,
            created_at=service.clock(),
        )
        for _ in range(count)
    ]
    with service.parts.database.writing() as session:
        session.add_all(jobs)
    return [job.id for job in jobs]


def claimed(service: Service, jobs_per_user: int = 100, lease: dt.timedelta = LEASE) -> Claim | None:
    with service.parts.database.writing() as session:
        return claims.claim(session, lease, jobs_per_user)


@everywhere
def test_sixteen_workers_run_two_hundred_jobs_once_each_and_no_user_has_more_than_their_share(start: Start) -> None:
    service, share = start(workers=0), 3
    users = [service.someone() for _ in range(5)]
    ids = [job_id for who in users for job_id in queued(service, who, 40)]
    taken: list[str] = []
    owners = service.query(lambda session: {job.id: job.user_id for job in session.scalars(select(Job))})
    running, most = Counter[str](), Counter[str]()
    counting = threading.Lock()

    def work(_: int) -> None:
        while len(taken) < len(ids):
            claim = service.parts.database.write(lambda session: claims.claim(session, LEASE, share), patience=LEASE)
            if claim is None:
                time.sleep(0.005)
                continue
            with counting:
                taken.append(claim.job_id)
                running[owners[claim.job_id]] += 1
                most.update({owner: max(most[owner], count) - most[owner] for owner, count in running.items()})
            time.sleep(0.002)
            with counting:
                running[owners[claim.job_id]] -= 1
            service.parts.database.write(partial(failed, claim), patience=LEASE)

    def failed(claim: Claim, session: Session) -> None:
        assert claims.fail(session, claim, service.clock(), "EXPORT_FAILED", "of a test")

    with ThreadPoolExecutor(16) as threads:
        list(threads.map(work, range(16)))
    assert sorted(taken) == sorted(ids)
    assert max(most.values()) <= share
    attempts = service.query(lambda session: session.scalars(select(Job.attempt)).all())
    assert list(attempts) == [1] * len(ids)


@everywhere
def test_a_user_who_has_their_share_running_lets_others_pass(start: Start) -> None:
    service = start(workers=0)
    first, second = service.someone(), service.someone()
    early, late = queued(service, first, 3), queued(service, second, 1)
    order = [claim.job_id if (claim := claimed(service, 2)) else None for _ in range(4)]
    assert {*order[:2]} <= {*early}
    assert order[2:] == [*late, None]
    with service.parts.database.writing() as session:
        assert claims.hand_back(session, Claim(job_id=str(order[0]), attempt=1))
    assert claimed(service, 2) is not None


@everywhere
def test_what_was_handed_back_is_not_lost_and_what_lapsed_is(start: Start) -> None:
    service = start(workers=0)
    (job_id,) = queued(service, service.someone(), 1)
    for attempt in range(1, 6):
        claim = claimed(service)
        assert claim == Claim(job_id=job_id, attempt=attempt)
        with service.parts.database.writing() as session:
            assert claims.hand_back(session, claim)
    assert row(service, job_id).lost_attempts == 0
    claimed(service, lease=dt.timedelta(0))
    time.sleep(0.01)
    assert claimed(service) == Claim(job_id=job_id, attempt=7)
    assert row(service, job_id).lost_attempts == 1
    assert claimed(service) is None


@everywhere
def test_a_failed_job_that_is_retried_stays_fenced_from_its_earlier_attempts(start: Start) -> None:
    service = start(workers=0)
    (job_id,) = queued(service, service.someone(), 1)
    late = claimed(service)
    assert late is not None
    with service.parts.database.writing() as session:
        claims.fail(session, late, service.clock(), "EXPORT_FAILED", "of a test")
        assert store.retry(session, job_id)
    again = claimed(service)
    assert again == Claim(job_id=job_id, attempt=2)
    with service.parts.database.writing() as session:
        assert not claims.renew(session, late, LEASE)
        assert claims.renew(session, again, LEASE)


ZONES = {"postgres": "SET TIME ZONE 'Pacific/Kiritimati'", "mysql": "SET time_zone = '+13:00'"}


@pytest.mark.parametrize("tables", ZONES, indirect=True)
def test_the_time_zone_of_a_session_moves_no_lease(start: Start, tables: str) -> None:
    service = start(workers=0)
    (job_id,) = queued(service, service.someone(), 1)
    with service.parts.database.writing() as session:
        session.execute(text(ZONES[tables]))
        claim = claims.claim(session, LEASE, 1)
        assert claim is not None
    assert claimed(service) is None
    until = row(service, job_id).lease_until
    assert until is not None
    assert dt.timedelta(0) < until - service.clock() <= LEASE


def test_a_transaction_is_tried_again_when_the_tables_were_away(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer to the commit that publishes is lost: the file is the job's all the same, and paid for once."""
    service = start(workers=0)
    who = service.someone()
    job_id = submitted(service, who)
    writing, lost = Database.writing, list[str]()

    @contextmanager
    def lossy(database: Database) -> Iterator[Session]:
        with writing(database) as session:
            yield session
        if not lost and row(service, job_id).status == "completed":
            lost.append(job_id)
            raise OperationalError("COMMIT", {}, ConnectionError("no answer"))

    monkeypatch.setattr(Database, "writing", lossy)
    assert run_one(service.parts)
    monkeypatch.undo()
    assert lost == [job_id]
    job = row(service, job_id)
    assert (job.status, job.attempt) == ("completed", 1)
    assert service.call("GET", f"/download/{job_id}", who).status_code == 200


def test_a_lease_that_is_renewed_outlives_its_time(start: Start) -> None:
    service = start(workers=0)
    (job_id,) = queued(service, service.someone(), 1)
    claim = claimed(service, lease=dt.timedelta(0))
    assert claim is not None
    with service.parts.database.writing() as session:
        session.execute(update(Job).where(Job.id == job_id).values(lease_until=service.clock()))
        assert claims.renew(session, claim, LEASE)
    assert claimed(service) is None
