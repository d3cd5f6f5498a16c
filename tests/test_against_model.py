"""Every export of every source in every format, held against the independent model (A1, A2, A5 to A9, A13 to A15)."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from warnings import catch_warnings, simplefilter

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import pipeline
from pipeline.paging import encode_page
from tests import model, readers
from tests.stored import READINGS, Store, store_of
from tests.strategies import catalogues, filters

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
EXPORTS = ("hotels", "mappings", "supplier_summary")
BINARY = ("excel", "parquet", "arrow")

# Shrinking is left out: an example is small already, and each of its many runs is a real export.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
properties = settings(
    phases=PHASES, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None
)


@dataclass(frozen=True)
class Case:
    """A catalogue, and an export of it."""

    catalogue: model.Catalogue
    export_type: str
    filters: model.Filters

    def given(self) -> dict[str, Any]:
        """The filters as the library takes them."""
        asked = dict(self.filters)
        if "after" in asked:
            asked["after"] = encode_page(asked["after"])
        return asked


@st.composite
def cases(draw: st.DrawFn, *, nul: bool = False) -> Case:
    export_type = draw(st.sampled_from(EXPORTS))
    catalogue = draw(catalogues(nul=nul))
    return Case(catalogue, export_type, draw(filters(export_type, catalogue, paging=True)))


@pytest.fixture(scope="module", params=READINGS)
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp("catalogues")
    with store_of(request.param, folder) as store:
        yield store


@pytest.fixture(scope="module")
def duckdb_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with store_of("duckdb", tmp_path_factory.mktemp("catalogues")) as store:
        yield store


def export_of(url: str, case: Case) -> pipeline.Export:
    catalogue = pipeline.connect(url, now=lambda: NOW)
    return catalogue.export(case.export_type, case.given())


def written(export: pipeline.Export, file: Path, **options: Any) -> pipeline.Manifest:  # noqa: ANN401 - any option
    with catch_warnings():
        simplefilter("ignore", pipeline.UnknownSupplierWarning)
        return export.write(file, **options)


def json_of(case: Case, manifest: pipeline.Manifest, format_name: str = "json") -> bytes:
    """The JSON document that the model gives, with the run's own id."""
    records = model.records(case.catalogue, case.export_type, case.filters)
    metadata = {
        "export_id": manifest.export_id,
        "export_type": case.export_type,
        "generated_at": "2026-01-02T03:04:05Z",
        "generated_by": None,
        "user_id": None,
        "filters_applied": manifest.filters,
        "total_records": len(records),
        "format": format_name,
        "version": "1.0",
    }
    charts = model.charts(case.catalogue, case.filters) if case.export_type == "supplier_summary" else None
    return model.json_text(records, metadata, charts).encode()


def assert_true_of_csv(manifest: pipeline.Manifest, file: Path, case: Case) -> None:
    """Hold a manifest against the bytes of its file and against the model (A2)."""
    assert manifest.bytes == file.stat().st_size
    assert manifest.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    arguments = (case.catalogue, case.export_type, case.filters)
    assert manifest.records == len(model.records(*arguments))
    assert manifest.rows | {"supplier_countries": 0} == model.rows_by_table(*arguments) | {"supplier_countries": 0}
    assert manifest.orphans == model.orphans(*arguments)
    assert manifest.cells.get("cells_escaped", 0) == model.escaped_cells(*arguments)
    assert manifest.columns == model.flat_columns(case.export_type, case.filters)
    assert manifest.scope == model.resolved_suppliers(*arguments)
    assert sorted(manifest.unknown_suppliers) == model.unknown_suppliers(*arguments)
    after = model.next_after(*arguments)
    assert manifest.next == (None if after is None else encode_page(after))
    assert sorted(manifest.ittids_not_found) == model.ittids_not_found(case.catalogue, case.filters)
    if case.export_type == "hotels":
        assert manifest.ratings_not_numeric == model.ratings_not_numeric(*arguments)


@properties
@given(case=cases(), chunk_rows=st.sampled_from((1, 2, 7, 1000)))
def test_every_source_gives_the_csv_and_json_of_the_model_and_a_true_manifest(
    store: Store, tmp_path: Path, case: Case, chunk_rows: int
) -> None:
    export = export_of(store(case.catalogue), case)
    manifest = written(export, tmp_path / "x.csv", chunk_rows=chunk_rows)
    assert (tmp_path / "x.csv").read_bytes() == model.csv_bytes(case.catalogue, case.export_type, case.filters)
    assert_true_of_csv(manifest, tmp_path / "x.csv", case)
    manifest = written(export, tmp_path / "x.json", chunk_rows=chunk_rows)
    assert (tmp_path / "x.json").read_bytes() == json_of(case, manifest)


@properties
@given(case=cases(nul=True), chunk_rows=st.sampled_from((1, 2, 7, 1000)), compact=st.booleans())
def test_every_format_holds_the_records_of_the_model(
    duckdb_store: Store,
    tmp_path: Path,
    case: Case,
    chunk_rows: int,
    compact: bool,  # noqa: FBT001 - as hypothesis gives it
) -> None:
    export = export_of(duckdb_store(case.catalogue), case)
    texts = model.records(case.catalogue, case.export_type, case.filters)
    typed = model.typed_records(case.catalogue, case.export_type, case.filters)
    hashes = {written(export, tmp_path / "x.ndjson", chunk_rows=chunk_rows).content_hash}
    assert (tmp_path / "x.ndjson").read_bytes() == model.ndjson_bytes(texts)
    hashes.add(written(export, tmp_path / "x.parquet", chunk_rows=chunk_rows).content_hash)
    assert readers.read_parquet(tmp_path / "x.parquet").records == typed
    hashes.add(written(export, tmp_path / "x.arrow").content_hash)
    assert readers.read_arrow(tmp_path / "x.arrow").records == typed
    hashes.add(written(export, tmp_path / "x.xlsx", chunk_rows=chunk_rows, compact=compact).content_hash)
    expected = model.sheets(case.catalogue, case.export_type, case.filters)
    sheets = readers.read_xlsx_calamine(tmp_path / "x.xlsx")
    assert {name: model.comparable(sheets[name]) for name in expected} == {
        name: model.comparable(rows) for name, rows in expected.items()
    }
    assert len(hashes) == 1
