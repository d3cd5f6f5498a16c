"""DuckDB files that another process writes to whenever it can: an export shows one moment, or is told to wait (A3)."""

import subprocess
import sys
from pathlib import Path

import pipeline
from tests.figures import figure
from tests.stored import store_in_duckdb
from tests.test_bad_input import GENERATIONS, HOTELS, catalogue, generations_in, lines_of

EXPORTS = figure(20, promised=1_000)
WRITER = f"""
import sys, time, duckdb
generation = 0
while True:
    try:
        with duckdb.connect(sys.argv[1]) as file:
            generation += 1
            file.execute("BEGIN")
            for table, text in {GENERATIONS}.items():
                file.execute(f"UPDATE {{table}} SET {{text}} = 'g{{generation}}'")
            file.execute("COMMIT")
    except duckdb.IOException:
        pass  # it is being read
    time.sleep(0.002)
"""


def test_no_export_mixes_two_moments(tmp_path: Path) -> None:
    url, refused = store_in_duckdb(tmp_path, catalogue("g0")), 0
    seen: list[list[bytes]] = []
    export = pipeline.connect(url).hotels()
    writer = subprocess.Popen([sys.executable, "-c", WRITER, url.removeprefix("duckdb:///")])
    try:
        while len(seen) < EXPORTS:
            try:
                seen.append(generations_in(lines_of(export, chunk_rows=16)))
            except pipeline.SourceUnavailable:
                refused += 1
                assert writer.poll() is None
    finally:
        writer.kill()
        writer.wait()
    assert {len(generations) for generations in seen} == {4 * HOTELS}
    assert [generations for generations in seen if len({*generations}) > 1] == []
    assert len({generations[0] for generations in seen}) > 2
    assert refused
