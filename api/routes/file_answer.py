"""A finished file as an answer: its length is known before the first byte, so that a break is seen as one.

Conditions and ranges are those of RFC 9110, sections 13 and 14; several ranges at once are answered by the whole file.
"""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

import anyio.to_thread
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.errors import ApiError, ErrorCode
from api.media import file_headers

_PIECE_BYTES = 1 << 18
_RANGE = re.compile(r"bytes=(\d{0,20})-(\d{0,20})", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class FileFacts:
    """What is known of a file before it is read."""

    name: str
    size: int
    sha256: str

    @property
    def etag(self) -> str:
        """The same for the same bytes."""
        return f'"{self.sha256}"'

    def is_among(self, conditions: Sequence[str]) -> bool:
        """Whether If-None-Match names the file; weak tags compare as strong ones do."""
        tags = [tag.strip().removeprefix("W/") for condition in conditions for tag in condition.split(",")]
        return "*" in tags or self.etag in tags

    @property
    def headers(self) -> dict[str, str]:
        """What every answer about the file says."""
        digest = base64.b64encode(bytes.fromhex(self.sha256)).decode()
        return {
            "ETag": self.etag,
            "Accept-Ranges": "bytes",
            "Cache-Control": "private, no-cache",
            **file_headers(self.name),
            "Repr-Digest": f"sha-256=:{digest}:",
        }


class FileAnswer(Response):
    """Bytes of an open file, which is closed in the end; whoever deletes it meanwhile does not break the answer."""

    def __init__(self, file: BinaryIO | None, first: int, length: int, status: int, headers: Mapping[str, str]) -> None:
        super().__init__(None, status, dict(headers))
        self.headers["Content-Length"] = str(length)
        self._file, self._first, self._length = file, first, length

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the head, then the bytes piece by piece."""
        del receive
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            if self._file is not None and scope["method"] != "HEAD":
                await self._send_bytes(self._file, send)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            if self._file is not None:
                self._file.close()

    async def _send_bytes(self, file: BinaryIO, send: Send) -> None:
        file.seek(self._first)
        left = self._length
        while left:
            piece = await anyio.to_thread.run_sync(file.read, min(_PIECE_BYTES, left))
            if not piece:
                raise EOFError("the file is shorter than its row says")  # breaks the answer off: its length is told
            left -= len(piece)
            await send({"type": "http.response.body", "body": piece, "more_body": True})


def file_answer(
    file: BinaryIO,
    facts: FileFacts,
    extra: Mapping[str, str],
    *,
    is_known: bool = False,
    wanted: range | None = None,
) -> Response:
    """The answer to whoever asked for a file.

    Args:
        file: Open; the answer closes it.
        facts: What its row says.
        extra: Headers to be added.
        is_known: Whether they have it already.
        wanted: The bytes asked for, by ``range_of``.

    Raises:
        ApiError: RANGE_NOT_SATISFIABLE.

    """
    headers = {**facts.headers, **extra}
    if is_known:
        file.close()
        return Response(None, 304, {name: value for name, value in headers.items() if name != "Content-Type"})
    if wanted is None:
        return FileAnswer(file, 0, facts.size, 200, headers)
    if not wanted:
        file.close()
        message = f"the range lies outside of the file's {facts.size} bytes; give one such as bytes=0-1023"
        told = {"Content-Range": f"bytes */{facts.size}"}
        raise ApiError(ErrorCode.RANGE_NOT_SATISFIABLE, message, {"size": facts.size}, headers=told)
    headers["Content-Range"] = f"bytes {wanted.start}-{wanted.stop - 1}/{facts.size}"
    return FileAnswer(file, wanted.start, len(wanted), 206, headers)


def range_of(request: Headers, facts: FileFacts) -> range | None:
    """The bytes asked for; None is all of them, an empty range is one that cannot be."""
    found = _RANGE.fullmatch(request.get("range", "").replace(" ", ""))
    if found is None or found.groups() == ("", ""):
        return None
    if request.get("if-range", facts.etag) != facts.etag:
        return None
    first, last = found.groups()
    if not first:
        return range(max(0, facts.size - int(last)), facts.size)
    if last and int(last) < int(first):
        return None  # no range at all, says RFC 9110, and to be passed over
    return range(int(first), min(facts.size, int(last or facts.size) + 1))
