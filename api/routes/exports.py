"""POST: exports and estimates."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, Depends, Header, Query
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.access.principal import Caller
from api.errors import ApiError, ErrorCode
from api.jobs import submit
from api.jobs.estimate import estimate
from api.jobs.files import opened, record_download
from api.openapi import estimate_docs, export_docs
from api.parts import Parts
from api.routes.base import admission, idempotency_key, in_pool, json_body, router_of
from api.routes.file_answer import FileFacts, file_answer
from api.routes.paths import EXPORT_ROUTES, ExportRoute
from api.schemas import EstimateResponse, ExportJobResponse
from api.tables.models import Job, JobStatus

_POLL_SECONDS = "2"


AfterQuery = Annotated[
    str | None,
    Query(description="In the place of filters.after: the `next` of the page before, as Link has it."),
]
PreferHeader = Annotated[str | None, Header(description="`respond-async` makes a job of an export of any size.")]
KeyHeader = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="1 to 255 visible ASCII characters; for 24 hours the same key and request give the same job.",
    ),
]


def exports_router(parts: Parts) -> APIRouter:
    """Exports and estimates of every type."""
    router = router_of(parts, "exports")
    for one in EXPORT_ROUTES:
        router.add_api_route(
            f"/{one.path}", _export(parts, one), methods=["POST"], name=f"bellhop_{one.export_type}", **export_docs(one)
        )
        router.add_api_route(
            f"/estimate/{one.path}",
            _estimate(parts, one),
            methods=["POST"],
            name=f"bellhop_estimate_{one.export_type}",
            response_model=EstimateResponse,
            **estimate_docs(one),
        )
    return router


def _export(parts: Parts, one: ExportRoute) -> Callable[..., Any]:
    asked = _request_of(parts, one)

    async def export(request: Request, wanted: Annotated[submit.Request, Depends(asked)]) -> Response:
        accepted = await in_pool(parts, lambda: submit.submit(parts, wanted))
        return await anyio.to_thread.run_sync(_answer, parts, request, wanted, accepted)

    return export


def _estimate(parts: Parts, one: ExportRoute) -> Callable[..., Any]:
    admitted = admission(parts)

    async def estimated(request: Request, caller: Annotated[Caller, Depends(admitted)]) -> EstimateResponse:
        body = await json_body(request)
        found = await in_pool(parts, lambda: estimate(parts, caller, one.export_type, body))
        return EstimateResponse(**asdict(found), maximum=parts.settings.max_records)

    return estimated


def _request_of(parts: Parts, one: ExportRoute) -> Callable[..., Any]:
    """The dependency that reads a request, once its user may come in."""
    admitted = admission(parts)

    async def request_of(
        request: Request,
        caller: Annotated[Caller, Depends(admitted)],
        after: AfterQuery = None,
        prefer: PreferHeader = None,
        key: KeyHeader = None,
    ) -> submit.Request:
        return submit.Request(
            export_type=one.export_type,
            body=_paged(await json_body(request), after),
            caller=caller,
            idempotency_key=idempotency_key(key),
            respond_async=_prefers_async(prefer),
        )

    return request_of


def _paged(body: dict[str, Any], after: str | None) -> dict[str, Any]:
    """The body with the page that the query names: so a Link can be followed with the same body, of any page."""
    filters = body.get("filters", {})
    if after is None or not isinstance(filters, dict):
        return body
    return {**body, "filters": {**filters, "after": after}}


def _prefers_async(prefer: str | None) -> bool:
    return "respond-async" in {word.strip().lower() for word in (prefer or "").replace(";", ",").split(",")}


def prefix_of(request: Request) -> str:
    """The path that all endpoints are under, in whatever application they are mounted."""
    return request.url_for("bellhop_status", job_id="x").path.removesuffix("/status/x")


def _answer(parts: Parts, request: Request, wanted: submit.Request, accepted: submit.Accepted) -> Response:
    """The file of a direct export; of any other the job.

    Raises:
        ApiError: The request came before, and its export failed.

    """
    job, headers = accepted.job, dict(accepted.headers)
    if job.is_direct and not wanted.respond_async:
        if job.status == JobStatus.FAILED.value:
            raise ApiError(ErrorCode[job.error_code or "EXPORT_FAILED"], job.error_message or "", {"job_id": job.id})
        if job.status in {JobStatus.COMPLETED.value, JobStatus.EXPIRED.value}:
            answer = _file(parts, request, wanted.caller, accepted, headers)
            if accepted.is_replay:
                record_download(parts, wanted.caller, job)
            return answer
    prefix = prefix_of(request)
    headers |= {"Location": f"{prefix}/status/{job.id}", "Retry-After": _POLL_SECONDS, "X-Job-Id": job.id}
    return JSONResponse(ExportJobResponse.of(job, prefix).model_dump(mode="json"), 202, headers)


def _file(
    parts: Parts, request: Request, caller: Caller, accepted: submit.Accepted, headers: dict[str, str]
) -> Response:
    job = accepted.job
    opened_file = opened(parts, caller, job, checked=accepted.is_replay)  # else its last byte was written just now
    headers |= {"X-Job-Id": job.id, "X-Record-Count": str(job.processed_records)}
    headers["Content-Location"] = f"{prefix_of(request)}/download/{job.id}"
    following = (job.manifest or {}).get("next")
    if following:
        headers["Link"] = f'<{request.url.path}?after={following}>; rel="next"'
    return file_answer(opened_file.file, facts_of(job), headers)


def facts_of(job: Job) -> FileFacts:
    """What the row of a completed job says of its file."""
    return FileFacts(name=job.file_name or job.id, size=job.file_size or 0, sha256=job.sha256 or "")
