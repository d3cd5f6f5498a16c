"""Bellhop: carries a hotel catalogue out of a database, whole, exact and in bounded memory.

    with pipeline.connect("duckdb:///catalogue.duckdb") as catalogue:
        catalogue.hotels(country_codes=["FR"]).write("hotels.xlsx")

The names below are the whole promise; each is imported when it is first used.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.catalogue import Catalogue, connect
    from pipeline.errors import (
        BellhopError,
        CatalogueMismatch,
        ExecutorUnavailable,
        FilterError,
        FilterProblem,
        IncompleteRead,
        LoadError,
        OptionError,
        OutputError,
        SourceError,
        SourceUnavailable,
        TooLarge,
        UnknownSupplierWarning,
        UsageError,
    )
    from pipeline.export import Export
    from pipeline.filters import HotelExportFilters, MappingExportFilters, SupplierSummaryFilters
    from pipeline.loading.load import LoadReport, load_catalogue
    from pipeline.loading.make import make_catalogue
    from pipeline.manifest import Manifest
    from pipeline.pieces import by_storage
    from pipeline.progress import Progress

_PLACES = {
    "BellhopError": "errors",
    "Catalogue": "catalogue",
    "CatalogueMismatch": "errors",
    "ExecutorUnavailable": "errors",
    "Export": "export",
    "FilterError": "errors",
    "FilterProblem": "errors",
    "HotelExportFilters": "filters",
    "IncompleteRead": "errors",
    "LoadError": "errors",
    "LoadReport": "loading.load",
    "Manifest": "manifest",
    "MappingExportFilters": "filters",
    "OptionError": "errors",
    "OutputError": "errors",
    "Progress": "progress",
    "SourceError": "errors",
    "SourceUnavailable": "errors",
    "SupplierSummaryFilters": "filters",
    "TooLarge": "errors",
    "UnknownSupplierWarning": "errors",
    "UsageError": "errors",
    "by_storage": "pieces",
    "connect": "catalogue",
    "load_catalogue": "loading.load",
    "make_catalogue": "loading.make",
}

__all__ = [
    "BellhopError",
    "Catalogue",
    "CatalogueMismatch",
    "ExecutorUnavailable",
    "Export",
    "FilterError",
    "FilterProblem",
    "HotelExportFilters",
    "IncompleteRead",
    "LoadError",
    "LoadReport",
    "Manifest",
    "MappingExportFilters",
    "OptionError",
    "OutputError",
    "Progress",
    "SourceError",
    "SourceUnavailable",
    "SupplierSummaryFilters",
    "TooLarge",
    "UnknownSupplierWarning",
    "UsageError",
    "by_storage",
    "connect",
    "load_catalogue",
    "make_catalogue",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever stands there
    """Import a public name when it is first used."""
    if name not in _PLACES:
        raise AttributeError(f"module 'pipeline' has no attribute {name!r}")
    return getattr(importlib.import_module(f"pipeline.{_PLACES[name]}"), name)


def __dir__() -> list[str]:
    """The public names."""
    return list(__all__)
