"""One's own jobs: status, events, history, cancelling, deleting."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated, Literal

import anyio.to_thread
from fastapi import APIRouter, Depends, Path, Query
from pydantic import BeforeValidator
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from api.access.principal import Caller
from api.errors import ApiError
from api.jobs import ending, store
from api.openapi import EVENTS_DOCS, answered, errors
from api.parts import Parts
from api.routes.base import admission, found_job, router_of
from api.routes.exports import prefix_of
from api.routes.paths import EXPORT_ROUTES
from api.schemas import DeletedResponse, ExportJobStatusResponse, JobsResponse
from api.tables.models import RUNNING, JobStatus

JobId = Annotated[str, Path(description="As the accepted request told it.")]
TypeQuery = Annotated[
    Literal["hotels", "mappings", "supplier-summary"] | None,
    BeforeValidator(lambda given: given.replace("_", "-") if isinstance(given, str) else given),
]
_TYPES = {one.path: one.export_type for one in EXPORT_ROUTES}
_MOST_JOBS = 200
_LOOK_SECONDS = 0.4
_ALIVE_SECONDS = 15.0
_MOST_SECONDS = 3600.0
"""Of one stream of events; clients come back by themselves."""
_SORTS = "^(" + "|".join(store.SORTS) + ")$"


def jobs_router(parts: Parts) -> APIRouter:
    """All about jobs but their files."""
    router = router_of(parts, "jobs")
    admitted = Annotated[Caller, Depends(admission(parts))]

    @router.get(
        "/status/{job_id}",
        name="bellhop_status",
        summary="Ask how far a job is",
        responses=answered("job", "JOB_NOT_FOUND"),
    )
    def status(request: Request, caller: admitted, job_id: JobId) -> ExportJobStatusResponse:
        """How far a job is."""
        return ExportJobStatusResponse.of(found_job(parts, caller, job_id, is_whole=False), prefix_of(request))

    @router.get("/events/{job_id}", name="bellhop_events", response_class=StreamingResponse, **EVENTS_DOCS)
    async def events(request: Request, caller: admitted, job_id: JobId) -> Response:
        """A job's changes as server-sent events, until it has ended."""
        await anyio.to_thread.run_sync(partial(found_job, parts, caller, job_id, is_whole=False))
        stream = _events(parts, caller, job_id, prefix_of(request))
        return StreamingResponse(stream, media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    @router.get("/jobs", name="bellhop_jobs", summary="List one's own jobs", responses=answered("jobs"))
    def jobs(  # noqa: PLR0913, PLR0917 - each is a parameter of the request
        request: Request,
        caller: admitted,
        status: JobStatus | None = None,
        type: TypeQuery = None,  # noqa: A002 - spec.md's name for it
        limit: Annotated[int, Query(ge=1, le=_MOST_JOBS)] = 50,
        offset: Annotated[int, Query(ge=0, le=2**31)] = 0,
        sort: Annotated[str, Query(pattern=_SORTS)] = "-created_at",
    ) -> JobsResponse:
        """One's own jobs, the newest first unless asked otherwise."""
        with parts.database.reading() as session:
            page, total = store.history(
                session,
                caller.principal.id,
                status=status,
                export_type=_TYPES.get(type or ""),
                sort=sort,
                limit=limit,
                offset=offset,
            )
        told = [ExportJobStatusResponse.of(job, prefix_of(request)) for job in page]
        return JobsResponse(jobs=told, total=total, limit=limit, offset=offset)

    @router.delete(
        "/jobs",
        name="bellhop_delete_jobs",
        summary="Delete one's own jobs and their files",
        responses=answered("deleted"),
    )
    def delete_jobs(
        caller: admitted,
        status: JobStatus | None = None,
        type: TypeQuery = None,  # noqa: A002 - spec.md's name for it
    ) -> DeletedResponse:
        """Delete all jobs that have ended, or those of a status or type; jobs that run are left alone."""
        deleted = ending.remove_ended(parts, caller, status=status, export_type=_TYPES.get(type or ""))
        return DeletedResponse(deleted=deleted)

    @router.get(
        "/jobs/{job_id}", name="bellhop_job", summary="Show one job", responses=answered("job", "JOB_NOT_FOUND")
    )
    def job(request: Request, caller: admitted, job_id: JobId) -> ExportJobStatusResponse:
        """One of one's own jobs."""
        return ExportJobStatusResponse.of(found_job(parts, caller, job_id, is_whole=False), prefix_of(request))

    @router.delete(
        "/jobs/{job_id}",
        name="bellhop_delete_job",
        summary="Delete a job and its file",
        status_code=204,
        response_class=Response,
        responses=errors("JOB_NOT_FOUND", "JOB_NOT_COMPLETED"),
    )
    def delete_job(caller: admitted, job_id: JobId) -> None:
        """Delete a job that has ended, and its file."""
        ending.remove(parts, found_job(parts, caller, job_id))

    @router.delete(
        "/cancel/{job_id}",
        name="bellhop_cancel",
        summary="Cancel a job",
        responses=answered("cancelled", "JOB_NOT_FOUND", "JOB_FINISHED"),
    )
    def cancel(request: Request, caller: admitted, job_id: JobId) -> ExportJobStatusResponse:
        """Cancel a job that has not ended: its export is stopped, its points are given back."""
        ending.cancel(parts, found_job(parts, caller, job_id))
        return ExportJobStatusResponse.of(found_job(parts, caller, job_id, is_whole=False), prefix_of(request))

    return router


async def _events(parts: Parts, caller: Caller, job_id: str, prefix: str) -> AsyncIterator[str]:
    loop = asyncio.get_running_loop()
    began = quiet_since = loop.time()
    told = ""
    while not parts.stopping.is_set() and loop.time() - began < _MOST_SECONDS:
        try:
            job = await anyio.to_thread.run_sync(partial(found_job, parts, caller, job_id, is_whole=False))
        except ApiError:  # deleted meanwhile
            return
        text = ExportJobStatusResponse.of(job, prefix).model_dump_json()
        if text != told:
            told, quiet_since = text, loop.time()
            yield f"event: status\ndata: {text}\n\n"
        if job.status not in {status.value for status in RUNNING}:
            return
        if loop.time() - quiet_since > _ALIVE_SECONDS:
            quiet_since = loop.time()
            yield ": still here\n\n"
        await asyncio.sleep(_LOOK_SECONDS)
