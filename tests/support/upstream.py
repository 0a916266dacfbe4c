"""A real HTTP server on loopback that answers as the test says, properly or not."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Raw = Callable[[socket.socket, threading.Event], None]


@dataclass(frozen=True)
class Reply:
    """A proper answer; ``body`` is sent as it is when bytes, as JSON otherwise."""

    body: Any = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Request:
    """What the server was asked; header names in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Upstream:
    """What the server is, and what it was asked: (path with query, headers in lower case)."""

    url: str = ""
    port: int = 0
    seen: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.seen]


@contextmanager
def upstream(*replies: Reply | Raw, tls: ssl.SSLContext | None = None) -> Iterator[Upstream]:
    """Answer the first request with the first reply and so on; the last one answers all that follow."""
    facts, lock = Upstream(), threading.Lock()

    def behave(asked: Request) -> Reply | Raw:
        with lock:
            facts.seen.append((asked.path, asked.headers))
            return replies[min(len(facts.seen), len(replies)) - 1]

    with serving(behave, tls=tls) as facts.port:
        facts.url = f"{'https' if tls else 'http'}://127.0.0.1:{facts.port}"
        yield facts


@contextmanager
def serving(behave: Callable[[Request], Reply | Raw], *, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """Answer each request as ``behave`` says, until the block ends; yield the port.

    A callable reply gets the socket, and an event that is set when the test is over: it may write anything, at
    any speed.
    """
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            reply = behave(Request(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            with suppress(OSError):  # the client may hang up at any time
                if isinstance(reply, Reply):
                    self._send(reply)
                else:
                    reply(self.connection, over)

        def do_POST(self) -> None:
            self.do_GET()

        def _send(self, reply: Reply) -> None:
            body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            self.send_response(reply.status)
            headers = {"Content-Type": "application/json", "Content-Length": str(len(body)), **reply.headers}
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """A client that hangs up is part of these tests."""

    server = Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        over.set()
        server.shutdown()
        thread.join()
        server.server_close()


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def stall(connection: socket.socket, over: threading.Event) -> None:
    """Take the request and say nothing."""
    over.wait(30)


def drip_body(connection: socket.socket, over: threading.Event) -> None:
    """Send a body of a million bytes, one every 20 ms."""
    connection.sendall(HEAD + b"Content-Length: 1000000\r\n\r\n")
    while not over.wait(0.02):
        connection.sendall(b" ")


def drip_head(connection: socket.socket, over: threading.Event) -> None:
    """Never come to the end of the headers."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while not over.wait(0.02):
        connection.sendall(b"a")


def endless(connection: socket.socket, over: threading.Event) -> None:
    """Send chunk after chunk as fast as they are taken."""
    connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
    while not over.is_set():
        connection.sendall(chunk)


def cut_off(connection: socket.socket, over: threading.Event) -> None:
    """Promise more than is sent."""
    connection.sendall(HEAD + b"Content-Length: 1000\r\n\r\n[{")
