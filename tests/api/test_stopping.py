"""A job that is stopped ends at once, whatever its database is at: nothing is left of it, and its points are back."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import psycopg
import pytest

from api.app import parts_of
from api.jobs import ending
from api.jobs.interrupt import Reason
from api.jobs.worker import run_one
from api.tables.models import Job, JobStatus, Role
from tests import require
from tests.api.conftest import Service, Start
from tests.api.test_jobs import parts_left, row, soon, submitted
from tests.model import Catalogue
from tests.stored import SOURCES, store_of

COUNTING = {
    "duckdb": "SELECT count(*) AS n FROM range(10000000) AS a(x), range(10000000) AS b(y) WHERE hash(x, y) = 1",
    "sqlite": "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT count(*) AS n FROM t",
    "postgres": "SELECT count(*) AS n FROM pg_sleep(3600)",
    "mysql": "SELECT SLEEP(3600) AS n",
}
"""What takes an hour or more, on each source."""


def make_slow(source: str, url: str) -> None:
    """Put a view in the place of the hotels that takes an hour to read."""
    for statement in (
        "ALTER TABLE hotels RENAME TO real_hotels",
        f"CREATE VIEW hotels AS SELECT h.* FROM real_hotels h, ({COUNTING[source]}) s WHERE s.n IS NOT NULL",
    ):
        run(source, url, statement)


def run(source: str, url: str, statement: str) -> None:
    if source == "duckdb":
        with duckdb.connect(url.removeprefix("duckdb:///")) as file:
            file.execute(statement).fetchall()
    elif source == "postgres":
        with psycopg.connect(url, autocommit=True) as session:
            session.execute(statement.encode())
    elif source == "mysql":
        with require.mysql_login(url) as login, login.cursor() as cursor:
            cursor.execute(statement)
    else:
        run_in_sqlite(url, statement)


def run_in_sqlite(url: str, statement: str) -> None:
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    connection.execute(statement)
    connection.close()


@contextmanager
def running(service: Service) -> Iterator[threading.Thread]:
    """A worker on the service's one job, which is under way."""
    worker = threading.Thread(target=run_one, args=(service.parts,), daemon=True)
    worker.start()
    soon(lambda: len(service.parts.running))
    time.sleep(0.5)  # the query has begun, or will be stopped as it begins
    yield worker
    worker.join(30)
    assert not worker.is_alive()


@pytest.mark.parametrize("source", SOURCES)
def test_cancelling_ends_the_query_whichever_process_runs_it(
    source: str, start: Start, golden: Catalogue, tmp_path: Path
) -> None:
    with store_of(source, tmp_path) as store:
        url = store(golden)
        service = start(url, workers=0)
        who = service.someone(Role.GENERAL_USER, suppliers=("agoda",), points=100)
        job_id = submitted(service, who, "/hotels")
        make_slow(source, url)
        elsewhere = parts_of(service.parts.settings)
        with running(service) as worker:
            ending.cancel(elsewhere, row(service, job_id))
            worker.join(30)
        elsewhere.database.close()
    assert row(service, job_id).status == JobStatus.CANCELLED.value
    assert parts_left(service) == []
    assert service.balance(who) == 100


def test_a_query_is_ended_too_when_the_service_stops_and_the_job_is_not_lost(
    start: Start, golden: Catalogue, tmp_path: Path
) -> None:
    with store_of("duckdb", tmp_path) as store:
        url = store(golden)
        service = start(url, workers=0)
        job_id = submitted(service, service.someone(), "/hotels")
        make_slow("duckdb", url)
        for attempt in (1, 2, 3, 4):
            with running(service):
                service.parts.running.stop_all(Reason.SHUTDOWN)
            job: Job = row(service, job_id)
            assert (job.status, job.attempt, job.lost_attempts) == ("pending", attempt, 0)
