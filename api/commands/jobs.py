"""``bellhop jobs``: everybody's jobs, for an operator."""

from typing import Annotated

import typer

from api.commands.opened import database, parts
from pipeline.errors import UsageError
from pipeline.lazy import load

jobs = typer.Typer(name="jobs", no_args_is_help=True, help="Jobs of all users.")

JobArgument = Annotated[str, typer.Argument(metavar="JOB", help="The job's id.")]


@jobs.command("list")
def list_jobs(
    *,
    status: Annotated[str | None, typer.Option("--status", metavar="STATUS", help="Only these.")] = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="How many at most.")] = 50,
) -> None:
    """List the newest jobs."""
    with database() as tables, tables.reading() as session:
        for job in load("api.jobs.store:newest")(session, status, limit):
            size = "" if job.file_size is None else f"{job.file_size:,} bytes"
            what = f"{job.export_type} {job.format}"
            error = job.error_code or ""
            typer.echo(f"{job.id}  {job.created_at:%Y-%m-%d %H:%M:%S}  {job.status:<11}{what:<24}{size}{error}")


@jobs.command()
def cancel(job_id: JobArgument) -> None:
    """Cancel a job that has not ended; its points are given back."""
    failure = load("api.errors:ApiError", extra="service")
    with parts() as service:
        try:
            load("api.jobs.ending:cancel")(service, _job(service, job_id))
        except failure as error:
            raise UsageError(error.message) from error
    typer.echo(f"{job_id} is cancelled")


@jobs.command()
def retry(job_id: JobArgument) -> None:
    """Let a job that failed be run again; it costs nothing more."""
    with parts() as service, service.database.writing() as session:
        if not load("api.jobs.store:retry")(session, job_id):
            raise UsageError(f"there is no failed job {job_id!r:.60}; `bellhop jobs list --status failed` shows them")
        action = load("api.accounts.audit:Action").ADMINISTRATION
        service.record(session, load("api.accounts.audit:Event")(action=action, job_id=job_id, details="jobs retry"))
    typer.echo(f"{job_id} waits to be run again")


def _job(service: object, job_id: str) -> object:
    tables = service.database  # type: ignore[attr-defined]  # Parts, which is not imported here
    with tables.reading() as session:
        job: object = session.get(load("api.tables.models:Job"), job_id)
    if job is None:
        raise UsageError(f"there is no job {job_id!r:.60}; `bellhop jobs list` shows them")
    return job
