"""Slabs and what is cut from them: every row once, in order, whatever the sizes, and nothing that was not counted."""

import datetime as dt
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import pipeline
from pipeline import IncompleteRead, OutputError, SourceUnavailable
from pipeline.catalogue import Catalogue
from pipeline.chunks import Chunk, KeyRange
from pipeline.datasets.base import Reading
from pipeline.dialects import DUCKDB
from pipeline.prepare import prepare
from pipeline.query import Plan
from pipeline.schema import HOTELS
from pipeline.sources.dealt import DealtSelection
from pipeline.sources.id_ranges import Ids
from pipeline.sources.slabs import MOST_SLABS, Slab, Slabs, bounds_among, sample_step
from tests.stored import READINGS, empty_url, store_in_duckdb

NOW = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)

ROWS = st.lists(st.tuples(st.text("ab😀", max_size=3), st.integers(0, 9)), max_size=60)


def frame(rows: list[tuple[str, int]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"ittid": pl.String, "id": pl.Int64}, orient="row")


def rows_of(slab: Slab, table: str) -> list[tuple[Any, ...]]:
    rows = slab.table(table)
    return [] if rows is None else rows.rows()


# --- slabs ----------------------------------------------------------------------------------------------------------


@given(
    st.lists(st.tuples(st.sampled_from(["hotels", "contacts"]), ROWS), max_size=4),
    st.lists(st.text("ab😀", max_size=3), unique=True, max_size=4),
    st.integers(1, 30),
)
def test_slabs_give_every_row_once_in_the_order_of_keys_and_of_coming(
    batches: list[tuple[str, list[tuple[str, int]]]], bounds: list[str], slab_rows: int
) -> None:
    with tempfile.TemporaryFile() as file:
        slabs = Slabs(file, "ittid", pl.Series(sorted(bounds), dtype=pl.String), slab_rows)
        for table, rows in batches:
            slabs.add(table, frame(rows))
        found = [{table: rows_of(slab, table) for table in ("hotels", "contacts")} for slab in slabs.fitting()]
    for table in ("hotels", "contacts"):
        came = [row for of_table, rows in batches if of_table == table for row in rows]
        for key in {row[0] for row in came}:
            (holding,) = (slab[table] for slab in found if any(row[0] == key for row in slab[table]))
            assert [row for row in holding if row[0] == key] == [row for row in came if row[0] == key]
        assert sorted(row for slab in found for row in slab[table]) == sorted(came)
    keys = [sorted({row[0] for rows in slab.values() for row in rows}) for slab in found]
    assert [key for slab in keys for key in slab] == sorted(key for slab in keys for key in slab)


@given(ROWS, st.integers(1, 10))
def test_a_slab_that_is_too_large_is_parted_as_far_as_its_keys_go(rows: list[tuple[str, int]], slab_rows: int) -> None:
    with tempfile.TemporaryFile() as file:
        slabs = Slabs(file, "ittid", pl.Series([], dtype=pl.String), slab_rows)
        slabs.add("hotels", frame(rows))
        for slab in slabs.fitting():
            keys = {row[0] for row in rows_of(slab, "hotels")}
            assert slab.rows <= 2 * slab_rows or len(keys) == 1


def test_children_beyond_the_last_record_do_not_share_a_slab() -> None:
    """As those of a page's later hotels do, where no database leaves them out."""
    with tempfile.TemporaryFile() as file:
        slabs = Slabs(file, "ittid", pl.Series([], dtype=pl.String), 100)
        slabs.add("hotels", frame([(f"{number:05}", 1) for number in range(50)]))
        slabs.add("contacts", frame([(f"{number:05}", 1) for number in range(5_000)]))
        assert max(slab.rows for slab in slabs.fitting()) <= 200


@pytest.mark.parametrize("source", ["duckdb", "sqlite"])
def test_a_catalogue_that_fails_while_it_is_read_is_told_as_that(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"{source}:///{tmp_path}/c.{source}"
    pipeline.make_catalogue(url, hotels=20, now=NOW)

    def lost(*_: object) -> None:
        raise SourceUnavailable("the disk is gone")

    monkeypatch.setattr(DealtSelection, "_deal_out", lost)
    with pytest.raises(SourceUnavailable, match=r"^the disk is gone$"):
        pipeline.connect(url).hotels().write(tmp_path / "x.csv")


@given(st.lists(st.text(max_size=3)), st.integers(0, 10**9), st.integers(1, 10**6))
def test_bounds_are_keys_in_order_and_not_too_many(keys: list[str], rows: int, slab_rows: int) -> None:
    bounds = bounds_among(pl.Series(keys, dtype=pl.String), rows, slab_rows).to_list()
    assert bounds == sorted({*bounds})
    assert {*bounds} <= {*keys}
    assert len(bounds) < max(1, min(MOST_SLABS, -(-rows // slab_rows)) + (rows == 0))


@pytest.mark.parametrize(("records", "rows", "wanted"), [(0, 0, 1), (1, 1, 1), (1_000_000, 7_500_000, 398)])
def test_a_sample_has_some_keys_for_each_bound(records: int, rows: int, wanted: int) -> None:
    assert sample_step(records, rows, 48_000) == wanted


# --- what is cut from them ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=READINGS)
def catalogue(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalogue]:
    with empty_url(request.param, tmp_path_factory.mktemp("dealt")) as url:
        pipeline.make_catalogue(url, hotels=60, now=NOW)
        yield pipeline.connect(url)


def chunks(catalogue: Catalogue, name: str, *, chunk_rows: int, **changed: object) -> Iterator[Chunk]:
    """Chunks of a selection that something of is changed."""
    export = catalogue.export(name, {})
    with export.source.snapshot() as snapshot:
        selection = snapshot.select(prepare(export.source, snapshot, export.dataset).plan)
        assert isinstance(selection, DealtSelection)
        yield from replace(selection, **changed).chunks(chunk_rows)  # type: ignore[arg-type]


def all_children(catalogue: Catalogue, name: str) -> Plan:
    """The plan of an export of which the database leaves out nothing."""
    export = catalogue.export(name, {})
    with export.source.snapshot() as snapshot:
        return prepare(export.source, snapshot, export.dataset).plan


@pytest.mark.parametrize("chunk_rows", [1, 9, 100, 10**6])
@pytest.mark.parametrize("name", ["hotels", "mappings"])
def test_chunks_are_the_same_whatever_the_slabs_and_whoever_leaves_orphans_out(
    catalogue: Catalogue, name: str, chunk_rows: int
) -> None:
    def told(**changed: object) -> list[tuple[KeyRange, dict[str, list[tuple[object, ...]]]]]:
        found = chunks(catalogue, name, chunk_rows=chunk_rows, **changed)
        return [(c.range, {table: rows.rows() for table, rows in c.rows().frames.items()}) for c in found]

    wanted = told()
    assert sum(keys.stop - keys.first for keys, _ in wanted) == (60 if name == "hotels" else len(keys_of(catalogue)))
    assert all(told(slab_rows=slab_rows) == wanted for slab_rows in (1, 7, 50))
    assert told(part_rows=50) == wanted
    counted = {"hotels": 60, **{t: rows_in(catalogue, t) for t in ("locations", "contacts", "provider_mappings")}}
    if name == "hotels":
        assert told(plan=all_children(catalogue, name), counted=counted) == wanted


def rows_in(catalogue: Catalogue, table: str) -> int:
    """All rows of a table, orphans too."""
    export = catalogue.hotels()
    with export.source.snapshot() as snapshot:
        plan = prepare(export.source, snapshot, export.dataset).plan
        query = next(query for query in plan.tables if query.name == table)
        return len(snapshot.read(plan.as_they_come(query), query.columns_read, table))


def keys_of(catalogue: Catalogue) -> set[str]:
    return set(catalogue.mappings().to_polars()["ittid"])


@settings(max_examples=25)  # each makes a database
@given(ids=st.lists(st.integers(-(2**40), 2**40), unique=True, min_size=1, max_size=30), part_rows=st.integers(1, 9))
@example(ids=[*range(20)], part_rows=3)
@example(ids=[-5, 0, 7], part_rows=1)
def test_parts_hold_every_id_once_and_none_much_too_many(ids: list[int], part_rows: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        rows = [{**dict.fromkeys(HOTELS.names), "id": number, "ittid": str(number), "name": "x"} for number in ids]
        export = pipeline.connect(store_in_duckdb(Path(folder), {"hotels": rows})).hotels()
        with export.source.snapshot() as snapshot:
            plan = export.dataset.plan(Reading(dialect=DUCKDB, suppliers=None))
            found = Ids(snapshot=snapshot, plan=plan, table=plan.records)
            ranges: Any = found.ranges(len(ids), part_rows)
    held = [[i for i in ids if (r.first is None or r.first <= i) and (r.stop is None or i < r.stop)] for r in ranges]
    assert sorted(i for part in held for i in part) == sorted(ids)
    assert max(map(len, held)) <= 2 * part_rows


@pytest.mark.parametrize("off_by", [-1, 1])
def test_a_table_that_does_not_come_as_counted_is_refused(catalogue: Catalogue, off_by: int) -> None:
    counted = {table: rows_in(catalogue, table) for table in ("hotels", "locations", "contacts", "provider_mappings")}
    wrong = counted | {"contacts": counted["contacts"] + off_by}
    with pytest.raises(IncompleteRead, match=r"^contacts: ") as caught:
        list(chunks(catalogue, "hotels", chunk_rows=100, plan=all_children(catalogue, "hotels"), counted=wrong))
    assert (caught.value.counted, caught.value.received) == (wrong["contacts"], counted["contacts"])


def test_scratch_space_that_is_not_there_is_told_as_that(
    catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(OutputError, match=r"scratch files in .*gone cannot be written: No such file .* TMPDIR$"):
        list(chunks(catalogue, "hotels", chunk_rows=100))
