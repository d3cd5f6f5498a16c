"""Suppliers, count and file of an export are of one moment, whatever others write meanwhile."""

from pathlib import Path

import psycopg
import pytest

import pipeline
from pipeline.errors import UnknownSupplierWarning
from tests.model import load_catalogue
from tests.require import postgres_url
from tests.stored import store_in_postgres

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
