"""What stands around every request: an id, a limit to its body, a line in the log. Pure ASGI: answers are not held."""

import re
import time
import uuid

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import ApiError, ErrorCode, rendered
from api.log import LOG, request_id
from api.metrics import Metrics
from api.tables.database import Clock

_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_DIGITS = re.compile(r"\d{1,18}")
_UNKNOWN = "(none)"


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
        started, status = time.perf_counter(), 0

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(raw=message["headers"])
                headers["X-Request-Id"] = request_id.get() or ""
                headers["X-Content-Type-Options"] = "nosniff"
            await send(message)

        try:
            await self._app(scope, receive, send_on)
        finally:
            self._tell(scope, status, time.perf_counter() - started)

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        route = _template(scope)
        self._metrics.requested(scope["method"], route, status, seconds)
        user = scope.get("state", {}).get("bellhop_user")
        facts = {
            "method": scope["method"],
            "route": route,
            "status": status,
            "user_id": user,
            "ms": round(seconds * 1e3),
        }
        LOG.info("request", extra={"facts": facts})


class BodyLimit:
    """Refuses large bodies before anybody reads them; one whose length is not told is read up to the limit."""

    def __init__(self, app: ASGIApp, most_bytes: int, clock: Clock) -> None:
        self._app, self._most, self._clock = app, most_bytes, clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, if its body is not too large."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        told = headers.get("content-length")
        if told is not None:
            fits = _DIGITS.fullmatch(told) is not None and int(told) <= self._most
            await (self._app(scope, receive, send) if fits else self._refuse(scope, receive, send))
        elif "transfer-encoding" in headers:
            replay = await self._read(receive)
            await (self._app(scope, replay, send) if replay else self._refuse(scope, receive, send))
        else:
            await self._app(scope, receive, send)

    async def _read(self, receive: Receive) -> Receive | None:
        """The body, to be received again; None when it is too large."""
        pieces: list[bytes] = []
        size, is_more = 0, True
        while is_more:
            message = await receive()
            if message["type"] != "http.request":
                return _replayed(message, receive)
            pieces.append(message.get("body", b""))
            size += len(pieces[-1])
            if size > self._most:
                return None
            is_more = message.get("more_body", False)
        return _replayed({"type": "http.request", "body": b"".join(pieces), "more_body": False}, receive)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        message = f"the body has more than {self._most:,} bytes; split a long list of ittids over several exports"
        error = ApiError(
            ErrorCode.BODY_TOO_LARGE, message, {"maximum_bytes": self._most}, headers={"Connection": "close"}
        )
        await rendered(error, now=self._clock())(scope, receive, send)


def _template(scope: Scope) -> str:
    """The path with names in the place of its parameters: what somebody made up is in no metric."""
    if "route" not in scope:
        return _UNKNOWN
    path: str = scope["path"]
    for name, value in scope.get("path_params", {}).items():
        path = path.replace(str(value), f"{{{name}}}")
    return path


def _replayed(first: Message, receive: Receive) -> Receive:
    """A message, then whatever comes."""
    waiting = [first]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again
