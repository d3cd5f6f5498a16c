"""What the benchmarks find in files: that ours are right, and each way that one could be wrong."""

import io
import json
import zipfile
from collections.abc import Callable
from datetime import datetime, time
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import pipeline
from benchmarks import columns
from benchmarks.cases import EXPORTS, FORMATS, OURS, Selection
from benchmarks.catalogues import Catalogues
from benchmarks.checks import cells
from benchmarks.checks.files import verdict_of
from benchmarks.job import Job
from pipeline.datasets import DATASETS

HOTELS = 200
FILTERS = {"supplier-summary": {"include_country_breakdown": True}}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A small catalogue."""
    return Catalogues(folder=tmp_path_factory.mktemp("benchmarks")).url("duckdb", HOTELS)


def exported(url: str, target: Path, export: str = "hotels") -> Job:
    chosen = Selection(cases=(f"all-{export}-{target.suffix[1:]}",), hotels=(HOTELS,), contenders=(f"{OURS}*",))
    job = Job(next(chosen.tasks()), url, "", url, target)
    manifest = pipeline.connect(url).export(export.replace("-", "_"), FILTERS.get(export, {})).write(target)
    job.manifest.write_text(manifest.model_dump_json(), "utf-8")
    return job


@pytest.mark.parametrize("ending", FORMATS)
@pytest.mark.parametrize("export", EXPORTS)
def test_every_export_in_every_format_is_read_back_and_right(
    export: str, ending: str, url: str, tmp_path: Path
) -> None:
    verdict = verdict_of(exported(url, tmp_path / f"x.{ending}", export))
    assert verdict.how.startswith("read back by")
    assert (verdict.wrong, verdict.lost) == ("", "")


def test_the_columns_are_those_of_the_exports(url: str) -> None:
    catalogue = pipeline.connect(url)
    for export in EXPORTS:
        name = export.replace("-", "_")
        assert tuple(catalogue.export(name, FILTERS.get(export, {})).columns) == columns.FLAT[export]
    hotels = DATASETS["hotels"](DATASETS["hotels"].model())
    assert tuple(c.name for c in hotels.shape.columns) == columns.HOTELS
    assert {child.name: tuple(c.name for c in child.columns) for child in hotels.shape.children} == columns.CHILDREN
    sheets = {s.name: (s.table, tuple(c.name for c in s.columns)) for s in hotels.sheets(None)}
    assert sheets == columns.HOTEL_SHEETS


Spoil = Callable[[bytes], bytes]


def without_a_line(ending: bytes, whole: bytes) -> bytes:
    lines = whole.split(ending)
    return ending.join([*lines[:5], *lines[6:]])


def replaced(old: bytes, new: bytes, whole: bytes) -> bytes:
    assert old in whole
    return whole.replace(old, new, 1)


def swapped(ending: str, whole: bytes) -> bytes:
    """Two records in each other's place."""
    read, written = pa.BufferReader(whole), pa.BufferOutputStream()
    table = pq.read_table(read) if ending == "parquet" else pa.ipc.open_file(read).read_all()
    table = table.take([1, 0, *range(2, table.num_rows)])
    if ending == "parquet":
        pq.write_table(table, written)
    else:
        with pa.ipc.new_file(written, table.schema) as file:
            file.write_table(table)
    return bytes(written.getvalue())


def in_part(part: str, spoil: Spoil, whole: bytes) -> bytes:
    """A workbook with one part spoiled."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as book, zipfile.ZipFile(written, "w") as other:
        for name in book.namelist():
            other.writestr(name, spoil(book.read(name)) if name == part else book.read(name))
    return written.getvalue()


CUT = "y" * 100 + "… [cut]"
SPOILED: dict[str, tuple[str, Spoil, str]] = {
    "csv, a line less": ("csv", partial(without_a_line, b"\r\n"), "cells, such as"),
    "csv, a guard less": ("csv", partial(replaced, b",'=1+1", b",=1+1"), "1 cells, such as '=1+1'"),
    "json, a name": ("json", partial(replaced, b'"locations"', b'"location"'), "not the bytes of json.dump"),
    "json, its metadata": ("json", partial(replaced, b'"total_records": 200', b'"total_records": 20'), "total_records"),
    "json, no id": ("json", partial(replaced, b'"export_id"', b'"export"'), "metadata has no export_id"),
    "ndjson": ("ndjson", partial(without_a_line, b"\n"), "cells, such as"),
    "parquet": ("parquet", partial(swapped, "parquet"), "the rows of hotels"),
    "arrow": ("arrow", partial(swapped, "arrow"), "the rows of hotels"),
    "xlsx, a cell": (
        "xlsx",
        partial(in_part, "xl/worksheets/sheet2.xml", partial(replaced, b"<t>H", b"<t>h")),
        "cells, such as",
    ),
    "xlsx, the mark": (
        "xlsx",
        partial(in_part, "xl/worksheets/sheet2.xml", partial(replaced, CUT.encode(), CUT[1:].encode())),
        "1 cells, such as 'yyy",
    ),
}


@pytest.mark.parametrize("spoiled", SPOILED)
def test_a_file_that_is_wrong_is_told(spoiled: str, url: str, tmp_path: Path) -> None:
    ending, spoil, told = SPOILED[spoiled]
    job = exported(url, tmp_path / f"x.{ending}")
    assert not verdict_of(job).wrong
    job.target.write_bytes(spoil(job.target.read_bytes()))
    wrong = verdict_of(job).wrong
    assert told in wrong
    assert "the manifest's sha256" in wrong


def test_rows_that_a_manifest_only_claims_are_told(url: str, tmp_path: Path) -> None:
    job = exported(url, tmp_path / "x.parquet")
    manifest = json.loads(job.manifest.read_text("utf-8"))
    job.manifest.write_text(json.dumps(manifest | {"rows": manifest["rows"] | {"contacts": 1}}), "utf-8")
    assert verdict_of(job).wrong.startswith("the manifest's rows")


DAY = datetime(2025, 6, 30, 5, 59, 1, 990_745)  # noqa: DTZ001 - as the catalogue holds it
LONG = "x" * 32_768


@pytest.mark.parametrize(
    ("found", "wanted", "lost"),
    [
        ("a", "a", ""),
        (None, "", ""),
        ("a", "b", None),
        (None, "a", None),
        (DAY.replace(microsecond=991_000), DAY, ""),
        (DAY.replace(microsecond=0), DAY, cells.FRACTIONS),
        (DAY.replace(minute=0), DAY, None),
        (DAY.date(), DAY, None),
        ((DAY - datetime(1899, 12, 30)).total_seconds() / 86_400, DAY, cells.NUMBERS),  # noqa: DTZ001
        (time(0, 0), datetime(1, 1, 1), cells.EARLY),  # noqa: DTZ001
        (time(0, 0), DAY, None),
        (LONG[:32_767], LONG, cells.CUT),
        (LONG[:100], LONG, None),
        (None, "=1+1", cells.RUN),
        (None, "1+1", None),
        ("a\ufffdb", "a\x0bb", cells.CONTROLS),
        ("ab c", "a\x0bb", None),
    ],
)
def test_what_may_be_lost_of_a_cell(found: object, wanted: object, lost: str | None) -> None:
    assert cells.of_sheet(found, wanted) == lost


def test_a_cell_of_ours_may_lose_nothing_but_what_the_contract_says() -> None:
    marked = "x" * (32_767 - len("… [cut]")) + "… [cut]"
    assert cells.of_our_sheet(marked, LONG) == ""
    assert cells.of_our_sheet("🏨" * 16_379 + "… [cut]", "🏨" * 16_384) is None  # one unit more would have fitted
    assert cells.of_our_sheet("🏨" * 16_380 + "… [cut]", "🏨" * 16_384) == ""
    assert cells.of_our_sheet(LONG[:32_767], LONG) is None
    assert cells.of_our_sheet(time(0, 0), datetime(1, 1, 1)) is None  # noqa: DTZ001
    assert cells.of_our_sheet(DAY.replace(microsecond=0), DAY) is None
