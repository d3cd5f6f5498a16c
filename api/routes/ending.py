"""The end of one's own jobs: cancelling, deleting."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from api.access.principal import Caller
from api.jobs import ending
from api.openapi import answered, errors
from api.parts import Parts
from api.routes.base import admission, found_job, router_of
from api.routes.exports import prefix_of
from api.routes.jobs import TYPES, JobId, TypeQuery, status_of
from api.schemas import DeletedResponse, ExportJobStatusResponse
from api.tables.models import JobStatus


def ending_router(parts: Parts) -> APIRouter:
    """What ends jobs, or leaves nothing of them."""
    router = router_of(parts, "jobs")
    admitted = Annotated[Caller, Depends(admission(parts))]

    @router.delete(
        "/jobs",
        name="bellhop_delete_jobs",
        summary="Delete one's own jobs and their files",
        responses=answered("deleted"),
    )
    def delete_jobs(
        caller: admitted,
        status: JobStatus | None = None,
        type: TypeQuery = None,  # noqa: A002 - spec.md's name for it
    ) -> DeletedResponse:
        """Delete all jobs that have ended, or those of a status or type; jobs that run are left alone."""
        deleted = ending.remove_ended(parts, caller, status=status, export_type=TYPES.get(type or ""))
        return DeletedResponse(deleted=deleted)

    @router.delete(
        "/jobs/{job_id}",
        name="bellhop_delete_job",
        summary="Delete a job and its file",
        status_code=204,
        response_class=Response,
        responses=errors("JOB_NOT_FOUND", "JOB_NOT_COMPLETED"),
    )
    def delete_job(caller: admitted, job_id: JobId) -> None:
        """Delete a job that has ended, and its file."""
        ending.remove(parts, found_job(parts, caller, job_id))

    @router.delete(
        "/cancel/{job_id}",
        name="bellhop_cancel",
        summary="Cancel a job",
        responses=answered("cancelled", "JOB_NOT_FOUND", "JOB_FINISHED"),
    )
    def cancel(request: Request, caller: admitted, job_id: JobId) -> ExportJobStatusResponse:
        """Cancel a job that has not ended: its export is stopped, its points are given back."""
        ending.cancel(parts, found_job(parts, caller, job_id))
        return status_of(parts, caller, job_id, prefix_of(request))

    return router
