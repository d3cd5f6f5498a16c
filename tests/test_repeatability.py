"""The same data give the same files: twice, from every source, on one worker or four, in every chunk size (A6, A15)."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, nullcontext
from pathlib import Path

import pytest

import pipeline
from tests import model, readers
from tests.stored import COPIED, READINGS, SOURCES, empty_url, small_tables_by_session, store_in_duckdb, store_in_sqlite
from tests.test_against_model import NOW

ENDINGS = ("csv", "json", "xlsx", "ndjson", "parquet", "arrow", "csv.gz", "csv.zst", "json.gz", "ndjson.zst")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"duckdb:///{tmp_path_factory.mktemp('made')}/made.duckdb"
    pipeline.make_catalogue(url, hotels=120, now=NOW)
    return url


@pytest.fixture(scope="module")
def everywhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    """The same catalogue in every source."""
    with ExitStack() as opened:
        folder = tmp_path_factory.mktemp("everywhere")
        urls = {source: opened.enter_context(empty_url(source, folder)) for source in SOURCES}
        for url in urls.values():
            pipeline.make_catalogue(url, hotels=300, now=NOW)
        yield urls


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


FILTERED: Mapping[str, Mapping[str, object]] = {
    "hotels": {},
    "mappings": {"date_from": "2024-03-01", "limit": 100},
    "supplier_summary": {"include_country_breakdown": True},
}
OF_A_SOURCE = {"source", "snapshot", "timings"}
"""What a manifest tells of where and how it was read."""


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("name", FILTERED)
def test_every_source_gives_the_same_bytes_and_manifest(
    everywhere: Mapping[str, str], tmp_path: Path, name: str, ending: str
) -> None:
    bytes_of, manifests = {}, {}
    for source, url in [*everywhere.items(), (COPIED, everywhere["postgres"])]:
        way = small_tables_by_session() if source == COPIED else nullcontext()
        with way, pipeline.connect(url, now=lambda: NOW, new_id=lambda: "the-id") as catalogue:
            manifest = catalogue.export(name, dict(FILTERED[name])).write(tmp_path / f"x.{ending}")
        bytes_of[source] = (tmp_path / f"x.{ending}").read_bytes()
        manifests[source] = manifest.model_dump(exclude=OF_A_SOURCE)
    assert manifest.records > 0
    assert [source for source in READINGS if bytes_of[source] != bytes_of["duckdb"]] == []
    assert [source for source in READINGS if manifests[source] != manifests["duckdb"]] == []


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
