"""One contract for all storages; and what an object storage does when it fails, hangs, or was left in the middle."""

import datetime as dt
import hashlib
import os
import pickle
import secrets
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import obstore
import pytest

from api.jobs.keys import PIECES, key_of, owner_of
from api.settings import Settings
from api.storage.base import Storage, StorageUnavailable
from api.storage.folder import FolderStorage
from api.storage.opened import storage_of
from api.storage.place import Bucket, Keys, place_of
from api.storage.s3_uploads import encoded, signature
from pipeline.progress import Timings
from pipeline.publish import published
from tests.api.conftest import SECRET
from tests.api.s3 import KEY, KEY_ID, Relay, asked, new_bucket, relayed

ROOT = Path(__file__).parents[2]
KINDS = ("folder", "s3")
JOB = "0" * 8 + "-0000" * 3 + "-" + "0" * 12
NAME = "hotels_20260102_030405.csv"
Open = Callable[[], Storage]


def at(endpoint: str, bucket: str, *, seconds: float = 30, prefix: str = "a b/c") -> Storage:
    settings = Settings(
        _env_file=None,
        storage=f"s3://{bucket}/{prefix}?endpoint={endpoint}&region=eu-west-1",
        s3_access_key_id=KEY_ID,
        s3_secret_access_key=KEY,
        storage_patience=dt.timedelta(seconds=seconds),
        secret_key=SECRET,
    )
    return storage_of(settings)


@pytest.fixture(params=KINDS)
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "folder":
        return FolderStorage(tmp_path / "files")
    url = request.getfixturevalue("endpoint")
    return at(url, new_bucket(url))


def put(storage: Storage, key: str, content: bytes) -> None:
    with storage.writing(key, NAME) as target, published(target, Timings()) as output:
        output.write(content)


def read(storage: Storage, key: str, *, whole: bool = True) -> bytes:
    file = storage.open(key, whole=whole)
    try:
        return file.read(1 << 30)
    finally:
        file.close()


def test_a_file_stands_whole_and_can_be_read_from_anywhere(storage: Storage) -> None:
    storage.check()
    assert storage.free_bytes() > 0
    content = os.urandom(3_000_000)
    put(storage, "u/j/1.csv", content)
    put(storage, "u/j/2.csv", b"")
    assert (storage.size("u/j/1.csv"), storage.size("u/j/2.csv")) == (3_000_000, 0)
    assert read(storage, "u/j/1.csv") == content
    assert read(storage, "u/j/2.csv") == b""
    file = storage.open("u/j/1.csv", whole=False)
    for first, length in ((2_999_990, 100), (5, 3), (0, 1), (1_000_000, 300_000)):
        file.seek(first)
        got = b""
        while len(got) < length and (piece := file.read(length - len(got))):
            got += piece
        assert got == content[first : first + length]
    file.close()
    assert sorted(file.key for file in storage.files()) == ["u/j/1.csv", "u/j/2.csv"]
    storage.copy("u/j/1.csv", "u/k/1.csv")
    storage.delete("u/j/1.csv")
    assert read(storage, "u/k/1.csv") == content


def test_who_reads_a_whole_file_is_not_stopped_by_its_deletion(storage: Storage) -> None:
    content = os.urandom(9_000_000)
    put(storage, "u/j/1.csv", content)
    file = storage.open("u/j/1.csv", whole=True)
    storage.delete("u/j/1.csv")
    storage.forget("u", "j")
    assert hashlib.sha256(file.read(10_000_000)).digest() == hashlib.sha256(content).digest()
    file.close()


def test_what_is_gone_is_told_as_such(storage: Storage) -> None:
    for call in (
        lambda: storage.open("u/j/9.csv", whole=True),
        lambda: storage.open("u/j/9.csv", whole=False),
        lambda: storage.size("u/j/9.csv"),
        lambda: storage.copy("u/j/9.csv", "u/k/1.csv"),
    ):
        with pytest.raises(FileNotFoundError):
            call()
    storage.delete("u/j/9.csv")
    storage.forget("u", "j")


def test_a_file_that_fails_was_never_there(storage: Storage) -> None:
    with pytest.raises(ZeroDivisionError):
        put_half(storage, "u/j/1.csv")
    left = list(storage.files())
    assert [file.key for file in left if not file.key.endswith("/")] == []
    for folder in left:
        storage.sweep(folder)
    assert "u/j/" not in [file.key for file in storage.files()]
    put(storage, "u/j/1.csv", b"whole")
    with pytest.raises(ZeroDivisionError):
        upload_half(storage, "u/j/2.csv")
    assert [file.key for file in storage.files()] == ["u/j/1.csv"]


def put_half(storage: Storage, key: str) -> None:
    with storage.writing(key, NAME) as target, published(target, Timings()) as output:
        output.write(b"x" * 1_000)
        raise ZeroDivisionError


def upload_half(storage: Storage, key: str) -> None:
    """Some bytes are under way already, where they go to a stream."""
    with storage.writing(key, NAME) as target:
        if not isinstance(target, Path):
            target.write(b"x" * 20_000_000)
        raise ZeroDivisionError


def test_sweeping_takes_away_what_is_named(storage: Storage) -> None:
    put(storage, "u/j/1.csv", b"1")
    put(storage, "u/j/2.csv", b"2")
    first, _ = sorted(storage.files(), key=lambda file: file.key)
    assert abs(first.modified - dt.datetime.now(dt.UTC).timestamp()) < 60
    storage.sweep(first)
    assert [file.key for file in storage.files()] == ["u/j/2.csv"]


def test_a_worker_of_a_cluster_puts_pieces_where_they_are_swept(storage: Storage) -> None:
    there = pickle.loads(pickle.dumps(storage.shared()))  # noqa: S301 - as a cluster does
    key = key_of("u", JOB, f"1.{PIECES}/a")
    obstore.put(there, key, b"piece")
    assert read(storage, key) == b"piece"
    for file in list(storage.files()):
        assert owner_of(file.key) == ("u", JOB)
        storage.sweep(file)
    assert [file.key for file in storage.files() if not file.key.endswith("/")] == []


# --- an object storage alone ----------------------------------------------------------------------------------------


@pytest.fixture
def relay(endpoint: str) -> Iterator[Relay]:
    with relayed(endpoint) as relay:
        yield relay


LARGE = os.urandom(17 << 20)
"""Three parts."""


def test_a_large_file_goes_in_parts_and_whichever_request_fails_it_is_whole_or_not_there(
    relay: Relay, endpoint: str
) -> None:
    bucket = new_bucket(endpoint)
    storage, behind = at(relay.endpoint, bucket, seconds=4), at(endpoint, bucket)
    put(storage, "u/j/0.csv", LARGE)
    count = len(relay.requests)
    assert [request.partition(" ")[0] for request in relay.requests] == ["POST", "PUT", "PUT", "PUT", "POST"]
    digest = hashlib.sha256(LARGE).digest()
    assert hashlib.sha256(read(behind, "u/j/0.csv")).digest() == digest
    for nth in range(1, count + 1):
        for field in ("refused", "lost"):
            relay.requests, relay.refused, relay.lost = [], range(0), range(0)
            setattr(relay, field, range(nth, nth + 1))
            put(storage, f"u/{field}/{nth}.csv", LARGE)
            assert hashlib.sha256(read(behind, f"u/{field}/{nth}.csv")).digest() == digest, f"request {nth} {field}"
    for nth in range(1, count + 1):
        relay.requests, relay.refused, relay.lost = [], range(nth, 1_000), range(0)
        assert KEY not in unavailable(partial(put, storage, f"u/k/{nth}.csv", LARGE))
        with pytest.raises(FileNotFoundError):
            behind.size(f"u/k/{nth}.csv")
    left = [file for file in behind.files() if file.upload]
    assert left
    assert not [file for file in behind.files() if file.key.startswith("u/k/") and not file.upload]
    for file in left:
        behind.sweep(file)
    assert not [file for file in behind.files() if file.upload]
    assert b"<Upload>" not in asked(endpoint, "GET", f"/{bucket}?uploads")


@pytest.mark.parametrize("what", ["down", "hanging"])
def test_a_storage_that_does_not_answer_is_told_in_its_time(what: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1] if what == "hanging" else free_port()
        storage = at(f"http://127.0.0.1:{port}", "bucket", seconds=0.4)
        for call in (
            storage.check,
            lambda: put(storage, "u/j/1.csv", b"x"),
            lambda: storage.open("u/j/1.csv", whole=True),
            lambda: storage.size("u/j/1.csv"),
            lambda: storage.copy("u/j/1.csv", "u/k/1.csv"),
            lambda: storage.delete("u/j/1.csv"),
            lambda: list(storage.files()),
        ):
            began = dt.datetime.now(dt.UTC)
            unavailable(call)
            assert (dt.datetime.now(dt.UTC) - began).total_seconds() < 20, "for ever is longer"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def unavailable(call: Callable[[], object]) -> str:
    """What a call says that the storage does not serve: by itself, or through the library that writes to it."""
    with pytest.raises(OSError, match=r".") as failed:
        call()
    assert StorageUnavailable in {type(failed.value), type(failed.value.__cause__)}
    return f"{failed.value} {failed.value.__cause__}"


def test_a_bucket_that_is_not_there(endpoint: str) -> None:
    nowhere = at(endpoint, f"nowhere-{secrets.token_hex(4)}")
    for call in (nowhere.check, lambda: list(nowhere.files()), lambda: put(nowhere, "u/j/1.csv", b"x")):
        unavailable(call)
    assert KEY not in repr(nowhere.__dict__)


def test_signatures_are_those_of_the_standard() -> None:
    """The example of AWS's documentation: GET ?lifecycle."""
    keys = Keys(
        access_key_id="AKIAIOSFODNN7EXAMPLE",
        secret_access_key="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",  # noqa: S106
    )
    signed = signature(
        method="GET",
        path="/",
        query=encoded({"lifecycle": ""}),
        host="examplebucket.s3.amazonaws.com",
        region="us-east-1",
        keys=keys,
        now=dt.datetime(2013, 5, 24, tzinfo=dt.UTC),
    )
    assert signed["authorization"].endswith("fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543")
    assert keys.secret_access_key not in repr(keys)


def test_urls_name_a_folder_or_a_bucket() -> None:
    assert place_of("file:///srv/a%20b") == Path("/srv/a b")
    assert place_of("s3://exports") == Bucket(
        name="exports", prefix="", endpoint="https://s3.us-east-1.amazonaws.com", region="us-east-1"
    )
    assert place_of("s3://exports/a/b/?region=eu-west-1&endpoint=http://127.0.0.1:9000/") == Bucket(
        name="exports", prefix="a/b", endpoint="http://127.0.0.1:9000", region="eu-west-1"
    )
    for wrong in (
        "files",
        "file:///",
        "file://host/x",
        "s3://",
        "s3://UPPER",
        "s3://me:hunter2@exports",
        "s3://exports?secret=hunter2",
        "s3://exports?endpoint=ftp://x",
        "s3://exports?endpoint=https://me:hunter2@x",
        "s3://exports?region=a/b",
    ):
        with pytest.raises(ValueError, match="give file:///") as refused:
            place_of(wrong)
        assert "hunter2" not in str(refused.value)


def test_without_the_library_all_but_an_object_storage_works() -> None:
    code = """
import sys, tempfile
sys.modules["obstore"] = None
from api.settings import Settings
from api.storage.opened import storage_of
from pipeline.errors import UsageError
import api.app
with tempfile.TemporaryDirectory() as folder:
    storage_of(Settings(_env_file=None, environment="development", storage=f"file://{folder}/x")).check()
try:
    storage_of(Settings(_env_file=None, environment="development", storage="s3://bucket"))
except UsageError as error:
    print(error)
"""
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "pip install 'bellhop[s3]'" in run.stdout
