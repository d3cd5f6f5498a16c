"""The command ``bellhop``: a thin layer over the library, one module a command."""

import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from pipeline.commands.allocators import keep_memory_small
from pipeline.commands.catalogues import load, make_catalogue
from pipeline.commands.count import count
from pipeline.commands.demo import demo
from pipeline.commands.exits import EXIT_CODES, INTERRUPTED, exit_codes
from pipeline.commands.explain import explain
from pipeline.commands.export import export
from pipeline.commands.indexes import indexes
from pipeline.lazy import load as lazily

COMMANDS = (demo, export, count, explain, indexes, make_catalogue, load)
"""Every command, as the help lists them."""


class _Commands(TyperGroup):
    """Commands that end by the table of exit codes."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - typer's context and result have no public names
        """Run a command."""
        with exit_codes():
            return super().invoke(ctx)


def _epilog() -> str:
    codes = ("0 all went well", *(f"{code} {meaning}" for _, code, meaning in EXIT_CODES), f"{INTERRUPTED} interrupted")
    return f"Exit codes: {' · '.join(codes)}."


def _version(wanted: bool) -> None:  # noqa: FBT001 - as typer calls it
    if wanted:
        try:
            typer.echo(f"bellhop {lazily('importlib.metadata:version')('bellhop')}")
        except ModuleNotFoundError:  # PackageNotFoundError is one
            typer.echo("bellhop, in a checkout that is not installed")
        raise typer.Exit


# Locals are not shown with a traceback: a URL may hold a password.
app = typer.Typer(cls=_Commands, no_args_is_help=True, epilog=_epilog(), pretty_exceptions_enable=False)
for command in COMMANDS:
    app.command(epilog=_epilog())(command)


@app.callback()
def bellhop(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Carry a hotel catalogue out of a database: whole, exact and in bounded memory."""


def main() -> None:
    """Run ``bellhop``."""
    keep_memory_small()
    try:
        app(prog_name="bellhop")
    except KeyboardInterrupt:  # before a command began
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
