"""Progress is told from the beginning to the end; time is counted by stage, and nothing is kept for it."""

import datetime as dt
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest

import pipeline
from pipeline.progress import Timings

HOTELS = 200


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> pipeline.Catalogue:
    url = f"duckdb:///{tmp_path_factory.mktemp('made') / 'catalogue.duckdb'}"
    pipeline.make_catalogue(url, hotels=HOTELS, now=dt.datetime(2026, 1, 2, tzinfo=dt.UTC))
    return pipeline.connect(url)


def told(export: pipeline.Export, file: Path) -> list[tuple[int, int]]:
    heard = list[tuple[int, int]]()
    export.write(file, chunk_rows=100, progress=lambda progress: heard.append((progress.records, progress.total)))
    return heard


def test_progress_is_told_of_the_beginning_of_every_chunk_and_of_the_end(
    catalogue: pipeline.Catalogue, tmp_path: Path
) -> None:
    heard = told(catalogue.hotels(), tmp_path / "x.csv")
    assert heard[0] == (0, HOTELS)
    assert heard[-1] == (HOTELS, HOTELS)
    assert len(heard) > 3
    assert heard == sorted(heard)


def test_progress_is_told_once_where_there_is_nothing(catalogue: pipeline.Catalogue, tmp_path: Path) -> None:
    assert told(catalogue.hotels(ittids=["none of them"]), tmp_path / "x.csv") == [(0, 0)]


class Item:
    """Something that can be seen to be gone."""


def test_items_are_timed_as_they_come_and_none_is_left_out() -> None:
    seconds = iter(range(100))
    timings = Timings(clock=lambda: float(next(seconds)))
    assert list(timings.each("pull", [1, None, 2])) == [1, None, 2]
    assert timings.seconds == {"pull": 4.0}, "three items and the end, a second each"


def test_an_item_is_let_go_of_before_the_next_comes() -> None:
    before: list[weakref.ref[Item]] = []

    def items() -> Iterator[Item]:
        for _ in range(3):
            assert not any(ref() for ref in before)
            item = Item()
            before.append(weakref.ref(item))
            yield item
            del item

    for item in Timings().each("pull", items()):
        assert isinstance(item, Item)
        del item
    assert len(before) == 3
