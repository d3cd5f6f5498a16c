"""``bellhop export``."""

import sys
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from pipeline.cluster import Encoders, encoders
from pipeline.commands.exits import say
from pipeline.commands.flags import ExportTypeArgument, FileFlags, FilterFlags, RunFlags, SourceOption, SqlDirOption
from pipeline.commands.memory import peak_memory_bytes
from pipeline.commands.selected import selected
from pipeline.commands.spread import spread
from pipeline.errors import OptionError, OutputError
from pipeline.lazy import load
from pipeline.progress import Timings
from pipeline.publish import Output, published

if TYPE_CHECKING:
    from pipeline.manifest import Manifest

_STDOUT = "-"

OutputOption = Annotated[
    str,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Where to: a file, a folder (the file is named for you), or - for stdout; these two need --format.",
    ),
]


@spread
def export(  # noqa: PLR0913 - three of them are groups of flags
    *,
    export_type: ExportTypeArgument,
    source: SourceOption,
    sql_dir: SqlDirOption = None,
    output: OutputOption,
    filters: FilterFlags,
    file: FileFlags,
    run: RunFlags,
) -> None:
    """Write records to a file, whole or not at all."""
    _must_differ(output, run.manifest)
    started = time.perf_counter()
    with (
        _manifest_file(run.manifest) as manifest_file,
        selected(export_type, source, sql_dir, filters) as chosen,
        _encoders(run) as encoding,
    ):
        if run.manifest is not None:
            chosen.refuse_source(Path(run.manifest))
        manifest = replace(chosen, executor=encoding.executor).write(
            _target(output),
            **file.options(),
            progress=not run.quiet and _is_watched(),
            refuse_over=run.refuse_over,
            workers=run.workers or encoding.workers,
        )
        if manifest_file is not None:
            manifest_file.write(f"{manifest.model_dump_json(indent=2)}\n".encode())
    seconds = time.perf_counter() - started
    if run.timings:
        _tell_timings(manifest, seconds)
    _tell(manifest, seconds, _where(output, manifest), quiet=run.quiet)


def _encoders(run: RunFlags) -> AbstractContextManager[Encoders]:
    if run.pieces is None:
        return encoders(run.cluster)
    if run.cluster is None:
        message = (
            f"--pieces {run.pieces} is where a cluster leaves its pieces; name one with --cluster, or leave it out"
        )
        raise OptionError(message, option="pieces", value=run.pieces)
    by_storage = load("pipeline.pieces:by_storage")
    return encoders(run.cluster, partial(by_storage, url=run.pieces))


def _must_differ(output: str, manifest: str | None) -> None:
    if manifest is not None and Path(output).absolute() == Path(manifest).absolute():
        message = f"--output and --manifest cannot both be {output}; give each a file of its own"
        raise OptionError(message, option="manifest", value=manifest)


def _is_watched() -> bool:
    return sys.stderr is not None and sys.stderr.isatty()


def _target(name: str) -> Path | BinaryIO:
    if name != _STDOUT:
        return Path(name)
    if sys.stdout is None:
        raise OutputError("stdout is closed, and nothing was written; give a file")
    return sys.stdout.buffer


def _where(output: str, manifest: "Manifest") -> str:
    """What to call the file that was written."""
    if output == _STDOUT:
        return "stdout"
    return str(Path(output, manifest.file_name or "") if Path(output).is_dir() else Path(output))


def _manifest_file(name: str | None) -> AbstractContextManager[Output | None]:
    """The file that the manifest goes to. It is begun before the export: if it cannot be, nothing is exported."""
    return nullcontext() if name is None else published(_target(name), Timings())


def _tell_timings(manifest: "Manifest", seconds: float) -> None:
    for stage, took in {**manifest.timings, "all": seconds}.items():
        typer.echo(f"{stage:<12}{took:8.3f} s", err=True)
    typer.echo(f"{'peak memory':<12}{peak_memory_bytes() / 1e6:8.1f} MB", err=True)


def _tell(manifest: "Manifest", seconds: float, where: str, *, quiet: bool) -> None:
    if not manifest.records:
        say(f"nothing matches; {where} is a valid file without records")
    elif not quiet:
        say(f"{manifest.records:,} records, {manifest.bytes:,} bytes, {seconds:.2f} s: {where}")
        if manifest.next:
            say(f"there are more records; go on with --after {manifest.next}")
