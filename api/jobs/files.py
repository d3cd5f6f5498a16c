"""The file of a job, for whoever may have it now."""

from dataclasses import dataclass
from typing import Any, BinaryIO

from api.access.permissions import refuse_changed
from api.access.principal import Caller
from api.accounts.audit import Action, Event
from api.errors import ApiError, ErrorCode
from api.jobs import store
from api.log import LOG
from api.parts import Parts
from api.storage.base import sha256_of
from api.tables.models import RUNNING, Job, JobStatus


@dataclass(frozen=True, kw_only=True)
class OpenFile:
    """A file that is open, and the row that knows of it."""

    file: BinaryIO
    job: Job


def manifest_of(parts: Parts, caller: Caller, job: Job) -> dict[str, Any]:
    """The manifest of a completed job.

    Raises:
        ApiError: JOB_NOT_COMPLETED, JOB_EXPIRED, PERMISSIONS_CHANGED.

    """
    _refuse_unfinished(parts, job)
    manifest = job.manifest or {}
    refuse_changed(caller.principal.allowed, manifest.get("scope"))
    return manifest


def opened(parts: Parts, caller: Caller, job: Job, *, checked: bool = True, is_whole: bool = True) -> OpenFile:
    """Open a job's file; permissions are those of now.

    Args:
        parts: The service.
        caller: Who wants it.
        job: One's own.
        checked: Whether its digest is held against its row first.
        is_whole: Whether all of it will be read. Of a range only a local file is checked: all of it is at hand.

    Raises:
        ApiError: JOB_NOT_COMPLETED, JOB_EXPIRED, PERMISSIONS_CHANGED, FILE_NOT_FOUND.

    """
    manifest_of(parts, caller, job)
    try:
        file = parts.storage.open(job.storage_key or "", whole=checked and is_whole)
    except FileNotFoundError as error:
        _refuse_unfinished(parts, _again(parts, job))  # it may have expired just now
        raise _no_file(job) from error
    if checked and (is_whole or parts.storage.is_local) and sha256_of(file) != job.sha256:
        file.close()
        LOG.error("a stored file was changed", extra={"facts": {"job_id": job.id}})
        raise _no_file(job)
    return OpenFile(file=file, job=job)


def linked(parts: Parts, caller: Caller, job: Job) -> str | None:
    """A URL by which the storage itself gives a job's file; None where files come through the service.

    Raises:
        ApiError: As ``opened``.

    """
    if parts.settings.downloads == "proxied":
        return None
    manifest_of(parts, caller, job)
    try:
        parts.storage.size(job.storage_key or "")
    except FileNotFoundError as error:
        raise _no_file(job) from error
    return parts.storage.link(job.storage_key or "")


def record_download(parts: Parts, caller: Caller, job: Job) -> None:
    """Put on record that somebody had a file."""
    event = Event(
        action=Action.DOWNLOAD,
        user_id=caller.principal.id,
        job_id=job.id,
        record_count=job.processed_records,
        file_size=job.file_size,
        ip_address=caller.ip_address,
        user_agent=caller.user_agent,
    )
    with parts.database.writing() as session:
        parts.record(session, event)


def _refuse_unfinished(parts: Parts, job: Job) -> None:
    if job.status == JobStatus.EXPIRED.value or (job.expires_at is not None and job.expires_at <= parts.clock()):
        raise ApiError(ErrorCode.JOB_EXPIRED, "the file was kept its time, and is gone; export again")
    if job.status != JobStatus.COMPLETED.value:
        wait = {"Retry-After": "2"} if job.status in {status.value for status in RUNNING} else {}
        message = f"the job is {job.status}; a file is there once it has completed"
        raise ApiError(ErrorCode.JOB_NOT_COMPLETED, message, {"status": job.status}, headers=wait)


def _again(parts: Parts, job: Job) -> Job:
    with parts.database.reading() as session:
        return store.job_of(session, job.user_id, job.id) or job


def _no_file(job: Job) -> ApiError:
    message = "the file of this job is not there, or not as it was written; export again"
    return ApiError(ErrorCode.FILE_NOT_FOUND, message, {"job_id": job.id})
