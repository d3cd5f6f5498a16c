"""The benchmarks run: every contender takes part, files are right, results are shown, compared and drawn."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.cases import CONTENDERS, EXPORTS, FORMATS, OURS, Selection
from benchmarks.report import BEGIN, END
from benchmarks.results import SAME_CONTENT, Outcome, Results
from tests.require import POSTGRES, postgres_url

ROOT = Path(__file__).parents[1]
HOTELS = 200


def benchmarks(*arguments: str) -> str:
    command = [sys.executable, "-m", "benchmarks", *arguments]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=600).stdout


def measured(folder: Path, *arguments: str) -> list[Outcome]:
    for package in ("sqlalchemy", "orjson", "pyexcelerate", "rustpy_xlsxwriter", "matplotlib"):
        pytest.importorskip(package)
    kept = folder / "result.json"
    benchmarks("run", *arguments, "--hotels", str(HOTELS), "--runs", "1", "--folder", str(folder), "--json", str(kept))
    return Results.load(kept).outcomes


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where catalogues stay, and the result of a small run."""
    return tmp_path_factory.mktemp("benchmarks")


@pytest.fixture(scope="module")
def outcomes(folder: Path) -> list[Outcome]:
    """What a small run gives."""
    return measured(folder, "write-*", "all-hotels-csv", "all-supplier-summary-json", "pull-*")


def test_every_contender_takes_part_and_every_file_is_read_back_and_right(outcomes: list[Outcome]) -> None:
    contests = {outcome.task.contest for outcome in outcomes}
    tasks = [contender.task(HOTELS, "duckdb", None) for contender in CONTENDERS if "duckdb" in contender.sources]
    assert [outcome.task for outcome in outcomes] == [task for task in tasks if task.contest in contests]
    assert len(contests) == 6
    assert all(run.seconds > 0 and run.peak_bytes > 0 for outcome in outcomes for run in outcome.runs)
    assert {o.task.case: o.verdict.wrong for o in outcomes if o.verdict.wrong} == {}
    assert all(o.verdict.how.startswith("read back by") for o in outcomes if o.has_file)
    assert all(not o.verdict.lost for o in outcomes if o.task.is_ours)


def test_what_peers_cannot_hold_is_told(outcomes: list[Outcome]) -> None:
    lost = {o.task.contender: o.verdict.lost for o in outcomes if o.task.contest == "write-hotels-xlsx"}
    for peer in ("XlsxWriter", "pl.write_excel", "pyexcelerate", "rustpy-xlsxwriter"):
        assert "dates before March 1900" in lost[peer]
        assert "texts cut" in lost[peer]


def test_results_are_shown_compared_and_drawn(outcomes: list[Outcome], folder: Path, tmp_path: Path) -> None:
    assert outcomes
    kept = str(folder / "result.json")
    assert "| csv.DictWriter |" in benchmarks("show", kept)
    assert "| all-hotels-csv-200-duckdb | row by row |" in benchmarks("compare", kept, kept)
    document = tmp_path / "page.md"
    document.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", "utf-8")
    benchmarks("show", kept, "--pictures", str(tmp_path), "--docs", str(document))
    first = [(tmp_path / f"{name}.svg").read_bytes() for name in ("time", "memory", "stages")]
    assert all(picture.rstrip().endswith(b"</svg>") and len(picture) < 100_000 for picture in first)
    benchmarks("show", kept, "--pictures", str(tmp_path), "--docs", str(document))
    assert first == [(tmp_path / f"{name}.svg").read_bytes() for name in ("time", "memory", "stages")]
    text = document.read_text("utf-8")
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "old" not in text
    assert text.count("### Targets") == 1


def test_other_sources_and_workers_give_the_same_content(folder: Path) -> None:
    with postgres_url():
        server = POSTGRES.rpartition("/")[0]
    asked = ["all-hotels-csv", "pull-hotels", "--sources", "sqlite", "postgresql", "--workers", "1"]
    found = measured(folder, *asked, "--server", server)
    ours = [o for o in found if o.task.contest == "all-hotels-csv" and o.task.is_ours]
    assert {(o.task.source, o.task.workers) for o in ours} == {
        (source, workers) for source in ("sqlite", "postgresql") for workers in (None, 1)
    }
    assert {o.task.workers: o.verdict.how for o in ours}[1] == SAME_CONTENT
    assert all(not o.verdict.wrong for o in found)
    assert {o.task.contender for o in found if o.task.contest == "pull-hotels"} == {
        OURS,
        "bellhop, as they come",
        "ORM",
        "limit: sqlite3 fetchmany",
        r"limit: \copy to nowhere",
    }


def test_a_case_that_cannot_be_measured_does_not_end_the_others(folder: Path, tmp_path: Path) -> None:
    kept = tmp_path / "result.json"
    asked = ["pull-hotels", "--sources", "postgresql", "duckdb", "--contenders", OURS, "--hotels", str(HOTELS)]
    where = ["--server", "postgresql://postgres@127.0.0.1:1", "--folder", str(folder), "--json", str(kept)]
    command = [sys.executable, "-m", "benchmarks", "run", *asked, *where, "--runs", "1"]
    ended = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True, timeout=600)
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1] == "not measured, see above why: pull-hotels-200-postgresql by bellhop"
    assert [outcome.task.source for outcome in Results.load(kept).outcomes] == ["duckdb"]


def test_the_row_by_row_exporter_imports_nothing_of_ours() -> None:
    pytest.importorskip("sqlalchemy")
    code = "import sys, benchmarks.contenders.row_by_row; print(*sorted({n.partition('.')[0] for n in sys.modules}))"
    command = [sys.executable, "-c", code]
    loaded = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
    assert not {"pipeline", "polars", "pyarrow", "duckdb", "pydantic", "openpyxl"} & {*loaded}


def test_the_harness_stays_light() -> None:
    """A child begins with its parent's peak of memory."""
    command = [sys.executable, "-c", "import sys, benchmarks.__main__; print(*sys.modules)"]
    loaded = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
    assert not {"polars", "pyarrow", "duckdb", "matplotlib", "psycopg", "openpyxl"} & {*loaded}


def test_cases_are_chosen_by_name() -> None:
    chosen = Selection(
        cases=("all-hotels-xlsx-1k-*",), hotels=(1_000, 10_000), workers=(None, 2), contenders=(f"{OURS}*",)
    )
    assert [(t.case, t.name) for t in chosen.tasks()] == [
        ("all-hotels-xlsx-1k-duckdb", "bellhop"),
        ("all-hotels-xlsx-1k-duckdb-2w", "bellhop (2 workers)"),
        ("all-hotels-xlsx-1k-duckdb", "bellhop compact"),
        ("all-hotels-xlsx-1k-duckdb-2w", "bellhop compact (2 workers)"),
    ]
    listed = benchmarks("cases")
    assert all(f"all-{export}-{ending} " in listed for export in EXPORTS for ending in FORMATS)


def test_the_service_is_measured_beside_the_library(folder: Path) -> None:
    told = benchmarks("service", "--hotels", str(HOTELS), "--rounds", "1", "--folder", str(folder)).splitlines()
    assert len(told) == 7
    assert re.search(r"files that are right +20, in", "\n".join(told))
