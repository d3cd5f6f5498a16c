"""Every error that there is, in its one shape; bad input is the sender's; and no answer tells anything inside."""

import ast
import datetime as dt
import json
import logging
import sqlite3
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from api.accounts.users import permit
from api.errors import ErrorCode
from api.log import JsonLines
from api.storage.base import StorageUnavailable
from api.tables.models import Role, User
from pipeline.errors import IncompleteRead, OutputError, SourceUnavailable
from tests.api.conftest import Service, Start

SHAPE = {"error", "error_code", "message", "details", "timestamp"}
SUMMARY = "/supplier-summary"
INSIDE = ("secret-place", "SELECT", "Traceback", "sqlite", "duckdb", "/tmp/", ".py", "hunter2")  # noqa: S108
"""What must be in no answer, and in no line of the log."""


def check(answer: Any, code: str) -> Any:
    body = answer.json()
    assert set(body) == SHAPE
    assert (body["error"], body["error_code"], answer.status_code) == (True, code, ErrorCode[code].status), answer.text
    assert body["message"]
    assert dt.datetime.fromisoformat(body["timestamp"]).tzinfo == dt.UTC
    assert answer.headers["Content-Type"] == "application/json"
    assert not [word for word in INSIDE if word in answer.text]
    return body["details"]


def failing(error: Exception) -> Any:
    def write(*_: object, **__: object) -> None:
        raise error

    return write


def test_what_is_wrong_with_a_request(start: Start) -> None:
    service = start(max_body_bytes=1_000)
    who = service.someone(Role.GENERAL_USER, suppliers=("agoda",), points=5)
    assert check(service.export(who), "INSUFFICIENT_POINTS") == {"cost": 10, "balance": 5}
    assert check(service.call("POST", "/hotels", None, json={}), "UNAUTHORIZED") == {}
    assert check(service.export(service.someone(networks=())), "IP_NOT_WHITELISTED") == {"ip_address": "127.0.0.1"}
    assert check(service.export(who, filters={"suppliers": ["ean"]}), "INSUFFICIENT_PERMISSIONS") == {
        "denied_suppliers": ["ean"]
    }
    details = check(service.export(who, format="docx"), "INVALID_FORMAT")
    assert details["fields"][0]["field"] == "format"
    assert details["fields"][0]["accepts"].startswith("'docx' will not do; give one of csv, json,")
    check(service.export(who, format="parquet", compression="gzip"), "INVALID_FORMAT")
    check(service.export(who, columns=["ittid", "nonsense"]), "INVALID_FORMAT")
    details = check(service.export(who, filters={"min_ratin": 1, "limit": 0, "suppliers": []}), "INVALID_FILTERS")
    fields = {one["field"]: one["accepts"] for one in details["fields"]}
    assert "nearest is min_rating" in fields["min_ratin"]
    assert set(fields) == {"min_ratin", "limit", "suppliers"}
    check(service.export(who, filter={}), "INVALID_FILTERS")
    check(service.export(who, filters=[]), "INVALID_FILTERS")
    check(service.export(who, filters={"after": "bm9uZQ"}), "INVALID_FILTERS")
    check(service.export(who, headers={"Idempotency-Key": "a b"}), "INVALID_FILTERS")
    check(
        service.call("POST", "/hotels", who, content=b"{}", headers={"Content-Type": "text/plain"}),
        "UNSUPPORTED_MEDIA_TYPE",
    )
    large = service.client.post("/v1.0/export/hotels", content=b"x" * 1_001)
    assert check(large, "BODY_TOO_LARGE") == {"maximum_bytes": 1_000}
    check(service.client.post("/v1.0/export/hotels", content=(b"x" * 600 for _ in range(2))), "BODY_TOO_LARGE")
    check(service.client.get("/nothing"), "NOT_FOUND")
    check(service.client.get("/v1.0/export/"), "NOT_FOUND")
    assert check(service.client.put("/v1.0/export/hotels"), "METHOD_NOT_ALLOWED") == {}
    assert service.client.put("/v1.0/export/hotels").headers["Allow"] == "POST"


def test_the_order_of_the_checks(start: Start) -> None:
    """Each request has all that is wrong from one step on; the first of it is told."""
    service = start(max_body_bytes=200, max_records=2, rate_limit=1, async_threshold=2)
    who = service.someone(Role.GENERAL_USER, suppliers=("agoda",), points=0)
    paid = service.someone(Role.GENERAL_USER, suppliers=("agoda",))
    bad: dict[str, Any] = {"format": "x", "filters": {"suppliers": ["ean"]}}
    large = b" " * 201
    assert service.client.post("/v1.0/export/hotels", content=large).status_code == 413
    assert service.client.post("/v1.0/export/hotels", json=bad).status_code == 401
    check(service.export(service.someone(networks=()), **bad), "IP_NOT_WHITELISTED")
    check(service.export(who, **bad), "INVALID_FORMAT")
    check(service.export(who, filters={"suppliers": ["ean"]}), "INSUFFICIENT_PERMISSIONS")
    key = {"Idempotency-Key": "k"}
    assert service.export(paid, filters={"limit": 1}, headers=key).status_code == 200
    assert set(check(service.export(paid, headers=key), "IDEMPOTENCY_CONFLICT")) == {"job_id"}
    assert service.export(paid, filters={"limit": 1}, headers=key).status_code == 200
    details = check(service.export(paid), "EXPORT_TOO_LARGE")
    assert (details["maximum"], details["records"] > 2, details["page_with"]["limit"]) == (2, True, 2)
    details = check(service.export(paid, filters={"limit": 1}), "RATE_LIMITED")
    assert details == {"limit": 1, "window_seconds": 3_600}
    check(service.export(who, filters={"limit": 1}), "INSUFFICIENT_POINTS")


def test_what_goes_wrong_here(start: Start, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    service = start(rate_limit=100)
    who = service.someone(Role.GENERAL_USER, suppliers=("agoda",))
    place = "/srv/secret-place/x.duckdb: SELECT hunter2"
    full = OutputError(f"{place} cannot be written")
    full.__cause__ = OSError(28, "No space left on device")
    for error, code in (
        (SourceUnavailable(place), "SOURCE_UNAVAILABLE"),
        (IncompleteRead(place), "EXPORT_FAILED"),
        (full, "STORAGE_FULL"),
        (OutputError(place), "EXPORT_FAILED"),
        (StorageUnavailable(place), "STORAGE_UNAVAILABLE"),
        (sqlite3.OperationalError(place), "INTERNAL_ERROR"),
        (RecursionError(place), "INTERNAL_ERROR"),
    ):
        with monkeypatch.context() as patched:
            patched.setattr("pipeline.export.Export.write", failing(error))
            check(service.export(who, SUMMARY), code)
            job_id = service.export(who, SUMMARY, headers={"Prefer": "respond-async"}).json().get("job_id")
            if job_id:
                told = json.dumps(service.finished(who, job_id))
                assert code in told
                assert not [word for word in INSIDE if word in told]
    with monkeypatch.context() as patched:
        patched.setattr("api.jobs.store.history", failing(RuntimeError(place)))
        check(service.call("GET", "/jobs", who), "INTERNAL_ERROR")
    lines = [JsonLines().format(record) for record in caplog.records if record.name == "bellhop"]
    assert any("export failed" in line for line in lines)
    for line in lines:
        assert "secret-place" not in line
        assert "hunter2" not in line
        assert who.key not in line
        json.loads(line)
    assert service.balance(who) == 1_000


def test_what_is_wrong_with_a_job(start: Start) -> None:
    service = start(workers=0)
    who = service.someone()
    for path in (
        "nonsense",
        "..%2F..%2Fetc",
        "%00",
        "a" * 5_000,
        "00000000-0000-4000-8000-000000000000",
        "%F0%9F%92%A9",
    ):
        for what in ("status", "events", "download", "manifest", "jobs"):
            check(service.call("GET", f"/{what}/{path}", who), "NOT_FOUND" if "%2F" in path else "JOB_NOT_FOUND")
    waiting = service.export(who, SUMMARY, headers={"Prefer": "respond-async"}).json()["job_id"]
    assert check(service.call("GET", f"/download/{waiting}", who), "JOB_NOT_COMPLETED") == {"status": "pending"}
    check(service.call("GET", f"/manifest/{waiting}", who), "JOB_NOT_COMPLETED")
    check(service.call("DELETE", f"/jobs/{waiting}", who), "JOB_NOT_COMPLETED")
    done = service.export(who, SUMMARY).headers["X-Job-Id"]
    check(service.call("DELETE", f"/cancel/{done}", who), "JOB_FINISHED")
    beyond = service.call("GET", f"/download/{done}", who, headers={"Range": "bytes=99999999-"})
    assert set(check(beyond, "RANGE_NOT_SATISFIABLE")) == {"size"}
    with service.parts.database.writing() as session:
        permit(session, session.get_one(User, who.id), ["TEMP_DEACTIVATED_ean"], service.clock())
    check(service.call("GET", f"/download/{done}", who), "PERMISSIONS_CHANGED")
    for file in (service.folder / "files").rglob("*.csv"):
        file.unlink()
    other = service.someone()
    theirs = service.export(other, SUMMARY).headers["X-Job-Id"]
    for file in (service.folder / "files").rglob("*.csv"):
        file.unlink()
    assert check(service.call("GET", f"/download/{theirs}", other), "FILE_NOT_FOUND") == {"job_id": theirs}
    service.clock.ahead = dt.timedelta(hours=25)
    check(service.call("GET", f"/download/{theirs}", other), "JOB_EXPIRED")


def test_every_code_is_provoked() -> None:
    """Each stands in a ``check`` of this file; workers that share the tests share no memory, so the text is read."""
    tree = ast.parse(Path(__file__).read_text("utf-8"))
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    assert set(ErrorCode.__members__) <= texts


HOSTILE = (
    b"", b"{", b"null", b"[]", b'"x"', b"1", b"\xff\xfe", b'{"format": "csv", "format": "json"}',
    b'{"format": "csv", "filters": {"min_rating": NaN}}',
    b'{"format": "csv", "filters": {"min_rating": 1e999}}',
    b'{"format": "csv", "filters": {"min_rating": -Infinity}}',
    b'{"format": "csv", "filters": {"limit": 1180591620717411303424}}',
    b'{"format": "csv", "filters": {"limit": true}}',
    b'{"format": "csv", "filters": {"min_rating": true}}',
    b'{"format": "csv", "filters": {"limit": 1' + b"0" * 5_000 + b"}}",
    b'{"format": "csv", "filters": {"ittids": ["\\ud800"]}}',
    b'{"format": "csv", "filters": {"\\ud800": 1}}',
    b'{"format": "\\ud800"}',
    b'{"format": "csv", "columns": ["\\ud800"]}',
    b'{"\\ud800": 1, "format": "csv"}',
    b'{"format": "csv", "filters": {"ittids": ["a\\u0000b"]}}',
    b'{"format": "csv\\u0000"}',
    b'{"format": "csv", "compact": 1}',
    b'{"format": "csv", "columns": {}}',
    b'{"format": "csv", "csv_separator": "\\r\\n"}',
    b'{"format": "csv", "filters": {"date_from": "9999-12-31T23:59:59-23:59"}}',
    b'{"format": "csv", "filters": {"date_from": "0001-01-01T00:00:00+23:59"}}',
    b'{"format": "csv", "filters": {"suppliers": "agoda"}}',
    b'{"format": "csv", "filters": {"suppliers": [null]}}',
    b'{"format": "csv", "filters": {"after": "' + b"A" * 10_000 + b'"}}',
    b'{"%b": 1, "%b": 2}' % (b"n" * 30_000, b"n" * 30_000),
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b'{"format": ["csv"]}',
)  # fmt: skip


def test_bad_input_is_never_our_fault(service: Service) -> None:
    who = service.someone()
    for body in HOSTILE:
        for path in ("/hotels", "/estimate/mappings"):
            answer = service.call("POST", path, who, content=body, headers={"Content-Type": "application/json"})
            assert answer.status_code == 400, (body[:80], answer.text)
            assert answer.json()["error_code"] in {"INVALID_FILTERS", "INVALID_FORMAT"}
            assert len(answer.content) < 20_000
    assert service.call("GET", "/jobs", who).json()["total"] == 0


def test_a_body_of_a_hundred_thousand_wrong_fields_is_answered_at_once(service: Service) -> None:
    who = service.someone()
    wrong = ",".join(f'"field{number}": 1' for number in range(100_000))
    for body in (
        f'{{"format": "csv", {wrong}}}',
        f'{{"format": "csv", "filters": {{{wrong}}}}}',
        f'{{{wrong}, "x": 1, "x": 2}}',
    ):
        began = time.monotonic()
        answer = service.call("POST", "/hotels", who, content=body, headers={"Content-Type": "application/json"})
        assert time.monotonic() - began < 5
        check(answer, "INVALID_FILTERS")
        assert len(answer.content) < 100_000


def test_nobody_is_sent_elsewhere_with_their_key(service: Service) -> None:
    who = service.someone()
    for method, path in (("GET", "/jobs/"), ("POST", "/hotels/")):
        answer = service.call(method, path, who, headers={"Host": "elsewhere.example"}, follow_redirects=False)
        check(answer, "NOT_FOUND")
        assert "Location" not in answer.headers


@pytest.mark.parametrize("evil", ["\r\nX-Evil: 1\r\n\r\n", '"; x="', "../../../evil", "a\0b", "\x1b[2J"])
def test_what_is_written_into_any_string_stays_there(
    service: Service, caplog: pytest.LogCaptureFixture, evil: str
) -> None:
    caplog.set_level(logging.INFO, "bellhop")
    who = service.someone()
    bodies: list[dict[str, Any]] = [
        *({"filters": {name: [evil]}} for name in ("suppliers", "ittids", "country_codes", "property_types")),
        *({"filters": {name: evil}} for name in ("date_from", "after", "min_rating", evil)),
        *({name: evil} for name in ("format", "columns", "compression", "csv_separator", evil)),
        {"columns": [evil]},
    ]
    answers = [service.export(who, **body) for body in bodies]
    answers += [
        service.call("GET", f"/{what}/{quote(evil, safe='')}", who) for what in ("status", "download", "manifest")
    ]
    answers += [service.call("GET", "/jobs", who, params={name: evil}) for name in ("status", "type", "sort", "limit")]
    answers.append(service.call("POST", "/hotels", who, params={"after": evil}, json={"format": "csv"}))
    for answer in answers:
        assert answer.status_code in (200, 400, 403, 404), answer.text
        assert "x-evil" not in answer.headers
        assert not any(evil in value for value in answer.headers.values())
    assert all(line.isprintable() for line in map(JsonLines().format, caplog.records))
    assert {path.name for path in service.folder.iterdir() if path.suffix == ""} == {"files"}


def test_nothing_that_a_user_writes_gets_into_headers_logs_or_paths(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bellhop")
    evil = 'x"\\..%2f..%2fetc;'
    who = service.someone(name='"; ../../x=\\')
    headers = {
        "User-Agent": "a\tb\x7f",
        "X-Request-Id": "a b;c",
        "Idempotency-Key": "../../x",
        "Prefer": evil,
    }
    answer = service.export(who, SUMMARY, headers=headers)
    assert answer.status_code == 200
    assert not any(evil in value for value in answer.headers.values())
    assert answer.headers["X-Request-Id"] != "a b;c"
    assert answer.headers["Content-Disposition"].count('"') == 2
    assert all(line.isprintable() for line in map(JsonLines().format, caplog.records))
    (file,) = [path for path in (service.folder / "files").rglob("*") if path.is_file()]
    assert file.parent.parent.name == who.id
    given = service.export(who, SUMMARY, headers={"X-Request-Id": "mine-1.2_3"})
    assert given.headers["X-Request-Id"] == "mine-1.2_3"
