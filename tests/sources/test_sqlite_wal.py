"""SQLite files in WAL mode: whoever reads one leaves nothing beside it, whether they may write there or not."""

import datetime as dt
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

import pipeline
from pipeline import SourceUnavailable

NOW = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
HOTELS = 50


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A catalogue that nobody has open."""
    file = tmp_path / "catalogue" / "c.sqlite"
    file.parent.mkdir()
    pipeline.make_catalogue(f"sqlite:///{file}", hotels=HOTELS, now=NOW)
    change(file, "PRAGMA journal_mode = WAL", "UPDATE hotels SET name = name")
    assert beside(file) == []
    return file


@pytest.fixture(params=["writer", "reader"])
def may_write(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether this user may write to the file: root always may."""
    may: bool = request.param == "writer"
    monkeypatch.setattr(os, "access", lambda *_: may)
    return may


def change(file: Path, *statements: str) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement).fetchall()


def beside(file: Path) -> list[str]:
    return sorted(one.name for one in file.parent.iterdir() if one != file)


@pytest.mark.usefixtures("may_write")
def test_nothing_is_left_beside_a_file_that_nobody_has_open(file: Path, tmp_path: Path) -> None:
    before = file.read_bytes()
    export = pipeline.connect(f"sqlite:///{file}").hotels()
    assert export.count() == HOTELS
    assert export.write(tmp_path / "x.csv").records == HOTELS
    assert beside(file) == []
    assert file.read_bytes() == before


def test_who_writes_meanwhile_is_seen(may_write: bool, file: Path, tmp_path: Path) -> None:  # noqa: FBT001 - a fixture
    export = pipeline.connect(f"sqlite:///{file}").hotels()
    export.write(tmp_path / "x.csv")
    before = (tmp_path / "x.csv").read_bytes()

    def write(progress: pipeline.Progress) -> None:
        if not progress.records:
            change(file, "UPDATE hotels SET name = 'changed'")

    if may_write:
        export.write(tmp_path / "x.csv", progress=write)
    else:
        with pytest.raises(SourceUnavailable, match="was changed while it was read"):
            export.write(tmp_path / "x.csv", progress=write)
    assert (tmp_path / "x.csv").read_bytes() == before, "of the moment before, or not written"
    assert beside(file) == []


def test_what_others_have_open_is_left_to_them(file: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE hotels SET name = 'changed'")
        connection.commit()
        pipeline.connect(f"sqlite:///{file}").hotels().write(tmp_path / "x.csv")
        assert (tmp_path / "x.csv").read_text("utf-8-sig").count("changed") == HOTELS
        assert beside(file) == ["c.sqlite-shm", "c.sqlite-wal"]
    assert beside(file) == []
