"""Whether a catalogue has changed is proved or not known: by its files, or by what its operator asks it."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

import pipeline
from pipeline import CatalogueMismatch, OptionError
from pipeline.catalogue import Catalogue
from pipeline.catalogue_version import Version
from tests.model import load_catalogue
from tests.require import mysql_login
from tests.stored import store_in_duckdb, store_in_mysql, store_in_sqlite

GOLDEN = load_catalogue(Path(__file__).parent / "golden/catalogue.json")


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.catalogue_version._SETTLED_NS", 0)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return Path(store_in_duckdb(tmp_path, GOLDEN).removeprefix("duckdb:///"))


def version(catalogue: Catalogue) -> Version | None:
    with catalogue.mappings().at_one_moment() as held:
        return held.version


def token(file: Path) -> str | None:
    found = version(pipeline.connect(f"{file.suffix[1:]}:///{file}"))
    return None if found is None else found.token


def test_a_file_that_was_just_changed_has_no_version(file: Path) -> None:
    file.touch()
    assert token(file) is None


def written_in_place(file: Path) -> None:
    """With the same length, and the time set back."""
    before = file.stat()
    content = bytearray(file.read_bytes())
    with file.open("r+b") as opened:
        opened.write(content)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def replaced(file: Path) -> None:
    """By a copy with the same times."""
    copy = shutil.copy2(file, file.with_suffix(".copy"))
    Path(copy).replace(file)


def changed(file: Path) -> None:
    with duckdb.connect(str(file)) as connection:
        connection.execute("UPDATE hotels SET name = 'x'")


def journaled(file: Path) -> None:
    Path(f"{file}.wal").write_bytes(b"changes")


@pytest.mark.usefixtures("settled")
@pytest.mark.parametrize("change", [written_in_place, replaced, changed, journaled])
def test_whatever_is_done_to_a_file_gives_another_version(file: Path, change: Callable[[Path], None]) -> None:
    with pipeline.connect(f"duckdb:///{file}").mappings().at_one_moment() as held:
        before = held.version
        assert before is not None
        assert before.still_holds()
    assert token(file) == before.token
    change(file)
    assert not before.still_holds()
    file.with_name(f"{file.name}.wal").unlink(missing_ok=True)
    if change is not journaled:
        assert token(file) != before.token


@pytest.mark.usefixtures("settled")
def test_an_sqlite_file_has_one_too(tmp_path: Path) -> None:
    file = Path(store_in_sqlite(tmp_path, GOLDEN).removeprefix("sqlite:///"))
    first = token(file)
    assert first is not None
    assert token(file) == first
    Path(f"{file}-wal").write_bytes(b"changes")
    assert token(file) != first


@pytest.mark.usefixtures("settled")
def test_who_reads_an_sqlite_file_in_wal_mode_does_not_change_it(tmp_path: Path) -> None:
    file = Path(store_in_sqlite(tmp_path, GOLDEN).removeprefix("sqlite:///"))
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    export = pipeline.connect(f"sqlite:///{file}").mappings()
    with export.at_one_moment() as held:
        assert held.version is not None
        assert held.count() > 0
        assert held.version.still_holds()
        held.write(tmp_path / "x.csv")
        assert held.version.still_holds()
    assert held.version.still_holds()


@pytest.mark.usefixtures("settled")
def test_an_operator_can_say_it_of_any_catalogue(file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "sql"
    folder.mkdir()

    def told(select: str) -> str | None:
        (folder / "version.sql").write_text(select)
        found = version(pipeline.connect(f"duckdb:///{file}", sql_dir=folder))
        return None if found is None else found.token

    assert told("SELECT 'load 7' AS version") == "load 7"
    assert told("SELECT CAST(NULL AS varchar) AS version") is None
    assert told("SELECT '' AS version") is None
    assert told("SELECT 'x' AS version WHERE false") is None
    assert told("SELECT ittid AS version FROM hotels") is None
    with pytest.raises(CatalogueMismatch, match="version"):
        told("SELECT 'x' AS number")
    for wrong in ("DELETE FROM hotels", "SELECT 1; SELECT 2", "SELECT $x AS version"):
        with pytest.raises(OptionError, match=r"version\.sql' will not do"):
            told(wrong)


def test_a_set_of_transactions_stands_in_a_variable(mysql_url: str, tmp_path: Path) -> None:
    store_in_mysql(mysql_url, GOLDEN)
    with closing(mysql_login(mysql_url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT @@GLOBAL.version")
        (expected,) = cursor.fetchone() or (None,)
    (tmp_path / "version.sql").write_text("SELECT @@GLOBAL.version AS version")
    found = version(pipeline.connect(mysql_url, sql_dir=tmp_path))
    assert found is not None
    assert found.token == expected
    assert found.still_holds()
    (tmp_path / "hotels.sql").write_text("SELECT @@GLOBAL.version AS name FROM hotels")
    with pytest.raises(OptionError, match=r"hotels\.sql' will not do"):
        pipeline.connect(mysql_url, sql_dir=tmp_path)
