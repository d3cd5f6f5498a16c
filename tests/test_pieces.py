"""Pieces that come back by way of storage: the same bytes, nothing left there, and none taken but as it was left."""

import datetime as dt
import gc
import socket
import time
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import pipeline
from pipeline import pieces
from pipeline.pieces import Receipt, by_storage
from tests.api.s3 import KEY, KEY_ID, new_bucket, s3_server
from tests.test_against_model import NOW


class Told(Executor):
    """Threads that remember what came back from them, and may have it altered."""

    def __init__(self, threads: Executor, alter: Callable[[Any], object]) -> None:
        self._threads = threads
        self._alter = alter
        self.came: list[Any] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:  # noqa: ANN401 - as any executor
        def called() -> object:
            came = fn(*args, **kwargs)
            self._alter(came)
            self.came.append(came)
            return came

        return self._threads.submit(called)


@contextmanager
def told(alter: Callable[[Any], object] = lambda _: None) -> Iterator[Told]:
    with ThreadPoolExecutor(2) as threads:
        yield Told(threads, alter)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"duckdb:///{tmp_path_factory.mktemp('catalogue') / 'made.duckdb'}"
    pipeline.make_catalogue(url, hotels=300, now=NOW)
    return url


def written(source: str, file: Path, executor: Executor | None = None) -> pipeline.Manifest:
    catalogue = pipeline.connect(source, executor=executor, now=lambda: NOW, new_id=lambda: "the-id")
    return catalogue.hotels().write(file, chunk_rows=100)


def left_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("ending", ["csv", "json", "xlsx", "parquet"])
def test_pieces_go_through_storage_and_the_bytes_stay(source: str, tmp_path: Path, ending: str) -> None:
    shared = tmp_path / "shared"
    with told() as threads, by_storage(threads, f"file://{shared}") as executor:
        there = written(source, tmp_path / f"there.{ending}", executor)
    assert there.sha256 == written(source, tmp_path / f"here.{ending}").sha256
    assert len(threads.came) > 5
    assert all(type(receipt) is Receipt for receipt in threads.came)
    assert left_in(shared) == []


class Large:
    """A piece that takes memory."""


def test_a_piece_is_gone_with_its_answer(tmp_path: Path) -> None:
    gc.disable()  # whose next full collection may be many pieces away
    try:
        with ThreadPoolExecutor(1) as threads, by_storage(threads, f"file://{tmp_path}") as executor:
            answer = executor.submit(Large)
            piece = weakref.ref(answer.result())
            assert piece() is answer.result()
            del answer
            until = time.monotonic() + 5
            while piece() is not None and time.monotonic() < until:
                time.sleep(0.01)
            assert piece() is None
    finally:
        gc.enable()


def test_a_bucket_will_do(source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with s3_server() as endpoint:
        for name, value in bucket_at(endpoint).items():
            monkeypatch.setenv(name, value)
        with told() as threads, by_storage(threads, f"s3://{new_bucket(endpoint)}/some/prefix") as executor:
            there = written(source, tmp_path / "there.xlsx", executor)
    assert there.sha256 == written(source, tmp_path / "here.xlsx").sha256


def test_a_bucket_that_hangs_is_told_after_its_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "_PATIENCE", dt.timedelta(seconds=3))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        for name, value in bucket_at(f"http://127.0.0.1:{silent.getsockname()[1]}").items():
            monkeypatch.setenv(name, value)
        started = time.monotonic()
        with (
            told() as threads,
            pytest.raises(pipeline.ExecutorUnavailable, match="cannot be used for pieces"),
            by_storage(threads, "s3://bucket/prefix"),
        ):
            pass
    assert time.monotonic() - started < 30


def bucket_at(endpoint: str) -> dict[str, str]:
    """What obstore looks for."""
    given = {"ENDPOINT": endpoint, "REGION": "us-east-1", "ACCESS_KEY_ID": KEY_ID, "SECRET_ACCESS_KEY": KEY}
    return {f"AWS_{name}": value for name, value in given.items()}


@pytest.mark.parametrize(
    ("harm", "told_as"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:-1] + b"x"), "is not what a worker left there"),
        (lambda path: path.unlink(), "a piece is not in LocalStore.* all must see the same storage"),
    ],
    ids=["altered", "gone"],
)
def test_a_piece_that_is_not_as_it_was_left_ends_the_export(
    source: str, tmp_path: Path, harm: Callable[[Path], object], told_as: str
) -> None:
    shared, out = tmp_path / "shared", tmp_path / "out"
    out.mkdir()

    def alter(receipt: Receipt) -> None:
        harm(shared / receipt.key)

    with (
        told(alter) as threads,
        by_storage(threads, f"file://{shared}") as executor,
        pytest.raises(pipeline.ExecutorUnavailable, match=told_as),
    ):
        written(source, out / "x.csv", executor)
    assert list(out.iterdir()) == []
    assert left_in(shared) == []


def test_what_a_killed_process_left_is_swept_a_day_later(tmp_path: Path) -> None:
    left, other = tmp_path / "bellhop-pieces/some/piece", tmp_path / "somebody-elses"
    left.parent.mkdir(parents=True)
    for path in (left, other):
        path.write_bytes(b"x")
    began = dt.datetime.now(dt.UTC)
    for hours, kept in ((23, [left, other]), (25, [other])):
        later = partial(began.__add__, dt.timedelta(hours=hours))
        with told() as threads, by_storage(threads, f"file://{tmp_path}", now=later):
            pass
        assert sorted(left_in(tmp_path)) == kept


@pytest.mark.parametrize(
    "url",
    [
        *("folder", "file://host/folder", "http://host/x", "", "s3://", "s3://bucket?region=x"),
        *("s3://bu cket/", "s3://user:pw@bucket/x", "s3://bucket:80/x"),
    ],
)
def test_what_is_no_storage_is_told(url: str) -> None:
    with (
        told() as threads,
        pytest.raises(pipeline.OptionError, match="give file:///folder, or s3://bucket/prefix"),
        by_storage(threads, url),
    ):
        pass


class Stuck(Executor):
    """Does the first call, and never another."""

    def __init__(self) -> None:
        self.asked: list[Future[Any]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:  # noqa: ANN401 - as any executor
        self.asked.append(Future())
        if len(self.asked) == 1:
            self.asked[0].set_result(fn(*args, **kwargs))
        return self.asked[-1]


def test_an_export_that_is_abandoned_waits_for_nothing_that_has_not_begun(source: str, tmp_path: Path) -> None:
    def give_up(progress: pipeline.Progress) -> None:
        if progress.records:
            raise ZeroDivisionError

    stuck = Stuck()
    with by_storage(stuck, f"file://{tmp_path / 'shared'}") as executor, pytest.raises(ZeroDivisionError):
        pipeline.connect(source, executor=executor).hotels().write(tmp_path / "x.csv", chunk_rows=100, progress=give_up)
    assert [asked.cancelled() for asked in stuck.asked] == [False, *[True] * (len(stuck.asked) - 1)]
    assert len(stuck.asked) > 1
    assert left_in(tmp_path) == []


def test_a_worker_takes_away_what_nobody_wants_any_more(tmp_path: Path) -> None:
    late: list[Callable[[], object]] = []

    class Late(Stuck):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:  # noqa: ANN401 - as any executor
            late.append(partial(fn, *args, **kwargs))
            return Future()

    with by_storage(Late(), f"file://{tmp_path}") as executor:
        executor.submit(len, "text").cancel()
    with pytest.raises(pipeline.ExecutorUnavailable, match="its pieces are wanted no more"):
        late[0]()
    assert left_in(tmp_path) == []


def test_a_storage_that_takes_nothing_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with (
        told() as threads,
        pytest.raises(pipeline.ExecutorUnavailable, match="cannot be used for pieces"),
        by_storage(threads, f"file://{tmp_path / 'file' / 'folder'}"),
    ):
        pass
