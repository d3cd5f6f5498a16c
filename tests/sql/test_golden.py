"""The SQL of every dialect, word for word. ``python -m tests.sql.regenerate`` writes it anew; review its diff."""

from pathlib import Path

import pytest

from tests.sql.cases import DIALECTS, HERE, golden_files
from tests.sql.regenerate import regenerate

GOLDEN = golden_files()


@pytest.mark.parametrize("file", GOLDEN, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_a_database_is_asked_what_the_golden_file_says(file: Path) -> None:
    assert file.exists(), "run: python -m tests.sql.regenerate"
    # By lines, for a difference that can be read. Bytes, since no line end of a value may be translated.
    assert GOLDEN[file].split("\n") == file.read_bytes().decode().split("\n")


def test_there_is_no_golden_file_of_another_case() -> None:
    assert {file for name in DIALECTS for file in (HERE / name).iterdir()} == GOLDEN.keys()


def test_golden_files_are_written_anew_only_where_they_differ(tmp_path: Path) -> None:
    assert regenerate(tmp_path) == sorted(golden_files(tmp_path))
    assert regenerate(tmp_path) == []
    changed, gone, foreign = *sorted(golden_files(tmp_path))[:2], tmp_path / "sqlite" / "another.sql"
    changed.write_text("SELECT 1;\n")
    gone.unlink()
    foreign.write_text("SELECT 2;\n")
    assert regenerate(tmp_path) == [changed, gone, foreign]
    assert {file: file.read_bytes().decode() for file in tmp_path.rglob("*.sql")} == golden_files(tmp_path)
