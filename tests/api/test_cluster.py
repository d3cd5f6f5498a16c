"""Jobs on a Dask cluster: the same file; another attempt when the scheduler is lost, and in the end points back."""

import datetime as dt
import time
from pathlib import Path

import pytest
from sqlalchemy import update

from api.jobs.worker import run_one
from api.tables.models import Job, Role
from pipeline import cluster
from tests.api.conftest import Service, Someone, Start
from tests.api.s3 import KEY, KEY_ID, new_bucket, relayed
from tests.dask import dask_cluster, kill


def submitted(service: Service, who: Someone) -> str:
    answer = service.export(who, headers={"Prefer": "respond-async"})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["job_id"])


def row(service: Service, job_id: str) -> Job:
    found: Job = service.query(lambda session: session.get(Job, job_id))
    return found


def let_lapse(service: Service, job_id: str) -> None:
    """As if the lease were over."""
    with service.parts.database.writing() as session:
        session.execute(update(Job).where(Job.id == job_id).values(lease_until=dt.datetime(2020, 1, 1)))  # noqa: DTZ001 - as the tables have them
    time.sleep(0.01)


def test_pieces_of_a_job_come_by_way_of_the_storage(start: Start, endpoint: str, tmp_path: Path) -> None:
    with relayed(endpoint) as relay, dask_cluster(tmp_path, workers=1) as running:
        bucket = f"s3://{new_bucket(endpoint)}/files?endpoint={relay.endpoint}"
        keys = {"s3_access_key_id": KEY_ID, "s3_secret_access_key": KEY}
        service = start(workers=0, cluster=running.url, encoders=None, storage=bucket, **keys)
        who = service.someone()
        job_id = submitted(service, who)
        assert run_one(service.parts)
        left = [request for request in relay.requests if request.startswith("PUT") and "/1.pieces/" in request]
        assert len(left) > 1
        assert all(f"/{who.id}/{job_id}/" in request for request in left)
        assert service.call("GET", f"/download/{job_id}", who).content == service.export(who).content
        assert not [file.key for file in service.parts.storage.files() if "pieces" in file.key]


def test_jobs_run_on_a_cluster_and_again_when_it_was_lost(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "_CONNECT_SECONDS", 5)
    with dask_cluster(tmp_path, workers=1) as running:
        service = start(workers=0, cluster=running.url, encoders=None, max_attempts=2)
        who = service.someone(Role.GENERAL_USER, suppliers=("agoda",), points=100)
        done, lost = submitted(service, who), submitted(service, who)
        assert run_one(service.parts)
        here = service.export(who)
        assert row(service, done).status == "completed"
        assert service.call("GET", f"/download/{done}", who).content == here.content
        kill(running.scheduler)
    for attempt in (1, 2):
        assert run_one(service.parts)
        job = row(service, lost)
        assert (job.status, job.attempt, job.storage_key) == ("processing", attempt, None)
        let_lapse(service, lost)
    assert run_one(service.parts)
    job = row(service, lost)
    assert (job.status, job.error_code) == ("failed", "EXPORT_FAILED")
    assert "its cluster 2 times" in str(job.error_message)
    assert service.balance(who) == 100 - 2 * service.parts.settings.export_cost
