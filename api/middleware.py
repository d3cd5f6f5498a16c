"""What stands around every request: an id, and a line in the log. Pure ASGI: answers are not held."""

import re
import time
import uuid

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.log import LOG, request_id
from api.metrics import Metrics

_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_UNKNOWN = "(none)"
"""In the place of what somebody made up: each name would be a metric for good."""


class RequestIds:
    """Gives every request an id, its own if it brings a decent one; logs and counts its end."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id.set(given if _ID.fullmatch(given) else uuid.uuid4().hex)
        started, status, headers = time.perf_counter(), 0, MutableHeaders()

        async def send_on(message: Message) -> None:
            nonlocal status, headers
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(raw=message["headers"])
                headers["X-Request-Id"] = request_id.get() or ""
                headers["X-Content-Type-Options"] = "nosniff"
            await send(message)

        try:
            await self._app(scope, receive, send_on)
        finally:
            self._tell(scope, status, _job_id(scope, headers), time.perf_counter() - started)

    def _tell(self, scope: Scope, status: int, job_id: str | None, seconds: float) -> None:
        route = _template(scope)
        method = scope["method"] if scope["method"] in _METHODS else _UNKNOWN
        self._metrics.requested(method, route, status, seconds)
        user = scope.get("state", {}).get("bellhop_user")
        facts = {
            "method": method,
            "route": route,
            "status": status,
            "user_id": user,
            "job_id": job_id,
            "ms": round(seconds * 1e3),
        }
        LOG.info("request", extra={"facts": facts})


def _template(scope: Scope) -> str:
    """The path with names in the place of its parameters: what somebody made up is in no metric."""
    if "route" not in scope:
        return _UNKNOWN
    names = {str(value): f"{{{name}}}" for name, value in scope.get("path_params", {}).items()}
    *before, last = scope["path"].split("/")  # the endpoints have their parameter at the end
    return "/".join([*before, names.get(last, last)])


def _job_id(scope: Scope, headers: Headers) -> str | None:
    """The job that a request was about: of its path, if it may be one, or of its answer."""
    named = str(scope.get("path_params", {}).get("job_id", ""))
    return named if _ID.fullmatch(named) else headers.get("x-job-id")
