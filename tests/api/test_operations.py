"""The service as a process of its own: bodies, slow clients, health, logs, metrics."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest
import uvicorn

from api.protocol import BoundedProtocol
from tests.api.conftest import SECRET, Start
from tests.api.process import HOTELS, Process, served
from tests.api.test_storage import free_port


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    with served(tmp_path_factory.mktemp("service")) as running:
        yield running


def test_it_is_ready(server: Process) -> None:
    for _ in range(20):  # a process that has just begun is not ready until the catalogue was opened once
        ready = httpx2.get(f"{server.url}/health/ready")
        if ready.status_code == 200:
            break
        time.sleep(0.5)
    assert (ready.status_code, ready.json()["status"]) == (200, "ok")


def test_large_bodies_are_refused_before_anybody_reads_them(server: Process) -> None:
    server.post('{"format": "csv", "filters": {"limit": 1}}')
    before, began = server.peak_bytes(), time.monotonic()
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(b"POST /v1.0/export/hotels HTTP/1.1\r\nHost: x\r\nContent-Length: 150000000\r\n\r\n")
        assert b" 413 " in connection.recv(65536)
    assert time.monotonic() - began < 2  # 0.1 s on a machine that does nothing else
    refused = server.post(b"x" * 65_536 for _ in range(200))
    assert refused.json()["error_code"] == "BODY_TOO_LARGE"
    assert server.peak_bytes() - before < 50_000_000


def test_a_hundred_thousand_ittids_are_taken_and_one_more_is_not(server: Process) -> None:
    ittids = [str(10_000_001 + number) for number in range(100_000)]
    taken = server.post(json.dumps({"format": "ndjson", "filters": {"ittids": ittids, "include_contacts": False}}))
    assert taken.status_code == 200, taken.text
    assert taken.headers["X-Record-Count"] == str(taken.text.count("\n")) != "0"
    refused = server.post(json.dumps({"format": "csv", "filters": {"ittids": [*ittids, "1"]}}))
    assert refused.status_code == 400
    assert refused.json()["details"]["fields"][0]["field"] == "ittids"


def test_twenty_at_once_get_their_files_while_health_answers(server: Process) -> None:
    one = server.post('{"format": "csv"}').content
    assert one.count(b"\r\n") > HOTELS
    waits: list[float] = []
    done = threading.Event()

    def look() -> None:
        with httpx2.Client() as client:
            while not done.wait(0.05):
                began = time.monotonic()
                assert client.get(f"{server.url}/health/live").status_code == 200
                waits.append(time.monotonic() - began)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        with ThreadPoolExecutor(20) as threads:
            answers = list(threads.map(lambda _: server.post('{"format": "csv"}'), range(20)))
    finally:
        done.set()
        watcher.join()
    assert [answer.status_code for answer in answers] == [200] * 20
    assert {answer.content for answer in answers} == {one}
    # Under 50 ms on a machine of its own; tests share theirs.
    assert sorted(waits)[len(waits) // 2] < 0.25
    assert server.peak_bytes() < 700_000_000


def test_readiness_tells_within_a_second_what_is_gone(start: Start) -> None:
    service = start()
    service.client.get("/health/ready")
    for file in service.folder.glob("*.duckdb"):
        file.unlink()
    began = time.monotonic()
    answer = service.client.get("/health/ready")
    assert time.monotonic() - began < 1
    assert (answer.status_code, answer.json()["checks"]["catalogue"]) == (503, False)
    assert service.client.get("/health/live").status_code == 200


def test_metrics_are_behind_a_token(server: Process) -> None:
    assert httpx2.get(f"{server.url}/metrics").status_code == 404
    assert httpx2.get(f"{server.url}/metrics", headers={"Authorization": "Bearer x"}).status_code == 404
    server.post('{"format": "parquet", "filters": {"limit": 3}}')
    text = httpx2.get(f"{server.url}/metrics", headers={"Authorization": "Bearer metrics-token"}).text
    assert 'bellhop_exports_total{export_type="hotels",format="parquet",outcome="completed"} 1.0' in text
    for name in (
        "requests_total",
        "rows_total",
        "bytes_total",
        "stage_seconds_total",
        "jobs",
        "queue_age",
        "storage_bytes",
    ):
        assert f"bellhop_{name}" in text
    assert 'route="/v1.0/export/hotels"' in text


def test_methods_that_somebody_made_up_are_one_metric(server: Process) -> None:
    for number in range(5):
        httpx2.request(f"M{number}", f"{server.url}/nowhere")
    text = httpx2.get(f"{server.url}/metrics", headers={"Authorization": "Bearer metrics-token"}).text
    assert 'method="M1"' not in text
    assert 'method="(none)"' in text


def test_log_lines_are_json_with_ids_and_without_secrets(server: Process) -> None:
    httpx2.get(f"{server.url}/v1.0/export/status/s", headers={"X-API-Key": server.key})
    told = server.post('{"format": "csv", "filters": {"limit": 1}}', **{"X-Request-Id": "look-for-me"})
    assert told.headers["X-Request-Id"] == "look-for-me"
    for _ in range(50):  # a request's line is written when its answer has been sent
        text = server.log.read_text()
        lines: list[dict[str, Any]] = [json.loads(line) for line in text.splitlines()]
        mine = [line for line in lines if line.get("request_id") == "look-for-me"]
        if mine:
            break
        time.sleep(0.1)
    (line,) = mine
    assert (line["event"], line["route"], line["status"], line["method"]) == (
        "request",
        "/v1.0/export/hotels",
        200,
        "POST",
    )
    assert line["job_id"] == told.headers["X-Job-Id"]
    assert ("s", "/v1.0/export/status/{job_id}") in {(line.get("job_id"), line.get("route")) for line in lines}
    for secret in (server.key, SECRET, "metrics-token"):
        assert secret not in text


def test_half_sent_requests_and_slow_readers_are_dropped() -> None:
    """By a protocol whose patience is cut short; in production it is half a minute."""

    class Impatient(BoundedProtocol):
        request_seconds = 0.5
        read_seconds = 0.5

    async def large(scope: Any, receive: Any, send: Any) -> None:
        del scope, receive
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(400):
            await send({"type": "http.response.body", "body": b"x" * 100_000, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    port = free_port()
    server = uvicorn.Server(uvicorn.Config(large, port=port, http=Impatient, lifespan="off", log_level="critical"))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()))
    thread.start()
    try:
        while not server.started:
            time.sleep(0.02)
        assert dropped(port, b"GET / HT") < 5
        assert dropped(port, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n") < 5
        assert dropped(port, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", reads=False) < 5
    finally:
        server.should_exit = True
        thread.join()


def dropped(port: int, head: bytes, *, reads: bool = True) -> float:
    """Seconds until the server ends the connection of a client that goes on byte by byte, or does not read."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.settimeout(10)
        connection.sendall(head)
        began = time.monotonic()
        try:
            while time.monotonic() - began < 10:
                if reads:
                    connection.sendall(b"a")
                    connection.settimeout(0.1)
                    try:
                        if not connection.recv(1):
                            break
                    except TimeoutError:
                        continue
                else:
                    time.sleep(1.5)
                    while connection.recv(1 << 20):
                        pass
                    break
        except OSError:
            pass
        return time.monotonic() - began
