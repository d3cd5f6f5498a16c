"""Tables of PostgreSQL are read in parts by their ids, but not where rows have other ids at each read."""

import datetime as dt
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

import polars as pl
import pytest

import pipeline
from pipeline.prepare import prepare
from pipeline.sources.base import Joinable
from pipeline.sources.dealt import DealtSelection, Part
from pipeline.sources.postgres import PostgresSnapshot
from tests.loading.rows import answer, change

NOW = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
HOTELS = 300

UNSTEADY = [
    "row_number() OVER (ORDER BY random())",
    "row_number() OVER ()",
    "gen_random_uuid()",
    "(random() * 1e9)::int",
]
BODY = "RETURNS int VOLATILE LANGUAGE plpgsql AS $$BEGIN RETURN random() * 1e9; END$$"
HIDDEN = {
    '"another ""Id"""()': [f'CREATE FUNCTION "another ""Id"""() {BODY}'],
    "another_id()": [f"CREATE FUNCTION another_id() {BODY}"],
    "id @@@ 1": [
        f"CREATE FUNCTION behind(bigint, int) {BODY}",
        "CREATE OPERATOR @@@ (FUNCTION = behind, LEFTARG = bigint, RIGHTARG = int)",
    ],
}
"""Ids that are made anew by functions whose names are in quotes, or behind an operator; and what makes these."""
STEADY = [
    "SELECT id, ittid, contact_type, value FROM raw",
    "SELECT id + 7 AS id, upper(ittid) AS ittid, contact_type, value FROM raw WHERE length(value) > 0",
    "SELECT md5(id::text) AS id, ittid, contact_type, value FROM raw",
    "SELECT raw.id, h.ittid, contact_type, value FROM raw JOIN hotels AS h ON h.ittid = raw.ittid",
    "SELECT * FROM raw WHERE id <= 100 UNION ALL SELECT * FROM raw WHERE id > 100",
    "WITH found AS MATERIALIZED (SELECT * FROM raw) SELECT * FROM found",
]


@pytest.fixture
def url(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A catalogue in parts of a few rows, whose contacts are called otherwise."""
    pipeline.make_catalogue(postgres_url, hotels=HOTELS, now=NOW)
    change(postgres_url, "ALTER TABLE contacts RENAME TO raw")
    monkeypatch.setattr("pipeline.sources.postgres._PART_ROWS", 40)
    return postgres_url


def contacts(url: str) -> list[tuple[object, ...]]:
    told = pipeline.connect(url).hotels().to_polars().select("ittid", "contacts").explode("contacts").drop_nulls()
    return sorted(told.unnest("contacts").drop_nulls("contact_type").iter_rows())


@pytest.mark.parametrize("made", UNSTEADY)
def test_ids_that_are_made_at_each_read_cost_no_row_and_double_none(
    made: str, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.sources.postgres_session._PIECE_BYTES", 50)
    change(url, f"CREATE VIEW contacts AS SELECT {made} AS id, ittid, contact_type, value FROM raw")
    kept = "WHERE ittid IN (SELECT ittid FROM hotels)"
    wanted = answer(url, f"SELECT ittid, contact_type, value FROM raw {kept}")
    assert contacts(url) == sorted(wanted)
    assert len(wanted) > HOTELS


@pytest.mark.parametrize("made", HIDDEN)
def test_whatever_makes_ids_anew_is_found(made: str, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    view = f"CREATE VIEW contacts AS SELECT {made} AS id, ittid, contact_type, value FROM raw"
    quoted = f"ALTER DATABASE {url.rpartition('/')[2]} SET quote_all_identifiers = on"
    change(url, *HIDDEN[made], view, quoted)
    assert "contacts" in in_one_read(url, monkeypatch)


def test_a_table_on_another_server_is_read_by_one_session(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Each session would have another moment there.
    place = urlsplit(url)
    options = f"host '{place.hostname}', port '{place.port}', dbname '{place.path[1:]}'"
    change(
        url,
        "CREATE EXTENSION postgres_fdw",
        f"CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw OPTIONS ({options})",
        "CREATE USER MAPPING FOR CURRENT_USER SERVER elsewhere",
        "CREATE FOREIGN TABLE contacts (id bigint, ittid text, contact_type text, value text)"
        " SERVER elsewhere OPTIONS (table_name 'raw')",
    )
    assert in_one_read(url, monkeypatch) == {"contacts"}
    exported = pipeline.connect(url).hotels()
    with exported.source.snapshot() as snapshot, monkeypatch.context() as within:
        within.setattr("pipeline.sources.postgres._MOST_COST", 10**9)
        assert isinstance(snapshot, Joinable)
        plan = prepare(exported.source, snapshot, exported.dataset).plan
        selection = snapshot.select_joined(plan)
        assert isinstance(selection, DealtSelection)
        assert selection.there is None


def in_one_read(url: str, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The tables that are not read in parts."""
    read, by_session = set[str](), PostgresSnapshot._by_session

    def told(snapshot: PostgresSnapshot, parts: Iterable[Part]) -> Iterator[tuple[Part, pl.DataFrame]]:
        for part, rows in by_session(snapshot, parts):
            read.add(part.table.name)
            yield part, rows

    monkeypatch.setattr(PostgresSnapshot, "_by_session", told)
    assert len(contacts(url)) > 100
    return read


@pytest.mark.parametrize("select", STEADY)
def test_ids_that_stay_are_read_in_parts(select: str, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(snapshot: PostgresSnapshot, parts: Iterable[Part]) -> Iterator[tuple[Part, pl.DataFrame]]:
        raise AssertionError(f"{snapshot} reads {parts} by itself")

    monkeypatch.setattr(PostgresSnapshot, "_by_session", never)
    change(url, f"CREATE VIEW contacts AS {select}")
    assert len(contacts(url)) > 100


@pytest.mark.parametrize("rows", [(1,), (40, 90), (1, 200)])
def test_a_null_for_an_id_is_named_wherever_it_is(rows: tuple[int, ...], url: str) -> None:
    found = f"CASE WHEN id NOT IN ({', '.join(map(str, rows))}) THEN id END AS id"
    change(
        url,
        f"CREATE VIEW contacts AS SELECT {found}, ittid, contact_type, value FROM raw",
    )
    with pytest.raises(pipeline.CatalogueMismatch, match=r"^contacts\.id holds a NULL, and must not"):
        contacts(url)
