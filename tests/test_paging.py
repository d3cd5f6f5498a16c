"""Pages put together are the whole export, and an export over the maximum is refused, never cut."""

import datetime as dt
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from warnings import catch_warnings, simplefilter

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import pipeline
from pipeline import Export, Manifest, TooLarge
from pipeline.paging import decode_page, encode_page
from tests import model
from tests.loading.rows import change
from tests.readers import read_csv
from tests.stored import SOURCES, Store, store_of
from tests.strategies import catalogues, filters

NOW = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
EXPORTS = ("hotels", "mappings", "supplier_summary")
MOMENT = dt.datetime(2024, 1, 1)  # noqa: DTZ001 - naive UTC


@pytest.fixture(scope="module", params=SOURCES)
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with store_of(request.param, tmp_path_factory.mktemp("catalogues")) as store:
        yield store


@pytest.fixture(scope="module", params=SOURCES)
def known(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A catalogue whose records stand close together in every order: nothing but the last column tells them apart."""
    with store_of(request.param, tmp_path_factory.mktemp("catalogue")) as store:
        url = store(close_together())
        if request.param == "postgres":
            # A collation that sorts as people do: the order of pages is by code point all the same.
            change(
                url, *(f'ALTER TABLE {table} ALTER COLUMN {key} TYPE text COLLATE "und-x-icu"' for table, key in KEYS)
            )
        yield url


KEYS = (
    ("hotels", "ittid"),
    ("provider_mappings", "ittid"),
    ("provider_mappings", "provider_name"),
    ("supplier_summary", "provider_name"),
)
"""The text columns that exports are ordered by."""


def close_together() -> model.Catalogue:
    # By code point; any other order (by case, by UTF-16, padded, or by number) has them differently.
    ittids = ["", "10", "9", "A", "B", "a", "a ", "aa", "b", "é", "\ue000", "🏨"]
    suppliers = ["Agoda", "agoda", "agoda ", "straße"]
    hotel = dict.fromkeys(("latitude", "longitude", "address_line1", "address_line2", "postal_code", "rating"))
    hotel |= dict.fromkeys(("property_type", "primary_photo", "map_status", "content_update_status"))
    dated = {"created_at": MOMENT, "updated_at": MOMENT}
    mapping = {"provider_id": "1", "system_type": "a", "vervotech_id": None, "giata_code": None, **dated}
    totals = {"total_hotels": 1, "total_mappings": 1, "last_updated": None, "summary_generated_at": MOMENT}
    hotels = [
        {"id": number, "ittid": ittid, "name": "", **hotel, **dated} for number, ittid in enumerate(reversed(ittids))
    ]
    mappings = [
        {"id": 100 - 9 * number, "ittid": ittid, "provider_name": supplier, **mapping}
        for number, (ittid, supplier) in enumerate(
            (ittid, supplier) for ittid in ("a", "9", "🏨") for supplier in (*reversed(suppliers), "agoda", "agoda")
        )
    ]
    return {
        "hotels": hotels,
        "locations": [],
        "contacts": [],
        "provider_mappings": mappings,
        "supplier_summary": [
            {"id": number, "provider_name": name, **totals}
            for number, name in enumerate(reversed([*suppliers, *ittids]))
        ],
    }


def export_of(url: str, name: str, given_: dict[str, Any]) -> Export:
    if url.startswith("postgres"):
        url += "?sslmode=disable"  # the preparations for TLS would take most of the time of every read
    return pipeline.connect(url, now=lambda: NOW).export(name, given_)


def lines_of(export: Export, **options: Any) -> tuple[list[bytes], Manifest]:  # noqa: ANN401
    """The records as NDJSON has them: a line each, and nothing else."""
    stream = io.BytesIO()
    with catch_warnings():
        simplefilter("ignore", pipeline.UnknownSupplierWarning)
        manifest = export.write(stream, format="ndjson", **options)
    return stream.getvalue().splitlines(keepends=True), manifest


def pages_of(url: str, name: str, given_: dict[str, Any], limit: int) -> Iterator[tuple[list[bytes], Manifest]]:
    """One page after another, by the ``next`` of the manifest before."""
    after: str | None = None
    while True:
        lines, manifest = lines_of(export_of(url, name, {**given_, "limit": limit, "after": after}))
        yield lines, manifest
        after = manifest.next
        if after is None:
            return


def assert_pages_are_the_whole(url: str, name: str, given_: dict[str, Any], limit: int) -> int:
    whole, manifest = lines_of(export_of(url, name, given_))
    pages = list(pages_of(url, name, given_, limit))

    assert [line for lines, _ in pages for line in lines] == whole
    assert [len(lines) for lines, _ in pages] == [manifest.records for _, manifest in pages]
    assert all(len(lines) == limit for lines, _ in pages[:-1])
    assert len(pages[-1][0]) <= limit
    assert manifest.next is None
    return len(whole)


# --- pages ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EXPORTS)
def test_pages_of_records_that_stand_close_together_are_the_whole(known: str, name: str) -> None:
    # Small pages are for the source that opens fastest; 5 cuts between mappings of one hotel and supplier, too.
    limit = 2 if known.startswith("sqlite") else 5
    records = assert_pages_are_the_whole(known, name, {}, limit)
    assert records == len(model.exported_rows(close_together(), name, {}))


# Shrinking is left out: each run is many real exports.
@settings(
    max_examples=5,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
    deadline=None,
)
@given(st.data())
def test_pages_of_any_catalogue_and_filters_are_the_whole(store: Store, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(EXPORTS))
    catalogue = data.draw(catalogues(max_hotels=5))
    asked = data.draw(filters(name, catalogue) | st.just({}))
    expected = len(model.exported_rows(catalogue, name, asked))

    limit = data.draw(st.integers(max(1, expected // 3), expected + 1))

    assert assert_pages_are_the_whole(store(catalogue), name, asked, limit) == expected


@pytest.mark.parametrize("name", EXPORTS)
def test_the_next_of_a_page_is_its_last_record_and_the_last_page_has_none(known: str, name: str) -> None:
    rows = model.exported_rows(close_together(), name, {})
    count = len(rows)
    for limit, expected in ((count - 1, rows[-2]), (count, None), (2**63 - 1, None)):
        _, manifest = lines_of(export_of(known, name, {"limit": limit}))
        values = None if manifest.next is None else decode_page(manifest.next)
        assert values == (None if expected is None else model.order_values(name, expected))
        assert manifest.records == min(limit, count)


@pytest.mark.parametrize("name", EXPORTS)
def test_a_page_after_the_last_record_is_an_empty_file_of_its_kind(known: str, name: str, tmp_path: Path) -> None:
    last = model.order_values(name, model.exported_rows(close_together(), name, {})[-1])
    export = export_of(known, name, {"after": encode_page(last), "limit": 3})

    manifest = export.write(tmp_path / "x.csv")

    assert read_csv(tmp_path / "x.csv") == (export.columns, [])
    assert (manifest.records, manifest.next) == (0, None)
    assert export.count() == 0


@pytest.mark.parametrize("name", EXPORTS)
@pytest.mark.parametrize(("limit", "skipped"), [(3, 0), (1000, 2), (None, 2)])
def test_count_counts_the_page(known: str, name: str, limit: int | None, skipped: int) -> None:
    rows = model.exported_rows(close_together(), name, {})
    after = encode_page(model.order_values(name, rows[skipped - 1])) if skipped else None
    export = export_of(known, name, {"limit": limit, "after": after})
    assert export.count() == min(limit or len(rows), len(rows) - skipped)


def test_a_limit_of_mappings_has_two_names(known: str) -> None:
    mappings = pipeline.connect(known, now=lambda: NOW)
    assert mappings.mappings(max_records=2).count() == mappings.mappings(limit=2).count() == 2


@pytest.mark.parametrize("name", EXPORTS)
def test_a_page_that_is_gone_by_now_is_gone_on_from(known: str, name: str) -> None:
    # The record that a page ended with may be deleted before the next page is asked for.
    rows = model.exported_rows(close_together(), name, {})
    ends = {"hotels": ("a!",), "mappings": ("a", "agoda", 2**40), "supplier_summary": ("a!",)}[name]
    lines, _ = lines_of(export_of(known, name, {"after": encode_page(ends)}))
    assert len(lines) == sum(model.order_values(name, row) > ends for row in rows)


# --- refused, never cut (A4) ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EXPORTS)
def test_an_export_over_the_maximum_is_refused_and_nothing_is_written(known: str, name: str, tmp_path: Path) -> None:
    export, told = export_of(known, name, {}), list[pipeline.Progress]()
    count = export.count()
    (tmp_path / "x.csv").write_bytes(b"what stood there before")

    with pytest.raises(TooLarge) as caught:
        export.write(tmp_path / "x.csv", refuse_over=count - 1, progress=told.append)

    assert (caught.value.records, caught.value.maximum) == (count, count - 1)
    message = str(caught.value)
    assert message.startswith(f"{count} records match, and at most {count - 1} are allowed; nothing was written; ")
    assert f"pages with a limit of {count - 1} " in message
    assert [path.name for path in tmp_path.iterdir()] == ["x.csv"]
    assert (tmp_path / "x.csv").read_bytes() == b"what stood there before"
    assert not any(progress.records for progress in told)


@pytest.mark.parametrize(("name", "more"), [*((name, 0) for name in EXPORTS), ("hotels", 1)])
def test_an_export_of_the_maximum_is_whole(known: str, name: str, more: int) -> None:
    export = export_of(known, name, {})
    count = export.count()
    lines, manifest = lines_of(export, refuse_over=count + more)
    assert len(lines) == manifest.records == count


@pytest.mark.parametrize("name", EXPORTS)
def test_the_maximum_is_of_the_page(known: str, name: str) -> None:
    page = export_of(known, name, {"limit": 3})
    assert len(lines_of(page, refuse_over=3)[0]) == 3
    with pytest.raises(TooLarge):
        lines_of(page, refuse_over=2)


def test_a_maximum_of_nothing_refuses_all_but_nothing(known: str) -> None:
    nothing = export_of(known, "hotels", {"ittids": ["nobody"]})
    assert lines_of(nothing, refuse_over=0)[0] == []
    with pytest.raises(TooLarge, match=r"^12 records match, and at most 0 are allowed"):
        lines_of(export_of(known, "hotels", {}), refuse_over=0)


def test_pages_of_the_size_that_a_refusal_names_are_the_whole(known: str) -> None:
    export = export_of(known, "mappings", {})
    with pytest.raises(TooLarge) as caught:
        lines_of(export, refuse_over=7)
    pages = list(pages_of(known, "mappings", {}, caught.value.maximum))
    assert sum(len(lines) for lines, _ in pages) == caught.value.records
