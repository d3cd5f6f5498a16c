"""What a URL says of MySQL or MariaDB: where the database is, how to log in, how it is to be read."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NoReturn, TypeVar
from urllib.parse import quote, unquote, urlsplit

from asyncmy.constants import FIELD_TYPE

from pipeline.errors import OptionError
from pipeline.url import Url

CONNECT_SECONDS = 2
_PORT = 3306
_INTEGERS = (FIELD_TYPE.TINY, FIELD_TYPE.SHORT, FIELD_TYPE.INT24, FIELD_TYPE.LONG, FIELD_TYPE.LONGLONG)
_FLOATS = (FIELD_TYPE.FLOAT, FIELD_TYPE.DOUBLE)


class Tls(StrEnum):
    """How far the network is not trusted."""

    DISABLED = "disabled"
    REQUIRED = "required"
    """It is encrypted, and nothing is verified."""
    VERIFY_IDENTITY = "verify_identity"


class Consistency(StrEnum):
    """What all that is read is of."""

    SNAPSHOT = "snapshot"
    """One moment."""
    CHUNK = "chunk"
    """A moment for each part of a table."""


_Mode = TypeVar("_Mode", Tls, Consistency)


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where a database is and how to log in; a session is as secret as this."""

    host: str
    port: int
    user: str
    password: str
    database: str
    tls: Tls
    read_seconds: float
    consistency: Consistency

    @classmethod
    def of(cls, url: Url) -> "Address":
        """Take a URL apart.

        Raises:
            OptionError: It names no host or no database, or an option that there is not.

        """
        parts = urlsplit(url.text)
        database = unquote(parts.path.removeprefix("/"))
        if not parts.hostname or not database:
            _refuse(url, "it names no host and database", "mysql://user@host:3306/database")
        tls, consistency = _modes(url)
        return cls(
            host=parts.hostname,
            port=parts.port or _PORT,
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            database=database,
            tls=tls,
            read_seconds=url.read_seconds,
            consistency=consistency,
        )

    @property
    def url(self) -> str:
        """The address as ConnectorX takes it."""
        user, password, database = (quote(part, safe="") for part in (self.user, self.password, self.database))
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"mysql://{user}:{password}@{host}:{self.port}/{database}"

    @property
    def place(self) -> str:
        """Host and port."""
        return f"{self.host}:{self.port}"

    def arguments(self) -> dict[str, Any]:
        """What the driver takes."""
        return {
            "host": self.host,
            "port": self.port,
            "user": self.user,
            "password": self.password,
            "database": self.database,
            "charset": "utf8mb4",
            "autocommit": True,
            "connect_timeout": CONNECT_SECONDS,
            "read_timeout": self.read_seconds,
            "program_name": "bellhop",
            "ssl": _tls_context(self.tls),
            # Only numbers that are exact so are read here; what else there is comes as the server writes it.
            "conv": dict.fromkeys(_INTEGERS, int) | dict.fromkeys(_FLOATS, float),
        }


def _modes(url: Url) -> tuple[Tls, Consistency]:
    """The options of the URL.

    Raises:
        OptionError: There is none of this name, there is no such mode, or the two do not go together.

    """
    options = url.options
    tls = _mode(url, options, "tls", Tls.DISABLED)
    consistency = _mode(url, options, "consistency", Consistency.SNAPSHOT)
    unknown = options.keys() - {"tls", "consistency"}
    if unknown:
        _refuse(url, f"there is no option {min(unknown)!r:.40}", "tls, read_timeout or consistency")
    if consistency is Consistency.CHUNK and tls is not Tls.DISABLED:
        _refuse(url, "consistency=chunk is read by ConnectorX, which verifies nothing", "one of the two")
    return tls, consistency


def _mode(url: Url, options: Mapping[str, str], name: str, default: _Mode) -> _Mode:
    value = options.get(name, default.value)
    for mode in type(default):
        if mode.value == value:
            return mode
    return _refuse(url, f"{name}={value:.40} is none of its modes", f"one of {', '.join(type(default))}")


def _refuse(url: Url, what: str, wanted: str) -> NoReturn:
    raise OptionError(f"{url.label}: {what}; give {wanted}", option="source", value=url.label)


def _tls_context(mode: Tls) -> ssl.SSLContext | None:
    if mode is Tls.DISABLED:
        return None
    context = ssl.create_default_context()
    if mode is Tls.REQUIRED:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context
