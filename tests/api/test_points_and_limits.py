"""Points, limits and idempotency hold when many ask at once, on every database that the tables can live in."""

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, select, update

from api.accounts.audit import Action
from api.accounts.points import Ledger
from api.errors import ApiError
from api.tables.database import utc_now
from api.tables.models import Activity, Job, Points, PointTransaction, Role
from pipeline.errors import SourceUnavailable
from tests.api.conftest import TABLES, Service, Someone, Start

SUMMARY = "/supplier-summary"


@pytest.fixture(params=TABLES)
def tables(request: pytest.FixtureRequest) -> str:
    """Every database in turn."""
    return str(request.param)


def at_once(count: int, call: Callable[[int], Any]) -> list[Any]:
    with ThreadPoolExecutor(min(count, 50)) as threads:
        return list(threads.map(call, range(count)))


def ledger(service: Service, who: Someone) -> int:
    total = select(func.coalesce(func.sum(PointTransaction.amount), 0)).where(PointTransaction.user_id == who.id)
    return int(service.query(lambda session: session.scalar(total)))


def jobs(service: Service, who: Someone) -> int:
    count = select(func.count()).select_from(Job).where(Job.user_id == who.id)
    return int(service.query(lambda session: session.scalar(count)))


def recorded(service: Service, who: Someone, action: Action) -> int:
    count = (
        select(func.count()).select_from(Activity).where(Activity.user_id == who.id, Activity.action == action.value)
    )
    return int(service.query(lambda session: session.scalar(count)))


def general(service: Service, points: int) -> Someone:
    return service.someone(Role.GENERAL_USER, suppliers=("agoda", "ean"), points=points)


def test_points_are_never_spent_twice(start: Start) -> None:
    service = start()
    who = general(service, 100)

    def charge(number: int) -> bool:
        try:
            with service.parts.database.writing() as session:
                Ledger().charge(session, who.id, f"job-{number}", 30, utc_now())
        except ApiError:
            return False
        return True

    assert sum(at_once(200, charge)) == 3
    assert service.balance(who) == ledger(service, who) == 10


def test_a_balance_below_zero_is_refused_by_the_table_itself(service: Service) -> None:
    who = general(service, 5)
    with pytest.raises(Exception, match="ck_user_points_balance"), service.parts.database.writing() as session:
        session.execute(update(Points).where(Points.user_id == who.id).values(balance=-1))
    assert service.balance(who) == 5


def test_ten_an_hour_means_ten(start: Start) -> None:
    service = start(direct_workers=8)
    who = service.someone()
    answers = at_once(30, lambda _: service.export(who, SUMMARY))
    codes = sorted(answer.status_code for answer in answers)
    assert codes == [200] * 10 + [429] * 20
    assert jobs(service, who) == 10
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.json()["error_code"] == "RATE_LIMITED"
    assert 3500 < int(refused.headers["Retry-After"]) <= 3600
    assert refused.headers["RateLimit-Policy"] == '"exports";q=10;w=3600'
    assert refused.headers["RateLimit"].startswith('"exports";r=0;t=')
    service.clock.ahead = dt.timedelta(minutes=61)
    assert service.export(who, SUMMARY).status_code == 200


@pytest.mark.parametrize(("window", "told"), [("30s", "in 30 s;"), ("2h", "in 120 minutes;")])
def test_a_refusal_tells_the_window(start: Start, window: str, told: str) -> None:
    service = start(rate_limit=1, rate_window=window)
    who = service.someone()
    assert service.export(who, SUMMARY).status_code == 200
    assert told in service.export(who, SUMMARY).json()["message"]


def test_nobody_waits_longer_than_the_window_for_an_export_accepted_a_moment_later(service: Service) -> None:
    who = general(service, 100)
    before = utc_now()
    assert service.export(who, SUMMARY).status_code == 200
    with service.parts.database.reading() as session:
        assert service.parts.rate.quota(session, who.id, before).reset_seconds == 3600


def test_a_deleted_job_still_counts(start: Start) -> None:
    service = start(rate_limit=1)
    who = service.someone()
    job_id = service.export(who, SUMMARY).headers["X-Job-Id"]
    assert service.call("DELETE", f"/jobs/{job_id}", who).status_code == 204
    assert service.call("GET", f"/jobs/{job_id}", who).status_code == 404
    assert service.call("GET", "/jobs", who).json()["total"] == 0
    assert service.export(who, SUMMARY).status_code == 429


def test_the_same_key_twenty_times_is_one_job_and_one_charge(start: Start) -> None:
    service = start(direct_workers=8)
    who = general(service, 100)
    key = {"Idempotency-Key": "once"}
    answers = at_once(20, lambda _: service.export(who, SUMMARY, headers=key))
    assert {answer.status_code for answer in answers} <= {200, 202}
    assert len({answer.headers["X-Job-Id"] for answer in answers}) == 1
    assert jobs(service, who) == 1
    assert service.balance(who) == ledger(service, who) == 90
    again = service.export(who, SUMMARY, headers=key)
    assert again.content == next(answer.content for answer in answers if answer.status_code == 200)
    other = service.export(who, SUMMARY, headers=key, filters={"suppliers": ["agoda"]})
    assert (other.status_code, other.json()["error_code"]) == (422, "IDEMPOTENCY_CONFLICT")
    assert (
        service.export(general(service, 100), SUMMARY, headers=key).headers["X-Job-Id"]
        != answers[0].headers["X-Job-Id"]
    )
    service.clock.ahead = dt.timedelta(hours=24, seconds=5)
    assert service.export(who, SUMMARY, headers=key, filters={"suppliers": ["agoda"]}).status_code == 200


def test_every_way_that_points_move(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    service = start()
    who = general(service, 45)
    assert service.export(who, SUMMARY).status_code == 200
    assert service.balance(who) == 35
    assert service.export(who, "/mappings", filters={"ittids": ["nothing"]}).headers["X-Record-Count"] == "0"
    assert service.balance(who) == 35
    for filters in ({"suppliers": ["nobody"]}, {"limit": 0}):
        assert service.export(who, SUMMARY, filters=filters).status_code in (400, 403)
    assert service.call("POST", "/estimate/hotels", who, json={"format": "csv"}).json()["points"] == 10
    assert service.balance(who) == 35
    monkeypatch.setattr("pipeline.export.Export.write", unavailable)
    failed = service.export(who, SUMMARY)
    assert (failed.status_code, failed.json()["error_code"]) == (503, "SOURCE_UNAVAILABLE")
    job_id = service.export(who, SUMMARY, headers={"Prefer": "respond-async"}).json()["job_id"]
    assert service.finished(who, job_id)["error"]["error_code"] == "SOURCE_UNAVAILABLE"
    monkeypatch.undo()
    assert service.balance(who) == ledger(service, who) == 35
    assert [service.export(who, SUMMARY).status_code for _ in range(4)] == [200, 200, 200, 402]
    assert service.balance(who) == ledger(service, who) == 5
    kinds = service.query(
        lambda session: dict(
            session.execute(
                select(PointTransaction.kind, func.count())
                .where(PointTransaction.user_id == who.id)
                .group_by(PointTransaction.kind)
            ).all()
        )
    )
    assert kinds == {"grant": 2, "charge": 7, "refund": 3}


def unavailable(*_: object, **__: object) -> None:
    raise SourceUnavailable("the file /srv/secret.duckdb is gone: SELECT password FROM hidden")


@pytest.mark.parametrize("where", ["api.accounts.points.Ledger._write", "api.accounts.audit.ActivityLog.record"])
def test_job_points_and_record_commit_together(start: Start, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    service = start()
    who = general(service, 100)

    def killed(*_: object, **__: object) -> None:
        raise RuntimeError("killed between statements")

    monkeypatch.setattr(where, killed)
    assert service.export(who, SUMMARY).status_code == 500
    monkeypatch.undo()
    assert jobs(service, who) == 0
    assert recorded(service, who, Action.EXPORT_ACCEPTED) == 0
    assert service.balance(who) == ledger(service, who) == 100


def test_who_pays_nothing_needs_nothing(service: Service) -> None:
    who = service.someone(Role.ADMIN_USER, points=0)
    assert service.export(who, SUMMARY).status_code == 200
    assert service.call("GET", "/my-validation", who).json()["points"] is None
