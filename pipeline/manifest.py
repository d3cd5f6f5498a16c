"""What an export was, and what is in its file: counted from what was written."""

from typing import Any

from pydantic import BaseModel, ConfigDict

SCHEMA_VERSION = "1.0"
"""Of records and files; also the ``version`` in the JSON metadata."""


class SnapshotNote(BaseModel):
    """The one moment that the export shows."""

    model_config = ConfigDict(frozen=True)

    kind: str
    """What held it."""
    taken_at: str
    """When it began, in UTC, to the second."""


class Manifest(BaseModel):
    """Facts of one finished export; JSON types only."""

    model_config = ConfigDict(frozen=True)

    export_id: str
    export_type: str
    format: str
    file_name: str | None
    """None for a stream."""
    generated_at: str
    generated_by: str | None
    filters: dict[str, Any]
    """As given, validated, defaults left out."""
    options: dict[str, Any]
    scope: list[str] | None
    """The suppliers as resolved; null is no restriction."""
    unknown_suppliers: list[str]
    source: str
    """Without credentials."""
    snapshot: SnapshotNote
    views: dict[str, str]
    """The files that stood in for Bellhop's own SELECTs, by view: the SHA-256 of each."""
    records: int
    rows: dict[str, int]
    """By table, as written."""
    sheets: dict[str, int]
    """By sheet of a workbook, as written."""
    orphans: dict[str, int] | None
    """Rows that point to a hotel that is gone, by table; null when a filter narrows the export."""
    columns: list[str]
    bytes: int
    sha256: str
    content_hash: str
    """The same for equal records in every format."""
    schema_version: str
    next: str | None
    """What to give as ``after`` for the page that follows; null when this one is the last."""
    cells: dict[str, int]
    """Cells that are not in the file as in the catalogue, by what was done to them."""
    ratings_not_numeric: int | None
    """Hotels that meet all other filters and whose rating is neither NULL nor a number; null but for hotels."""
    ittids_not_found: list[str]
    """Asked for, and not in the catalogue."""
    timings: dict[str, float]
    """Seconds by stage; work on several threads adds up."""
