"""The benchmark runs, its files are read back and ours are right, and its results are kept, compared and drawn."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

import pipeline
from benchmarks.contest import CONTENDERS, OURS, Task
from benchmarks.measure import Run
from benchmarks.results import Outcome, Results, compared, markdown
from benchmarks.targets import TARGETS, reached, table

ROOT = Path(__file__).parents[1]
CONTESTS = ("write-csv", "write-json", "write-xlsx", "all-csv", "limit-deflate")


def benchmarks(*arguments: str) -> str:
    command = [sys.executable, "-m", "benchmarks", *arguments]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=300).stdout


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a small run leaves."""
    for package in ("sqlalchemy", "orjson", "pyexcelerate", "rustpy_xlsxwriter", "matplotlib"):
        pytest.importorskip(package)
    folder = tmp_path_factory.mktemp("benchmarks")
    sizes = ["--hotels", "200", "--runs", "1", "--folder", str(folder)]
    benchmarks("run", "--contests", *CONTESTS, *sizes, "--json", str(folder / "result.json"))
    return folder / "result.json"


def test_every_contender_takes_part_and_our_files_hold_what_the_catalogue_does(kept: Path) -> None:
    outcomes = Results.load(kept).outcomes
    asked = [(c.contest, c.name) for c in CONTENDERS if c.contest in CONTESTS and "duckdb" in c.sources]
    assert [(o.task.contest, o.task.contender) for o in outcomes] == asked
    assert all(run.seconds > 0 and run.peak_bytes > 0 for outcome in outcomes for run in outcome.runs)
    assert [o.note for o in outcomes if o.task.contender.startswith(OURS)] == [""] * 5


def test_results_are_shown_compared_and_drawn(kept: Path, tmp_path: Path) -> None:
    assert "| csv.DictWriter |" in benchmarks("show", str(kept))
    assert "write-csv, 200 hotels, duckdb: bellhop" in benchmarks("compare", str(kept), str(kept))
    drawn = benchmarks("draw", str(kept), str(tmp_path)).split()
    assert [Path(file).name for file in drawn] == ["time.svg", "memory.svg", "stages.svg"]
    assert all(Path(file).read_text("utf-8").rstrip().endswith("</svg>") for file in drawn)


def test_a_file_that_is_wrong_is_told(kept: Path, tmp_path: Path) -> None:
    url, task = f"duckdb:///{kept.parent}/200.duckdb", {"contest": "write-csv", "contender": OURS, "hotels": 200}
    target = tmp_path / "x.csv"
    lines = export_lines(url)
    target.write_bytes(b"\r\n".join([*lines[:5], *lines[6:]]))
    asked = json.dumps({"task": task, "url": url, "sqlite_url": "", "target": str(target)})
    command = [sys.executable, "-m", "benchmarks.check", asked]
    told = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert "cells differ, such as" in told


def export_lines(url: str) -> list[bytes]:
    stream = io.BytesIO()
    pipeline.connect(url).hotels().write(stream, format="csv")
    return stream.getvalue().split(b"\r\n")


def outcome(contest: str, contender: str, seconds: float, workers: int | None = None) -> Outcome:
    task = Task(contest=contest, contender=contender, hotels=100_000, workers=workers)
    runs = [Run(seconds=s, cpu_seconds=s, peak_bytes=10**8, file_bytes=10) for s in (seconds, seconds * 2, seconds / 2)]
    return Outcome(task=task, runs=runs)


def test_targets_are_ratios_of_medians() -> None:
    results = Results(
        machine={"cores": "2"},
        outcomes=[outcome("write-csv", OURS, 2.0), outcome("write-csv", "csv.DictWriter", 8.0)],
    )
    found = {target.name: value for target, value in reached(results) if value is not None}
    assert found == {"CSV write, times as fast as csv.DictWriter": 4.0}
    assert "| ≥ 6 | 4.00 | missed |" in table(results)
    assert table(results).count("not measured") == len(TARGETS) - 1
    assert "| csv.DictWriter | 8.00 (4.00 to 16.00) | 4.00 |" in markdown(results)
    assert "| 2.00 s | 2.00 s | 1.00 |" in compared(results, results)
    assert len({target.name for target in TARGETS}) == len(TARGETS)
