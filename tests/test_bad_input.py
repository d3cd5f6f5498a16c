"""Catalogues that cannot be read, or change while they are: the right error in one sentence, and never a short file."""

import datetime as dt
import io
import re
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import duckdb
import psycopg
import pytest

import pipeline
from pipeline import BellhopError, CatalogueMismatch, Export, OptionError, Progress, SourceError, SourceUnavailable
from pipeline.schema import CATALOGUE
from pipeline.sources import sqlite_file as opened_file
from pipeline.sources.slabs import Slabs
from tests import model
from tests.figures import figure
from tests.loading.rows import change
from tests.require import mysql_login
from tests.retyped import retyped
from tests.stored import READINGS, Store, store_of

NOW = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
MOMENT = dt.datetime(2024, 1, 1)  # noqa: DTZ001 - naive UTC
SECRET = "s3cr3t"  # noqa: S105 - to look for in messages
BEFORE = b"what stood there before"
HOTELS = 8


def catalogue(generation: str = "g0") -> model.Catalogue:
    """Every hotel has one row of each kind of child; the texts are the generation, so that a mixture is seen."""
    ittids = [f"h{number}" for number in range(HOTELS)]
    texts = {
        table.name: dict.fromkeys((column.name for column in table.columns if column.kind.name == "TEXT"), generation)
        for table in CATALOGUE
    }
    moments = {"created_at": MOMENT, "updated_at": MOMENT}
    generated = {"last_updated": MOMENT, "summary_generated_at": MOMENT}
    rows: model.Catalogue = {
        "hotels": [{"id": n, **texts["hotels"], **moments, "ittid": ittid} for n, ittid in enumerate(ittids)],
        "locations": [{"id": n, **texts["locations"], **moments, "ittid": ittid} for n, ittid in enumerate(ittids)],
        "contacts": [{"id": n, "ittid": i, "contact_type": "fax", "value": generation} for n, i in enumerate(ittids)],
        "provider_mappings": [
            {"id": n, **texts["provider_mappings"], **moments, "ittid": ittid} for n, ittid in enumerate(ittids)
        ],
        "supplier_summary": [
            {"id": n, "provider_name": f"s{n}", "total_hotels": n, "total_mappings": n, **generated} for n in range(3)
        ],
    }
    return rows


@pytest.fixture(scope="module", params=READINGS)
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with store_of(request.param, tmp_path_factory.mktemp("catalogues")) as store:
        yield store


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with store_of("postgres", tmp_path_factory.mktemp("unused")) as store:
        yield store


@pytest.fixture
def duckdb_file(tmp_path: Path) -> Path:
    with store_of("duckdb", tmp_path) as store:
        return path_of(store(catalogue()))


@pytest.fixture
def sqlite_file(tmp_path: Path) -> Path:
    with store_of("sqlite", tmp_path) as store:
        return path_of(store(catalogue()))


def path_of(url: str) -> Path:
    return Path(urlsplit(url).path.removeprefix("/"))


def kind_of(url: str) -> str:
    return urlsplit(url).scheme


def export_of(url: str, name: str = "hotels", **filters: object) -> Export:
    if kind_of(url) == "postgresql" and not urlsplit(url).query:
        url += "?sslmode=disable"  # the preparations for TLS would take most of the time of every read
    return pipeline.connect(url, now=lambda: NOW).export(name, filters)


def lines_of(export: Export, **options: Any) -> bytes:  # noqa: ANN401
    """The records alone: NDJSON has no id and no time of its own."""
    stream = io.BytesIO()
    export.write(stream, format="ndjson", workers=1, **options)
    return stream.getvalue()


ErrorType = type[BellhopError]


def refused(call: Callable[[], object], kind: ErrorType, *words: str) -> BellhopError:
    """The error of a call: of this very type, in one sentence, with these words in it, and without the secret."""
    with pytest.raises(BellhopError) as caught:
        call()
    error, message = caught.value, str(caught.value)
    assert type(error) is kind, message
    assert message.isprintable(), repr(message)
    assert not re.search(rf"Traceback|site-packages|LINE \d|\bFile \"|{SECRET}", message), message
    assert len(message) < 500
    for word in words:
        assert word in message
    return error


def refused_export(export: Export, folder: Path, kind: ErrorType, *words: str) -> BellhopError:
    """The error of a written export, which leaves what stood there."""
    target = folder / "out" / "x.csv"
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(BEFORE)
    error = refused(lambda: export.write(target, chunk_rows=16, workers=2), kind, *words)
    assert [path.name for path in target.parent.iterdir()] == [target.name]
    assert target.read_bytes() == BEFORE
    return error


# --- no such catalogue ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["duckdb", "sqlite"])
def test_a_file_that_is_not_there_is_named(scheme: str, tmp_path: Path) -> None:
    for path, what in ((tmp_path / "none", "does not exist"), (tmp_path, "is a folder")):
        words = (f"{path} {what}; ", f"bellhop make-catalogue {scheme}:///{path}")
        error = refused(lambda path=path: export_of(f"{scheme}:///{path}"), SourceUnavailable, *words)  # type: ignore[misc]
        assert isinstance(error, ConnectionError)


@pytest.mark.parametrize("scheme", ["duckdb", "sqlite"])
@pytest.mark.parametrize("name", ["a%0Ab", "a%00b", "x" * 300], ids=["line break", "NUL", "long"])
def test_a_name_that_no_file_has_is_a_file_that_is_not_there(scheme: str, tmp_path: Path, name: str) -> None:
    with pytest.raises(SourceUnavailable) as caught:
        export_of(f"{scheme}:///{tmp_path}/{name}")
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("url", ["duckdb://", "sqlite:///", "duckdb://catalogue.duckdb", "sqlite://folder/file.sqlite"])
def test_a_url_without_a_file_says_how_one_is_written(url: str) -> None:
    refused(lambda: export_of(url), OptionError, f"{url} names no file; give ", "///relative.", "////absolute.")


@pytest.mark.parametrize("name", ["plain", "a clock that is locked"])
def test_a_text_file_is_no_database(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("ittid,name\n" * 400)
    for scheme, database in (("duckdb", "DuckDB"), ("sqlite", "SQLite")):
        words = f"{path} is not a {database} database; give the file of a catalogue"
        refused_export(export_of(f"{scheme}:///{path}"), tmp_path, SourceError, words)


def test_a_file_of_another_database_is_told(duckdb_file: Path, sqlite_file: Path, tmp_path: Path) -> None:
    for path, scheme, database in ((duckdb_file, "sqlite", "SQLite"), (sqlite_file, "duckdb", "DuckDB")):
        words = f"{path} is not a {database} database; give the file of a catalogue"
        refused_export(export_of(f"{scheme}:///{path}"), tmp_path, SourceError, words)


def test_an_empty_file_is_no_catalogue(tmp_path: Path) -> None:
    path = tmp_path / "empty"
    path.touch()
    refused_export(export_of(f"duckdb:///{path}"), tmp_path, SourceError, f"{path} is not a DuckDB database")
    # To SQLite an empty file is a database without tables.
    refused_export(export_of(f"sqlite:///{path}"), tmp_path, CatalogueMismatch, "hotels cannot be read", str(path))


@pytest.mark.parametrize("left", [100, 5000, 0.5])
def test_a_file_that_was_cut_short_is_an_error(
    duckdb_file: Path, sqlite_file: Path, tmp_path: Path, left: float
) -> None:
    for path, kind in ((duckdb_file, SourceUnavailable), (sqlite_file, SourceError)):
        whole = path.read_bytes()
        path.write_bytes(whole[: int(left if left > 1 else left * len(whole))])
        url = f"{path.suffix.removeprefix('.')}:///{path}"
        refused_export(export_of(url), tmp_path, kind, str(path))


def test_a_file_of_sqlite_that_is_locked_is_told(
    sqlite_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opened_file, "_BUSY_SECONDS", 0.05)
    with closing(sqlite3.connect(sqlite_file, isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        words = (f"{sqlite_file} cannot be opened now", "locked")
        refused_export(export_of(f"sqlite:///{sqlite_file}"), tmp_path, SourceUnavailable, *words)


def test_a_catalogue_in_utf_16_has_no_order_by_code_point(tmp_path: Path) -> None:
    path = tmp_path / "wide.sqlite"
    with closing(sqlite3.connect(path)) as file:
        file.execute("PRAGMA encoding = 'UTF-16le'")
        file.execute("CREATE TABLE hotels (id)")
    refused_export(export_of(f"sqlite:///{path}"), tmp_path, CatalogueMismatch, str(path), "UTF-16le")


DUCKDB_WRITER = """
import sys, duckdb
for _ in sys.stdin:
    try:
        connection = duckdb.connect(sys.argv[1])
        print("writes", flush=True)
        sys.stdin.readline()
        connection.close()
        print("closed", flush=True)
    except duckdb.IOException as error:
        print("shut out" if "lock" in str(error) else error, flush=True)
"""


@contextmanager
def disturbed(patch: pytest.MonkeyPatch, disturb: Callable[[], object]) -> Iterator[None]:
    """Something happens whenever a table was read."""
    add = Slabs.add

    def then_disturb(*args: Any) -> None:  # noqa: ANN401 - whatever it takes
        add(*args)
        disturb()

    with patch.context() as within:
        within.setattr(Slabs, "add", then_disturb)
        yield


def test_a_duckdb_file_is_not_read_while_another_process_writes_nor_written_while_it_is_read(
    duckdb_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = export_of(f"duckdb:///{duckdb_file}")
    with subprocess.Popen(
        [sys.executable, "-c", DUCKDB_WRITER, str(duckdb_file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as writer:
        assert writer.stdin
        assert writer.stdout

        def ask() -> str:
            assert writer.stdin
            assert writer.stdout
            print(file=writer.stdin, flush=True)
            return writer.stdout.readline().strip()

        assert ask() == "writes"
        words = f"{duckdb_file} is held by another process; close it there, or export a copy of the file"
        refused_export(export, tmp_path, SourceUnavailable, words)
        assert ask() == "closed"

        tries: list[str] = []

        def ask_again(progress: pipeline.Progress) -> None:
            if progress.records:
                tries.append(ask())

        with disturbed(monkeypatch, lambda: tries.append(ask())):
            manifest = export.write(tmp_path / "x.csv", workers=1, progress=ask_again)
        assert manifest.records == HOTELS
        # It is let go of once all four tables were read, before the first record is written.
        assert tries == [*["shut out"] * 4, "writes"]
        writer.stdin.close()
        writer.wait(30)


# --- URLs and credentials -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["", "catalogue.duckdb", "/tmp/x.duckdb", "duckdb:/x", "://x", "a\nb"])  # noqa: S108
def test_what_is_no_url_is_refused(url: str) -> None:
    words = (f"{url!r} is no URL of a catalogue; ", "duckdb:///")
    assert getattr(refused(lambda: pipeline.connect(url), OptionError, *words), "option", "") == "source"


@pytest.mark.parametrize("url", [Path("catalogue.duckdb"), None, 5])
def test_what_is_no_text_is_no_url(url: Any) -> None:  # noqa: ANN401 - none that is typed
    refused(lambda: pipeline.connect(url), OptionError, f"a {type(url).__name__} is no URL", "duckdb:///")


@pytest.mark.parametrize("url", ["oracle://x/y", "http://x", "duck db:///x", "mysql+pymysql://x/y", "DUCKDB2:///x"])
def test_an_unknown_scheme_is_refused_with_all_that_there_are(url: str) -> None:
    scheme = url.partition("://")[0].lower()
    refused(lambda: pipeline.connect(url), OptionError, f"{scheme!r} is no source; ", "duckdb, sqlite, postgresql")


SECRET_URLS = (
    f"bellhop:{SECRET}@localhost/catalogue",
    f"postgresql:/bellhop:{SECRET}@localhost/catalogue",
    f"host=localhost password={SECRET}",
    f"oracle://bellhop:{SECRET}@localhost/catalogue",
    f"duckdb://bellhop:{SECRET}@/tmp/none.duckdb",
    f"sqlite://bellhop:{SECRET}@localhost/none.sqlite",
    f"postgresql://bellhop:{SECRET}@/catalogue",
    f"postgresql://bellhop:{SECRET}@localhost:port/catalogue",
    f"postgresql://bellhop:{SECRET}@localhost:99999/catalogue",
    f"postgresql://bellhop:{SECRET}@[::1/catalogue",
    f"postgresql://bellhop:{SECRET}@localhost/catalogue?nonsense=1",
    f"postgresql://localhost/catalogue?password={SECRET}&nonsense=1",
    *(f"postgresql://bellhop:{SECRET}{odd}{SECRET}@localhost/catalogue" for odd in ("/", "?", "#", "@", "%zz", "%00")),
    *(f"postgresql://bellhop:1{odd}{SECRET}@localhost/catalogue" for odd in ("/", "?", "#", "%")),
)
"""A password where it should be, and where a careless parser takes it for something else."""


@pytest.mark.parametrize("url", SECRET_URLS)
def test_a_url_that_is_wrong_is_refused_without_its_password(url: str) -> None:
    refused(lambda: pipeline.connect(url), OptionError)


def closed_port() -> int:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def test_a_server_that_is_down_is_told_in_no_time(tmp_path: Path) -> None:
    port = closed_port()
    export = export_of(f"postgresql://bellhop:{SECRET}@127.0.0.1:{port}/catalogue")
    started = time.monotonic()
    refused_export(export, tmp_path, SourceUnavailable, "PostgreSQL cannot be reached: ", "127.0.0.1", str(port))
    assert time.monotonic() - started < 3


def test_a_server_that_says_nothing_is_told_in_no_time(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        export = export_of(f"postgresql://bellhop:{SECRET}@127.0.0.1:{silent.getsockname()[1]}/catalogue")
        started = time.monotonic()
        refused_export(export, tmp_path, SourceUnavailable, "PostgreSQL cannot be reached: ")
        assert time.monotonic() - started < 4


@pytest.mark.parametrize(("part", "named"), [("path", "nowhere"), ("user", "nobody_s")])
def test_a_database_or_a_user_that_is_not_there_is_named(
    postgres: Store, tmp_path: Path, part: str, named: str
) -> None:
    parts = urlsplit(postgres(catalogue()))
    host = parts.netloc.rpartition("@")[2]
    wrong = parts._replace(netloc=f"{named if part == 'user' else 'postgres'}:{SECRET}@{host}")
    wrong = wrong._replace(path=f"/{named}") if part == "path" else wrong
    words = ("PostgreSQL cannot be reached: ", f'"{named}" does not exist')
    refused_export(export_of(wrong.geturl()), tmp_path, SourceUnavailable, *words)


def test_no_credentials_are_in_the_manifest_or_the_file(postgres: Store, tmp_path: Path) -> None:
    parts = urlsplit(postgres(catalogue()))
    host = parts.netloc.rpartition("@")[2]
    # The server trusts everybody on this host, whatever the password.
    url = parts._replace(netloc=f"postgres:{SECRET}@{host}", query=f"password={SECRET}").geturl()
    manifest = export_of(url).write(tmp_path / "x.json")
    assert manifest.source == f"postgresql://{host}{parts.path}"
    assert SECRET not in manifest.model_dump_json() + (tmp_path / "x.json").read_text()


@pytest.mark.parametrize("scheme", ["duckdb", "sqlite"])
def test_the_source_of_a_file_is_its_path(scheme: str, request: pytest.FixtureRequest) -> None:
    path = request.getfixturevalue(f"{scheme}_file")
    at = path.rename(path.with_name(f"a@b {path.name}"))
    assert export_of(f"{scheme}:///{at}").write(io.BytesIO(), format="csv").source == f"{scheme}:///{at}"


# --- tables and columns that are not as the contract says -----------------------------------------------------------

OWN_EXPORT = {"supplier_summary": "supplier_summary"}


def own_export(url: str, table: str) -> Export:
    return export_of(url, OWN_EXPORT.get(table, "hotels"))


@pytest.mark.parametrize("table", ["hotels", "locations", "contacts", "provider_mappings", "supplier_summary"])
def test_a_missing_table_is_named(store: Store, tmp_path: Path, table: str) -> None:
    url = store(catalogue())
    change(url, f"DROP TABLE {table}")
    words = (f"{table} cannot be read as the contract says: ", "give the table this name and these columns")
    error = refused_export(own_export(url, table), tmp_path, CatalogueMismatch, *words)
    assert getattr(error, "table", "") == table
    refused(own_export(url, table).count, CatalogueMismatch, *words)


@pytest.mark.parametrize(
    ("table", "column"),
    [
        *(("hotels", "rating"), ("hotels", "ittid"), ("hotels", "updated_at"), ("locations", "country_code")),
        *(("contacts", "id"), ("provider_mappings", "giata_code"), ("supplier_summary", "total_hotels")),
    ],
)
def test_a_missing_column_is_named_with_its_table(store: Store, tmp_path: Path, table: str, column: str) -> None:
    url = store(catalogue())
    change(url, f"ALTER TABLE {table} DROP COLUMN {column}")
    words = (f"{table} cannot be read as the contract says: ", column)
    error = refused_export(own_export(url, table), tmp_path, CatalogueMismatch, *words)
    assert getattr(error, "table", "") == table


def typed(url: str, table: str, column: str, kind: str, using: str) -> None:
    """Give a column another type; in SQLite a value has its own."""
    if kind_of(url) == "sqlite":
        change(url, f"UPDATE {table} SET {column} = {using} WHERE id = 2")
    else:
        retyped(url, {f"{table}.{column}": kind}, {f"{table}.{column}": using})


@pytest.mark.parametrize(
    ("named", "kind", "using"),
    [
        ("hotels.updated_at", "text", "'no date'"),
        ("provider_mappings.created_at", "text", "'2024-13-01 00:00:00'"),
        ("hotels.created_at", "bigint", "1704067200"),
        ("supplier_summary.total_hotels", "text", "'many'"),
        ("supplier_summary.total_mappings", "double precision", "1.5"),
        ("supplier_summary.last_updated", "text", "''"),
    ],
)
def test_a_column_of_another_type_is_named(store: Store, tmp_path: Path, named: str, kind: str, using: str) -> None:
    url = store(catalogue())
    table, _, column = named.partition(".")
    typed(url, table, column, kind, using)
    wanted = "integer is wanted" if column.startswith("total") else "timestamp is wanted"
    words = (f"{table}.{column} ", wanted, "make a view of the table that casts it")
    error = refused_export(own_export(url, table), tmp_path, CatalogueMismatch, *words)
    assert (getattr(error, "table", ""), getattr(error, "column", "")) == (table, column)


def test_bytes_are_no_text(store: Store, tmp_path: Path) -> None:
    url = store(catalogue())
    value = {"sqlite": "CAST('x' AS BLOB)", "duckdb": "'x'::BLOB", "postgresql": "'x'::bytea", "mysql": "'x'"}[
        kind_of(url)
    ]
    typed(url, "contacts", "value", "bytea", value)
    refused_export(export_of(url), tmp_path, CatalogueMismatch, "contacts.value ", "text is wanted")


def test_a_date_filter_on_text_is_an_error(store: Store, tmp_path: Path) -> None:
    url = store(catalogue())
    if kind_of(url) == "sqlite":
        pytest.skip(reason="SQLite has no timestamps: text that is none is outside of every range, as NULL is")
    typed(url, "hotels", "updated_at", "text", "'no date'")
    words = ("hotels.updated_at is ", "timestamp is wanted")
    refused_export(export_of(url, date_from="2020-01-01"), tmp_path, CatalogueMismatch, *words)


NO_FILE_CAN_SHOW = {"mysql": ["2020-02-00", "0000-01-01"], "duckdb": ["infinity", "0044-03-15 (BC)"]}


@pytest.mark.parametrize("number", [0, 1])
def test_a_moment_that_no_file_can_show_is_an_error(store: Store, tmp_path: Path, number: int) -> None:
    url = store(catalogue())
    moment = NO_FILE_CAN_SHOW.get(kind_of(url), ["infinity", "0044-03-15 BC"])[number]
    lenient = ["SET sql_mode = ''"] if kind_of(url) == "mysql" else []
    change(url, *lenient, f"UPDATE hotels SET updated_at = '{moment}' WHERE id = 5")
    refused_export(export_of(url), tmp_path, CatalogueMismatch, "hotels.updated_at holds ")


def test_text_that_is_no_utf_8_is_an_error(sqlite_file: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{sqlite_file}"
    change(url, "UPDATE hotels SET name = CAST(x'61ff0a62' AS TEXT) WHERE id = 3")
    refused_export(export_of(url), tmp_path, SourceError, str(sqlite_file), "name")


# --- rows that are not as the contract says -------------------------------------------------------------------------


def changed(table: str, **values: object) -> model.Catalogue:
    """A catalogue whose third row of a table has other values."""
    rows = catalogue()
    rows[table][2] |= values
    return rows


@pytest.mark.parametrize(
    ("table", "column"),
    [
        *(("hotels", "ittid"), ("hotels", "name")),
        *(("contacts", column) for column in ("id", "contact_type", "value")),
        *(("provider_mappings", column) for column in ("provider_name", "provider_id", "system_type")),
        *(("supplier_summary", column) for column in ("provider_name", "total_hotels", "total_mappings")),
        ("supplier_summary", "summary_generated_at"),
    ],
)
def test_a_null_where_none_may_be_is_named(store: Store, tmp_path: Path, table: str, column: str) -> None:
    url = store(changed(table, **{column: None}))
    error = refused_export(
        own_export(url, table), tmp_path, CatalogueMismatch, f"{table}.{column} holds a NULL, and must not; "
    )
    assert (getattr(error, "table", ""), getattr(error, "column", "")) == (table, column)


@pytest.mark.parametrize("name", ["hotels", "mappings"])
def test_an_ittid_of_two_hotels_multiplies_no_rows(store: Store, tmp_path: Path, name: str) -> None:
    url = store(changed("hotels", ittid="h5"))
    words = ("hotels.ittid holds 'h5' more than once, and must not; ",)
    error = refused_export(export_of(url, name), tmp_path, CatalogueMismatch, *words)
    assert (getattr(error, "table", ""), getattr(error, "column", "")) == ("hotels", "ittid")
    refused(export_of(url, name).to_polars, CatalogueMismatch, *words)
    refused(lambda: lines_of(export_of(url, name, limit=HOTELS, ittids=["h5", "h6"])), CatalogueMismatch, *words)


def test_children_that_nothing_tells_apart_are_named(store: Store, tmp_path: Path) -> None:
    rows = catalogue()
    rows["contacts"][2] |= {key: rows["contacts"][1][key] for key in ("id", "ittid")}
    words = ("contacts has several rows with ittid ", " whose order would be chance; give each an id of its own")
    error = refused_export(export_of(store(rows)), tmp_path, CatalogueMismatch, *words)
    assert (getattr(error, "table", ""), getattr(error, "column", "")) == ("contacts", "id")


@pytest.mark.parametrize("breakdown", [False, True])
def test_a_supplier_with_two_summaries_is_an_error(store: Store, tmp_path: Path, *, breakdown: bool) -> None:
    url = store(changed("supplier_summary", provider_name="s0"))
    export = export_of(url, "supplier_summary", include_country_breakdown=breakdown)
    refused_export(export, tmp_path, CatalogueMismatch, "supplier_summary.provider_name holds 's0' more than once")


@pytest.mark.parametrize("alike", ["H5", "h5 ", "ｈ5"])  # noqa: RUF001 - a full-width h
def test_ittids_that_are_only_alike_are_different(store: Store, alike: str) -> None:
    assert lines_of(export_of(store(changed("hotels", ittid=alike)))).count(b"\n") == HOTELS


# --- reading that breaks off ----------------------------------------------------------------------------------------


def failing_view(url: str) -> None:
    """Make ``hotels`` a view that fails on one of its rows, when the row is read and not when it is counted."""
    failure = {
        "sqlite": "CASE WHEN id = 6 THEN json_extract('{', '$') ELSE name END",
        "duckdb": "CASE WHEN id = 6 THEN error('row' || chr(10) || '6') ELSE name END",
        "postgresql": "(1 / (id - 6))::text",
        # Without rows to spare, a subquery of two fails as it is read.
        "mysql": "(SELECT all_hotels.name FROM (SELECT 1 UNION SELECT 2) AS two WHERE id = 6 OR 1 = 0)",
    }[kind_of(url)]
    names = [column.name for table in CATALOGUE if table.name == "hotels" for column in table.columns]
    select = ", ".join(f"{failure} AS name" if name == "name" else name for name in names)
    change(url, "ALTER TABLE hotels RENAME TO all_hotels", f"CREATE VIEW hotels AS SELECT {select} FROM all_hotels")


def test_a_query_that_fails_on_a_row_gives_no_file(store: Store, tmp_path: Path) -> None:
    url = store(catalogue())
    failing_view(url)
    try:
        place = urlsplit(url).path.removeprefix("/")
        refused_export(export_of(url), tmp_path, SourceError, place)
    finally:
        change(url, "DROP VIEW hotels", "DROP TABLE all_hotels")


KILL = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE application_name LIKE 'bellhop %' AND datname = current_database()
"""


@pytest.mark.parametrize("way", [(0, 1, SourceError), (0, 4, SourceUnavailable), (40_000, 1, SourceUnavailable)])
def test_whenever_the_sessions_are_killed_there_is_an_error_and_no_file(
    postgres: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: tuple[int, int, type[BellhopError]]
) -> None:
    # At the fourth all was read; but nobody holds the moment then, and so nobody can say that all was of it.
    small_rows, nth, error = way
    monkeypatch.setattr("pipeline.sources.postgres._SMALL_ROWS", small_rows)
    url, read = postgres(catalogue()), list[None]()
    export = export_of(url)
    with psycopg.connect(url, autocommit=True) as server:

        def kill() -> None:
            read.append(None)
            if len(read) == nth:
                server.execute(KILL)

        with disturbed(monkeypatch, kill):
            refused(lambda: export.write(tmp_path / "x.ndjson"), error, urlsplit(url).path)
    assert len(read) >= nth
    assert not [*tmp_path.iterdir()]


# --- one moment (A3) ------------------------------------------------------------------------------------------------


@contextmanager
def writer_of(url: str, journal: str = "") -> Iterator[Callable[..., None]]:
    """A session of somebody else's: it runs statements as one transaction."""
    if kind_of(url) == "postgresql":
        with psycopg.connect(url, autocommit=True) as server:

            def commit(*statements: str) -> None:
                with server.transaction():
                    for statement in statements:
                        server.execute(statement.encode())

            yield commit
        return
    if kind_of(url) == "mysql":
        with mysql_login(url) as login, login.cursor() as cursor:

            def commit_on_mysql(*statements: str) -> None:
                login.begin()
                for statement in statements:
                    cursor.execute(statement)
                login.commit()

            yield commit_on_mysql
        return
    with closing(sqlite3.connect(path_of(url), isolation_level=None, check_same_thread=False)) as file:
        file.execute(f"PRAGMA journal_mode = {journal}")
        file.execute("PRAGMA synchronous = OFF")

        def commit_in_file(*statements: str) -> None:
            file.execute("BEGIN IMMEDIATE")
            try:
                for statement in statements:
                    file.execute(statement)
                file.execute("COMMIT")
            except sqlite3.OperationalError:
                file.execute("ROLLBACK")
                raise

        yield commit_in_file


MOVING = [("postgres", ""), ("mysql", ""), ("sqlite", "WAL")]
"""Sources that others can write to while they are read."""


@pytest.mark.parametrize(("source", "journal"), MOVING)
@pytest.mark.parametrize("name", ["hotels", "mappings", "supplier_summary"])
def test_an_export_shows_the_moment_at_which_it_began(
    source: str, journal: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with store_of(source, tmp_path) as store:
        url = store(catalogue())
        before = lines_of(export_of(url, name))

        with writer_of(url, journal) as commit:

            def disturb(_: Progress | None = None) -> None:
                deletes = [f"DELETE FROM {table.name} WHERE id > 0" for table in CATALOGUE]
                commit(*deletes, "UPDATE hotels SET name = 'later'", "UPDATE supplier_summary SET total_hotels = 99")

            with disturbed(monkeypatch, disturb):
                during = lines_of(export_of(url, name), chunk_rows=2, progress=disturb)

        assert during == before
        assert lines_of(export_of(url, name)).count(b"\n") == 1


def test_a_text_that_is_no_unicode_is_told_and_in_no_file(sqlite_file: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(sqlite_file)) as other:
        other.execute("UPDATE hotels SET name = CAST(x'eda080' AS TEXT) WHERE id = (SELECT MIN(id) FROM hotels)")
        other.commit()
    words = ("Could not decode to UTF-8 column 'name'",)
    refused_export(export_of(f"sqlite:///{sqlite_file}"), tmp_path, SourceError, *words)


def test_a_file_of_sqlite_with_a_rollback_journal_is_not_written_while_it_is_read(
    sqlite_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, refusals = f"sqlite:///{sqlite_file}", list[str]()
    before = lines_of(export_of(url))
    with closing(sqlite3.connect(sqlite_file, timeout=0)) as other:

        def disturb() -> None:
            other.execute("DELETE FROM contacts")
            with pytest.raises(sqlite3.OperationalError) as caught:
                other.commit()
            other.rollback()
            refusals.append(str(caught.value))

        with disturbed(monkeypatch, disturb):
            assert lines_of(export_of(url)) == before
        assert {*refusals} == {"database is locked"}
        other.execute("DELETE FROM contacts")
        other.commit()
    assert lines_of(export_of(url)) != before


GENERATIONS = {"hotels": "name", "locations": "city_name", "contacts": "value", "provider_mappings": "provider_id"}
EXPORTS = figure(20, promised=1_000)


def generations_in(lines: bytes) -> list[bytes]:
    """The generation of every row, as the texts that the writer changes tell it."""
    return re.findall(rb'"(?:name|city_name|value|provider_id)":"g(\d+)"', lines)


class Writer(threading.Thread):
    """Bumps the generation in all tables, transaction after transaction, until it is stopped."""

    def __init__(self, commit: Callable[..., None]) -> None:
        super().__init__()
        self._commit = commit
        self._stopped = threading.Event()
        self._changed = threading.Condition()
        self.generation = 0

    def run(self) -> None:
        while not self._stopped.is_set():
            following = self.generation + 1
            try:
                self._commit(*(f"UPDATE {table} SET {text} = 'g{following}'" for table, text in GENERATIONS.items()))
            except sqlite3.OperationalError:  # a reader was there for longer than the writer waits
                continue
            with self._changed:
                self.generation = following
                self._changed.notify_all()
            time.sleep(0.001)

    def stop(self) -> None:
        self._stopped.set()
        self.join(30)

    def wait_for_another(self, _: Progress | None = None) -> None:
        """Let the catalogue change while it is read."""
        with self._changed:
            target = self.generation + 1
            assert self._changed.wait_for(lambda: self.generation >= target, timeout=30)


@pytest.mark.parametrize(("source", "journal"), [*MOVING, ("sqlite", "DELETE")])
def test_no_export_mixes_two_moments(
    source: str, journal: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    with store_of(source, tmp_path) as store:
        url = store(catalogue())
        export = export_of(url)
        with writer_of(url, journal) as commit:
            writer = Writer(commit)
            writer.start()
            try:
                for _ in range(EXPORTS):
                    # With a rollback journal no writer gets in meanwhile, so there is nothing to wait for.
                    wait = None if journal == "DELETE" else writer.wait_for_another
                    with nullcontext() if wait is None else disturbed(monkeypatch, wait):
                        lines = lines_of(export, chunk_rows=16, progress=wait or False)
                    seen.append(generations_in(lines))
            finally:
                writer.stop()

    assert [len(generations) for generations in seen] == [4 * HOTELS] * EXPORTS
    torn = [sorted({*generations}) for generations in seen if len({*generations}) != 1]
    assert torn == []
    assert len({generations[0] for generations in seen}) > EXPORTS // 4  # the catalogue did change


def test_a_catalogue_that_is_open_for_writing_in_this_process_is_told(duckdb_file: Path, tmp_path: Path) -> None:
    with duckdb.connect(str(duckdb_file)):
        words = f"{duckdb_file} is open in this process, too; close it there"
        refused_export(export_of(f"duckdb:///{duckdb_file}"), tmp_path, SourceUnavailable, words)
