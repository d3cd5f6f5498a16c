"""The catalogues that are exported: made once in a folder, or in databases of their own, and kept."""

import datetime as dt
import subprocess
import sys
from pathlib import Path

MADE_AT = dt.datetime(2025, 7, 1, tzinfo=dt.UTC)
"""So that a catalogue of a size is always the same, byte for byte."""


def catalogue(folder: Path, source: str, hotels: int, server: str | None) -> str:
    """The URL of a catalogue in a source, made when it is not there.

    Args:
        folder: Where the files are.
        source: duckdb, sqlite or postgresql.
        hotels: How many.
        server: Of PostgreSQL, the URL of its server; databases ``bellhop_bench_N`` are made there.

    """
    if source == "postgresql":
        return _on_server(server or "postgresql://postgres@127.0.0.1:5432", hotels)
    file = folder.absolute() / f"{hotels}.{source}"
    folder.mkdir(parents=True, exist_ok=True)
    url = f"{source}:///{file}"
    if not file.exists():
        _make(url, hotels)
    return url


def _make(url: str, hotels: int) -> None:
    """In a process of its own: a child begins with its parent's peak of memory, so the harness has to stay light."""
    code = "import datetime, sys, pipeline; pipeline.make_catalogue(sys.argv[1], hotels=int(sys.argv[2]), now=%r)"
    subprocess.run([sys.executable, "-c", code % MADE_AT, url, str(hotels)], check=True)


def _on_server(server: str, hotels: int) -> str:
    import psycopg  # noqa: PLC0415 - only where there is a server

    name = f"bellhop_bench_{hotels}"
    url = f"{server.rstrip('/')}/{name}"
    with psycopg.connect(f"{server.rstrip('/')}/postgres", autocommit=True) as connection:
        there = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        if there is None:
            connection.execute(f"CREATE DATABASE {name}")  # type: ignore[call-overload, unused-ignore]
    if there is None:
        _make(url, hotels)
    return url
