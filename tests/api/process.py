"""A service as a process of its own, over a catalogue of some thousand hotels."""

import datetime as dt
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

import pipeline
from api.app import PREFIX
from benchmarks.server import Server, running
from tests.api.conftest import SECRET

HOTELS = 4_000
BOUND_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class Process:
    """A service that runs, and what a test needs of it."""

    server: Server
    folder: Path

    @property
    def process(self) -> subprocess.Popen[bytes]:
        return self.server.process

    @property
    def port(self) -> int:
        return self.server.port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    @property
    def key(self) -> str:
        return self.server.keys[0]

    @property
    def headers(self) -> dict[str, str]:
        return {"X-API-Key": self.key}

    def peak_bytes(self) -> int:
        return self.server.peak_bytes()

    def descriptors(self) -> int:
        return self._count("fd")

    def threads(self) -> int:
        return self._count("task")

    def _count(self, what: str) -> int:
        return sum(1 for _ in Path(f"/proc/{self.process.pid}/{what}").iterdir())

    def post(self, body: bytes | str | Iterator[bytes], **headers: str) -> httpx2.Response:
        told = {**self.headers, "Content-Type": "application/json", **headers}
        return httpx2.post(f"{self.url}{PREFIX}/hotels", content=body, headers=told, timeout=BOUND_SECONDS)

    def get(self, path: str) -> httpx2.Response:
        return httpx2.get(f"{self.url}{PREFIX}{path}", headers=self.headers, timeout=BOUND_SECONDS)


@contextmanager
def served(folder: Path, **settings: str) -> Iterator[Process]:
    """Serve from a folder; settings may be given."""
    source = f"duckdb:///{folder}/catalogue.duckdb"
    pipeline.make_catalogue(source, hotels=HOTELS, now=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    given = {"SECRET_KEY": SECRET, "METRICS_TOKEN": "metrics-token", "GRACE": "5s", **settings}
    with running(source, folder, users=1, **given) as server:
        yield Process(server=server, folder=folder)
