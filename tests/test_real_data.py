"""Real hotels, where the folder with them is there: loaded and exported in every format, nothing lost."""

import csv
from pathlib import Path

import pytest

import pipeline
from tests import readers
from tests.require import require
from tests.test_against_model import NOW

DATA = Path(__file__).parents[2] / "shared" / "data"
RENAME = {
    "hotel_id": "ittid",
    "address": "address_line1",
    "city": "city_name",
    "stars": "rating",
    "source": "provider_name",
    "source_id": "provider_id",
}
HOTELS, MAPPINGS = 10_991, 23_634


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> pipeline.Catalogue:
    require(DATA.is_dir(), "the real hotels in ../shared/data")
    url = f"duckdb:///{tmp_path_factory.mktemp('real')}/france.duckdb"
    hotels, mappings = DATA / "hotels_fr.csv", DATA / "mappings_fr.csv"
    pipeline.load_catalogue(url, hotels=hotels, mappings=mappings, rename=RENAME, replace=False, now=NOW)
    return pipeline.connect(url)


@pytest.mark.parametrize("ending", ["csv", "json", "xlsx", "ndjson", "parquet", "arrow", "csv.gz", "json.zst"])
@pytest.mark.parametrize("export_type", ["hotels", "mappings", "supplier_summary"])
def test_every_export_is_whole_in_every_format(
    catalogue: pipeline.Catalogue, tmp_path: Path, export_type: str, ending: str
) -> None:
    manifest = catalogue.export(export_type, {}).write(tmp_path / f"x.{ending}")
    assert manifest.records == {"hotels": HOTELS, "mappings": MAPPINGS, "supplier_summary": 5}.get(export_type)
    assert manifest.bytes == (tmp_path / f"x.{ending}").stat().st_size


def test_names_ids_and_phones_are_those_of_the_register(catalogue: pipeline.Catalogue, tmp_path: Path) -> None:
    catalogue.hotels().write(tmp_path / "x.csv")
    header, rows = readers.read_csv(tmp_path / "x.csv")
    found = {row[0]: dict(zip(header, row, strict=True)) for row in rows}
    with (DATA / "hotels_fr.csv").open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            cells = found[line["hotel_id"]]
            for theirs, ours in {"name": "name", "postal_code": "postal_code", "city": "city_name"}.items():
                assert (cells[ours] or "") == line[theirs]
            assert (cells["phone"] or "").removeprefix("'") == line["phone"].removeprefix("'")
    assert len(found) == HOTELS
