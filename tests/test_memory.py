"""Memory stays flat (D1): the peak of the whole process, as the command itself reads it at its end (VmHWM)."""

import re
import subprocess
import sys
from pathlib import Path

import pipeline
from tests.test_against_model import NOW

ROOT = Path(__file__).parents[1]
MOST_BYTES = 300e6
ENDINGS = ("csv", "json", "xlsx", "ndjson", "parquet", "arrow")


def made(folder: Path, hotels: int) -> Path:
    """A catalogue whose rows lie in shuffled order."""
    file = folder / f"{hotels}.duckdb"
    pipeline.make_catalogue(f"duckdb:///{file}", hotels=hotels, now=NOW)
    return file


def peak_bytes(export_type: str, source: Path, target: Path) -> float:
    """Export by the command; the peak that it tells."""
    export = ["export", export_type, "--source", f"duckdb:///{source}", "-o", str(target), "--timings"]
    command = [sys.executable, "-m", "pipeline.cli", *export]
    told = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stderr
    found = re.search(r"peak memory +([\d.]+) MB", told)
    assert found, told
    return float(found[1]) * 1e6


def test_memory_stays_flat_at_100000_hotels_and_a_million_mappings(tmp_path: Path) -> None:
    """One test, since the catalogues take longer to make than to export."""
    few, many = made(tmp_path, 100_000), made(tmp_path, 300_000)
    peaks = {ending: peak_bytes("hotels", few, tmp_path / f"x.{ending}") for ending in ENDINGS}
    peaks |= {str(source.stem): peak_bytes("mappings", source, tmp_path / "x.csv") for source in (few, many)}
    assert {name: peak for name, peak in peaks.items() if peak > MOST_BYTES} == {}
    assert peaks["300000"] <= 1.1 * peaks["100000"]
