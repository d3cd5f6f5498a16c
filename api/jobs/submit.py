"""From a request to a job: all that can refuse it, in the order of spec.md §4, then one transaction that accepts it."""

import datetime as dt
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.access.permissions import refuse_unseen
from api.access.principal import Caller
from api.accounts.audit import Action, Event
from api.errors import ApiError, ErrorCode, library_told, storage_full, too_large
from api.jobs import claims, store
from api.jobs.asked import Asked, asked
from api.jobs.claims import Claim
from api.jobs.interrupt import Reason, Stopped
from api.jobs.run import Attempt, allowed_row, give_up, row_of
from api.jobs.steps import Step
from api.jobs.watch import watched
from api.parts import Parts
from api.tables.models import Job, JobStatus, User
from pipeline.export import Export

KEY_LASTS = dt.timedelta(hours=24)
"""How long an Idempotency-Key stands for its job."""
_AGENT_CHARACTERS = 255


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request for an export."""

    export_type: str
    body: Mapping[str, Any]
    caller: Caller
    idempotency_key: str | None = None
    respond_async: bool = False


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """What became of it."""

    job: Job
    headers: Mapping[str, str]
    """RateLimit headers; none for a request that came before."""
    is_replay: bool = False
    """Whether it came before."""


def submit(parts: Parts, request: Request) -> Accepted:
    """Accept a request: a direct export is completed then, a job waits.

    Raises:
        ApiError: It is refused, and cost nothing; or its direct export failed, and the points are back.

    """
    job_id = store.new_job_id()
    wanted = asked(parts.catalogue(job_id), request.export_type, request.body, request.caller.principal.allowed)
    with library_told(), wanted.export.at_one_moment() as held:
        refuse_unseen(held.scope())
        if replayed := _replayed(parts, request, wanted):
            return Accepted(job=replayed, headers={}, is_replay=True)
        records = held.count()
        if records > parts.settings.max_records:
            raise too_large(records, parts.settings.max_records)
        _refuse_without_space(parts)
        is_direct = records < parts.settings.async_threshold and not request.respond_async
        accepted = _accept(parts, request, wanted, _job(parts, request, wanted, job_id, records, is_direct=is_direct))
        if accepted.job.id == job_id and is_direct:
            return Accepted(job=_exported(parts, accepted.job, held), headers=accepted.headers)
    parts.waiting.set()
    return accepted


def _exported(parts: Parts, job: Job, held: Export) -> Job:
    """The job of a direct export, completed, or as it is where a worker has taken it over.

    Raises:
        ApiError: It failed, or was cancelled meanwhile.

    """
    claim = Claim(job_id=job.id, attempt=job.attempt)
    try:
        with watched(parts, claim) as interrupt:
            attempt = Attempt(parts=parts, job=job, claim=claim, interrupt=interrupt, tells_progress=False)
            return attempt.run(held)
    except Stopped as stopped:
        if stopped.reason is Reason.SHUTDOWN:
            raise give_up(parts, job, claim, stopped) from stopped
        now = row_of(parts, job.id)
        if now.status != JobStatus.CANCELLED.value:
            return now  # a worker has it, since this process was not heard of for the lease
        message = "the export was cancelled; its points are back"
        raise ApiError(ErrorCode.EXPORT_FAILED, message, {"job_id": job.id}, is_on_record=True) from stopped
    except Exception as error:
        raise give_up(parts, job, claim, error) from error


def _replayed(parts: Parts, request: Request, wanted: Asked) -> Job | None:
    if request.idempotency_key is None:
        return None
    with parts.database.writing() as session:
        return _same(session, parts, request, wanted)


def _same(session: Session, parts: Parts, request: Request, wanted: Asked) -> Job | None:
    """The job that the request's key stands for.

    Raises:
        ApiError: IDEMPOTENCY_CONFLICT: it came with another request.

    """
    if request.idempotency_key is None:
        return None
    since = parts.clock() - KEY_LASTS
    job = store.with_idempotency_key(session, request.caller.principal.id, request.idempotency_key, since)
    if job is not None and job.request_hash != wanted.request_hash:
        message = "this Idempotency-Key came with another request in the last 24 hours; give a new key"
        raise ApiError(ErrorCode.IDEMPOTENCY_CONFLICT, message, {"job_id": job.id})
    return job


def _refuse_without_space(parts: Parts) -> None:
    with parts.database.reading() as session:
        stored = store.stored_bytes(session)
    settings = parts.settings
    if stored >= settings.storage_quota_bytes or parts.storage.free_bytes() < settings.storage_reserve_bytes:
        raise storage_full()


def _job(  # noqa: PLR0913 - the columns of a row
    parts: Parts, request: Request, wanted: Asked, job_id: str, records: int, *, is_direct: bool
) -> Job:
    principal = request.caller.principal
    return Job(
        id=job_id,
        user_id=principal.id,
        export_type=wanted.export_type,
        format=wanted.format.name,
        filters=wanted.export.filters,
        options=wanted.options.applied(),
        scope=allowed_row(principal.allowed),
        is_direct=is_direct,
        status=JobStatus.PENDING.value,
        progress_percentage=0,
        processed_records=0,
        attempt=0,
        lost_attempts=0,
        total_records=records,
        points_charged=parts.settings.export_cost if principal.pays else 0,
        idempotency_key=request.idempotency_key,
        request_hash=wanted.request_hash,
        ip_address=request.caller.ip_address,
        user_agent=(request.caller.user_agent or "")[:_AGENT_CHARACTERS] or None,
        created_at=parts.clock(),
    )


def _accept(parts: Parts, request: Request, wanted: Asked, job: Job) -> Accepted:
    """One transaction: the row, the points and the record, or none of them.

    Raises:
        ApiError: RATE_LIMITED, INSUFFICIENT_POINTS, IDEMPOTENCY_CONFLICT.

    """
    principal, now = request.caller.principal, parts.clock()
    with parts.database.writing() as session:
        know(session, request.caller, now)
        claims.lock_user(session, principal.id)
        if same := _same(session, parts, request, wanted):
            return Accepted(job=same, headers={}, is_replay=True)
        parts.rate.check(session, principal.id, now)
        if job.is_direct:
            claims.begin_at_once(session, job, parts.settings.lease)
        session.add(job)
        session.flush()
        if job.points_charged:
            parts.points.charge(session, principal.id, job.id, job.points_charged, now)
        parts.record(session, _event(request, job))
        quota = parts.rate.quota(session, principal.id, now)
        parts.reached(Step.ACCEPTING)
    parts.reached(Step.ACCEPTED)
    parts.metrics.points("charge", job.points_charged)
    return Accepted(job=job, headers=quota.headers)


def _event(request: Request, job: Job) -> Event:
    return Event(
        action=Action.EXPORT_ACCEPTED,
        user_id=job.user_id,
        job_id=job.id,
        filters=job.filters,
        record_count=job.total_records,
        ip_address=request.caller.ip_address,
        user_agent=request.caller.user_agent,
    )


def know(session: Session, caller: Caller, now: dt.datetime) -> None:
    """Have a row for a user whom somebody else's application logged in."""
    principal = caller.principal
    if session.get(User, principal.id) is None:
        user = User(id=principal.id, name=principal.id, role=principal.role.value, is_active=True, created_at=now)
        with suppress(IntegrityError), session.begin_nested():  # another request may have done so just now
            session.add(user)
