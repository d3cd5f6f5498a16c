"""Examples for the OpenAPI document; a test sends each of them."""

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
    },
    "mappings": {
        "A page of mappings as CSV": {"filters": {"limit": 1000}, "format": "csv", "csv_separator": ";"},
        "Mappings as NDJSON": {"filters": {"date_from": "2025-06-01T12:00:00Z"}, "format": "ndjson"},
        "Mappings as compact Excel": {"filters": {}, "format": "xlsx", "compact": True},
    },
    "supplier_summary": {
        "Suppliers by country, with charts": {"filters": {"include_country_breakdown": True}, "format": "excel"},
        "Suppliers as JSON": {"filters": {}, "format": "json"},
    },
}
"""Requests by export type, each with what it is."""

JOB: dict[str, Any] = {
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
