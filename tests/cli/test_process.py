"""What only a process of its own can show: its stdout, its exit code, what it leaves, what it imports."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from pipeline.formats import FORMATS
from tests.cli.conftest import ROOT, Process
from tests.require import require

Run = Callable[..., Process]

HEAVY = {"polars", "duckdb", "sqlglot", "pyarrow", "pydantic", "xlsxwriter"}
IS_DEV_FULL = Path("/dev/full").exists()


@pytest.mark.parametrize("file_format", FORMATS)
def test_stdout_holds_the_export_and_nothing_else(file_format: str, process: Run, url: str, tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.json"
    flags = ("--format", file_format, "--manifest", manifest, "--quiet")
    done = process("export", "mappings", "--source", url, "-o", "-", *flags)
    assert (done.returncode, done.stderr) == (0, b"")
    assert hashlib.sha256(done.stdout).hexdigest() == json.loads(manifest.read_text("utf-8"))["sha256"]


def test_stdout_is_golden_byte_for_byte_and_stderr_is_one_line(process: Run, url: str, golden: Path) -> None:
    done = process("export", "hotels", "--source", url, "-o", "-", "--format", "csv")
    assert (done.returncode, done.stdout) == (0, (golden / "hotels.csv").read_bytes())
    assert done.stderr.startswith(b"bellhop: 8 records, 1,759 bytes, ")
    assert done.stderr.endswith(b" s: stdout\n")
    assert done.stderr.count(b"\n") == 1


@pytest.fixture
def no_database(tmp_path: Path) -> Path:
    file = tmp_path / "text.txt"
    file.write_text("no database at all, and longer than the header of one " * 100)
    return file


@pytest.fixture
def no_locations(tmp_path: Path, url: str) -> str:
    """A catalogue that lacks a table."""
    file = tmp_path / "broken.duckdb"
    file.write_bytes(Path(url.removeprefix("duckdb:///")).read_bytes())
    with duckdb.connect(str(file)) as connection:
        connection.execute("DROP TABLE locations").fetchall()
    return f"duckdb:///{file}"


def test_each_kind_of_failure_has_its_code_and_one_sentence(
    process: Run, url: str, no_database: Path, no_locations: str, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    file = folder / "hotels.csv"
    failures: list[tuple[int, str, tuple[object, ...]]] = [
        (3, "does not exist", ("--source", f"duckdb:///{tmp_path}/nowhere.duckdb", "-o", file)),
        (3, "/csv_separator/date_from/c.d", ("--source", "duckdb:////csv_separator/date_from/c.duckdb", "-o", file)),
        (4, "/refuse_over/x.csv cannot be w", ("--source", url, "-o", tmp_path / "refuse_over" / "x.csv")),
        (3, "is not a DuckDB database", ("--source", f"duckdb:///{no_database}", "-o", file)),
        (3, "is not a SQLite database", ("--source", f"sqlite:///{no_database}", "-o", file)),
        (3, "locations cannot be read", ("--source", no_locations, "-o", file)),
        (2, "--min-rating: 7 will not do", ("--source", url, "-o", file, "--min-rating", "7")),
        (2, "the ending of no format", ("--source", url, "-o", folder / "hotels.docx")),
        (4, "No such file or directory", ("--source", url, "-o", folder / "nowhere" / "hotels.csv")),
        (5, "8 records match, and at most 7 are allowed", ("--source", url, "-o", file, "--refuse-over", "7")),
    ]
    for code, words, flags in failures:
        done = process("export", "hotels", *flags)
        told = done.stderr.decode()
        assert (done.returncode, done.stdout) == (code, b""), told
        assert told.startswith("bellhop: ")
        assert words in told
        assert told.count("\n") == 1, told
        assert not list(folder.iterdir())


def test_a_folder_that_may_not_be_written_is_told(process: Run, url: str) -> None:
    require(Path("/sys/kernel").is_dir(), "a folder that nobody may write to, not even root")
    done = process("export", "hotels", "--source", url, "-o", "/sys/kernel/hotels.csv")
    assert (done.returncode, done.stderr.count(b"\n")) == (4, 1)
    assert b"/sys/kernel/hotels.csv cannot be written: " in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("export", "hotels", "-o", "/dev/full", "--format", "csv"),
        ("export", "hotels", "-o", "-", "--format", "xlsx"),
        ("count", "hotels"),
        ("explain", "hotels"),
    ],
)
def test_a_full_disk_is_told_in_one_sentence(arguments: tuple[str, ...], process: Run, url: str) -> None:
    require(IS_DEV_FULL, "/dev/full")
    with Path("/dev/full").open("wb") as full:
        done = process(*arguments, "--source", url, stdout=full.fileno())
    assert done.returncode == 4
    assert b"No space left on device" in done.stderr
    assert done.stderr.count(b"\n") == 1, done.stderr


@pytest.mark.parametrize(
    "arguments",
    [("export", "hotels", "-o", "-", "--format", "csv"), ("count", "hotels"), ("explain", "hotels")],
)
def test_a_reader_that_went_away_is_no_matter_for_words(arguments: tuple[str, ...], process: Run, url: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = process(*arguments, "--source", url, stdout=writer)
    os.close(writer)
    assert (done.returncode, done.stderr) == (4, b"")


def test_a_closed_stdout_is_told(command: list[str], environment: dict[str, str], url: str) -> None:
    export = [*command, "export", "hotels", "--source", url, "-o", "-", "--format", "csv"]
    closing = ["sh", "-c", 'exec "$@" >&-', "sh", *export]
    done = subprocess.run(closing, env=environment, stderr=subprocess.PIPE, timeout=120, check=False)
    assert (done.returncode, done.stderr.count(b"\n")) == (4, 1)


Started = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def started(command: list[str], environment: dict[str, str]) -> Started:
    """The command in a process of its own, under way."""

    def start(*arguments: object) -> "subprocess.Popen[bytes]":
        return subprocess.Popen([*command, *map(str, arguments)], env=environment, stderr=subprocess.PIPE)

    return start


@contextmanager
def heeding_interrupts() -> Iterator[None]:
    """A process inherits that a signal is switched off; what is handled, it does not."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def has_begun(folder: Path, process: "subprocess.Popen[bytes]") -> bool:
    """Wait for the file's beginning; False when the process ended before."""
    while process.poll() is None:
        if any(folder.glob(".*.part")):
            return True
        time.sleep(0.001)
    return False


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted_in_the_middle_it_leaves_nothing(
    number: signal.Signals, code: int, started: Started, large_url: str, tmp_path: Path
) -> None:
    export = ("export", "hotels", "--source", large_url, "-o", tmp_path / "hotels.json", "--workers", "1")
    with heeding_interrupts(), started(*export) as process:
        assert has_begun(tmp_path, process)
        process.send_signal(number)
        _, told = process.communicate(timeout=60)
    assert (process.returncode, told) == (code, b"bellhop: interrupted\n")
    assert not list(tmp_path.iterdir())


def modules_after(environment: dict[str, str], *arguments: object) -> set[str]:
    """The top-level modules that a run of the command has imported."""
    code = (
        "import sys\nfrom pipeline.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    run = [sys.executable, "-c", code, *map(str, arguments)]
    done = subprocess.run(run, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=True)
    return {name.partition(".")[0] for name in done.stderr.splitlines()[-1].split()}


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ()])
def test_help_and_version_import_nothing_heavy(arguments: tuple[str, ...], environment: dict[str, str]) -> None:
    assert modules_after(environment, *arguments).isdisjoint(HEAVY)


def test_the_help_of_a_command_imports_no_library_that_reads_or_writes(environment: dict[str, str]) -> None:
    assert modules_after(environment, "export", "--help").isdisjoint(HEAVY - {"pydantic"})  # which typer uses, too


def test_an_export_imports_only_what_it_uses(environment: dict[str, str], url: str, tmp_path: Path) -> None:
    loaded = modules_after(environment, "export", "hotels", "--source", url, "-o", tmp_path / "h.csv")
    assert {"polars", "duckdb"} <= loaded
    assert loaded.isdisjoint({"rich", "xlsxwriter", "connectorx", "psycopg"})
