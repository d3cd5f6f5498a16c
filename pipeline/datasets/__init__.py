"""The exports that there are: one module each, in one table; a fourth export is one more."""

from typing import Any

from pipeline.datasets.base import Dataset
from pipeline.datasets.hotels import Hotels
from pipeline.datasets.mappings import Mappings
from pipeline.datasets.supplier_summary import SupplierSummary

DATASETS: dict[str, type[Dataset[Any]]] = {dataset.name: dataset for dataset in (Hotels, Mappings, SupplierSummary)}
"""Every export by its name."""
