"""A service as a process of its own, over a catalogue of some thousand hotels."""

import datetime as dt
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

import pipeline
from api.accounts.users import add_key, add_user, allow_networks
from api.app import PREFIX
from api.tables.database import Database, utc_now
from api.tables.migrate import upgrade
from api.tables.models import Role
from tests.api.conftest import SECRET

HOTELS = 4_000
BOUND_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class Process:
    """A server that runs."""

    process: subprocess.Popen[bytes]
    port: int
    key: str
    folder: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    @property
    def headers(self) -> dict[str, str]:
        return {"X-API-Key": self.key}

    def peak_bytes(self) -> int:
        return self._kilobytes("VmHWM") * 1024

    def _kilobytes(self, name: str) -> int:
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1])
        raise AssertionError(f"no {name}")

    def descriptors(self) -> int:
        return sum(1 for _ in Path(f"/proc/{self.process.pid}/fd").iterdir())

    def threads(self) -> int:
        return sum(1 for _ in Path(f"/proc/{self.process.pid}/task").iterdir())

    def post(self, body: bytes | str | Iterator[bytes], **headers: str) -> httpx2.Response:
        told = {**self.headers, "Content-Type": "application/json", **headers}
        return httpx2.post(f"{self.url}{PREFIX}/hotels", content=body, headers=told, timeout=BOUND_SECONDS)

    def get(self, path: str) -> httpx2.Response:
        return httpx2.get(f"{self.url}{PREFIX}{path}", headers=self.headers, timeout=BOUND_SECONDS)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(folder: Path, **settings: str) -> Iterator[Process]:
    """Serve from a folder; settings may be given."""
    source = f"duckdb:///{folder}/catalogue.duckdb"
    pipeline.make_catalogue(source, hotels=HOTELS, now=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    key = _somebody(f"sqlite:///{folder}/bellhop.sqlite")
    given = {
        "SOURCE": source,
        "DATABASE": f"sqlite:///{folder}/bellhop.sqlite",
        "STORAGE": f"file://{folder}/files",
        "SECRET_KEY": SECRET,
        "METRICS_TOKEN": "metrics-token",
        "RATE_LIMIT": "1000000",
        "GRACE": "5s",
        **settings,
    }
    environment = {**os.environ, **{f"BELLHOP_{name}": value for name, value in given.items()}}
    port = free_port()
    command = [sys.executable, "-m", "api.cli", "serve", "--port", str(port)]
    with (folder / "log").open("wb") as lines:
        process = subprocess.Popen(command, env=environment, stderr=lines, cwd=Path(__file__).parents[2])
    try:
        running = Process(process=process, port=port, key=key, folder=folder)
        _await(running)
        yield running
    finally:
        process.kill()
        process.wait()


def _somebody(tables: str) -> str:
    """The key of a user who may see everything."""
    database = Database(tables)
    upgrade(database)
    with database.writing() as session:
        user = add_user(session, "somebody", Role.SUPER_USER, utc_now())
        allow_networks(session, user, ["127.0.0.1"], utc_now())
        key = add_key(session, user, utc_now())
    database.close()
    return key


def _await(server: Process) -> None:
    for _ in range(600):
        try:
            if httpx2.get(f"{server.url}/health/live").status_code == 200:
                return
        except httpx2.TransportError:
            assert server.process.poll() is None, server.log.read_text()
        time.sleep(0.1)
    raise AssertionError(server.log.read_text())
