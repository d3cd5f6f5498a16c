"""A server that speaks S3, and a relay before it that can fail."""

import http.client
import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

KEY_ID, KEY = "bellhop-test", "a-secret-of-the-storage"
_FORWARDED = {"content-length", "content-type", "etag", "last-modified", "content-disposition", "content-range"}


@contextmanager
def s3_server() -> Iterator[str]:
    """The endpoint of a server with nothing in it."""
    from moto.server import ThreadedMotoServer  # noqa: PLC0415 - who asks has seen that it is there

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def asked(endpoint: str, method: str, path: str) -> bytes:
    """What the server answers, as anybody sees it: it checks no signature."""
    connection = http.client.HTTPConnection(urlsplit(endpoint).netloc, timeout=30)
    try:
        connection.request(method, path)
        return connection.getresponse().read()
    finally:
        connection.close()


def new_bucket(endpoint: str) -> str:
    """The name of an empty bucket."""
    name = f"bucket-{secrets.token_hex(4)}"
    asked(endpoint, "PUT", f"/{name}")
    return name


@dataclass
class Relay:
    """Counts requests, and answers some of them with 503."""

    endpoint: str
    upstream: str
    refused: range = range(0)
    """Numbers of requests, from 1 on, that do not get to the server."""
    lost: range = range(0)
    """Those that get there, and whose answer is lost."""
    requests: list[str] = field(default_factory=list)


@contextmanager
def relayed(upstream: str) -> Iterator[Relay]:
    """A relay before a server."""
    relay = Relay(endpoint="", upstream=upstream)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _relay(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            relay.requests.append(f"{self.command} {self.path}")
            number = len(relay.requests)
            if number in relay.refused:
                self._answer(503, {}, b"")
                return
            connection = http.client.HTTPConnection(urlsplit(upstream).netloc, timeout=30)
            connection.request(self.command, self.path, body, dict(self.headers))
            answer = connection.getresponse()
            headers = {name: value for name, value in answer.getheaders() if name.lower() in _FORWARDED}
            content = answer.read()
            connection.close()
            self._answer(*((503, {}, b"") if number in relay.lost else (answer.status, headers, content)))

        def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _relay  # noqa: N815 - http.server's names

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    relay.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield relay
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
