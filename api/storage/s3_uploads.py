"""Uploads that were begun and never finished: a killed worker's.

Obstore has no calls for them, so these are signed here.

The signature is AWS's version 4, https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
"""

import datetime as dt
import hashlib
import hmac
import http.client
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree as ET

from api.storage.base import StorageUnavailable, StoredFile
from api.storage.place import Bucket, Keys

_NOTHING = hashlib.sha256(b"").hexdigest()
_GOOD = 200, 204, 404
"""A 404 is an upload that ended meanwhile."""


@dataclass(frozen=True, kw_only=True)
class Uploads:
    """The unfinished uploads of a bucket."""

    bucket: Bucket
    keys: Keys
    seconds: float
    """How long one call may take."""

    def unfinished(self) -> Iterator[StoredFile]:
        """The first thousand of them, under the bucket's prefix."""
        prefix = f"{self.bucket.prefix}/" if self.bucket.prefix else ""
        answer = self._asked("GET", "", {"prefix": prefix, "uploads": ""})
        for found in _parsed(answer).iterfind("{*}Upload"):
            begun = dt.datetime.fromisoformat(found.findtext("{*}Initiated", ""))
            yield StoredFile(
                key=found.findtext("{*}Key", "").removeprefix(prefix),
                modified=begun.timestamp(),
                upload=found.findtext("{*}UploadId"),
            )

    def abort(self, key: str, upload: str) -> None:
        """End one, and what there is of it."""
        prefix = f"{self.bucket.prefix}/" if self.bucket.prefix else ""
        self._asked("DELETE", f"/{prefix}{key}", {"uploadId": upload})

    def _asked(self, method: str, path: str, query: Mapping[str, str]) -> bytes:
        endpoint = urlsplit(self.bucket.endpoint)
        kind = http.client.HTTPSConnection if endpoint.scheme == "https" else http.client.HTTPConnection
        connection = kind(endpoint.netloc, timeout=self.seconds)
        path, text = quote(f"/{self.bucket.name}{path}"), encoded(query)
        headers = signature(
            method=method,
            path=path,
            query=text,
            host=endpoint.netloc,
            region=self.bucket.region,
            keys=self.keys,
            now=dt.datetime.now(dt.UTC),
        )
        try:
            connection.request(method, f"{path}?{text}", headers=headers)
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise StorageUnavailable(f"the object storage failed ({type(error).__name__})") from error
        finally:
            connection.close()
        if answer.status not in _GOOD:
            raise StorageUnavailable(f"the object storage answered {answer.status}")
        return content


def encoded(query: Mapping[str, str]) -> str:
    """A query as it is signed: sorted, and all but the unreserved in percent."""
    return "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in sorted(query.items()))


def signature(  # noqa: PLR0913 - what is signed
    *, method: str, path: str, query: str, host: str, region: str, keys: Keys, now: dt.datetime
) -> dict[str, str]:
    """The headers that sign a request without a body."""
    moment = now.strftime("%Y%m%dT%H%M%SZ")
    headers = {"host": host, "x-amz-content-sha256": _NOTHING, "x-amz-date": moment}
    if keys.session_token:
        headers["x-amz-security-token"] = keys.session_token
    lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
    names = ";".join(headers)
    request = f"{method}\n{path}\n{query}\n{lines}\n{names}\n{_NOTHING}"
    scope = f"{moment[:8]}/{region}/s3/aws4_request"
    told = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = f"AWS4{keys.secret_access_key}".encode()
    for word in scope.split("/"):
        key = hmac.digest(key, word.encode(), "sha256")
    signed = hmac.digest(key, told.encode(), "sha256").hex()
    credential = f"Credential={keys.access_key_id}/{scope}, SignedHeaders={names}, Signature={signed}"
    return {**headers, "authorization": f"AWS4-HMAC-SHA256 {credential}"}


def _parsed(answer: bytes) -> ET.Element:
    try:
        return ET.fromstring(answer)  # noqa: S314 - of our own storage; expat fetches nothing from outside
    except ET.ParseError as error:
        raise StorageUnavailable("the object storage answered what is no XML") from error
