"""Servers that fail while they are read (B8): an error that says what happened or the whole file, and nothing left."""

import datetime as dt
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from types import FrameType

import pymysql
import pytest

import pipeline
from pipeline import SourceError
from tests.breaker import Failure, broken
from tests.figures import figure
from tests.loading.rows import answer
from tests.stored import READINGS, SERVERS, empty_url

NOW = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
HOTELS = 400
MANY, EACH = figure(30, promised=200), 1_000
"""Exports one after another, and the hotels of each: with more rows in a table than were once read by ConnectorX."""
LARGE = 4_000
"""Hotels of a catalogue that no buffer between server and export holds."""
DISTURBED = figure(12, promised=1_000)
SESSIONS = {
    "postgres": "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
    "mysql": "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()",
}
"""Those of others in this database, by their numbers."""
ENDS = {"postgres": "SELECT pg_terminate_backend({number})", "mysql": "KILL {number}"}

Chance = random.Random
Disturbed = Callable[[str, bytes, float, Chance], AbstractContextManager[str]]
"""A way to a server that fails at a time left to chance, given a whole file and how long that takes."""


@pytest.fixture(scope="module", params=SERVERS)
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with empty_url(request.param, tmp_path_factory.mktemp("unused")) as url:
        pipeline.make_catalogue(url, hotels=HOTELS, now=NOW)
        yield url


@pytest.fixture(scope="module", params=SERVERS)
def large_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with empty_url(request.param, tmp_path_factory.mktemp("unused")) as url:
        pipeline.make_catalogue(url, hotels=LARGE, now=NOW)
        yield url


@pytest.mark.parametrize("after_bytes", [0, 500, 700, 1_000, 3_000, 30_000, 100_000])
@pytest.mark.parametrize("failure", ["cut", "silence"])
def test_a_network_that_breaks_is_an_error(url: str, failure: Failure, after_bytes: int, tmp_path: Path) -> None:
    with broken(url, failure, after_bytes) as through:
        export = pipeline.connect(f"{through}?read_timeout=1").hotels()
        began = time.monotonic()
        with pytest.raises(SourceError, match=r"127\.0\.0\.1|cannot be reached"):
            export.write(tmp_path / "x.csv")
        assert time.monotonic() - began < 30
    assert not [*tmp_path.iterdir()]
    assert settled(url)


@pytest.mark.parametrize("after_bytes", range(420, 470, 10))
def test_a_network_that_is_silent_right_after_the_login_is_an_error(postgres_url: str, after_bytes: int) -> None:
    with broken(postgres_url, "silence", after_bytes) as through:
        began = time.monotonic()
        with pytest.raises(SourceError, match=r"gave no answer for 1 s|cannot be reached"):
            pipeline.connect(f"{through}?read_timeout=1").hotels().count()
        assert time.monotonic() - began < 30


def test_a_network_that_holds_gives_the_whole_file(url: str, tmp_path: Path) -> None:
    with broken(url, "cut", 10**9) as through:
        assert pipeline.connect(f"{through}?read_timeout=1").hotels().write(tmp_path / "x.csv").records == HOTELS
    assert settled(url)


@pytest.mark.parametrize("after_bytes", [500, 700, 1_000])
def test_nobody_waits_any_more_at_a_session_that_is_closed(url: str, after_bytes: int, tmp_path: Path) -> None:
    # It would read into freed memory, and from whatever connection has the socket's number then.
    before = reading()
    with broken(url, "silence", after_bytes) as through:
        with pytest.raises(SourceError):
            pipeline.connect(f"{through}?read_timeout=1").hotels().write(tmp_path / "x.csv")
        assert reading() <= before


@contextmanager
def killed(url: str, whole: bytes, seconds: float, chance: Chance) -> Iterator[str]:
    """All sessions of the export are ended by the server, once."""
    del whole
    wait, is_over = chance.uniform(0, seconds / 2), threading.Event()

    def kill() -> None:
        is_over.wait(wait)
        while not end_sessions(url) and not is_over.is_set():
            time.sleep(0.002)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        yield url
    finally:
        is_over.set()
        killer.join()


def end_sessions(url: str) -> bool:
    """Whether there were any."""
    numbers = answer(url, SESSIONS[kind_of(url)])
    for (number,) in numbers:
        with suppress(pymysql.err.OperationalError):  # it has ended by itself
            answer(url, ENDS[kind_of(url)].format(number=number))
    return bool(numbers)


def cut(url: str, whole: bytes, seconds: float, chance: Chance) -> AbstractContextManager[str]:
    """The network is cut for good."""
    del seconds
    return broken(url, "cut", chance.randrange(len(whole)))


@pytest.mark.parametrize("disturbed", [killed, cut])
def test_whenever_it_is_disturbed_there_is_an_error_or_the_whole_file(
    disturbed: Disturbed, large_url: str, tmp_path: Path
) -> None:
    file, chance, ends = tmp_path / "x.csv", random.Random(1), Counter[str]()  # noqa: S311 - no secret
    export(large_url).write(file)  # libraries open what they need once
    began = time.monotonic()
    export(large_url).write(file)
    seconds, whole = time.monotonic() - began, file.read_bytes()
    for _ in range(DISTURBED):
        file.unlink(missing_ok=True)
        with disturbed(large_url, whole, seconds, chance) as through:
            try:
                export(f"{through}?read_timeout=3").write(file)  # so long ConnectorX tries to log in again
            except SourceError:
                assert not [*tmp_path.iterdir()]
                ends["error"] += 1
            else:
                assert file.read_bytes() == whole
                ends["whole"] += 1
    assert ends["error"] > DISTURBED // 4, ends
    assert settled(large_url)


def export(url: str) -> pipeline.Export:
    return pipeline.connect(url, now=lambda: NOW).hotels()


def kind_of(url: str) -> str:
    return "mysql" if url.startswith("mysql") else "postgres"


def reading() -> set[threading.Thread]:
    """Threads that wait for a server."""
    return {thread for thread in threading.enumerate() if thread.name == "bellhop-read"}


def settled(url: str) -> bool:
    """Whether the server has no session of ours any more, soon."""
    for _ in range(100):
        if not answer(url, SESSIONS[kind_of(url)]):
            return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize("source", [source for source in READINGS if source != "postgres"])
def test_many_exports_leave_nothing_behind(source: str, tmp_path: Path) -> None:
    # Nothing for good; but ConnectorX's reads of PostgreSQL leave three threads each for half a minute.
    with empty_url(source, tmp_path) as url:
        pipeline.make_catalogue(url, hotels=EACH, now=NOW)
        leave_nothing_behind(pipeline.connect(url), tmp_path / "x.csv")
        assert source not in SERVERS or settled(url)


def leave_nothing_behind(catalogue: pipeline.Catalogue, file: Path) -> None:
    """Exports one after another: no thread and no descriptor that was not there after the first.

    By name, not by number: those of tests before may end meanwhile, and would hide others. Of the threads that Python
    does not know, allocators begin some whenever they like.
    """

    def held() -> tuple[set[threading.Thread], set[str]]:
        return {*threading.enumerate()}, {one.name for one in Path("/proc/self/fd").iterdir()}

    assert catalogue.hotels().write(file).records == EACH
    threads, descriptors = held()
    tasks = [*Path("/proc/self/task").iterdir()]
    for _ in range(MANY):
        catalogue.hotels().write(file)
    after = held()
    assert after[0] - threads == set()
    assert after[1] - descriptors == set()
    assert len([*Path("/proc/self/task").iterdir()]) < len(tasks) + MANY // 2


class GivenUp(BaseException):
    """What a program of its own makes of Ctrl-C."""


def give_up(_number: int, _frame: FrameType | None) -> None:
    raise GivenUp


@contextmanager
def ctrl_c(handler: Callable[[int, FrameType | None], None] = signal.default_int_handler) -> Iterator[None]:
    """Ctrl-C comes after a while; what runs in the background begins deaf to it."""
    before = signal.signal(signal.SIGINT, handler)
    main = threading.main_thread().ident or 0
    timer = threading.Timer(1.5, signal.pthread_kill, (main, signal.SIGINT))
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(
    ("handler", "raised"), [(signal.default_int_handler, KeyboardInterrupt), (give_up, GivenUp)], ids=["python", "own"]
)
def test_an_export_that_is_given_up_stops_the_server(
    handler: Callable[[int, FrameType | None], None], raised: type[BaseException], url: str, tmp_path: Path
) -> None:
    busy = {"postgres": "pg_sleep(20) IS NOT NULL", "mysql": "SLEEP(20) = 0"}
    (tmp_path / "sql").mkdir()
    contacts = "SELECT id, ittid, contact_type, value FROM contacts"
    slow = f"{contacts} WHERE id > 1 UNION ALL {contacts} WHERE id = 1 AND {busy[kind_of(url)]}"
    (tmp_path / "sql" / "contacts.sql").write_text(slow)
    export, before = pipeline.connect(url, sql_dir=tmp_path / "sql").hotels(), reading()

    with ctrl_c(handler), pytest.raises(raised):
        export.write(tmp_path / "x.csv")
    assert reading() <= before
    began = time.monotonic()
    assert settled(url)
    assert time.monotonic() - began < 1


def test_parts_that_are_given_up_stop_the_server(tmp_path: Path) -> None:
    (tmp_path / "contacts.sql").write_text(
        "SELECT id, ittid, contact_type, CASE WHEN id > 1 THEN value ELSE SLEEP(20) END AS value FROM contacts"
    )
    with empty_url("mysql", tmp_path) as url:
        pipeline.make_catalogue(url, hotels=HOTELS, now=NOW)
        export, before = pipeline.connect(f"{url}?consistency=chunk", sql_dir=tmp_path).hotels(), reading()
        with ctrl_c(), pytest.raises(KeyboardInterrupt):
            export.write(tmp_path / "x.csv")
        assert reading() <= before
        began = time.monotonic()
        assert settled(url)
        assert time.monotonic() - began < 1


def test_an_export_that_waits_for_a_silent_server_can_be_given_up(url: str, tmp_path: Path) -> None:
    with broken(url, "silence", 3_000) as through:
        export = pipeline.connect(f"{through}?read_timeout=60").hotels()
        began = time.monotonic()
        with ctrl_c(), pytest.raises(KeyboardInterrupt):
            export.write(tmp_path / "x.csv")
        assert time.monotonic() - began < 10
    assert settled(url)
