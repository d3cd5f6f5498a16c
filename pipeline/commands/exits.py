"""How a command ends: an exit code for each kind of failure, and one sentence on stderr."""

import os
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

import typer

from pipeline.commands.flags import FLAGS
from pipeline.commands.interrupts import Interrupted, interruptible
from pipeline.errors import (
    BellhopError,
    ExecutorUnavailable,
    FilterError,
    FilterProblem,
    OptionError,
    OutputError,
    SourceError,
    TooLarge,
    UsageError,
)

_OUTPUT = 4

EXIT_CODES: tuple[tuple[type[BellhopError], int, str], ...] = (
    (UsageError, 2, "what was asked for cannot be: a flag, a filter, an option, a file to load"),
    (SourceError, 3, "the catalogue cannot be read"),
    (OutputError, _OUTPUT, "the file cannot be written"),
    (TooLarge, 5, "there are more records than --refuse-over allows"),
    (ExecutorUnavailable, 6, "the cluster, or the storage of its pieces, is not there or was lost meanwhile"),
)
"""Each kind of failure, its exit code, and what the help says of it."""

_SIGNALLED = 128
"""A shell adds the number of the signal to it."""
INTERRUPTED = _SIGNALLED + signal.SIGINT

_NAMES = "|".join(name for name in FLAGS if "_" in name)
_UNDERSCORED = re.compile(rf"(?<![\w'\"/.-])({_NAMES})(?![\w'\"/-]|\.\w)")
"""The library's names that are no word of a sentence, where they stand outside of quotes and are no part of a path."""


def say(sentence: str) -> None:
    """Tell the user something, in one line on stderr."""
    typer.echo(f"bellhop: {' '.join(sentence.splitlines())}", err=True)


@contextmanager
def exit_codes() -> Iterator[None]:
    """Turn what a command raises into a sentence and an exit code; a mistake of ours keeps its traceback."""
    try:
        with interruptible():
            yield
            if sys.stdout is not None:
                sys.stdout.flush()
    except BellhopError as error:
        code = next((code for kind, code, _ in EXIT_CODES if isinstance(error, kind)), 1)
        _end(_in_flags(error), code, error.__cause__ if isinstance(error, OutputError) and not error.path else None)
    except OSError as error:
        what = "the output" if error.filename is None else str(error.filename)
        _end(f"{what} cannot be written: {error.strerror or error}", _OUTPUT, error)
    except Interrupted as interrupted:
        _end("interrupted", _SIGNALLED + interrupted.number)


def _end(sentence: str, code: int, cause: BaseException | None = None) -> None:
    """Say why, unless it is that nobody reads stdout any more."""
    if not isinstance(cause, BrokenPipeError):
        say(sentence)
    if isinstance(cause, OSError):
        _abandon_stdout()
    raise typer.Exit(code)


def _abandon_stdout() -> None:
    """Let what stdout still holds go nowhere: Python would try it once more at its end, and fail in its own words."""
    with suppress(OSError, ValueError), open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - a device, no path of ours
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


def _in_flags(error: BellhopError) -> str:
    """The message, with flags where the library names filters and options."""
    text = str(error)
    if isinstance(error, FilterError) and error.problems:
        text = "; ".join(map(_problem, error.problems))
    elif isinstance(error, OptionError) and error.option in FLAGS:
        text = re.sub(rf"^{error.option}\b", FLAGS[error.option], text)
    return _UNDERSCORED.sub(lambda found: FLAGS[found[0]], text)


def _problem(problem: FilterProblem) -> str:
    if problem.field in FLAGS:
        return str(replace(problem, field=FLAGS[problem.field]))
    return problem.wanted
