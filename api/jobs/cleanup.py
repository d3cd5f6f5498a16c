"""What is over its time is taken away: files, what was left beside them, and old rows."""

import threading
import time
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import delete, select, update

from api.accounts.audit import ActivityLog
from api.jobs.keys import owner_of
from api.log import log_failure
from api.parts import Parts
from api.storage.base import StorageUnavailable, StoredFile
from api.tables.models import RUNNING, Job, JobStatus

_LEFT_SECONDS = 3600.0
"""A file that no job knows of is left alone so long: it may be on its way."""
_AT_ONCE = 1_000
"""Files that expire in one transaction: a statement takes only so many values."""


@dataclass(frozen=True, kw_only=True)
class Cleaned:
    """What was taken away."""

    expired: int
    leftovers: int
    jobs: int
    activities: int


def clean_up(parts: Parts, *, left_seconds: float = _LEFT_SECONDS) -> Cleaned:
    """Expire files, sweep leftovers, and drop rows of jobs and of the log that are past their days."""
    return Cleaned(
        expired=_expire(parts),
        jobs=_drop_jobs(parts),
        activities=_drop_log(parts),
        leftovers=_sweep(parts, left_seconds),  # the last: it needs the storage
    )


def run_regularly(parts: Parts) -> None:
    """Clean up at the beginning and at each interval, until the service stops; an interval of 0 leaves it to others."""
    interval = parts.settings.cleanup_interval.total_seconds()
    while interval and not parts.stopping.is_set():
        try:
            clean_up(parts)
        except Exception as error:  # noqa: BLE001 - the outermost edge of a thread; the next hour may be better
            log_failure("clean-up failed", error)
        parts.stopping.wait(interval)


def cleaner(parts: Parts) -> threading.Thread:
    """A thread that cleans up; it has ended soon after ``stopping`` is set."""
    return threading.Thread(target=run_regularly, args=(parts,), name="bellhop-cleanup", daemon=True)


def _expire(parts: Parts) -> int:
    """How many files were over their time."""
    expired = 0
    while some := _expire_some(parts):
        expired += some
    return expired


def _expire_some(parts: Parts) -> int:
    """The row goes first: from then on nobody opens the file."""
    over = (Job.status == JobStatus.COMPLETED.value, Job.expires_at <= parts.clock())
    with parts.database.writing() as session:
        jobs = session.execute(select(Job.id, Job.user_id, Job.storage_key).where(*over).limit(_AT_ONCE)).all()
        session.execute(
            update(Job)
            .where(Job.id.in_([job.id for job in jobs]), *over)
            .values(status=JobStatus.EXPIRED.value, storage_key=None)
        )
    with suppress(StorageUnavailable):  # nobody knows of the files any more: they are swept
        for job_id, user_id, key in jobs:
            if key:
                parts.storage.delete(key)
                parts.storage.forget(user_id, job_id)
    return len(jobs)


def _sweep(parts: Parts, left_seconds: float) -> int:
    swept = 0
    for file in parts.storage.files():
        if time.time() - file.modified >= left_seconds and _is_left(parts, file):
            parts.storage.sweep(file)
            swept += 1
    return swept


def _is_left(parts: Parts, file: StoredFile) -> bool:
    """Whether a file is of a job, but neither a completed one's nor one that a running job may still make."""
    owner = owner_of(file.key)
    if owner is None:
        return False  # somebody else's, who has the place too
    user_id, job_id = owner
    known = select(Job.status, Job.storage_key).where(Job.id == job_id, Job.user_id == user_id)
    with parts.database.reading() as session:
        job = session.execute(known).one_or_none()
    if job is None:
        return True
    is_running = job.status in {status.value for status in RUNNING}
    return not is_running and not (job.status == JobStatus.COMPLETED.value and job.storage_key == file.key)


def _drop_jobs(parts: Parts) -> int:
    ended = Job.status.not_in([status.value for status in RUNNING])
    before = parts.clock() - parts.settings.audit_retention
    with parts.database.writing() as session:
        gone = session.execute(delete(Job).where(ended, Job.storage_key.is_(None), Job.created_at < before))
        return int(gone.rowcount)  # type: ignore[attr-defined]  # a DELETE's result has it


def _drop_log(parts: Parts) -> int:
    if not isinstance(parts.audit, ActivityLog):
        return 0  # somebody else's log
    with parts.database.writing() as session:
        return parts.audit.clean(session, parts.clock() - parts.settings.audit_retention)
