"""Memory stays flat (D1): the peak of the whole process, as the command itself reads it at its end (VmHWM)."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import pipeline
from tests.test_against_model import NOW

ROOT = Path(__file__).parents[1]
MOST_BYTES = 300e6


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two catalogues, whose rows lie in shuffled order: 100,000 hotels, and 300,000 with a million mappings."""
    folder = tmp_path_factory.mktemp("large")
    for hotels in (100_000, 300_000):
        pipeline.make_catalogue(f"duckdb:///{folder}/{hotels}.duckdb", hotels=hotels, now=NOW)
    return folder


def peak_bytes(export_type: str, source: Path, target: Path) -> float:
    """Export by the command; the peak that it tells."""
    export = ["export", export_type, "--source", f"duckdb:///{source}", "-o", str(target), "--timings"]
    command = [sys.executable, "-m", "pipeline.cli", *export]
    told = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stderr
    found = re.search(r"peak memory +([\d.]+) MB", told)
    assert found, told
    return float(found[1]) * 1e6


@pytest.mark.parametrize("ending", ["csv", "json", "xlsx", "ndjson", "parquet", "arrow"])
def test_100000_hotels_with_all_children_stay_within_300_mb(folder: Path, tmp_path: Path, ending: str) -> None:
    assert peak_bytes("hotels", folder / "100000.duckdb", tmp_path / f"x.{ending}") <= MOST_BYTES


def test_a_million_mappings_take_the_memory_of_a_hundred_thousand(folder: Path, tmp_path: Path) -> None:
    few = peak_bytes("mappings", folder / "100000.duckdb", tmp_path / "few.csv")
    many = peak_bytes("mappings", folder / "300000.duckdb", tmp_path / "many.csv")
    assert many <= MOST_BYTES
    assert many <= 1.1 * few
