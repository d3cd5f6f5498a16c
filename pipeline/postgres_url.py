"""What a URL asks of PostgreSQL, and what its sessions are told besides."""

from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit, urlunsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import Conninfo

from pipeline.errors import OptionError
from pipeline.url import Url

_TLS = ("disable", "prefer", "require")
_VERIFYING = ("verify-ca", "verify-full")
_UNCHECKED = ("sslrootcert", "sslcert", "sslkey", "sslcrl")
_COMMON = frozenset({
    *("application_name", "channel_binding", "connect_timeout", "keepalives", "keepalives_idle", "keepalives_interval"),
    *("options", "password", "sslmode", "tcp_user_timeout", "user"),
})  # fmt: skip
"""What libpq and ConnectorX both take (tokio_postgres::Config)."""
_COMMON_TOLD = ", ".join(sorted(_COMMON))
_READ_BY = "read_by"
_READERS = ("workers", "holder")
_SESSION = (
    "-c default_transaction_read_only=on -c standard_conforming_strings=on -c TimeZone=UTC -c DateStyle=ISO"
    " -c client_encoding=UTF8 -c extra_float_digits=3 -c quote_all_identifiers=off"
    " -c idle_in_transaction_session_timeout=0"
)


def for_libpq(url: Url) -> str:
    """The URL without the options that are Bellhop's own."""
    return _for_libpq(url.text, _options(url))


def check(url: Url) -> None:
    """Refuse what libpq or ConnectorX would: their messages can repeat a password.

    Raises:
        OptionError: The URL names no host, or is none that PostgreSQL takes.

    """
    wanted = "give one such as postgresql://user@host:5432/database"
    if not urlsplit(url.text).hostname:
        raise OptionError(f"{url.label} names no host; {wanted}", option="source", value=url.label)
    try:
        conninfo_to_dict(for_libpq(url))
    except psycopg.ProgrammingError:
        message = f"{url.label} is no URL that PostgreSQL takes, with all that follows; {wanted}"
        raise OptionError(message, option="source", value=url.label) from None
    _check_tls(url)
    unknown = sorted(_options(url).keys() - _COMMON)
    if unknown:
        message = f"{url.label}: ConnectorX has no option {unknown[0]:.40}; leave it out, or give one of {_COMMON_TOLD}"
        raise OptionError(message, option="source", value=url.label)


def read_by_workers(url: Url) -> bool:
    """Whether executors elsewhere are to read rows themselves; ``read_by=holder`` is for those that cannot get here.

    Raises:
        OptionError: There is nobody of this name.

    """
    reader = url.options.get(_READ_BY, _READERS[0])
    if reader not in _READERS:
        message = f"{url.label}: {_READ_BY}={reader:.40} is none of those who can read; give {' or '.join(_READERS)}"
        raise OptionError(message, option="source", value=url.label)
    return reader == _READERS[0]


def _options(url: Url) -> dict[str, str]:
    """What libpq is told."""
    return {name: value for name, value in url.options.items() if name != _READ_BY}


def _check_tls(url: Url) -> None:
    """Refuse what ConnectorX would pass over: it encrypts, but verifies nothing.

    Raises:
        OptionError: The URL asks for more.

    """
    mode, said = _tls_mode(url), "sslmode" if "sslmode" in url.options else "PGSSLMODE"
    if mode not in (*_TLS, *_VERIFYING):
        message = f"{url.label}: {said}={mode:.40} is none of its modes; give one of {', '.join(_TLS)}"
        raise OptionError(message, option="source", value=url.label)
    asked = [f"{said}={mode}"] if mode not in _TLS else [name for name in _UNCHECKED if name in url.options]
    if asked:
        message = (
            f"{url.label} asks for {asked[0]:.40}, and the server's certificate cannot be verified here;"
            " give sslmode=require and a network that is trusted, or a tunnel that verifies"
        )
        raise OptionError(message, option="source", value=url.label)


def _tls_mode(url: Url) -> str:
    """What the URL asks for; else what libpq does, by its environment."""
    (default,) = (one.val for one in Conninfo.get_defaults() if one.keyword == b"sslmode")
    return url.options.get("sslmode", (default or b"prefer").decode())


def _for_libpq(url: str, options: Mapping[str, str]) -> str:
    parts = urlsplit(url)
    return urlunsplit(("postgresql", *parts[1:3], urlencode(options).replace("+", "%20"), ""))


def of_session(url: Url, name: str) -> tuple[str, ...]:
    """URLs of the sessions of one export, with what each of them rests on; the second for who will not have the first.

    With ``sslmode=prefer``, libpq tries a password that was refused once more without TLS, and ConnectorX tries nothing
    twice: so each URL says for certain whether there is TLS.
    """
    options = {"keepalives_idle": "30", **_options(url), "application_name": name}
    # The last word counts: a timeout of the URL's own stands, what reading rests on does not yield.
    options["options"] = f"-c statement_timeout={url.read_seconds * 1000:.0f} {options.get('options', '')} {_SESSION}"
    mode = _tls_mode(url)
    modes = ("require", "disable") if mode == "prefer" else (mode,)
    return tuple(_for_libpq(url.text, {**options, "sslmode": mode}) for mode in modes)
