"""A MySQL server that fails while it is read, or an export that is given up (B8): an error or all, and nothing left."""

import datetime as dt
import io
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import pipeline
from pipeline import SourceUnavailable
from pipeline.sources.slabs import Slabs
from tests.require import mysql_login
from tests.servers import MariaDB, Server

NOW = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
HOTELS, FAXES = 20, 40_000
FILL = f"""
INSERT INTO catalogue.contacts (ittid, contact_type, value)
SELECT hotels.ittid, 'fax', REPEAT('0', 400) FROM catalogue.hotels JOIN catalogue.seq_1_to_{FAXES // HOTELS}
"""
"""More than all buffers between server and export hold: what is under way after the first rows is not yet read."""

Disturb = Callable[[MariaDB], object]
Reading = Callable[[Callable[[], object]], None]
"""Lets something happen once, in the middle of the contacts."""


@pytest.fixture(scope="module")
def filled(server: MariaDB) -> Iterator[MariaDB]:
    """The server with a catalogue of hotels that have very many contacts."""
    server.run("CREATE DATABASE catalogue")
    pipeline.make_catalogue(f"{server.url}/catalogue", hotels=HOTELS, now=NOW)
    server.run(FILL)
    yield server
    server.run("DROP DATABASE catalogue")


@pytest.fixture
def reading(monkeypatch: pytest.MonkeyPatch) -> Reading:
    """A way to disturb what is read, in batches that are small beside the whole."""

    def meanwhile(disturb: Callable[[], object]) -> None:
        add, done = Slabs.add, list[str]()

        def then_disturb(slabs: Slabs, table: str, rows: pl.DataFrame) -> None:
            add(slabs, table, rows)
            if table == "contacts" and not done:
                done.append(table)
                disturb()

        monkeypatch.setattr(Slabs, "add", then_disturb)

    monkeypatch.setattr("pipeline.sources.mysql._BATCH_ROWS", 100)
    return meanwhile


def held() -> tuple[int, int]:
    """Threads and descriptors of this process."""
    return threading.active_count(), len([*Path("/proc/self/fd").iterdir()])


def export(server: MariaDB, options: str = "") -> pipeline.Export:
    return pipeline.connect(f"{server.url}/catalogue{options}", now=lambda: NOW).hotels()


def of_export(server: MariaDB, what: str) -> None:
    """KILL the session that reads, or its statement."""
    for number, text in server.sessions():
        if text and "catalogue_contacts" in text:
            server.run(f"{what} {number}")


LOST = "Lost connection to MySQL server during query"


@pytest.mark.parametrize(
    ("disturb", "mend", "said"),
    [
        (MariaDB.kill, MariaDB.start, LOST),
        (Server.restart, None, f"{LOST}|gone away"),
        (MariaDB.stop, MariaDB.go_on, r"\(read timeout\)"),
        (lambda server: of_export(server, "KILL"), None, LOST),
        (lambda server: of_export(server, "KILL QUERY"), None, "execution was interrupted"),
    ],
    ids=["killed", "restarted", "stopped", "session killed", "query killed"],
)
def test_a_server_that_breaks_off_is_an_error_and_no_file(  # noqa: PLR0913, PLR0917 - a case's own words
    disturb: Disturb, mend: Disturb | None, said: str, filled: MariaDB, reading: Reading, tmp_path: Path
) -> None:
    before = held()
    reading(lambda: disturb(filled))
    began = time.monotonic()
    try:
        with pytest.raises(SourceUnavailable, match=rf"^mysql://127\.0\.0\.1:{filled.port}/catalogue: .*({said})"):
            export(filled, "?read_timeout=1").write(tmp_path / "x.csv")
        assert time.monotonic() - began < 15
    finally:
        if mend:
            mend(filled)
    assert [*tmp_path.iterdir()] == []
    assert held() == before
    assert export(filled).write(tmp_path / "x.csv").records == HOTELS


def test_a_statement_that_takes_longer_than_the_server_lets_it_is_an_error(filled: MariaDB, tmp_path: Path) -> None:
    filled.run("SET GLOBAL max_statement_time = 0.001")
    try:
        with pytest.raises(SourceUnavailable, match=r"max_statement_time exceeded"):
            export(filled).write(tmp_path / "x.csv")
    finally:
        filled.run("SET GLOBAL max_statement_time = 0")
    assert [*tmp_path.iterdir()] == []


def test_a_session_of_somebody_else_that_has_our_number_is_left_alone(filled: MariaDB, reading: Reading) -> None:
    """A server that began anew numbers its sessions from the start."""
    others: list[Any] = []

    def begin_anew() -> None:
        number = max(number for number, _ in filled.sessions())
        filled.restart()
        while not others or others[-1].thread_id() < number:
            others.append(mysql_login(f"{filled.url}/catalogue"))
        assert others[-1].thread_id() == number
        asleep.start()

    def sleep() -> None:
        with others[-1].cursor() as cursor:
            cursor.execute("SELECT SLEEP(1)")
            slept.extend(cursor.fetchall())

    slept: list[Any] = []
    asleep = threading.Thread(target=sleep)
    reading(begin_anew)
    with pytest.raises(SourceUnavailable):
        export(filled).write(io.BytesIO(), format="csv")
    asleep.join()
    for other in others:
        other.close()
    assert slept == [(0,)]


class Abandoned(Exception):
    """What a listener of the progress may raise."""


@pytest.mark.parametrize("raised", [KeyboardInterrupt, Abandoned])
def test_an_export_that_is_given_up_stops_the_server(
    raised: type[BaseException], filled: MariaDB, reading: Reading, tmp_path: Path
) -> None:
    asked: list[str] = []

    def give_up() -> None:
        asked.extend(text for _, text in filled.sessions() if text and "catalogue_contacts" in text)
        raise raised

    before = held()
    reading(give_up)
    with pytest.raises(raised):
        export(filled).write(tmp_path / "x.csv")
    until = time.monotonic() + 1
    while filled.sessions() and time.monotonic() < until:
        time.sleep(0.02)
    assert asked
    assert filled.sessions() == []
    assert [*tmp_path.iterdir()] == []
    assert held() == before
