"""A storage's URL, taken apart: ``file:///folder`` or ``s3://bucket/prefix?endpoint=…&region=…``."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_REGION = re.compile(r"[A-Za-z0-9-]{1,64}")
_OPTIONS = {"endpoint", "region"}
_WANTED = (
    "give file:/// and an absolute folder, such as file:///var/lib/bellhop/files,"
    " or s3://bucket/prefix?region=eu-west-1, with &endpoint=https://host:port where it is not Amazon's"
)


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """A bucket of an S3-compatible storage."""

    name: str
    prefix: str
    """What all keys begin with; may be empty."""
    endpoint: str
    region: str


@dataclass(frozen=True, kw_only=True)
class Keys:
    """Who asks."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)


def place_of(url: str) -> Path | Bucket:
    """What a URL names.

    Raises:
        ValueError: It names neither a folder nor a bucket; the URL is not repeated, since it may hold a secret.

    """
    parts = urlsplit(url)
    if parts.scheme == "file" and not parts.netloc and parts.path.startswith("/") and parts.path != "/":
        return Path(unquote(parts.path))
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if parts.scheme != "s3" or parts.fragment or options.keys() - _OPTIONS or not _BUCKET.fullmatch(parts.netloc):
        raise ValueError(_WANTED)
    region = options.get("region", "us-east-1")
    endpoint = options.get("endpoint", f"https://s3.{region}.amazonaws.com")
    if not _REGION.fullmatch(region) or not _is_endpoint(endpoint):
        raise ValueError(_WANTED)
    prefix = unquote(parts.path).strip("/")
    return Bucket(name=parts.netloc, prefix=prefix, endpoint=endpoint.rstrip("/"), region=region)


def _is_endpoint(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in url and parts.path in {"", "/"}
