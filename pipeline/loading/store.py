"""Opening a catalogue for writing, by its URL."""

import datetime as dt
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import cast

from pipeline.errors import OptionError
from pipeline.lazy import load
from pipeline.loading.base import Store
from pipeline.url import Url

STORES: Mapping[str, tuple[str, str]] = {
    "duckdb": ("pipeline.loading.duckdb:open_store", ""),
    "sqlite": ("pipeline.loading.sqlite:open_store", ""),
    "postgresql": ("pipeline.loading.postgres:open_store", "postgres"),
    "postgres": ("pipeline.loading.postgres:open_store", "postgres"),
    "mysql": ("pipeline.loading.mysql:open_store", "mysql"),
    "mariadb": ("pipeline.loading.mysql:open_store", "mysql"),
}
"""By the scheme of a URL: what opens the catalogue for writing, and the extra that brings what it needs."""


def open_store(url: str) -> AbstractContextManager[Store]:
    """Open a catalogue for writing: one transaction, committed when the block ends well, else nothing has happened.

    A database file that is missing appears when the block ends well.

    Raises:
        UsageError: the URL is of no catalogue that can be written, or its driver is not installed.
        OutputError, SourceUnavailable: the catalogue cannot be written or reached.
        CatalogueMismatch: its tables are not as the contract says.
    """
    parts = Url.of(url)
    if parts.scheme not in STORES:
        known = ", ".join(f"{name}://" for name in STORES)
        raise OptionError(f"{parts.scheme}:// cannot be written; {known} can", option="source", value=parts.label)
    place, extra = STORES[parts.scheme]
    opener = cast("Callable[[Url], AbstractContextManager[Store]]", load(place, extra=extra))
    return opener(parts)


def refresh_summary(url: str, *, now: dt.datetime) -> int:
    """Count the suppliers of a catalogue anew and write supplier_summary; how many there are."""
    with open_store(url) as store:
        store.create_tables()
        suppliers = store.write_summary(now)
        store.settle_all()
    return suppliers
