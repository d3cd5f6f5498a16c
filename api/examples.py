"""Examples for the OpenAPI document; tests send each request, and hold each answer against a real one."""

import json
from importlib.resources import files
from typing import Any

REQUESTS: dict[str, dict[str, dict[str, Any]]] = {
    "hotels": {
        "French hotels as Excel": {
            "filters": {"country_codes": ["FR"], "min_rating": 4},
            "format": "excel",
            "columns": ["ittid", "name", "rating", "city_name"],
        },
        "All hotels as compressed CSV": {"filters": {"suppliers": "All"}, "format": "csv", "compression": "gzip"},
        "Hotels without children as JSON": {
            "filters": {"include_locations": False, "include_contacts": False, "include_mappings": False},
            "format": "json",
        },
        "Recent hotels as Parquet": {"filters": {"date_from": "2025-01-01"}, "format": "parquet"},
        "Hotels as Arrow": {"filters": {"limit": 1000}, "format": "arrow"},
        "Two hotels as NDJSON": {"filters": {"ittids": ["10000001", "10000002"]}, "format": "ndjson"},
    },
    "mappings": {
        "A page of mappings as CSV": {"filters": {"limit": 1000}, "format": "csv", "csv_separator": ";"},
        "Mappings as NDJSON": {"filters": {"date_from": "2025-06-01T12:00:00Z"}, "format": "ndjson"},
        "Mappings as compact Excel": {"filters": {}, "format": "xlsx", "compact": True},
        "Mappings as JSON": {"filters": {"limit": 1000}, "format": "json"},
        "Mappings as Parquet": {"filters": {}, "format": "parquet"},
        "Mappings as Arrow": {"filters": {}, "format": "arrow"},
    },
    "supplier_summary": {
        "Suppliers by country, with charts": {"filters": {"include_country_breakdown": True}, "format": "excel"},
        "Suppliers as JSON": {"filters": {}, "format": "json"},
        "Suppliers as CSV, cells as they are": {"filters": {}, "format": "csv", "csv_formulas": "raw"},
        "Suppliers as compressed NDJSON": {"filters": {}, "format": "ndjson", "compression": "zstd"},
        "Suppliers as Parquet": {"filters": {}, "format": "parquet"},
        "Suppliers as Arrow": {"filters": {}, "format": "arrow"},
    },
}
"""Requests by export type, each with what it is."""

_SHEETS = {
    "hotels": "Summary, Hotels, Locations, Contacts, Mappings",
    "mappings": "Summary, Mappings, Hotels, Locations",
    "supplier_summary": "Dashboard, Suppliers, Countries",
}


def _text(name: str) -> str:
    return files("api.web").joinpath("examples", name).read_bytes().decode()


def _files_of(export_type: str) -> dict[str, dict[str, Any]]:
    records = "one row a record, children as lists of structs, times as UTC, the JSON's metadata in the schema"
    return {
        "csv": {"summary": "CSV", "value": _text(f"{export_type}.csv")},
        "json": {"summary": "JSON", "value": json.loads(_text(f"{export_type}.json"))},
        "ndjson": {"summary": "NDJSON", "value": _text(f"{export_type}.ndjson")},
        "xlsx": {"summary": "Excel", "value": f"a workbook with the sheets {_SHEETS[export_type]}"},
        "parquet": {"summary": "Parquet", "value": f"a Parquet file: {records}"},
        "arrow": {"summary": "Arrow", "value": f"an Arrow IPC file: {records}"},
        "gz": {"summary": "gzip", "value": "a CSV, JSON or NDJSON as above, compressed"},
        "zst": {"summary": "Zstandard", "value": "a CSV, JSON or NDJSON as above, compressed"},
    }


FILES = {name: _files_of(name) for name in REQUESTS}
"""A file of each export by what its name ends in; those of text are whole."""

_ACCEPTED: dict[str, Any] = {
    "job_id": "0b5b0a3e-6a1c-4d0e-9f0a-3d0c6b6f2f11",
    "export_type": "hotels",
    "format": "csv",
    "status": "pending",
    "progress_percentage": 0,
    "processed_records": 0,
    "total_records": 20000,
    "file_size": None,
    "created_at": "2025-06-30T05:59:01Z",
    "started_at": None,
    "completed_at": None,
    "expires_at": None,
    "download_url": None,
    "error": None,
}

_JOB = _ACCEPTED | {
    "status": "completed",
    "progress_percentage": 100,
    "processed_records": 20000,
    "file_size": 8123456,
    "started_at": "2025-06-30T05:59:01Z",
    "completed_at": "2025-06-30T05:59:04Z",
    "expires_at": "2025-07-01T05:59:04Z",
    "download_url": "/v1.0/export/download/0b5b0a3e-6a1c-4d0e-9f0a-3d0c6b6f2f11",
}
_ESTIMATE: dict[str, Any] = {
    "export_type": "hotels",
    "format": "csv",
    "records": 20000,
    "estimated_bytes": 10000000,
    "estimated_seconds": 0.75,
    "points": 10,
    "mode": "job",
    "maximum": 100000,
    "counted_seconds_ago": 0,
}
_ME = {
    "user_id": "5be7426bdae24a4a9088649aa5d6b138",
    "name": "ada",
    "role": "general_user",
    "ip_address": "192.0.2.7",
    "suppliers": ["agoda"],
    "restricted": True,
    "points": 90,
    "export_cost": 10,
    "rate_limit": {"limit": 10, "remaining": 9, "window_seconds": 3600, "resets_in_seconds": 3540},
    "max_records": 100000,
    "async_threshold": 5000,
}

ANSWERS: dict[str, dict[str, Any]] = {
    "job": _JOB,
    "jobs": {"jobs": [_JOB], "total": 1, "limit": 50, "offset": 0},
    "deleted": {"deleted": 3},
    "cancelled": _ACCEPTED | {"status": "cancelled", "completed_at": "2025-06-30T05:59:02Z"},
    "me": _ME,
    "manifest": json.loads(_text("manifest.json")),
    **{f"accepted_{name}": _ACCEPTED | {"export_type": name} for name in REQUESTS},
    **{f"estimate_{name}": _ESTIMATE | {"export_type": name} for name in REQUESTS},
}
"""Answers in JSON that are no errors."""
EVENT = f"event: status\ndata: {json.dumps(_JOB)}\n\n"

MESSAGES = {
    "UNAUTHORIZED": "give a token as Authorization: Bearer, or a key as X-API-Key",
    "INVALID_FILTERS": "min_ratin: there is no such filter; the nearest is min_rating",
    "EXPORT_TOO_LARGE": "120,000 records match, and one export has at most 100,000; narrow the filters",
    "INSUFFICIENT_POINTS": "the export costs 10 points, and you have 4; ask an administrator for more",
    "INSUFFICIENT_PERMISSIONS": "you may not see 'agoda'; /my-validation lists whom you may see",
}
DETAILS: dict[str, dict[str, Any]] = {
    "INVALID_FILTERS": {
        "fields": [{"field": "min_ratin", "accepts": "there is no such filter; the nearest is min_rating"}]
    },
    "INVALID_FORMAT": {"fields": [{"field": "format", "accepts": "give one of csv, json, excel, …"}]},
    "EXPORT_TOO_LARGE": {"records": 120000, "maximum": 100000},
    "INSUFFICIENT_POINTS": {"cost": 10, "balance": 4},
    "INSUFFICIENT_PERMISSIONS": {"denied_suppliers": ["agoda"]},
    "RATE_LIMITED": {"limit": 10, "window_seconds": 3600},
    "JOB_NOT_COMPLETED": {"status": "processing"},
    "IP_NOT_WHITELISTED": {"ip_address": "192.0.2.7"},
}
