"""``bellhop demo``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.lazy import load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from pipeline.demo import Measured

_TABLE_CHARACTERS = 100
"""What a table of millions of rows needs; where a terminal is narrower, its lines wrap."""
_COLUMNS = ("rows", "cells", "MB", "seconds", "rows/s", "peak memory")


def demo(
    *,
    hotels: Annotated[int, typer.Option("--hotels", metavar="N", help="How many hotels.")] = 20_000,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="A folder of the demo's own.")] = Path("demo"),
) -> None:
    """Make a catalogue, export it in every format, and show what it took."""
    typer.echo(f"making a catalogue of {hotels:,} hotels in {out}", err=True)
    url = load("pipeline.demo:demo_catalogue")(out, hotels=hotels)
    exports: list[Measured] = []
    for measured in load("pipeline.demo:demo_exports")(url, out):
        typer.echo(f"{measured.file} in {measured.seconds:.1f} s", err=True)
        exports.append(measured)
    console = load("rich.console:Console")
    console(width=max(console().width, _TABLE_CHARACTERS)).print(_table(exports))
    typer.echo("each file's time and memory are of a process of its own, start and imports included", err=True)
    typer.echo(f"now try: bellhop export hotels --source {url} --country FR -o hotels-in-france.xlsx", err=True)


def _table(exports: "Sequence[Measured]") -> "Table":
    table: Table = load("rich.table:Table")("file", box=load("rich.box:SIMPLE_HEAD"), padding=(0, 1, 0, 0))
    for name in _COLUMNS:
        table.add_column(name, justify="right")
    for export in exports:
        table.add_row(export.file.name, *_cells(export))
    return table


def _cells(export: "Measured") -> tuple[str, ...]:
    return (
        f"{export.rows:,}",
        f"{export.cells:,}",
        f"{export.bytes / 1e6:.1f}",
        f"{export.seconds:.2f}",
        f"{export.rows / export.seconds:,.0f}",
        f"{export.peak_memory_bytes / 1e6:.0f} MB",
    )
