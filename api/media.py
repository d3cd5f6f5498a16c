"""What a file is called on the wire."""

from urllib.parse import quote

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ndjson": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
    "arrow": "application/vnd.apache.arrow.file",
    "gz": "application/gzip",
    "zst": "application/zstd",
}
"""By what a file's name ends in."""


def file_headers(name: str) -> dict[str, str]:
    """What every answer says that holds a file of this name."""
    return {
        "Content-Type": MEDIA_TYPES[name.rpartition(".")[2]],
        "Content-Disposition": f"attachment; filename=\"{name}\"; filename*=UTF-8''{quote(name)}",
    }
