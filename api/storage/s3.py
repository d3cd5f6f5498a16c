"""Files in an S3-compatible object storage, through obstore.

A file is spooled on the local disk, without a name, so that a killed worker leaves none; then it is uploaded, in parts
when it is large. It stands under its key when the last part is in, and not before.
"""

import datetime as dt
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, BinaryIO, cast

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from api.media import file_headers
from api.storage.base import StorageUnavailable, StoredFile
from api.storage.place import Bucket, Keys
from api.storage.s3_uploads import Uploads

if TYPE_CHECKING:
    from obstore import ReadableFile, WritableFile
    from obstore.store import ClientConfig, RetryConfig, S3Config

_PART_BYTES = 8 << 20
"""Of an upload: 10,000 of them are 80 GB."""
_PARTS_AT_ONCE = 2
_READ_BYTES = 4 << 20
_LINK_LASTS = dt.timedelta(seconds=60)
_RETRIES = 5


class S3Storage:
    """A bucket, or a prefix of one; nothing is asked of it before the first call.

    Args:
        bucket: Which, and where.
        keys: Who asks; without them what obstore finds on its own (variables of the environment, the role of the
            machine), and unfinished uploads are left to the bucket's own rules.
        patience: How long one call may take, with all that is tried again.

    """

    is_local = False

    def __init__(self, bucket: Bucket, keys: Keys | None, patience: dt.timedelta) -> None:
        self._store = S3Store(
            bucket.name,
            prefix=bucket.prefix or None,
            endpoint=bucket.endpoint,
            region=bucket.region,
            checksum_algorithm="SHA256",
            client_options=_client(bucket, patience),
            retry_config=_retries(patience),
            config=_login(keys),
        )
        self._uploads = None if keys is None else Uploads(bucket=bucket, keys=keys, seconds=patience.total_seconds())

    @contextmanager
    def writing(self, key: str, name: str) -> Iterator[BinaryIO]:
        """A stream; the library writes to it from its finished spool. An error takes back what was uploaded."""
        writer = obstore.open_writer(
            self._store,
            key,
            attributes=file_headers(name),
            buffer_size=_PART_BYTES,
            max_concurrency=_PARTS_AT_ONCE,
        )
        upload = _Upload(writer)
        try:
            yield cast("BinaryIO", upload)
        except BaseException as error:
            upload.abandon(error)
            raise
        try:
            upload.finish()
        except StorageUnavailable:
            if not self._has(key, upload.size):  # else it was only the answer that was lost
                raise

    def _has(self, key: str, size: int) -> bool:
        try:
            return self.size(key) == size
        except OSError:
            return False

    def open(self, key: str, *, whole: bool) -> BinaryIO:
        """A file of which ranges are fetched; one that is read whole is fetched first, so that it cannot go away."""
        with _found():
            remote = _Remote(obstore.open_reader(self._store, key, buffer_size=_READ_BYTES))
        return _fetched(remote) if whole else cast("BinaryIO", remote)

    def size(self, key: str) -> int:
        """Bytes of a file."""
        with _found():
            return obstore.head(self._store, key)["size"]

    def copy(self, source: str, key: str) -> None:
        """A copy that the storage makes by itself."""
        with _found():
            obstore.copy(self._store, source, key)

    def delete(self, key: str) -> None:
        """Delete a file."""
        with _reached():
            obstore.delete(self._store, key)

    def forget(self, user_id: str, job_id: str) -> None:
        """Nothing: there are no folders."""
        del user_id, job_id

    def files(self) -> Iterator[StoredFile]:
        """All files, and uploads that were never finished."""
        with _reached():
            for page in obstore.list(self._store):
                for found in page:
                    yield StoredFile(key=found["path"], modified=found["last_modified"].timestamp())
        if self._uploads is not None:
            yield from self._uploads.unfinished()

    def sweep(self, file: StoredFile) -> None:
        """Delete a file, or end an upload."""
        if file.upload is None:
            self.delete(file.key)
        elif self._uploads is not None:
            self._uploads.abort(file.key, file.upload)

    def link(self, key: str) -> str:
        """A signed URL."""
        with _reached():
            return obstore.sign(self._store, "GET", key, _LINK_LASTS)

    def free_bytes(self) -> int:
        """What the disk has left that files are spooled on."""
        return shutil.disk_usage(tempfile.gettempdir()).free

    def shared(self) -> S3Store:
        """The bucket, with the keys that were given."""
        return self._store

    def check(self) -> None:
        """List nothing."""
        with _reached():
            obstore.list_with_delimiter(self._store, "-")


@dataclass
class _Upload:
    """A stream into an object."""

    writer: "WritableFile"
    size: int = 0
    closed = False

    def write(self, piece: bytes) -> int:
        with _reached():
            self.writer.write(piece)
        self.size += len(piece)
        return len(piece)

    def flush(self) -> None:
        """Nothing: a part is sent when it is full."""

    def finish(self) -> None:
        """Let it stand under its key."""
        with _reached():
            self.writer.close()

    def abandon(self, error: BaseException) -> None:
        """Take back what was uploaded; what cannot be is swept."""
        with suppress(OSError), _reached():
            self.writer.__exit__(type(error), error, error.__traceback__)


@dataclass(frozen=True)
class _Remote:
    """An object that is read in ranges."""

    reader: "ReadableFile"

    def seek(self, offset: int) -> int:
        with _reached():
            return self.reader.seek(offset)

    def read(self, size: int) -> bytes:
        with _reached():
            return bytes(self.reader.read(size))

    def close(self) -> None:
        self.reader.close()


def _fetched(remote: _Remote) -> BinaryIO:
    """A local copy without a name."""
    spool: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - its reader closes it
    try:
        while piece := remote.read(_READ_BYTES):
            spool.write(piece)
        spool.seek(0)
    except BaseException:
        spool.close()
        raise
    return cast("BinaryIO", spool)


def _login(keys: Keys | None) -> "S3Config":
    if keys is None:
        return {}
    login: S3Config = {"access_key_id": keys.access_key_id, "secret_access_key": keys.secret_access_key}
    if keys.session_token:
        login["session_token"] = keys.session_token
    return login


def _client(bucket: Bucket, patience: dt.timedelta) -> "ClientConfig":
    """Half of the patience is for one request, the other for what is tried again."""
    return {
        "allow_http": bucket.endpoint.startswith("http://"),
        "timeout": patience / 2,
        "connect_timeout": min(patience / 2, dt.timedelta(seconds=5)),
    }


def _retries(patience: dt.timedelta) -> "RetryConfig":
    first = dt.timedelta(milliseconds=100)
    return {
        "max_retries": _RETRIES,
        "retry_timeout": patience / 2,
        "backoff": {"init_backoff": first, "max_backoff": dt.timedelta(seconds=2), "base": 2},
    }


@contextmanager
def _reached() -> Iterator[None]:
    """Obstore's errors as the storage's own; what they say is not passed on, since it names servers and keys."""
    try:
        yield
    except (BaseError, OSError) as error:  # a stream into an object raises OSError, as a file does
        raise StorageUnavailable(f"the object storage failed ({type(error).__name__})") from error


@contextmanager
def _found() -> Iterator[None]:
    """As ``_reached``, where an object may be gone."""
    with _reached():
        try:
            yield
        except FileNotFoundError as error:
            gone = error
        else:
            return
    raise FileNotFoundError("there is no such object") from gone
