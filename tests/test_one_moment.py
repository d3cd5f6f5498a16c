"""Suppliers, count and file of an export are of one moment, whatever others write meanwhile."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import psycopg
import pytest

import pipeline
from pipeline.errors import UnknownSupplierWarning
from pipeline.query import Statement
from pipeline.schema import Column
from pipeline.sources.duckdb import DuckDBSnapshot
from tests.model import load_catalogue
from tests.require import postgres_url
from tests.stored import store_in_duckdb, store_in_postgres

NOW = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
GOLDEN = Path(__file__).parent / "golden/catalogue.json"


def test_what_is_counted_in_a_moment_is_what_is_written_of_it(tmp_path: Path) -> None:
    with postgres_url() as url:
        store_in_postgres(url, load_catalogue(GOLDEN))
        export = pipeline.connect(url).hotels(suppliers=["AGODA"])
        with export.at_one_moment() as held:
            scope, records = held.scope(), held.count()
            with psycopg.connect(url) as connection:
                connection.execute("DELETE FROM provider_mappings")
            assert (held.scope(), held.count()) == (scope, records)
            manifest = held.write(tmp_path / "x.csv")
        assert (manifest.records, manifest.scope) == (records, ["agoda"])
        assert records > 0
        with pytest.warns(UnknownSupplierWarning):
            assert export.count() == 0


@pytest.mark.parametrize("ending", ["csv", "json", "xlsx"])
@pytest.mark.parametrize("name", ["hotels", "mappings", "supplier_summary"])
def test_what_was_found_out_in_a_moment_is_not_asked_for_again_and_the_file_is_the_same(
    name: str, ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def told(snapshot: DuckDBSnapshot, statement: Statement, columns: Sequence[Column], table: str) -> pl.DataFrame:
        asked.append(str(statement.select))
        return read(snapshot, statement, columns, table)

    read = DuckDBSnapshot.read
    monkeypatch.setattr(DuckDBSnapshot, "read", told)
    url = store_in_duckdb(tmp_path, load_catalogue(GOLDEN))
    limit = {} if name == "supplier_summary" else {"limit": 2}
    export = pipeline.connect(url, now=lambda: NOW, new_id=lambda: "id").export(name, {"suppliers": ["agoda"], **limit})
    apart, together = tmp_path / f"apart.{ending}", tmp_path / f"together.{ending}"
    export.write(apart)
    with export.at_one_moment() as held:
        held.scope()
        before = len(asked)
        held.write(together)
    assert together.read_bytes() == apart.read_bytes()
    assert any("DISTINCT" in select for select in asked[:before]), "the suppliers that there are"
    assert not [select for select in asked[before:] if "DISTINCT" in select or "OFFSET" in select]
