"""Files: conditions, ranges, rights of the day, and what becomes of files that go away."""

import base64
import datetime as dt
import hashlib
import io
import re
import stat
import time
import uuid
import zipfile
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from api.accounts.users import permit
from api.jobs.cleanup import clean_up
from api.tables.models import Job, Role, User
from tests.api.conftest import Service, Someone, Start


@pytest.fixture
def who(service: Service) -> Someone:
    return service.someone(Role.GENERAL_USER, suppliers=("agoda", "ean"))


@pytest.fixture
def answer(service: Service, who: Someone) -> Any:
    return service.export(who, "/mappings")


def get(service: Service, who: Someone, answer: Any, method: str = "GET", **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return service.call(method, f"/download/{answer.headers['X-Job-Id']}", who, headers=named)


def stored(service: Service) -> list[Path]:
    return [path for path in (service.folder / "files").rglob("*") if path.is_file()]


def test_a_direct_export_is_a_finished_file(service: Service, who: Someone, answer: Any) -> None:
    content = answer.content
    assert answer.headers["Content-Length"] == str(len(content))
    assert answer.headers["ETag"] == f'"{hashlib.sha256(content).hexdigest()}"'
    digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
    assert answer.headers["Repr-Digest"] == f"sha-256=:{digest}:"
    assert answer.headers["X-Record-Count"] == str(content.count(b"\r\n") - 1)
    name = answer.headers["Content-Disposition"].partition("filename*=UTF-8''")[2]
    assert name.startswith("mappings_")
    assert name.endswith(".csv")
    manifest = service.call("GET", f"/manifest/{answer.headers['X-Job-Id']}", who).json()
    assert manifest["sha256"] == hashlib.sha256(content).hexdigest()
    assert (manifest["scope"], manifest["source"], manifest["file_name"]) == (["agoda", "ean"], "catalogue", name)
    assert manifest["export_id"] == answer.headers["X-Job-Id"]


def test_a_job_gives_the_same_bytes_and_json_says_who(service: Service, who: Someone, answer: Any) -> None:
    job = service.export(who, "/mappings", headers={"Prefer": "wait=5, respond-async"})
    assert job.status_code == 202
    assert job.headers["Location"] == f"/v1.0/export/status/{job.json()['job_id']}"
    assert service.finished(who, job.json()["job_id"])["status"] == "completed"
    assert get(service, who, job).content == answer.content
    metadata = service.export(who, "/mappings", format="json").json()["metadata"]
    assert (metadata["user_id"], metadata["generated_by"]) == (who.id, who.name)
    assert metadata["filters_applied"] == {}


def test_files_are_in_a_folder_of_their_user_and_nobody_else_reads_them(service: Service, answer: Any) -> None:
    (file,) = stored(service)
    assert file.parent.name == answer.headers["X-Job-Id"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in (file.parent, file.parent.parent)} == {0o700}


RANGES: list[tuple[str, int, slice | None]] = [
    ("bytes=0-9", 206, slice(0, 10)),
    ("bytes=5-", 206, slice(5, None)),
    ("bytes=-7", 206, slice(-7, None)),
    ("bytes=0-99999999", 206, slice(0, None)),
    ("bytes=-99999999", 206, slice(0, None)),
    ("BYTES=1-1", 206, slice(1, 2)),
    ("bytes=0-1,4-5", 200, slice(None)),
    ("bytes=9-3", 200, slice(None)),
    ("bytes=-", 200, slice(None)),
    ("bytes=a-b", 200, slice(None)),
    ("lines=0-9", 200, slice(None)),
    ("bytes=99999999-", 416, None),
    ("bytes=-0", 416, None),
    ("bytes=99999999999999999999-", 416, None),
]


def test_ranges(service: Service, who: Someone, answer: Any) -> None:
    size = len(answer.content)
    for wanted, status, part in RANGES:
        got = get(service, who, answer, Range=wanted)
        assert got.status_code == status, wanted
        if part is None:
            assert got.json()["error_code"] == "RANGE_NOT_SATISFIABLE"
            assert got.headers["Content-Range"] == f"bytes */{size}"
            continue
        assert got.content == answer.content[part], wanted
        if status == 206:
            first = range(size)[part][0]
            assert got.headers["Content-Range"] == f"bytes {first}-{first + len(got.content) - 1}/{size}"


def test_conditions(service: Service, who: Someone, answer: Any) -> None:
    etag = answer.headers["ETag"]
    for condition in (etag, "*", f'"x", {etag}', f"W/{etag}"):
        same = get(service, who, answer, If_None_Match=condition, Range="bytes=0-1")
        assert (same.status_code, same.content, same.headers["ETag"]) == (304, b"", etag)
        assert "Content-Type" not in same.headers
    assert get(service, who, answer, If_None_Match='"x"').status_code == 200
    assert get(service, who, answer, If_Range=etag, Range="bytes=0-1").status_code == 206
    assert get(service, who, answer, If_Range='"x"', Range="bytes=0-1").content == answer.content
    assert get(service, who, answer, If_Range="Wed, 21 Oct 2015 07:28:00 GMT", Range="bytes=0-1").status_code == 200


def test_head_says_all_and_sends_nothing(service: Service, who: Someone, answer: Any) -> None:
    head, got = get(service, who, answer, "HEAD"), get(service, who, answer)
    assert (head.status_code, head.content) == (200, b"")
    same = {"content-length", "etag", "content-type", "repr-digest", "content-disposition"}
    assert {n: head.headers[n] for n in same} == {n: got.headers[n] for n in same}
    ranged = get(service, who, answer, "HEAD", Range="bytes=0-4")
    assert (ranged.status_code, ranged.headers["Content-Length"]) == (200, got.headers["Content-Length"])


def test_a_supplier_that_was_taken_away_stops_the_download(service: Service, who: Someone, answer: Any) -> None:
    with service.parts.database.writing() as session:
        permit(session, session.get_one(User, who.id), ["Temp_Deactivated_EAN"], service.clock())
    for path in ("download", "manifest"):
        gone = service.call("GET", f"/{path}/{answer.headers['X-Job-Id']}", who)
        assert (gone.status_code, gone.json()["error_code"]) == (410, "PERMISSIONS_CHANGED")
        assert "agoda" not in gone.text
    assert get(service, who, answer, "HEAD").status_code == 410
    assert get(service, who, answer, If_None_Match=answer.headers["ETag"]).status_code == 410


def test_a_replay_is_held_against_the_rights_of_now(service: Service, who: Someone) -> None:
    key = {"Idempotency-Key": "k"}
    assert service.export(who, "/mappings", headers=key).status_code == 200
    with service.parts.database.writing() as session:
        permit(session, session.get_one(User, who.id), ["TEMP_DEACTIVATED_ean"], service.clock())
    assert service.export(who, "/mappings", headers=key).json()["error_code"] == "PERMISSIONS_CHANGED"


def test_a_super_user_who_loses_one_supplier_loses_files_of_all(service: Service) -> None:
    who = service.someone()
    answer = service.export(who, "/supplier-summary")
    assert get(service, who, answer).status_code == 200
    with service.parts.database.writing() as session:
        permit(session, session.get_one(User, who.id), ["TEMP_DEACTIVATED_nobody-yet"], service.clock())
    assert get(service, who, answer).status_code == 410


def test_files_expire_and_are_taken_away_with_leftovers(service: Service, who: Someone, answer: Any) -> None:
    (file,) = stored(service)
    file.with_name(".1.csv.aaaa.part").write_bytes(b"left")
    stray = service.folder / "files/nobody" / str(uuid.uuid4()) / "1.csv"
    stray.parent.mkdir(parents=True)
    stray.write_bytes(b"left")
    assert clean_up(service.parts).leftovers == 0, "what is new may be on its way"
    assert clean_up(service.parts, left_seconds=0).leftovers == 2
    assert stored(service) == [file]
    service.clock.ahead = dt.timedelta(hours=24, seconds=1)
    assert get(service, who, answer).json()["error_code"] == "JOB_EXPIRED"
    assert clean_up(service.parts).expired == 1
    assert stored(service) == []
    gone = get(service, who, answer)
    assert (gone.status_code, gone.json()["error_code"]) == (410, "JOB_EXPIRED")
    assert service.call("GET", f"/status/{answer.headers['X-Job-Id']}", who).json()["status"] == "expired"
    service.clock.ahead = dt.timedelta(days=90, minutes=1)
    cleaned = clean_up(service.parts)
    assert (cleaned.jobs, cleaned.activities > 1) == (1, True)
    assert get(service, who, answer).json()["error_code"] == "JOB_NOT_FOUND"


def test_what_is_not_of_a_job_is_left_alone(service: Service) -> None:
    root = service.folder / "files"
    for path in ("notes.txt", "thesis/1.doc", f"ada/{uuid.uuid4()}/readme.txt", "ada/photos/1.jpg"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(b"somebody's own")
    assert clean_up(service.parts, left_seconds=0).leftovers == 0
    assert len(stored(service)) == 4


def test_any_number_of_files_expires(service: Service, who: Someone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.jobs.cleanup._AT_ONCE", 2)
    for number in range(5):
        assert service.export(who, "/mappings", filters={"limit": number + 1}).status_code == 200
    service.clock.ahead = dt.timedelta(hours=25)
    assert clean_up(service.parts).expired == 5
    assert stored(service) == []


def test_the_empty_folder_of_an_export_that_failed_is_swept(
    service: Service, who: Someone, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("pipeline.publish.os.fchmod", lambda *_: (_ for _ in ()).throw(OSError(28, "full")))
        assert service.export(who, "/mappings").status_code == 507
    assert clean_up(service.parts).leftovers == 0, "what is new may be on its way"
    assert clean_up(service.parts, left_seconds=0).leftovers == 1
    assert not any((service.folder / "files").glob("*/*"))


def test_a_service_takes_away_by_itself_what_expired(start: Start) -> None:
    service = start(cleanup_interval=dt.timedelta(seconds=0.05))
    assert service.export(service.someone()).status_code == 200
    service.clock.ahead = dt.timedelta(hours=25)
    deadline = time.monotonic() + 30
    while stored(service):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_file_that_is_taken_away_between_the_check_and_the_reading(
    service: Service, who: Someone, answer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (file,) = stored(service)
    open_file = service.parts.storage.open

    def expired(key: str, whole: bool) -> Any:  # noqa: FBT001 - as it comes
        service.clock.ahead = dt.timedelta(hours=25)
        clean_up(service.parts)
        return open_file(key, whole=whole)

    def deleted_once_open(key: str, whole: bool) -> Any:  # noqa: FBT001 - as it comes
        opened = open_file(key, whole=whole)
        file.unlink()
        return opened

    storage = type(service.parts.storage)
    monkeypatch.setattr(storage, "open", lambda _, key, *, whole: deleted_once_open(key, whole))
    assert get(service, who, answer).content == answer.content
    monkeypatch.undo()
    missing = get(service, who, answer)
    assert (missing.status_code, missing.json()["error_code"]) == (404, "FILE_NOT_FOUND")
    assert str(service.folder) not in missing.text
    monkeypatch.setattr(storage, "open", lambda _, key, *, whole: expired(key, whole))
    assert get(service, who, answer).json()["error_code"] == "JOB_EXPIRED"


def test_a_byte_that_flipped_is_noticed_before_it_is_served(service: Service, who: Someone, answer: Any) -> None:
    (file,) = stored(service)
    content = bytearray(file.read_bytes())
    content[10] ^= 1
    file.write_bytes(content)
    assert get(service, who, answer).json()["error_code"] == "FILE_NOT_FOUND"
    for asked in ("bytes=0-1,4-5", "lines=0-1", "bytes=5-4", "bytes=0-", "bytes=0-0"):
        assert get(service, who, answer, Range=asked).json()["error_code"] == "FILE_NOT_FOUND"


def test_a_byte_that_flipped_is_noticed_before_a_repeated_request_has_it(service: Service, who: Someone) -> None:
    repeated = {"Idempotency-Key": "one"}
    assert service.export(who, "/mappings", headers=repeated).status_code == 200
    (file,) = stored(service)
    file.write_bytes(file.read_bytes().replace(b"1", b"2", 1))
    assert service.export(who, "/mappings", headers=repeated).json()["error_code"] == "FILE_NOT_FOUND"


def test_the_files_of_deleted_jobs_take_no_space(service: Service, who: Someone, answer: Any) -> None:
    quota = service.parts.settings.storage_quota_bytes
    with service.parts.database.writing() as session:
        session.execute(update(Job).where(Job.id == answer.headers["X-Job-Id"]).values(file_size=quota))
    assert service.call("DELETE", f"/jobs/{answer.headers['X-Job-Id']}", who).status_code == 204
    assert "bellhop_storage_bytes 0.0" in service.parts.metrics.text().decode()
    assert service.export(who, "/mappings").status_code == 200


def test_a_full_storage_refuses_early(service: Service, who: Someone, answer: Any) -> None:
    quota = service.parts.settings.storage_quota_bytes
    with service.parts.database.writing() as session:
        session.execute(update(Job).where(Job.id == answer.headers["X-Job-Id"]).values(file_size=quota))
    before = service.balance(who)
    full = service.export(who, "/mappings")
    assert (full.status_code, full.json()["error_code"], full.headers["Retry-After"]) == (507, "STORAGE_FULL", "3600")
    assert service.balance(who) == before


def test_a_supplier_summary_in_excel_has_a_dashboard_with_native_charts(service: Service, who: Someone) -> None:
    filters = {"include_country_breakdown": True}
    answer = service.export(who, "/supplier-summary", format="excel", filters=filters)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
        assert re.findall(r'<sheet name="(\w+)"', book.read("xl/workbook.xml").decode()) == [
            "Dashboard",
            "Suppliers",
            "Countries",
        ]
        assert len([name for name in book.namelist() if name.startswith("xl/charts/chart")]) >= 2
    charts = service.export(who, "/supplier-summary", format="json", filters=filters).json()["charts"]
    assert [chart["id"] for chart in charts] == ["hotels_by_supplier", "mappings_by_supplier", "hotels_by_country"]


def test_pages_follow_each_other_by_link(service: Service, who: Someone) -> None:
    whole = service.export(who, "/mappings").text.splitlines()
    lines, url = [], "/v1.0/export/mappings"
    for _ in whole:
        body = {"format": "csv", "filters": {"limit": 3}}
        page = service.client.post(url, json=body, headers=who.headers)
        lines += page.text.splitlines()[1:]
        if "Link" not in page.headers:
            break
        url = page.headers["Link"].partition("<")[2].partition(">")[0]
    assert lines == whole[1:]


def test_a_link_is_followed_with_the_body_of_any_page(service: Service, who: Someone) -> None:
    first = service.export(who, "/mappings", filters={"limit": 1})
    after = service.call("GET", f"/manifest/{first.headers['X-Job-Id']}", who).json()["next"]
    body = {"format": "csv", "filters": {"limit": 1, "after": after}}
    second = service.call("POST", "/mappings", who, json=body)
    url = second.headers["Link"].partition("<")[2].partition(">")[0]
    third = service.call("POST", url.removeprefix(service.prefix), who, json=body)
    assert third.status_code == 200, third.text
    assert len({first.content, second.content, third.content}) == 3
