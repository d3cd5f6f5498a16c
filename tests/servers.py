"""Servers of the tests' own, which they may kill, stop and set up as they like."""

import getpass
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pymysql

from tests import require

_START_SECONDS = 60
_DEBIAN = map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True))
_PLACES = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin", *_DEBIAN))


class Server(ABC):
    """A server on a free port; its superuser has no password."""

    account: str | None = None
    """Of the system; this process's own if none is named."""

    def __init__(self, program: str, folder: Path) -> None:
        self._program = program
        self._folder = folder
        self.port = _free_port()
        self.start()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        with (self._folder / "log").open("a") as log:
            self._process = subprocess.Popen(self._command(), stdout=log, stderr=log, user=self.account)
        until = time.monotonic() + _START_SECONDS
        while not self._answers():
            said = self.log()[-2_000:]
            assert self._process.poll() is None, said
            assert time.monotonic() < until, said
            time.sleep(0.1)

    def log(self) -> str:
        """All that it said so far."""
        return (self._folder / "log").read_text()

    def kill(self) -> None:
        """As a crash does: nothing is said to anybody."""
        self._process.send_signal(self._crash)
        self._process.wait()

    def restart(self) -> None:
        """A crash, and a new beginning."""
        self.kill()
        self.start()

    _crash = signal.SIGKILL

    @abstractmethod
    def _command(self) -> list[str]: ...

    @abstractmethod
    def _answers(self) -> bool: ...


class MariaDB(Server):
    """``mysql://root@127.0.0.1``."""

    def _command(self) -> list[str]:
        return [
            *(self._program, "--no-defaults", f"--user={getpass.getuser()}", f"--datadir={self._folder}/data"),
            *(f"--socket={self._folder}/socket", f"--port={self.port}", "--bind-address=127.0.0.1"),
            # A server that starts clears what others of its kind have under way in their common folder.
            *("--innodb-buffer-pool-size=32M", "--skip-log-bin", f"--tmpdir={self._folder}"),
        ]

    def _answers(self) -> bool:
        try:
            require.mysql_login(self.url).close()
        except pymysql.err.OperationalError:
            return False
        return True

    @property
    def url(self) -> str:
        """The server, no database of it."""
        return f"mysql://root@127.0.0.1:{self.port}"

    def run(self, statement: str) -> tuple[tuple[object, ...], ...]:
        """Run a statement in a session of its own."""
        with require.mysql_login(self.url) as session, session.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall()

    def sessions(self) -> list[tuple[int, str | None]]:
        """The exports' sessions: number, and the statement that is run."""
        found = self.run("SELECT id, info FROM information_schema.processlist WHERE db = 'catalogue'")
        return [(int(str(number)), None if text is None else str(text)) for number, text in found]

    def stop(self) -> None:
        """It answers no more, and takes no connection down either."""
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """After a stop."""
        self._process.send_signal(signal.SIGCONT)


class PostgreSQL(Server):
    """``postgresql://postgres@127.0.0.1``; whoever else logs in needs a password. It offers TLS."""

    account = "postgres" if os.geteuid() == 0 else None
    # Its sessions are processes, which it must take along: this is its "immediate shutdown", without a checkpoint.
    _crash = signal.SIGQUIT

    def _command(self) -> list[str]:
        return [self._program, "-D", f"{self._folder}/data", f"--port={self.port}"]

    def _answers(self) -> bool:
        try:
            self.run("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    @property
    def url(self) -> str:
        """The database of this name that each server has."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def run(self, statement: str) -> list[tuple[object, ...]]:
        """Run a statement in a session of its own."""
        with psycopg.connect(self.url, autocommit=True, connect_timeout=3) as session:
            cursor = session.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []


@contextmanager
def mariadb(folder: Path) -> Iterator[MariaDB]:
    """A new server, killed in the end; without its programs the test is skipped."""
    server, install = _programs("mariadbd", "mariadb-install-db")
    _run(
        *(install, "--no-defaults", f"--datadir={folder}/data", f"--user={getpass.getuser()}"),
        *("--skip-test-db", "--auth-root-authentication-method=normal"),
    )
    running = MariaDB(server, folder)
    try:
        yield running
    finally:
        running.kill()


_SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
fsync = off
ssl = on
"""
_HBA = """
host all postgres 127.0.0.1/32 trust
host all all 127.0.0.1/32 scram-sha-256
"""


@contextmanager
def postgresql() -> Iterator[PostgreSQL]:
    """A new server, killed in the end; without its programs the test is skipped."""
    server, install, openssl = _programs("postgres", "initdb", "openssl")
    # Not in pytest's folder, which no other account may look into.
    with tempfile.TemporaryDirectory(prefix="bellhop-postgres-") as name:
        folder, account = Path(name), PostgreSQL.account
        if account:
            shutil.chown(folder, account)
        data = folder / "data"
        _run(install, "-D", str(data), "--username=postgres", "--encoding=UTF8", "--no-sync", account=account)
        _run(
            *(openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
            *("-subj", "/CN=localhost", "-keyout", str(data / "server.key"), "-out", str(data / "server.crt")),
            account=account,
        )
        (data / "postgresql.conf").write_text(_SETTINGS)
        (data / "pg_hba.conf").write_text(_HBA)
        running = PostgreSQL(server, folder)
        try:
            yield running
        finally:
            running.kill()


def _programs(*names: str) -> Sequence[str]:
    found = {name: shutil.which(name, path=_PLACES) for name in names}
    require.require(all(found.values()), what=f"the programs {' and '.join(names)}")
    return [str(place) for place in found.values()]


def _run(*command: str, account: str | None = None) -> None:
    subprocess.run(command, check=True, capture_output=True, user=account, cwd="/")


def _free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port: int = listener.getsockname()[1]
        return port
