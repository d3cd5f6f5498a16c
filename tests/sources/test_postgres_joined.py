"""Chunks of PostgreSQL are read where they are encoded, in the moment that is held here, and are as they would be."""

import io
import multiprocessing
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

import pipeline
from pipeline import CatalogueMismatch, OptionError, SourceError, SourceUnavailable
from pipeline.chunks import Chunk
from pipeline.futures import settle
from pipeline.manifest import Manifest
from pipeline.sources import postgres, postgres_joined
from pipeline.sources.joined import ReadThere
from tests import model
from tests.breaker import Failure, broken
from tests.stored import empty_url, store_in_postgres
from tests.test_against_model import NOW
from tests.test_broken import ctrl_c, settled

GOLDEN = Path(__file__).parents[1] / "golden"
HOTELS = 400
NAMES = ("hotels", "mappings", "supplier_summary")


@dataclass
class Elsewhere(Executor):
    """As another machine does: all that reaches it comes as bytes."""

    before: Callable[[], object] = lambda: None
    """Happens before each chunk is begun there."""
    after: Callable[[], object] = lambda: None
    """Happens when each was encoded."""
    sent: list[bytes] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)

    def submit(self, fn: Callable[..., Any], chunk: object, /) -> Future[Any]:  # type: ignore[override]  # no more is asked
        """Do it at once."""
        self.sent.append(pickle.dumps((fn, chunk)))
        self.shown.append(repr((fn, chunk)))
        self.before()
        answer: Future[Any] = Future()
        settle(answer, lambda: done(self.sent[-1]))
        self.after()
        return answer


def done(sent: bytes) -> object:
    """What comes of it there."""
    function, chunk = pickle.loads(sent)  # noqa: S301 - our own
    return function(chunk)


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with empty_url("postgres", tmp_path) as url:
        yield store_in_postgres(url, model.load_catalogue(GOLDEN / "catalogue.json"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with empty_url("postgres", tmp_path_factory.mktemp("unused")) as url:
        pipeline.make_catalogue(url, hotels=HOTELS, now=NOW)
        yield url


def written(  # noqa: PLR0913 - each is a thing of its own
    url: str,
    executor: Executor | None,
    name: str = "hotels",
    *,
    ending: str = "xlsx",
    rows: int = 100,
    filters: Mapping[str, object] = {},
) -> tuple[bytes, Manifest]:
    target = io.BytesIO()
    with pipeline.connect(url, executor=executor, now=lambda: NOW, new_id=lambda: "the-id") as catalogue:
        manifest = catalogue.export(name, filters).write(target, format=ending, chunk_rows=rows)
    return target.getvalue(), manifest.model_copy(update={"timings": {}})


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("ending", ["csv", "json", "xlsx", "parquet", "arrow"])
@pytest.mark.parametrize("rows", [1, 7, 10_000])
def test_an_awkward_catalogue_gives_the_same_file_and_manifest(url: str, name: str, ending: str, rows: int) -> None:
    here, there = (written(url, executor, name, ending=ending, rows=rows) for executor in (None, Elsewhere()))
    assert here == there


@pytest.mark.parametrize("name", ["hotels", "mappings"])
@pytest.mark.parametrize(
    "filters",
    [
        {"suppliers": ["agoda", "booking_com"]},
        {"date_from": "2024-06-01"},
        {"limit": 37},
        {"ittids": ["10000022", "x"]},
    ],
    ids=str,
)
def test_filters_and_pages_hold_there(made: str, name: str, filters: dict[str, object]) -> None:
    here, there = (written(made, executor, name, filters=filters) for executor in (None, Elsewhere()))
    assert here == there
    assert there[1].records


def test_keys_are_sent_and_neither_rows_nor_secrets_are_shown(made: str) -> None:
    elsewhere, name = Elsewhere(), b"provider_name"
    secret = made.replace("postgres@", "postgres:a-secret@", 1)
    whole, _ = written(secret, elsewhere)
    names = pipeline.connect(made).hotels().to_polars().get_column("name").drop_nulls()
    some = [text.encode() for text in names if len(text) > 12 and text.isascii() and not text.isdigit()]
    assert len(elsewhere.sent) > 10
    assert len(some) > 50
    assert not [text for text in some if any(text in sent for sent in elsewhere.sent)]
    assert name in elsewhere.sent[0]
    assert not [shown for shown in elsewhere.shown if "a-secret" in shown or "10000022" in shown]

    held = Elsewhere()
    assert written(f"{secret}?read_by=holder", held)[0] == whole
    assert [text for text in some if any(text in sent for sent in held.sent)] == some


def test_who_reads_is_one_of_two(made: str) -> None:
    with pytest.raises(OptionError, match="read_by=nobody is none of those who can read; give workers or holder"):
        pipeline.connect(f"{made}?read_by=nobody")


@pytest.mark.parametrize("name", NAMES)
def test_all_that_is_read_there_is_of_the_moment_that_is_held_here(url: str, name: str) -> None:
    before = written(url, None, name, rows=2)
    with psycopg.connect(url, autocommit=True) as other:

        def change() -> None:
            for table in ("contacts", "locations", "provider_mappings", "chains"):
                other.execute(f"DELETE FROM {table}".encode())
            other.execute("UPDATE hotels SET name = 'later'")
            other.execute("UPDATE supplier_summary SET total_hotels = 99")

        elsewhere = Elsewhere(before=change)
        assert written(url, elsewhere, name, rows=2) == before
        assert elsewhere.sent
    assert written(url, None, name, rows=2) != before


def test_an_order_that_is_chance_is_refused_there_too(made: str) -> None:
    with psycopg.connect(made, autocommit=True) as other:
        other.execute("ALTER TABLE contacts DROP CONSTRAINT IF EXISTS contacts_pkey")
        other.execute("INSERT INTO contacts SELECT * FROM contacts ORDER BY id LIMIT 1")
        try:
            told = []
            for executor in (None, Elsewhere()):
                with pytest.raises(CatalogueMismatch, match="contacts has several rows with") as caught:
                    written(made, executor)
                told.append(str(caught.value))
            assert told[0] == told[1]
        finally:
            other.execute("DELETE FROM contacts a USING contacts b WHERE a.id = b.id AND a.ctid > b.ctid")


KILL = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE application_name LIKE 'bellhop %' AND datname = current_database()
"""


def test_a_moment_that_is_held_no_more_is_an_error_and_no_file(made: str, tmp_path: Path) -> None:
    with psycopg.connect(made, autocommit=True) as other:
        elsewhere = Elsewhere(before=lambda: len(elsewhere.sent) == 5 and other.execute(KILL))
        export = pipeline.connect(made, executor=elsewhere).hotels()
        with pytest.raises(SourceError, match=r"postgresql://.*invalid snapshot identifier"):
            export.write(tmp_path / "x.csv", chunk_rows=100)
    assert not [*tmp_path.iterdir()]


def test_a_moment_that_was_lost_before_all_was_encoded_is_one_too(made: str, tmp_path: Path) -> None:
    # A server that began anew gives the names of snapshots again, so somebody else's may have been joined.
    with psycopg.connect(made, autocommit=True) as other:
        elsewhere = Elsewhere(after=lambda: other.execute(KILL))
        with pytest.raises(SourceUnavailable, match="postgresql://"):
            pipeline.connect(made, executor=elsewhere).hotels().write(tmp_path / "x.csv", chunk_rows=10**6)
    assert len(elsewhere.sent) == 1
    assert not [*tmp_path.iterdir()]


def test_keys_that_cannot_be_looked_up_are_no_way_to_rows(made: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not rows_in(whole(made))
    monkeypatch.setattr(postgres, "_MOST_COST", 0)
    assert rows_in(whole(made))


def whole(url: str) -> list[bytes]:
    """What is sent in an export."""
    elsewhere = Elsewhere()
    written(url, elsewhere)
    return elsewhere.sent


def rows_in(sent: list[bytes]) -> bool:
    """Whether there are rows in it: an address of the made catalogue."""
    return any(b"Platform 9" in one or b"outer spaces" in one for one in sent)


def test_who_changes_a_table_is_not_waited_for_without_an_end(
    made: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_joined, "_LOCK_TIMEOUT", "SET LOCAL lock_timeout = '1s'")
    altering = threading.Thread(target=run, args=(made, "ALTER TABLE contacts ADD COLUMN IF NOT EXISTS more text"))

    def alter() -> None:
        if len(elsewhere.sent) == 3:
            altering.start()
            time.sleep(0.5)

    elsewhere = Elsewhere(before=alter)
    with pytest.raises(SourceError, match=r"contacts cannot be read: postgresql://.*lock timeout"):
        pipeline.connect(made, executor=elsewhere).hotels().write(tmp_path / "x.csv", chunk_rows=100)
    altering.join(5)
    assert not altering.is_alive()


def run(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(statement.encode())


def test_an_export_that_is_given_up_stops_what_is_read_elsewhere(made: str, tmp_path: Path) -> None:
    (tmp_path / "sql").mkdir()
    slow = "SELECT id, ittid, contact_type, CASE WHEN pg_sleep(20) IS NOT NULL THEN value END AS value FROM contacts"
    (tmp_path / "sql" / "contacts.sql").write_text(slow)
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as processes:
        assert processes.submit(written, made, None).result()
        export = pipeline.connect(made, sql_dir=tmp_path / "sql", executor=processes).hotels()
        began = time.monotonic()
        with ctrl_c(), pytest.raises(KeyboardInterrupt):
            export.write(tmp_path / "x.csv", chunk_rows=100)
        assert settled(made)
        assert time.monotonic() - began < 6


def test_keys_that_the_database_takes_for_the_same_are_not(url: str) -> None:
    run(url, "CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false)")
    for table in ("hotels", "locations", "contacts", "provider_mappings"):
        run(url, f"ALTER TABLE {table} ALTER ittid TYPE text COLLATE ci")
    run(url, "INSERT INTO hotels SELECT (h).* FROM (SELECT h FROM hotels h LIMIT 1) x")
    run(url, "UPDATE hotels SET id = 1000001, ittid = 'aBC' WHERE ctid = (SELECT max(ctid) FROM hotels)")
    run(url, "INSERT INTO hotels SELECT * FROM hotels WHERE id = 1000001")
    run(url, "UPDATE hotels SET id = 1000002, ittid = 'Abc' WHERE ctid = (SELECT max(ctid) FROM hotels)")
    here, there = (written(url, executor, rows=1) for executor in (None, Elsewhere()))
    assert here == there


def test_a_scheduler_that_passes_chunks_on_needs_no_driver(made: str) -> None:
    elsewhere = Elsewhere()
    written(made, elsewhere)
    without = "import sys, pickle; sys.modules['psycopg'] = sys.modules['connectorx'] = None;"
    passed_on = (
        f"{without} encode, chunk = pickle.load(sys.stdin.buffer); print(len(pickle.dumps(chunk))); encode(chunk)"
    )
    there = subprocess.run([sys.executable, "-c", passed_on], input=elsewhere.sent[0], capture_output=True, check=False)
    assert int(there.stdout) > 1_000
    assert b"psycopg is not installed; install it with: pip install 'bellhop[postgres]'" in there.stderr


def test_a_worker_that_cannot_get_there_says_so_at_once(made: str) -> None:
    class Far(Elsewhere):
        def submit(self, fn: Callable[..., Any], chunk: Chunk, /) -> Future[Any]:  # type: ignore[override]
            assert isinstance(chunk.read, ReadThere)
            joining = chunk.read.joining
            facts = {**joining.facts, "url": "postgresql://postgres@127.0.0.1:1/postgres?sslmode=disable"}
            far = replace(chunk.read, joining=replace(joining, facts=facts))
            return super().submit(fn, replace(chunk, read=far))

    began = time.monotonic()
    with pytest.raises(SourceUnavailable, match=r"each worker reads it: .* add \?read_by=holder to its URL"):
        written(made, Far())
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("failure", ["cut", "silence"])
def test_a_network_that_breaks_there_is_an_error_and_no_file(made: str, tmp_path: Path, failure: Failure) -> None:
    with broken(made, failure, 300_000) as through:
        elsewhere = Elsewhere()
        export = pipeline.connect(f"{through}?read_timeout=1", executor=elsewhere).hotels()
        with pytest.raises(SourceError, match=r"127\.0\.0\.1"):
            export.write(tmp_path / "x.csv", chunk_rows=100)
        assert elsewhere.sent, "it broke before the first chunk"
    assert not [*tmp_path.iterdir()]


def test_rows_that_do_not_come_there_are_missed(made: str) -> None:
    class Losing(Elsewhere):
        def submit(self, fn: Callable[..., Any], chunk: Chunk, /) -> Future[Any]:  # type: ignore[override]
            assert isinstance(chunk.read, ReadThere)
            return super().submit(fn, replace(chunk, read=replace(chunk.read, keys=chunk.read.keys[:-1])))

    with pytest.raises(pipeline.IncompleteRead, match="rows came where"):
        written(made, Losing())
