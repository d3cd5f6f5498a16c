"""The OpenAPI document: examples, every error with one, and schemas that say what is really taken."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from api.errors import ErrorCode
from api.examples import DETAILS, JOB, MESSAGES, REQUESTS
from api.routes.media import MEDIA_TYPES
from api.routes.paths import ExportRoute
from api.schemas import (
    ExportErrorResponse,
    ExportHotelsRequest,
    ExportJobResponse,
    ExportJobStatusResponse,
    ExportMappingsRequest,
    ExportMetadata,
    ExportSupplierSummaryRequest,
)

_ALWAYS = ("UNAUTHORIZED", "IP_NOT_WHITELISTED", "INVALID_FILTERS", "INTERNAL_ERROR")
_OF_EXPORTS = (
    "INVALID_FORMAT",
    "EXPORT_TOO_LARGE",
    "INSUFFICIENT_PERMISSIONS",
    "INSUFFICIENT_POINTS",
    "PERMISSIONS_CHANGED",
    "JOB_EXPIRED",
    "FILE_NOT_FOUND",
    "BODY_TOO_LARGE",
    "UNSUPPORTED_MEDIA_TYPE",
    "IDEMPOTENCY_CONFLICT",
    "RATE_LIMITED",
    "SOURCE_UNAVAILABLE",
    "STORAGE_FULL",
    "EXPORT_FAILED",
)
_OF_ESTIMATES = (
    "INVALID_FORMAT",
    "INSUFFICIENT_PERMISSIONS",
    "BODY_TOO_LARGE",
    "UNSUPPORTED_MEDIA_TYPE",
    "SOURCE_UNAVAILABLE",
    "EXPORT_FAILED",
)
_REF = "#/components/schemas/{model}"

_ALL = {"type": "string", "pattern": "^[Aa][Ll][Ll]$", "description": "No restriction."}
_NULL = {"type": "null"}
_ITEM = {"type": "string", "pattern": "^[^\\u0000]*$", "not": {"pattern": "^[Aa][Ll][Ll]$"}}


def _open(*schemas: Mapping[str, Any]) -> dict[str, Any]:
    """A field that leaving out, null and "All" leave without restriction."""
    return {"anyOf": [*schemas, _ALL, _NULL], "default": None}


def _list(item: Mapping[str, Any], **limits: int) -> dict[str, Any]:
    return _open({"type": "array", "items": item, "minItems": 1, **limits})


_MOMENT = _open({"type": "string", "format": "date"}, {"type": "string", "format": "date-time"})
_RATING = _open({"type": "number", "minimum": 0, "maximum": 5})

FILTER_SCHEMAS: dict[str, dict[str, Any]] = {
    "suppliers": _list(_ITEM) | {"description": "Names in any case; one that you may not see is refused."},
    "ittids": _list(_ITEM, maxItems=100_000) | {"description": "Up to 100,000."},
    "property_types": _list(_ITEM),
    "country_codes": _list({"type": "string", "pattern": "^[A-Z]{2}$"}) | {"description": "ISO 3166-1, upper case."},
    "min_rating": _RATING,
    "max_rating": _RATING | {"description": "Not below min_rating."},
    "date_from": _MOMENT | {"description": "A UTC day or an instant, on updated_at; not in the future."},
    "date_to": _MOMENT | {"description": "As date_from, and not before it; both ends are in."},
    "limit": _open({"type": "integer", "minimum": 1, "maximum": 2**63 - 1}) | {"description": "A page of so many."},
    "after": {
        "anyOf": [{"type": "string", "pattern": "^[A-Za-z0-9_-]+$"}, _NULL],
        "default": None,
        "description": "The `next` of the manifest before, unchanged.",
    },
}
"""What the library's validators take, where pydantic cannot tell it from them."""


def errors(*codes: str) -> dict[int | str, dict[str, Any]]:
    """The answers of an endpoint that are errors, by status, each code with an example."""
    found: dict[int | str, dict[str, Any]] = {}
    for code in (ErrorCode[name] for name in (*_ALWAYS, *codes)):
        answer = found.setdefault(code.status, {"model": ExportErrorResponse, "description": ""})
        answer["description"] = "; ".join(filter(None, (answer["description"], f"{code.value}: {code.meaning}")))
        content = answer.setdefault("content", {"application/json": {"examples": {}}})
        content["application/json"]["examples"][code.value] = {"summary": code.meaning, "value": _error(code)}
    return found


def _error(code: ErrorCode) -> dict[str, Any]:
    return {
        "error": True,
        "error_code": code.value,
        "message": MESSAGES.get(code.value, code.meaning),
        "details": DETAILS.get(code.value, {}),
        "timestamp": "2025-06-30T05:59:01Z",
    }


def _headers(**meanings: str) -> dict[str, Any]:
    return {
        name.replace("_", "-"): {"description": text, "schema": {"type": "string"}} for name, text in meanings.items()
    }


_DOCUMENT = {
    "type": "object",
    "required": ["metadata", "data", "record_count"],
    "properties": {
        "metadata": {"$ref": "#/components/schemas/ExportMetadata"},
        "data": {"type": "array", "items": {"type": "object"}},
        "record_count": {"type": "integer"},
    },
}
_FILE = {
    media: {"schema": _DOCUMENT if media == "application/json" else {"type": "string", "format": "binary"}}
    for media in MEDIA_TYPES.values()
}
_PART = {media: {"schema": {"type": "string", "format": "binary"}} for media in MEDIA_TYPES.values()}
_LIMITED = _headers(
    RateLimit="Exports left, and seconds until there are more.", RateLimit_Policy="How many in which time."
)
_FILE_HEADERS = _headers(
    ETag="Of the bytes.",
    Repr_Digest="SHA-256 of the file (RFC 9530).",
    Content_Disposition="The file's name.",
    X_Job_Id="The job that the file is of.",
)


def export_docs(one: ExportRoute) -> dict[str, Any]:
    """What the document says of a POST that exports."""
    ok = {
        "description": "The file.",
        "content": _FILE,
        "headers": _FILE_HEADERS
        | _LIMITED
        | _headers(
            X_Record_Count="Records in the file.", Link='rel="next": POST the same body there for the next page.'
        ),
    }
    accepted = {
        "model": ExportJobResponse,
        "description": "A job: from the threshold on, or when asked for.",
        "headers": _LIMITED | _headers(Location="Its status.", Retry_After="Seconds.", X_Job_Id="Its id."),
        "content": {"application/json": {"example": JOB | {"export_type": one.export_type}}},
    }
    return {
        "summary": f"Export {one.path}",
        "description": "A file, or a job that makes one. Costs points (general users) and counts towards the limit.",
        "responses": {200: ok, 202: accepted, **errors(*_OF_EXPORTS)},
        "openapi_extra": _body(one),
        "response_model": None,
    }


def estimate_docs(one: ExportRoute) -> dict[str, Any]:
    """What the document says of a POST that estimates."""
    return {
        "summary": f"Estimate an export of {one.path}",
        "description": "Rows, bytes, seconds, points, and whether it would be a file or a job; costs nothing.",
        "responses": errors(*_OF_ESTIMATES),
        "openapi_extra": _body(one),
    }


def _body(one: ExportRoute) -> dict[str, Any]:
    examples = {name: {"summary": name, "value": value} for name, value in REQUESTS[one.export_type].items()}
    schema = {"$ref": _REF.format(model=one.model.__name__)}
    return {
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema, "examples": examples}}}
    }


DOWNLOAD_DOCS: dict[str, Any] = {
    "summary": "Download a file",
    "response_model": None,
    "responses": {
        200: {"description": "The file.", "content": _FILE, "headers": _FILE_HEADERS},
        206: {"description": "The range asked for.", "content": _PART, "headers": _FILE_HEADERS},
        304: {"description": "If-None-Match names the file."},
        **errors(
            "JOB_NOT_FOUND",
            "FILE_NOT_FOUND",
            "JOB_NOT_COMPLETED",
            "JOB_EXPIRED",
            "PERMISSIONS_CHANGED",
            "RANGE_NOT_SATISFIABLE",
        ),
    },
    "openapi_extra": {
        "parameters": [
            {"in": "header", "name": name, "required": False, "schema": {"type": "string"}, "description": meaning}
            for name, meaning in (
                ("Range", "One range of bytes, such as bytes=0-1023; several are answered by the whole file."),
                ("If-Range", "An ETag: the range counts only while the file is still that one."),
                ("If-None-Match", "ETags: 304 if the file is one of them."),
            )
        ]
    },
}

_EVENT = {
    "type": "object",
    "properties": {"event": {"const": "status"}, "data": {"type": "string", "description": "The job, as JSON."}},
}
EVENTS_DOCS: dict[str, Any] = {
    "response_model": None,
    "responses": {
        200: {
            "description": "`event: status` with the job as JSON, at each change; ends when the job has.",
            "content": {"text/event-stream": {"schema": _EVENT}},
        },
        **errors("JOB_NOT_FOUND"),
    },
}


def document(app: FastAPI) -> None:
    """Let an application's OpenAPI document name the requests and filters of Bellhop as they really are."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _completed(
                get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
            )
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way to extend it


def _completed(schema: dict[str, Any]) -> dict[str, Any]:
    models = (ExportHotelsRequest, ExportMappingsRequest, ExportSupplierSummaryRequest, ExportMetadata)
    more = (ExportJobResponse, ExportJobStatusResponse, ExportErrorResponse)
    _, definitions = models_json_schema([(model, "validation") for model in (*models, *more)], ref_template=_REF)
    components = schema.setdefault("components", {}).setdefault("schemas", {})
    for name, definition in definitions["$defs"].items():
        components.setdefault(name, definition)
    for name in ("HotelExportFilters", "MappingExportFilters", "SupplierSummaryFilters"):
        properties = components[name]["properties"]
        properties |= {field: FILTER_SCHEMAS[field] for field in properties if field in FILTER_SCHEMAS}
    return schema
