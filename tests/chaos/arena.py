"""Where it happens: a service and workers as processes, requests that come in, and somebody who kills."""

import datetime as dt
import os
import random
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count, cycle
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import httpx2

import pipeline
from api.accounts.points import Ledger
from api.accounts.users import add_key, add_user, allow_networks, permit
from api.app import PREFIX
from api.jobs.steps import Step
from api.settings import Settings
from api.tables.database import Database, utc_now
from api.tables.migrate import upgrade
from api.tables.models import Role
from tests.api.conftest import HOME, SECRET
from tests.chaos.signs import ACTIVE, Sign
from tests.chaos.victim import Victim

_NURSERY = get_context("forkserver")
"""Where processes come from: one that has imported everything and run nothing, so that each begins at once."""
_NURSERY.set_forkserver_preload(
    [
        "tests.chaos.victim",
        "pipeline.sources.duckdb",
        *(f"pipeline.writers.{name}" for name in ("csv", "json", "xlsx", "columnar")),
    ]
)
_MOST_COMPLETED = 4
"""Jobs that a process completes before it is killed at the next: fewer, however slow the machine is."""
_A_JOB_SECONDS = 0.3
_MORE_THAN_THERE_IS = 50_000
_SLEEPING = 0.1
"""Of workers that have a job, so many sleep past their lease before they are killed."""
LEASE_SECONDS = 3
POINTS = 100_000
DYING = tuple(step for step in Step if step not in (Step.HANDING_BACK, Step.CANCELLING, Step.ACCEPTING, Step.ACCEPTED))
"""Where workers end themselves; requests' steps are for the service."""
ANSWERING = (Step.ACCEPTING, Step.ACCEPTED, Step.WRITTEN)
REQUESTED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("hotels", {"format": "csv", "filters": {}}),
    ("hotels", {"format": "xlsx", "filters": {"include_contacts": False}}),
    ("mappings", {"format": "ndjson", "filters": {}, "compression": "gzip"}),
    ("hotels", {"format": "json", "filters": {"min_rating": 2}}),
    ("mappings", {"format": "parquet", "filters": {}}),
)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much of everything."""

    jobs: int
    kills: int
    """Of workers that have a job under way; the service and deaths at steps come on top."""
    workers: int = 3
    hotels: int = 300
    slowly: float = 0.02
    seed: int = 0
    within: dt.timedelta = dt.timedelta(minutes=40)


@dataclass(kw_only=True)
class Told:
    """What was done to them."""

    kills: Counter[str] = field(default_factory=Counter)
    """Of processes by kind, workers and services that had a job under way apart."""
    deaths: Counter[str] = field(default_factory=Counter)
    """By the step at which a process ended itself."""
    stops: int = 0
    """Processes that slept through their lease, and woke up."""
    cancels: int = 0
    seconds: float = 0.0


class Arena:
    """Processes on one database, storage and catalogue."""

    def __init__(self, folder: Path, tables: str, plan: Plan) -> None:
        self.folder, self.plan, self.told = folder, plan, Told()
        for name in ("signs", "tmp"):
            (folder / name).mkdir()
        self.source = f"duckdb:///{folder}/catalogue.duckdb"
        pipeline.make_catalogue(self.source, hotels=plan.hotels, now=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
        self.given: dict[str, Any] = {
            "source": self.source,
            "database": tables,
            "storage": f"file://{folder}/files",
            "secret_key": SECRET,
            "rate_limit": "1000000",
            "lease": f"{LEASE_SECONDS}s",
            "grace": "1s",
            "encoders": "1",
            "storage_reserve_bytes": "0",
        }
        self.settings = Settings(_env_file=None, **self.given)
        self.database = Database(tables)
        upgrade(self.database)
        self.keys = list(self._people())
        self._random = random.Random(plan.seed)  # noqa: S311 - who is killed is no secret
        self._steps: dict[str, Iterator[Step]] = {
            "worker": cycle(DYING),
            "serve": cycle(ANSWERING),
        }
        self._port = _free_port()
        self._over = threading.Event()
        self._ids: list[str] = []

    def _people(self) -> Iterator[str]:
        with pipeline.connect(self.source) as catalogue:
            suppliers = catalogue.mappings().suppliers()
        with self.database.writing() as session:
            for number in range(6):
                user, now = add_user(session, f"user-{number}", Role.GENERAL_USER, utc_now()), utc_now()
                permit(session, user, suppliers[number:], now)
                allow_networks(session, user, [HOME], now)
                Ledger().grant(session, user.id, POINTS, now)
                yield add_key(session, user, now)

    def run(self) -> Told:
        """Send all requests while processes die, and wait until the last job has ended."""
        began = time.monotonic()
        service = threading.Thread(target=self._keep, args=("serve",))
        workers = [threading.Thread(target=self._keep, args=("worker",)) for _ in range(self.plan.workers)]
        for thread in (service, *workers):
            thread.start()
        try:
            self._request()
            self._await_the_last(began + self.plan.within.total_seconds())
        finally:
            self._over.set()
            for thread in (service, *workers):
                thread.join()
        self.told.seconds = round(time.monotonic() - began, 1)
        return self.told

    @property
    def ids(self) -> list[str]:
        """The jobs that were accepted, so far as anybody was told."""
        return list(self._ids)

    def _keep(self, what: str) -> None:
        """Keep one process alive by starting it anew, and see to it that it does not live for long."""
        for number in count():
            if self._over.wait(0):
                return
            doomed = number % 3 == 2 and not self._enough()
            process = self._started(what, doomed=doomed)
            sign = Sign.of(self.folder / "signs", process.pid or 0)
            if doomed:
                self._await_death(process)
            else:
                self._kill(what, process, sign)
            process.kill()
            process.join()
            if death := sign.death():
                self.told.deaths[death.value] += 1

    def _started(self, what: str, *, doomed: bool) -> BaseProcess:
        victim = Victim(
            folder=self.folder,
            settings=self.given,
            slowly=self.plan.slowly,
            step=next(self._steps[what]) if doomed else None,
            nth=self._random.choice((1, 2, 3)),
            port=self._port if what == "serve" else None,
        )
        process = _NURSERY.Process(target=victim.run)
        process.start()
        return process

    def _enough(self) -> bool:
        return self.told.kills["worker"] >= self.plan.kills

    def _await_death(self, process: BaseProcess) -> None:
        """Until it has ended itself, for a while: its step may not come."""
        until = time.monotonic() + 5 * LEASE_SECONDS
        while process.is_alive() and time.monotonic() < until and not self._over.wait(0.05):
            pass

    def _kill(self, what: str, process: BaseProcess, sign: Sign) -> None:
        """Kill a process that has a job under way, at whatever moment of it; sometimes it only sleeps first."""
        completes = self._random.randrange(_MOST_COMPLETED)
        while self._enough() or sign.step() not in ACTIVE or sign.completed() < completes:
            if self._over.wait(0.02):
                return
        self._over.wait(self._random.uniform(0, _A_JOB_SECONDS))
        if what == "worker" and self._random.random() < _SLEEPING:
            self._stop_for_a_while(process.pid or 0)
        process.kill()
        process.join()
        self.told.kills[what if sign.step() in ACTIVE else f"{what}, idle"] += 1

    def _stop_for_a_while(self, pid: int) -> None:
        """Past its lease, so that its job is another's; then it goes on, and may try to publish."""
        os.kill(pid, signal.SIGSTOP)
        self._over.wait(LEASE_SECONDS * 1.5)
        os.kill(pid, signal.SIGCONT)
        self.told.stops += 1
        self._over.wait(1.5)

    def _request(self) -> None:
        """One request after another, each until it is answered: the same key, the same job."""
        with httpx2.Client(base_url=f"http://127.0.0.1:{self._port}{PREFIX}", timeout=30) as client:
            for number in count():
                if number >= self.plan.jobs and (self._enough() or number >= 4 * self.plan.jobs):
                    return
                path, asked = REQUESTED[number % len(REQUESTED)]
                # No two are alike, since a repeated one would be answered from the file that is there.
                body = {**asked, "filters": {**asked["filters"], "limit": _MORE_THAN_THERE_IS + number}}
                headers = {"X-API-Key": self.keys[number % len(self.keys)], "Idempotency-Key": f"key-{number}"}
                if number % 8:
                    headers["Prefer"] = "respond-async"
                job_id = self._until_answered(client, "POST", f"/{path}", headers, body)
                self._ids.append(job_id)
                if number % 15 == 14:
                    self._until_answered(client, "DELETE", f"/cancel/{job_id}", headers, None)
                    self.told.cancels += 1
                while self._waiting() > 3 * self.plan.workers:
                    time.sleep(0.1)

    def _until_answered(
        self, client: httpx2.Client, method: str, path: str, headers: dict[str, str], body: object
    ) -> str:
        until = time.monotonic() + 300
        while True:
            try:
                answer = client.request(method, path, headers=headers, json=body)
                if answer.status_code in (200, 202):
                    return answer.headers.get("X-Job-Id") or str(answer.json()["job_id"])
                if answer.status_code == httpx2.codes.CONFLICT or "job_id" in answer.json()["details"]:
                    return str(answer.json()["details"].get("job_id"))  # the job has ended, well or not
            except httpx2.TransportError:
                pass
            assert time.monotonic() < until, (self.folder / "log").read_text()[-3_000:]
            time.sleep(0.2)

    def _waiting(self) -> int:
        with self.database.reading() as session:
            return int(session.connection().exec_driver_sql(_RUNNING).scalar() or 0)

    def _await_the_last(self, until: float) -> None:
        while waiting := self._waiting():
            assert time.monotonic() < until, f"{waiting} jobs have not ended; {self.told}"
            time.sleep(0.2)


_RUNNING = "SELECT count(*) FROM export_jobs WHERE status IN ('pending', 'processing')"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOME, 0))
        return int(probe.getsockname()[1])
