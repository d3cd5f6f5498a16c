"""How users end their jobs: cancel one that runs, delete one that has ended."""

from contextlib import suppress

from api.accounts.audit import Action
from api.errors import ApiError, ErrorCode
from api.jobs import store
from api.jobs.claims import lock_user
from api.jobs.interrupt import Reason
from api.jobs.run import give_back, job_event
from api.jobs.steps import Step
from api.parts import Parts
from api.storage.base import StorageUnavailable
from api.tables.models import Job


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
    if job.storage_key:
        with suppress(StorageUnavailable):  # nobody knows of the file any more: it is swept
            parts.storage.delete(job.storage_key)
            parts.storage.forget(job.user_id, job.id)
