"""A MariaDB server of the tests' own, which they may kill, stop and set up as they like."""

import getpass
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pymysql

from tests import require

_START_SECONDS = 60
_PLACES = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))


class MariaDB:
    """A server on a free port; ``mysql://root@127.0.0.1`` has no password."""

    def __init__(self, program: str, folder: Path) -> None:
        self._program = program
        self._folder = folder
        self.port = _free_port()
        self.start()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        with (self._folder / "log").open("a") as log:
            self._process = subprocess.Popen(self._command(), stdout=log, stderr=log)
        until = time.monotonic() + _START_SECONDS
        while not self._answers():
            said = (self._folder / "log").read_text()[-2_000:]
            assert self._process.poll() is None, said
            assert time.monotonic() < until, said
            time.sleep(0.1)

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

    def kill(self) -> None:
        """As a crash does: nothing is said to anybody."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """It answers no more, and takes no connection down either."""
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """After a stop."""
        self._process.send_signal(signal.SIGCONT)


@contextmanager
def mariadb(folder: Path) -> Iterator[MariaDB]:
    """A new server, killed in the end; without its programs the test is skipped."""
    server, install = (shutil.which(name, path=_PLACES) for name in ("mariadbd", "mariadb-install-db"))
    if server is None or install is None:
        require.require(available=False, what="the programs mariadbd and mariadb-install-db")
        raise FileNotFoundError
    subprocess.run(
        [
            *(install, "--no-defaults", f"--datadir={folder}/data", f"--user={getpass.getuser()}"),
            *("--skip-test-db", "--auth-root-authentication-method=normal"),
        ],
        check=True,
        capture_output=True,
    )
    running = MariaDB(server, folder)
    try:
        yield running
    finally:
        running.kill()


def _free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port: int = listener.getsockname()[1]
        return port
