"""Files and manifests of one's own jobs."""

from typing import Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.access.principal import Caller
from api.jobs.files import linked, manifest_of, opened, record_download
from api.openapi import DOWNLOAD_DOCS, answered
from api.parts import Parts
from api.routes.base import admission, found_job, router_of
from api.routes.exports import facts_of
from api.routes.file_answer import file_answer, range_of
from api.routes.jobs import JobId
from api.tables.models import Job
from pipeline.manifest import Manifest

_SERVED = (200, 206, 307)
_CONDITIONS = frozenset({"range", "if-range", "if-none-match"})


def downloads_router(parts: Parts) -> APIRouter:
    """Files and manifests."""
    router = router_of(parts, "files")
    admitted = Annotated[Caller, Depends(admission(parts))]

    async def download(request: Request, caller: admitted, job_id: JobId) -> Response:
        """The file of a completed job; permissions are those of now."""
        return await anyio.to_thread.run_sync(_download, parts, request, caller, job_id)

    for method, name in (("GET", "bellhop_download"), ("HEAD", "bellhop_download_head")):
        router.add_api_route("/download/{job_id}", download, methods=[method], name=name, **DOWNLOAD_DOCS)

    @router.get(
        "/manifest/{job_id}",
        name="bellhop_manifest",
        summary="Ask what is in a file",
        response_model=Manifest,
        responses=answered("manifest", "JOB_NOT_FOUND", "JOB_NOT_COMPLETED", "JOB_EXPIRED", "PERMISSIONS_CHANGED"),
    )
    def manifest(caller: admitted, job_id: JobId) -> Any:  # noqa: ANN401 - what the row has of the model
        """What is in the file of a completed job, counted from what was written."""
        return manifest_of(parts, caller, found_job(parts, caller, job_id))

    return router


def _download(parts: Parts, request: Request, caller: Caller, job_id: str) -> Response:
    job = found_job(parts, caller, job_id)
    is_plain = request.method == "GET" and _CONDITIONS.isdisjoint(request.headers.keys())
    answer = (_redirected(parts, caller, job) if is_plain else None) or _answered(parts, request, caller, job)
    if request.method == "GET" and answer.status_code in _SERVED:
        record_download(parts, caller, job)
    return answer


def _redirected(parts: Parts, caller: Caller, job: Job) -> Response | None:
    """To the storage itself, which knows nothing of our ETag: what has a condition is answered here."""
    link = linked(parts, caller, job)
    return RedirectResponse(link, 307, {"X-Job-Id": job.id, "Cache-Control": "no-store"}) if link else None


def _answered(parts: Parts, request: Request, caller: Caller, job: Job) -> Response:
    facts = facts_of(job)
    is_get = request.method == "GET"
    wanted = range_of(request.headers, facts) if is_get else None  # a range of HEAD is passed over, says RFC 9110
    is_known = facts.is_among(request.headers.getlist("if-none-match"))
    found = opened(parts, caller, job, checked=is_get and not is_known, is_whole=wanted is None)
    return file_answer(found.file, facts, {"X-Job-Id": job.id}, is_known=is_known, wanted=wanted)
