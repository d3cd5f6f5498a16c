"""PostgreSQL servers that cannot be had: told in no time, by one login, and without what is secret."""

import datetime as dt
import io
import re
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

import pipeline
from pipeline import OptionError, SourceUnavailable
from tests.loading.rows import change
from tests.servers import PostgreSQL

SECRET = "s3cr3t"  # noqa: S105 - to look for in messages
NOW = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
SECONDS = 2.5
"""Two, and what a loaded machine adds."""


@pytest.fixture(scope="module")
def user(postgres_server: PostgreSQL) -> Iterator[str]:
    """The URL of a user who has a password."""
    postgres_server.run(f"CREATE ROLE reader LOGIN PASSWORD '{SECRET}@/?'")
    yield f"postgresql://reader:{SECRET}%40%2F%3F@127.0.0.1:{postgres_server.port}/postgres"
    postgres_server.run("DROP ROLE reader")


def refused(url: str, *words: str) -> None:
    """An export and a count of it: told in time, in one line, with these words and without the password."""
    export = pipeline.connect(url).hotels()
    for use in (export.count, lambda: export.write(io.BytesIO(), format="csv")):
        began = time.monotonic()
        with pytest.raises(SourceUnavailable, match=r"^PostgreSQL cannot be reached: ") as caught:
            use()
        assert time.monotonic() - began < SECONDS
        message = str(caught.value)
        assert message.isprintable()
        assert SECRET not in message
        assert all(word in message for word in words), message


def logins_refused(server: PostgreSQL) -> int:
    """How many logins the server turned away so far."""
    return len(re.findall(r"FATAL: .*(password authentication failed|no password|does not exist)", server.log()))


@pytest.mark.parametrize("options", ["", "?sslmode=require", "?sslmode=disable"])
@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"netloc": f"reader:{SECRET}@127.0.0.1"}, "password authentication failed"),
        ({"netloc": f"nobody:{SECRET}@127.0.0.1"}, "password authentication failed"),
        ({"path": "/nowhere"}, '"nowhere"'),
    ],
    ids=["password", "user", "database"],
)
def test_a_login_that_is_refused_is_told_and_tried_once(
    wrong: dict[str, str], words: str, options: str, user: str, postgres_server: PostgreSQL
) -> None:
    if "netloc" in wrong:
        wrong = {"netloc": f"{wrong['netloc']}:{postgres_server.port}"}
    before = logins_refused(postgres_server)
    refused(urlsplit(user)._replace(**wrong).geturl() + options, words)
    assert logins_refused(postgres_server) - before == 2  # an export and a count


def test_a_password_that_is_missing_is_told(user: str, postgres_server: PostgreSQL) -> None:
    refused(urlsplit(user)._replace(netloc=f"reader@127.0.0.1:{postgres_server.port}").geturl(), "password")


@pytest.mark.parametrize("options", ["", "?sslmode=require"])
def test_a_password_of_any_characters_lets_in(options: str, user: str) -> None:
    with pytest.raises(pipeline.CatalogueMismatch, match=r"^hotels cannot be read ") as caught:
        pipeline.connect(user + options).hotels().count()
    assert SECRET not in str(caught.value)


@pytest.mark.usefixtures("user")
def test_what_libpq_finds_in_its_environment_is_used_throughout(
    postgres_server: PostgreSQL, monkeypatch: pytest.MonkeyPatch
) -> None:
    postgres_server.run("CREATE DATABASE elsewhere")
    there = postgres_server.url.removesuffix("postgres") + "elsewhere"
    pipeline.make_catalogue(there, hotels=3, now=NOW)
    change(there, "GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")
    for name, value in {"USER": "reader", "PASSWORD": f"{SECRET}@/?", "DATABASE": "elsewhere"}.items():
        monkeypatch.setenv(f"PG{name}", value)
    monkeypatch.setenv("PGPORT", str(postgres_server.port))
    try:
        for url in ("postgresql://127.0.0.1", f"postgresql://reader@127.0.0.1:{postgres_server.port}/elsewhere"):
            manifest = pipeline.connect(url).hotels().write(io.BytesIO(), format="csv")
            assert manifest.records == 3
            assert SECRET not in manifest.model_dump_json()
    finally:
        postgres_server.run("DROP DATABASE elsewhere WITH (FORCE)")


@pytest.mark.parametrize("option", ["gssencmode=disable", "client_encoding=utf8", "target_session_attrs=any"])
def test_an_option_that_connectorx_does_not_have_is_refused_before_any_login(option: str) -> None:
    with pytest.raises(OptionError, match=rf"ConnectorX has no option {option.partition('=')[0]}; leave it out"):
        pipeline.connect(f"postgresql://reader@127.0.0.1/postgres?{option}")


@pytest.mark.parametrize("options", ["sslmode=verify-full", "sslmode=verify-ca", "sslmode=require&sslrootcert=/ca.crt"])
def test_tls_that_would_not_be_verified_is_refused_before_any_login(
    options: str, user: str, postgres_server: PostgreSQL
) -> None:
    before = postgres_server.log()
    with pytest.raises(OptionError, match=r"certificate cannot be verified here; give sslmode=require") as caught:
        pipeline.connect(f"{user}?{options}")
    assert SECRET not in str(caught.value)
    assert postgres_server.log() == before


def test_tls_that_the_environment_asks_for_is_not_passed_over(
    user: str, postgres_server: PostgreSQL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    with pytest.raises(OptionError, match=r"asks for PGSSLMODE=verify-full, and .* cannot be verified here"):
        pipeline.connect(user)
    pipeline.connect(f"{user}?sslmode=prefer")
    monkeypatch.delenv("PGSSLMODE")
    postgres_server.run("ALTER SYSTEM SET ssl = off")
    postgres_server.restart()
    try:
        with monkeypatch.context() as within:
            within.setenv("PGSSLMODE", "require")
            refused(user, "does not support SSL")
    finally:
        postgres_server.run("ALTER SYSTEM RESET ssl")
        postgres_server.restart()


@pytest.mark.parametrize("mode", ["requir", "REQUIRE", "allow", ""])
def test_a_mode_of_tls_that_is_none_is_told(mode: str) -> None:
    with pytest.raises(
        OptionError, match=rf"sslmode={mode} is none of its modes; give one of disable, prefer, require"
    ):
        pipeline.connect(f"postgresql://reader@127.0.0.1/postgres?sslmode={mode}")


def test_tls_that_a_server_does_not_have_is_told(user: str, postgres_server: PostgreSQL) -> None:
    postgres_server.run("ALTER SYSTEM SET ssl = off")
    postgres_server.restart()
    try:
        refused(f"{user}?sslmode=require", "does not support SSL")
    finally:
        postgres_server.run("ALTER SYSTEM RESET ssl")
        postgres_server.restart()
