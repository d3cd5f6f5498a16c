"""What all routes share: who asks, what came, and errors in their one shape."""

import asyncio
import contextvars
import json
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from inspect import isawaitable
from typing import Annotated, Any, NoReturn, TypeVar

import anyio.to_thread
from fastapi import APIRouter, Security
from fastapi.routing import APIRoute
from fastapi.security import APIKeyHeader, HTTPBearer
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import Response

from api.access.network import Address, client_address
from api.access.principal import USER_ID, Caller, Principal
from api.accounts.audit import Action, Event
from api.body import limited
from api.errors import DENIALS, ApiError, ErrorCode, invalid_fields, rendered, told
from api.jobs.store import job_of
from api.log import log_failure
from api.parts import Parts, Person
from api.tables.models import Job
from pipeline.filters import shown_name

T = TypeVar("T")
Admit = Callable[..., Awaitable[Caller]]
"""A dependency: who asks, once they may."""

Bearer = Annotated[
    Any, Security(HTTPBearer(auto_error=False, scheme_name="Bearer", bearerFormat="JWT", description="A token."))
]
Key = Annotated[
    Any, Security(APIKeyHeader(name="X-API-Key", auto_error=False, scheme_name="ApiKey", description="A key."))
]

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_SERVER_ERRORS = 500


def admission(parts: Parts) -> Admit:
    """The dependency that every endpoint of a user has: a credential that holds, from where its user may come."""

    async def admit(request: Request, bearer: Bearer = None, key: Key = None) -> Caller:
        del bearer, key  # they stand here for the OpenAPI document
        peer = request.client.host if request.client else None
        address = client_address(peer, request.headers, parts.settings.trusted_proxies)
        request.state.bellhop_address = None if address is None else str(address)
        found = await anyio.to_thread.run_sync(parts.access.current_user, request)
        person = await found if isawaitable(found) else found
        request.state.bellhop_user = person.id
        return await anyio.to_thread.run_sync(_admitted, parts, person, address, request)

    admit.is_bellhop_policy = True  # type: ignore[attr-defined]  # what a test looks for on every route
    return admit


def _admitted(parts: Parts, person: Person, address: Address | None, request: Request) -> Caller:
    if not USER_ID.fullmatch(person.id):
        message = f"current_user gave the id {person.id!r:.80}; give up to 64 letters, digits, - and _"
        raise ValueError(message)
    if address is None or not parts.access.ip_check(person, address):
        message = "you may not come from this address; ask an administrator to add it to your whitelist"
        raise ApiError(ErrorCode.IP_NOT_WHITELISTED, message, {"ip_address": None if address is None else str(address)})
    allowed = parts.access.supplier_permissions(person)
    principal = Principal(id=person.id, name=person.name, role=person.role, allowed=allowed)
    return Caller(principal=principal, ip_address=str(address), user_agent=request.headers.get("user-agent"))


def route_class(parts: Parts) -> type[APIRoute]:
    """Routes whose errors have the one shape, in whatever application they are mounted."""

    class BellhopRoute(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            answer = super().get_route_handler()

            async def told_answer(request: Request) -> Response:
                try:
                    return await answer(await limited(request, parts.settings.max_body_bytes))
                except Exception as error:  # noqa: BLE001 - the outermost edge of a request
                    return await error_answer(parts, request, error)

            return told_answer

    return BellhopRoute


def router_of(parts: Parts, tag: str) -> APIRouter:
    """A router of such routes, each called in the OpenAPI document by its name."""
    return APIRouter(route_class=route_class(parts), tags=[tag], generate_unique_id_function=lambda route: route.name)


async def error_answer(parts: Parts, request: Request, error: Exception) -> Response:
    """Render an error, put a denial on record, and log what was a mistake of ours."""
    known = told(error)
    if known.code.status >= _SERVER_ERRORS:
        log_failure("request failed", error, path=request.scope.get("route_path", request.url.path))
    if _is_for_the_record(request, known):
        try:
            await anyio.to_thread.run_sync(_record_refusal, parts, request, known)
        except SQLAlchemyError as failure:
            log_failure("a refusal is not on record", failure)
    return rendered(known, now=parts.clock())


def _is_for_the_record(request: Request, error: ApiError) -> bool:
    """Whether somebody was denied something, or a user's export refused; who shows nothing cannot fill the log."""
    is_user = hasattr(request.state, "bellhop_user")
    if error.code.status in DENIALS:
        return is_user or "authorization" in request.headers or "x-api-key" in request.headers
    return is_user and request.method == "POST" and not error.is_on_record


def _record_refusal(parts: Parts, request: Request, error: ApiError) -> None:
    is_denial = error.code.status in DENIALS
    event = Event(
        action=Action.DENIED if is_denial else Action.REFUSED,
        success=False,
        user_id=getattr(request.state, "bellhop_user", None),
        # What is denied once there are filters has held to their rules; of what did not, nothing is repeated.
        filters=getattr(request.state, "bellhop_filters", None) if is_denial else None,
        job_id=request.path_params.get("job_id") if error.code.status == 410 else None,  # noqa: PLR2004 - gone: it was
        ip_address=getattr(request.state, "bellhop_address", None),
        user_agent=request.headers.get("user-agent"),
        details=f"{error.code.value} {request.method} {request.url.path}"[:255].encode("ascii", "replace").decode(),
    )
    with parts.database.writing() as session:
        parts.record(session, event)


async def json_body(request: Request) -> dict[str, Any]:
    """The body as a JSON object.

    Raises:
        ApiError: UNSUPPORTED_MEDIA_TYPE, INVALID_FILTERS.

    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        message = "send the body as Content-Type: application/json"
        raise ApiError(ErrorCode.UNSUPPORTED_MEDIA_TYPE, message)
    found = await anyio.to_thread.run_sync(_parsed, await request.body())
    request.state.bellhop_filters = found.get("filters", {})
    return found


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(
            body.decode(), object_pairs_hook=_object, parse_constant=_refuse_constant, parse_float=_number
        )
    except (ValueError, RecursionError) as error:
        raise _no_object() from error
    if not isinstance(found, dict):
        raise _no_object()
    return found


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        times = Counter(name for name, _ in pairs)
        twice = next(name for name, count in times.items() if count > 1)
        raise invalid_fields([(shown_name(twice), "give it once")])
    return found


def _number(text: str) -> float | int:
    """A number; to JSON Schema 30.0 is a whole one."""
    number = float(text)
    return int(number) if number.is_integer() else number


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _no_object() -> ApiError:
    return invalid_fields([("body", 'give a JSON object in UTF-8, such as {"filters": {}, "format": "csv"}')])


def idempotency_key(given: str | None) -> str | None:
    """An Idempotency-Key as it may be.

    Raises:
        ApiError: INVALID_FILTERS.

    """
    if given is not None and not _KEY.fullmatch(given):
        raise invalid_fields([("Idempotency-Key", "give 1 to 255 visible ASCII characters")])
    return given


def found_job(parts: Parts, caller: Caller, job_id: str, *, is_whole: bool = True) -> Job:
    """A user's own job; one that is not whole has only what its status tells.

    Raises:
        ApiError: JOB_NOT_FOUND; another's is as if it did not exist.

    """
    with parts.database.reading() as session:
        job = job_of(session, caller.principal.id, job_id, is_whole=is_whole)
    if job is None:
        raise job_not_found()
    return job


def job_not_found() -> ApiError:
    """There is no such job, for this user."""
    return ApiError(ErrorCode.JOB_NOT_FOUND, "you have no such job; GET /jobs lists yours")


async def in_pool(parts: Parts, call: Callable[[], T]) -> T:
    """Run what reads the catalogue where only so many do at once."""
    context = contextvars.copy_context()
    return await asyncio.get_running_loop().run_in_executor(parts.pool, context.run, call)
