from pathlib import Path

import pytest

from tests.cli.conftest import Bellhop


def rows(told: str) -> dict[str, int]:
    """The rows by table that a command told."""
    lines = [line.split() for line in told.splitlines() if line.endswith(" rows")]
    return {table: int(count.replace(",", "")) for table, count, _ in lines}


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"duckdb:///{tmp_path}/catalogue.duckdb"


@pytest.fixture
def hotels(tmp_path: Path) -> Path:
    file = tmp_path / "hotels.csv"
    file.write_text("code,name,stars,city_name\n1,Ritz,5,Paris\n2,Inn,,\n")
    return file


@pytest.fixture
def mappings(tmp_path: Path) -> Path:
    file = tmp_path / "mappings.csv"
    file.write_text("code,provider_name,provider_id,colour\n1,agoda,a1,red\n9,agoda,a9,blue\n")
    return file


def test_make_catalogue_tells_the_rows_by_table(bellhop: Bellhop, url: str) -> None:
    result = bellhop("make-catalogue", url, "--hotels", "120")
    assert (result.exit_code, result.stderr) == (0, "")
    assert rows(result.stdout)["hotels"] == 120
    for export_type in ("hotels", "supplier-summary"):
        counted = bellhop("count", export_type, "--source", url).stdout
        assert int(counted) == rows(result.stdout)[export_type.replace("-", "_")]


def test_the_seed_makes_the_catalogue(bellhop: Bellhop, tmp_path: Path) -> None:
    exports = []
    for number, seed in enumerate(((), ("--seed", "0"), ("--seed", "1"))):
        url = f"duckdb:///{tmp_path}/{number}.duckdb"
        assert bellhop("make-catalogue", url, "--hotels", "50", *seed).exit_code == 0
        exports.append(bellhop("export", "hotels", "--source", url, "-o", "-", "--format", "csv").stdout_bytes)
    assert exports[0] == exports[1]
    assert exports[0] != exports[2]


def test_a_catalogue_with_rows_is_not_made_again(bellhop: Bellhop, url: str) -> None:
    bellhop("make-catalogue", url, "--hotels", "5")
    result = bellhop("make-catalogue", url, "--hotels", "5")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "has 5 hotels already" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("make-catalogue", "duckdb:///nowhere/c.duckdb", "--hotels", "1"), 4),
        (("make-catalogue", "duckdb:///c.duckdb", "--hotels", "-1"), 2),
        (("make-catalogue", "nix://c", "--hotels", "1"), 2),
        (("load", "duckdb:///c.duckdb", "--hotels", "nowhere.csv"), 2),
        (("load", "duckdb:///c.duckdb", "--hotels", "nowhere.csv", "--rename", "old"), 2),
        (("load", "duckdb:///c.duckdb", "--hotels", "nowhere.csv", "--rename", "=new"), 2),
    ],
)
def test_what_cannot_be_written_is_one_sentence(
    arguments: tuple[str, ...], code: int, bellhop: Bellhop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = bellhop(*arguments)
    assert (result.exit_code, result.stdout) == (code, "")
    assert result.stderr.startswith("bellhop: ")
    assert result.stderr.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_load_tells_rows_and_differences(bellhop: Bellhop, url: str, hotels: Path, mappings: Path) -> None:
    renames = ("--rename", "code=ittid", "--rename", "stars=rating")
    result = bellhop("load", url, "--hotels", hotels, "--mappings", mappings, *renames)
    assert (result.exit_code, result.stderr) == (0, "")
    told = rows(result.stdout)
    assert (told["hotels"], told["locations"], told["provider_mappings"]) == (2, 1, 2)
    assert "1 mappings are of hotels that are not in the catalogue" in result.stdout
    assert f"{mappings}: columns left out, which the catalogue does not have: colour" in result.stdout
    missing = next(line for line in result.stdout.splitlines() if line.startswith(f"{hotels}: columns that it could"))
    assert "latitude" in missing
    assert "rating" not in missing
    assert bellhop("count", "hotels", "--source", url, "--min-rating", "5").stdout == "1\n"


def test_what_is_there_is_replaced_only_when_asked(bellhop: Bellhop, url: str, hotels: Path) -> None:
    load = ("load", url, "--hotels", hotels, "--rename", "code=ittid")
    assert bellhop(*load).exit_code == 0
    refused = bellhop(*load)
    assert refused.exit_code == 2
    assert "row 1" in refused.stderr
    replaced = bellhop(*load, "--replace")
    assert replaced.exit_code == 0
    assert "2 hotels were replaced" in replaced.stdout
    assert bellhop("count", "hotels", "--source", url).stdout == "2\n"
