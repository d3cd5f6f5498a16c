"""A file appears whole or not at all: whatever call fails, whoever is killed, wherever the bytes go."""

import builtins
import datetime as dt
import errno
import gc
import hashlib
import io
import itertools
import json
import os
import random
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import IO, Any, BinaryIO, NamedTuple, cast

import pytest

import pipeline
from pipeline import Manifest, OptionError, OutputError, Progress, SourceUnavailable, publish
from pipeline.early_sync import EarlySync
from pipeline.export import Export
from pipeline.formats import FORMATS
from pipeline.progress import Timings
from pipeline.publish import published
from tests.require import require

NOW = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
ROOT = Path(__file__).parents[1]
SUPPLIERS = 500
"""So many that the file of every format is larger than a buffer, and than the limits below."""
CHUNK_ROWS = 200
BEFORE = b"what stood there before"


def summary(catalogue: Path) -> Export:
    """The cheapest export there is, of a catalogue with names that do not compress."""
    return pipeline.connect(f"sqlite:///{catalogue}", now=lambda: NOW).supplier_summary()


def write(export: Export, target: str | os.PathLike[str] | BinaryIO, **options: Any) -> Manifest:  # noqa: ANN401
    return export.write(target, workers=1, chunk_rows=CHUNK_ROWS, **options)


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("catalogue") / "catalogue.sqlite"
    draw = random.Random(1)  # noqa: S311 - names that do not compress, the same in every run
    columns = "id, provider_name, total_hotels, total_mappings, last_updated, summary_generated_at"
    rows = [
        (number, draw.randbytes(16).hex(), draw.randrange(10**6), draw.randrange(10**6), None, "2024-01-01 00:00:00")
        for number in range(SUPPLIERS)
    ]
    with closing(sqlite3.connect(path)) as file:
        file.execute(f"CREATE TABLE supplier_summary ({columns})")
        file.executemany("INSERT INTO supplier_summary VALUES (?, ?, ?, ?, ?, ?)", rows)
        file.commit()
    return path


@pytest.fixture
def export(catalogue: Path, monkeypatch: pytest.MonkeyPatch) -> Export:
    # Two exports differ in their id and nothing else; with one id their bytes can be compared.
    monkeypatch.setattr(uuid, "uuid4", lambda: uuid.UUID(int=1))
    return summary(catalogue)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with nothing in it but what an export puts there."""
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


class Entry(NamedTuple):
    """One file as a folder shows it."""

    mode: int
    links: int
    content: bytes


def state(folder: Path) -> dict[str, Entry]:
    """All that a folder holds, hidden files too."""
    return {path.name: _entry(path) for path in folder.iterdir()}


def _entry(path: Path) -> Entry:
    found = path.lstat()
    return Entry(stat.S_IMODE(found.st_mode), found.st_nlink, path.read_bytes())


def is_true(manifest: Manifest, content: bytes) -> bool:
    return (manifest.bytes, manifest.sha256) == (len(content), hashlib.sha256(content).hexdigest())


# --- whichever call fails (B2, B3) ----------------------------------------------------------------------------------


class Fault:
    """Lets one of the calls fail that bring bytes to a disk: the Nth."""

    def __init__(self, nth: int) -> None:
        self._nth = nth
        self.calls: list[str] = []

    def call(self, name: str) -> None:
        self.calls.append(name)
        if len(self.calls) == self._nth:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def wrap(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any, **options: Any) -> Any:  # noqa: ANN401 - any call's
            self.call(name)
            return call(*args, **options)

        return wrapped

    def opening(self, folder: Path) -> Callable[..., int]:
        """Fails in the target's folder only: tempfile gets over a failure elsewhere by another way."""
        call = os.open

        def opened(path: Any, *args: Any, **options: Any) -> int:  # noqa: ANN401
            if not isinstance(path, int) and Path(path).is_relative_to(folder):
                self.call("open")
            return call(path, *args, **options)

        return opened

    def files(self) -> Callable[..., Any]:
        """Files whose writes fail beneath Python's buffer, where a disk's do."""
        call, fault = io.open, self

        class Raw(io.FileIO):
            def write(self, data: Any) -> int | None:  # type: ignore[override]  # noqa: ANN401 - any buffer
                fault.call("write")
                return super().write(data)

        def opened(file: Any, mode: str = "r", *args: Any, **options: Any) -> Any:  # noqa: ANN401
            if "b" not in mode or not set("wxa+") & set(mode):
                return call(file, mode, *args, **options)
            raw = Raw(file, mode.replace("b", ""), opener=options.get("opener"))
            return io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)

        return opened


@contextmanager
def failing(nth: int, folder: Path) -> Iterator[Fault]:
    """The Nth of the calls that write, flush to the disk, name or open a file or its mode fails."""
    fault = Fault(nth)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("replace", "rename", "fsync", "fdatasync", "fchmod", "chmod"):
            patch.setattr(os, name, fault.wrap(name, getattr(os, name)))
        patch.setattr(os, "open", fault.opening(folder))
        opened = fault.files()
        patch.setattr(io, "open", opened)
        patch.setattr(builtins, "open", opened)
        yield fault


def outcomes(export: Export, target: Path, format_: str) -> Iterator[tuple[Fault, OutputError | None]]:
    """Let the first call fail, then the second, and so on until there is none left to fail."""
    for nth in itertools.count(1):
        with failing(nth, target.parent) as fault:
            error = error_of(lambda: write(export, target, format=format_))
        yield fault, error
        if error is None:
            return
        assert len(fault.calls) >= nth, "it failed though no call did"


def error_of(call: Callable[[], object]) -> OutputError | None:
    try:
        call()
    except OutputError as error:
        return error
    return None


@pytest.mark.parametrize("stood", [False, True], ids=["new", "replaced"])
@pytest.mark.parametrize("format_", FORMATS)
def test_whichever_call_fails_the_folder_is_as_it_was(
    export: Export, folder: Path, format_: str, *, stood: bool
) -> None:
    target = folder / f"x.{FORMATS[format_].ending}"
    if stood:
        target.write_bytes(BEFORE)
        target.chmod(0o640)
    before = state(folder)

    failed = 0
    for fault, error in outcomes(export, target, format_):
        if error is None:
            assert len(fault.calls) == failed  # every call was let fail once
            assert {"open", "write", "fsync", "fchmod", "replace"} <= {*fault.calls}
        else:
            failed += 1
            assert error.path in {target, Path(tempfile.gettempdir())}  # the target's own, or a scratch file's
            assert state(folder) == before, f"after {fault.calls}"

    assert failed > 6
    assert [*state(folder)] == [target.name]
    assert state(folder)[target.name].content != BEFORE


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is full")
@pytest.mark.parametrize(("format_", "written"), [("csv", 2), ("xlsx", 3)])
def test_a_full_folder_of_scratch_files_is_told_as_that(
    export: Export, monkeypatch: pytest.MonkeyPatch, format_: str, written: int
) -> None:
    def full_at(nth: int) -> Callable[[], IO[bytes]]:
        numbers = itertools.count(1)
        return lambda: open("/dev/full", "r+b", buffering=0) if next(numbers) == nth else whole()  # noqa: PTH123

    whole, errors = tempfile.TemporaryFile, []
    for nth in range(1, 10):
        monkeypatch.setattr(tempfile, "TemporaryFile", full_at(nth))
        errors.append(error_of(lambda: write(export, cast("BinaryIO", io.BytesIO()), format=format_)))
    told = [str(error) for error in errors if error]
    assert len(told) == written, "a sheet without rows writes nothing"
    assert all(text.startswith(f"scratch files in {tempfile.gettempdir()} cannot be written: No s") for text in told)


@pytest.mark.parametrize("fails", [1, 2])
def test_a_disk_that_fails_while_the_file_is_written_leaves_the_folder_as_it_was(
    export: Export, folder: Path, monkeypatch: pytest.MonkeyPatch, fails: int
) -> None:
    calls = itertools.count(1)

    def fdatasync(descriptor: int) -> None:
        if next(calls) == fails:  # told once, as Linux does: what comes after has nothing to say
            raise OSError(errno.EIO, f"no file {descriptor}")

    monkeypatch.setattr(os, "fdatasync", fdatasync)
    monkeypatch.setattr(publish, "EarlySync", partial(EarlySync, every_bytes=1))
    before = state(folder)
    error = error_of(lambda: write(export, folder / "x.json", format="json"))
    assert error is not None
    assert "no file" in str(error)
    assert state(folder) == before


def test_a_disk_that_fails_at_last_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def fdatasync(descriptor: int) -> None:
        raise OSError(errno.EIO, f"no file {descriptor}")

    monkeypatch.setattr(os, "fdatasync", fdatasync)
    with pytest.raises(OSError, match="no file 17"), EarlySync(17, every_bytes=1) as sync:
        sync.wrote(1)


def test_what_was_written_is_told_to_the_disk_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    told = list[int]()
    monkeypatch.setattr(os, "fdatasync", told.append)
    with EarlySync(17, every_bytes=10) as sync:
        for size in (9, 1, 9):
            sync.wrote(size)
    assert told == [17]
    assert "bellhop-sync" not in {thread.name.partition("_")[0] for thread in threading.enumerate()}


@pytest.mark.parametrize("format_", FORMATS)
def test_whichever_write_to_a_stream_fails_is_told(export: Export, format_: str) -> None:
    class Failing(io.RawIOBase):
        def __init__(self, writes: int) -> None:
            self.left = writes

        def writable(self) -> bool:
            return True

        def write(self, data: Any) -> int:  # noqa: ANN401 - any buffer
            self.left -= 1
            if self.left < 0:
                raise OSError(errno.EPIPE, os.strerror(errno.EPIPE))
            return min(len(data), 8_000)

    for writes in itertools.count():
        stream = cast("BinaryIO", Failing(writes))
        error = error_of(lambda stream=stream: write(export, stream, format=format_))  # type: ignore[misc]
        if error is None:
            break
        assert writes < 1000
        assert error.path is None
    assert writes > 2


def test_the_next_export_works_after_one_that_failed(export: Export, folder: Path) -> None:
    with failing(3, folder), pytest.raises(OutputError):
        write(export, folder / "x.csv")

    assert is_true(write(export, folder / "x.csv"), (folder / "x.csv").read_bytes())


@pytest.mark.parametrize("raised", [KeyboardInterrupt(), RuntimeError("mine")], ids=repr)
def test_what_a_listener_raises_comes_through_and_leaves_nothing(
    export: Export, folder: Path, raised: BaseException
) -> None:
    def listener(_: Progress) -> None:
        raise raised

    for format_ in FORMATS:
        with pytest.raises(type(raised)) as caught:
            write(export, folder / "x", format=format_, progress=listener)
        assert caught.value is raised
    assert state(folder) == {}


@pytest.mark.parametrize("format_", FORMATS)
def test_an_export_that_fails_has_nothing_to_say_when_it_is_cleared_away(
    export: Export, folder: Path, format_: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # pyarrow ends a Parquet file when its writer is garbage, and that is after the part is closed and gone.
    said: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", said.append)

    def listener(_: Progress) -> None:
        raise RuntimeError

    with suppress(RuntimeError):
        write(export, folder / "x", format=format_, progress=listener)
    gc.collect()
    assert said == []


def test_a_part_that_somebody_cuts_short_is_not_published(export: Export, folder: Path) -> None:
    def cut(progress: Progress) -> None:
        if progress.records == progress.total:
            for part in folder.iterdir():
                os.truncate(part, 10)

    with pytest.raises(OutputError, match=r"\d+ bytes were written and 10 arrived"):
        write(export, folder / "x.csv", progress=cut)
    assert state(folder) == {}


def test_a_catalogue_that_goes_away_is_not_blamed_on_the_output(folder: Path) -> None:
    # SourceUnavailable is an OSError too.
    with pytest.raises(SourceUnavailable), published(folder / "x.csv", Timings()):
        raise SourceUnavailable("the server is gone")
    assert state(folder) == {}


# --- killed (B1) ----------------------------------------------------------------------------------------------------


def _die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _dies_on(call: Callable[..., Any], *, when: Callable[..., bool] = lambda *_: True) -> Callable[..., Any]:
    def dying(*args: Any, **options: Any) -> Any:  # noqa: ANN401 - any call's
        if when(*args):
            _die()
        return call(*args, **options)

    return dying


def _dies_after(call: Callable[..., Any]) -> Callable[..., Any]:
    def dying(*args: Any, **options: Any) -> Any:  # noqa: ANN401 - any call's
        call(*args, **options)
        _die()

    return dying


def _dies_writing() -> Callable[..., Any]:
    """Half of what a write was given arrives, then the process is dead."""

    class Raw(io.FileIO):
        def write(self, data: Any) -> int | None:  # type: ignore[override]  # noqa: ANN401 - any buffer
            super().write(memoryview(data)[: len(data) // 2])
            _die()
            return None

    call = io.open

    def opened(file: Any, mode: str = "r", *args: Any, **options: Any) -> Any:  # noqa: ANN401
        # What is read again ("w+b") is a file that waits, not the one to be.
        is_part = set("wx") & set(mode) and "+" not in mode
        return io.BufferedWriter(Raw(file, mode.replace("b", ""))) if is_part else call(file, mode, *args, **options)

    return opened


def _is_folder(descriptor: int) -> bool:
    return stat.S_ISDIR(os.fstat(descriptor).st_mode)


STEPS: Mapping[str, Callable[[], object]] = {
    "opened": lambda: setattr(os, "fchmod", _dies_on(os.fchmod)),
    "mid-write": lambda: setattr(io, "open", _dies_writing()),
    "between two chunks": lambda: None,
    "before it is flushed": lambda: setattr(os, "fsync", _dies_on(os.fsync)),
    "before it is renamed": lambda: setattr(os, "replace", _dies_on(os.replace)),
    "after it is renamed": lambda: setattr(os, "replace", _dies_after(os.replace)),
    "before the folder is flushed": lambda: setattr(os, "fsync", _dies_on(os.fsync, when=_is_folder)),
}
"""What a process does to die there."""


KILLED = [
    *((step, "csv", stood) for step in STEPS for stood in (False, True)),
    *((step, name, True) for step in ("mid-write", "before it is renamed") for name in FORMATS if name != "csv"),
]
WHOLE_AT = {"after it is renamed", "before the folder is flushed"}
"""Steps at which the file stands already."""


def target_of(top: Path, number: int) -> Path:
    return top / str(number) / f"x.{FORMATS[KILLED[number][1]].ending}"


def die_everywhere(catalogue: str, top: str) -> None:
    """Let a process die at each of the steps, and tell on stdout how each ended."""
    export = with_one_id(catalogue)
    # Polars has not been used yet, so it has no threads that a fork could lose; and a fork has its imports.
    ended = [_ended(export, step, target_of(Path(top), number)) for number, (step, _, _) in enumerate(KILLED)]
    print(json.dumps(ended))  # noqa: T201


def _ended(export: Export, step: str, target: Path) -> int:
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    signal.alarm(60)
    STEPS[step]()
    write(export, target, progress=_die if step == "between two chunks" else False)
    os._exit(0)


def with_one_id(catalogue: str) -> Export:
    """As the fixture, for a process of its own."""
    setattr(uuid, "uuid4", lambda: uuid.UUID(int=1))  # noqa: B010 - mypy takes no other way
    return summary(Path(catalogue))


def in_child(function: Callable[..., None], *arguments: str) -> "subprocess.CompletedProcess[bytes]":
    """Run a function of this module in a process of its own."""
    code = f"from tests import test_publish; test_publish.{function.__name__}(*{arguments!r})"
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False, timeout=60)


@pytest.fixture(scope="module")
def deaths(catalogue: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str, bool], tuple[int, Path]]:
    """How each process ended, and where it wrote."""
    top = tmp_path_factory.mktemp("killed")
    targets = [target_of(top, number) for number in range(len(KILLED))]
    for target, (_, _, stood) in zip(targets, KILLED, strict=True):
        target.parent.mkdir()
        if stood:
            target.write_bytes(BEFORE)
    ran = in_child(die_everywhere, str(catalogue), str(top))
    assert ran.stderr == b""
    return dict(zip(KILLED, zip(json.loads(ran.stdout), targets, strict=True), strict=True))


@pytest.mark.parametrize(("step", "format_", "stood"), KILLED)
def test_a_killed_export_leaves_what_stood_there_or_the_whole_file(
    deaths: dict[tuple[str, str, bool], tuple[int, Path]], export: Export, step: str, format_: str, *, stood: bool
) -> None:
    code, target = deaths[step, format_, stood]
    assert code == -signal.SIGKILL

    others = [path.name for path in target.parent.iterdir() if path != target]
    assert all(name.startswith(".x.") and name.endswith(".part") for name in others)  # what a sweep knows
    if step in WHOLE_AT:
        undisturbed = target.with_name(f"undisturbed.{FORMATS[format_].ending}")
        write(export, undisturbed)
        assert target.read_bytes() == undisturbed.read_bytes()
    elif stood:
        assert target.read_bytes() == BEFORE
    else:
        assert not target.exists()

    write(export, target)  # and the next one works
    assert target.read_bytes() != BEFORE


# --- no room (B2) ---------------------------------------------------------------------------------------------------


SHORT_OF = (1, 100, 9000)


def export_within_limits(catalogue: str, folder: str) -> None:
    """Write each format with too small a limit on the size of a file, and tell on stdout what came of it."""
    import resource  # noqa: PLC0415 - no Windows has it, and only this process limits itself

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
    export, came = with_one_id(catalogue), {}
    for format_ in FORMATS:
        whole = Path(folder) / "whole"
        size = write(export, whole, format=format_).bytes
        whole.unlink()
        for short_of in SHORT_OF:
            resource.setrlimit(resource.RLIMIT_FSIZE, (size - short_of, unlimited[1]))
            try:
                write(export, Path(folder) / "x", format=format_)
                came[f"{format_} {short_of}"] = "no error"
            except OutputError as error:
                left = os.listdir(folder)  # noqa: PTH208
                came[f"{format_} {short_of}"] = f"left: {left}" if left else errno.errorcode[_errno(error)]
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
        write(export, whole, format=format_)
        whole.unlink()
    print(json.dumps(came))  # noqa: T201


def _errno(error: OutputError) -> int:
    assert isinstance(error.__cause__, OSError)
    return error.__cause__.errno or 0


def test_a_file_that_is_short_of_room_by_a_byte_is_noticed(catalogue: Path, folder: Path) -> None:
    ran = in_child(export_within_limits, str(catalogue), str(folder))

    assert ran.stderr == b""
    expected = {f"{format_} {short_of}": "EFBIG" for format_ in FORMATS for short_of in SHORT_OF}
    assert json.loads(ran.stdout) == expected


@pytest.mark.parametrize("format_", FORMATS)
def test_a_full_device_is_told_and_stays_a_device(export: Export, format_: str) -> None:
    full = Path("/dev/full")
    require(full.is_char_device(), "/dev/full")

    with pytest.raises(OutputError, match=r"^/dev/full cannot be written: No space left on device;") as caught:
        write(export, full, format=format_)

    assert caught.value.path == full
    assert full.is_char_device()
    assert not [*full.parent.glob(".full.*")]


# --- where bytes go (A2) --------------------------------------------------------------------------------------------


class Short(io.RawIOBase):
    """An unbuffered stream that takes a little at a time, as a pipe or a socket may."""

    def __init__(self) -> None:
        self.taken = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:  # noqa: ANN401 - any buffer
        some = bytes(data)[: 1 + len(self.taken) % 1009]
        self.taken += some
        return len(some)


class Silent:
    """Somebody's own stream, whose write says nothing."""

    def __init__(self) -> None:
        self.taken = bytearray()

    def write(self, data: bytes) -> None:
        self.taken += data

    def flush(self) -> None:
        """Nothing is kept back."""


@pytest.mark.parametrize("format_", FORMATS)
def test_the_manifest_of_a_file_is_true(export: Export, folder: Path, format_: str) -> None:
    target = folder / f"x.{FORMATS[format_].ending}"
    assert is_true(write(export, target), target.read_bytes())


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
@pytest.mark.parametrize("format_", ["csv", "json", "ndjson"])
def test_the_manifest_of_a_compressed_file_is_true(
    export: Export, folder: Path, format_: str, compression: str
) -> None:
    manifest = write(export, folder / "x", format=format_, compression=compression)
    assert is_true(manifest, (folder / "x").read_bytes())


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("kind", [Short, Silent])
def test_a_stream_that_takes_little_or_says_nothing_gets_every_byte(
    export: Export, format_: str, kind: type[Short | Silent]
) -> None:
    whole, stream = io.BytesIO(), kind()
    write(export, whole, format=format_)

    manifest = write(export, cast("BinaryIO", stream), format=format_)

    assert bytes(stream.taken) == whole.getvalue()
    assert is_true(manifest, whole.getvalue())
    assert manifest.file_name is None


def test_an_open_file_is_written_on_from_where_it_is(export: Export, folder: Path) -> None:
    with (folder / "x").open("wb", buffering=0) as file:
        file.write(b"mine")
        manifest = write(export, cast("BinaryIO", file), format="csv")
        assert not file.closed
    content = (folder / "x").read_bytes()
    assert content.startswith(b"mine\xef\xbb\xbf")
    assert is_true(manifest, content.removeprefix(b"mine"))


@pytest.mark.parametrize("answer", [None, 0])
def test_a_stream_that_takes_no_more_is_an_error_and_no_endless_loop(export: Export, answer: int | None) -> None:
    class Stuck(io.RawIOBase):
        def writable(self) -> bool:
            return True

        def write(self, _: Any) -> int | None:  # noqa: ANN401 - any buffer
            return answer

    with pytest.raises(OutputError, match=r"^the output cannot be written: it takes no more for now;"):
        write(export, cast("BinaryIO", Stuck()), format="csv")


def test_a_closed_stream_is_an_error_before_anything_is_read(export: Export) -> None:
    stream, told = io.BytesIO(), list[Progress]()
    stream.close()
    with pytest.raises(OutputError, match=r"^the output cannot be written: it is closed;"):
        write(export, stream, format="csv", progress=told.append)
    assert told == []


@pytest.mark.parametrize("target", [io.StringIO(), 5, b"bytes", object()], ids=lambda target: type(target).__name__)
def test_what_takes_no_bytes_is_refused(export: Export, target: Any) -> None:  # noqa: ANN401 - none that is typed
    with pytest.raises(OptionError, match=r"^target: \w+ will not do; give a path, or a stream that takes bytes$"):
        write(export, target, format="csv")


@contextmanager
def reading(fifo: Path) -> Iterator[Callable[[], bytes]]:
    """A reader at the other end of a pipe; what it got is told once the writer has closed."""
    got: list[bytes] = []
    thread = threading.Thread(target=lambda: got.append(fifo.read_bytes()))
    thread.start()

    def read() -> bytes:
        thread.join(30)
        return got[0]

    try:
        yield read
    finally:
        let_go(fifo)
        thread.join(30)


def let_go(fifo: Path) -> None:
    """A reader who waits for a writer that never came has one, for a moment."""
    with suppress(OSError):  # nobody waits
        os.close(os.open(fifo, os.O_WRONLY | os.O_NONBLOCK))


@pytest.mark.parametrize("format_", FORMATS)
def test_a_pipe_gets_exactly_the_bytes_and_stays_a_pipe(export: Export, folder: Path, format_: str) -> None:
    fifo, whole = folder / "fifo", io.BytesIO()
    os.mkfifo(fifo)
    write(export, whole, format=format_)

    with reading(fifo) as read:
        manifest = write(export, fifo, format=format_)
        assert read() == whole.getvalue()

    assert fifo.is_fifo()
    assert [path.name for path in folder.iterdir()] == ["fifo"]
    assert is_true(manifest, whole.getvalue())


def test_a_reader_that_goes_away_is_an_error_of_the_output(export: Export, folder: Path) -> None:
    fifo = folder / "fifo"
    os.mkfifo(fifo)
    thread = threading.Thread(target=lambda: fifo.open("rb").close())
    thread.start()

    # JSON is more than a pipe holds, so the writer still writes when nobody reads any more.
    with pytest.raises(OutputError, match="Broken pipe"):
        write(export, fifo, format="json")

    let_go(fifo)
    thread.join(30)
    assert fifo.is_fifo()


def test_a_descriptor_of_a_pipe_is_a_pipe_like_any_other(export: Export) -> None:
    # What /dev/fd/7 (or /dev/stdout, or a shell's process substitution) points to is /proc/self/fd/pipe:[123]: a name
    # that no file has.
    require(Path("/dev/fd").is_dir(), "/dev/fd")
    whole, (end, other) = io.BytesIO(), os.pipe()
    write(export, whole, format="csv")
    with ThreadPoolExecutor(1) as executor, open(end, "rb") as reader:  # noqa: PTH123 - no path
        got = executor.submit(reader.read)
        try:
            write(export, f"/dev/fd/{other}", format="csv")
        finally:
            os.close(other)
        assert got.result() == whole.getvalue()


# --- under which name, with which mode ------------------------------------------------------------------------------


@pytest.fixture
def umask() -> Iterator[int]:
    """An unusual umask, so that no usual mode passes for the right one."""
    before = os.umask(0o026)
    yield 0o026
    os.umask(before)


def test_a_new_file_has_the_mode_that_any_new_file_gets(export: Export, folder: Path, umask: int) -> None:
    write(export, folder / "x.csv")
    assert state(folder)["x.csv"].mode == 0o666 & ~umask


@pytest.mark.usefixtures("umask")
@pytest.mark.parametrize("mode", [0o600, 0o604, 0o777, 0o400])
def test_a_replaced_file_keeps_its_mode(export: Export, folder: Path, mode: int) -> None:
    target = folder / "x.csv"
    target.write_bytes(BEFORE)
    target.chmod(mode)

    write(export, target)

    assert state(folder)["x.csv"].mode == mode
    assert state(folder)["x.csv"].links == 1
    assert target.read_bytes() != BEFORE


@pytest.mark.parametrize("stood", [False, True], ids=["new", "replaced"])
def test_nobody_else_can_read_a_file_that_is_being_written(export: Export, folder: Path, *, stood: bool) -> None:
    target, seen = folder / "x.csv", list[tuple[str, int]]()
    if stood:
        target.write_bytes(BEFORE)

    def look(_: Progress) -> None:
        seen.extend((name, entry.mode) for name, entry in state(folder).items() if name != target.name)
        assert target.exists() == stood

    write(export, target, progress=look)

    assert len(seen) > 1
    assert {name for name, _ in seen} == {seen[0][0]}
    assert seen[0][0].startswith(".x.csv.")
    assert {mode for _, mode in seen} == {0o600}


def test_the_part_of_a_private_file_is_private_from_its_first_moment(
    export: Export, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, seen, call = folder / "x.csv", list[int](), os.fchmod
    target.write_bytes(BEFORE)
    target.chmod(0o600)

    def fchmod(descriptor: int, mode: int) -> None:
        seen.append(stat.S_IMODE(os.fstat(descriptor).st_mode))
        call(descriptor, mode)

    monkeypatch.setattr(os, "fchmod", fchmod)
    write(export, target)
    assert {*seen} == {0o600}


@pytest.mark.parametrize("stands", [True, False], ids=["to a file", "dangling"])
@pytest.mark.parametrize("relative", [True, False])
def test_a_link_stays_and_what_it_points_to_is_replaced(
    export: Export, folder: Path, *, stands: bool, relative: bool
) -> None:
    real, link = folder / "elsewhere" / "real", folder / "x.csv"
    real.parent.mkdir()
    if stands:
        real.write_bytes(BEFORE)
    link.symlink_to("elsewhere/real" if relative else real)

    manifest = write(export, link)

    assert link.is_symlink()
    assert is_true(manifest, real.read_bytes())
    assert manifest.file_name == "x.csv"
    assert sorted(path.name for path in folder.rglob("*")) == ["elsewhere", "real", "x.csv"]


def test_links_in_a_circle_are_an_error(export: Export, folder: Path) -> None:
    one, two = folder / "one.csv", folder / "two.csv"
    one.symlink_to(two)
    two.symlink_to(one)
    with pytest.raises(OutputError, match="symbolic links"):
        write(export, one)
    assert one.is_symlink()
    assert len([*folder.iterdir()]) == 2


@pytest.mark.parametrize(
    ("options", "name"),
    [
        *(({"format": name}, f"supplier_summary_20260102_030405.{known.ending}") for name, known in FORMATS.items()),
        ({"format": "CSV", "compression": "gzip"}, "supplier_summary_20260102_030405.csv.gz"),
        ({"format": "Json", "compression": "zstd"}, "supplier_summary_20260102_030405.json.zst"),
        ({"format": "XLSX"}, "supplier_summary_20260102_030405.xlsx"),
    ],
)
def test_a_file_in_a_folder_is_named_by_what_it_is_and_when(
    export: Export, folder: Path, options: dict[str, str], name: str
) -> None:
    manifest = write(export, folder, **options)
    assert manifest.file_name == name
    assert [*state(folder)] == [name]
    assert is_true(manifest, (folder / name).read_bytes())


def test_a_folder_under_the_name_of_the_file_is_an_error(export: Export, folder: Path) -> None:
    target = folder / "supplier_summary_20260102_030405.csv"
    target.mkdir()
    with pytest.raises(OutputError, match="Is a directory") as caught:
        write(export, folder, format="csv")
    assert caught.value.path == target
    assert [*target.iterdir()] == []


@pytest.mark.parametrize(
    "place",
    ["file/x.csv", "missing/x.csv", "/proc/x.csv", f"{'x' * 300}.csv", f"{'x/' * 3000}x.csv"],
    ids=["under a file", "in no folder", "in /proc", "name too long", "path too long"],
)
def test_a_place_that_takes_no_file_is_told_by_its_name(export: Export, folder: Path, place: str) -> None:
    (folder / "file").write_bytes(BEFORE)
    before, target = state(folder), folder / place

    with pytest.raises(OutputError) as caught:
        write(export, target)

    assert caught.value.path == target
    message = str(caught.value)
    assert message.startswith(f"{target} cannot be written: ")
    assert message.endswith("; nothing was published; give a place that can hold the file")
    assert state(folder) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="no permission holds root back")
def test_a_folder_that_may_not_be_written_is_told_by_its_name(export: Export, folder: Path) -> None:
    folder.chmod(0o500)
    with pytest.raises(OutputError, match="Permission denied") as caught:
        write(export, folder / "x.csv")
    folder.chmod(0o700)
    assert caught.value.path == folder / "x.csv"
    assert state(folder) == {}


@pytest.mark.parametrize("name", ["🏨" * 62 + ".csv", "x" * 251 + ".csv", " .csv", "-rf.csv", "a\nb.csv", "%s{}.csv"])
def test_any_name_that_a_file_can_have_will_do(export: Export, folder: Path, name: str) -> None:
    manifest = write(export, folder / name)
    assert manifest.file_name == name
    assert is_true(manifest, state(folder)[name].content)


@pytest.mark.parametrize("target", ["", "a\0b.csv", "a\ud800b.csv"], ids=repr)
def test_a_name_that_no_file_can_have_is_refused(
    export: Export, folder: Path, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)  # where no name at all would lead to
    with pytest.raises(OptionError) as caught:
        write(export, target and str(folder / target), format="csv")
    assert str(caught.value).isprintable()
    assert state(folder) == {}


def test_a_line_break_in_a_name_breaks_no_message(export: Export, folder: Path) -> None:
    with pytest.raises(OutputError) as caught:
        write(export, folder / "a\nb" / "x.csv")
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("source", ["duckdb", "sqlite"])
def test_the_catalogue_itself_is_never_written_over(tmp_path: Path, source: str) -> None:
    url = f"{source}:///{tmp_path}/c.{source}"
    pipeline.make_catalogue(url, hotels=10, now=NOW)
    before = (tmp_path / f"c.{source}").read_bytes()
    (tmp_path / "link").symlink_to(tmp_path / f"c.{source}")
    for target in (tmp_path / f"c.{source}", tmp_path / "link"):
        with pytest.raises(OptionError, match=r"is the catalogue that is read; give another file$"):
            pipeline.connect(url).hotels().write(target, format="csv")
    assert (tmp_path / f"c.{source}").read_bytes() == before
