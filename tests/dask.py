"""A Dask cluster of the tests' own: a scheduler and workers as processes on loopback, which they may kill and stop."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from distributed import Client

_START_SECONDS = 60


class DaskCluster:
    """A scheduler on a free port, and workers of one thread each."""

    def __init__(self, folder: Path, workers: int) -> None:
        self._folder = folder
        self._address = folder / "scheduler.json"
        self.scheduler = self._start("scheduler", "--port", "0")
        # No nanny, which would start another in its place; no limit, since the machine is shared.
        own = ("--nthreads", "1", "--no-nanny", "--memory-limit", "0", "--local-directory", str(folder))
        self.workers = [self._start("worker", *own) for _ in range(workers)]

    def wait(self) -> None:
        """Wait until all of it is there."""
        self._wait_for_address()
        with Client(self.url) as client:
            client.wait_for_workers(len(self.workers), timeout=_START_SECONDS)

    def _start(self, part: str, *own: str) -> subprocess.Popen[bytes]:
        common = ("--host", "127.0.0.1", "--no-dashboard", "--scheduler-file", str(self._address))
        with (self._folder / "log").open("ab") as log:
            command = [sys.executable, "-m", "dask", part, *common, *own]
            return subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, "POLARS_MAX_THREADS": "1"})

    def _wait_for_address(self) -> None:
        until = time.monotonic() + _START_SECONDS
        # It is made empty, and written a moment later.
        while not (self._address.exists() and self._address.read_text().endswith("}")):
            said = (self._folder / "log").read_text()[-2_000:]
            assert self.scheduler.poll() is None, said
            assert time.monotonic() < until, said
            time.sleep(0.05)

    @property
    def url(self) -> str:
        """Where the scheduler listens."""
        return str(json.loads(self._address.read_text())["address"])

    def stop_worker(self) -> subprocess.Popen[bytes]:
        """Let one worker do nothing more, so that it keeps the chunks that it has."""
        worker = self.workers.pop()
        worker.send_signal(signal.SIGSTOP)
        return worker

    def end(self) -> None:
        """Kill all that runs."""
        for process in (*self.workers, self.scheduler):
            kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """As a crash does: nothing is said to anybody."""
    process.kill()
    process.wait()


@contextmanager
def dask_cluster(folder: Path, workers: int) -> Iterator[DaskCluster]:
    """A new cluster, killed in the end."""
    cluster = DaskCluster(folder, workers)
    try:
        cluster.wait()
        yield cluster
    finally:
        cluster.end()
