"""One attempt at a job: the file is written, and published by one conditional UPDATE; or nothing is left of it."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from api.accounts.audit import Action, Event
from api.errors import ApiError, told
from api.jobs import claims
from api.jobs.claims import Claim
from api.jobs.interrupt import Interrupt, Reason, Stopped
from api.jobs.keys import key_of
from api.jobs.repeat import repeat_key, repeated
from api.jobs.steps import Step
from api.log import log_failure
from api.parts import Parts
from api.storage.base import StorageUnavailable
from api.tables.models import Job, User
from pipeline.export import Export
from pipeline.formats import ENDINGS, FORMATS
from pipeline.manifest import Manifest
from pipeline.options import Options
from pipeline.place import file_stem
from pipeline.progress import Progress
from pipeline.publish import Target
from pipeline.scope import Allowed

_STEP_PERCENT = 10
"""Progress moves at least so often."""


def allowed_row(allowed: Allowed) -> dict[str, Any]:
    """What a user may see, as the row of a job keeps it."""
    only = None if allowed.only is None else sorted(allowed.only)
    return {"only": only, "without": sorted(allowed.without)}


def allowed_of(row: dict[str, Any]) -> Allowed:
    """What the row of a job says that its user may see."""
    only = None if row["only"] is None else frozenset(row["only"])
    return Allowed(only=only, without=frozenset(row["without"]))


def ending_of(job: Job) -> str:
    """What the name of a job's file ends in, without the dot."""
    compression = Options.model_validate(job.options).compression
    return f"{FORMATS[job.format].ending}{ENDINGS[compression]}"


@dataclass(frozen=True, kw_only=True)
class Written:
    """A file that is in the storage."""

    manifest: Manifest
    repeat_key: str | None
    """What an identical request would have, too."""
    is_repeat: bool = False
    """Whether it is an earlier job's file."""


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """Who writes which file."""

    parts: Parts
    job: Job
    claim: Claim
    interrupt: Interrupt
    tells_progress: bool
    workers: int | None = None
    """Chunks encoded at once, where the settings do not say."""

    def run(self, held: Export) -> Job:
        """Write the file and publish it; the job as it is then.

        Raises:
            BellhopError: The export failed.
            Stopped: The job is not this attempt's any more, or the service is stopped.

        """
        key = key_of(self.job.user_id, self.job.id, f"{self.claim.attempt}.{ending_of(self.job)}")
        with self.interrupt.ending(held.interrupt):
            written = self._write(held, key)
        self.parts.reached(Step.WRITTEN)
        patience = self.parts.settings.lease
        if not self.parts.database.write(lambda session: self._published(session, key, written), patience=patience):
            self.parts.storage.delete(key)
            raise Stopped(Reason.NOT_OURS)
        self.parts.reached(Step.PUBLISHED)
        if not written.is_repeat:
            self.parts.metrics.written(written.manifest)
        self.parts.metrics.ended(self.job.export_type, self.job.format, "completed")
        return row_of(self.parts, self.job.id)

    def _write(self, held: Export, key: str) -> Written:
        generated_by = _user_name(self.parts, self.job.user_id)
        repeat = repeat_key(self.parts, self.job, held, generated_by)
        if repeat and (manifest := repeated(self.parts, self.job, repeat, key)):
            return Written(manifest=manifest, repeat_key=repeat, is_repeat=True)
        manifest = self._stored(held, key, generated_by)
        is_proved = repeat is not None and held.version is not None and held.version.still_holds()
        return Written(manifest=manifest, repeat_key=repeat if is_proved else None)

    def _stored(self, held: Export, key: str, generated_by: str | None) -> Manifest:
        job, parts = self.job, self.parts
        name = f"{file_stem(job.export_type, parts.clock())}.{ending_of(job)}"
        with parts.storage.writing(key, name) as target:
            manifest = self._exported(held, target, generated_by)
        if parts.storage.size(key) != manifest.bytes:
            raise StorageUnavailable("the storage does not have all that it was given")
        return manifest.model_copy(update={"file_name": name, "source": parts.settings.source_label})

    def _exported(self, held: Export, target: Target, generated_by: str | None) -> Manifest:
        job, settings = self.job, self.parts.settings
        # Chunks of a job are small enough that each moves its progress by a step at most.
        chunk_rows = max(1, (job.total_records or 0) // _STEP_PERCENT) if self.tells_progress else None
        return held.write(
            target,
            format=job.format,
            **job.options,
            refuse_over=settings.max_records,
            progress=_Told(self),
            workers=settings.encoders or self.workers,
            chunk_rows=chunk_rows,
            generated_by=generated_by,
            user_id=job.user_id,
        )

    def _published(self, session: Session, key: str, written: Written) -> bool:
        parts, job, manifest = self.parts, self.job, written.manifest
        claims.lock_user(session, job.user_id)
        completed = claims.complete(
            session,
            self.claim,
            now=parts.clock(),
            kept=parts.settings.retention,
            storage_key=key,
            file_name=manifest.file_name,
            file_size=manifest.bytes,
            sha256=manifest.sha256,
            manifest=manifest.model_dump(mode="json"),
            repeat_key=written.repeat_key,
            total_records=manifest.records,
            processed_records=manifest.records,
        )
        if not completed:
            return claims.is_published(session, self.claim, key)
        if not manifest.records:
            give_back(parts, session, job)
        event = job_event(Action.EXPORT_COMPLETED, job, record_count=manifest.records, file_size=manifest.bytes)
        parts.record(session, event)
        parts.reached(Step.PUBLISHING)
        return True


class _Told:
    """Hears of every chunk: stops the export when that is asked for, else says how far it is."""

    def __init__(self, attempt: Attempt) -> None:
        self._attempt = attempt
        self._told_percent = 0

    def __call__(self, progress: Progress) -> None:
        """Hear of a chunk."""
        attempt = self._attempt
        attempt.interrupt.check()
        percent = progress.records * 100 // progress.total if progress.total else 100
        if attempt.tells_progress and percent > self._told_percent:
            self._told_percent = percent
            # Tables that are away for a while are no reason to begin anew.
            with suppress(SQLAlchemyError), attempt.parts.database.writing() as session:
                if not claims.tell_progress(session, attempt.claim, progress.records, progress.total):
                    raise Stopped(Reason.NOT_OURS)
            attempt.parts.reached(Step.CHUNK)


def give_up(parts: Parts, job: Job, claim: Claim, error: BaseException) -> ApiError:
    """End a job that failed: points back, on record; what its user is told of."""
    known = told(error)
    log_failure("export failed", error, job_id=job.id)

    def failed(session: Session) -> None:
        claims.lock_user(session, job.user_id)
        if claims.fail(session, claim, parts.clock(), known.code.value, known.message):
            give_back(parts, session, job)
            parts.record(session, job_event(Action.EXPORT_FAILED, job, success=False, details=known.code.value))
            parts.reached(Step.FAILING)

    parts.database.write(failed, patience=parts.settings.lease)
    parts.metrics.ended(job.export_type, job.format, "failed")
    known.is_on_record = True
    return known


def give_back(parts: Parts, session: Session, job: Job) -> None:
    """Give a job's points back, if it cost any."""
    if job.points_charged:
        parts.points.refund(session, job.user_id, job.id, job.points_charged, parts.clock())
        parts.metrics.points("refund", job.points_charged)


def job_event(action: Action, job: Job, *, success: bool = True, **facts: Any) -> Event:  # noqa: ANN401 - columns
    """Something that became of a job, for the record."""
    return Event(
        action=action,
        success=success,
        user_id=job.user_id,
        job_id=job.id,
        filters=job.filters,
        ip_address=job.ip_address,
        user_agent=job.user_agent,
        **facts,
    )


def row_of(parts: Parts, job_id: str) -> Job:
    """A job as it is now."""
    with parts.database.reading() as session:
        return session.get_one(Job, job_id)


def _user_name(parts: Parts, user_id: str) -> str | None:
    with parts.database.reading() as session:
        user = session.get(User, user_id)
        return None if user is None else user.name
