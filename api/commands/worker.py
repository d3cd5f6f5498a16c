"""``bellhop worker``."""

from typing import Annotated

import typer

from api.commands.opened import settings, told
from pipeline.lazy import load


def worker(
    *,
    concurrency: Annotated[
        int, typer.Option("--concurrency", metavar="N", min=1, max=64, help="Jobs that it runs at once.")
    ] = 1,
) -> None:
    """Run jobs, as `bellhop serve` does beside its requests; any number of them, on any number of machines."""
    with told():
        load("api.working:work", extra="service")(settings(), concurrency)
