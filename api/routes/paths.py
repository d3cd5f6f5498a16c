"""What each export is called in URLs."""

from dataclasses import dataclass

from api.schemas import ExportHotelsRequest, ExportMappingsRequest, ExportSupplierSummaryRequest


@dataclass(frozen=True, kw_only=True)
class ExportRoute:
    """One export as it stands in URLs."""

    path: str
    export_type: str
    model: type[ExportHotelsRequest | ExportMappingsRequest | ExportSupplierSummaryRequest]


EXPORT_ROUTES = (
    ExportRoute(path="hotels", export_type="hotels", model=ExportHotelsRequest),
    ExportRoute(path="mappings", export_type="mappings", model=ExportMappingsRequest),
    ExportRoute(path="supplier-summary", export_type="supplier_summary", model=ExportSupplierSummaryRequest),
)
