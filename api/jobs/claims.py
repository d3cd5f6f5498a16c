"""Who works on a job: taken by a claim, held by a lease, fenced by the attempt.

Each change is one conditional UPDATE that names the attempt: once another has taken the job over, it matches no row.
All times are the database's. Nothing here needs more than READ COMMITTED, and no lock is held beyond its transaction.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import Session

from api.tables.database import database_now
from api.tables.models import Job, JobStatus, User


@dataclass(frozen=True, kw_only=True)
class Claim:
    """The right to work on a job: while the lease holds, and nobody else has a later attempt."""

    job_id: str
    attempt: int


def lock_user(session: Session, user_id: str) -> None:
    """Let what counts a user's jobs happen one after another, until the transaction ends.

    It is the first lock of a transaction: job, points and record come after, so that no two wait for each other.
    """
    # key_share: rows that point to the user may be written meanwhile.
    session.execute(select(User.id).where(User.id == user_id).with_for_update(key_share=True))


def next_user(session: Session, now: dt.datetime, jobs_per_user: int) -> str | None:
    """Whose job is the next: the oldest that nobody works on, of a user who has fewer than so many running."""
    waiting = select(Job.user_id).where(_is_free(now), Job.user_id.not_in(_served(now, jobs_per_user)))
    return session.scalar(waiting.order_by(Job.created_at, Job.id).limit(1))


def claim(session: Session, lease: dt.timedelta, jobs_per_user: int) -> Claim | None:
    """Take the next job: one that waits, or whose worker was not heard of for its lease.

    Claims of one user's jobs come one after another, so that the bound holds; those of others pass by. None when there
    is none, or when somebody was faster.
    """
    now = database_now(session)
    user_id = next_user(session, now, jobs_per_user)
    if user_id is None:
        return None
    lock_user(session, user_id)
    # Whoever held the lock may have taken a job: look again.
    mine = (_is_free(now), Job.user_id == user_id, Job.user_id.not_in(_served(now, jobs_per_user)))
    found = select(Job.id, Job.status, Job.attempt, Job.lost_attempts, Job.started_at).where(*mine)
    job = session.execute(found.order_by(Job.created_at, Job.id).limit(1)).first()
    if job is None:
        return None
    taken = session.execute(
        update(Job)
        .where(Job.id == job.id, Job.attempt == job.attempt, Job.status == job.status, _is_free(now))
        .values(
            status=JobStatus.PROCESSING.value,
            attempt=job.attempt + 1,
            lost_attempts=job.lost_attempts + (job.status == JobStatus.PROCESSING.value),
            lease_until=now + lease,
            heartbeat_at=now,
            started_at=job.started_at or now,
            progress_percentage=0,
            processed_records=0,
        )
        .execution_options(synchronize_session=False)
    )
    return Claim(job_id=job.id, attempt=job.attempt + 1) if _matched(taken) else None


def begin_at_once(session: Session, job: Job, lease: dt.timedelta) -> None:
    """Claim a job that is not in the table yet: a direct export."""
    now = database_now(session)
    job.status, job.attempt, job.started_at = JobStatus.PROCESSING.value, 1, now
    job.lease_until, job.heartbeat_at = now + lease, now


def is_held(session: Session, claimed: Claim) -> bool:
    """Whether the job is still this attempt's."""
    return session.scalar(select(Job.id).where(*_fence(claimed))) is not None


def renew(session: Session, claimed: Claim, lease: dt.timedelta) -> bool:
    """Hold the lease longer; False when the job is not this attempt's any more."""
    now = database_now(session)
    return _changed(session, claimed, lease_until=now + lease, heartbeat_at=now)


def tell_progress(session: Session, claimed: Claim, records: int, total: int) -> bool:
    """Say how far it is; False when the job is not this attempt's any more."""
    percentage = min(99, records * 100 // total) if total else 0
    return _changed(session, claimed, processed_records=records, total_records=total, progress_percentage=percentage)


def complete(session: Session, claimed: Claim, *, now: dt.datetime, kept: dt.timedelta, **facts: Any) -> bool:  # noqa: ANN401
    """Publish a file; False when the job is not this attempt's any more, or has been completed by it."""
    return _changed(
        session,
        claimed,
        status=JobStatus.COMPLETED.value,
        progress_percentage=100,
        completed_at=now,
        expires_at=now + kept,
        lease_until=None,
        **facts,
    )


def is_published(session: Session, claimed: Claim, key: str) -> bool:
    """Whether this attempt's file is the job's: told of a commit whose answer was lost."""
    published = (Job.id == claimed.job_id, Job.attempt == claimed.attempt, Job.storage_key == key)
    return session.scalar(select(Job.id).where(*published)) is not None


def fail(session: Session, claimed: Claim, now: dt.datetime, code: str, message: str) -> bool:
    """Give a job up; False when it is not this attempt's any more."""
    return _changed(
        session,
        claimed,
        status=JobStatus.FAILED.value,
        completed_at=now,
        lease_until=None,
        error_code=code,
        error_message=message,
    )


def hand_back(session: Session, claimed: Claim) -> bool:
    """Let another worker have it: this one is stopped, and not lost."""
    return _changed(session, claimed, status=JobStatus.PENDING.value, lease_until=None)


def _is_free(now: dt.datetime) -> ColumnElement[bool]:
    lapsed = and_(Job.status == JobStatus.PROCESSING.value, Job.lease_until < now)
    return or_(Job.status == JobStatus.PENDING.value, lapsed)


def _served(now: dt.datetime, jobs_per_user: int) -> Any:  # noqa: ANN401 - a subquery of SQLAlchemy's
    """Users who have as many jobs running as one may; direct exports wait for nobody and are not counted."""
    running = (Job.status == JobStatus.PROCESSING.value, Job.lease_until >= now, Job.is_direct.is_(False))
    return select(Job.user_id).where(*running).group_by(Job.user_id).having(func.count() >= jobs_per_user)


def _fence(claimed: Claim) -> tuple[ColumnElement[bool], ...]:
    return (Job.id == claimed.job_id, Job.attempt == claimed.attempt, Job.status == JobStatus.PROCESSING.value)


def _changed(session: Session, claimed: Claim, **values: Any) -> bool:  # noqa: ANN401 - columns of a row
    fenced = update(Job).where(*_fence(claimed)).values(**values).execution_options(synchronize_session=False)
    return _matched(session.execute(fenced))


def _matched(result: Any) -> bool:  # noqa: ANN401 - an UPDATE's result
    return bool(result.rowcount)
