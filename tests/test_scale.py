"""The model of scale is what its document shows, and says what one may count on by hand."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.scale import Demand, Machine, Rates, load, report

DOCUMENT = Path(__file__).parents[1] / "docs" / "scale.md"


def test_the_document_shows_what_the_model_gives() -> None:
    assert report() in DOCUMENT.read_text("utf-8")


def test_a_load_counted_by_hand() -> None:
    demand = Demand(exports=1, shares=((10_000, 1.0),), busy_hours_a_day=24)
    rates = Rates(cpu_seconds=1, cpu_seconds_a_record=1e-4, file_bytes_a_record=100, transactions=10)
    told = load(3_600, rates, demand, Machine(cores=2, most_busy=0.5, storage_bytes=1e15))
    assert (told.exports_an_hour, told.transactions_a_second, told.storage_mb_a_second) == (3_600, 10, 1)
    assert told.cores == pytest.approx(2)
    assert told.machines == 2
    assert told.kept_gb == pytest.approx(24 * 3.6)
    assert told.breaks_first == "cores, used 200.0%"


def test_what_is_relieved_breaks_first_no_more() -> None:
    machine = Machine()
    tight = load(100_000, Rates(), Demand(), machine)
    assert tight.breaks_first.startswith("storage's size")
    assert not load(100_000, Rates(), Demand(), replace(machine, storage_bytes=1e15)).breaks_first.startswith(
        "storage's"
    )
