"""Opening a catalogue for writing: all of it or nothing, whatever fails, and every trouble told."""

import datetime as dt
import json
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline.errors import CatalogueMismatch, OptionError, OutputError, SourceUnavailable, UsageError
from pipeline.loading.base import Store
from pipeline.loading.files import file_to_write
from pipeline.loading.make import make_catalogue
from pipeline.loading.store import STORES, open_store, refresh_summary
from pipeline.schema import CATALOGUE, HOTELS
from tests.loading.given import NOW, summary_of
from tests.loading.rows import COLUMNS, Row, answer, change, column, rows_of

GOLDEN = Path(__file__).parent.parent / "golden" / "catalogue.json"


@pytest.mark.parametrize("failure", [RuntimeError, KeyboardInterrupt])
def test_a_failure_leaves_no_new_file(
    file_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: type[BaseException]
) -> None:
    monkeypatch.setattr(Store, "write_summary", _failing(failure))

    with pytest.raises(failure):
        make_catalogue(file_url, hotels=3, now=NOW)

    assert list(tmp_path.iterdir()) == []


def test_a_failure_leaves_no_rows(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    make_catalogue(url, hotels=0, now=NOW)
    with monkeypatch.context() as patch:
        patch.setattr(Store, "write_summary", _failing(RuntimeError))
        with pytest.raises(RuntimeError):
            make_catalogue(url, hotels=3, now=NOW)

    assert {table: len(rows_of(url, table)) for table in COLUMNS} == dict.fromkeys(COLUMNS, 0)


def _failing(failure: type[BaseException]) -> Any:  # noqa: ANN401 - stands in for a method
    def fail(_store: Store, _now: dt.datetime) -> int:
        raise failure

    return fail


@pytest.mark.parametrize(
    ("server", "tables"),
    [
        ("postgres_url", "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"),
        ("mysql_url", "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()"),
    ],
)
def test_a_failure_leaves_no_tables_on_a_server(
    server: str, tables: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = request.getfixturevalue(server)
    monkeypatch.setattr(Store, "write_summary", _failing(RuntimeError))

    with pytest.raises(RuntimeError):
        make_catalogue(url, hotels=3, now=NOW)

    assert answer(url, tables) == []


def test_a_file_that_appears_meanwhile_is_not_overwritten(file_url: str, tmp_path: Path) -> None:
    path = tmp_path / file_url.rpartition("/")[2]

    with pytest.raises(OutputError, match="exists"), open_store(file_url) as store:
        _overtake(store, path)

    assert path.read_text() == "somebody else's"
    assert list(tmp_path.iterdir()) == [path]


def _overtake(store: Store, path: Path) -> None:
    store.create_tables()
    path.write_text("somebody else's")


def test_two_cannot_write_one_file(file_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    make_catalogue(file_url, hotels=0, now=NOW)
    monkeypatch.setattr("pipeline.loading.sqlite._WAIT_SECONDS", 0.1)

    with open_store(file_url) as first:
        first.create_tables()
        with pytest.raises(OutputError, match="cannot be written"), open_store(file_url):
            pass

    make_catalogue(file_url, hotels=1, now=NOW)
    assert len(rows_of(file_url, "hotels")) == 1


def test_what_is_no_database_is_left_as_it_was(file_url: str, tmp_path: Path) -> None:
    path = tmp_path / file_url.rpartition("/")[2]
    path.write_text("no database, " * 200)

    with pytest.raises(OutputError, match=path.name) as caught:
        make_catalogue(file_url, hotels=1, now=NOW)

    assert caught.value.path == path
    assert path.read_text() == "no database, " * 200


def test_a_folder_that_is_not_there_is_told(file_url: str) -> None:
    with pytest.raises(OutputError, match="No such file"):
        make_catalogue(file_url.replace("catalogue.", "no/catalogue."), hotels=1, now=NOW)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mssql://root:secret@localhost/hotels", "mssql:// cannot be written"),
        ("mysql://root:secret@localhost", "names no host and database"),
        ("mysql://root:secret@localhost/hotels?no_such=1", "no option 'no_such'"),
        ("catalogue.duckdb", "no URL"),
        ("duckdb:///", "names no file"),
        ("duckdb:///:memory:", "names no file"),
        ("duckdb://catalogue.duckdb", "names no file"),
        ("sqlite://here/catalogue.sqlite", "names no file"),
        ("duckdb:///a#b.duckdb", "%23 for #"),
        ("sqlite:///a.sqlite?mode=ro", "takes no options"),
        ("postgresql://user:secret?x@h", "cannot be taken apart"),
        ("postgresql://user:secret@h/db?no_such=1", "not one that PostgreSQL takes"),
    ],
)
def test_a_url_that_will_not_do_is_told(url: str, said: str) -> None:
    with pytest.raises(OptionError, match=said) as caught:
        make_catalogue(url, hotels=1, now=NOW)

    assert "sec" not in str(caught.value)


def test_a_url_with_options_of_reading_will_do_for_writing_too(postgres_url: str, mysql_url: str) -> None:
    for url in (f"{postgres_url}?read_timeout=60&read_by=holder", f"{mysql_url}?read_timeout=60&consistency=chunk"):
        make_catalogue(url, hotels=3, now=NOW)
        assert refresh_summary(url, now=NOW) == len(rows_of(url.partition("?")[0], "supplier_summary"))


def test_a_server_that_does_not_answer_is_told_without_the_password() -> None:
    with pytest.raises(SourceUnavailable, match=r"127\.0\.0\.1:1/hotels") as caught:
        make_catalogue("postgresql://root:secret@127.0.0.1:1/hotels", hotels=1, now=NOW)

    assert "secret" not in str(caught.value)


def test_a_driver_that_is_missing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "pipeline.loading.postgres", raising=False)
    monkeypatch.setitem(sys.modules, "psycopg", None)

    with pytest.raises(UsageError, match=r"bellhop\[postgres\]"):
        open_store("postgresql://root@127.0.0.1/hotels")


def test_a_table_that_lacks_a_column_is_told(url: str) -> None:
    make_catalogue(url, hotels=0, now=NOW)
    change(url, "DROP TABLE contacts", "CREATE TABLE contacts (id INTEGER, ittid VARCHAR(100))")

    with pytest.raises(CatalogueMismatch, match=r"contacts .* has no column contact_type") as caught:
        make_catalogue(url, hotels=1, now=NOW)

    assert (caught.value.table, caught.value.column) == ("contacts", "contact_type")


def test_a_table_that_refuses_a_row_is_told(url: str) -> None:
    make_catalogue(url, hotels=0, now=NOW)
    ittid = f"ittid VARCHAR(100) {'COLLATE utf8mb4_nopad_bin' if url.startswith('mysql') else ''}"
    columns = f"id INTEGER, {ittid}, chain_name VARCHAR(9) NOT NULL, chain_code VARCHAR(9) NOT NULL"
    change(url, "DROP TABLE chains", f"CREATE TABLE chains ({columns}, brand_name VARCHAR(9))")

    with pytest.raises(CatalogueMismatch, match="refuses"):
        make_catalogue(url, hotels=100, now=NOW)

    assert rows_of(url, "hotels") == []


def test_the_golden_summary_comes_out_of_the_golden_catalogue(url: str) -> None:
    golden = json.loads(GOLDEN.read_text("utf-8"))
    with open_store(url) as store:
        store.create_tables()
        for table in CATALOGUE[:4]:
            store.append(table, _frame(golden[table.name]).select(table.names).drop("id"))
        store.write_summary(dt.datetime(2026, 1, 1, tzinfo=dt.timezone(dt.timedelta(0))))

    found = rows_of(url, "supplier_summary")
    assert [{name: str(cell) for name, cell in row.items()} for row in found] == [
        {name: str(cell) for name, cell in row.items()} for row in golden["supplier_summary"]
    ]


def _frame(rows: list[Row]) -> pl.DataFrame:
    return pl.DataFrame(rows, infer_schema_length=None).with_columns(
        pl.col("^(created|updated)_at$").str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us")
    )


def test_a_summary_is_counted_anew(url: str) -> None:
    make_catalogue(url, hotels=100, now=NOW)
    gone = str(rows_of(url, "supplier_summary")[0]["provider_name"])
    change(url, "DELETE FROM provider_mappings WHERE provider_name = '{}'".format(gone.replace("'", "''")))

    later = NOW + dt.timedelta(days=1)
    count = refresh_summary(url, now=later)

    rows = {table: rows_of(url, table) for table in COLUMNS}
    assert [tuple(row.values())[1:] for row in rows["supplier_summary"]] == summary_of(rows, later.replace(tzinfo=None))
    assert count == len(rows["supplier_summary"])


def test_ids_go_on_after_the_made_ones_on_a_server(postgres_url: str) -> None:
    make_catalogue(postgres_url, hotels=10, now=NOW)

    change(postgres_url, "INSERT INTO hotels (ittid, name) VALUES ('new', 'New')")

    assert rows_of(postgres_url, "hotels")[-1]["id"] == 11


def test_ids_of_a_summary_counted_anew_go_on_too(postgres_url: str) -> None:
    make_catalogue(postgres_url, hotels=0, now=NOW)
    change(
        postgres_url,
        "INSERT INTO hotels (ittid, name) VALUES ('1', 'One')",
        "INSERT INTO provider_mappings (ittid, provider_name, provider_id, system_type) VALUES ('1', 'ean', '1', 'a')",
    )

    refresh_summary(postgres_url, now=NOW)
    change(
        postgres_url,
        "INSERT INTO supplier_summary (provider_name, total_hotels, total_mappings, summary_generated_at)"
        " VALUES ('agoda', 0, 0, now())",
    )

    assert column(rows_of(postgres_url, "supplier_summary"), "id") == [1, 2]


def test_ids_given_out_on_a_server_are_not_given_out_again(postgres_url: str) -> None:
    make_catalogue(postgres_url, hotels=0, now=NOW)
    change(postgres_url, "SELECT setval(pg_get_serial_sequence('hotels', 'id'), 500)")

    make_catalogue(postgres_url, hotels=3, now=NOW)
    change(postgres_url, "INSERT INTO hotels (ittid, name) VALUES ('new', 'New')")

    assert rows_of(postgres_url, "hotels")[-1]["id"] == 501


@contextmanager
def disk_of(size: int) -> Iterator[None]:
    """No file can grow over this size meanwhile."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("percent", [1, 30, 80, 98])
def test_a_full_disk_leaves_nothing(file_url: str, tmp_path: Path, percent: int) -> None:
    """Towards the end DuckDB has committed and fails at its checkpoint, of which closing says nothing."""
    path = tmp_path / file_url.rpartition("/")[2]
    make_catalogue(file_url, hotels=2_000, now=NOW)
    size = path.stat().st_size
    path.unlink()

    with disk_of(size * percent // 100), pytest.raises(OutputError, match="cannot be written: "):
        make_catalogue(file_url, hotels=2_000, now=NOW)

    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_a_file_as_it_was(file_url: str) -> None:
    make_catalogue(file_url, hotels=0, now=NOW)

    with disk_of(3_000_000), pytest.raises(OutputError, match="cannot be written"):
        make_catalogue(file_url, hotels=20_000, now=NOW)

    assert {table: len(rows_of(file_url, table)) for table in COLUMNS} == dict.fromkeys(COLUMNS, 0)
    assert make_catalogue(file_url, hotels=10, now=NOW)["hotels"] == 10


@pytest.mark.parametrize("left", [".wal", "-journal"])
def test_a_file_is_not_published_without_its_other_half(tmp_path: Path, left: str) -> None:
    path = tmp_path / "c.duckdb"

    with pytest.raises(OutputError, match="left a part"), file_to_write(path) as draft:
        _touch(draft, draft.with_name(draft.name + left))

    assert list(tmp_path.iterdir()) == []


def _touch(*paths: Path) -> None:
    for path in paths:
        path.touch()


def test_a_killed_writer_leaves_no_file_under_the_name(file_url: str, tmp_path: Path) -> None:
    program = (
        "import datetime as dt, os, signal\nfrom pipeline.loading.base import Store\n"
        "from pipeline.loading.make import make_catalogue\n"
        "Store.settle_all = lambda self: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"make_catalogue({file_url!r}, hotels=10, now=dt.datetime(2026, 1, 1))"
    )

    done = subprocess.run([sys.executable, "-c", program], check=False)

    assert done.returncode == -signal.SIGKILL
    assert not (tmp_path / file_url.rpartition("/")[2]).exists()
    assert make_catalogue(file_url, hotels=10, now=NOW)["hotels"] == 10


def test_the_order_by_code_point_has_an_index_on_a_server(postgres_url: str) -> None:
    make_catalogue(postgres_url, hotels=2_000, now=NOW)

    plan = answer(postgres_url, 'EXPLAIN SELECT ittid FROM hotels ORDER BY ittid COLLATE "C" LIMIT 5')

    assert "Index Only Scan" in plan[1][0]


def test_a_made_file_says_nothing_on_the_way_out(tmp_path: Path) -> None:
    program = (
        "import datetime as dt\nfrom pipeline.loading.make import make_catalogue\n"
        f"make_catalogue('duckdb:///{tmp_path}/c.duckdb', hotels=10, now=dt.datetime(2026, 1, 1))"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert (done.stdout, done.stderr) == ("", "")


def test_every_store_is_tested() -> None:
    # The fixture `url` has them all; some have two names.
    assert {*STORES} - {"postgres", "mariadb"} == {"duckdb", "sqlite", "postgresql", "mysql"}


def test_an_empty_frame_adds_nothing(file_url: str) -> None:
    with open_store(file_url) as store:
        store.create_tables()
        assert store.append(HOTELS, pl.DataFrame({"ittid": [], "name": []})) == 0


def test_a_file_system_without_links_will_do(file_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.link", refuse)

    make_catalogue(file_url, hotels=2, now=NOW)

    assert len(rows_of(file_url, "hotels")) == 2


def test_who_may_not_write_to_a_server_is_told(mysql_url: str) -> None:
    name = mysql_url.rpartition("/")[2]
    change(mysql_url, f"CREATE USER '{name[-30:]}'", f"GRANT SELECT ON {name}.* TO '{name[-30:]}'")
    try:
        with pytest.raises(OutputError, match="CREATE command denied"):
            make_catalogue(mysql_url.replace("root@", f"{name[-30:]}@"), hotels=1, now=NOW)
    finally:
        change(mysql_url, f"DROP USER '{name[-30:]}'")


def test_wide_rows_are_written_in_several_statements(mysql_url: str, capfd: pytest.CaptureFixture[str]) -> None:
    with open_store(mysql_url) as store:
        store.create_tables()
    wide = pl.DataFrame({"id": range(1, 601), "ittid": map(str, range(600)), "address_line1": ["w" * 40_000] * 600})
    moments = dict.fromkeys(("created_at", "updated_at"), NOW.replace(tzinfo=None))
    rest = pl.DataFrame(wide.with_columns(pl.lit("n").alias("name"), *(pl.lit(m).alias(n) for n, m in moments.items())))
    with open_store(mysql_url) as store:
        store.create_tables()
        store.insert("hotels", rest)
    assert answer(mysql_url, "SELECT COUNT(*), SUM(LENGTH(address_line1)) FROM hotels") == [(600, 24_000_000)]
    assert capfd.readouterr().err == "", "nobody is told that tables are there already"


def test_a_server_that_may_only_be_read_is_told(postgres_url: str) -> None:
    with pytest.raises(OutputError, match="read-only"):
        make_catalogue(f"{postgres_url}?options=-c%20default_transaction_read_only%3Don", hotels=1, now=NOW)
