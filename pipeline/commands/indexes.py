"""``bellhop indexes``."""

import time
from typing import TYPE_CHECKING, Annotated

import typer

import pipeline
from pipeline.commands.exits import say
from pipeline.errors import OutputError
from pipeline.lazy import load

if TYPE_CHECKING:
    from pipeline.indexes import Examined
    from pipeline.sources.base import Source

UrlArgument = Annotated[
    str, typer.Argument(metavar="URL", help="The catalogue, such as postgresql://reader@db/hotels.")
]


def indexes(
    url: UrlArgument,
    *,
    apply: Annotated[bool, typer.Option("--apply", help="Build those that are missing.")] = False,
) -> None:
    """Tell which indexes the filters lack and what each filter costs; build what is missing when asked."""
    with pipeline.connect(url) as catalogue:
        source = catalogue.hotels().source
    if not load("pipeline.indexes:wants_indexes")(source):
        typer.echo(f"{source.label} needs no indexes: DuckDB filters its columns as fast without")
        return
    examined = _told(source)
    if apply:
        _build(url, source, examined)


def _told(source: "Source") -> "tuple[Examined, ...]":
    """A line for each use: what for, by which index, whether it is there, what counting costs now."""
    examined: tuple[Examined, ...] = load("pipeline.indexes:examine")(source)
    typer.echo(f"{'filter':<34}{'index':<34}{'':<12}cost now")
    for one in examined:
        name = one.there or (one.index.name if one.index else f"none serves it in {source.dialect.name}")
        state = "missing" if one.is_missing else "there" if one.there else "-"
        typer.echo(f"{one.use!s:<34}{name:<34}{state:<12}{_cost(one)}")
    return examined


def _cost(one: "Examined") -> str:
    if one.cost is None:
        return "no value to measure by"
    return f"{one.cost.figure}{f', reads all of {one.use.table}' if one.cost.scans else ''}"


def _build(url: str, source: "Source", examined: "tuple[Examined, ...]") -> None:
    wanted = load("pipeline.indexes:missing")(examined)
    if not wanted:
        typer.echo("nothing to build")
        return
    if source.dialect.name == "sqlite":
        say("whoever writes to a SQLite file waits while an index of it is built")
    refused = list[str]()
    with load("pipeline.indexes:open_builder")(url, source) as build:
        for number, index in enumerate(wanted, 1):
            started = time.perf_counter()
            try:
                build(index)
            except OutputError as error:  # others may be built all the same
                refused.append(index.name)
                say(f"{number} of {len(wanted)}: {index.name} was not built: {error}")
            else:
                say(f"{number} of {len(wanted)}: {index.name} was built in {time.perf_counter() - started:.1f} s")
    _told(source)
    if refused:
        message = f"{len(refused)} of {len(wanted)} indexes were not built, for the reasons above: {', '.join(refused)}"
        raise OutputError(message)
