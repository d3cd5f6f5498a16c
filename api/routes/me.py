"""Who asks, and what they may do."""

from typing import Annotated

from fastapi import APIRouter, Depends

from api.access.principal import Caller
from api.errors import library_told
from api.jobs.store import new_job_id
from api.openapi import answered
from api.parts import Parts
from api.routes.base import admission, in_pool, router_of
from api.schemas import Limits, MyValidationResponse


def me_router(parts: Parts) -> APIRouter:
    """One endpoint."""
    router = router_of(parts, "me")
    admitted = Annotated[Caller, Depends(admission(parts))]

    @router.get(
        "/my-validation",
        name="bellhop_my_validation",
        summary="Ask who one is",
        responses=answered("me", "SOURCE_UNAVAILABLE"),
    )
    async def my_validation(caller: admitted) -> MyValidationResponse:
        """Who am I, from where, and what may I see and spend?"""
        return await in_pool(parts, lambda: _told(parts, caller))

    return router


def _told(parts: Parts, caller: Caller) -> MyValidationResponse:
    principal, settings = caller.principal, parts.settings
    with library_told():
        suppliers = parts.catalogue(new_job_id()).export("mappings", {}, allowed=principal.allowed).suppliers()
    with parts.database.reading() as session:
        quota = parts.rate.quota(session, principal.id, parts.clock())
        points = parts.points.balance(session, principal.id) if principal.pays else None
    limits = Limits(
        limit=quota.limit,
        remaining=quota.remaining,
        window_seconds=int(quota.window.total_seconds()),
        resets_in_seconds=quota.reset_seconds,
    )
    return MyValidationResponse(
        user_id=principal.id,
        name=principal.name,
        role=principal.role,
        ip_address=caller.ip_address,
        suppliers=suppliers,
        restricted=not principal.allowed.is_everything,
        points=points,
        export_cost=settings.export_cost if principal.pays else 0,
        rate_limit=limits,
        max_records=settings.max_records,
        async_threshold=settings.async_threshold,
    )
