"""For those who run the service: whether it is there, and what it does."""

import asyncio
import hmac
from collections.abc import Callable

import anyio
import anyio.to_thread
from fastapi import APIRouter
from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.errors import ApiError, ErrorCode
from api.jobs.store import new_job_id
from api.parts import Parts
from api.routes.base import router_of
from api.schemas import HealthResponse

_READY_SECONDS = 0.8


def health_router(parts: Parts) -> APIRouter:
    """Liveness, readiness, metrics."""
    router = router_of(parts, "operations")
    limiter = anyio.CapacityLimiter(6)  # checks that hang must not take the threads of requests

    @router.get("/health/live", name="bellhop_live", summary="Whether the process answers")
    async def live() -> HealthResponse:
        """Whether the process answers."""
        return HealthResponse(status="ok")

    @router.get(
        "/health/ready",
        name="bellhop_ready",
        summary="Whether it can export",
        response_model=HealthResponse,
        responses={503: {"model": HealthResponse, "description": "something is missing"}},
    )
    async def ready() -> Response:
        """Whether tables, storage and catalogue can be reached; an answer within a second."""
        named = _checks(parts)
        found = await asyncio.gather(*(_holds(check, limiter) for check in named.values()))
        checks = dict(zip(named, found, strict=True))
        is_ready = all(checks.values()) and not parts.stopping.is_set()
        body = HealthResponse(status="ok" if is_ready else "unavailable", checks=checks)
        return JSONResponse(body.model_dump(), 200 if is_ready else 503)

    @router.get("/metrics", include_in_schema=False)
    async def metrics(request: Request) -> Response:
        token = parts.settings.metrics_token
        shown = request.headers.get("authorization", "").removeprefix("Bearer ").encode()
        if token is None or not hmac.compare_digest(shown, token.get_secret_value().encode()):
            raise ApiError(ErrorCode.NOT_FOUND, ErrorCode.NOT_FOUND.meaning)
        content = await anyio.to_thread.run_sync(parts.metrics.text)
        return Response(content, media_type="text/plain; version=0.0.4; charset=utf-8")

    return router


def _checks(parts: Parts) -> dict[str, Callable[[], object]]:
    def tables() -> None:
        with parts.database.reading() as session:
            session.execute(text("SELECT 1"))

    def catalogue() -> None:
        with parts.catalogue(new_job_id()).export("hotels", {}).at_one_moment():
            pass

    return {"tables": tables, "storage": parts.storage.check, "catalogue": catalogue}


async def _holds(check: Callable[[], object], limiter: anyio.CapacityLimiter) -> bool:
    try:
        async with asyncio.timeout(_READY_SECONDS):
            await anyio.to_thread.run_sync(check, limiter=limiter, abandon_on_cancel=True)
    except Exception:  # noqa: BLE001 - whatever is wrong, it does not hold
        return False
    return True
