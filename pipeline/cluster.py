"""Chunks encoded on a Dask cluster: an executor on many machines, and what goes wrong there in Bellhop's own words."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from pipeline.errors import ExecutorUnavailable, OptionError, first_line
from pipeline.lazy import load

_CONNECT_SECONDS = 10
_ANSWER_SECONDS = 10
"""What a scheduler that is asked for its workers has for an answer."""
_WATCH_SECONDS = 2
_PATIENCE_SECONDS = 60
"""How long a scheduler may be silent, or have no worker, before an export is given up."""
_MOST_AT_ONCE = 15
"""Chunks under way pass through this process: more would take it much memory, and it can hardly feed so many."""


@dataclass(frozen=True, kw_only=True)
class Encoders:
    """Where chunks are encoded, and how many at once; both are the export's own if not given."""

    executor: Executor | None = None
    workers: int | None = None


By = Callable[[Executor], AbstractContextManager[Executor]]
"""How pieces come back from an executor."""


@contextmanager
def encoders(cluster: str | None, by: By = nullcontext) -> Iterator[Encoders]:
    """Join the cluster whose scheduler has this URL, for one export; None is no cluster.

    Pieces come back through the scheduler, or ``by`` another way. The chunks of a lost worker are encoded by others;
    an error of the cluster is raised where a chunk is waited for.
    Scheduler and workers need Bellhop installed, as it is here.

    Raises:
        OptionError: It is no URL of a scheduler.
        ExecutorUnavailable: Scheduler or workers are not there.

    """
    if cluster is None:
        yield Encoders()
        return
    with _joined(cluster) as client:
        executor = ClusterExecutor(client, cluster)
        with _watched(client, executor), by(executor) as taking:
            yield Encoders(executor=taking, workers=max(1, min(_threads(client), _MOST_AT_ONCE)))


class ClusterExecutor(Executor):
    """The workers of a cluster.

    Raises:
        ExecutorUnavailable: By the futures: the cluster was lost meanwhile, or a chunk ended its workers.

    """

    def __init__(self, client: Any, url: str) -> None:  # noqa: ANN401 - Dask has no types
        self._on_workers = client.get_executor(pure=False)
        self._killed = load("distributed:KilledWorker")
        self._closed = load("distributed.client:ClosedClientError")
        self._lost = ExecutorUnavailable(f"the scheduler at {url} was lost; nothing was published; try again")
        self._silent = ExecutorUnavailable(
            f"{url} had no worker, or no answer, for {_PATIENCE_SECONDS} s; nothing was published; start workers"
        )
        self._ended = ExecutorUnavailable(
            f"a chunk ended one worker of {url} after another; nothing was published; see their logs and their memory"
        )
        self._lock = threading.Lock()
        self._waiting: set[Future[Any]] = set()
        self._over: ExecutorUnavailable | None = None
        """Why nothing is waited for any longer."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:  # noqa: ANN401 - as any executor
        """Ask for a call; its answer."""
        answer: Future[Any] = Future()
        with self._lock:
            if self._over is not None:
                raise self._over
            self._waiting.add(answer)
        try:
            asked = self._on_workers.submit(fn, *args, **kwargs)
        except (OSError, self._closed) as error:
            with self._lock:
                self._waiting.discard(answer)
            raise self._lost from error
        asked.add_done_callback(partial(self._settle, answer))
        return answer

    def _settle(self, answer: Future[Any], asked: Future[Any]) -> None:
        with self._lock:
            if answer not in self._waiting or not answer.set_running_or_notify_cancel():
                return
            self._waiting.remove(answer)
        if asked.cancelled():
            answer.set_exception(self._lost)
        elif error := asked.exception():
            answer.set_exception(self._ended if isinstance(error, self._killed) else error)
        else:
            answer.set_result(asked.result())

    def abandon(self, *, connected: bool) -> None:
        """Wait no longer, for workers or for the scheduler: Dask leaves some futures open when it loses that one."""
        over = self._silent if connected else self._lost
        with self._lock:
            self._over = over
            waiting = [answer for answer in self._waiting if answer.set_running_or_notify_cancel()]
            self._waiting.clear()
        for answer in waiting:
            answer.set_exception(over)


@contextmanager
def _joined(url: str) -> Iterator[Any]:
    """A client of the cluster; each export has one of its own, since none survives the loss of its scheduler."""
    client_of = load("distributed:Client", extra="cluster")
    try:
        client = client_of(url, timeout=_CONNECT_SECONDS, set_as_default=False)
    except ValueError as error:
        message = f"cluster: {url!r} is no URL of a scheduler; give one such as tcp://scheduler:8786"
        raise OptionError(message, option="cluster", value=url) from error
    except OSError as error:
        message = f"no scheduler answers at {url}: {first_line(error)}; start one with: dask scheduler"
        raise ExecutorUnavailable(message) from error
    try:
        _wait_for_workers(client, url)
        yield client
    finally:
        # What Dask raises when it is just trying to connect again.
        with suppress(OSError, load("asyncio:CancelledError")):
            client.close(timeout=_WATCH_SECONDS)


def _wait_for_workers(client: Any, url: str) -> None:  # noqa: ANN401 - as above
    try:
        client.wait_for_workers(1, timeout=_CONNECT_SECONDS)
    except TimeoutError as error:
        raise ExecutorUnavailable(f"{url} has no worker; start some with: dask worker {url}") from error


@contextmanager
def _watched(client: Any, executor: ClusterExecutor) -> Iterator[None]:  # noqa: ANN401 - as above
    """Leave a cluster that has been without workers, or without a word, for too long: nothing else ends the wait."""
    done = threading.Event()
    watcher = threading.Thread(target=_watch, args=(client, executor, done), name="bellhop-cluster", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


def _watch(client: Any, executor: ClusterExecutor, done: threading.Event) -> None:  # noqa: ANN401 - as above
    seen = time.monotonic()
    while not done.wait(_WATCH_SECONDS):
        if _threads(client):
            seen = time.monotonic()
        elif time.monotonic() - seen > _PATIENCE_SECONDS:
            executor.abandon(connected=client.status == "running")
            return


def _threads(client: Any) -> int:  # noqa: ANN401 - as above
    """How many chunks the cluster encodes at once; none when it does not answer."""
    try:
        return sum(client.sync(client.scheduler.ncores, callback_timeout=_ANSWER_SECONDS).values())
    except Exception:  # noqa: BLE001 - what a client raises depends on how far it is with closing itself
        return 0
