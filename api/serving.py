"""The service as a process: uvicorn, started with what it needs and stopped with grace."""

import sys
from contextlib import suppress

import uvicorn

from api.app import create_app
from api.leaving import leave_within
from api.log import configure
from api.parts import Parts
from api.protocol import BoundedProtocol
from api.settings import Settings
from api.tables.migrate import refuse_other_tables
from pipeline.commands.interrupts import Interrupted
from pipeline.errors import OutputError

_CONNECTIONS_SECONDS = 8
"""For requests under way, when the service is stopped."""
_IDLE_SECONDS = 15


class _Server(uvicorn.Server):
    """Tells workers and streams of events to end as soon as the process is asked to."""

    def __init__(self, config: uvicorn.Config, parts: Parts) -> None:
        super().__init__(config)
        self._parts = parts

    async def shutdown(self, sockets: object = None) -> None:
        """Stop."""
        self._parts.stopping.set()
        leave_within(self._parts.settings.grace)
        await super().shutdown(sockets)  # type: ignore[arg-type]  # as it came


def serve(settings: Settings, host: str, port: int, *, greeting: str = "") -> None:
    """Serve until a signal comes.

    Raises:
        UsageError: The tables are not those of this version.
        OutputError: The address cannot be listened on.

    """
    refuse_other_tables(settings.database.get_secret_value())
    configure()
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=BoundedProtocol,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # who asks is told in one place, access/network.py
        timeout_keep_alive=_IDLE_SECONDS,
        timeout_graceful_shutdown=_CONNECTIONS_SECONDS,
    )
    if greeting:
        print(greeting, file=sys.stderr, flush=True)  # noqa: T201 - what a user of the demo came for
    try:
        with suppress(Interrupted):  # uvicorn raises the signal again that it has just served
            _Server(config, app.state.bellhop).run()
    except SystemExit as error:
        raise OutputError(f"the service cannot listen on {host}:{port}; give another --port") from error
