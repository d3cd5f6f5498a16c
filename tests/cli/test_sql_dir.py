import json
from pathlib import Path

import pytest

from tests.cli.conftest import Bellhop


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "sql"
    made.mkdir()
    (made / "hotels.sql").write_text("SELECT *, 'canary' AS more FROM hotels WHERE ittid = '10000001'")
    return made


def test_every_command_that_reads_takes_the_folder(folder: Path, bellhop: Bellhop, url: str, tmp_path: Path) -> None:
    given = ("hotels", "--source", url, "--sql-dir", folder)
    assert bellhop("count", *given).stdout == "1\n"
    assert "canary" in bellhop("explain", *given).stdout
    file, manifest = tmp_path / "hotels.csv", tmp_path / "manifest.json"
    assert bellhop("export", *given, "-o", file, "--manifest", manifest).exit_code == 0
    assert file.read_bytes().count(b"\r\n") == 2
    assert json.loads(manifest.read_text())["views"].keys() == {"hotels"}


@pytest.mark.parametrize("command", ["count", "explain", "export"])
def test_what_will_not_do_is_told_by_the_flag(
    command: str, folder: Path, bellhop: Bellhop, url: str, tmp_path: Path
) -> None:
    (folder / "hotel.sql").write_text("SELECT 1")
    target = ("-o", tmp_path / "hotels.csv") if command == "export" else ()
    result = bellhop(command, "hotels", "--source", url, "--sql-dir", folder, *target)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("bellhop: --sql-dir: ")
    assert "the nearest is hotels.sql" in result.stderr
    assert not (tmp_path / "hotels.csv").exists()


def test_a_column_that_is_not_there_ends_as_a_catalogue_that_cannot_be_read(
    folder: Path, bellhop: Bellhop, url: str
) -> None:
    (folder / "hotels.sql").write_text("SELECT ittid FROM hotels")
    result = bellhop("count", "hotels", "--source", url, "--sql-dir", folder)
    assert result.exit_code == 3
    assert result.stderr.startswith("bellhop: hotels has no column id; ")
