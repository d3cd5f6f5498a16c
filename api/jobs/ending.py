"""How users end their jobs: cancel one that runs, delete one that has ended, or all of them."""

from collections.abc import Iterable
from contextlib import suppress

from api.access.principal import Caller
from api.accounts.audit import Action, Event
from api.errors import ApiError, ErrorCode
from api.jobs import store
from api.jobs.claims import lock_user
from api.jobs.interrupt import Reason
from api.jobs.run import give_back, job_event
from api.jobs.steps import Step
from api.parts import Parts
from api.storage.base import StorageUnavailable
from api.tables.models import Job, JobStatus


def cancel(parts: Parts, job: Job) -> None:
    """Cancel a job: points back, and its export stopped, in this process at once and in another as it looks.

    Raises:
        ApiError: JOB_FINISHED.

    """
    with parts.database.writing() as session:
        lock_user(session, job.user_id)
        if not store.cancel(session, job, parts.clock()):
            message = "the job has ended, and cannot be cancelled; delete it with DELETE /jobs/{job_id}"
            raise ApiError(ErrorCode.JOB_FINISHED, message)
        give_back(parts, session, job)
        parts.record(session, job_event(Action.EXPORT_CANCELLED, job))
        parts.reached(Step.CANCELLING)
    parts.running.stop(job.id, Reason.NOT_OURS)
    parts.metrics.ended(job.export_type, job.format, "cancelled")


def remove(parts: Parts, job: Job) -> None:
    """Delete a job that has ended, and its file.

    Raises:
        ApiError: JOB_NOT_COMPLETED.

    """
    with parts.database.writing() as session:
        if not store.delete(session, job, parts.clock()):
            message = "the job has not ended; cancel it first, with DELETE /cancel/{job_id}"
            raise ApiError(ErrorCode.JOB_NOT_COMPLETED, message, {"status": job.status})
        parts.record(session, job_event(Action.JOB_DELETED, job))
    _remove_files(parts, job.user_id, [(job.id, job.storage_key)])


def remove_ended(parts: Parts, caller: Caller, *, status: JobStatus | None, export_type: str | None) -> int:
    """Delete all of a user's jobs that have ended, and their files; how many."""
    user_id = caller.principal.id
    with parts.database.writing() as session:
        lock_user(session, user_id)
        gone = store.delete_ended(session, user_id, parts.clock(), status=status, export_type=export_type)
        for job_id, _ in gone:
            event = Event(
                action=Action.JOB_DELETED,
                user_id=user_id,
                job_id=job_id,
                ip_address=caller.ip_address,
                user_agent=caller.user_agent,
            )
            parts.record(session, event)
    _remove_files(parts, user_id, gone)
    return len(gone)


def _remove_files(parts: Parts, user_id: str, jobs: Iterable[tuple[str, str | None]]) -> None:
    with suppress(StorageUnavailable):  # nobody knows of the files any more: they are swept
        for job_id, key in jobs:
            if key:
                parts.storage.delete(key)
                parts.storage.forget(user_id, job_id)
