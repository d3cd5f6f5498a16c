"""Bodies of requests are no larger than any export needs: what is told to be larger is not read at all."""

import re

from starlette.requests import Request
from starlette.types import Message, Receive

from api.errors import ApiError, ErrorCode

_DIGITS = re.compile(r"\d{1,18}")


async def limited(request: Request, most_bytes: int) -> Request:
    """The request, if its body is small enough; one whose length is not told is read up to the limit.

    Raises:
        ApiError: BODY_TOO_LARGE.

    """
    told = request.headers.get("content-length")
    if told is not None:
        if not _DIGITS.fullmatch(told) or int(told) > most_bytes:
            raise _too_large(most_bytes)
    elif "transfer-encoding" in request.headers:
        pieces, size = [], 0
        async for piece in request.stream():
            pieces.append(piece)
            size += len(piece)
            if size > most_bytes:
                raise _too_large(most_bytes)
        return Request(request.scope, _replayed(b"".join(pieces), request.receive))
    return request


def _too_large(most_bytes: int) -> ApiError:
    message = f"the body has more than {most_bytes:,} bytes; split a long list of ittids over several exports"
    details = {"maximum_bytes": most_bytes}
    return ApiError(ErrorCode.BODY_TOO_LARGE, message, details, headers={"Connection": "close"})


def _replayed(body: bytes, receive: Receive) -> Receive:
    """The whole body, then whatever comes."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again
