"""What must hold when all is over: every job ended, every file whole, nothing left, every point accounted for."""

import datetime as dt
import hashlib
import shutil
import tempfile
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from sqlalchemy import func, select
from sqlalchemy.orm import Session

import pipeline
from api.app import parts_of
from api.jobs.cleanup import clean_up
from api.jobs.run import allowed_of, ending_of
from api.tables.models import Job, Points, PointTransaction, User
from tests.chaos.arena import POINTS, Arena

_STEPS = 10
"""Into so many chunks a job is cut, at least."""
_MOST_LOST = 3


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What was found."""

    jobs: Counter[str]
    """By what they ended as."""
    attempts: Counter[int]
    lost: Counter[int]
    """Jobs by the number of attempts that ended with their worker."""
    swept: int
    """Files that were left, and taken away."""


def verdict(arena: Arena) -> Verdict:
    """Hold everything against what was promised.

    Raises:
        AssertionError: Something does not hold.

    """
    parts = parts_of(arena.settings)
    swept = clean_up(parts, left_seconds=0).leftovers
    with parts.database.reading() as session:
        jobs = list(session.scalars(select(Job)))
        names = {user.id: user.name for user in session.scalars(select(User))}
        moved = defaultdict(list)
        for row in session.scalars(select(PointTransaction).where(PointTransaction.job_id.is_not(None))):
            moved[row.job_id].append(row.amount)
        assert list(parts.audit.verify(session)) == []  # type: ignore[attr-defined]  # it is Bellhop's own
        _check_ledger(session)
    assert {*arena.ids} - {"None"} <= {job.id for job in jobs}
    for job in jobs:
        _check_job(job, moved[job.id])
    _check_files(arena, [job for job in jobs if job.status == "completed"], names)
    parts.database.close()
    parts.pool.shutdown()
    return Verdict(
        jobs=Counter(job.status for job in jobs),
        attempts=Counter(job.attempt for job in jobs),
        lost=Counter(job.lost_attempts for job in jobs),
        swept=swept,
    )


def _check_ledger(session: Session) -> None:
    sums = select(PointTransaction.user_id, func.sum(PointTransaction.amount)).group_by(PointTransaction.user_id)
    ledger = {user: int(total) for user, total in session.execute(sums)}
    balances = {row.user_id: row.balance for row in session.scalars(select(Points))}
    assert ledger == balances
    assert all(balance <= POINTS for balance in balances.values())


def _check_job(job: Job, moved: list[int]) -> None:
    """Completed and paid for, or failed or cancelled and paid back."""
    cost = job.points_charged
    assert job.status in ("completed", "failed", "cancelled"), job.status
    assert sorted(moved) == ([-cost] if job.status == "completed" else [-cost, cost]), (job.status, moved)
    if job.status == "failed":
        # Once more than three times, where a worker died before it could say so.
        assert job.lost_attempts >= _MOST_LOST, (job.error_code, job.error_message)
        assert f"{job.lost_attempts} times" in (job.error_message or "")


def _check_files(arena: Arena, completed: list[Job], names: dict[str, str]) -> None:
    """Each is there, and is what an undisturbed export of the same filters, id and time gives; there is no other."""
    root = arena.folder / "files"
    kept = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
    assert kept == {job.storage_key for job in completed}
    undisturbed: dict[object, str] = {}
    for job in completed:
        content = (root / str(job.storage_key)).read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        assert (len(content), digest) == (job.file_size, job.sha256), job.id
        known = _same_bytes(job)
        if known not in undisturbed:
            undisturbed[known] = _undisturbed(arena, job, names[job.user_id])
        if digest != undisturbed[known]:
            _refuse(arena, job, root / str(job.storage_key), names[job.user_id])


def _refuse(arena: Arena, job: Job, file: Path, name: str) -> NoReturn:
    """Tell of a file that is not as it should be; it and what it should be are kept, so that it can be told why."""
    kept = Path(tempfile.mkdtemp(prefix="bellhop-differs-"))
    shutil.copy(file, kept / f"is.{ending_of(job)}")
    _undisturbed(arena, job, name)
    shutil.copy(arena.folder / f"undisturbed.{ending_of(job)}", kept / f"should-be.{ending_of(job)}")
    shutil.copy(arena.source.removeprefix("duckdb:///"), kept)
    job_told = {column.name: getattr(job, column.name) for column in Job.__table__.columns}
    raise AssertionError(f"{kept} holds two files that should be the same, of {job_told}")


def _same_bytes(job: Job) -> object:
    """Jobs that are to have the same bytes: those of formats without metadata, of the same filters and suppliers."""
    tells = job.format in ("json", "excel", "parquet")
    asked = (job.export_type, job.format, str(job.filters), str(job.options), str(job.scope))
    return job.id if tells else (*asked, _chunk_rows(job))


def _chunk_rows(job: Job) -> int | None:
    """Into what it was cut: compressed files are the same for the same chunks. Direct exports have the format's own."""
    is_direct = job.is_direct and job.attempt == 1
    return None if is_direct else max(1, (job.total_records or 0) // _STEPS)


def _undisturbed(arena: Arena, job: Job, name: str) -> str:
    """The digest of the same export, made here and now by the library alone."""
    manifest = job.manifest or {}
    moment = dt.datetime.fromisoformat(manifest["generated_at"])
    catalogue = pipeline.connect(arena.source, now=lambda: moment, new_id=lambda: job.id)
    export = catalogue.export(job.export_type, job.filters, allowed=allowed_of(job.scope))
    target = arena.folder / f"undisturbed.{ending_of(job)}"
    export.write(
        target,
        format=job.format,
        **job.options,
        workers=1,
        chunk_rows=_chunk_rows(job),
        generated_by=name,
        user_id=job.user_id,
    )
    return hashlib.sha256(target.read_bytes()).hexdigest()
