"""Jobs: their states, their progress, and what becomes of them when they are cancelled or their worker dies."""

import datetime as dt
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, inspect, select, update

import pipeline
from api.accounts.audit import Action
from api.accounts.users import permit
from api.jobs import claims, store
from api.jobs.claims import Claim
from api.jobs.interrupt import Reason
from api.jobs.steps import Step
from api.jobs.worker import run_one
from api.tables.models import Activity, Job, JobStatus, Role, User
from tests.api.conftest import TABLES, Service, Someone, Start

everywhere = pytest.mark.parametrize("tables", TABLES, indirect=True)
"""Over every database that the service's tables can live in."""
ASYNC = {"Prefer": "respond-async"}
SUMMARY = "/supplier-summary"


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"duckdb:///{tmp_path_factory.mktemp('large')}/catalogue.duckdb"
    pipeline.make_catalogue(url, hotels=6_000, now=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    return url


def submitted(service: Service, who: Someone, path: str = SUMMARY, **body: Any) -> str:
    answer = service.export(who, path, headers=ASYNC, **body)
    assert answer.status_code == 202, answer.text
    job_id: str = answer.json()["job_id"]
    return job_id


def row(service: Service, job_id: str) -> Job:
    found: Job = service.query(lambda session: session.get(Job, job_id))
    return found


def parts_left(service: Service) -> list[Path]:
    return [path for path in (service.folder / "files").rglob("*") if path.is_file()]


def events(answer: Any) -> Iterator[dict[str, Any]]:
    for line in answer.text.splitlines():
        if line.startswith("data: "):
            yield json.loads(line.removeprefix("data: "))


def test_from_the_threshold_on_an_export_is_a_job_and_tells_how_far_it_is(start: Start, large: str) -> None:
    service = start(large)
    who = service.someone()
    estimate = service.call("POST", "/estimate/hotels", who, json={"format": "json"}).json()
    assert (estimate["records"], estimate["mode"]) == (6_000, "job")
    direct = service.export(who, filters={"limit": 4_999}, format="ndjson")
    assert (direct.status_code, direct.headers["X-Record-Count"]) == (200, "4999")
    assert service.export(who, filters={"limit": 5_000}, format="ndjson").status_code == 202
    seen: list[int] = []
    tell = claims.tell_progress

    def told(session: Any, claim: Any, records: int, total: int) -> bool:
        seen.append(records * 100 // total)
        return tell(session, claim, records, total)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("api.jobs.claims.tell_progress", told)
        job_id = submitted(service, who, "/hotels", format="ndjson")
        stream = service.call("GET", f"/events/{job_id}", who)
        job = service.finished(who, job_id)
    assert stream.headers["Content-Type"].startswith("text/event-stream")
    states = [event["status"] for event in events(stream)]
    assert states == sorted(states, key=["pending", "processing", "completed"].index)
    assert states[-1] == "completed"
    steps = [after - before for before, after in zip([0, *seen], [*seen, 100], strict=True)]
    assert max(steps) <= 10
    assert (job["processed_records"], job["total_records"], job["progress_percentage"]) == (6_000, 6_000, 100)
    kept = dt.datetime.fromisoformat(job["expires_at"]) - dt.datetime.fromisoformat(job["completed_at"])
    assert kept == dt.timedelta(hours=24)
    assert service.call("GET", job["download_url"].removeprefix(service.prefix), who).text.count("\n") == 6_000


@everywhere
def test_cancelling_and_deleting(start: Start) -> None:
    service = start(workers=0)
    who = service.someone(Role.GENERAL_USER, suppliers=("agoda",), points=100)
    job_id = submitted(service, who)
    assert service.balance(who) == 90
    early = service.call("DELETE", f"/jobs/{job_id}", who)
    assert (early.status_code, early.json()["error_code"]) == (409, "JOB_NOT_COMPLETED")
    assert service.call("GET", f"/download/{job_id}", who).json()["error_code"] == "JOB_NOT_COMPLETED"
    assert service.call("DELETE", f"/cancel/{job_id}", who).json()["status"] == "cancelled"
    assert service.balance(who) == 100
    late = service.call("DELETE", f"/cancel/{job_id}", who)
    assert (late.status_code, late.json()["error_code"]) == (409, "JOB_FINISHED")
    assert service.balance(who) == 100
    assert not run_one(service.parts)
    assert service.call("DELETE", f"/jobs/{job_id}", who).status_code == 204
    assert service.call("DELETE", f"/jobs/{job_id}", who).json()["error_code"] == "JOB_NOT_FOUND"


@everywhere
def test_all_that_has_ended_is_deleted_at_once(start: Start) -> None:
    service = start(workers=0, rate_limit=100)
    who, other = service.someone(), service.someone()
    waiting = submitted(service, who)
    for path in ("/hotels", "/mappings", "/mappings"):
        assert service.export(who, path).status_code == 200
    theirs = service.export(other, "/mappings")

    def deleted(query: str) -> int:
        found: int = service.call("DELETE", f"/jobs{query}", who).json()["deleted"]
        return found

    assert [deleted("?status=pending"), deleted("?type=mappings&status=completed"), deleted("")] == [0, 2, 1]
    assert [job["job_id"] for job in service.call("GET", "/jobs", who).json()["jobs"]] == [waiting]
    assert service.call("GET", f"/download/{theirs.headers['X-Job-Id']}", other).content == theirs.content
    assert len(parts_left(service)) == 1
    on_record = select(func.count()).where(Activity.user_id == who.id, Activity.action == Action.JOB_DELETED.value)
    assert service.query(lambda session: session.scalar(on_record)) == 3


def soon(happens: Callable[[], object], seconds: float = 30) -> None:
    """Wait until something happens, but not for ever."""
    deadline = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_running_export_is_stopped_and_leaves_no_file(
    start: Start, large: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = start(large)
    who = service.someone(Role.GENERAL_USER, suppliers=tuple(suppliers(large)), points=100)
    told = claims.tell_progress

    def slow(*given: Any) -> bool:
        time.sleep(0.3)
        return told(*given)

    monkeypatch.setattr("api.jobs.claims.tell_progress", slow)
    job_id = submitted(service, who, "/hotels")
    soon(lambda: row(service, job_id).processed_records)
    assert service.call("DELETE", f"/cancel/{job_id}", who).status_code == 200
    soon(lambda: not len(service.parts.running), seconds=2)
    assert row(service, job_id).status == JobStatus.CANCELLED.value
    assert parts_left(service) == []
    assert service.balance(who) == 100


def suppliers(url: str) -> list[str]:
    return pipeline.connect(url).mappings().suppliers()


@everywhere
def test_a_job_whose_worker_died_is_taken_over_and_the_dead_publish_nothing(start: Start) -> None:
    service = start(workers=0)
    who = service.someone(Role.GENERAL_USER, suppliers=("agoda",), points=100)
    job_id = submitted(service, who)
    database, settings = service.parts.database, service.parts.settings
    with database.writing() as session:
        dead = claims.claim(session, dt.timedelta(0), settings.jobs_per_user)
        assert dead == Claim(job_id=job_id, attempt=1)
    time.sleep(0.01)
    assert run_one(service.parts)
    done = row(service, job_id)
    assert (done.status, done.attempt, Path(done.storage_key or "").name) == ("completed", 2, "2.csv")
    with database.writing() as session:
        assert not claims.renew(session, dead, settings.lease)
        assert not claims.complete(session, dead, now=service.clock(), kept=settings.retention, file_size=0)
        assert not claims.fail(session, dead, service.clock(), "EXPORT_FAILED", "late")
    assert row(service, job_id).status == "completed"
    assert service.balance(who) == 90


@everywhere
def test_a_job_that_ends_its_worker_three_times_fails_and_is_paid_back(start: Start) -> None:
    service = start(workers=0)
    who = service.someone(Role.GENERAL_USER, suppliers=("agoda",), points=100)
    job_id = submitted(service, who)
    for attempt in (1, 2, 3):
        with service.parts.database.writing() as session:
            assert claims.claim(session, dt.timedelta(0), 3) == Claim(job_id=job_id, attempt=attempt)
        time.sleep(0.01)
    assert run_one(service.parts)
    job = service.call("GET", f"/status/{job_id}", who).json()
    assert (job["status"], job["error"]["error_code"]) == ("failed", "EXPORT_FAILED")
    assert "3 times" in job["error"]["message"]
    assert service.balance(who) == 100


def test_a_direct_export_whose_job_another_has_run_meanwhile_is_told_as_what_it_is(start: Start) -> None:
    service = start(workers=0)
    who = service.someone(Role.GENERAL_USER, suppliers=("agoda",), points=100)
    overtaken: list[Step] = []

    def heard(step: Step) -> None:
        if step is Step.WRITTEN and not overtaken:
            overtaken.append(step)
            with service.parts.database.writing() as session:
                session.execute(update(Job).values(lease_until=service.clock() - dt.timedelta(hours=1)))
            assert run_one(service.parts)

    object.__setattr__(service.parts, "reached", heard)
    answer = service.export(who, "/mappings")
    assert (answer.status_code, service.balance(who)) == (200, 90)
    assert answer.content == service.call("GET", f"/download/{answer.headers['X-Job-Id']}", who).content


def test_jobs_are_listed_without_what_may_be_megabytes_of_each(start: Start) -> None:
    service = start(workers=0)
    who = service.someone(points=100)
    submitted(service, who)
    with service.parts.database.reading() as session:
        (listed,) = store.newest(session, None, 1)
        (paged,) = store.history(session, who.id, status=None, export_type=None, sort="created_at", limit=1, offset=0)[
            0
        ]
        for job in (listed, paged, store.job_of(session, who.id, listed.id, is_whole=False)):
            assert job is not None
            assert {"filters", "manifest"} <= inspect(job).unloaded


def test_a_catalogue_that_grew_between_submit_and_start_fails_the_job(start: Start) -> None:
    service = start(workers=0, max_records=4)
    who = service.someone(Role.GENERAL_USER, suppliers=("agoda", "ean", "hotelbeds", "Paximum"), points=100)
    job_id = submitted(service, who)
    grown = service.parts.settings.model_copy(update={"max_records": 3})
    object.__setattr__(service.parts, "settings", grown)
    assert run_one(service.parts)
    job = service.call("GET", f"/status/{job_id}", who).json()
    assert (job["status"], job["error"]["error_code"], job["total_records"]) == ("failed", "EXPORT_TOO_LARGE", 4)
    assert service.balance(who) == 100


def test_permissions_are_those_of_the_submit(start: Start) -> None:
    service = start(workers=0)
    who = service.someone(Role.GENERAL_USER, suppliers=("agoda",))
    job_id = submitted(service, who, "/mappings")
    with service.parts.database.writing() as session:
        permit(session, session.get_one(User, who.id), ["ean"], service.clock())
    assert run_one(service.parts)
    assert "agoda" in service.call("GET", f"/download/{job_id}", who).text
    assert "ean" not in service.call("GET", f"/download/{job_id}", who).text


def test_the_history_is_filtered_sorted_and_paged(start: Start) -> None:
    service = start(workers=0)
    who = service.someone()
    ids = [submitted(service, who) for _ in range(3)]
    ids.append(service.export(who, "/mappings").headers["X-Job-Id"])
    for number, job_id in enumerate(ids):
        with service.parts.database.writing() as session:
            moment = dt.datetime(2026, 1, 1 + number)  # noqa: DTZ001 - naive UTC, as the tables have it
            session.execute(update(Job).where(Job.id == job_id).values(created_at=moment))

    def listed(**params: Any) -> list[str]:
        return [job["job_id"] for job in service.call("GET", "/jobs", who, params=params).json()["jobs"]]

    assert listed() == ids[::-1]
    assert listed(sort="created_at", limit=2, offset=1) == ids[1:3]
    assert listed(status="completed") == listed(type="mappings") == ids[3:]
    assert listed(status="failed") == []
    assert listed(type="supplier-summary") == listed(type="supplier_summary") == ids[2::-1]
    for wrong in ({"limit": 0}, {"limit": 201}, {"offset": -1}, {"sort": "name"}, {"status": "x"}, {"type": "hotel"}):
        answer = service.call("GET", "/jobs", who, params=wrong)
        assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_FILTERS")
        assert answer.json()["details"]["fields"][0]["field"] == next(iter(wrong))


def test_a_stopped_service_hands_its_job_back(start: Start, large: str, monkeypatch: pytest.MonkeyPatch) -> None:
    service = start(large, workers=0)
    who = service.someone()
    job_id = submitted(service, who, "/hotels")

    def stop(*_: Any) -> bool:
        service.parts.running.stop_all(Reason.SHUTDOWN)
        return True

    monkeypatch.setattr("api.jobs.claims.tell_progress", stop)
    assert run_one(service.parts)
    assert row(service, job_id).status == "pending"
    assert parts_left(service) == []
    monkeypatch.undo()
    assert run_one(service.parts)
    assert row(service, job_id).status == "completed"
