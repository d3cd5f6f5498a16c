"""The catalogues that are exported: files, made once in a folder and kept, and databases, dropped in the end."""

import datetime as dt
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

MADE_AT = dt.datetime(2025, 7, 1, tzinfo=dt.UTC)
"""So that a catalogue of a size is always the same, whatever holds it."""

SERVER = "postgresql://postgres@127.0.0.1:5432"
_MAKE = "import datetime, sys, pipeline; pipeline.make_catalogue(sys.argv[1], hotels=int(sys.argv[2]), now=%r)"


@dataclass(frozen=True, kw_only=True)
class Catalogues:
    """Catalogues by source and number of hotels, each made when it is first asked for."""

    folder: Path
    server: str = SERVER
    """Where databases ``bellhop_bench_N`` are made."""
    made: list[str] = field(default_factory=list)
    """Databases that were not there before."""

    def url(self, source: str, hotels: int) -> str:
        """The URL of a catalogue in DuckDB, SQLite or PostgreSQL."""
        if source == "postgresql":
            return self._on_server(hotels)
        file = self.folder.absolute() / f"{hotels}.{source}"
        url = f"{source}:///{file}"
        if not file.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            _make(url, hotels)
        return url

    def orm_url(self, source: str, hotels: int) -> str:
        """What SQLAlchemy reads; there is no dialect for DuckDB, and SQLite is the best that it can get."""
        if source == "postgresql":
            return self._on_server(hotels).replace("postgresql://", "postgresql+psycopg://", 1)
        return self.url("sqlite", hotels)

    def _on_server(self, hotels: int) -> str:
        name = f"bellhop_bench_{hotels}"
        url = f"{self.server.rstrip('/')}/{name}"
        if name not in self.made and not self._there(name):
            self._ask(f"CREATE DATABASE {name}")
            self.made.append(name)
            _make(url, hotels)
            self._ask("VACUUM ANALYZE", database=name)
        return url

    def _there(self, name: str) -> bool:
        return self._ask("SELECT FROM pg_database WHERE datname = %s", [name]) > 0

    def _ask(self, statement: str, values: Sequence[str] | None = None, *, database: str = "postgres") -> int:
        """The number of rows that a statement gives."""
        import psycopg  # noqa: PLC0415 - only where there is a server

        with psycopg.connect(f"{self.server.rstrip('/')}/{database}", autocommit=True) as connection:
            return connection.execute(statement.encode(), values).rowcount

    def drop(self) -> None:
        """Drop the databases that were made."""
        for name in self.made:
            self._ask(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        self.made.clear()


@contextmanager
def catalogues(folder: Path, server: str, *, keep: bool) -> Iterator[Catalogues]:
    """Catalogues for a while: files stay, databases are dropped unless they are to be kept."""
    made = Catalogues(folder=folder, server=server)
    try:
        yield made
    finally:
        if not keep:
            made.drop()


def _make(url: str, hotels: int) -> None:
    """In a process of its own: a child begins with its parent's peak of memory, so the harness has to stay light."""
    subprocess.run([sys.executable, "-c", _MAKE % MADE_AT, url, str(hotels)], check=True)
