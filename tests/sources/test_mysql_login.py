"""MySQL servers that cannot be had: told in no time, by one login, and without what is secret."""

import asyncio
import io
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

import pytest

import pipeline
from pipeline import OptionError, SourceUnavailable
from tests.servers import MariaDB

SECRET = "s3cr3t"  # noqa: S105 - to look for in messages
SECONDS = 2.5
"""Two, and what a loaded machine adds."""


def refused(url: str, *words: str) -> None:
    """An export and a count of it: told in time, in one line, with these words and without the password."""
    export = pipeline.connect(url).hotels()
    for use in (export.count, lambda: export.write(io.BytesIO(), format="csv")):
        began = time.monotonic()
        with pytest.raises(SourceUnavailable, match=r"^MySQL cannot be reached: ") as caught:
            use()
        assert time.monotonic() - began < SECONDS
        message = str(caught.value)
        assert message.isprintable()
        assert SECRET not in message
        assert all(word in message for word in words), message


def test_who_has_an_event_loop_is_told_the_same() -> None:
    async def asked() -> None:
        refused("mysql://root@127.0.0.1:1/nothing", "127.0.0.1")

    asyncio.run(asked())


@pytest.fixture(scope="module")
def user(server: MariaDB) -> Iterator[str]:
    """The URL of a user who has a password, and a database."""
    server.run("CREATE DATABASE logins")
    server.run(f"CREATE USER reader@'%' IDENTIFIED BY '{SECRET}@/?'")
    server.run("GRANT SELECT ON logins.* TO reader@'%'")
    yield f"mysql://reader:{SECRET}%40%2F%3F@127.0.0.1:{server.port}/logins"
    server.run("DROP USER reader@'%'")
    server.run("DROP DATABASE logins")


def logins_refused(server: MariaDB) -> int:
    """How many logins the server turned away so far, of users and of databases."""
    said = server.run("SHOW GLOBAL STATUS WHERE variable_name IN ('Access_denied_errors', 'Aborted_connects')")
    return max(int(str(number)) for _, number in said)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"netloc": f"reader:{SECRET}@127.0.0.1"}, "Access denied"),
        ({"netloc": f"nobody:{SECRET}@127.0.0.1"}, "Access denied"),
        ({"netloc": "reader@127.0.0.1"}, "Access denied"),
        ({"path": "/nowhere"}, "'nowhere'"),
        ({"path": "/mysql"}, "'mysql'"),
    ],
    ids=["password", "user", "no password", "database", "rights"],
)
def test_a_login_that_is_refused_is_told_and_tried_once(
    wrong: dict[str, str], words: str, user: str, server: MariaDB
) -> None:
    if "netloc" in wrong:
        wrong = {"netloc": f"{wrong['netloc']}:{server.port}"}
    before = logins_refused(server)
    refused(urlsplit(user)._replace(**wrong).geturl(), words)
    assert logins_refused(server) - before == 2  # an export and a count


def test_a_password_of_any_characters_lets_in(user: str) -> None:
    with pytest.raises(pipeline.CatalogueMismatch, match=r"^hotels cannot be read .*'logins\.hotels'") as caught:
        pipeline.connect(user).hotels().count()
    assert SECRET not in str(caught.value)


def test_a_server_that_is_down_is_told() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as gone:
        port = gone.getsockname()[1]
    refused(f"mysql://reader:{SECRET}@127.0.0.1:{port}/catalogue", "127.0.0.1")


def test_a_host_that_is_nowhere_is_told() -> None:
    refused(f"mysql://reader:{SECRET}@no-such-host.invalid/catalogue", "no-such-host.invalid")


def test_a_server_that_accepts_and_is_silent_is_told() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        place = f"127.0.0.1:{silent.getsockname()[1]}"
        refused(f"mysql://reader:{SECRET}@{place}/catalogue", f"{place} does not answer")


@pytest.mark.parametrize("greeting", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x01\x00\x00\x00\x7f", b"\xff" * 99])
def test_a_server_of_something_else_is_told(greeting: bytes) -> None:
    def greet() -> None:
        for _ in range(2):
            client = listener.accept()[0]
            client.sendall(greeting)
            client.close()

    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        greeter = threading.Thread(target=greet)
        greeter.start()
        refused(f"mysql://reader:{SECRET}@127.0.0.1:{listener.getsockname()[1]}/catalogue")
        greeter.join()


def test_too_many_connections_are_told(user: str, server: MariaDB) -> None:
    server.run("GRANT USAGE ON *.* TO reader@'%' WITH MAX_USER_CONNECTIONS 1")
    try:
        with pipeline.connect(user).hotels().source.snapshot():
            refused(user, "max_user_connections")
    finally:
        server.run("GRANT USAGE ON *.* TO reader@'%' WITH MAX_USER_CONNECTIONS 0")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (f"mysql://reader:{SECRET}@", "it names no host and database"),
        (f"mysql://reader:{SECRET}@host", "it names no host and database"),
        (f"mysql://reader:{SECRET}@host/c?sslmode=require", "there is no option 'sslmode'"),
        (f"mysql://reader:{SECRET}@host/c?tls=perhaps", "tls=perhaps is none of its modes"),
        (f"mysql://reader:{SECRET}@host/c?read_timeout=0", "is no number of seconds"),
        (f"mysql://reader:{SECRET}@host/c?read_timeout=-1", "is no number of seconds"),
        (f"mysql://reader:{SECRET}@host/c?read_timeout=", "is no number of seconds"),
        (f"mysql://reader:{SECRET}@host/c?read_timeout=.", "is no number of seconds"),
        (f"mysql://reader:{SECRET}@host/c?read_timeout=²", "is no number of seconds"),
        (f"mysql://reader:{SECRET}@host/c?password={SECRET}", "there is no option 'password'"),
    ],
)
def test_a_url_that_will_not_do_is_refused_without_its_password(url: str, words: str) -> None:
    with pytest.raises(OptionError) as caught:
        pipeline.connect(url)
    assert words in str(caught.value)
    assert SECRET not in str(caught.value) + str(caught.value.value)


@pytest.mark.parametrize("mode", ["required", "verify_identity"])
def test_tls_is_had_or_refused_and_never_left_out(mode: str, user: str) -> None:
    """This server has no certificate."""
    refused(f"{user}?tls={mode}")
