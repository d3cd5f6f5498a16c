"""What the benchmarks make of measurements: targets, tables, comparisons."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.cases import FULL, OURS, Task, runs_of
from benchmarks.measure import Run
from benchmarks.report import put_between
from benchmarks.results import SAME_CONTENT, Outcome, Results, settled
from benchmarks.tables import changed, compared, growth, markdown
from benchmarks.targets import TARGETS, Reached, reached, table
from benchmarks.verdict import MANIFEST, Verdict


def outcome(
    contest: str, contender: str, *seconds: float, hotels: int = 100_000, workers: int | None = None, content: str = "a"
) -> Outcome:
    """An outcome whose files were read back."""
    work, export, ending = contest.split("-")
    task = Task(work=work, export=export, format=ending, contender=contender, hotels=hotels, workers=workers)
    runs = [
        Run(seconds=s, cpu_seconds=s / 2, peak_bytes=10**8, file_bytes=10**7, content_hash=content) for s in seconds
    ]
    return Outcome(task=task, rows=1_000, cells=8_000, runs=runs, verdict=Verdict(how="read back by a test"))


def results(*outcomes: Outcome) -> Results:
    return Results(machine={"cores": "2"}, outcomes=[*outcomes])


def what_became(name: str, found: Results) -> Reached:
    return next(one for one in reached(found) if one.target.name == name)


def test_targets_are_ratios_of_medians() -> None:
    found = results(
        outcome("write-hotels-csv", OURS, 2.0, 1.0, 4.0), outcome("write-hotels-csv", "csv.DictWriter", 8.0)
    )
    assert [(r.target.name, r.value, r.note) for r in reached(found) if r.value is not None] == [
        ("write-hotels-csv: times as fast as csv.DictWriter", 4.0, "**missed**")
    ]
    assert "| ≥ 6 | 4.00 | **missed** |" in table(found)
    assert "Not measured: write-hotels-xlsx: times as fast as XlsxWriter;" in table(found)
    assert len({target.name for target in TARGETS}) == len(TARGETS)


@pytest.mark.parametrize("contender", [OURS, "csv.DictWriter"])
def test_a_target_does_not_count_when_a_file_differs(contender: str) -> None:
    both = [outcome("write-hotels-csv", OURS, 1.0), outcome("write-hotels-csv", "csv.DictWriter", 9.0)]
    name = "write-hotels-csv: times as fast as csv.DictWriter"
    assert what_became(name, results(*both)).note == "reached"
    wrong = [replace(o, verdict=Verdict(wrong="9 cells")) if o.task.contender == contender else o for o in both]
    assert what_became(name, results(*wrong)).note.startswith("does not count: a file differs")
    unseen = [replace(o, verdict=Verdict()) if o.task.contender == contender else o for o in both]
    assert what_became(name, results(*unseen)).note == "reached, files not read back"


def test_two_workers_are_held_against_one_and_not_against_the_default() -> None:
    default, one = outcome("write-hotels-csv", OURS, 1.0), outcome("write-hotels-csv", OURS, 3.0, workers=1)
    name = "write-hotels-csv: two workers by one"
    assert what_became(name, results(default, one)).value is None
    assert what_became(name, results(default, one, outcome("write-hotels-csv", OURS, 2.0, workers=2))).value == 1.5


def test_every_target_is_measured_by_a_full_run() -> None:
    run = Run(seconds=1, cpu_seconds=1, peak_bytes=1, file_bytes=1)
    whole = results(*(Outcome(task=task, rows=1, cells=1, runs=[run]) for task in runs_of(FULL, 3)))
    assert [one.target.name for one in reached(whole) if one.value is None] == []


def test_tables_tell_runs_spread_and_rates() -> None:
    found = results(
        outcome("write-hotels-csv", OURS, 2.0, 1.0, 4.0), outcome("write-hotels-csv", "csv.DictWriter", 8.0)
    )
    told = markdown(found)
    assert (
        "| bellhop | 2.00 | 1.00 to 4.00 | 3 | 1.00 | 500 | 4,000 | 1.00 | 100 | 10.0 | read back by a test |" in told
    )
    assert "| csv.DictWriter | 8.00 |  | 1 | 4.00 | 125 | 1,000 | 4.00 | 100 | 10.0 | read back by a test |" in told


def test_growth_has_a_line_a_contender() -> None:
    small = outcome("all-hotels-csv", OURS, 2.0, hotels=1_000)
    large = outcome("all-hotels-csv", OURS, 18.0, hotels=10_000)
    told = growth(results(small, large)).splitlines()
    assert told[0] == "| contest | contender | 1k hotels | 10k hotels | times the rows | times as long |"
    assert told[2:] == ["| all-hotels-csv | bellhop | 2.00 | 18.00 | 10 | 9.0 |"]


def test_only_what_is_beyond_the_spread_has_changed() -> None:
    before = outcome("all-hotels-csv", OURS, 2.0, 2.2, 2.4)
    assert changed(before, outcome("all-hotels-csv", OURS, 2.3, 2.5, 2.7)) == "within the spread"
    assert changed(before, outcome("all-hotels-csv", OURS, 2.5, 2.6, 2.7)) == "**slower**"
    assert changed(before, outcome("all-hotels-csv", OURS, 1.5, 1.6, 1.7)) == "**faster**"
    assert changed(before, outcome("all-hotels-csv", OURS, 9.0)).startswith("unknown")
    assert "| 1.00 | within the spread |" in compared(results(before), results(before))


def test_what_was_not_read_back_is_held_by_its_content_hash() -> None:
    read = outcome("all-hotels-csv", OURS, 1.0)
    unread, other = (unread_back(outcome("all-hotels-json", OURS, 1.0, 2.0, content=hash_)) for hash_ in "ab")
    assert settled([read, unread])[1].verdict == Verdict(how=SAME_CONTENT)
    assert settled([unread])[0].verdict.how == MANIFEST
    assert settled([read, other])[1].verdict.wrong
    larger = unread_back(outcome("all-hotels-json", OURS, 1.0, hotels=1_000_000, content="b"))
    assert settled([read, larger])[1].verdict.how == MANIFEST


def test_a_run_that_gave_other_records_than_the_first_is_told() -> None:
    twice = outcome("all-hotels-csv", OURS, 1.0, 1.0)
    twice.runs[1] = replace(twice.runs[1], content_hash="b")
    assert settled([twice])[0].verdict.wrong


def unread_back(one: Outcome) -> Outcome:
    return replace(one, verdict=Verdict(how=MANIFEST))


def test_a_document_without_a_place_for_tables_is_left_alone(tmp_path: Path) -> None:
    document = tmp_path / "page.md"
    document.write_text("no marks\n", "utf-8")
    with pytest.raises(SystemExit, match="has no place"):
        put_between(document, "x")
    assert document.read_text("utf-8") == "no marks\n"
