"""What jobs survive: tables that are away for longer than the lease, a disk that fails, a worker that is stopped."""

import datetime as dt
import errno
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from api.jobs.cleanup import clean_up
from api.jobs.steps import Step
from api.jobs.worker import Workers, run_one
from api.tables.models import Job, Role
from tests.api.conftest import SECRET, Service, Someone, Start, migrated
from tests.api.test_jobs import parts_left, row, soon, submitted
from tests.api.test_stopping import make_slow
from tests.model import Catalogue
from tests.servers import MariaDB, mariadb
from tests.stored import store_in_duckdb

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MariaDB]:
    with mariadb(tmp_path_factory.mktemp("mariadb")) as running:
        running.run("CREATE DATABASE bellhop CHARACTER SET utf8mb4")
        yield running


def reached(service: Service, step: Step, act: Any) -> None:
    """Have something happen when a job comes to a step, once."""
    happened: list[Step] = []

    def heard(now: Step) -> None:
        if now is step and not happened:
            happened.append(now)
            act()

    object.__setattr__(service.parts, "reached", heard)


@pytest.mark.parametrize("step", [Step.CHUNK, Step.WRITTEN])
def test_tables_that_are_away_for_longer_than_the_lease_cost_time_and_nothing_else(
    step: Step, start: Start, server: MariaDB
) -> None:
    url = f"{server.url}/bellhop"
    service = start(database=migrated(url), workers=0, lease=dt.timedelta(seconds=2))
    who = service.someone(Role.GENERAL_USER, suppliers=("agoda",), points=100)
    job_id = submitted(service, who, "/hotels")

    def away() -> None:
        server.kill()
        threading.Timer(4, server.start).start()

    reached(service, step, away)
    workers = Workers(service.parts, 1)
    workers.start()
    soon(lambda: ended(service, job_id), seconds=60)
    workers.stop()
    assert row(service, job_id).status == "completed"
    assert service.balance(who) == 90
    clean_up(service.parts, left_seconds=0)  # the file of an attempt that waited for its tables in vain
    assert [path.name for path in parts_left(service)] == [Path(row(service, job_id).storage_key or "").name]


def ended(service: Service, job_id: str) -> bool:
    try:
        return row(service, job_id).status not in ("pending", "processing")
    except OperationalError:
        return False


@pytest.mark.parametrize("call", ["fsync", "fchmod"])
def test_a_disk_that_fails_is_a_failed_job_without_a_file_whose_points_are_back(
    call: str, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever call it is; that each failure is found is the library's promise (tests/test_publish.py)."""
    service = start(workers=0)
    who = service.someone(Role.GENERAL_USER, suppliers=("agoda",), points=100)
    job_id = submitted(service, who)

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(f"pipeline.publish.os.{call}", full)
        assert run_one(service.parts)
    job = service.call("GET", f"/status/{job_id}", who).json()
    assert (job["status"], job["error"]["error_code"]) == ("failed", "STORAGE_FULL")
    assert service.balance(who) == 100
    assert parts_left(service) == []
    again = submitted(service, who)
    assert run_one(service.parts)
    assert row(service, again).status == "completed"


def test_a_worker_that_slept_through_its_lease_publishes_nothing(start: Start) -> None:
    """Another has taken the job and completed it, when the first comes to publish."""
    service = start(workers=0)
    job_id = submitted(service, service.someone())

    def asleep() -> None:
        with service.parts.database.writing() as session:
            job = session.get_one(Job, job_id)
            job.lease_until = service.clock() - dt.timedelta(hours=1)
        assert run_one(service.parts)

    reached(service, Step.WRITTEN, asleep)
    assert run_one(service.parts)
    job = row(service, job_id)
    assert (job.status, job.attempt, job.lost_attempts) == ("completed", 2, 1)
    assert [path.name for path in parts_left(service)] == ["2.csv"]


def test_a_worker_as_a_process_runs_jobs_and_when_stopped_hands_back_what_it_is_at(
    start: Start, golden: Catalogue, tmp_path: Path
) -> None:
    service = start(store_in_duckdb(tmp_path, golden), workers=0)
    who = service.someone()
    quick = submitted(service, who)
    with worker(service) as process:
        soon(lambda: row(service, quick).status == "completed", seconds=60)
        source = service.parts.settings.source.get_secret_value()
        slow = submitted(service, who, "/hotels")
        soon(lambda: row(service, slow).status == "completed", seconds=60)
        make_slow("duckdb", source)
        stuck = queued(service, who)
        soon(lambda: row(service, stuck).status == "processing", seconds=60)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    job = row(service, stuck)
    assert (job.status, job.attempt, job.lost_attempts) == ("pending", 1, 0)
    assert {path.suffix for path in parts_left(service)} == {".csv"}


def queued(service: Service, who: Someone) -> str:
    """A job as the last one, without the count that its submit would make."""
    with service.parts.database.writing() as session:
        job_id = "0" * 8 + "-0000-0000-0000-" + "0" * 12
        made = Job(id=job_id, user_id=who.id, export_type="hotels", format="csv", filters={}, options={})
        made.scope, made.request_hash, made.status = {"only": None, "without": []}, "0" * 64, "pending"
        made.created_at = service.clock()
        session.add(made)
    return job_id


@contextmanager
def worker(service: Service) -> Iterator["subprocess.Popen[bytes]"]:
    settings = service.parts.settings
    given = {
        "SOURCE": settings.source.get_secret_value(),
        "DATABASE": settings.database.get_secret_value(),
        "STORAGE": settings.storage,
        "SECRET_KEY": SECRET,
        "GRACE": "1s",
    }
    environment = {**os.environ, **{f"BELLHOP_{name}": value for name, value in given.items()}}
    command = [sys.executable, "-m", "api.cli", "worker", "--concurrency", "2"]
    process = subprocess.Popen(command, env=environment, cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
