"""The service over an object storage, and over a storage that fails: whole files, or a clear state and points back."""

import datetime as dt
import errno
import http.client
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import obstore
import pytest
from sqlalchemy import select

from api.jobs.cleanup import clean_up
from api.jobs.store import new_job_id
from api.jobs.worker import run_one
from api.storage.base import StorageUnavailable
from api.storage.s3 import S3Storage
from api.tables.models import Activity, Job, Role
from pipeline.early_sync import EarlySync
from tests.api.conftest import Service, Someone, Start
from tests.api.s3 import KEY, KEY_ID, asked, new_bucket
from tests.api.test_jobs import soon
from tests.api.test_storage import free_port

ASYNC = {"Prefer": "respond-async"}
PATH = "/mappings"


def over_s3(start: Start, endpoint: str, bucket: str, **settings: Any) -> Service:
    return start(
        storage=f"s3://{bucket}/files?endpoint={endpoint}",
        s3_access_key_id=KEY_ID,
        s3_secret_access_key=KEY,
        **settings,
    )


def paying(service: Service) -> Someone:
    return service.someone(Role.GENERAL_USER, suppliers=("agoda", "ean"), points=100)


def store_of(service: Service) -> Any:
    assert isinstance(service.parts.storage, S3Storage)
    return service.parts.storage._store


def test_files_of_an_object_storage_are_served_as_those_of_a_folder(start: Start, endpoint: str) -> None:
    service = over_s3(start, endpoint, new_bucket(endpoint), workers=0)
    who = paying(service)
    content = service.export(who, PATH).content
    job_id = service.export(who, PATH, headers=ASYNC).json()["job_id"]
    assert run_one(service.parts)

    def get(method: str = "GET", **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return service.call(method, f"/download/{job_id}", who, headers=named)

    whole = get()
    assert (whole.status_code, whole.content) == (200, content)
    etag = whole.headers["ETag"]
    assert (get(Range="bytes=3-9").status_code, get(Range="bytes=3-9").content) == (206, content[3:10])
    assert get(Range="bytes=3-9", If_Range=etag).content == content[3:10]
    assert get(Range="bytes=3-9", If_Range='"x"').content == content
    assert get(Range="bytes=99999999-").status_code == 416
    assert get(If_None_Match=etag).status_code == 304
    assert (get("HEAD").headers["Content-Length"], get("HEAD").content) == (str(len(content)), b"")
    soon(lambda: service.client.get("/health/ready").status_code == 200)  # a busy machine may take its second
    key = service.query(lambda session: session.get(Job, job_id)).storage_key
    assert key == f"{who.id}/{job_id}/1.csv"
    flipped = bytearray(content)
    flipped[10] ^= 1
    obstore.put(store_of(service), key, bytes(flipped))
    assert get().json()["error_code"] == "FILE_NOT_FOUND"
    obstore.delete(store_of(service), key)
    assert get().json()["error_code"] == "FILE_NOT_FOUND"


def test_what_is_left_in_an_object_storage_is_swept(start: Start, endpoint: str) -> None:
    bucket = new_bucket(endpoint)
    service = over_s3(start, endpoint, bucket)
    who = paying(service)
    service.export(who, PATH)
    gone = new_job_id()
    obstore.put(store_of(service), f"nobody/{gone}/1.csv", b"left")
    for key in (f"nobody/{gone}/2.csv", f"{who.id}/{gone}/1.csv"):
        asked(endpoint, "POST", f"/{bucket}/files/{key}?uploads")
    # The server says of every upload that it was begun in 2010.
    assert clean_up(service.parts).leftovers == 2, "a file that is new may be on its way"
    assert clean_up(service.parts, left_seconds=0).leftovers == 1
    (kept,) = service.parts.storage.files()
    assert kept.upload is None
    service.clock.ahead = dt.timedelta(hours=25)
    assert clean_up(service.parts).expired == 1
    assert list(service.parts.storage.files()) == []


def test_whole_files_can_come_from_the_storage_itself(start: Start, endpoint: str) -> None:
    service = over_s3(start, endpoint, new_bucket(endpoint), downloads="redirected")
    who = paying(service)
    answer = service.export(who, PATH)
    path = f"/download/{answer.headers['X-Job-Id']}"
    there = service.call("GET", path, who, follow_redirects=False)
    assert (there.status_code, there.headers["Cache-Control"]) == (307, "no-store")
    assert KEY not in there.headers["Location"]
    url = urlsplit(there.headers["Location"])
    connection = http.client.HTTPConnection(url.netloc, timeout=30)
    connection.request("GET", f"{url.path}?{url.query}")
    got = connection.getresponse()
    assert (got.status, got.read()) == (200, answer.content)
    for name in ("Content-Type", "Content-Disposition"):
        assert got.headers[name] == answer.headers[name]
    connection.close()
    for headers in ({"Range": "bytes=3-9"}, {"Range": "bytes=3-9", "If-Range": answer.headers["ETag"]}):
        part = service.call("GET", path, who, headers=headers)
        assert (part.status_code, part.content) == (206, answer.content[3:10])
    assert service.call("GET", path, who, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert service.call("HEAD", path, who).headers["Content-Length"] == str(len(answer.content))
    for file in service.parts.storage.files():
        service.parts.storage.delete(file.key)
    assert service.call("GET", path, who).json()["error_code"] == "FILE_NOT_FOUND"


def test_keys_can_come_from_the_environment(start: Start, endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY_ID)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", KEY)
    service = start(storage=f"s3://{new_bucket(endpoint)}?endpoint={endpoint}")
    assert service.export(service.someone(), PATH).status_code == 200
    assert clean_up(service.parts, left_seconds=0).leftovers == 0


@pytest.mark.parametrize("what", ["down", "hanging"])
def test_a_storage_that_does_not_answer_costs_nobody_points(
    start: Start, endpoint: str, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    patience = {"storage_patience": dt.timedelta(seconds=0.4), "workers": 0}
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1] if what == "hanging" else free_port()
        service = over_s3(start, f"http://127.0.0.1:{port}", "bucket", **patience)
        who = paying(service)
        direct = service.export(who, PATH)
        assert (direct.status_code, direct.json()["error_code"]) == (503, "STORAGE_UNAVAILABLE")
        assert direct.headers["Retry-After"]
        job_id = service.export(who, PATH, headers=ASYNC).json()["job_id"]
        assert run_one(service.parts)
        job = service.call("GET", f"/status/{job_id}", who).json()
        assert (job["status"], job["error"]["error_code"]) == ("failed", "STORAGE_UNAVAILABLE")
        assert service.balance(who) == 100
        assert service.client.get("/health/ready").json()["checks"]["storage"] is False
        again = over_s3(start, endpoint, new_bucket(endpoint))
        working, not_working = again.parts.storage, service.parts.storage
        object.__setattr__(service.parts, "storage", working)
        answer = service.export(who, PATH)
        assert (answer.status_code, service.balance(who)) == (200, 90)
        object.__setattr__(service.parts, "storage", not_working)
        for method, headers in (("GET", {}), ("GET", {"Range": "bytes=0-1"}), ("HEAD", {})):
            gone = service.call(method, f"/download/{answer.headers['X-Job-Id']}", who, headers=headers)
            assert gone.status_code == 503
        removed = service.call("DELETE", f"/jobs/{answer.headers['X-Job-Id']}", who)
        assert removed.status_code == 204, "what stands there still is swept"
        service.clock.ahead = dt.timedelta(days=91)
        with pytest.raises(StorageUnavailable):
            clean_up(service.parts)
        assert service.query(lambda session: session.scalars(select(Activity.number)).all()) == []
        assert service.query(lambda session: session.get(Job, job_id)) is None
    for secret in (KEY, KEY_ID, str(port)):
        assert secret not in direct.text + str(job) + caplog.text


_CALLS = ((EarlySync, "wrote"), (os, "fsync"), (os, "fchmod"), (Path, "replace"), (Path, "chmod"))


class Failing:
    """Lets the Nth of the calls fail that bring a file to the disk."""

    def __init__(self, nth: int) -> None:
        self.nth, self.calls = nth, 0

    def wrapped(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **options: Any) -> Any:
            self.calls += 1
            if self.calls == self.nth:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return call(*args, **options)

        return counted


@contextmanager
def failing(nth: int) -> Iterator[Failing]:
    calls = Failing(nth)
    with pytest.MonkeyPatch.context() as patched:
        for owner, name in _CALLS:
            patched.setattr(owner, name, calls.wrapped(getattr(owner, name)))
        yield calls


def test_a_full_disk_fails_the_export_whichever_call_it_strikes_and_leaves_nothing(start: Start) -> None:
    service = start(workers=0, rate_limit=100)
    who = paying(service)
    for nth in range(1, 100):
        with failing(nth) as calls:
            answer = service.export(who, PATH)
        if calls.calls < nth:
            break
        assert (answer.status_code, answer.json()["error_code"]) == (507, "STORAGE_FULL"), nth
        assert service.balance(who) == 100
        left = [path for path in (service.folder / "files").rglob("*") if path.is_file()]
        assert len(left) <= 1, "a file whose last call failed is swept, and known to nobody"
        clean_up(service.parts, left_seconds=0)
        assert list((service.folder / "files").rglob("*.*")) == []
    assert nth > 5
    assert (answer.status_code, service.balance(who)) == (200, 90)
