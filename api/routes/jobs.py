"""One's own jobs: status, events, history."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Literal

import anyio.to_thread
from fastapi import APIRouter, Depends, Path, Query
from pydantic import BeforeValidator
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from api.access.principal import Caller
from api.errors import ApiError
from api.jobs import store
from api.openapi import EVENTS_DOCS, answered
from api.parts import Parts
from api.routes.base import admission, found_job, router_of
from api.routes.exports import prefix_of
from api.routes.paths import EXPORT_ROUTES
from api.schemas import ExportJobStatusResponse, JobsResponse
from api.tables.models import RUNNING, JobStatus

JobId = Annotated[str, Path(description="As the accepted request told it.")]
TypeQuery = Annotated[
    Literal["hotels", "mappings", "supplier-summary"] | None,
    BeforeValidator(lambda given: given.replace("_", "-") if isinstance(given, str) else given),
]
TYPES = {one.path: one.export_type for one in EXPORT_ROUTES}
_MOST_JOBS = 200
_LOOK_SECONDS = 0.4
_ALIVE_SECONDS = 15.0
_MOST_SECONDS = 3600.0
"""Of one stream of events; clients come back by themselves."""
_SORTS = "^(" + "|".join(store.SORTS) + ")$"


def jobs_router(parts: Parts) -> APIRouter:
    """How far one's own jobs are, and which there are."""
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
        return status_of(parts, caller, job_id, prefix_of(request))

    @router.get("/events/{job_id}", name="bellhop_events", response_class=StreamingResponse, **EVENTS_DOCS)
    async def events(request: Request, caller: admitted, job_id: JobId) -> Response:
        """A job's changes as server-sent events, until it has ended."""
        prefix = prefix_of(request)
        await anyio.to_thread.run_sync(status_of, parts, caller, job_id, prefix)
        stream = _events(parts, caller, job_id, prefix)
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
                export_type=TYPES.get(type or ""),
                sort=sort,
                limit=limit,
                offset=offset,
            )
        told = [ExportJobStatusResponse.of(job, prefix_of(request)) for job in page]
        return JobsResponse(jobs=told, total=total, limit=limit, offset=offset)

    @router.get(
        "/jobs/{job_id}", name="bellhop_job", summary="Show one job", responses=answered("job", "JOB_NOT_FOUND")
    )
    def job(request: Request, caller: admitted, job_id: JobId) -> ExportJobStatusResponse:
        """One of one's own jobs."""
        return status_of(parts, caller, job_id, prefix_of(request))

    return router


def status_of(parts: Parts, caller: Caller, job_id: str, prefix: str) -> ExportJobStatusResponse:
    """One of a user's own jobs, as its status tells it."""
    return ExportJobStatusResponse.of(found_job(parts, caller, job_id, is_whole=False), prefix)


async def _events(parts: Parts, caller: Caller, job_id: str, prefix: str) -> AsyncIterator[str]:
    loop = asyncio.get_running_loop()
    began = quiet_since = loop.time()
    told = ""
    while not parts.stopping.is_set() and loop.time() - began < _MOST_SECONDS:
        try:
            status = await anyio.to_thread.run_sync(status_of, parts, caller, job_id, prefix)
        except ApiError:  # deleted meanwhile
            return
        text = status.model_dump_json()
        if text != told:
            told, quiet_since = text, loop.time()
            yield f"event: status\ndata: {text}\n\n"
        if status.status not in RUNNING:
            return
        if loop.time() - quiet_since > _ALIVE_SECONDS:
            quiet_since = loop.time()
            yield ": still here\n\n"
        await asyncio.sleep(_LOOK_SECONDS)
