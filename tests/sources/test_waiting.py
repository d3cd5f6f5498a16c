"""Items that are fetched ahead: as they come, errors in their place, and nobody waits for what is not wanted."""

import threading
from collections.abc import Iterator

import pytest

from pipeline.sources.waiting import one_ahead

SECONDS = 20
"""Longer than any of it takes."""


def never() -> None:
    pytest.fail("there was nothing to stop")


def until(event: threading.Event) -> Iterator[int]:
    """One item; the next fails when the event is set, as a query does that is stopped."""
    yield 1
    if event.wait(SECONDS):
        raise RuntimeError("stopped")


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_items_come_as_they_are(count: int) -> None:
    assert list(one_ahead(range(count), stop=never)) == list(range(count))


def test_an_error_comes_behind_the_items_before_it() -> None:
    event = threading.Event()
    event.set()
    items = one_ahead(until(event), stop=never)
    assert next(items) == 1
    with pytest.raises(RuntimeError, match="stopped"):
        next(items)


def test_whoever_ends_early_stops_what_is_being_fetched() -> None:
    event = threading.Event()
    items = one_ahead(until(event), stop=event.set)
    assert next(items) == 1
    items.close()  # type: ignore[attr-defined] # a generator
    assert event.is_set()


def test_a_fetch_that_was_not_stopped_at_once_is_stopped_again() -> None:
    event = threading.Event()
    stopped: list[None] = []

    def stop() -> None:
        stopped.append(None)
        if len(stopped) == 3:
            event.set()

    items = one_ahead(until(event), stop=stop)
    assert next(items) == 1
    del items
    assert len(stopped) >= 3
