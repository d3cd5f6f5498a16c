"""The activity log: what is on record, and that no change of it goes unnoticed."""

import datetime as dt
import errno
from pathlib import Path

import pytest
from sqlalchemy import select, text, update

from api.accounts.audit import Action, ActivityLog, Break, Event
from api.accounts.users import add_user
from api.jobs.cleanup import clean_up
from api.tables.database import Database, utc_now
from api.tables.models import Activity, ActivityHead, Role
from tests.api.conftest import TABLES, Service, Someone, Start, tables_url

pytestmark = pytest.mark.parametrize("tables", TABLES, indirect=True)
SUMMARY = "/supplier-summary"


@pytest.fixture
def written(start: Start) -> Service:
    """A service with ten rows in its log."""
    service = start(workers=0)
    with service.parts.database.writing() as session:
        for number in range(1, 11):
            event = Event(action=Action.DOWNLOAD, user_id=f"user-{number}", filters={"ittids": ["ü\n"] * 30})
            service.parts.record(session, event)
    assert breaks(service) == []
    return service


def breaks(service: Service) -> list[Break]:
    log = service.parts.audit
    assert isinstance(log, ActivityLog)
    return list(service.query(lambda session: list(log.verify(session))))


def run(service: Service, statement: str) -> None:
    with service.parts.database.writing() as session:
        session.execute(text(statement))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE user_activity_logs SET success = NOT success WHERE number = 4",
        "UPDATE user_activity_logs SET user_id = NULL WHERE number = 4",
        "UPDATE user_activity_logs SET created_at = '2026-01-01 00:00:00.000000' WHERE number = 4",
        "UPDATE user_activity_logs SET filters = '{}' WHERE number = 4",
        "UPDATE user_activity_logs SET mac = 'x' WHERE number = 4",
        "DELETE FROM user_activity_logs WHERE number = 4",
        "DELETE FROM user_activity_logs WHERE number = 1",
    ],
)
def test_a_changed_row_is_named(written: Service, statement: str) -> None:
    run(written, statement)
    assert breaks(written)[0].number in ((1,) if "number = 1" in statement else (4,))


def test_rows_that_change_places_are_named(written: Service) -> None:
    for before, after in ((3, 99), (4, 3), (99, 4)):
        run(written, f"UPDATE user_activity_logs SET number = {after} WHERE number = {before}")
    assert {one.number for one in breaks(written)} >= {3, 4}


def test_cutting_the_newest_rows_is_named_even_with_the_head_set_back(written: Service) -> None:
    run(written, "DELETE FROM user_activity_logs WHERE number > 8")
    assert [one.number for one in breaks(written)] == [10]
    with written.parts.database.writing() as session:
        mac = session.scalar(select(Activity.mac).where(Activity.number == 8))
        session.execute(update(ActivityHead).values(last_number=8, last_mac=mac))
    assert breaks(written)
    run(written, "DELETE FROM user_activity_head")
    assert breaks(written)


def test_a_log_that_is_put_back_to_an_earlier_state_is_known_by_what_was_seen(written: Service) -> None:
    log = written.parts.audit
    assert isinstance(log, ActivityLog)
    number, _, mac = written.query(log.newest).partition(":")
    columns = "first_number, first_mac, last_number, last_mac, seal"
    (earlier,) = written.query(lambda s: s.execute(text(f"SELECT {columns} FROM user_activity_head")).all())
    with written.parts.database.writing() as session:
        written.parts.record(session, Event(action=Action.DOWNLOAD))
    later_number, _, later_mac = written.query(log.newest).partition(":")
    run(written, "DELETE FROM user_activity_logs WHERE number > 10")
    with written.parts.database.writing() as session:
        session.execute(update(ActivityHead).values(**earlier._mapping))
    assert breaks(written) == []
    assert written.query(lambda s: list(log.unseen(s, int(number), mac))) == []
    assert [one.number for one in written.query(lambda s: list(log.unseen(s, int(later_number), later_mac)))] == [11]
    assert len(written.query(lambda s: list(log.unseen(s, int(number), later_mac)))) == 1


def test_a_log_that_is_written_to_meanwhile_is_whole(written: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    log, seal = written.parts.audit, ActivityLog._seal
    assert isinstance(log, ActivityLog)

    def another_writes(self: ActivityLog, head: ActivityHead) -> str:
        monkeypatch.undo()
        with written.parts.database.writing() as session:
            written.parts.record(session, Event(action=Action.DOWNLOAD))
        return seal(self, head)

    monkeypatch.setattr(ActivityLog, "_seal", another_writes)
    with written.parts.database.at_one_moment() as session:
        assert list(log.verify(session)) == []
    assert breaks(written) == []


def test_a_denial_is_on_record_whatever_was_asked_for(start: Start) -> None:
    service = start(workers=0)
    who = service.someone(Role.GENERAL_USER, suppliers=("agoda",))
    asked = {"suppliers": ["ean", "中" * 3_900_000]}
    denied = service.export(who, "/mappings", filters=asked)
    assert (denied.status_code, len(denied.content) < 10_000) == (403, True)
    (row,) = service.query(lambda s: s.scalars(select(Activity).where(Activity.action == "denied")).all())
    assert "ean" in row.filters
    assert len(row.filters) < 5_000


def test_a_direct_export_that_failed_is_on_record_as_what_it_was(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """Accepted and failed, and nothing more; one that was not accepted is refused, even by a mistake of ours."""
    service = start(workers=0)
    who = service.someone()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    with monkeypatch.context() as patched:
        patched.setattr("pipeline.publish.os.fchmod", full)
        assert service.export(who, SUMMARY).status_code == 507
    assert actions(service, who) == ["export_accepted", "export_failed"]
    with monkeypatch.context() as patched:
        patched.setattr("api.jobs.submit._refuse_without_space", full)
        assert service.export(who, SUMMARY).status_code == 500
    assert actions(service, who) == ["export_accepted", "export_failed", "refused"]


def actions(service: Service, who: Someone) -> list[str]:
    of_user = select(Activity.action).where(Activity.user_id == who.id).order_by(Activity.number)
    return list(service.query(lambda session: session.scalars(of_user).all()))


def test_clean_up_keeps_the_chain(written: Service) -> None:
    written.clock.ahead = dt.timedelta(days=50)
    with written.parts.database.writing() as session:
        written.parts.record(session, Event(action=Action.DENIED, success=False))
    written.clock.ahead = dt.timedelta(days=91)
    assert clean_up(written.parts).activities == 10
    assert breaks(written) == []
    written.clock.ahead = dt.timedelta(days=200)
    assert clean_up(written.parts).activities == 1
    assert breaks(written) == []
    with written.parts.database.writing() as session:
        written.parts.record(session, Event(action=Action.DOWNLOAD))
    assert breaks(written) == []
    run(written, "UPDATE user_activity_logs SET action = 'x'")
    assert len(breaks(written)) == 1


def test_a_log_that_never_began_is_whole_and_one_that_is_gone_is_not(
    tables: str, tmp_path: Path, pristine: tuple[Path, Path]
) -> None:
    log = ActivityLog(b"secret")
    with tables_url(tables, tmp_path, pristine[1]) as url:
        database = Database(url)
        with database.writing() as session:
            assert list(log.verify(session)) == []
            add_user(session, "ada", Role.GENERAL_USER, utc_now())
            assert [one.number for one in log.verify(session)] == [0]
        database.close()


def test_a_denial_is_on_record_whatever_its_path(start: Start) -> None:
    service = start(workers=0)
    for path in ("a%00b", "%1b%5b2J", "%0d%0aevil", "ü"):
        assert service.call("GET", f"/status/{path}", headers={"X-API-Key": "nonsense"}).status_code == 401
    found = service.query(lambda session: session.scalars(select(Activity.details)).all())
    assert len(found) == 4
    assert all(details.isprintable() for details in found)
    assert breaks(service) == []


def test_what_is_on_record(start: Start) -> None:
    service = start(workers=0)
    who = service.someone(Role.GENERAL_USER, suppliers=("agoda",))
    headers = {"User-Agent": "curl/8"}
    done = service.export(who, SUMMARY, headers=headers).headers["X-Job-Id"]
    service.call("GET", f"/download/{done}", who)
    service.call("HEAD", f"/download/{done}", who)
    service.export(who, SUMMARY, filters={"suppliers": ["ean"]})
    service.export(who, SUMMARY, filters={"supplier": ["ean"]})
    replayed = service.export(who, SUMMARY, headers={"Idempotency-Key": "k"}).headers["X-Job-Id"]
    service.export(who, SUMMARY, headers={"Idempotency-Key": "k"})
    service.call("GET", "/jobs", headers={"X-API-Key": "nonsense"})
    service.call("GET", "/jobs")
    waiting = service.export(who, SUMMARY, headers={"Prefer": "respond-async"}).json()["job_id"]
    service.call("DELETE", f"/cancel/{waiting}", who)
    service.call("DELETE", f"/jobs/{waiting}", who)
    rows = service.query(lambda session: session.scalars(select(Activity).order_by(Activity.number)).all())
    assert [(row.action, row.user_id, row.job_id, row.success) for row in rows] == [
        ("export_accepted", who.id, done, True),
        ("export_completed", who.id, done, True),
        ("download", who.id, done, True),
        ("denied", who.id, None, False),
        ("refused", who.id, None, False),
        ("export_accepted", who.id, replayed, True),
        ("export_completed", who.id, replayed, True),
        ("download", who.id, replayed, True),
        ("denied", None, None, False),
        ("export_accepted", who.id, waiting, True),
        ("export_cancelled", who.id, waiting, True),
        ("job_deleted", who.id, waiting, True),
    ]
    assert {(row.ip_address, row.security_level) for row in rows} == {("127.0.0.1", "HIGH")}
    first, second, _, denied, refused, *_ = rows
    assert (denied.filters, denied.details) == (
        '{"suppliers": ["ean"]}',
        "INSUFFICIENT_PERMISSIONS POST /v1.0/export/supplier-summary",
    )
    assert (refused.filters, refused.details) == (None, "INVALID_FILTERS POST /v1.0/export/supplier-summary")
    assert (first.user_agent, first.record_count, second.file_size is not None) == ("curl/8", 1, True)
    assert breaks(service) == []
