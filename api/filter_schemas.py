"""Filters in JSON Schema: what the library's validators take, where pydantic cannot tell it from them."""

from collections.abc import Mapping
from typing import Any

from pipeline.filter_fields import MAX_ITTIDS

_ALL = {"type": "string", "pattern": "^[Aa][Ll][Ll]$", "description": "No restriction."}
_NULL = {"type": "null"}
_ITEM = {"type": "string", "pattern": "^[^\\u0000]*$", "not": {"pattern": "^[Aa][Ll][Ll]$"}}


def _open(*schemas: Mapping[str, Any]) -> dict[str, Any]:
    """A field that leaving out, null and "All" leave without restriction."""
    return {"anyOf": [*schemas, _ALL, _NULL], "default": None}


def _list(item: Mapping[str, Any], **limits: int) -> dict[str, Any]:
    return _open({"type": "array", "items": item, "minItems": 1, **limits})


_MOMENT = _open({"type": "string", "format": "date"}, {"type": "string", "format": "date-time"})
_RATING = _open({"type": "number", "minimum": 0, "maximum": 5})

FILTER_SCHEMAS: dict[str, dict[str, Any]] = {
    "suppliers": _list(_ITEM) | {"description": "Names in any case; one that you may not see is refused."},
    "ittids": _list(_ITEM, maxItems=MAX_ITTIDS) | {"description": f"Up to {MAX_ITTIDS:,}."},
    "property_types": _list(_ITEM),
    "country_codes": _list({"type": "string", "pattern": "^[A-Z]{2}$"}) | {"description": "ISO 3166-1, upper case."},
    "min_rating": _RATING,
    "max_rating": _RATING | {"description": "Not below min_rating."},
    "date_from": _MOMENT | {"description": "A UTC day or an instant, on updated_at; not in the future."},
    "date_to": _MOMENT | {"description": "As date_from, and not before it; both ends are in."},
    "limit": _open({"type": "integer", "minimum": 1, "maximum": 2**63 - 1}) | {"description": "A page of so many."},
    "after": {
        "anyOf": [{"type": "string", "pattern": "^[A-Za-z0-9_-]+$"}, _NULL],
        "default": None,
        "description": "The `next` of the manifest before, unchanged.",
    },
}
"""By the filter's name."""
