"""What an operator sets is what the service does."""

import datetime as dt
from pathlib import Path
from typing import Any

import jwt
import pytest

from api.tables.models import Role
from tests.api.conftest import SECRET, Start

SUMMARY = "/supplier-summary"


def test_tokens_name_issuer_and_audience_where_they_must(start: Start) -> None:
    service = start(jwt_issuer="us", jwt_audience="bellhop")
    who, expires = service.someone(), dt.datetime.now(dt.UTC) + dt.timedelta(minutes=5)
    statuses = []
    for claims in (
        {"iss": "us", "aud": "bellhop"},
        {"iss": "us"},
        {"aud": "bellhop"},
        {"iss": "them", "aud": "bellhop"},
    ):
        token = jwt.encode({"sub": who.id, "exp": expires, **claims}, SECRET, "HS256")
        answer = service.call("GET", "/jobs", headers={"Authorization": f"Bearer {token}"})
        statuses.append(answer.status_code)
    assert statuses == [200, 401, 401, 401]


def test_a_catalogue_of_other_names_and_what_it_is_called(start: Start, tmp_path: Path) -> None:
    (tmp_path / "hotels.sql").write_text("SELECT * FROM hotels WHERE ittid = '10000001'")
    service = start(sql_dir=tmp_path, source_label="ours")
    who = service.someone()
    answer = service.export(who)
    assert answer.headers["X-Record-Count"] == "1"
    assert service.call("GET", f"/manifest/{answer.headers['X-Job-Id']}", who).json()["source"] == "ours"


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"storage_reserve_bytes": 10**18}, 507),
        ({"storage_quota_bytes": 0}, 507),
        ({"export_cost": 0}, 200),
        ({"export_cost": 1}, 402),
        ({"export_cost": 0, "async_threshold": 1}, 202),
        ({"export_cost": 0, "max_records": 1}, 400),
    ],
)
def test_limits_are_those_that_are_set(start: Start, given: dict[str, Any], status: int) -> None:
    service = start(workers=0, **given)
    who = service.someone(Role.GENERAL_USER, suppliers=("agoda", "ean"), points=0)
    assert service.export(who, SUMMARY).status_code == status


def test_times_are_those_that_are_set(start: Start) -> None:
    service = start(rate_limit=1, rate_window="1m", retention="90m")
    who = service.someone()
    job_id = service.export(who, SUMMARY).headers["X-Job-Id"]
    job = service.call("GET", f"/status/{job_id}", who).json()
    kept = dt.datetime.fromisoformat(job["expires_at"]) - dt.datetime.fromisoformat(job["completed_at"])
    assert kept == dt.timedelta(minutes=90)
    assert service.export(who, SUMMARY).status_code == 429
    service.clock.ahead = dt.timedelta(seconds=61)
    assert service.export(who, SUMMARY).status_code == 200


def test_metrics_tell_of_points_that_moved(start: Start) -> None:
    service = start(metrics_token="token", workers=0)  # noqa: S106 - of this test
    who = service.someone(Role.GENERAL_USER, suppliers=("agoda",), points=100)
    service.export(who, SUMMARY)
    waiting = service.export(who, SUMMARY, headers={"Prefer": "respond-async"}).json()["job_id"]
    told = service.client.get("/metrics", headers={"Authorization": "Bearer token"}).text
    assert 'bellhop_jobs{status="pending"} 1.0' in told
    service.call("DELETE", f"/cancel/{waiting}", who)
    lines = service.client.get("/metrics", headers={"Authorization": "Bearer token"}).text.splitlines()
    assert {
        'bellhop_points_total{movement="charge"} 20.0',
        'bellhop_points_total{movement="refund"} 10.0',
        'bellhop_exports_total{export_type="supplier_summary",format="csv",outcome="completed"} 1.0',
        'bellhop_exports_total{export_type="supplier_summary",format="csv",outcome="cancelled"} 1.0',
        'bellhop_jobs{status="cancelled"} 1.0',
        "bellhop_queue_age_seconds 0.0",
    } <= set(lines)
