"""Results by way of storage that all share: a worker leaves them there, and a receipt comes back through the executor.

So a scheduler passes on a line a chunk, whatever the size of its piece. A receipt has the digest of what was left, and
nothing is unpickled that differs: whoever may write to the storage can end an export, but not alter it.
"""

import datetime as dt
import hashlib
import pickle
import re
import secrets
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote, urlsplit

from pipeline.errors import ExecutorUnavailable, OptionError, first_line
from pipeline.futures import settle
from pipeline.lazy import load

if TYPE_CHECKING:
    from obstore.store import ObjectStore

_FOLDER = "bellhop-pieces"
"""What the names of all pieces begin with, in a storage that a caller named."""
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]+")
_PATIENCE = dt.timedelta(seconds=30)
"""How long a bucket may be silent."""
_LEFT_FOR = dt.timedelta(days=1)
"""Pieces of a process that was killed stay so long: no export is still under way then."""

_utc_now = partial(dt.datetime.now, dt.UTC)

T = TypeVar("T")


@contextmanager
def by_storage(executor: Executor, url: str, *, now: Callable[[], dt.datetime] = _utc_now) -> Iterator[Executor]:
    """An executor whose results come back by way of storage that its workers and this process share.

    Every piece is deleted when it was taken, and the rest in the end; what a killed process left, a day later.
    Memory: as without, since at most as many pieces are here at once. ``executor`` is not shut down.

    Args:
        executor: Where the work is done.
        url: ``file:///folder``, which all see by this name, or ``s3://bucket/prefix``, to which obstore finds the way
            by itself on each machine (``AWS_ENDPOINT``, ``AWS_REGION``, ``AWS_ACCESS_KEY_ID`` and so on).
        now: The present moment, with its time zone.

    Raises:
        OptionError: It is no such URL.
        ExecutorUnavailable: The storage does not answer; by the futures: a piece could not be left there or taken.

    """
    store = _store_of(url)
    with _reached(store):
        _sweep(store, now() - _LEFT_FOR)
    with leaving(executor, store, f"{_FOLDER}/{secrets.token_hex(16)}") as leaver:
        yield leaver


@contextmanager
def leaving(executor: Executor, store: "ObjectStore", folder: str) -> Iterator[Executor]:
    """As ``by_storage``, in a folder of a storage that nobody else uses; it is empty in the end.

    A worker may still be at a chunk then: it takes its piece away itself, since what says that the folder is open is
    gone before the pieces are.
    """
    with _reached(store):
        _obstore("put")(store, _opened(folder), b"")
    with ThreadPoolExecutor(1, thread_name_prefix="bellhop-pieces") as thread:
        try:
            yield ByStorage(executor, store, folder, thread)
        finally:
            with suppress(ExecutorUnavailable), _reached(store):  # they are swept one day
                _delete(store, [_opened(folder)])
                _empty(store, folder)


def _opened(folder: str) -> str:
    return f"{folder}/open"


class ByStorage(Executor):
    """Work on another executor; results are taken from storage one after another, as they come."""

    def __init__(self, executor: Executor, store: "ObjectStore", folder: str, thread: Executor) -> None:
        self._executor = executor
        self._store = store
        self._folder = folder
        self._thread = thread

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:  # noqa: ANN401 - as any executor
        """Ask for a call; its answer, which cancels the call if it is cancelled."""
        answer: Future[T] = Future()
        work = Leave(store=self._store, folder=self._folder, function=fn)
        asked = self._executor.submit(work, *args, **kwargs)
        answer.add_done_callback(partial(_pass_on_cancel, weakref.ref(asked)))
        asked.add_done_callback(partial(self._settle, answer))
        return answer

    def _settle(self, answer: Future[T], asked: Future["Receipt"]) -> None:
        if asked.cancelled():
            answer.cancel()
        if answer.set_running_or_notify_cancel():
            self._thread.submit(settle, answer, lambda: taken(self._store, asked.result()))


def _pass_on_cancel(asked: "weakref.ref[Future[Receipt]]", answer: Future[T]) -> None:
    """Cancel what an answer was to come of; it is not held: each would keep the other, and so a piece, for long."""
    pending = asked()
    if pending is not None and answer.cancelled():
        pending.cancel()


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """Where a result was left, and what it must be."""

    key: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Leave:
    """A call whose result is left in storage; it runs on a worker. Its name, which clusters show, tells nothing."""

    store: "ObjectStore" = field(repr=False)
    folder: str = field(repr=False)
    function: Callable[..., Any] = field(repr=False)

    def __call__(self, *args: Any, **kwargs: Any) -> Receipt:  # noqa: ANN401 - the function's
        """Call, and leave what came of it under a name that nobody else takes: a lost worker's chunk is done twice.

        Raises:
            ExecutorUnavailable: The storage does not take it, or nobody wants it any more.

        """
        data = pickle.dumps(self.function(*args, **kwargs), pickle.HIGHEST_PROTOCOL)
        key = f"{self.folder}/{secrets.token_hex(16)}"
        with _reached(self.store):
            _obstore("put")(self.store, key, data)
            if not _is_there(self.store, _opened(self.folder)):
                _delete(self.store, [key])
                raise ExecutorUnavailable("the export has ended, and its pieces are wanted no more")
        return Receipt(key=key, sha256=hashlib.sha256(data).hexdigest())


def taken(store: "ObjectStore", receipt: Receipt) -> Any:  # noqa: ANN401 - what was left
    """What was left, which is gone from the storage then.

    Raises:
        ExecutorUnavailable: It is not there as it was left.

    """
    with _reached(store):
        try:
            data = memoryview(_obstore("get")(store, receipt.key).bytes())
        except FileNotFoundError as error:
            message = f"a piece is not in {store}, where a worker left it; nothing was published"
            raise ExecutorUnavailable(f"{message}; all must see the same storage") from error
    if hashlib.sha256(data).hexdigest() != receipt.sha256:
        raise ExecutorUnavailable(
            f"{receipt.key} in {store} is not what a worker left there; nothing was published; see who writes to it"
        )
    with _reached(store):
        _delete(store, [receipt.key])
    return pickle.loads(data)  # noqa: S301 - its digest came from the worker


def _is_there(store: "ObjectStore", key: str) -> bool:
    try:
        _obstore("head")(store, key)
    except FileNotFoundError:
        return False
    return True


def _store_of(url: str) -> "ObjectStore":
    parts = urlsplit(url)
    if parts.scheme == "s3" and _BUCKET.fullmatch(parts.netloc) and not (parts.query or parts.fragment):
        with _reached(f"s3://{parts.netloc}"):
            return _bucket_store(url)
    if parts.scheme == "file" and not parts.netloc and parts.path.startswith("/"):
        folder = Path(unquote(parts.path))
        with _reached(folder):
            return folder_store(folder)
    message = "pieces: that is no storage; give file:///folder, or s3://bucket/prefix, which all workers see"
    raise OptionError(message, option="pieces")


def _bucket_store(url: str) -> "ObjectStore":
    """A bucket; what does not answer in time is told, where obstore would wait for minutes."""
    half = _PATIENCE / 2
    store: ObjectStore = load("obstore.store:S3Store", extra="cluster").from_url(
        url,
        # Whoever names an endpoint of plain http means it.
        client_options={"timeout": half, "connect_timeout": half / 3, "allow_http": True},
        retry_config={"max_retries": 5, "retry_timeout": half},
    )
    return store


def folder_store(folder: Path) -> "ObjectStore":
    """A folder as a storage; folders in it go with their last file."""
    store: ObjectStore = load("obstore.store:LocalStore", extra="cluster")(folder, automatic_cleanup=True, mkdir=True)
    return store


def _sweep(store: "ObjectStore", before: dt.datetime) -> None:
    found = [one for page in _obstore("list")(store, _FOLDER) for one in page]
    _delete(store, [one["path"] for one in found if one["last_modified"] < before])


def _empty(store: "ObjectStore", folder: str) -> None:
    _delete(store, [found["path"] for page in _obstore("list")(store, folder) for found in page])


def _delete(store: "ObjectStore", keys: list[str]) -> None:
    for key in keys:
        with suppress(FileNotFoundError):
            _obstore("delete")(store, key)


@contextmanager
def _reached(store: object) -> Iterator[None]:
    """What a storage refuses, as an error of Bellhop's own."""
    try:
        yield
    except (OSError, load("obstore.exceptions:BaseError", extra="cluster")) as error:
        message = f"{store} cannot be used for pieces: {first_line(error)}; nothing was published"
        raise ExecutorUnavailable(message) from error


def _obstore(name: str) -> Any:  # noqa: ANN401 - one of its functions
    """Imported when the first piece is left."""
    return load(f"obstore:{name}", extra="cluster")
