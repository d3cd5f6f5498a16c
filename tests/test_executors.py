"""Chunks are encoded on any executor: threads of a caller's own, processes, a held snapshot and a joinable one."""

import multiprocessing
import warnings
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest

import pipeline
from tests import model
from tests.stored import READINGS, store_of
from tests.test_against_model import NOW

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(scope="module", params=READINGS)
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with store_of(request.param, tmp_path_factory.mktemp("catalogues")) as store:
        yield store(model.load_catalogue(GOLDEN / "catalogue.json"))


@pytest.fixture(scope="module", params=["threads", "processes"])
def executor(request: pytest.FixtureRequest) -> Iterator[Executor]:
    if request.param == "threads":
        with ThreadPoolExecutor(3) as threads:
            yield threads
    else:
        # Spawned: a fork after Polars started its threads deadlocks.
        with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as processes:
            yield processes


@pytest.mark.parametrize("ending", ["csv", "json", "xlsx", "parquet", "arrow"])
def test_an_executor_changes_no_byte(url: str, executor: Executor, tmp_path: Path, ending: str) -> None:
    files = []
    for chosen in (None, executor):
        file = tmp_path / f"{chosen is None}.{ending}"
        with pipeline.connect(url, executor=chosen, now=lambda: NOW, new_id=lambda: "the-id") as catalogue:
            catalogue.hotels().write(file, chunk_rows=2)
        files.append(file.read_bytes())
    assert files[0] == files[1]
    assert executor.submit(len, "open").result() == 4


def test_a_warning_names_the_line_of_the_caller(url: str) -> None:
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        pipeline.connect(url).hotels(suppliers=["nobody"]).count()
    assert [Path(one.filename).name for one in seen] == [Path(__file__).name]
    assert seen[0].category is pipeline.UnknownSupplierWarning
