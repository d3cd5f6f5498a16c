"""Time is counted by stage, and nothing is kept for it."""

import weakref
from collections.abc import Iterator

from pipeline.progress import Timings


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
