"""The service under many at once (D2, D3, D6): memory and descriptors stay bounded, and it stops whoever hangs on."""

import itertools
import signal
import socket
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest

from api.app import PREFIX
from tests.api.process import BOUND_SECONDS, Process, served
from tests.api.test_jobs import soon
from tests.figures import figure

ASYNC = {"Prefer": "respond-async"}
A_WORKER_BYTES = 300_000_000
"""What one export may take beside what the service takes by itself."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Process]:
    with served(tmp_path, REPEATS="false") as running:
        yield running


def test_exports_submitted_at_once_take_the_memory_of_one_a_worker_and_none_is_lost(server: Process) -> None:
    base = server.peak_bytes()
    bodies = [f'{{"format": "{one}"}}' for one in ("csv", "xlsx", "json", "parquet", "ndjson")] * figure(4, promised=10)
    with ThreadPoolExecutor(len(bodies)) as threads:
        jobs = [*threads.map(lambda body: server.post(body, **ASYNC).json()["job_id"], bodies)]
    soon(lambda: _jobs(server, "completed") == len(jobs), seconds=300)
    assert server.peak_bytes() <= base + A_WORKER_BYTES
    listed = [job["job_id"] for job in server.get("/jobs?limit=200&sort=created_at").json()["jobs"]]
    assert {*listed} == {*jobs}
    assert _waited_for(server, listed[0]) < _waited_for(server, listed[-1]) / 5, "the first waits for no other"


def test_requests_of_which_half_are_aborted_leave_nothing_open(server: Process) -> None:
    file = server.post('{"format": "csv"}').headers["X-Job-Id"]
    asked = itertools.cycle(
        (
            ("GET", "/my-validation", ""),
            ("GET", f"/download/{file}", ""),
            ("POST", "/estimate/hotels", '{"format": "csv", "filters": {"country_codes": ["FR"]}}'),
            ("GET", f"/events/{file}", ""),
            ("GET", f"/status/{file}", ""),
            ("POST", "/hotels", '{"format": "csv", "filters": {"limit": 1}}'),
            ("POST", "/hotels", '{"format": "csv", "filters": {"country_codes": ["DE"]}}'),
        )
    )

    def all_of(many: int) -> None:
        with httpx2.Client(base_url=f"{server.url}{PREFIX}", headers=server.headers, timeout=BOUND_SECONDS) as client:
            for number, (method, path, body) in zip(range(many), asked, strict=False):
                if number % 2:
                    _abort(server, method, path, body)
                else:
                    told = client.request(method, path, content=body, headers={"Content-Type": "application/json"})
                    assert told.status_code == 200, told.text

    all_of(70)
    open_before, threads_before = _settled(server.descriptors), _settled(server.threads)
    all_of(figure(150, promised=10_000))
    assert _settled(server.descriptors) <= open_before + 3
    assert _settled(server.threads) <= threads_before + 3


def test_it_stops_with_grace_and_hands_back_what_is_not_done(server: Process) -> None:
    """Whoever hangs on: one who sends no more, one who does not read their file."""
    file = server.post('{"format": "json"}').headers["X-Job-Id"]
    assert server.post('{"format": "xlsx"}', **ASYNC).status_code == 202
    sends_no_more = _sent(server, "POST", "/hotels", "", length=10)
    does_not_read = _sent(server, "GET", f"/download/{file}", "")
    assert does_not_read.recv(12) == b"HTTP/1.1 200"
    began = time.monotonic()
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(30) == 0
    assert time.monotonic() - began < 30
    for one in (sends_no_more, does_not_read):
        one.close()
    assert [path.name for path in (server.folder / "files").rglob("*.part")] == []
    assert _jobs(server, "processing") == 0


def _sent(server: Process, method: str, path: str, body: str, *, length: int | None = None) -> socket.socket:
    """A connection on which a request was sent; nobody reads the answer, of which little fits."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    connection.connect(("127.0.0.1", server.port))
    lines = [f"{method} {PREFIX}{path} HTTP/1.1", "Host: x", f"X-API-Key: {server.key}"]
    lines += ["Content-Type: application/json", f"Content-Length: {len(body) if length is None else length}"]
    connection.sendall("\r\n".join([*lines, "", body]).encode())
    return connection


def _abort(server: Process, method: str, path: str, body: str) -> None:
    with _sent(server, method, path, body):
        pass


def _jobs(server: Process, status: str) -> int:
    return int(_asked(server, "SELECT count(*) FROM export_jobs WHERE status = ?", status))


def _waited_for(server: Process, job_id: str) -> float:
    days = "SELECT julianday(completed_at) - julianday(created_at) FROM export_jobs WHERE id = ?"
    return float(_asked(server, days, job_id))


def _asked(server: Process, query: str, value: str) -> Any:
    connection = sqlite3.connect(server.folder / "bellhop.sqlite")
    try:
        return connection.execute(query, (value,)).fetchone()[0]
    finally:
        connection.close()


def _settled(count: Callable[[], int]) -> int:
    """A number once it has not changed for a while."""
    seen = [count()]
    while len(seen) < 5 or len({*seen[-5:]}) > 1:
        assert len(seen) < 300, seen[-20:]
        time.sleep(0.2)
        seen.append(count())
    return seen[-1]
