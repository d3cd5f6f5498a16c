"""``bellhop cleanup`` and ``bellhop refresh-summary``."""

import datetime as dt
from typing import Annotated

import typer

from api.commands.opened import parts, settings
from pipeline.lazy import load


def cleanup() -> None:
    """Take away what is over its time: files, leftovers, old rows. A running service does so every hour."""
    with parts() as service:
        done = load("api.jobs.cleanup:clean_up")(service)
    typer.echo(
        f"{done.expired} files expired, {done.leftovers} leftovers, {done.jobs} jobs, {done.activities} log rows"
    )


def refresh_summary(
    *,
    source: Annotated[
        str | None, typer.Option("--source", metavar="URL", help="The catalogue; BELLHOP_SOURCE if not given.")
    ] = None,
) -> None:
    """Compute supplier_summary anew from the mappings, in the catalogue itself."""
    url = source or settings().source.get_secret_value()
    suppliers = load("pipeline.loading.store:refresh_summary")(url, now=dt.datetime.now(dt.UTC))
    typer.echo(f"{suppliers} suppliers")
