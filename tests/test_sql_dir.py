"""Other people's tables by SQL of their own: the same files come out, and what will not do is told first."""

import datetime as dt
import hashlib
import io
import json
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlglot import exp, parse_one

import pipeline
from pipeline import CatalogueMismatch, Manifest, OptionError, SourceError
from pipeline.catalogue import _SOURCES
from pipeline.lazy import load
from pipeline.prepare import prepare
from pipeline.query import Statement
from pipeline.schema import HOTELS
from pipeline.sources.base import Source
from pipeline.url import Url
from tests import model
from tests.loading.rows import answer, change
from tests.stored import READINGS, Store, store_of

NOW = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
ROOT = Path(__file__).parents[1]
GOLDEN = model.load_catalogue(ROOT / "tests/golden/catalogue.json")
FOREIGN = {
    "hotels": ("properties", {"ittid": "code", "name": "title", "rating": "stars", "updated_at": "changed"}),
    "locations": ("places", {"ittid": "property_code", "country_code": "country"}),
    "contacts": ("ways", {"ittid": "property_code", "value": "detail"}),
    "provider_mappings": ("links", {"ittid": "property_code", "provider_name": "supplier", "id": "number"}),
    "supplier_summary": ("totals", {"provider_name": "supplier", "total_hotels": "properties"}),
}
"""What each table is called by somebody else, and columns of it."""


@pytest.fixture(scope="module", params=READINGS)
def source(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def store(source: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with store_of(source, tmp_path_factory.mktemp("catalogues")) as store:
        yield store


@pytest.fixture(scope="module")
def url(store: Store) -> str:
    """The golden catalogue; tests only read it, or add tables of their own."""
    return store(GOLDEN)


@pytest.fixture(scope="module")
def foreign_url(source: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The golden catalogue under other names."""
    with store_of(source, tmp_path_factory.mktemp("foreign")) as store:
        url = store(GOLDEN)
        for table, (name, columns) in FOREIGN.items():
            change(url, *(f"ALTER TABLE {table} RENAME COLUMN {ours} TO {theirs}" for ours, theirs in columns.items()))
            change(url, f"ALTER TABLE {table} RENAME TO {name}")
        yield url


def sql_dir(folder: Path, **texts: str) -> Path:
    """A folder of files."""
    made = folder / "sql"
    made.mkdir(exist_ok=True)
    for name, text in texts.items():
        (made / f"{name}.sql").write_text(text, encoding="utf-8")
    return made


def foreign_sql(folder: Path) -> Path:
    """What somebody with those names writes."""
    texts = {}
    for table, (name, columns) in FOREIGN.items():
        ours = ", ".join(f"{theirs} AS {ours}" for ours, theirs in columns.items())
        texts[table] = f"-- {name}\nSELECT *, {ours}\nFROM {name};\n"
    return sql_dir(folder, **texts)


def write(url: str, folder: Path | None, name: str = "hotels", **filters: object) -> tuple[bytes, Manifest]:
    stream = io.BytesIO()
    with pipeline.connect(url, sql_dir=folder, now=lambda: NOW) as opened:
        manifest = opened.export(name, filters).write(stream, format="ndjson", chunk_rows=5)
    return stream.getvalue(), manifest


def refused(url: str, folder: Any, kind: type[Exception], *words: str) -> Exception:  # noqa: ANN401 - bad ones too
    with pytest.raises(kind) as caught:
        pipeline.connect(url, sql_dir=folder)
    assert type(caught.value) is kind
    message = str(caught.value)
    assert message.isprintable(), message
    for word in words:
        assert word in message
    return caught.value


# --- other names ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "filters"),
    [
        ("hotels", {}),
        ("hotels", {"suppliers": ["EAN"], "country_codes": ["US", "FR"], "min_rating": 1, "date_from": "2020-01-01"}),
        ("hotels", {"ittids": ["10000001", "no such"], "property_types": ["Hotel"]}),
        ("mappings", {"suppliers": ["agoda"]}),
        ("mappings", {}),
        ("supplier_summary", {"include_country_breakdown": True}),
    ],
)
def test_other_names_give_the_same_records(name: str, filters: model.Filters, foreign_url: str, tmp_path: Path) -> None:
    written, manifest = write(foreign_url, foreign_sql(tmp_path), name, **filters)
    assert [json.loads(line) for line in written.splitlines()] == model.records(GOLDEN, name, filters)
    assert (manifest.orphans is None) == bool(filters.keys() - {"include_country_breakdown"})


def test_a_page_under_other_names_goes_on_after_the_page_before(foreign_url: str, tmp_path: Path) -> None:
    folder = foreign_sql(tmp_path)
    first, manifest = write(foreign_url, folder, "mappings", limit=4)
    second, _ = write(foreign_url, folder, "mappings", after=manifest.next)
    assert first + second == write(foreign_url, folder, "mappings")[0]


def test_some_files_stand_in_and_the_others_are_bellhops_own(url: str, tmp_path: Path) -> None:
    folder = sql_dir(tmp_path, contacts="SELECT id, ittid, contact_type, UPPER(value) AS value FROM contacts")
    wanted = {**GOLDEN, "contacts": [row | {"value": str(row["value"]).upper()} for row in GOLDEN["contacts"]]}
    assert [json.loads(line) for line in write(url, folder)[0].splitlines()] == model.records(wanted, "hotels", {})


@pytest.mark.parametrize("name", ["hotels", "mappings", "supplier_summary"])
def test_what_a_view_leaves_out_is_nowhere(name: str, url: str, tmp_path: Path) -> None:
    gone = "10000001"
    folder = sql_dir(tmp_path, hotels=f"SELECT * FROM hotels WHERE ittid <> '{gone}'")
    wanted = {**GOLDEN, "hotels": [row for row in GOLDEN["hotels"] if row["ittid"] != gone]}
    filters = {"include_country_breakdown": True} if name == "supplier_summary" else {}
    written, manifest = write(url, folder, name, **filters)
    assert [json.loads(line) for line in written.splitlines()] == model.records(wanted, name, filters)
    assert manifest.orphans == model.orphans(wanted, name, filters)
    assert manifest.orphans != model.orphans(GOLDEN, name, filters)


def test_a_hotel_that_a_view_leaves_out_is_not_found(url: str, tmp_path: Path) -> None:
    folder = sql_dir(tmp_path, hotels="SELECT * FROM hotels WHERE ittid <> '10000001'")
    written, manifest = write(url, folder, ittids=["10000001"])
    assert (written, manifest.ittids_not_found) == (b"", ["10000001"])


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM contacts WHERE id < 5 UNION ALL SELECT * FROM contacts WHERE id >= 5 OR id IS NULL",
        "WITH own AS (SELECT * FROM contacts) SELECT id, ittid, contact_type, value FROM own",
        "\ufeffselect c.*, 1 as more from contacts as c -- with; a comment\n;;\n",
        "SELECT id AS ID, ittid AS Ittid, contact_type AS CONTACT_TYPE, value AS Value FROM contacts",
        'SELECT id AS "ID", ittid AS "Ittid", contact_type, value FROM contacts',
    ],
)
def test_what_is_one_select_will_do(text: str, url: str, tmp_path: Path) -> None:
    folder = sql_dir(tmp_path, contacts=text)
    (folder / "README.md").write_text("no view")
    assert write(url, folder)[0] == write(url, None)[0]


def test_chunks_are_read_by_other_processes_too(foreign_url: str, tmp_path: Path) -> None:
    stream, context = io.BytesIO(), get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as executor:
        opened = pipeline.connect(foreign_url, sql_dir=foreign_sql(tmp_path), executor=executor)
        opened.hotels().write(stream, format="ndjson", chunk_rows=20)
    assert stream.getvalue() == write(foreign_url, foreign_sql(tmp_path))[0]


def test_files_are_read_once(url: str, tmp_path: Path) -> None:
    folder = sql_dir(tmp_path, hotels="SELECT * FROM hotels WHERE ittid = '10000001'")
    opened = pipeline.connect(url, sql_dir=folder)
    (folder / "hotels.sql").write_text("SELECT 1")
    assert opened.hotels().count() == 1


def test_the_manifest_has_the_digest_of_each_file(url: str, tmp_path: Path) -> None:
    text = "SELECT * FROM hotels"
    digest = hashlib.sha256(text.encode()).hexdigest()
    assert write(url, sql_dir(tmp_path, hotels=text))[1].views == {"hotels": digest}
    assert write(url, None)[1].views == {}


def test_the_text_of_a_file_is_in_the_sql_that_is_shown(url: str, tmp_path: Path) -> None:
    folder = sql_dir(tmp_path, hotels="SELECT *, 7 AS seven FROM hotels /* a comment */")
    shown = pipeline.connect(url, sql_dir=folder).hotels().sql()
    assert all("7 AS seven" in text for text in shown.values())
    assert not any("a comment" in text for text in shown.values())


def test_types_of_other_tables_are_brought_to_the_contracts(url: str, tmp_path: Path) -> None:
    text = "SELECT 1000 + id AS id, ittid, contact_type, 12 AS value FROM contacts"
    records = [json.loads(line) for line in write(url, sql_dir(tmp_path, contacts=text))[0].splitlines()]
    assert {contact["value"] for record in records for contact in record["contacts"]} == {"12"}


def test_another_schema_is_said_in_the_file_or_in_the_url(tmp_path: Path) -> None:
    with store_of("postgres", tmp_path) as store:
        url = store(GOLDEN)
        wanted = write(url, None)[0]
        change(url, "CREATE SCHEMA elsewhere")
        for table in FOREIGN:
            change(url, f"ALTER TABLE {table} SET SCHEMA elsewhere")
        with pytest.raises(CatalogueMismatch, match="hotels cannot be read"):
            write(url, None)
        assert write(f"{url}?options=-csearch_path%3Delsewhere", None)[0] == wanted
        folder = sql_dir(tmp_path, **{table: f"SELECT * FROM elsewhere.{table}" for table in FOREIGN})
        assert write(url, folder)[0] == wanted


AS_WRITTEN = {
    "sqlite": ["mod(7, 3)", "substr('abc', 2)", "ifnull(NULL, 'x')"],  # mod() gives 1.0, and 7 % 3 would be 1
    "mysql": ["value NOT REGEXP '^zzz'", "value RLIKE '.'", "mod(7, 3)", "isnull(value)"],
    "postgres": [
        "to_hex(255)",
        "date_part('second', timestamp '2025-01-01 00:00:01.5')",
        '"as""Is"(7)',
        "left('abc', 2)",
    ],
    "duckdb": ["mod(7, 3)", "list_aggregate([1, 2], 'sum')", "date_part('year', date '2025-01-01')"],
}
"""Expressions that sqlglot would say in words of its own."""


@pytest.mark.parametrize("kind", AS_WRITTEN)
def test_functions_go_to_the_database_as_they_are_written(kind: str, tmp_path: Path) -> None:
    with store_of(kind, tmp_path) as store:
        url = store(GOLDEN)
        if kind == "postgres":
            change(url, """CREATE FUNCTION "as""Is"(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1'""")
        text = "VARCHAR" if kind == "duckdb" else "CHAR" if kind == "mysql" else "text"
        for expression in AS_WRITTEN[kind]:
            told = f"SELECT CAST({expression} AS {text}) FROM contacts ORDER BY id LIMIT 1"
            ((wanted,),) = answer(url, told.replace("contacts ", "(SELECT id, value FROM contacts) AS contacts "))
            view = f"SELECT id, ittid, contact_type, CAST({expression} AS {text}) AS value FROM contacts WHERE id = 1"
            found = pipeline.connect(url, sql_dir=sql_dir(tmp_path, contacts=view)).hotels().to_polars()
            shown = found.get_column("contacts").explode().drop_nulls().struct.field("value").drop_nulls().to_list()
            assert shown == [str(wanted)], expression


@pytest.mark.parametrize("kind", ["NUMERIC", "DECIMAL(9, 2)", "BOOLEAN", "DATE"])
def test_a_cast_that_sqlite_would_get_as_another_one_is_refused(kind: str, tmp_path: Path) -> None:
    with store_of("sqlite", tmp_path) as store:
        url = store(GOLDEN)
        text = f"SELECT id, ittid, contact_type, CAST(value AS {kind}) AS value FROM contacts"
        refused(url, sql_dir(tmp_path, contacts=text), OptionError, "would be one to another type; cast to INTEGER")
        pipeline.connect(url, sql_dir=sql_dir(tmp_path, contacts=text.replace(kind, "TEXT"))).hotels().to_polars()


# --- what will not do -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "it is empty"),
        ("-- nothing", "it is empty"),
        ("SELECT * FROM contacts; SELECT 1", "it has several statements"),
        ("DELETE FROM contacts", "it begins with 'DELETE'"),
        ("UPDATE contacts SET value = ''", "it begins with 'UPDATE'"),
        ("INSERT INTO contacts SELECT * FROM contacts", "it begins with 'INSERT'"),
        ("MERGE INTO contacts USING x ON true WHEN MATCHED THEN DELETE", "it begins with 'MERGE'"),
        ("DROP TABLE contacts", "it begins with 'DROP'"),
        ("COPY contacts TO 'x'", "it begins with 'COPY'"),
        ("CALL x()", "it begins with 'CALL'"),
        ("WITH gone AS (DELETE FROM contacts RETURNING *) SELECT * FROM gone", "it changes data"),
        ("WITH a AS (UPDATE contacts SET id = 1 RETURNING *) SELECT * FROM contacts", "it changes data"),
        ("WITH a AS (INSERT INTO contacts VALUES (1) RETURNING *) SELECT * FROM a", "it changes data"),
        ("SELECT * FROM (WITH a AS (DELETE FROM contacts RETURNING *) SELECT * FROM a) AS b", "it changes data"),
        ("WITH a AS (SELECT 1) DELETE FROM contacts", "it is no SELECT"),
        ("SELECT * INTO other FROM contacts", "its INTO makes a table"),
        ("SELECT * FROM contacts FOR UPDATE", "it locks rows"),
        ("SELECT * FROM contacts WHERE ittid = :ittids", "it has a placeholder"),
        ("SELECT * FROM contacts WHERE ittid = $1", "it has a placeholder"),
        ("SELECT * FROM catalogue_contacts", "catalogue_contacts is a name of Bellhop's own"),
        ("SELECT * FROM CATALOGUE_hotels", "CATALOGUE_hotels is a name of Bellhop's own"),
        ("SELECT * FROM", "it cannot be read as "),
        ("SELECT 'open", "it cannot be read as "),
        (f"SELECT {'replace(' * 200}value{', 1, 2)' * 200} FROM contacts", "it is nested too deep"),
    ],
)
def test_what_is_not_one_select_is_refused(text: str, why: str, url: str, tmp_path: Path) -> None:
    before = answer(url, "SELECT COUNT(*) FROM contacts")
    error = refused(url, sql_dir(tmp_path, contacts=text), OptionError, "contacts.sql' will not do: ", why)
    assert isinstance(error, OptionError)
    assert error.option == "sql_dir"
    assert answer(url, "SELECT COUNT(*) FROM contacts") == before


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("SELECT id, ittid, value FROM contacts", ("contacts has no column contact_type",)),
        ("SELECT id, ittid, kind AS contact_type, value FROM contacts", ("contacts cannot be read", "kind")),
        ("SELECT * FROM no_such_table", ("contacts cannot be read", "no_such_table")),
        ("SELECT *, 'x' AS value FROM contacts", ("contacts has 2 columns value",)),
    ],
)
def test_what_does_not_give_the_columns_is_told_when_connecting(
    text: str, words: tuple[str, ...], url: str, tmp_path: Path
) -> None:
    error = refused(url, sql_dir(tmp_path, contacts=text), CatalogueMismatch, *words)
    assert isinstance(error, CatalogueMismatch)
    assert error.table == "contacts"


@pytest.mark.parametrize("source", [one for one in READINGS if one != "sqlite"], indirect=True)
def test_a_type_that_will_not_do_is_told_when_connecting(url: str, tmp_path: Path) -> None:
    folder = sql_dir(tmp_path, contacts="SELECT id, ittid, contact_type, DATE '2020-01-01' AS value FROM contacts")
    refused(url, folder, CatalogueMismatch, "contacts.value is ", "text is wanted")


@pytest.mark.parametrize("view", ["contacts", "provider_mappings", "hotels", "supplier_summary"])
def test_rows_that_nothing_orders_are_refused_while_reading(view: str, url: str, tmp_path: Path) -> None:
    folder = sql_dir(tmp_path, **{view: f"SELECT * FROM {view} UNION ALL SELECT * FROM {view}"})
    opened = pipeline.connect(url, sql_dir=folder)
    export = opened.export("supplier_summary" if view == "supplier_summary" else "hotels", {})
    words = "more than once, and must not" if view in ("hotels", "supplier_summary") else "has several rows with"
    for use in (lambda: export.write(io.BytesIO(), format="csv"), export.to_polars):
        with pytest.raises(CatalogueMismatch, match=rf"^{view}.* {words}"):
            use()


@pytest.mark.parametrize(
    ("name", "near"),
    [("hotel", "hotels"), ("Hotels", "hotels"), ("mappings", "provider_mappings"), ("summary", "supplier_summary")],
)
@pytest.mark.parametrize("ending", [".sql", ".SQL"])
def test_a_name_that_is_no_views_is_told_with_the_nearest(name: str, near: str, ending: str, tmp_path: Path) -> None:
    with store_of("sqlite", tmp_path) as store:
        folder = sql_dir(tmp_path, contacts="SELECT * FROM contacts")
        (folder / f"{name}{ending}").write_text("SELECT 1")
        refused(store(GOLDEN), folder, OptionError, f"{name}{ending}' will not do", f"the nearest is {near}.sql")


@pytest.fixture
def sqlite_url(tmp_path: Path) -> Iterator[str]:
    with store_of("sqlite", tmp_path) as store:
        yield store(GOLDEN)


def test_a_folder_without_a_file_is_refused(sqlite_url: str, tmp_path: Path) -> None:
    refused(sqlite_url, sql_dir(tmp_path), OptionError, "it has no .sql file")
    refused(sqlite_url, tmp_path / "nowhere", OptionError, "it cannot be read: No such file or directory")
    (tmp_path / "file").touch()
    refused(sqlite_url, tmp_path / "file", OptionError, "it cannot be read: Not a directory")
    for bad in ("", b"sql", 7):
        refused(sqlite_url, bad, OptionError, "it names no folder")


def test_a_file_that_cannot_be_read_is_refused(sqlite_url: str, tmp_path: Path) -> None:
    folder = sql_dir(tmp_path)
    (folder / "hotels.sql").write_bytes(b"SELECT '\xff'")
    refused(sqlite_url, folder, OptionError, "hotels.sql' will not do: it is not UTF-8")
    (folder / "hotels.sql").unlink()
    (folder / "hotels.sql").mkdir()
    refused(sqlite_url, folder, OptionError, "hotels.sql' will not do: it cannot be read: Is a directory")


# --- reads only (F2) --------------------------------------------------------------------------------------------------

CHANGING = "WITH gone AS (DELETE FROM contacts RETURNING *) SELECT COUNT(*) AS records FROM gone"


def test_a_session_changes_nothing_if_the_check_were_gone(url: str, source: str) -> None:
    """The statement goes to the source as it stands, at the outermost level, where PostgreSQL would run it."""
    opened = source_of(url)
    # Others take no DELETE in a WITH; to them it goes alone.
    text = CHANGING if source == "postgres" else "DELETE FROM contacts"
    select: Any = parse_one(text, read=opened.dialect.name)
    before = answer(url, "SELECT COUNT(*) FROM contacts")
    with opened.snapshot() as snapshot, pytest.raises(SourceError, match=r"(?i)read.?only"):
        snapshot.read(Statement(select=select, values={}), HOTELS.pick("id"), "contacts")
    with opened.snapshot() as snapshot, pytest.raises(SourceError):
        snapshot.explain(Statement(select=select, values={}), analyze=True)
    assert answer(url, "SELECT COUNT(*) FROM contacts") == before


def source_of(url: str) -> Source:
    parsed = Url.of(url)
    opened: Source = load(_SOURCES[parsed.scheme][0])(parsed)
    return opened


def test_an_export_with_a_changing_view_fails_if_the_check_were_gone(url: str) -> None:
    opened, before = source_of(url), answer(url, "SELECT COUNT(*) FROM contacts")
    view = parse_one(
        "WITH gone AS (DELETE FROM contacts RETURNING *) SELECT * FROM gone", read=opened.dialect.name, into=exp.Select
    )
    dataset = pipeline.connect(url).hotels().dataset
    with opened.snapshot() as snapshot, pytest.raises(SourceError):
        prepare(opened, snapshot, dataset, {"contacts": view})
    assert answer(url, "SELECT COUNT(*) FROM contacts") == before


def test_connectorx_runs_and_commits_what_the_session_would_not(tmp_path: Path) -> None:
    """Why the session is read-only: ConnectorX itself runs it."""
    import connectorx  # noqa: PLC0415

    with store_of("postgres", tmp_path) as store:
        url = store(GOLDEN)
        connectorx.read_sql(url, CHANGING, return_type="arrow")
        with psycopg.connect(url) as server:
            assert server.execute("SELECT COUNT(*) FROM contacts").fetchone() == (0,)
