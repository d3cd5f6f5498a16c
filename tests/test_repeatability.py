"""The same data give the same files: twice, on one worker or four, in every chunk size, compressed or not (A6, A15)."""

from pathlib import Path

import pytest

import pipeline
from tests import model, readers
from tests.stored import store_in_duckdb, store_in_sqlite
from tests.test_against_model import NOW

ENDINGS = ("csv", "json", "xlsx", "ndjson", "parquet", "arrow", "csv.gz", "csv.zst", "json.gz", "ndjson.zst")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"duckdb:///{tmp_path_factory.mktemp('made')}/made.duckdb"
    pipeline.make_catalogue(url, hotels=120, now=NOW)
    return url


def written(url: str, file: Path, *, workers: int, chunk_rows: int | None = None) -> pipeline.Manifest:
    with pipeline.connect(url, now=lambda: NOW, new_id=lambda: "the-id") as catalogue:
        return catalogue.hotels().write(file, workers=workers, chunk_rows=chunk_rows)


@pytest.mark.parametrize("ending", ENDINGS)
def test_bytes_do_not_depend_on_the_run_or_the_workers(url: str, tmp_path: Path, ending: str) -> None:
    one, other = tmp_path / f"one.{ending}", tmp_path / f"other.{ending}"
    first = written(url, one, workers=1, chunk_rows=100)
    second = written(url, other, workers=4, chunk_rows=100)
    assert one.read_bytes() == other.read_bytes()
    assert first.content_hash == second.content_hash


@pytest.mark.parametrize("ending", ["csv", "json", "ndjson", "csv.gz", "csv.zst", "json.gz"])
def test_plain_text_does_not_depend_on_the_chunks(url: str, tmp_path: Path, ending: str) -> None:
    texts = set()
    for chunk_rows in (2, 7, 1000, None):
        file = tmp_path / f"x.{ending}"
        written(url, file, workers=2, chunk_rows=chunk_rows)
        texts.add(readers.plain_bytes(file))
    assert len(texts) == 1


def test_equal_records_have_equal_hashes_and_others_do_not(tmp_path: Path) -> None:
    catalogue = model.load_catalogue(Path(__file__).parent / "golden" / "catalogue.json")
    changed = {**catalogue, "contacts": [{**row} for row in catalogue["contacts"]]}
    changed["contacts"][3]["value"] += "!"
    hashes = [
        pipeline.connect(store(tmp_path, rows)).hotels().write(tmp_path / f"x.{ending}").content_hash
        for store, rows, ending in (
            (store_in_duckdb, catalogue, "csv"),
            (store_in_sqlite, catalogue, "xlsx"),
            (store_in_duckdb, changed, "csv"),
        )
    ]
    assert hashes[0] == hashes[1] != hashes[2]


def test_null_and_empty_text_have_different_hashes(tmp_path: Path) -> None:
    catalogue = model.load_catalogue(Path(__file__).parent / "golden" / "catalogue.json")
    hashes = set()
    for value in (None, ""):
        rows = [{**row, "property_type": value} for row in catalogue["hotels"]]
        url = store_in_duckdb(tmp_path, {**catalogue, "hotels": rows})
        hashes.add(pipeline.connect(url).hotels().write(tmp_path / "x.csv").content_hash)
    assert len(hashes) == 2
