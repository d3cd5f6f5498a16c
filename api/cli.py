"""The command ``bellhop``: the library's commands, and those of the service beside them.

What a command needs is imported when it runs: ``bellhop --help`` loads no web framework.
"""

from api.commands.audit import audit
from api.commands.db import db
from api.commands.jobs import jobs
from api.commands.serve import serve
from api.commands.upkeep import cleanup, refresh_summary
from api.commands.user import user
from api.commands.worker import worker
from pipeline import cli as library

for command in (serve, worker, cleanup, refresh_summary):
    library.app.command(rich_help_panel="The service")(command)
for group in (db, user, jobs, audit):
    library.app.add_typer(group, rich_help_panel="The service")


def main() -> None:
    """Run ``bellhop``."""
    library.main()


if __name__ == "__main__":
    main()
