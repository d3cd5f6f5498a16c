"""What DuckDB cannot read when rows are on their way already is told as its failure, and what it can read is read."""

from pathlib import Path

import duckdb
import pytest

import pipeline
from tests.test_against_model import NOW

LATE = "CASE WHEN id > 5_000 THEN error('no such row') ELSE value END"


def test_a_row_that_fails_late_is_the_catalogues_failure(tmp_path: Path) -> None:
    file = tmp_path / "late.duckdb"
    pipeline.make_catalogue(f"duckdb:///{file}", hotels=3_000, now=NOW)
    with duckdb.connect(str(file)) as connection:
        connection.execute("ALTER TABLE contacts RENAME TO of_contacts").fetchall()
        view = f"CREATE VIEW contacts AS SELECT id, ittid, contact_type, {LATE} AS value FROM of_contacts"
        connection.execute(view).fetchall()
    with pytest.raises(pipeline.SourceError, match="no such row"):
        pipeline.connect(f"duckdb:///{file}").export("hotels", {}).write(tmp_path / "x.csv")
    assert not (tmp_path / "x.csv").exists()


def test_wide_rows_fit_into_its_memory(tmp_path: Path) -> None:
    file, texts = tmp_path / "wide.duckdb", ("name", "address_line1", "address_line2", "primary_photo")
    pipeline.make_catalogue(f"duckdb:///{file}", hotels=3_000, now=NOW)
    with duckdb.connect(str(file)) as connection:
        for column in texts:
            wide = f"UPDATE hotels SET {column} = repeat(md5(id || '{column}'), 94)"
            connection.execute(wide).fetchall()
    written = pipeline.connect(f"duckdb:///{file}").hotels().write(tmp_path / "x.csv")
    assert (written.records, written.bytes > 3_000 * 12_000) == (3_000, True)
