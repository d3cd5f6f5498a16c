"""Chunks: ranges that cover every key once, and work on them in order, within bounds, with nothing left behind."""

import datetime as dt
import io
import itertools
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pipeline
from pipeline import BellhopError, CatalogueMismatch, IncompleteRead, OptionError, OutputError, Progress, TooLarge
from pipeline.chunks import Chunk, KeyRange, Rows, cut, map_ordered
from pipeline.export import Export
from pipeline.loading.make import make_catalogue
from pipeline.sources.dealt import DealtSelection
from tests.loading.rows import change

NOW = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
TABLES = ("hotels", "contacts", "provider_mappings")

# --- cut ------------------------------------------------------------------------------------------------------------

Counts = Sequence[dict[str, int]]
"""Rows of each table, key by key."""

COUNTS = st.lists(
    st.fixed_dictionaries({table: st.one_of(st.integers(0, 3), st.integers(0, 40)) for table in TABLES}), max_size=30
)


def frame_of(counts: Counts) -> pl.DataFrame:
    return pl.DataFrame([*counts], schema=dict.fromkeys(TABLES, pl.UInt32))


def sums(counts: Counts) -> dict[str, int]:
    return {table: sum(key[table] for key in counts) for table in TABLES}


def ranges_of(counts: Counts, chunk_rows: int) -> list[KeyRange]:
    """The ranges by the plainest loop: a key belongs to the chunk that its first row falls into."""
    ends = list(itertools.accumulate((sum(key.values()) for key in counts), initial=0))
    numbers = [end // chunk_rows for end in ends[:-1]]
    bounds = [0, *(i for i in range(1, len(counts)) if numbers[i] != numbers[i - 1]), len(counts)]
    return [
        KeyRange(first=first, stop=stop, starts=sums(counts[:first]), rows=sums(counts[first:stop]))
        for first, stop in itertools.pairwise(bounds if counts else [])
    ]


@given(COUNTS, st.integers(1, 60))
def test_ranges_are_those_of_a_plain_loop(counts: Counts, chunk_rows: int) -> None:
    assert cut(frame_of(counts), chunk_rows) == ranges_of(counts, chunk_rows)


@given(COUNTS, st.integers(1, 60))
def test_ranges_cover_every_key_once_and_are_no_larger_than_asked_but_for_their_last_key(
    counts: Counts, chunk_rows: int
) -> None:
    ranges = cut(frame_of(counts), chunk_rows)

    assert [key for keys in ranges for key in range(keys.first, keys.stop)] == [*range(len(counts))]
    assert all(keys.first < keys.stop for keys in ranges)
    assert all(sum(sums(counts[keys.first : keys.stop - 1]).values()) < chunk_rows for keys in ranges)


def test_a_chunk_may_have_any_number_of_rows() -> None:
    counts = [{"hotels": 1, "contacts": 2, "provider_mappings": 0}] * 3
    assert cut(frame_of(counts), 2**70) == ranges_of(counts, 2**70)


@given(COUNTS, st.integers(1, 60), st.integers(0, 30))
def test_ranges_are_the_same_when_keys_are_cut_a_few_at_a_time(counts: Counts, chunk_rows: int, few: int) -> None:
    whole = cut(frame_of(counts), chunk_rows)
    begun = cut(frame_of(counts[:few]), chunk_rows)[:-1]
    rest = counts[begun[-1].stop if begun else 0 :]
    assert begun + cut(frame_of(rest), chunk_rows, after=begun[-1] if begun else None) == whole


def test_a_key_is_never_cut_through() -> None:
    keys = [{"hotels": 1, "contacts": 1_000_000, "provider_mappings": 0}] * 3
    assert [(found.first, found.stop) for found in cut(frame_of(keys), 1)] == [(0, 1), (1, 2), (2, 3)]


def test_sums_do_not_overflow_the_counts_of_a_key() -> None:
    many = 4_000_000_000
    counts = [dict.fromkeys(TABLES, many)] * 2
    first, second = cut(frame_of(counts), 1)
    assert first.rows == second.starts == dict.fromkeys(TABLES, many)
    (both,) = cut(frame_of(counts), 4 * many)
    assert both.rows == dict.fromkeys(TABLES, 2 * many)


@pytest.mark.parametrize("counts", [[], [{"hotels": 1, "contacts": 0, "provider_mappings": 0}]])
@pytest.mark.parametrize("chunk_rows", [0, -1])
def test_no_chunk_has_fewer_rows_than_one(counts: Counts, chunk_rows: int) -> None:
    with pytest.raises(OptionError, match=rf"^chunk_rows: {chunk_rows} will not do; give a number from 1$"):
        cut(frame_of(counts), chunk_rows)


@pytest.mark.parametrize("came", [0, 1, 3])
def test_a_chunk_of_more_or_fewer_rows_than_were_counted_is_refused(came: int) -> None:
    keys = KeyRange(first=0, stop=1, starts={"hotels": 0}, rows={"hotels": 2})
    chunk = Chunk(
        range=keys,
        read=Rows(frames={"hotels": pl.DataFrame({"ittid": ["x"] * came})}, counts=pl.DataFrame({"hotels": [came]})),
    )

    with pytest.raises(IncompleteRead, match=f"^hotels: {came} rows came where 2 were counted") as caught:
        chunk.rows()

    assert (caught.value.table, caught.value.counted, caught.value.received) == ("hotels", 2, came)


# --- map_ordered ----------------------------------------------------------------------------------------------------


class Work:
    """Items and a function on them, which keep count of what is under way."""

    def __init__(self, items: int) -> None:
        self._items = items
        self._lock = threading.Lock()
        self.taken = 0
        self.running = 0
        self.most_running = 0
        self.done: list[int] = []

    def items(self) -> Iterator[int]:
        for item in range(self._items):
            self.taken += 1
            yield item

    def __call__(self, item: int) -> int:
        with self._lock:
            self.running += 1
            self.most_running = max(self.most_running, self.running)
        try:
            self.on(item)
        finally:
            with self._lock:
                self.running -= 1
                self.done.append(item)
        return item * item

    def on(self, item: int) -> None:
        """What an item takes."""


@settings(max_examples=60)
@given(items=st.integers(0, 12), window=st.integers(1, 6), workers=st.integers(1, 4))
def test_results_come_in_order_and_no_more_items_are_taken_than_the_window_holds(
    items: int, window: int, workers: int
) -> None:
    work = Work(items)
    with ThreadPoolExecutor(workers) as executor:
        for used, result in enumerate(map_ordered(executor, work, work.items(), window)):
            assert result == used * used
            assert work.taken - used <= window  # under way, waiting, and the one in hand
    assert work.taken == items
    assert sorted(work.done) == [*range(items)]
    assert work.most_running <= min(window, workers)


def test_slow_items_are_waited_for_and_keep_their_place() -> None:
    others = threading.Event()

    class FirstIsLast(Work):
        def on(self, item: int) -> None:
            if item == 0:
                assert others.wait(30)
            if item == 2:
                others.set()

    work = FirstIsLast(5)
    with ThreadPoolExecutor(3) as executor:
        assert list(map_ordered(executor, work, work.items(), 3)) == [0, 1, 4, 9, 16]
    assert work.done[0] != 0


class Held(Work):
    """Item 0 ends at once; the rest runs until it is let go."""

    def __init__(self, items: int) -> None:
        super().__init__(items)
        self.let_go = threading.Event()
        self.begun = threading.Semaphore(0)
        self.futures: list[Future[int]] = []

    def on(self, item: int) -> None:
        if item:
            self.begun.release()
            assert self.let_go.wait(30)


def ended_early(end: Callable[[Iterator[int]], object], work: Held) -> list[bool]:
    """End an iteration when its first result is there, one item runs and others wait; which were cancelled."""

    class Watched(ThreadPoolExecutor):
        def submit(self, *args: object, **options: object) -> "Future[int]":  # type: ignore[override]
            future: Future[int] = super().submit(*args, **options)  # type: ignore[arg-type]
            work.futures.append(future)
            return future

    with Watched(1) as executor:
        results = map_ordered(executor, work, work.items(), 4)
        assert next(results) == 0
        assert work.begun.acquire(timeout=30)
        timer = threading.Timer(0.05, work.let_go.set)
        timer.start()
        end(results)
        assert work.let_go.is_set(), "it did not wait for the item that was running"
        assert all(future.done() for future in work.futures)
        assert work.running == 0
        timer.join()
    return [future.cancelled() for future in work.futures]


def test_an_abandoned_iteration_cancels_what_has_not_begun_and_waits_for_what_has() -> None:
    work = Held(10)
    assert ended_early(lambda results: results.close(), work) == [False, False, True, True]  # type: ignore[attr-defined]
    assert work.done == [0, 1]
    assert work.taken == 4


def test_an_error_of_an_item_comes_through_when_its_turn_comes() -> None:
    class Fails(Held):
        def on(self, item: int) -> None:
            super().on(item)
            if item == 1:
                raise CatalogueMismatch("item 1", table="hotels")
            while item > 1 and not self.futures[-1].cancelled():
                time.sleep(0.001)  # one item may begin before the others are cancelled, not all of them

    def end(results: Iterator[int]) -> None:
        with pytest.raises(CatalogueMismatch, match="item 1"):
            next(results)

    work = Fails(10)
    assert ended_early(end, work)[3:] == [True, True]
    assert work.taken == 5


def test_an_error_of_the_items_themselves_waits_for_what_was_begun() -> None:
    work = Held(10)

    def items() -> Iterator[int]:
        yield from range(4)
        raise OutputError("the items end")

    work.items = items  # type: ignore[method-assign]

    def end(results: Iterator[int]) -> None:
        with pytest.raises(OutputError, match="the items end"):
            next(results)

    assert ended_early(end, work) == [False, False, True, True]


def test_nothing_is_taken_before_the_first_result_is_asked_for() -> None:
    work = Work(3)
    with ThreadPoolExecutor(1) as executor:
        results = map_ordered(executor, work, work.items(), 2)
        assert work.taken == 0
        assert next(results) == 0
        assert work.taken == 2


# --- in an export ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('catalogue')}/catalogue.sqlite"
    make_catalogue(url, hotels=15, now=NOW)
    return url


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A catalogue whose last hotel has a date that is none: it is met when many chunks are written."""
    url = f"sqlite:///{tmp_path_factory.mktemp('broken')}/catalogue.sqlite"
    make_catalogue(url, hotels=15, now=NOW)
    change(url, "UPDATE hotels SET updated_at = 'no date' WHERE ittid = (SELECT MAX(ittid) FROM hotels)")
    return url


def hotels(url: str, executor: Executor | None = None) -> Export:
    return pipeline.connect(url, executor=executor, now=lambda: NOW).hotels()


def disturbed(_: Progress) -> None:
    raise RuntimeError("the listener")


@pytest.mark.parametrize("workers", [1, 4])
def test_no_thread_is_left_behind_by_an_export_that_fails(
    catalogue: str, broken: str, tmp_path: Path, workers: int
) -> None:
    before, target = {*threading.enumerate()}, tmp_path / "x.csv"
    failures: list[tuple[type[Exception], Callable[[], object]]] = [
        (CatalogueMismatch, lambda: hotels(broken).write(target, workers=workers, chunk_rows=20)),
        (RuntimeError, lambda: hotels(catalogue).write(target, workers=workers, chunk_rows=20, progress=disturbed)),
        (OutputError, lambda: hotels(catalogue).write("/dev/full", format="csv", workers=workers, chunk_rows=20)),
        (TooLarge, lambda: hotels(catalogue).write(target, workers=workers, refuse_over=1)),
    ]
    for error, failure in failures:
        with pytest.raises(error):
            failure()
        assert {*threading.enumerate()} <= before, error  # those of tests before may end meanwhile

    hotels(catalogue).write(target, workers=workers, chunk_rows=20)
    assert {*threading.enumerate()} <= before


@pytest.mark.parametrize("url", ["catalogue", "broken"])
def test_an_executor_of_the_callers_own_stays_open(url: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as executor:
        export = hotels(request.getfixturevalue(url), executor)
        try:
            export.write(tmp_path / "x.csv", chunk_rows=20)
        except BellhopError:
            assert url == "broken"
        assert executor.submit(lambda: 7).result() == 7


def test_batches_that_are_not_all_wanted_let_go_of_the_catalogue(catalogue: str) -> None:
    before = {*threading.enumerate()}
    batches = hotels(catalogue).batches(chunk_rows=20)
    next(batches)
    batches.close()  # type: ignore[attr-defined]
    assert {*threading.enumerate()} <= before
    change(catalogue, "BEGIN EXCLUSIVE", "COMMIT")  # nobody reads any more


@pytest.mark.parametrize(
    "lose",
    [lambda chunks: chunks[1:], lambda chunks: chunks[:-1], lambda chunks: [*chunks, chunks[0]], lambda _: []],
    ids=["first", "last", "twice", "all"],
)
def test_chunks_that_do_not_add_up_to_what_was_counted_give_no_file(
    catalogue: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lose: Callable[[list[Chunk]], list[Chunk]]
) -> None:
    whole = DealtSelection.chunks
    monkeypatch.setattr(DealtSelection, "chunks", lambda *args: iter(lose(list(whole(*args)))))
    with pytest.raises(IncompleteRead) as caught:
        hotels(catalogue).write(tmp_path / "x.csv", chunk_rows=20)
    assert caught.value.counted != caught.value.received
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("name", ["hotels", "mappings", "supplier_summary"])
def test_a_file_is_the_same_however_it_is_cut(catalogue: str, name: str) -> None:
    export, files = pipeline.connect(catalogue, now=lambda: NOW).export(name, {}), set()
    for chunk_rows in (1, 2, 7, 1000, 10**9):
        stream = io.BytesIO()
        manifest = export.write(stream, format="csv", chunk_rows=chunk_rows, workers=3)
        files.add((stream.getvalue(), manifest.content_hash, tuple(manifest.rows.items())))
    assert len(files) == 1
