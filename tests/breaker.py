"""A relay before a server that can break: cut the connections, or let them hang, after so many bytes."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

Failure = Literal["cut", "silence"]


@dataclass
class Breaker:
    """A relay that fails once the server has sent so many bytes, over all connections."""

    host: str
    port: int
    failure: Failure
    after_bytes: int
    sent: int = 0
    sockets: list[socket.socket] = field(default_factory=list)
    threads: list[threading.Thread] = field(default_factory=list)

    def relay(self, client: socket.socket) -> None:
        """Take a connection on to the server."""
        server = socket.create_connection((self.host, self.port))
        self.sockets += [client, server]
        for source, target, counts in ((client, server, False), (server, client, True)):
            thread = threading.Thread(target=self._carry, args=(source, target, counts), daemon=True)
            self.threads.append(thread)
            thread.start()

    def _carry(self, source: socket.socket, target: socket.socket, counts: bool) -> None:  # noqa: FBT001 - of a thread
        with suppress(OSError):
            while received := source.recv(4096):
                self.sent += len(received) if counts else 0
                if self.sent > self.after_bytes:
                    if self.failure == "cut":
                        self.hang_up()
                    return
                target.sendall(received)
            target.shutdown(socket.SHUT_WR)

    def hang_up(self) -> None:
        """End all connections, as a network does that is gone."""
        for one in self.sockets:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Hang up, and let go of the sockets once nobody waits at them: their numbers will be those of others."""
        self.hang_up()
        for thread in self.threads:
            thread.join()
        for one in self.sockets:
            one.close()


@contextmanager
def broken(url: str, failure: Failure, after_bytes: int) -> Iterator[str]:
    """The URL of a server through a relay that breaks."""
    parts = urlsplit(url)
    breaker = Breaker(parts.hostname or "", parts.port or 0, failure, after_bytes)
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def listen() -> None:
            with suppress(OSError):
                while True:
                    breaker.relay(listener.accept()[0])

        listening = threading.Thread(target=listen, daemon=True)
        listening.start()
        login = parts.netloc.rpartition("@")[0]
        try:
            yield parts._replace(netloc=f"{login}@127.0.0.1:{listener.getsockname()[1]}").geturl()
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            listening.join()
            breaker.close()
