"""The OpenAPI document: examples, every error with one, and schemas that say what is really taken."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from api.errors import ErrorCode
from api.examples import ANSWERS, DETAILS, EVENT, FILES, MESSAGES, REQUESTS
from api.filter_schemas import FILTER_SCHEMAS
from api.media import MEDIA_TYPES
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
    "STORAGE_UNAVAILABLE",
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
_REF_UNSENT = _REF.format(model="HTTPValidationError")


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


def answered(example: str, *codes: str) -> dict[int | str, dict[str, Any]]:
    """The answers of an endpoint: 200 with an example, and those that are errors."""
    return {200: {"content": _shown(example)}, **errors(*codes)}


def _shown(example: str) -> dict[str, Any]:
    """An example by its name among the components: FastAPI would drop each null of one that stands here."""
    return {"application/json": {"examples": {example: {"$ref": f"#/components/examples/{example}"}}}}


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
        "charts": {"type": "array", "items": {"type": "object"}, "description": "Of the supplier summary."},
        "record_count": {"type": "integer"},
    },
}
_BYTES = {"type": "string", "format": "binary"}
_PART = {media: {"schema": _BYTES} for media in MEDIA_TYPES.values()}
_JOB_ID = {"job_id": "$response.header.X-Job-Id"}
_LINKS = {
    name: {"operationId": f"bellhop_{name}", "parameters": _JOB_ID, "description": meaning}
    for name, meaning in (
        ("status", "How far the job is."),
        ("events", "The same as it changes."),
        ("download", "The file, once the job has completed."),
        ("manifest", "What is in it."),
        ("cancel", "Stop it, and have the points back."),
        ("job", "The job in one's history."),
        ("delete_job", "Take it out of there, with its file."),
    )
}
_LIMITED = _headers(
    RateLimit="Exports left, and seconds until there are more.", RateLimit_Policy="How many in which time."
)
_FILE_HEADERS = _headers(
    ETag="Of the bytes.",
    Repr_Digest="SHA-256 of the file (RFC 9530).",
    Content_Disposition="The file's name.",
    X_Job_Id="The job that the file is of.",
)


def _file(*export_types: str) -> dict[str, Any]:
    """A file as a body: by media type, with an example of each export."""
    return {
        media: {
            "schema": _DOCUMENT if ending == "json" else _BYTES,
            "examples": {name: FILES[name][ending] for name in export_types},
        }
        for ending, media in MEDIA_TYPES.items()
    }


def export_docs(one: ExportRoute) -> dict[str, Any]:
    """What the document says of a POST that exports."""
    ok = {
        "description": "The file.",
        "content": _file(one.export_type),
        "links": _LINKS,
        "headers": _FILE_HEADERS
        | _LIMITED
        | _headers(
            X_Record_Count="Records in the file.", Link='rel="next": POST the same body there for the next page.'
        ),
    }
    accepted = {
        "model": ExportJobResponse,
        "description": "A job: from the threshold on, or when asked for.",
        "links": _LINKS,
        "headers": _LIMITED | _headers(Location="Its status.", Retry_After="Seconds.", X_Job_Id="Its id."),
        "content": _shown(f"accepted_{one.export_type}"),
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
        "responses": answered(f"estimate_{one.export_type}", *_OF_ESTIMATES),
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
        200: {"description": "The file.", "content": _file(*FILES), "headers": _FILE_HEADERS},
        206: {"description": "The range asked for.", "content": _PART, "headers": _FILE_HEADERS},
        304: {"description": "If-None-Match names the file."},
        307: {"description": "Where the object storage has the file, for a minute; only if the operator chose so."},
        **errors(
            "JOB_NOT_FOUND",
            "FILE_NOT_FOUND",
            "JOB_NOT_COMPLETED",
            "JOB_EXPIRED",
            "PERMISSIONS_CHANGED",
            "RANGE_NOT_SATISFIABLE",
            "STORAGE_UNAVAILABLE",
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
    "summary": "Follow a job",
    "response_model": None,
    "responses": {
        200: {
            "description": "`event: status` with the job as JSON, at each change; ends when the job has.",
            "content": {"text/event-stream": {"schema": _EVENT, "example": EVENT}},
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
    schema.setdefault("components", {})["examples"] = {name: {"value": value} for name, value in ANSWERS.items()}
    components = schema["components"].setdefault("schemas", {})
    for name, definition in definitions["$defs"].items():
        components.setdefault(name, definition)
    _drop_unsent(schema)
    for name in ("HotelExportFilters", "MappingExportFilters", "SupplierSummaryFilters"):
        properties = components[name]["properties"]
        properties |= {field: FILTER_SCHEMAS[field] for field in properties if field in FILTER_SCHEMAS}
    return schema


def _drop_unsent(schema: dict[str, Any]) -> None:
    """Drop the 422 that FastAPI adds by itself: what does not hold to its rule is a 400 of the one shape here."""
    for operation in (one for methods in schema["paths"].values() for one in methods.values()):
        sent = operation.get("responses", {})
        if operation.get("operationId", "").startswith("bellhop_") and _REF_UNSENT in str(sent.get("422")):
            del sent["422"]
    if _REF_UNSENT not in str(schema["paths"]):
        for name in ("HTTPValidationError", "ValidationError"):
            schema["components"]["schemas"].pop(name, None)
