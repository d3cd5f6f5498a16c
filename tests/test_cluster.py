"""Exports spread over a real Dask cluster: the same bytes as here, whatever dies, or a clear error and no file."""

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
from distributed import Client
from distributed.client import ClosedClientError

import pipeline
from pipeline import cluster
from pipeline.cluster import ClusterExecutor, encoders
from pipeline.manifest import Manifest
from pipeline.pieces import by_storage
from pipeline.progress import Progress
from pipeline.software import refuse_other_versions, versions
from tests.dask import DaskCluster, dask_cluster, kill
from tests.stored import empty_url
from tests.test_against_model import NOW

ROOT = Path(__file__).parents[1]
HOTELS = 1_000
CHUNK_ROWS = 800
"""So that there are some ten chunks."""


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"duckdb:///{tmp_path_factory.mktemp('catalogue') / 'made.duckdb'}"
    pipeline.make_catalogue(url, hotels=HOTELS, now=NOW)
    return url


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskCluster]:
    """A scheduler and two workers that nobody kills."""
    with dask_cluster(tmp_path_factory.mktemp("cluster"), workers=2) as running:
        yield running


@dataclass
class Once:
    """A listener that does something when the first chunk was written, and only then."""

    work: Callable[[], object]
    done: bool = field(default=False, init=False)

    def __call__(self, progress: Progress) -> None:
        if not self.done and progress.records:
            assert progress.records < progress.total, "nothing would be left to lose"
            self.done = True
            self.work()


def written(
    source: str, file: Path, url: str | None = None, told: Once | None = None, pieces: Path | None = None
) -> Manifest:
    """Export hotels, on a cluster or here; pieces come back through the scheduler, or by way of a folder."""
    with (
        encoders(url, nullcontext if pieces is None else partial(by_storage, url=f"file://{pieces}")) as encoding,
        pipeline.connect(source, executor=encoding.executor, now=lambda: NOW, new_id=lambda: "the-id") as catalogue,
    ):
        return catalogue.hotels().write(file, chunk_rows=CHUNK_ROWS, workers=encoding.workers, progress=told or False)


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "json", "ndjson", "xlsx", "parquet", "arrow"])
def test_a_cluster_writes_the_bytes_of_one_machine(source: str, two: DaskCluster, tmp_path: Path, ending: str) -> None:
    here = written(source, tmp_path / f"here.{ending}")
    assert here.records == HOTELS
    for pieces in (None, tmp_path / "pieces"):
        there = written(source, tmp_path / f"{pieces is None}.{ending}", two.url, pieces=pieces)
        assert here.sha256 == there.sha256
    assert not [path for path in (tmp_path / "pieces").rglob("*") if path.is_file()]


@pytest.mark.parametrize("ending", ["csv", "json", "xlsx"])
def test_workers_read_the_chunks_of_a_moment_that_can_be_joined(two: DaskCluster, tmp_path: Path, ending: str) -> None:
    with empty_url("postgres", tmp_path) as url:
        pipeline.make_catalogue(url, hotels=HOTELS, now=NOW)
        here = written(url, tmp_path / f"here.{ending}")
        assert here.records == HOTELS
        there = written(url, tmp_path / f"there.{ending}", two.url, pieces=tmp_path / "pieces")
    assert here.sha256 == there.sha256
    with Client(two.url) as client:
        assert all(client.run(has_read).values())


def has_read() -> bool:
    """Whether this process has read PostgreSQL."""
    return "pipeline.sources.postgres_joined" in sys.modules


def test_the_command_takes_a_cluster(source: str, two: DaskCluster, tmp_path: Path) -> None:
    manifests = []
    cluster = ["--cluster", two.url]
    for where in ([], cluster, [*cluster, "--pieces", f"file://{tmp_path / 'pieces'}"]):
        told = tmp_path / f"{len(where)}.json"
        export = ["export", "hotels", "--source", source, "-o", str(tmp_path / "x.csv"), "--manifest", str(told)]
        subprocess.run([sys.executable, "-m", "pipeline.cli", *export, *where], cwd=ROOT, check=True)
        manifests.append(json.loads(told.read_text()))
    assert len({manifest["sha256"] for manifest in manifests}) == 1
    assert (tmp_path / "pieces").is_dir()


def test_an_executor_of_a_notebook_will_do(source: str, two: DaskCluster, tmp_path: Path) -> None:
    here = written(source, tmp_path / "here.csv")
    with Client(two.url) as client:
        catalogue = pipeline.connect(source, executor=client.get_executor(pure=False))
        there = catalogue.hotels().write(tmp_path / "there.csv", chunk_rows=CHUNK_ROWS)
    assert here.sha256 == there.sha256


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Exports that are patient for seconds, not for a minute."""
    for name, seconds in {"_PATIENCE_SECONDS": 3, "_ANSWER_SECONDS": 60, "_CONNECT_SECONDS": 5}.items():
        monkeypatch.setattr(cluster, name, seconds)


@pytest.mark.usefixtures("hasty")
def test_lost_workers_leave_their_chunks_to_others_until_none_is_left(source: str, tmp_path: Path) -> None:
    here, out = written(source, tmp_path / "here.xlsx"), tmp_path / "out"
    out.mkdir()
    with dask_cluster(tmp_path, workers=2) as doomed:

        def lose_one() -> None:
            # Stopped first, so that it is lost with chunks that it has begun.
            threading.Timer(0.5, kill, [doomed.stop_worker()]).start()

        there = written(source, tmp_path / "there.xlsx", doomed.url, Once(lose_one), tmp_path / "pieces")
        assert here.sha256 == there.sha256
        with pytest.raises(pipeline.ExecutorUnavailable, match="had no worker, or no answer, for 3 s"):
            written(source, out / "x.xlsx", doomed.url, Once(lose_one))
        with pytest.raises(pipeline.ExecutorUnavailable, match="has no worker; start some with: dask worker"):
            written(source, out / "x.xlsx", doomed.url)
    assert not list(out.iterdir())


@pytest.mark.usefixtures("hasty")
def test_a_lost_scheduler_is_a_clear_error_and_no_file(source: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    with dask_cluster(tmp_path, workers=1) as doomed:
        with pytest.raises(pipeline.ExecutorUnavailable, match=r"scheduler at tcp://.* was lost"):
            written(source, out / "x.json", doomed.url, Once(lambda: kill(doomed.scheduler)))
        with pytest.raises(pipeline.ExecutorUnavailable, match="no scheduler answers at"):
            written(source, out / "x.json", doomed.url)
    assert not list(out.iterdir())


def test_an_export_that_is_abandoned_leaves_no_piece(source: str, two: DaskCluster, tmp_path: Path) -> None:
    def give_up() -> None:
        raise ZeroDivisionError

    pieces = tmp_path / "pieces"
    with pytest.raises(ZeroDivisionError):
        written(source, tmp_path / "x.csv", two.url, Once(give_up), pieces)
    until = time.monotonic() + 30
    while [path for path in pieces.rglob("*") if path.is_file()]:  # a worker may be at a chunk
        assert time.monotonic() < until
        time.sleep(0.1)


def test_a_client_that_has_closed_itself_is_a_lost_scheduler() -> None:
    class Closed:
        """Of a scheduler that was lost while nobody asked for anything."""

        def get_executor(self, *, pure: bool) -> "Closed":
            del pure
            return self

        def submit(self, *_: object) -> None:
            raise ClosedClientError("Client is closed. Can't send update-graph message")

    with pytest.raises(pipeline.ExecutorUnavailable, match="scheduler at tcp://gone was lost"):
        ClusterExecutor(Closed(), "tcp://gone").submit(len, "text")


@pytest.mark.parametrize(("connected", "said"), [(True, "had no worker, or no answer"), (False, "was lost")])
def test_whatever_is_not_waited_for_any_longer_tells_why(*, connected: bool, said: str) -> None:
    class Silent:
        """Of a cluster that never answers."""

        def get_executor(self, *, pure: bool) -> "Silent":
            del pure
            return self

        def submit(self, *_: object) -> Future[object]:
            return Future()

    executor = ClusterExecutor(Silent(), "tcp://away")
    answer = executor.submit(len, "text")
    executor.abandon(connected=connected)
    with pytest.raises(pipeline.ExecutorUnavailable, match=f"tcp://away {said}"):
        answer.result(0)
    with pytest.raises(pipeline.ExecutorUnavailable, match=f"tcp://away {said}"):
        executor.submit(len, "text")


def test_ctrl_c_is_heard_while_a_chunk_is_waited_for(source: str, tmp_path: Path) -> None:
    code = f"""
from concurrent.futures import Executor, Future
import pipeline
asked = []
class Never(Executor):
    def submit(self, *_):
        asked.append(Future())
        print(len(asked), flush=True)
        return asked[-1]
try:
    pipeline.connect({source!r}, executor=Never()).hotels().write(
        {str(tmp_path / "x.csv")!r}, workers=1, chunk_rows={CHUNK_ROWS}
    )
finally:
    print([one.cancelled() for one in asked])
"""
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert [process.stdout.readline() for _ in range(2)] == ["1\n", "2\n"]
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        done, said = process.communicate(timeout=20)
    assert said.rstrip().endswith("KeyboardInterrupt")
    assert done == "[True, True]\n"
    assert not list(tmp_path.iterdir())


def test_what_is_no_scheduler_is_told() -> None:
    with (
        pytest.raises(pipeline.OptionError, match="cluster: 'nonsense://' is no URL of a scheduler"),
        encoders("nonsense://"),
    ):
        pass


def test_a_worker_with_other_software_is_refused() -> None:
    refuse_other_versions(versions())
    with pytest.raises(pipeline.ExecutorUnavailable, match=r"polars .*, and 0\.1 was asked for; install the same"):
        refuse_other_versions({**versions(), "polars": "0.1"})
