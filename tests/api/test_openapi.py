"""The OpenAPI document is true, whole, and needs no internet."""

import re
import secrets
from collections import Counter
from contextlib import suppress
from traceback import format_exception_only
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

from api.app import PREFIX
from api.errors import ErrorCode
from api.examples import REQUESTS
from api.filter_schemas import FILTER_SCHEMAS
from api.jobs.estimate import _BYTES, _SECONDS
from api.media import MEDIA_TYPES
from api.routes.paths import EXPORT_ROUTES, ExportRoute
from api.schemas import ExportFormat
from pipeline.datasets import DATASETS
from pipeline.formats import FORMATS
from tests.api.conftest import HOME, Service, Start

NAMES = {
    "ExportFormat", "HotelExportFilters", "MappingExportFilters", "SupplierSummaryFilters", "ExportHotelsRequest",
    "ExportMappingsRequest", "ExportSupplierSummaryRequest", "ExportJobResponse", "ExportJobStatusResponse",
    "ExportMetadata", "ExportErrorResponse",
}  # fmt: skip
"""The names of spec.md §5."""


@pytest.fixture
def document(service: Service) -> dict[str, Any]:
    found: dict[str, Any] = service.client.get("/openapi.json").json()
    return found


def test_the_names_that_must_stay(document: dict[str, Any]) -> None:
    assert set(document["components"]["schemas"]) >= NAMES
    assert set(document["components"]["securitySchemes"]) == {"Bearer", "ApiKey"}


def test_every_format_is_known_throughout_the_service() -> None:
    endings = {known.ending for known in FORMATS.values()}
    assert {*ExportFormat} == FORMATS.keys() | {"xlsx"}
    assert MEDIA_TYPES.keys() == endings | {"gz", "zst"}
    assert _BYTES.keys() == _SECONDS.keys() == FORMATS.keys()


def test_every_filter_has_a_schema_of_its_own() -> None:
    fields = {name: field for one in DATASETS.values() for name, field in one.model.model_fields.items()}
    assert FILTER_SCHEMAS.keys() == {name for name, field in fields.items() if field.annotation is not bool}


def test_every_error_code_has_an_example(document: dict[str, Any]) -> None:
    found = set(re.findall(r'"error_code": "(\w+)"', str(document).replace("'", '"')))
    public = {code.value for code in ErrorCode} - {"NOT_FOUND", "METHOD_NOT_ALLOWED"}
    assert found >= public


def test_every_operation_says_what_it_does_and_who_may(document: dict[str, Any]) -> None:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"] != operation["operationId"].replace("_", " ").title(), (method, path)
            assert operation["description"], (method, path)
            if path.startswith("/v1.0/export"):
                assert {name for one in operation["security"] for name in one} == {"Bearer", "ApiKey"}
                assert {"401", "403"} <= set(operation["responses"])


def test_every_example_of_a_request_is_answered(start: Start) -> None:
    service = start(rate_limit=100)
    who = service.someone()
    for one in EXPORT_ROUTES:
        for body in REQUESTS[one.export_type].values():
            assert service.call("POST", f"/{one.path}", who, json=body).status_code == 200, body


def test_requests_of_each_type_and_format_have_an_example() -> None:
    for one in EXPORT_ROUTES:
        formats = {body["format"].replace("xlsx", "excel") for body in REQUESTS[one.export_type].values()}
        assert formats == {"csv", "json", "ndjson", "excel", "parquet", "arrow"}


WANTED: dict[str, dict[str, Any]] = {
    "hotels": {"suppliers": ["agoda"], "ittids": ["10000001"]},
    "mappings": {"suppliers": ["agoda"], "ittids": ["10000001"]},
    "supplier_summary": {"suppliers": ["agoda"], "include_country_breakdown": True},
}
"""What the files of the examples are answers to."""


@pytest.mark.parametrize("one", EXPORT_ROUTES, ids=lambda one: one.export_type)
def test_the_files_of_the_examples_are_real_ones(service: Service, one: ExportRoute) -> None:
    who = service.someone()
    content = service.client.get("/openapi.json").json()["paths"][f"{PREFIX}/{one.path}"]["post"]["responses"]["200"]
    shown = {media: body["examples"][one.export_type]["value"] for media, body in content["content"].items()}
    assert set(shown) == set(MEDIA_TYPES.values())
    for format_ in ("csv", "ndjson", "json"):
        answer = service.export(who, f"/{one.path}", format=format_, filters=WANTED[one.export_type])
        example = shown[MEDIA_TYPES[format_]]
        if format_ == "json":
            real = answer.json()
            for name in ("export_id", "generated_at", "generated_by", "user_id"):
                example["metadata"][name] = real["metadata"][name]
            assert example == real
        else:
            assert example.encode() == answer.content


def test_the_manifest_of_the_examples_is_a_real_one(service: Service, document: dict[str, Any]) -> None:
    who = service.someone()
    job_id = service.export(who, filters=WANTED["hotels"]).headers["X-Job-Id"]
    example, real = (
        document["components"]["examples"]["manifest"]["value"],
        service.call("GET", f"/manifest/{job_id}", who),
    )
    other = {name for name, value in real.json().items() if example[name] != value}
    assert other <= {"export_id", "file_name", "generated_at", "generated_by", "snapshot", "timings"}


def test_every_answer_in_json_has_an_example_that_is_true_to_its_schema(document: dict[str, Any]) -> None:
    checked = 0
    for path, methods in document["paths"].items():
        for operation in (one for one in methods.values() if path.startswith(PREFIX)):
            for status, answer in operation["responses"].items():
                told = answer.get("content", {}).get("application/json")
                if told is None or status == "206":
                    continue
                examples = [
                    document["components"]["examples"][name] if "$ref" in one else one
                    for name, one in told["examples"].items()
                ]
                schema = told["schema"] | {"components": document["components"]}
                for example in (one["value"] for one in examples):
                    assert jsonschema_rs.is_valid(schema, example), (path, status, example)
                    checked += 1
    assert checked > 100


def test_an_answer_that_is_never_sent_is_not_in_the_document(document: dict[str, Any]) -> None:
    assert "HTTPValidationError" not in str(document)


def test_the_docs_page_fetches_nothing_from_elsewhere(service: Service) -> None:
    page = service.client.get("/docs").text
    links = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(links) == 3
    for link in links:
        assert link.startswith("/docs/")
        assert len(service.client.get(link).content) > 500
    assert "http" not in re.sub(r"http-equiv", "", page)


def cannot_be_said(body: Any) -> bool:
    """Whether a body breaks a rule that JSON Schema has no words for: about two fields, today, or another export."""
    filters = body.get("filters") if isinstance(body, dict) else None
    if not isinstance(body, dict) or not isinstance(filters, dict | None):
        return False
    filters = filters or {}
    only_for = {
        "columns": (), "compact": ("excel", "xlsx"), "compression": ("csv", "json", "ndjson"),
        "csv_formulas": ("csv",), "csv_separator": ("csv",),
    }  # fmt: skip
    wrong_option = any(
        body.get(name) is not None and body.get("format") not in taking for name, taking in only_for.items()
    )
    return wrong_option or bool(filters.keys() & {"date_from", "date_to", "min_rating", "max_rating", "after"})


@pytest.mark.parametrize("tables", ["sqlite", "postgres"], indirect=True)
def test_schemathesis_finds_nothing(start: Start) -> None:
    service = start(rate_limit=10**9, direct_workers=4)
    who = service.someone(points=10**9)
    known = service.export(who, "/supplier-summary").headers["X-Job-Id"]
    document: Any = schemathesis.openapi.from_asgi("/openapi.json", at_home(service.app))
    statuses: Counter[int] = Counter()
    failures: list[str] = []
    for found in document.get_all_operations():
        operation = found.ok()
        fixed = {"job_id": known} if "{job_id}" in operation.path and operation.method != "delete" else None
        for mode in GenerationMode:
            with suppress(Unsatisfiable):  # what takes nothing cannot be given what is wrong
                strategy = operation.as_strategy(generation_mode=mode, path_parameters=fixed)
                try:
                    _hold(strategy, mode, who.headers, statuses)
                except (AssertionError, BaseExceptionGroup) as failure:
                    failures.append(f"{operation.label} ({mode.value}): {''.join(format_exception_only(failure))}")
    assert not failures, "\n\n".join(failures)
    assert statuses[200] > 50, "most requests must get past the door for this to be a test"
    assert statuses[400] > 20
    assert statuses[404] > 5


def at_home(app: Any) -> Any:
    """The application, asked from where its users may come."""

    async def asked(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            scope["client"] = (HOME, 50_000)
        await app(scope, receive, send)

    return asked


def _hold(cases: Any, mode: GenerationMode, headers: dict[str, str], statuses: Counter[int]) -> None:
    @settings(
        max_examples=10,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
        derandomize=True,
        database=None,
    )
    @given(case=cases)
    def holds(case: Any) -> None:
        if mode is GenerationMode.POSITIVE:
            assume(not cannot_be_said(case.body))
            assume(not (isinstance(case.query, dict) and "after" in case.query))
        for credential in ("Authorization", "X-API-Key"):
            case.headers.pop(credential, None)
        if mode is GenerationMode.POSITIVE:
            case.headers.pop("Range", None)  # one beyond the file is answered by 416
        if "Idempotency-Key" in case.headers and mode is GenerationMode.POSITIVE:
            case.headers["Idempotency-Key"] = secrets.token_hex(8)  # one that came before is a conflict
        statuses[case.call_and_validate(headers=headers).status_code] += 1

    holds()


@pytest.mark.parametrize("tables", ["sqlite", "postgres"], indirect=True)
def test_schemathesis_finds_nothing_on_the_ways_from_one_request_to_the_next(start: Start) -> None:
    """Exports, then what their links lead to: status, file, manifest, and what is left after they were deleted."""
    service = start(rate_limit=10**9)
    who = service.someone(points=10**9)
    document: Any = schemathesis.openapi.from_asgi("/openapi.json", at_home(service.app))
    document.config.generation.update(modes=[GenerationMode.POSITIVE])
    asked: Counter[str] = Counter()

    class Ways(document.as_state_machine()):  # type: ignore[misc]  # a class that is made of the document
        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            for name in ("Authorization", "X-API-Key", "Range", "Idempotency-Key"):
                case.headers.pop(name, None)
            asked[case.operation.path] += 1
            return {"headers": who.headers}

        def validate_response(self, response: Any, case: Any, **more: Any) -> None:
            if not cannot_be_said(case.body) and not (case.query or {}).get("after"):
                super().validate_response(response, case, **more)

    Ways.run(
        settings=settings(
            max_examples=6,
            stateful_step_count=8,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
            derandomize=True,
            database=None,
        )
    )
    assert sum(count for path, count in asked.items() if "{job_id}" in path) > 5, asked
