"""``bellhop audit``: whether the activity log is as it was written."""

from typing import Annotated

import typer

from api.commands.opened import database, settings
from pipeline.commands.exits import say
from pipeline.errors import UsageError
from pipeline.lazy import load

audit = typer.Typer(name="audit", no_args_is_help=True, help="The activity log.")


@audit.callback()
def about() -> None:
    """The activity log."""


@audit.command()
def verify(
    *,
    seen: Annotated[
        str | None,
        typer.Option("--seen", metavar="NUMBER:MAC", help="What an earlier run told: its row must be there."),
    ] = None,
) -> None:
    """Check every row against its MAC and the row before; ends with 1 and names each break.

    Tells the newest row as NUMBER:MAC. Kept out of the database's reach and given as --seen, it shows a log that was
    put back whole to an earlier state, which is as it was written then.
    """
    log = load("api.accounts.audit:ActivityLog", extra="service")(settings().secret)
    with database() as tables, tables.at_one_moment() as session:
        breaks = [*log.verify(session), *(log.unseen(session, *_mark(seen)) if seen else ())]
        newest = log.newest(session)
    for one in breaks:
        say(f"row {one.number}: {one.reason}")
    if breaks:
        raise typer.Exit(1)
    typer.echo(f"the activity log is as it was written, up to {newest}")


def _mark(seen: str) -> tuple[int, str]:
    number, _, mac = seen.partition(":")
    if not (number.isdecimal() and mac):
        raise UsageError(f"--seen: {seen!r:.80} will not do; give the NUMBER:MAC that an earlier run told")
    return int(number), mac
