"""How an export shows itself in a notebook."""

import html
from typing import Any

import polars as pl


def export_html(export_type: str, filters: dict[str, Any], records: int, first: pl.DataFrame) -> str:
    """Filters, count and first rows as HTML; every value is escaped."""
    lines = "".join(
        f"<li><b>{html.escape(name)}</b>: {html.escape(_short(value))}</li>" for name, value in filters.items()
    )
    title = html.escape(export_type.replace("_", " ").capitalize())
    return (
        f"<div><h4>{title} export: {records:,} records</h4>"
        f"<ul>{lines or '<li>no filters</li>'}</ul>{first._repr_html_()}</div>"
    )


def _short(value: object, limit: int = 200) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= limit else f"{text[:limit]}…"
