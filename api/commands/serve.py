"""``bellhop serve``."""

from typing import Annotated

import typer

from api.commands.opened import settings
from pipeline.lazy import load


def serve(
    *,
    host: Annotated[str, typer.Option("--host", metavar="ADDRESS", help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", metavar="N", min=0, max=65535, help="Where to listen.")] = 8000,
    demo: Annotated[
        bool, typer.Option("--demo", help="A made catalogue and a user of each role; nothing is kept.")
    ] = False,
) -> None:
    """Answer HTTP requests; BELLHOP_* variables and .env are the settings."""
    run = load("api.serving:serve", extra="service")
    if demo:
        with load("api.demo:demo_settings", extra="service")() as made:
            run(made.settings, host, port, greeting=made.greeting(host, port))
    else:
        run(settings(), host, port)
