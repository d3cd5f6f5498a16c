"""Suppliers, count and file of an export are of one moment, whatever others write meanwhile."""

import datetime as dt
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import duckdb
import polars as pl
import psycopg
import pytest

import pipeline
from pipeline.errors import UnknownSupplierWarning
from pipeline.query import Statement
from pipeline.schema import Column
from pipeline.sources.duckdb import DuckDBSnapshot, DuckDBSource
from tests.model import load_catalogue
from tests.require import postgres_url
from tests.stored import READINGS, store_in_duckdb, store_in_postgres, store_of

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


def test_the_manifest_tells_when_the_moment_began(tmp_path: Path) -> None:
    url = store_in_duckdb(tmp_path, load_catalogue(GOLDEN))
    seconds = count()
    export = pipeline.connect(url, now=lambda: NOW + dt.timedelta(seconds=next(seconds))).mappings()
    with export.at_one_moment() as held:
        first = held.now()
        manifest = held.write(tmp_path / "x.csv")
    assert manifest.snapshot.taken_at < first.strftime("%Y-%m-%dT%H:%M:%SZ") < manifest.generated_at
    assert export.write(tmp_path / "x.csv").snapshot.taken_at > manifest.generated_at


def test_a_notebook_shows_count_and_first_rows_of_one_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    export = pipeline.connect(store_in_duckdb(tmp_path, load_catalogue(GOLDEN))).hotels()
    first, last = export.to_polars().get_column("ittid").gather([0, -1]).to_list()
    opened = []

    @contextmanager
    def counted(source: DuckDBSource) -> Iterator[DuckDBSnapshot]:
        opened.append(source)
        with snapshot(source) as one:
            yield one

    snapshot = DuckDBSource.snapshot
    monkeypatch.setattr(DuckDBSource, "snapshot", counted)
    shown = export._repr_html_()
    assert len(opened) == 1
    assert f"{export.count()} records" in shown
    assert f"{first}&quot;" in shown
    assert f"{last}&quot;" not in shown
    with export.at_one_moment() as held:
        assert f"{held.count()} records" in held._repr_html_()
        assert held.to_polars().height == export.count(), "it is still held"


class SomebodyElses(OSError):
    """What goes wrong while a moment is held, and is no business of the catalogue's or the file's."""


@pytest.mark.parametrize("source", READINGS)
@pytest.mark.parametrize(
    "error", [SomebodyElses(5, "theirs"), sqlite3.OperationalError("theirs"), duckdb.IOException("theirs")]
)
def test_an_error_of_somebody_elses_is_not_told_as_the_catalogues(
    error: Exception, source: str, tmp_path: Path
) -> None:
    def fail(_: pipeline.Progress) -> None:
        raise error

    with store_of(source, tmp_path) as store:
        export = pipeline.connect(store(load_catalogue(GOLDEN))).hotels()
        with pytest.raises(type(error)) as caught, export.at_one_moment():
            raise error
        assert caught.value is error
        with pytest.raises(type(error)) as caught:
            export.write(tmp_path / "x.csv", progress=fail)
        assert caught.value is error
        assert not (tmp_path / "x.csv").exists()


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
