"""The service put together: an application of its own, or a router for somebody else's."""

from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

import anyio.to_thread
from fastapi import APIRouter, FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Lifespan

from api.access.accounts_access import accounts_access
from api.access.limits import RateLimit
from api.accounts.audit import ActivityLog
from api.accounts.points import Ledger
from api.jobs.cleanup import cleaner
from api.jobs.steps import Reached, unheard
from api.jobs.worker import Workers
from api.metrics import Metrics
from api.middleware import RequestIds
from api.openapi import document
from api.parts import Access, AuditLog, CurrentUser, IpCheck, Parts, PointsAccount, SupplierPermissions
from api.routes.base import error_answer
from api.routes.downloads import downloads_router
from api.routes.ending import ending_router
from api.routes.exports import exports_router
from api.routes.health import health_router
from api.routes.jobs import jobs_router
from api.routes.me import me_router
from api.settings import Settings
from api.storage.opened import storage_of
from api.tables.database import Clock, Database, utc_now
from api.web.docs import docs_router

PREFIX = "/v1.0/export"

_LAST_SECONDS = 5.0
"""What a clean-up that runs has to end, when the service stops."""
_ABOUT = """Exports of a hotel catalogue: hotels, the suppliers' mappings of them, and a summary by supplier.

Small exports are answered by the file, large ones by a job. *Authorize* takes a token (Bearer) or a key (X-API-Key)."""


def create_app(settings: Settings, *, clock: Clock = utc_now, reached: Reached = unheard) -> FastAPI:
    """The service as an application of its own; its tables must be there (``bellhop db upgrade``)."""
    parts = parts_of(settings, clock=clock, reached=reached)
    app = FastAPI(
        title="Bellhop",
        version="1.0",
        description=_ABOUT,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # it would send keys to whatever Host says, by plain HTTP behind a proxy with TLS
        lifespan=_lifespan(parts),
    )
    app.state.bellhop = parts
    app.include_router(_exports(parts), prefix=PREFIX)
    app.include_router(health_router(parts))
    app.include_router(docs_router(app.title))

    async def answered(request: Request, error: Exception) -> Response:
        return await error_answer(parts, request, error)

    for kind in (HTTPException, Exception):
        app.add_exception_handler(kind, answered)
    app.add_middleware(RequestIds, metrics=parts.metrics)
    document(app)
    return app


def create_router(  # noqa: PLR0913 - each is a part that can be replaced
    settings: Settings,
    *,
    current_user: CurrentUser | None = None,
    supplier_permissions: SupplierPermissions | None = None,
    ip_check: IpCheck | None = None,
    points: PointsAccount | None = None,
    audit: AuditLog | None = None,
    clock: Clock = utc_now,
) -> APIRouter:
    """The same endpoints for somebody else's application, under a prefix of its own.

    Args:
        settings: As for an application of its own; the tables of ``database`` hold the jobs.
        current_user: Who is logged in; by default a token or key of Bellhop's own users.
        supplier_permissions: What they may see; by default the rows of Bellhop's own tables.
        ip_check: Whether they may come from an address; by default Bellhop's own whitelist.
        points: Where points are kept; by default in Bellhop's own tables.
        audit: Where events go on record; by default in Bellhop's own tables.
        clock: The present moment.

    """
    parts = parts_of(
        settings,
        current_user=current_user,
        supplier_permissions=supplier_permissions,
        ip_check=ip_check,
        points=points,
        audit=audit,
        clock=clock,
    )
    router = APIRouter(lifespan=_lifespan(parts))
    router.include_router(_exports(parts))
    return router


def parts_of(  # noqa: PLR0913 - as create_router
    settings: Settings,
    *,
    current_user: CurrentUser | None = None,
    supplier_permissions: SupplierPermissions | None = None,
    ip_check: IpCheck | None = None,
    points: PointsAccount | None = None,
    audit: AuditLog | None = None,
    clock: Clock = utc_now,
    reached: Reached = unheard,
) -> Parts:
    """Put the parts together: ours, where none are given."""
    database = Database(settings.database.get_secret_value())
    ours = accounts_access(database, settings, clock)
    return Parts(
        settings=settings,
        database=database,
        storage=storage_of(settings),
        clock=clock,
        access=Access(
            current_user=current_user or ours.current_user,
            supplier_permissions=supplier_permissions or ours.supplier_permissions,
            ip_check=ip_check or ours.ip_check,
        ),
        points=points or Ledger(),
        audit=audit or ActivityLog(settings.secret),
        rate=RateLimit(limit=settings.rate_limit, window=settings.rate_window),
        metrics=Metrics(database, clock),
        pool=ThreadPoolExecutor(settings.direct_workers, thread_name_prefix="bellhop-request"),
        reached=reached,
    )


def _exports(parts: Parts) -> APIRouter:
    """All that is under the prefix; every route of it has the policy of a user."""
    router = APIRouter()
    for make in (exports_router, jobs_router, ending_router, downloads_router, me_router):
        router.include_router(make(parts))
    return router


def _lifespan(parts: Parts) -> Lifespan[Any]:
    @asynccontextmanager
    async def lifespan(app: object) -> AsyncIterator[None]:
        """Run workers and the clean-up as long as the application runs."""
        del app
        workers = Workers(parts, parts.settings.workers)
        cleaning = cleaner(parts)
        workers.start()
        cleaning.start()
        try:
            yield
        finally:
            await anyio.to_thread.run_sync(workers.stop)
            await anyio.to_thread.run_sync(cleaning.join, _LAST_SECONDS)  # else its connection outlives the database's
            parts.pool.shutdown(wait=False, cancel_futures=True)
            parts.database.close()

    return lifespan


__all__ = ["PREFIX", "create_app", "create_router", "parts_of"]
