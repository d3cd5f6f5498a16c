"""A service that runs as a process of its own, with users, for as long as it is measured."""

import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.accounts.users import add_key, add_user, allow_networks
from api.tables.database import Database, utc_now
from api.tables.migrate import upgrade
from api.tables.models import Role

_HOME = "127.0.0.1"
_START_SECONDS = 60
_ANSWER_SECONDS = 600


@dataclass(frozen=True, kw_only=True)
class Server:
    """A service, and the keys of its users."""

    process: subprocess.Popen[bytes]
    port: int
    keys: tuple[str, ...]

    def ask(self, path: str, body: Any = None, *, key: int = 0, **headers: str) -> bytes:  # noqa: ANN401 - any JSON
        """The answer to a request, a POST when there is a body; one that is an error raises."""
        given = {"X-API-Key": self.keys[key], "Content-Type": "application/json", **headers}
        content = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(f"http://{_HOME}:{self.port}{path}", content, given)
        with urllib.request.urlopen(asked, timeout=_ANSWER_SECONDS) as answer:  # noqa: S310 - http
            return bytes(answer.read())

    def export(self, body: Any, *, key: int = 0, **headers: str) -> bytes:  # noqa: ANN401 - any JSON
        """The answer to an export of hotels."""
        return self.ask("/v1.0/export/hotels", body, key=key, **headers)

    def peak_bytes(self) -> int:
        """The most resident memory that the process ever had."""
        status = Path(f"/proc/{self.process.pid}/status").read_text("ascii")
        (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024


@contextmanager
def running(source: str, folder: Path, *, users: int, **settings: str) -> Iterator[Server]:
    """Serve a catalogue; tables, files and ``log`` are in a folder."""
    database = f"sqlite:///{folder}/bellhop.sqlite"
    given = {
        "SOURCE": source,
        "DATABASE": database,
        "STORAGE": f"file://{folder}/files",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "RATE_LIMIT": "1000000",
        **settings,
    }
    keys, port = _keys(database, users), _free_port()
    environment = {**os.environ, **{f"BELLHOP_{name}": value for name, value in given.items()}}
    command = [sys.executable, "-m", "api.cli", "serve", "--port", str(port)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stderr=log)
    try:
        yield _begun(Server(process=process, port=port, keys=keys))
    finally:
        process.terminate()
        process.wait()


def _keys(url: str, users: int) -> tuple[str, ...]:
    database, now = Database(url), utc_now()
    upgrade(database)
    with database.writing() as session:
        added = [add_user(session, f"user-{number}", Role.SUPER_USER, now) for number in range(users)]
        for user in added:
            allow_networks(session, user, [_HOME], now)
        keys = tuple(add_key(session, user, now) for user in added)
    database.close()
    return keys


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOME, 0))
        return int(probe.getsockname()[1])


def _begun(server: Server) -> Server:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            server.ask("/health/live")
        except OSError:
            if server.process.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return server
