"""The records that the flags of a command ask for."""

import gc
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

import pipeline
from pipeline.commands.exits import say
from pipeline.commands.flags import ExportType, FilterFlags

if TYPE_CHECKING:
    from pipeline.export import Export


@contextmanager
def selected(export_type: ExportType, source: str, sql_dir: str | None, filters: FilterFlags) -> Iterator["Export"]:
    """An export of a catalogue; what the library warns of meanwhile is said in a sentence each."""
    connect = pipeline.connect  # which imports all that is behind it
    _keep_what_is_imported()
    with warnings.catch_warnings(), connect(source, sql_dir=sql_dir) as catalogue:
        warnings.simplefilter("default", pipeline.UnknownSupplierWarning)  # each sentence once
        warnings.showwarning = _said
        yield catalogue.export(export_type.dataset, filters.of(export_type))


def _keep_what_is_imported() -> None:
    """Have the collector pass over what lives as long as the process, so that this ends a tenth of a second sooner.

    DuckDB complains at the end if it is left over: where it was imported before, all stays as it is.
    """
    if "duckdb" not in sys.modules:
        gc.freeze()


def _said(  # noqa: PLR0913, PLR0917 - as warnings.showwarning is called
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    del category, filename, lineno, file, line
    say(f"warning: {message}")
