"""The rows of jobs, as their users see them; each change of state is one conditional UPDATE: only one of two can win.

What those do who work on a job is in ``claims``.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session, defer

from api.jobs.keys import JOB_ID
from api.tables.models import RUNNING, Job, JobStatus

SORTS: dict[str, ColumnElement[Any]] = {
    "created_at": Job.created_at.asc(),
    "-created_at": Job.created_at.desc(),
    "completed_at": Job.completed_at.asc(),
    "-completed_at": Job.completed_at.desc(),
    "file_size": Job.file_size.asc(),
    "-file_size": Job.file_size.desc(),
}
"""How a list of jobs can be sorted; ``-`` is the greatest first."""

LIGHT = tuple(defer(column, raiseload=True) for column in (Job.filters, Job.manifest))
"""Rows without what may be megabytes: 100,000 ids asked for, or not found."""


def new_job_id() -> str:
    """An id that nobody can guess."""
    return str(uuid.uuid4())


def job_of(session: Session, user_id: str, job_id: str, *, is_whole: bool = True) -> Job | None:
    """A user's job; another's is none. One that is not whole has only what its status tells."""
    if not JOB_ID.fullmatch(job_id):
        return None
    job = session.get(Job, job_id, options=() if is_whole else LIGHT)
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
    where = _of_history(user_id, status, export_type)
    total = session.scalar(select(func.count()).select_from(Job).where(*where)) or 0
    page = select(Job).options(*LIGHT).where(*where).order_by(SORTS[sort], Job.id).limit(limit).offset(offset)
    return session.scalars(page).all(), total


def _of_history(user_id: str, status: JobStatus | None, export_type: str | None) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = [Job.user_id == user_id, Job.deleted_at.is_(None)]
    where += [Job.status == status.value] if status else []
    where += [Job.export_type == export_type] if export_type else []
    return where


def stored_bytes(session: Session) -> int:
    """Bytes of all files that are kept; those of deleted jobs are not."""
    kept = (Job.status == JobStatus.COMPLETED.value, Job.storage_key.is_not(None))
    return int(session.scalar(select(func.sum(Job.file_size)).where(*kept)) or 0)


def newest(session: Session, status: str | None, limit: int) -> Sequence[Job]:
    """Everybody's newest jobs."""
    jobs = select(Job).options(*LIGHT).order_by(Job.created_at.desc(), Job.id).limit(limit)
    return session.scalars(jobs if status is None else jobs.where(Job.status == status)).all()


def retry(session: Session, job_id: str) -> bool:
    """Let a failed job be run again, at no cost: its points are back already.

    False when it has not failed, or its user has deleted it.
    """
    changed = session.execute(
        update(Job)
        .where(Job.id == job_id, Job.status == JobStatus.FAILED.value, Job.deleted_at.is_(None))
        .values(
            status=JobStatus.PENDING.value,
            lost_attempts=0,
            points_charged=0,
            completed_at=None,
            error_code=None,
            error_message=None,
        )
    )
    return bool(changed.rowcount)  # type: ignore[attr-defined]  # an UPDATE's result has it


def delete(session: Session, job: Job, now: dt.datetime) -> bool:
    """Let a job that has ended be gone for its user; False when it has not ended."""
    changed = session.execute(
        update(Job)
        .where(Job.id == job.id, _has_ended())
        .values(**_gone(now))
        .execution_options(synchronize_session=False)
    )
    return bool(changed.rowcount)  # type: ignore[attr-defined]  # an UPDATE's result has it


def delete_ended(
    session: Session, user_id: str, now: dt.datetime, *, status: JobStatus | None, export_type: str | None
) -> list[tuple[str, str | None]]:
    """Let a user's jobs that have ended be gone; their ids, and the keys of their files.

    The transaction holds the user's lock: no job of theirs ends meanwhile.
    """
    where = [*_of_history(user_id, status, export_type), _has_ended()]
    found = session.execute(select(Job.id, Job.storage_key).where(*where)).all()
    session.execute(update(Job).where(*where).values(**_gone(now)).execution_options(synchronize_session=False))
    return [(job_id, key) for job_id, key in found]


def _has_ended() -> ColumnElement[bool]:
    return Job.status.not_in([status.value for status in RUNNING])


def _gone(now: dt.datetime) -> dict[str, Any]:
    """What is left of a row that its user deleted."""
    return {"deleted_at": now, "idempotency_key": None, "storage_key": None, "expires_at": None}


def cancel(session: Session, job: Job, now: dt.datetime) -> bool:
    """Cancel a job that has not ended; False when it has."""
    changed = session.execute(
        update(Job)
        .where(Job.id == job.id, Job.status.in_([status.value for status in RUNNING]))
        .values(status=JobStatus.CANCELLED.value, completed_at=now, lease_until=None)
        .execution_options(synchronize_session=False)
    )
    return bool(changed.rowcount)  # type: ignore[attr-defined]  # an UPDATE's result has it
