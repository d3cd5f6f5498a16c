"""``bellhop indexes``: what is missing is told and built, and then no filter that finds few reads all of a table."""

import datetime as dt
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner, Result

import pipeline
from pipeline.cli import app
from pipeline.export import Export
from pipeline.prepare import prepare
from pipeline.schema import CATALOGUE
from tests import require
from tests.stored import empty_url

ROOT = Path(__file__).parents[1]
NOW = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
HOTELS = 4_000
SOURCES = ("postgres", "mysql", "sqlite")
TABLES = ("hotels", "locations", "contacts", "provider_mappings")
NONE_SERVES = {"postgres": set[str](), "mysql": {"min_rating"}, "sqlite": {"date_from"}}
"""The filters that no index of a database serves."""

Run = Callable[[str], list[tuple[object, ...]]]
"""Runs one statement by another's driver."""


def bellhop(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def lines_of(told: str) -> list[tuple[str, str, str, str]]:
    """Filter, index, state and cost of each line of the last table that was told."""
    last = told.rpartition("cost now\n")[2].splitlines()
    cells = [re.split(r"\s{2,}", line.strip()) for line in last if not line.startswith("nothing")]
    return [(one[0], one[1], one[2], one[3]) for one in cells]


def running(source: str, url: str) -> Run:
    """The way to run statements in a source, each committed at once."""

    def on_postgres(text: str) -> list[tuple[object, ...]]:
        with psycopg.connect(url, autocommit=True) as connection:
            cursor = connection.execute(text.encode())
            return cursor.fetchall() if cursor.description else []

    def on_mysql(text: str) -> list[tuple[object, ...]]:
        with require.mysql_login(url) as connection, connection.cursor() as cursor:
            cursor.execute(text)
            return list(cursor.fetchall())

    def on_sqlite(text: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as connection:
            return connection.execute(text).fetchall()

    return {"postgres": on_postgres, "mysql": on_mysql, "sqlite": on_sqlite}[source]


def bare(source: str, run: Run) -> None:
    """Tables with the same rows, and no index but of their ids; PostgreSQL's are of the database's own collation."""
    if source == "postgres":
        run("ALTER TABLE hotels DROP CONSTRAINT hotels_ittid_key")
    for table in TABLES:
        if source == "postgres":
            run(f'ALTER TABLE {table} ALTER COLUMN ittid TYPE text COLLATE pg_catalog."default"')
        if source == "sqlite":
            run(f"CREATE TABLE bare AS SELECT * FROM {table}")
            (declared,) = run(f"SELECT sql FROM sqlite_master WHERE name = '{table}'")
            run(f"DROP TABLE {table}")
            run(str(declared[0]).replace(" UNIQUE", ""))
            run(f"INSERT INTO {table} SELECT * FROM bare")
            run("DROP TABLE bare")
        for name in indexes_in(source, run, table):
            run(f"DROP INDEX {name}" if source != "mysql" else f"ALTER TABLE {table} DROP INDEX {name}")


def indexes_in(source: str, run: Run, table: str) -> list[str]:
    """The names of a table's indexes, its ids' aside, by the database's own word."""
    asked = {
        "postgres": f"SELECT indexname FROM pg_indexes WHERE tablename = '{table}' AND indexname <> '{table}_pkey'",
        "mysql": "SELECT DISTINCT index_name FROM information_schema.statistics"
        f" WHERE table_schema = DATABASE() AND table_name = '{table}' AND index_name <> 'PRIMARY'",
        "sqlite": f"SELECT name FROM pragma_index_list('{table}')",
    }
    return [str(name) for (name,) in run(asked[source])]


def analyze(source: str, run: Run) -> None:
    """Let the planner know the tables. SQLite's would take every list for 25 values of average number."""
    for table in TABLES if source != "sqlite" else ():
        run(f"ANALYZE {'TABLE ' if source == 'mysql' else ''}{table}")


@pytest.fixture(params=SOURCES)
def stored(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str, Run]]:
    """A source with a catalogue as Bellhop makes it, its URL, and a way in beside Bellhop."""
    with empty_url(request.param, tmp_path) as url:
        pipeline.make_catalogue(url, hotels=HOTELS, now=NOW)
        yield request.param, url, running(request.param, url)


def selective(run: Run) -> dict[tuple[str, str], dict[str, object]]:
    """Filters that find few, by export and filter, by values that are there."""

    def value(text: str) -> str:
        return str(run(text)[0][0])

    def rarest(table: str, column: str) -> str:
        where = f"WHERE {column} IS NOT NULL AND {column} <> ''"
        return value(f"SELECT {column} FROM {table} {where} GROUP BY {column} ORDER BY COUNT(*), {column} LIMIT 1")

    def latest(table: str) -> str:
        return value(f"SELECT MAX(updated_at) FROM {table} WHERE updated_at < '2026-01-02'")[:10]

    ittid = value("SELECT MIN(ittid) FROM provider_mappings WHERE ittid IN (SELECT ittid FROM hotels)")
    return {
        ("hotels", "ittids"): {"ittids": [ittid]},
        ("hotels", "property_types"): {"property_types": [rarest("hotels", "property_type")]},
        ("hotels", "min_rating"): {"min_rating": 4.999, "max_rating": 4.9995},
        ("hotels", "date_from"): {"date_from": latest("hotels")},
        ("hotels", "country_codes"): {"country_codes": [rarest("locations", "country_code")]},
        ("hotels", "suppliers"): {"suppliers": [rarest("provider_mappings", "provider_name")]},
        ("mappings", "ittids"): {"ittids": [ittid]},
        ("mappings", "suppliers"): {"suppliers": [rarest("provider_mappings", "provider_name")]},
        ("mappings", "date_from"): {"date_from": latest("provider_mappings")},
    }


FILTERED = {"country_codes": "locations", "suppliers": "provider_mappings"}
"""The table that a filter of hotels looks into; the records' own if none is named."""


def whole_reads(source: str, plan: str) -> set[str]:
    """The tables that a plan reads from end to end."""
    if source == "postgres":
        return set(re.findall(r"Seq Scan on (\w+)", plan))
    if source == "sqlite":
        return set(re.findall(r"SCAN (\w+)", plan))
    return {cells[2] for cells in (line.split("\t") for line in plan.splitlines()) if {"ALL", "index"} & {*cells[3:5]}}


def test_a_catalogue_that_bellhop_made_lacks_nothing(stored: tuple[str, str, Run]) -> None:
    source, url, _ = stored
    result = bellhop("indexes", url)
    assert result.exit_code == 0, result.stderr
    lines = lines_of(result.stdout)
    assert len(lines) == 12
    assert {state for _, _, state, _ in lines} <= {"there", "-"}
    assert {name.split()[-1] for name, _, state, _ in lines if state == "-"} == NONE_SERVES[source]


def test_what_is_missing_is_told_built_and_then_used(stored: tuple[str, str, Run]) -> None:
    source, url, run = stored
    bare(source, run)
    before = bellhop("indexes", url)
    assert before.exit_code == 0, before.stderr
    assert {state for _, _, state, _ in lines_of(before.stdout)} <= {"missing", "-"}
    assert all(indexes_in(source, run, table) == [] for table in TABLES)
    assert "reads all of hotels" in {line[0]: line[3] for line in lines_of(before.stdout)}["hotels by ittids"]

    applied = bellhop("indexes", url, "--apply")
    assert applied.exit_code == 0, applied.stderr
    built = {table: set(indexes_in(source, run, table)) for table in TABLES}
    assert applied.stderr.count(" was built in ") == sum(map(len, built.values()))
    lines = lines_of(applied.stdout)
    assert {name.split()[-1] for name, _, state, _ in lines if state != "there"} == NONE_SERVES[source]
    assert all("reads all of" not in cost for _, _, state, cost in lines if state == "there")

    again = bellhop("indexes", url, "--apply")
    assert (again.exit_code, again.stderr) == (0, "")
    assert again.stdout.endswith("nothing to build\n")
    assert {table: set(indexes_in(source, run, table)) for table in TABLES} == built

    analyze(source, run)
    with pipeline.connect(url) as catalogue:
        for (export, name), filters in selective(run).items():
            if name in NONE_SERVES[source]:
                continue
            chosen = catalogue.export(export, filters)
            assert chosen.count() < HOTELS / 4, f"{name} is not selective"
            filtered = "provider_mappings" if export == "mappings" else FILTERED.get(name, "hotels")
            for plan in plans(chosen, filtered):
                assert filtered not in whole_reads(source, plan), f"{export} by {name}:\n{plan}"


def plans(export: Export, filtered: str) -> list[str]:
    """The plans of what an export runs: the counting, the records, and the rows of the tables beside the filtered one.

    Rows of the filtered table itself name its view twice, which PostgreSQL then reads once and whole.
    """
    with export.source.snapshot() as snapshot:
        plan = replace(prepare(export.source, snapshot, export.dataset).plan, is_semi_joined=True)
        others = [table for table in plan.related if table.view != filtered]
        rows = [plan.as_they_come(table) for table in (plan.records, *others)]
        return [snapshot.explain(statement) for statement in (plan.row_count(plan.records), *rows)]


@pytest.mark.parametrize("source", ["mysql", "sqlite"])
def test_a_filter_that_no_index_serves_is_told(source: str, tmp_path: Path) -> None:
    with empty_url(source, tmp_path) as url:
        pipeline.make_catalogue(url, hotels=50, now=NOW)
        told = {line[0]: line for line in lines_of(bellhop("indexes", url).stdout)}
    (name,) = NONE_SERVES[source]
    _, index, state, cost = told[f"hotels by {name}"]
    assert (index, state) == (f"none serves it in {source}", "-")
    assert cost.endswith("reads all of hotels")


def test_postgres_lets_others_write_while_it_builds_and_drops_what_a_broken_build_left(postgres_url: str) -> None:
    pipeline.make_catalogue(postgres_url, hotels=HOTELS, now=NOW)
    run = running("postgres", postgres_url)
    run("DROP INDEX hotels_updated_at")
    run("CREATE INDEX hotels_updated_at ON hotels (updated_at)")
    run("UPDATE pg_index SET indisvalid = FALSE WHERE indexrelid = 'hotels_updated_at'::regclass")
    with psycopg.connect(postgres_url) as older:  # its lock keeps the build waiting for as long as it lasts
        older.execute("UPDATE hotels SET name = 'older' WHERE id = 1")
        command = [sys.executable, "-m", "pipeline.cli", "indexes", postgres_url, "--apply"]
        building = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
        waiting = (
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ~ 'INDEX CONCURRENTLY'"
        )
        try:
            while building.poll() is None and run(waiting) == [(0,)]:
                pass
            assert building.poll() is None, building.communicate()
            run("SET lock_timeout = '1s'; UPDATE hotels SET name = 'written' WHERE id = 2")
        except BaseException:
            building.kill()
            raise
    _, told = building.communicate(timeout=60)
    assert building.returncode == 0, told
    assert "hotels_updated_at was built" in told
    assert run("SELECT indisvalid FROM pg_index WHERE indexrelid = 'hotels_updated_at'::regclass") == [(True,)]
    assert run("SELECT name FROM hotels WHERE id IN (1, 2) ORDER BY id") == [("older",), ("written",)]


def test_an_index_of_more_columns_and_another_name_counts(stored: tuple[str, str, Run]) -> None:
    _, url, run = stored
    source = stored[0]
    run("DROP INDEX hotels_property_type" + (" ON hotels" if source == "mysql" else ""))
    run("CREATE INDEX theirs ON hotels (property_type, ittid)")
    told = {line[0]: line for line in lines_of(bellhop("indexes", url).stdout)}
    assert told["hotels by property_types"][1:3] == ("theirs", "there")


def test_duckdb_needs_none(tmp_path: Path) -> None:
    url = f"duckdb:///{tmp_path}/c.duckdb"
    pipeline.make_catalogue(url, hotels=5, now=NOW)
    for flags in ((), ("--apply",)):
        result = bellhop("indexes", url, *flags)
        assert (result.exit_code, result.stderr) == (0, "")
        assert "needs no indexes" in result.stdout


def test_looking_needs_no_right_to_write_and_leaves_nothing(tmp_path: Path) -> None:
    file = tmp_path / "c.sqlite"
    pipeline.make_catalogue(f"sqlite:///{file}", hotels=50, now=NOW)
    before = file.read_bytes()
    assert bellhop("indexes", f"sqlite:///{file}").exit_code == 0
    assert list(tmp_path.iterdir()) == [file]
    assert file.read_bytes() == before


def test_a_reader_may_look_and_not_build(postgres_url: str) -> None:
    pipeline.make_catalogue(postgres_url, hotels=50, now=NOW)
    run = running("postgres", postgres_url)
    run("DROP INDEX hotels_updated_at")
    role = f"{postgres_url.rpartition('/')[2]}_reader"
    run(f"CREATE ROLE {role} LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")
    try:
        reader = re.sub(r"//[^@]*@", f"//{role}@", postgres_url)
        assert bellhop("indexes", reader).exit_code == 0
        refused = bellhop("indexes", reader, "--apply")
        assert refused.exit_code == 4
        assert "must be owner of table hotels" in refused.stderr
    finally:
        run(f"DROP OWNED BY {role}; DROP ROLE {role}")


@pytest.mark.parametrize("source", ["postgres", "mysql", "sqlite"])
def test_an_index_that_cannot_be_built_does_not_keep_the_others_away(source: str, tmp_path: Path) -> None:
    with empty_url(source, tmp_path) as url:
        pipeline.make_catalogue(url, hotels=50, now=NOW)
        run = running(source, url)
        for table, column in (("hotels", "property_type"), ("locations", "country_code")):
            run(f"DROP INDEX {table}_{column}" + (f" ON {table}" if source == "mysql" else ""))
        run("CREATE INDEX hotels_property_type ON hotels (name)")
        told = bellhop("indexes", url, "--apply")
        assert told.exit_code == 4
        assert "hotels_property_type was not built: " in told.stderr
        assert "1 of 2 indexes were not built, for the reasons above: hotels_property_type" in told.stderr
        states = {index: state for _, index, state, _ in lines_of(told.stdout)}
        assert states["hotels_property_type"] == "missing"
        assert states["locations_country_code"] == "there"


def test_options_of_reading_do_no_harm(postgres_url: str, mysql_url: str) -> None:
    for url in (postgres_url, mysql_url):
        pipeline.make_catalogue(url, hotels=50, now=NOW)
    for url in (f"{postgres_url}?read_timeout=60&read_by=holder", f"{mysql_url}?read_timeout=60"):
        assert bellhop("indexes", url, "--apply").exit_code == 0


@pytest.mark.parametrize("arguments", [("nix://c",), ("no url",)])
def test_a_wrong_url_is_one_sentence(arguments: tuple[str, ...]) -> None:
    result = bellhop("indexes", *arguments)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)


def test_a_missing_file_or_table_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "c.sqlite"
    missing = bellhop("indexes", f"sqlite:///{file}", "--apply")
    assert (missing.exit_code, missing.stderr.count("\n"), file.exists()) == (3, 1, False)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE hotels (ittid TEXT)")
    told = bellhop("indexes", f"sqlite:///{file}", "--apply")
    assert (told.exit_code, told.stderr.count("\n")) == (3, 1)
    assert CATALOGUE[0].name in told.stderr
