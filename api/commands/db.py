"""``bellhop db``: the service's own tables."""

from typing import Annotated

import typer

from api.commands.opened import database
from pipeline.errors import UsageError
from pipeline.lazy import load

db = typer.Typer(name="db", no_args_is_help=True, help="The service's own tables.")


@db.command()
def upgrade() -> None:
    """Make the tables, or bring them to the version of this service."""
    with database() as tables:
        load("api.tables.migrate:upgrade")(tables)
    typer.echo("the tables are those of this version")


@db.command()
def downgrade(
    *,
    revision: Annotated[str, typer.Option("--to", metavar="REVISION", help="A version, or base for none.")],
    yes: Annotated[bool, typer.Option("--yes", help="What only later versions have is lost.")] = False,
) -> None:
    """Bring the tables back to an earlier version."""
    if not yes:
        raise UsageError("what only later versions have would be lost; say --yes if that is wanted")
    with database() as tables:
        load("api.tables.migrate:downgrade")(tables, revision)
    typer.echo(f"the tables are those of {revision}")
