import os
import re
import signal
import time
from contextlib import suppress

import pytest
import typer

from pipeline import errors
from pipeline.cli import COMMANDS
from pipeline.commands.exits import EXIT_CODES, exit_codes, say
from pipeline.commands.interrupts import Interrupted, interruptible
from tests.cli.conftest import Bellhop

ALL = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.BellhopError)]
DOCUMENTED = ("0", *(str(code) for _, code, _ in EXIT_CODES), "130")


@pytest.mark.parametrize("kind", [kind for kind in ALL if kind is not errors.BellhopError])
def test_every_error_has_its_exit_code(kind: type[errors.BellhopError], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended, exit_codes():
        raise kind("it is\nso")
    family = next(family for family, _, _ in EXIT_CODES if issubclass(kind, family))
    wanted = {errors.UsageError: 2, errors.SourceError: 3, errors.OutputError: 4, errors.TooLarge: 5}
    assert ended.value.exit_code == (wanted | {errors.ExecutorUnavailable: 6})[family]
    assert capsys.readouterr() == ("", "bellhop: it is so\n")


def test_a_mistake_of_ours_keeps_its_traceback() -> None:
    for error in (ZeroDivisionError("ours"), RuntimeError("ours")):
        with pytest.raises(type(error), match="ours"), exit_codes():
            raise error


def test_nobody_reading_stdout_is_ended_quietly(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended, exit_codes():
        raise BrokenPipeError
    assert ended.value.exit_code == 4
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_with_its_own_code(number: signal.Signals, capsys: pytest.CaptureFixture[str]) -> None:
    before = signal.signal(number, signal.default_int_handler)
    try:
        with pytest.raises(typer.Exit) as ended, exit_codes():
            os.kill(os.getpid(), number)
    finally:
        signal.signal(number, before)
    assert ended.value.exit_code == 128 + number
    assert capsys.readouterr() == ("", "bellhop: interrupted\n")


@pytest.mark.parametrize("error", [RuntimeError("Query interrupted"), AttributeError("it"), errors.SourceError("it")])
def test_a_signal_that_native_code_made_an_error_of_is_remembered(error: Exception) -> None:
    # DuckDB does so in a query: it drops what the signal raised, and raises the first of these.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(Interrupted), interruptible():
            swallow(signal.SIGINT, error)
    finally:
        signal.signal(signal.SIGINT, before)


def swallow(number: signal.Signals, error: Exception) -> None:
    with suppress(Interrupted):
        os.kill(os.getpid(), number)
    raise error


def test_while_polars_looks_on_a_signal_waits() -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    reached: list[str] = []
    try:
        with pytest.raises(Interrupted), interruptible():
            run_in_polars("os.kill(os.getpid(), signal.SIGINT)\nreached.append('after the signal')", reached)
    finally:
        signal.signal(signal.SIGINT, before)
    assert reached == ["after the signal"]


def run_in_polars(code: str, reached: list[str]) -> None:
    exec(code, {"__name__": "polars.datatypes", "os": os, "signal": signal, "reached": reached})  # noqa: S102
    time.sleep(5)


def test_a_signal_that_is_switched_off_stays_off() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with interruptible():
            os.kill(os.getpid(), signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_what_is_said_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    say("two\nlines")
    assert capsys.readouterr().err == "bellhop: two lines\n"


@pytest.mark.parametrize("command", ["", *(command.__name__.replace("_", "-") for command in COMMANDS)])
def test_every_help_tells_the_exit_codes(command: str, bellhop: Bellhop) -> None:
    result = bellhop(*command.split(), "--help")
    assert result.exit_code == 0
    told = result.stdout.partition("Exit codes: ")[2]
    assert tuple(re.findall(r"(?:^|·)\s*(\d+) ", told)) == DOCUMENTED


@pytest.mark.parametrize(
    "arguments", [(), ("nix",), ("export",), ("export", "nix"), ("count", "hotels"), ("count", "hotels", "--nix")]
)
def test_a_command_line_that_is_none_ends_with_2(arguments: tuple[str, ...], bellhop: Bellhop) -> None:
    assert bellhop(*arguments).exit_code == 2


def test_version(bellhop: Bellhop) -> None:
    result = bellhop("--version")
    assert result.exit_code == 0
    assert result.stdout.startswith("bellhop")
