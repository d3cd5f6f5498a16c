"""The row of a job: each change of state is one conditional UPDATE, so that only one of two can win.

Whoever works on a job names their attempt: once another has taken the job over, their changes match no row.
"""

import datetime as dt
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import Session

from api.tables.database import database_now
from api.tables.models import RUNNING, Job, JobStatus, User

_ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")

SORTS: dict[str, ColumnElement[Any]] = {
    "created_at": Job.created_at.asc(),
    "-created_at": Job.created_at.desc(),
    "completed_at": Job.completed_at.asc(),
    "-completed_at": Job.completed_at.desc(),
    "file_size": Job.file_size.asc(),
    "-file_size": Job.file_size.desc(),
}
"""How a list of jobs can be sorted; ``-`` is the greatest first."""


@dataclass(frozen=True, kw_only=True)
class Claim:
    """The right to work on a job: while the lease holds, and nobody else has a later attempt."""

    job_id: str
    attempt: int


def new_job_id() -> str:
    """An id that nobody can guess."""
    return str(uuid.uuid4())


def lock_user(session: Session, user_id: str) -> None:
    """Let requests of one user be accepted one after another, until the transaction ends."""
    session.execute(select(User.id).where(User.id == user_id).with_for_update())


def job_of(session: Session, user_id: str, job_id: str) -> Job | None:
    """A user's job; another's is none."""
    if not _ID.fullmatch(job_id):
        return None
    job = session.get(Job, job_id)
    return job if job is not None and job.user_id == user_id and job.deleted_at is None else None


def with_idempotency_key(session: Session, user_id: str, key: str, since: dt.datetime) -> Job | None:
    """The job that a key stands for; a key from before ``since`` is free again."""
    job = session.scalar(select(Job).where(Job.user_id == user_id, Job.idempotency_key == key))
    if job is not None and job.created_at < since:
        session.execute(update(Job).where(Job.id == job.id).values(idempotency_key=None))
        return None
    return job


def history(  # noqa: PLR0913 - each is a parameter of the request
    session: Session,
    user_id: str,
    *,
    status: JobStatus | None,
    export_type: str | None,
    sort: str,
    limit: int,
    offset: int,
) -> tuple[Sequence[Job], int]:
    """A page of a user's jobs, and how many there are in all."""
    where: list[ColumnElement[bool]] = [Job.user_id == user_id, Job.deleted_at.is_(None)]
    where += [Job.status == status.value] if status else []
    where += [Job.export_type == export_type] if export_type else []
    total = session.scalar(select(func.count()).select_from(Job).where(*where)) or 0
    page = select(Job).where(*where).order_by(SORTS[sort], Job.id).limit(limit).offset(offset)
    return session.scalars(page).all(), total


def newest(session: Session, status: str | None, limit: int) -> Sequence[Job]:
    """Everybody's newest jobs."""
    jobs = select(Job).order_by(Job.created_at.desc(), Job.id).limit(limit)
    return session.scalars(jobs if status is None else jobs.where(Job.status == status)).all()


def retry(session: Session, job_id: str) -> bool:
    """Let a failed job be run again, at no cost: its points are back already; False when it has not failed."""
    changed = session.execute(
        update(Job)
        .where(Job.id == job_id, Job.status == JobStatus.FAILED.value)
        .values(
            status=JobStatus.PENDING.value,
            attempt=0,
            points_charged=0,
            completed_at=None,
            error_code=None,
            error_message=None,
        )
    )
    return bool(changed.rowcount)  # type: ignore[attr-defined]  # an UPDATE's result has it


def claim(session: Session, lease: dt.timedelta, max_attempts: int) -> Claim | None:
    """Take the oldest job that nobody works on, or whose worker was not heard of for its lease.

    The lease is measured by the database's clock. SKIP LOCKED lets workers pass each other; SQLite has one writer.
    """
    now = database_now(session)
    waiting = or_(
        Job.status == JobStatus.PENDING.value,
        and_(Job.status == JobStatus.PROCESSING.value, Job.lease_until < now, Job.attempt < max_attempts),
    )
    oldest = select(Job).where(waiting).order_by(Job.created_at, Job.id).limit(1).with_for_update(skip_locked=True)
    job = session.scalar(oldest)
    if job is None:
        return None
    job.status, job.attempt = JobStatus.PROCESSING.value, job.attempt + 1
    job.lease_until, job.heartbeat_at = now + lease, now
    job.started_at = job.started_at or now
    job.progress_percentage = job.processed_records = 0
    session.flush()
    return Claim(job_id=job.id, attempt=job.attempt)


def begin_at_once(session: Session, job: Job, lease: dt.timedelta) -> Claim:
    """Claim a job that is not in the table yet: a direct export."""
    now = database_now(session)
    job.status, job.attempt, job.started_at = JobStatus.PROCESSING.value, 1, now
    job.lease_until, job.heartbeat_at = now + lease, now
    return Claim(job_id=job.id, attempt=1)


def exhausted(session: Session, max_attempts: int) -> Sequence[Claim]:
    """The claims of jobs whose last attempt was not heard of for its lease: they killed their workers."""
    lost = select(Job.id, Job.attempt).where(
        Job.status == JobStatus.PROCESSING.value, Job.lease_until < database_now(session), Job.attempt >= max_attempts
    )
    return [Claim(job_id=job_id, attempt=attempt) for job_id, attempt in session.execute(lost)]


def renew(session: Session, claimed: Claim, lease: dt.timedelta) -> bool:
    """Hold the lease longer; False when the job is not this attempt's any more."""
    now = database_now(session)
    return _changed(session, claimed, lease_until=now + lease, heartbeat_at=now)


def tell_progress(session: Session, claimed: Claim, records: int, total: int) -> bool:
    """Say how far it is; False when the job is not this attempt's any more."""
    percentage = min(99, records * 100 // total) if total else 0
    return _changed(session, claimed, processed_records=records, total_records=total, progress_percentage=percentage)


def complete(session: Session, claimed: Claim, *, now: dt.datetime, kept: dt.timedelta, **facts: Any) -> bool:  # noqa: ANN401
    """Publish a file; False when the job is not this attempt's any more, and the file is nobody's."""
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
    """Let another worker have it: this one is stopped."""
    return _changed(session, claimed, status=JobStatus.PENDING.value, lease_until=None)


def delete(session: Session, job: Job, now: dt.datetime) -> bool:
    """Let a job that has ended be gone for its user; False when it has not ended."""
    changed = session.execute(
        update(Job)
        .where(Job.id == job.id, Job.status.not_in([status.value for status in RUNNING]))
        .values(deleted_at=now, idempotency_key=None, storage_key=None, expires_at=None)
        .execution_options(synchronize_session=False)
    )
    return bool(changed.rowcount)  # type: ignore[attr-defined]  # an UPDATE's result has it


def cancel(session: Session, job: Job, now: dt.datetime) -> bool:
    """Cancel a job that has not ended; False when it has."""
    changed = session.execute(
        update(Job)
        .where(Job.id == job.id, Job.status.in_([status.value for status in RUNNING]))
        .values(status=JobStatus.CANCELLED.value, completed_at=now, lease_until=None)
        .execution_options(synchronize_session=False)
    )
    return bool(changed.rowcount)  # type: ignore[attr-defined]  # an UPDATE's result has it


def _changed(session: Session, claimed: Claim, **values: Any) -> bool:  # noqa: ANN401 - columns of a row
    changed = session.execute(
        update(Job)
        .where(Job.id == claimed.job_id, Job.attempt == claimed.attempt, Job.status == JobStatus.PROCESSING.value)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return bool(changed.rowcount)  # type: ignore[attr-defined]  # an UPDATE's result has it
