"""Memory stays flat (D1): the peak of the whole process, as the command itself reads it at its end (VmHWM)."""

import ctypes
import re
import subprocess
import sys
from pathlib import Path

import pytest

import pipeline
from tests.test_against_model import NOW

ROOT = Path(__file__).parents[1]
MOST_BYTES = 300e6
ENDINGS = ("csv", "json", "xlsx", "ndjson", "parquet", "arrow")


def made(folder: Path, hotels: int) -> Path:
    """A catalogue whose rows lie in shuffled order."""
    file = folder / f"{hotels}.duckdb"
    pipeline.make_catalogue(f"duckdb:///{file}", hotels=hotels, now=NOW)
    return file


def peak_bytes(export_type: str, source: Path, target: Path) -> float:
    """Export by the command; the peak that it tells."""
    export = ["export", export_type, "--source", f"duckdb:///{source}", "-o", str(target), "--timings"]
    command = [sys.executable, "-m", "pipeline.cli", *export]
    told = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stderr
    found = re.search(r"peak memory +([\d.]+) MB", told)
    assert found, told
    return float(found[1]) * 1e6


def test_memory_stays_flat_at_100000_hotels_and_a_million_mappings(tmp_path: Path) -> None:
    """One test, since the catalogues take longer to make than to export."""
    few, many = made(tmp_path, 100_000), made(tmp_path, 300_000)
    peaks = {ending: peak_bytes("hotels", few, tmp_path / f"x.{ending}") for ending in ENDINGS}
    peaks |= {str(source.stem): peak_bytes("mappings", source, tmp_path / "x.csv") for source in (few, many)}
    assert {name: peak for name, peak in peaks.items() if peak > MOST_BYTES} == {}
    assert peaks["300000"] <= 1.1 * peaks["100000"]


HEAPS = """
import ctypes, sys, threading
from pipeline.commands.allocators import keep_memory_small

if sys.argv[1] == "small":
    keep_memory_small()
libc, room = ctypes.CDLL(None), threading.Barrier(8)
libc.malloc.restype = libc.fdopen.restype = ctypes.c_void_p
libc.malloc_info.argtypes = [ctypes.c_int, ctypes.c_void_p]

def work():
    libc.malloc(10_000)
    room.wait()

threads = [threading.Thread(target=work) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
libc.malloc_info(0, stdout := libc.fdopen(1, b"w"))
libc.fflush(ctypes.c_void_p(stdout))
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_info"), reason="the allocator is not glibc's")
def test_all_threads_of_the_command_share_one_heap() -> None:
    heaps = {
        how: subprocess.run(
            [sys.executable, "-c", HEAPS, how], cwd=ROOT, check=True, capture_output=True, text=True
        ).stdout.count("<heap nr=")
        for how in ("small", "as it is")
    }
    assert heaps["small"] == 1 < heaps["as it is"]
