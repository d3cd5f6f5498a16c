"""A process to be killed: the service or a worker as they are, which tell each step, and may die at one."""

import os
import signal
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from api.app import create_app, parts_of
from api.jobs.steps import Step
from api.log import configure
from api.settings import Settings
from api.working import run_workers
from pipeline.commands.interrupts import interruptible
from tests.chaos.signs import Sign


@dataclass(frozen=True, kw_only=True)
class Victim:
    """What becomes of a process."""

    folder: Path
    settings: Mapping[str, Any]
    slowly: float
    """Seconds that each chunk takes longer."""
    step: Step | None
    """Where it ends itself."""
    nth: int
    """At the how manyth time it comes there."""
    port: int | None
    """Of a service; a worker has none."""

    def run(self) -> None:
        """Live."""
        with (self.folder / "log").open("ab") as log:
            for stream in (sys.stdout, sys.stderr):
                os.dup2(log.fileno(), stream.fileno())
        tempfile.tempdir = str(self.folder / "tmp")
        settings = Settings(_env_file=None, **self.settings)
        fate = Fate(self, Sign.of(self.folder / "signs", os.getpid()))
        configure()
        if self.port is not None:
            uvicorn.run(create_app(settings, reached=fate), port=self.port, log_config=None, access_log=False)
            return
        with interruptible():
            run_workers(parts_of(settings, reached=fate), 1)


class Fate:
    """Writes each step down, and dies at the Nth of one."""

    def __init__(self, victim: Victim, sign: Sign) -> None:
        self._victim, self._sign, self._left = victim, sign, victim.nth

    def __call__(self, step: Step) -> None:
        self._sign.write(step)
        if step is self._victim.step:
            self._left -= 1
            if self._left == 0:
                self._sign.write_death(step)
                os.kill(os.getpid(), signal.SIGKILL)
        if step is Step.CHUNK:
            time.sleep(self._victim.slowly)
