"""``bellhop audit``: whether the activity log is as it was written."""

import typer

from api.commands.opened import database, settings
from pipeline.commands.exits import say
from pipeline.lazy import load

audit = typer.Typer(name="audit", no_args_is_help=True, help="The activity log.")


@audit.callback()
def about() -> None:
    """The activity log."""


@audit.command()
def verify() -> None:
    """Check every row against its MAC and the row before; ends with 1 and names each break."""
    log = load("api.accounts.audit:ActivityLog", extra="service")(settings().secret)
    with database() as tables, tables.at_one_moment() as session:
        breaks = list(log.verify(session))
    for one in breaks:
        say(f"row {one.number}: {one.reason}")
    if breaks:
        raise typer.Exit(1)
    typer.echo("the activity log is as it was written")
