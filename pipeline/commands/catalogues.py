"""``bellhop make-catalogue`` and ``bellhop load``: the commands that write a catalogue."""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import pipeline
from pipeline.errors import OptionError

if TYPE_CHECKING:
    from pipeline.loading.load import LoadReport

UrlArgument = Annotated[
    str, typer.Argument(metavar="URL", help="The catalogue to write, such as duckdb:///catalogue.duckdb.")
]


def make_catalogue(
    url: UrlArgument,
    *,
    hotels: Annotated[int, typer.Option("--hotels", metavar="N", help="How many hotels.")],
    seed: Annotated[int, typer.Option("--seed", metavar="S", help="Another seed makes another catalogue.")] = 0,
) -> None:
    """Make a catalogue to try things on: the same for the same seed, and full of what breaks exports."""
    _tell_rows(pipeline.make_catalogue(url, hotels=hotels, seed=seed, now=dt.datetime.now(dt.UTC)))


def load(
    url: UrlArgument,
    *,
    hotels: Annotated[Path, typer.Option("--hotels", metavar="FILE", help="A row a hotel: CSV or Parquet.")],
    mappings: Annotated[
        Path | None, typer.Option("--mappings", metavar="FILE", help="A row a provider mapping: CSV or Parquet.")
    ] = None,
    rename: Annotated[
        list[str] | None,
        typer.Option("--rename", metavar="OLD=NEW", help="A column of the files, and its name here; repeatable."),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Take the place of the hotels that are there already.")
    ] = False,
) -> None:
    """Load files into a catalogue: all of them, or nothing."""
    renames = dict(map(_rename, rename or ()))
    now = dt.datetime.now(dt.UTC)
    report = pipeline.load_catalogue(url, hotels=hotels, mappings=mappings, rename=renames, replace=replace, now=now)
    _tell_rows(report.rows)
    _tell_differences(report)


def _rename(given: str) -> tuple[str, str]:
    """The catalogue's names have no ``=``; a file's may."""
    old, separator, new = given.rpartition("=")
    if not separator or not old or not new:
        raise OptionError(f"--rename: {given!r} will not do; give OLD=NEW", option="rename", value=given)
    return old, new


def _tell_rows(rows: Mapping[str, int]) -> None:
    for table, count in rows.items():
        typer.echo(f"{table:<20}{count:>12,} rows")


def _tell_differences(report: "LoadReport") -> None:
    """What a user might not expect of what was loaded, as far as there is anything."""
    if report.replaced:
        typer.echo(f"{report.replaced:,} hotels were replaced")
    if report.orphans:
        typer.echo(f"{report.orphans:,} mappings are of hotels that are not in the catalogue: no export shows them")
    for file, columns in report.left_out.items():
        if columns:
            typer.echo(f"{file}: columns left out, which the catalogue does not have: {', '.join(columns)}")
    for file, columns in report.missing.items():
        if columns:
            typer.echo(f"{file}: columns that it could have had: {', '.join(columns)}")
