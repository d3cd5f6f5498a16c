"""Where a catalogue is: a URL, taken apart; what is secret in it is never repeated."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from pipeline.errors import OptionError, SourceUnavailable

_NO_ESCAPE = re.compile(r"%(?!(?!00)[0-9A-Fa-f]{2})")
"""A percent sign that PostgreSQL's own parser would complain of, with all that stands around it."""

READ_TIMEOUT = "read_timeout"
_READ_SECONDS = 300
_SECONDS = re.compile(r"[0-9]+\.?[0-9]*|\.[0-9]+")
_MOST_SECONDS = 2_000_000
"""A statement_timeout of PostgreSQL has 31 bits of milliseconds."""


@dataclass(frozen=True, kw_only=True)
class Url:
    """A catalogue's URL, taken apart."""

    scheme: str
    text: str

    @classmethod
    def of(cls, text: str) -> "Url":
        """Take a URL apart.

        Raises:
            OptionError: It is none. A password that may be in it is not repeated.

        """
        if not isinstance(text, str):
            message = (
                f"a {type(text).__name__} is no URL of a catalogue; give a text such as duckdb:///catalogue.duckdb"
            )
            raise OptionError(message, option="source", value=text)
        scheme, separator, _ = text.partition("://")
        if not separator or not scheme:
            came = "what was given" if {"@", "="} & {*text} else repr(text)
            message = f"{came} is no URL of a catalogue; give one such as duckdb:///catalogue.duckdb"
            raise OptionError(message, option="source", value=came)
        if not _is_whole(text):
            message = (
                f"the URL that begins with {scheme}:// cannot be taken apart; its port is a number, and in its user"
                " name and password %40 stands for @, %2F for /, %3F for ?, %23 for # and %25 for %"
            )
            raise OptionError(message, option="source", value=f"{scheme}://")
        return cls(scheme=scheme.lower(), text=text)

    @property
    def label(self) -> str:
        """The URL without user, password and query."""
        parts = urlsplit(self.text)
        return f"{self.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"

    @property
    def options(self) -> dict[str, str]:
        """What stands in the query, but for what is Bellhop's own on every server."""
        given = dict(parse_qsl(urlsplit(self.text).query, keep_blank_values=True))
        return {name: value for name, value in given.items() if name != READ_TIMEOUT}

    @property
    def read_seconds(self) -> float:
        """How long a server may be silent while it is asked.

        Raises:
            OptionError: What is given is no number of seconds.

        """
        given = dict(parse_qsl(urlsplit(self.text).query, keep_blank_values=True))
        text = given.get(READ_TIMEOUT, str(_READ_SECONDS))
        if not _SECONDS.fullmatch(text) or not 0 < float(text) <= _MOST_SECONDS:
            message = (
                f"{self.label}: {READ_TIMEOUT}={text!r:.20} is no number of seconds; give one such as 300,"
                f" and {_MOST_SECONDS:,} at most"
            )
            raise OptionError(message, option="source", value=self.label)
        return float(text)

    def file(self) -> Path:
        """The file of an embedded database: three slashes and a relative path, four and an absolute one.

        Raises:
            OptionError: It names no file, or more than one.

        """
        parts = urlsplit(self.text)
        path = unquote(parts.path.removeprefix("/"))
        if parts.netloc or path in {"", ":memory:"}:
            wanted = f"give {self.scheme}:///relative.{self.scheme} or {self.scheme}:////absolute.{self.scheme}"
            raise OptionError(f"{self.label} names no file; {wanted}", option="source", value=self.label)
        if parts.query or parts.fragment:
            message = f"{self.label} is a file, which takes no options; in its name %3F stands for ? and %23 for #"
            raise OptionError(message, option="source", value=self.label)
        return Path(path)

    def existing_file(self) -> Path:
        """The file of an embedded database that is there.

        Raises:
            OptionError: It names no file, or more than one.
            SourceUnavailable: There is no such file.

        """
        path = str(self.file())
        if not os.path.isfile(path):  # noqa: PTH113 - Path.is_file raises where a folder cannot be looked into
            what = "is a folder" if os.path.isdir(path) else "does not exist"  # noqa: PTH112
            named = path if path.isprintable() else repr(path)
            make = f"make one with: bellhop make-catalogue {self.label}"
            raise SourceUnavailable(f"{named} {what}; give the file of a catalogue, or {make}")
        return Path(path)


def _is_whole(text: str) -> bool:
    """Whether a URL can be taken apart: if not, a piece of a password could pass for a host, and be shown."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return False
    return not parts.netloc or not (_NO_ESCAPE.search(text) or _has_stray_at(parts))


def _has_stray_at(parts: SplitResult) -> bool:
    names = (pair.partition("=")[0] for pair in parts.query.split("&"))
    return parts.netloc.count("@") > 1 or "@" in parts.path + parts.fragment + "".join(names)
