"""The manifest of ours, held against the file and the catalogue."""

import hashlib
import json
from collections.abc import Iterator

from benchmarks.checks.content import Content
from benchmarks.job import Job

_ROWS = {
    "hotels": ("hotels", "locations", "contacts", "provider_mappings"),
    "mappings": ("provider_mappings",),
    "supplier-summary": ("supplier_summary",),
}
"""The tables of each export whose rows are counted by plain SQL."""
_COUNT = "SELECT count(*) FROM {}"
_COUNT_OF_HOTELS = "SELECT count(*) FROM {} WHERE ittid IN (SELECT ittid FROM hotels)"


def manifest_problems(job: Job, content: Content) -> Iterator[str]:
    """What it tells that is not so: bytes, SHA-256, rows, records."""
    manifest = json.loads(job.manifest.read_text("utf-8"))
    with job.target.open("rb") as file:
        facts = {"bytes": job.target.stat().st_size, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}
    rows = {table: _rows(content, table) for table in _ROWS[job.task.export]}
    facts["records"] = next(iter(rows.values()))
    told = manifest | {"rows": {table: manifest["rows"].get(table) for table in rows}}
    for name, wanted in (facts | {"rows": rows}).items():
        if told[name] != wanted:
            yield f"the manifest's {name}: {told[name]!s:.60} for {wanted!s:.60}"


def _rows(content: Content, table: str) -> int:
    select = _COUNT if table == "supplier_summary" else _COUNT_OF_HOTELS
    ((count,),) = content.connection.execute(select.format(table)).fetchall()
    return int(count)
