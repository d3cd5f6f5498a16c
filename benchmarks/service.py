"""The service beside the library that it stands on: what HTTP, users and records add, and how it bears many at once.

Machines are seldom idle, so both sides of a comparison run in turn, and their medians are compared. Files are not given
again as they are (``BELLHOP_REPEATS``), since then there would be nothing to compare.
"""

import itertools
import json
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pipeline
from benchmarks.server import Server, running

_JUST_UNDER = 4_999
"""Records: one less than what makes a job."""
_USERS, _JOBS = 20, 4
_MIB = 1 << 20
_LOOK_SECONDS = 0.02


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One thing that was measured."""

    what: str
    measured: str
    aim: str


def service_figures(url: str, rounds: int) -> Iterator[Figure]:
    """Everything, one after another.

    Args:
        url: The catalogue; a hundred thousand hotels, for the figures to be those of the aims.
        rounds: Of each comparison.

    """
    with _served(url, WORKERS=str(_JOBS)) as server:
        for format_ in ("csv", "json", "excel"):
            yield _direct(server, url, format_, rounds)
        yield _estimate(server, url, rounds)
        yield _health(server)
    with _served(url) as server:
        yield from _many(server)


@contextmanager
def _served(url: str, **settings: str) -> Iterator[Server]:
    """A service in a folder that goes away with it."""
    with (
        tempfile.TemporaryDirectory(prefix="bellhop-bench-") as folder,
        running(url, Path(folder), users=_USERS, REPEATS="false", **settings) as server,
    ):
        yield server


def _direct(server: Server, url: str, format_: str, rounds: int) -> Figure:
    body = {"format": format_, "filters": {"limit": _JUST_UNDER}}
    with tempfile.TemporaryDirectory() as folder, pipeline.connect(url) as catalogue:

        def library() -> None:
            catalogue.hotels(limit=_JUST_UNDER).write(Path(folder, "file"), format=format_)

        ours, theirs = _in_turn(lambda: server.export(body), library, rounds)
    return _added(f"{_JUST_UNDER:,} hotels as {format_}, over the library's own time", ours, theirs, "≤ 100 ms")


def _estimate(server: Server, url: str, rounds: int) -> Figure:
    # Counts are kept for a while: each is asked for once by either side.
    theirs_next, ours_next = itertools.count(_JUST_UNDER), itertools.count(_JUST_UNDER)
    with pipeline.connect(url) as catalogue:

        def ask() -> None:
            server.ask("/v1.0/export/estimate/hotels", {"format": "csv", "filters": {"limit": next(ours_next)}})

        ours, theirs = _in_turn(ask, lambda: catalogue.hotels(limit=next(theirs_next)).count(), 3 * rounds)
    return _added("an estimate, over the source's own count", ours, theirs, "≤ 50 ms")


def _in_turn(one: Callable[[], object], other: Callable[[], object], rounds: int) -> tuple[float, float]:
    """The median seconds of each, once both are warm."""
    one(), other()
    seconds = [(_seconds(one), _seconds(other)) for _ in range(rounds)]
    return statistics.median(a for a, _ in seconds), statistics.median(b for _, b in seconds)


def _seconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def _added(what: str, ours: float, theirs: float, aim: str) -> Figure:
    measured = f"{1e3 * (ours - theirs):+.0f} ms ({1e3 * ours:.0f} ms over {1e3 * theirs:.0f} ms)"
    return Figure(what=what, measured=measured, aim=aim)


def _health(server: Server) -> Figure:
    """How long health takes to answer while jobs run."""
    jobs = [json.loads(server.export({"format": "json"}, key=n, Prefer="respond-async")) for n in range(_JOBS)]
    waits: list[float] = []
    while not all(_has_ended(server, job["job_id"], n) for n, job in enumerate(jobs)):
        for _ in range(20):
            waits.append(_seconds(lambda: server.ask("/health/live")))
            time.sleep(_LOOK_SECONDS)
    slow = statistics.quantiles(waits, n=100)[98]
    measured = f"{1e3 * statistics.median(waits):.0f} ms; 99% within {1e3 * slow:.0f} ms, of {len(waits):,}"
    return Figure(what=f"health, while {_JOBS} exports of all hotels run", measured=measured, aim="≤ 50 ms")


def _has_ended(server: Server, job_id: str, key: int) -> bool:
    status = json.loads(server.ask(f"/v1.0/export/status/{job_id}", key=key))["status"]
    return status not in ("pending", "processing")


def _many(server: Server) -> Iterator[Figure]:
    """Many users export at once, and each gets the file that one gets alone."""
    body = {"format": "csv", "filters": {"limit": _JUST_UNDER}}
    alone, one_peak = server.export(body), server.peak_bytes()
    together = threading.Barrier(_USERS)

    def export(user: int) -> bytes:
        together.wait()
        return server.export(body, key=user)

    with ThreadPoolExecutor(_USERS) as threads:
        began = time.perf_counter()
        files = list(threads.map(export, range(_USERS)))
        seconds = time.perf_counter() - began
    right = sum(file == alone for file in files)
    what = f"{_USERS} users, {_JUST_UNDER:,} hotels each at once"
    yield Figure(what=f"{what}: files that are right", measured=f"{right}, in {seconds:.1f} s", aim=str(_USERS))
    peaks = f"{server.peak_bytes() // _MIB} MiB, {one_peak // _MIB} MiB after one"
    yield Figure(what=f"{what}: peak memory of the service", measured=peaks, aim="bounded")
