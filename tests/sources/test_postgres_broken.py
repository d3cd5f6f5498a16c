"""A PostgreSQL server that fails while it sends rows, or an export that is given up then (B8): an error, or all."""

import datetime as dt
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import pipeline
from pipeline import SourceError
from pipeline.sources import postgres
from pipeline.sources.slabs import Slabs
from tests.breaker import broken
from tests.servers import PostgreSQL, Server
from tests.stored import COPIED, small_tables_by_session

NOW = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
HOTELS, FAXES, MIDDLE = 50, 15_000, 14_000
FILL = f"""
INSERT INTO contacts (ittid, contact_type, value)
SELECT (SELECT MIN(ittid) FROM hotels), 'fax', repeat('0', 400) FROM generate_series(1, {FAXES})
"""
WAIT = """
CREATE FUNCTION wait() RETURNS text STABLE LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(20); RETURN NULL; END'
"""
"""STABLE, so that what is counted does not wait."""
VIEW = """
CREATE OR REPLACE VIEW contacts AS SELECT id, ittid, contact_type,
CASE WHEN id = {middle} THEN {then} ELSE value END AS value FROM all_contacts
"""
"""Megabytes were sent when the row in the middle is reached."""
WAITING = """
SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'bellhop %' AND wait_event = 'PgSleep'
"""
SESSIONS = "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'bellhop %'"
SECONDS = 15
"""Less than is waited."""

BROKEN = "broke off|terminating connection|consuming input failed"
"""In ConnectorX's words, or the server's and libpq's."""

Disturb = Callable[[PostgreSQL], object]


@pytest.fixture(scope="module", params=["postgres", COPIED])
def filled(postgres_server: PostgreSQL) -> Iterator[PostgreSQL]:
    """The server with a catalogue of which one hotel has very many contacts."""
    pipeline.make_catalogue(postgres_server.url, hotels=HOTELS, now=NOW)
    postgres_server.run(FILL)
    postgres_server.run("ALTER TABLE contacts RENAME TO all_contacts")
    postgres_server.run(WAIT)
    middle(postgres_server, "value")
    with small_tables_by_session():
        export(postgres_server).to_polars()  # libraries open what they need once
    export(postgres_server).to_polars()
    yield postgres_server
    postgres_server.run("DROP SCHEMA public CASCADE")
    postgres_server.run("CREATE SCHEMA public")


def middle(server: PostgreSQL, then: str) -> None:
    """What the row in the middle of the contacts holds."""
    server.run(VIEW.format(middle=MIDDLE, then=then))


def export(server: PostgreSQL, options: str = "") -> pipeline.Export:
    return pipeline.connect(server.url + options, now=lambda: NOW).hotels()


def held() -> tuple[int, int]:
    """Threads and descriptors of this process."""
    return threading.active_count(), len([*Path("/proc/self/fd").iterdir()])


def soon(is_so: Callable[[], bool]) -> bool:
    """Whether something becomes so within seconds."""
    until = time.monotonic() + SECONDS
    while not is_so() and time.monotonic() < until:
        time.sleep(0.02)
    return is_so()


def of_reader(server: PostgreSQL, what: str) -> None:
    """Do something to the session that reads."""
    ((number,),) = server.run(WAITING)
    server.run(f"SELECT {what}({number})")


def of_all(server: PostgreSQL) -> None:
    server.run(f"SELECT pg_terminate_backend(pid) FROM ({SESSIONS}) AS sessions")


@contextmanager
def when_it_waits(server: PostgreSQL, disturb: Disturb) -> Iterator[None]:
    """Disturb the server once a session of ours waits in the middle of the contacts."""
    done: list[bool] = []

    def run() -> None:
        assert soon(lambda: bool(server.run(WAITING)))
        disturb(server)
        done.append(True)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        thread.join()
    assert done


@pytest.mark.parametrize(
    ("disturb", "said"),
    [
        (
            lambda server: of_reader(server, "pg_terminate_backend"),
            BROKEN,
        ),
        (lambda server: of_reader(server, "pg_cancel_backend"), "canceling statement due to user request"),
        (of_all, BROKEN),
        (PostgreSQL.kill, BROKEN),
        (Server.restart, BROKEN),
    ],
    ids=["reader killed", "statement cancelled", "all killed", "server down", "restarted"],
)
def test_a_server_that_breaks_off_is_an_error_and_no_file(
    disturb: Disturb, said: str, filled: PostgreSQL, tmp_path: Path
) -> None:
    middle(filled, "wait()")
    before, began = held(), time.monotonic()
    with (
        when_it_waits(filled, disturb),
        pytest.raises(SourceError, match=rf"postgresql://127\.0\.0\.1:{filled.port}/postgres.*({said})") as caught,
    ):
        export(filled).write(tmp_path / "x.csv")
    assert time.monotonic() - began < SECONDS
    if disturb is PostgreSQL.kill:
        filled.start()
    assert "contacts" in str(caught.value)
    assert str(caught.value).isprintable()
    assert [*tmp_path.iterdir()] == []
    assert soon(lambda: held() <= before)  # a read that waits for a server that is down gives up by and by
    middle(filled, "value")
    assert export(filled).write(tmp_path / "x.csv").records == HOTELS


@pytest.mark.parametrize(
    ("options", "kind", "said"),
    [
        ("?options=-cstatement_timeout%3D500", SourceError, "canceling statement due to statement timeout"),
        ("?read_timeout=0.5", SourceError, "statement timeout|gave no answer for 0.5 s"),
    ],
    ids=["statement_timeout", "read_timeout"],
)
def test_a_statement_that_takes_too_long_is_an_error(
    options: str, kind: type[SourceError], said: str, filled: PostgreSQL, tmp_path: Path
) -> None:
    middle(filled, "wait()")
    began = time.monotonic()
    with pytest.raises(kind, match=said):
        export(filled, options).write(tmp_path / "x.csv")
    assert time.monotonic() - began < SECONDS / 2
    assert [*tmp_path.iterdir()] == []
    assert filled.run(SESSIONS) == []


def test_a_cast_that_fails_in_the_middle_is_an_error(filled: PostgreSQL, tmp_path: Path) -> None:
    middle(filled, "('no number' || id)::int::text")
    with pytest.raises(SourceError, match=r"contacts .*cannot be read: .* invalid input syntax for type int") as caught:
        export(filled).write(tmp_path / "x.csv")
    assert str(caught.value).isprintable()
    assert [*tmp_path.iterdir()] == []


class Abandoned(Exception):
    """What comes from outside while rows are read."""


@pytest.mark.parametrize("raised", [KeyboardInterrupt, Abandoned])
def test_an_export_that_is_given_up_stops_the_server(
    raised: type[BaseException], filled: PostgreSQL, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    middle(filled, "wait()")
    given_up: list[float] = []
    # ConnectorX reads contacts while locations are dealt out. A copy has sent all up to the row in the middle, or all
    # that fits between server and export, when the second of its pieces is.
    pieces, last = Counter[str](), {"contacts": 2} if postgres._SMALL_ROWS else {"locations": 1}

    def give_up(_: Slabs, table: str, __: object) -> None:
        pieces[table] += 1
        if pieces[table] == last.get(table):
            assert soon(lambda: bool(filled.run(WAITING)))
            given_up.append(time.monotonic())
            raise raised

    monkeypatch.setattr(Slabs, "add", give_up)
    with pytest.raises(raised):
        export(filled).write(tmp_path / "x.csv")
    assert filled.run(SESSIONS) == []
    assert time.monotonic() - given_up[0] < 1
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("filled", [COPIED], indirect=True)
def test_an_export_that_is_given_up_waits_for_no_server_that_is_silent(
    filled: PostgreSQL, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    middle(filled, "value")

    def give_up(_: Slabs, table: str, __: object) -> None:
        if table == "contacts":
            time.sleep(0.5)  # until the network is silent
            raise Abandoned

    monkeypatch.setattr(Slabs, "add", give_up)
    began = time.monotonic()
    with broken(filled.url, "silence", 3_000_000) as through:
        exported = pipeline.connect(f"{through}?read_timeout=60", now=lambda: NOW).hotels()
        with pytest.raises(Abandoned):
            exported.write(tmp_path / "x.csv")
    assert time.monotonic() - began < SECONDS
    assert [*tmp_path.iterdir()] == []
    assert soon(lambda: filled.run(SESSIONS) == [])


SLOW = """
CREATE OR REPLACE FUNCTION slow() RETURNS text STABLE LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.3); RETURN 0; END'
"""


@pytest.mark.parametrize("filled", [COPIED], indirect=True)
def test_a_server_that_is_slow_is_not_silent(filled: PostgreSQL, tmp_path: Path) -> None:
    # Less than a second from row to row, and some seconds for all.
    filled.run(SLOW)
    filled.run(VIEW.replace("id = {middle}", "id % 1500 = 0").format(then="slow()"))
    filled.run("CREATE OR REPLACE VIEW numbered AS SELECT row_number() OVER () AS number, * FROM contacts")
    (tmp_path / "contacts.sql").write_text("SELECT number AS id, ittid, contact_type, value FROM numbered")
    began = time.monotonic()
    slow = pipeline.connect(f"{filled.url}?read_timeout=1", sql_dir=tmp_path, now=lambda: NOW).hotels()
    try:
        assert slow.write(tmp_path / "x.csv").records == HOTELS
        assert time.monotonic() - began > 2
    finally:
        filled.run("DROP VIEW numbered")
