"""One run of one case: the command in a process of its own, its manifest, and what the system says of the process."""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.cases import Case
from pipeline.manifest import Manifest


@dataclass(frozen=True, kw_only=True)
class Run:
    """What one run took."""

    wall_seconds: float
    """From the start of the process to its end, imports included."""
    cpu_seconds: float
    peak_bytes: int
    """Of resident memory, VmHWM."""
    file_bytes: int
    records: int
    rows: int
    """Of all tables."""


def measured(case: Case, url: str) -> Run:
    """Run a case once."""
    with tempfile.TemporaryDirectory() as folder:
        file, manifest_file = Path(folder) / f"x.{case.ending}", Path(folder) / "manifest.json"
        export = ["export", case.export_type, "--source", url, "-o", str(file), "--manifest", str(manifest_file)]
        started, before = time.perf_counter(), os.times()
        # --timings also tells the peak of memory, which the process itself reads at its end.
        told = subprocess.run(
            [sys.executable, "-m", "pipeline.cli", *export, "--timings", "--quiet"],
            check=True,
            stderr=subprocess.PIPE,
            text=True,
        ).stderr
        seconds, after = time.perf_counter() - started, os.times()
        manifest = Manifest.model_validate_json(manifest_file.read_text("utf-8"))
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Run(
        wall_seconds=seconds,
        cpu_seconds=cpu,
        peak_bytes=_peak_bytes(told),
        file_bytes=manifest.bytes,
        records=manifest.records,
        rows=sum(manifest.rows.values()),
    )


def _peak_bytes(told: str) -> int:
    line = next(line for line in told.splitlines() if line.startswith("peak memory"))
    return round(float(line.split()[2]) * 1e6)
