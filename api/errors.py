"""What the service refuses, and how it says so: one shape for every error, and the one place that renders it."""

import datetime as dt
import enum
import errno
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Self

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.storage.base import StorageUnavailable
from pipeline.errors import (
    BellhopError,
    FilterError,
    OptionError,
    OutputError,
    SourceError,
    SourceUnavailable,
    TooLarge,
)


class ErrorCode(enum.StrEnum):
    """Every code that an answer may have, with its status."""

    status: int
    meaning: str

    def __new__(cls, code: str, status: int, meaning: str) -> Self:
        """Attach a status and a meaning to a code."""
        member = str.__new__(cls, code)
        member._value_, member.status, member.meaning = code, status, meaning
        return member

    UNAUTHORIZED = "UNAUTHORIZED", 401, "no credential that holds came"
    IP_NOT_WHITELISTED = "IP_NOT_WHITELISTED", 403, "the user may not come from this address"
    INSUFFICIENT_PERMISSIONS = "INSUFFICIENT_PERMISSIONS", 403, "a supplier that the user may not see, or none at all"
    INSUFFICIENT_POINTS = "INSUFFICIENT_POINTS", 402, "the export costs more than the user has"
    INVALID_FORMAT = "INVALID_FORMAT", 400, "the format or an option does not hold to its rule"
    INVALID_FILTERS = "INVALID_FILTERS", 400, "the body, a filter or a parameter does not hold to its rule"
    EXPORT_TOO_LARGE = "EXPORT_TOO_LARGE", 400, "more records match than one export may have"
    RATE_LIMITED = "RATE_LIMITED", 429, "the user had all exports of this hour"
    JOB_NOT_FOUND = "JOB_NOT_FOUND", 404, "the user has no such job"
    FILE_NOT_FOUND = "FILE_NOT_FOUND", 404, "the job has no file"
    NOT_FOUND = "NOT_FOUND", 404, "there is no such path"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED", 405, "the path has no such method"
    JOB_NOT_COMPLETED = "JOB_NOT_COMPLETED", 409, "the job has not completed"
    JOB_FINISHED = "JOB_FINISHED", 409, "the job has ended, and cannot be cancelled"
    JOB_EXPIRED = "JOB_EXPIRED", 410, "the file was kept its time, and is gone"
    PERMISSIONS_CHANGED = "PERMISSIONS_CHANGED", 410, "the file has suppliers that the user may not see any more"
    BODY_TOO_LARGE = "BODY_TOO_LARGE", 413, "the body is larger than any export needs"
    UNSUPPORTED_MEDIA_TYPE = "UNSUPPORTED_MEDIA_TYPE", 415, "the body is not sent as application/json"
    RANGE_NOT_SATISFIABLE = "RANGE_NOT_SATISFIABLE", 416, "the range lies outside of the file"
    IDEMPOTENCY_CONFLICT = "IDEMPOTENCY_CONFLICT", 422, "the Idempotency-Key came before with another request"
    SOURCE_UNAVAILABLE = "SOURCE_UNAVAILABLE", 503, "the catalogue cannot be reached"
    STORAGE_UNAVAILABLE = "STORAGE_UNAVAILABLE", 503, "the storage of files cannot be reached"
    STORAGE_FULL = "STORAGE_FULL", 507, "there is no space for another file"
    EXPORT_FAILED = "EXPORT_FAILED", 500, "the export failed"
    INTERNAL_ERROR = "INTERNAL_ERROR", 500, "a mistake of the service's own"


DENIALS = frozenset({401, 402, 403, 410, 429})
"""Statuses that stand in the activity log."""


class ApiError(Exception):
    """An error that a user is told of."""

    def __init__(
        self,
        code: ErrorCode,
        message: str,
        details: Mapping[str, Any] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        is_on_record: bool = False,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = dict(details or {})
        self.headers = dict(headers or {})
        self.is_on_record = is_on_record
        """Whether the activity log has it already, as the end of an export that was accepted."""


_ACCEPTS_CHARACTERS = 1_000
"""Of a rule in a message: it may repeat what came."""
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_BY_STATUS = {404: ErrorCode.NOT_FOUND, 405: ErrorCode.METHOD_NOT_ALLOWED}
_BY_HOST = {401: ErrorCode.UNAUTHORIZED, 403: ErrorCode.INSUFFICIENT_PERMISSIONS}
"""What the functions of somebody else's application refuse by FastAPI's own error."""


def told(error: BaseException) -> ApiError:
    """Any error as one that a user may be told of: no path, no SQL, no name of a server."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, BellhopError):
        return _of_library(error)
    if isinstance(error, StorageUnavailable) and (known := _of_output(error)):
        return known
    if isinstance(error, RequestValidationError):
        return invalid_fields(
            (str(part["loc"][-1] if part["loc"] else "request"), part["msg"]) for part in error.errors()
        )
    if isinstance(error, HTTPException) and (of_http := _of_http(error)):
        return of_http
    return ApiError(ErrorCode.INTERNAL_ERROR, "something went wrong here; try again, or tell us the X-Request-Id")


def invalid_fields(
    problems: Iterator[tuple[str, str]] | Sequence[tuple[str, str]], code: ErrorCode = ErrorCode.INVALID_FILTERS
) -> ApiError:
    """Fields that do not hold to their rules, each with what it accepts."""
    fields = [{"field": field, "accepts": accepts[:_ACCEPTS_CHARACTERS]} for field, accepts in problems]
    message = "; ".join(f"{one['field']}: {one['accepts']}" for one in fields)
    return ApiError(code, message, {"fields": fields})


def wrong_option(error: OptionError) -> tuple[str, str]:
    """The option that does not hold to its rule, and what it accepts."""
    option = error.option or "format"
    return option, str(error).removeprefix(f"{option}: ")


def _of_http(error: HTTPException) -> ApiError | None:
    if error.status_code in _BY_HOST:
        return ApiError(_BY_HOST[error.status_code], str(error.detail), headers=error.headers)
    if error.status_code in _BY_STATUS:
        code = _BY_STATUS[error.status_code]
        return ApiError(code, f"{code.meaning}; see /docs for all that there is", headers=error.headers)
    return None


def _of_library(error: BellhopError) -> ApiError:
    if isinstance(error, FilterError):
        return invalid_fields([(problem.field, problem.wanted) for problem in error.problems])
    if isinstance(error, OptionError):
        return invalid_fields([wrong_option(error)], ErrorCode.INVALID_FORMAT)
    if isinstance(error, TooLarge):
        return too_large(error.records, error.maximum)
    if isinstance(error, SourceUnavailable):
        message = "the catalogue cannot be reached now; try again in a while"
        return ApiError(ErrorCode.SOURCE_UNAVAILABLE, message, headers={"Retry-After": "30"})
    if isinstance(error, OutputError) and (told_of := _of_output(error.__cause__)):
        return told_of
    what = "the catalogue could not be read whole" if isinstance(error, SourceError) else "the file was not written"
    return ApiError(ErrorCode.EXPORT_FAILED, f"{what}, and nothing was published; try again, or tell the operator")


def _of_output(error: BaseException | None) -> ApiError | None:
    """What a disk or a storage refused, if there is more to say of it than that the export failed."""
    if isinstance(error, OSError) and error.errno in _NO_SPACE:
        return storage_full()
    if isinstance(error, StorageUnavailable):
        message = "the storage of files cannot be reached now, and an export that failed by it costs nothing; try again"
        return ApiError(ErrorCode.STORAGE_UNAVAILABLE, message, headers={"Retry-After": "30"})
    return None


def too_large(records: int, maximum: int) -> ApiError:
    """More records than one export may have, and how to page."""
    message = (
        f"{records:,} records match, and one export has at most {maximum:,}; narrow the filters, or export pages:"
        f" give a limit of {maximum:,} or less, then the `next` of each manifest (or Link) as `after`"
    )
    details = {"records": records, "maximum": maximum, "page_with": {"limit": maximum, "after": "next of the manifest"}}
    return ApiError(ErrorCode.EXPORT_TOO_LARGE, message, details)


def storage_full() -> ApiError:
    """No space for another file."""
    message = "there is no space for another file now; try again when older ones have expired"
    return ApiError(ErrorCode.STORAGE_FULL, message, headers={"Retry-After": "3600"})


def rendered(error: ApiError, *, now: dt.datetime) -> Response:
    """The one shape of every error."""
    body = {
        "error": True,
        "error_code": error.code.value,
        "message": error.message,
        "details": error.details,
        "timestamp": f"{now.isoformat(timespec='seconds')}Z",
    }
    # ASCII, since a message may repeat half of a surrogate pair, which UTF-8 has no bytes for.
    content = json.dumps(body, default=repr)
    return Response(content, error.code.status, {**error.headers, "Cache-Control": "no-store"}, "application/json")


@contextmanager
def library_told() -> Iterator[None]:
    """The library's errors as those of the service."""
    try:
        yield
    except BellhopError as error:
        raise told(error) from error
