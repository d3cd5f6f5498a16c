"""What goes over the wire, as the OpenAPI document names it."""

import datetime as dt
import enum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.errors import ErrorCode
from api.tables.models import Job, JobStatus, Role
from pipeline.filters import HotelExportFilters, MappingExportFilters, SupplierSummaryFilters
from pipeline.options import Compression, CsvFormulas, CsvSeparator


class ExportFormat(enum.StrEnum):
    """The formats; any case will do."""

    CSV = "csv"
    JSON = "json"
    EXCEL = "excel"
    XLSX = "xlsx"
    NDJSON = "ndjson"
    PARQUET = "parquet"
    ARROW = "arrow"


class ExportType(enum.StrEnum):
    """What is exported."""

    HOTELS = "hotels"
    MAPPINGS = "mappings"
    SUPPLIER_SUMMARY = "supplier_summary"


class _ExportRequest(BaseModel):
    """What every request has beside its filters."""

    model_config = ConfigDict(extra="forbid")

    format: ExportFormat
    columns: list[str] | None = Field(
        default=None, description="Flat columns for csv and the main sheet, in this order, each once."
    )
    compression: Compression | None = Field(default=None, description="For csv, json and ndjson.")
    csv_formulas: CsvFormulas | None = Field(
        default=None, description="For csv: escape cells that a spreadsheet would run, or leave them raw."
    )
    csv_separator: CsvSeparator | None = Field(default=None, description="For csv: what stands between cells.")
    compact: bool | None = Field(default=None, description="For xlsx: smaller, but not every reader takes it.")


class ExportHotelsRequest(_ExportRequest):
    """An export of hotels."""

    filters: HotelExportFilters = HotelExportFilters()


class ExportMappingsRequest(_ExportRequest):
    """An export of provider mappings."""

    filters: MappingExportFilters = MappingExportFilters()


class ExportSupplierSummaryRequest(_ExportRequest):
    """An export of the supplier summary."""

    filters: SupplierSummaryFilters = SupplierSummaryFilters()


class ExportErrorResponse(BaseModel):
    """Every error."""

    error: Literal[True] = True
    error_code: ErrorCode
    message: str
    details: dict[str, Any]
    timestamp: str


class JobError(BaseModel):
    """Why a job failed."""

    error_code: str
    message: str


class ExportJobStatusResponse(BaseModel):
    """A job."""

    job_id: str
    export_type: ExportType
    format: str
    status: JobStatus
    progress_percentage: int = Field(ge=0, le=100)
    processed_records: int
    total_records: int | None
    file_size: int | None
    created_at: str
    started_at: str | None
    completed_at: str | None
    expires_at: str | None
    download_url: str | None
    error: JobError | None

    @classmethod
    def of(cls, job: Job, prefix: str) -> "ExportJobStatusResponse":
        """A job's row as its user sees it."""
        done = job.status == JobStatus.COMPLETED.value
        error = JobError(error_code=job.error_code, message=job.error_message or "") if job.error_code else None
        return cls(
            job_id=job.id,
            export_type=ExportType(job.export_type),
            format=job.format,
            status=JobStatus(job.status),
            progress_percentage=job.progress_percentage,
            processed_records=job.processed_records,
            total_records=job.total_records,
            file_size=job.file_size,
            created_at=iso(job.created_at) or "",
            started_at=iso(job.started_at),
            completed_at=iso(job.completed_at),
            expires_at=iso(job.expires_at),
            download_url=f"{prefix}/download/{job.id}" if done else None,
            error=error,
        )


class ExportJobResponse(ExportJobStatusResponse):
    """A job that was accepted: ask for its status, and download its file."""


class JobsResponse(BaseModel):
    """A page of one's own jobs."""

    jobs: list[ExportJobStatusResponse]
    total: int
    limit: int
    offset: int


class DeletedResponse(BaseModel):
    """What was taken out of one's own history."""

    deleted: int = Field(ge=0, description="Jobs; those that run are left alone.")


class ExportMetadata(BaseModel):
    """The ``metadata`` of a JSON file."""

    export_id: str
    export_type: ExportType
    generated_at: str
    generated_by: str | None
    user_id: str | None
    filters_applied: dict[str, Any]
    total_records: int
    format: str
    version: str


class EstimateResponse(BaseModel):
    """What an export would be; the estimate costs nothing."""

    export_type: ExportType
    format: str
    records: int
    estimated_bytes: int
    estimated_seconds: float
    points: int
    mode: Literal["direct", "job", "too_large"]
    maximum: int
    counted_seconds_ago: int = Field(ge=0, description="0 if now; a count is kept for a minute.")


class Limits(BaseModel):
    """How many exports are left."""

    limit: int
    remaining: int
    window_seconds: int
    resets_in_seconds: int


class MyValidationResponse(BaseModel):
    """Who asks, and what they may do."""

    user_id: str
    name: str
    role: Role
    ip_address: str
    suppliers: list[str]
    """Those of the catalogue that they may see."""
    restricted: bool
    """Whether there may be suppliers that they may not see."""
    points: int | None
    """None for who pays nothing."""
    export_cost: int
    rate_limit: Limits
    max_records: int
    async_threshold: int


class HealthResponse(BaseModel):
    """Whether the service is there."""

    status: Literal["ok", "unavailable"]
    checks: dict[str, bool] = {}


def iso(moment: dt.datetime | None) -> str | None:
    """A moment as it goes over the wire."""
    return None if moment is None else f"{moment.isoformat(timespec='seconds')}Z"
