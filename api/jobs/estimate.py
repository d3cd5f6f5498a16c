"""What an export would be, without making it."""

from dataclasses import dataclass
from typing import Any, Literal

from api.access.permissions import refuse_unseen
from api.access.principal import Caller
from api.errors import library_told
from api.jobs import store
from api.jobs.asked import asked
from api.parts import Parts
from pipeline.export import Export

_BYTES = {"csv": 500, "json": 2_500, "ndjson": 1_700, "excel": 600, "parquet": 200, "arrow": 1_100}
"""Of a hotel with all its children, measured on made catalogues; the others are in proportion."""
_PROPORTION = {"hotels": 1.0, "mappings": 0.25, "supplier_summary": 0.15}
_COMPRESSED = {"none": 1.0, "gzip": 0.2, "zstd": 0.2}
_SECONDS = {"csv": 30e-6, "json": 35e-6, "ndjson": 35e-6, "excel": 35e-6, "parquet": 30e-6, "arrow": 25e-6}
"""A hotel, on two cores; the start comes on top."""
_START_SECONDS = 0.15


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """How much, how long, and for how many points."""

    export_type: str
    format: str
    records: int
    estimated_bytes: int
    estimated_seconds: float
    points: int
    mode: Literal["direct", "job", "too_large"]
    counted_seconds_ago: int


def estimate(parts: Parts, caller: Caller, export_type: str, body: dict[str, Any]) -> Estimate:
    """Count what a request matches; nothing is charged, nothing is kept.

    Raises:
        ApiError: The request would be refused.

    """
    principal = caller.principal
    wanted = asked(parts.catalogue(store.new_job_id()), export_type, body, principal.allowed)
    records, ago = parts.counts.of((wanted.records_hash, principal.allowed), lambda: _counted(wanted.export))
    proportion, name = _PROPORTION[export_type], wanted.format.name
    size = records * _BYTES[name] * proportion * _COMPRESSED[wanted.options.compression.value]
    return Estimate(
        export_type=export_type,
        format=name,
        records=records,
        estimated_bytes=round(size),
        estimated_seconds=round(_START_SECONDS + records * _SECONDS[name] * proportion, 2),
        points=parts.settings.export_cost if principal.pays and records else 0,
        mode=_mode(parts, records),
        counted_seconds_ago=ago,
    )


def _counted(export: Export) -> int:
    with library_told(), export.at_one_moment() as held:
        refuse_unseen(held.scope())
        return held.count()


def _mode(parts: Parts, records: int) -> Literal["direct", "job", "too_large"]:
    if records > parts.settings.max_records:
        return "too_large"
    return "direct" if records < parts.settings.async_threshold else "job"
