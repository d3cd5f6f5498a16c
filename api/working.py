"""Workers as a process of their own: jobs, and nothing of HTTP."""

from concurrent.futures import Future
from contextlib import suppress

from api.app import parts_of
from api.jobs.worker import Workers
from api.leaving import leave_within
from api.log import LOG, configure
from api.parts import Parts
from api.settings import Settings
from api.tables.migrate import refuse_other_tables
from pipeline.commands.interrupts import Interrupted
from pipeline.futures import wait_for


def work(settings: Settings, concurrency: int) -> None:
    """Run jobs until a signal comes; then none is begun, and each has its grace.

    Raises:
        UsageError: The tables are not those of this version.

    """
    refuse_other_tables(settings.database.get_secret_value())
    configure()
    parts = parts_of(settings)
    try:
        run_workers(parts, concurrency)
    finally:
        parts.pool.shutdown(wait=False)
        parts.database.close()


def run_workers(parts: Parts, concurrency: int) -> None:
    """Run workers until a signal comes."""
    workers = Workers(parts, concurrency)
    LOG.info("worker started", extra={"facts": {"concurrency": concurrency}})
    with suppress(Interrupted):
        workers.start()
        wait_for(Future[None]())  # that nobody settles: until a signal is heard
    leave_within(parts.settings.grace)
    workers.stop()
    LOG.info("worker stopped")
