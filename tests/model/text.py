"""Datetimes as text, and the JSON formats (spec.md §2)."""

import json
from datetime import datetime
from typing import Any

from tests.model.catalogue import Record


def iso(moment: datetime) -> str:
    """Write a datetime as ``2025-06-30T05:59:01Z``, with six decimals only when there are any."""
    return moment.isoformat(timespec="microseconds" if moment.microsecond else "seconds") + "Z"


def json_text(records: list[Record], metadata: Record, charts: list[Record] | None = None) -> str:
    """Write the JSON document; only supplier summaries have charts."""
    document: dict[str, Any] = {"metadata": metadata, "data": records}
    if charts is not None:
        document["charts"] = charts
    document["record_count"] = len(records)
    return json.dumps(document, indent=2, ensure_ascii=False)


def ndjson_bytes(records: list[Record]) -> bytes:
    """Write one JSON record a line."""
    lines = [json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n" for record in records]
    return "".join(lines).encode("utf-8")
