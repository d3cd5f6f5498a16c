import pytest

from tests.cli.conftest import Bellhop


@pytest.mark.parametrize(
    ("export_type", "flags", "records"),
    [
        ("hotels", (), 8),
        ("hotels", ("--supplier", "agoda"), 3),
        ("hotels", ("--limit", "5"), 5),
        ("mappings", (), 10),
        ("supplier-summary", ("--supplier", "AGODA"), 1),
    ],
)
def test_count_is_a_number_and_nothing_else(
    export_type: str, flags: tuple[str, ...], records: int, bellhop: Bellhop, url: str
) -> None:
    result = bellhop("count", export_type, "--source", url, *flags)
    assert (result.exit_code, result.stdout, result.stderr) == (0, f"{records}\n", "")


def test_explain_shows_the_select_and_the_plan_of_each_table(bellhop: Bellhop, url: str) -> None:
    result = bellhop("explain", "hotels", "--source", url, "--country", "FR", "--no-contacts")
    assert result.exit_code == 0
    titles = [line for line in result.stdout.splitlines() if line.startswith("-- ")]
    assert titles == ["-- hotels", "-- locations", "-- provider_mappings"]
    assert "'FR'" in result.stdout
    assert result.stdout.count("SELECT") >= 3
    plans = result.stdout.upper().replace("_", " ")  # DuckDB draws the plan; how, is its own
    assert plans.count("ORDER BY") >= 2 * 3


def test_analyze_measures(bellhop: Bellhop, url: str) -> None:
    plain = bellhop("explain", "mappings", "--source", url)
    measured = bellhop("explain", "mappings", "--source", url, "--analyze")
    assert "Total Time" in measured.stdout
    assert "Total Time" not in plain.stdout
