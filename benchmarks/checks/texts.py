"""CSV and JSON files read back."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import duckdb

from benchmarks.checks import cells
from benchmarks.checks.comparison import Comparison
from benchmarks.checks.content import Content
from benchmarks.columns import FLAT
from benchmarks.contenders.nesting import Record, iso
from benchmarks.job import Job
from benchmarks.verdict import Verdict
from tests.readers import read_csv, read_json

_READ_CSV = """
    SELECT * FROM read_csv(?, header = true, all_varchar = true, nullstr = '', allow_quoted_nulls = false,
    max_line_size = 10000000)
"""


def check_csv(job: Job, content: Content) -> Verdict:
    """Ours is read strictly: BOM, line ends, names, the guard where it is due. Others may differ in these."""
    wanted = ([_text(cell) for cell in row] for row in content.rows())
    if job.task.is_ours:
        comparison = Comparison.of(cells.of_our_csv)
        header, rows = read_csv(job.target)
        comparison.rows([header], [FLAT[job.task.export]])
        comparison.rows(rows, wanted)
        return comparison.verdict("read back by a strict reader of RFC 4180")
    comparison = Comparison.of(cells.of_csv)
    comparison.rows(duckdb.execute(_READ_CSV, [str(job.target)]).fetchall(), wanted)
    return comparison.verdict("read back by DuckDB")


def _text(cell: Any) -> str | None:  # noqa: ANN401 - any cell
    if cell is None:
        return None
    return iso(cell) if isinstance(cell, datetime) else str(cell)


def check_json(job: Job, content: Content) -> Verdict:
    """Ours byte for byte as json.dump writes the same objects; of others the records."""
    if not job.task.is_ours:
        comparison = Comparison.of(_equal)
        comparison.rows(_each(json.loads(job.target.read_text("utf-8"))["data"]), _each(_told(content)))
        return comparison.verdict("read back by json")
    document, records = read_json(job.target), [*_told(content)]
    wanted = {**document, "data": records, "record_count": len(records)}
    problems = [*_metadata_problems(job, document, len(records))]
    if job.target.read_text("utf-8") != json.dumps(wanted, indent=2, ensure_ascii=False):
        problems.append("not the bytes of json.dump")
    return Verdict(how="read back by json, byte for byte", wrong=", ".join(problems))


def _metadata_problems(job: Job, document: Record, records: int) -> Iterator[str]:
    """What the metadata should tell and does not; ids and times are the export's own."""
    export = job.task.export.replace("-", "_")
    filters = {"include_country_breakdown": True} if export == "supplier_summary" else {}
    told = {"export_type": export, "format": "json", "total_records": records, "filters_applied": filters}
    metadata = document["metadata"]
    for name, value in told.items():
        if metadata.get(name) != value:
            yield f"metadata.{name} is {metadata.get(name)!r:.40}, not {value!r:.40}"
    for name in {"export_id", "generated_at", "generated_by", "user_id", "version"} - metadata.keys():
        yield f"metadata has no {name}"
    if ("charts" in document) != (export == "supplier_summary"):
        yield "charts where there are none, or none where there are"


def check_ndjson(job: Job, content: Content) -> Verdict:
    """Byte for byte, a line a record."""
    with job.target.open("rb") as file:
        comparison = Comparison.of(_equal)
        comparison.rows(_each(file), _each(map(_line, _told(content))))
    return comparison.verdict("read back by json, byte for byte")


def _line(record: Record) -> bytes:
    return (json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def _told(content: Content) -> Iterator[Record]:
    """The records with datetimes as text."""
    return map(_with_text, content.records())


def _with_text(value: Any) -> Any:  # noqa: ANN401 - a record or anything in it
    if isinstance(value, dict):
        return {name: _with_text(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_with_text(inner) for inner in value]
    return iso(value) if isinstance(value, datetime) else value


def _each(values: Any) -> Iterator[tuple[Any]]:  # noqa: ANN401 - any iterable
    return ((value,) for value in values)


def _equal(found: object, wanted: object) -> str | None:
    return "" if found == wanted else None
