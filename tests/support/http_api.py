"""A real API server in a thread, on a free loopback port."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import structlog

from hansei.api import serve as serving
from hansei.api.app import create_app
from hansei.bootstrap import Wiring, wire


@dataclass(frozen=True)
class Api:
    """A running API: the wiring it shares with the test, and a client that asks it."""

    url: str
    wiring: Wiring
    http: httpx.Client

    def post(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """Send JSON, also such as httpx would not write."""
        content = json.dumps({} if body is None else body)
        return self.http.post(path, content=content, headers={"Content-Type": "application/json", **headers})

    def counts(self) -> tuple[int, int]:
        """How many tasks and teams there are: what a refused request must not change."""
        return len(self.http.get("/tasks").json()["items"]), len(self.http.get("/teams").json()["items"])


def client(url: str, **more: Any) -> httpx.Client:
    """Return a client for our own servers, more patient than httpx is: other suites may share the machine.

    It uses no connection again that a server may be closing in that moment (uvicorn does after 5 s without a word).
    """
    limits = httpx.Limits(max_connections=100, keepalive_expiry=2)
    return httpx.Client(**{"base_url": url, "trust_env": False, "timeout": 60, "limits": limits, **more})


@contextmanager
def running(wiring: Wiring, *, local: bool = True) -> Iterator[str]:
    """Serve until the block ends; yield the address. ``local`` False: as if bound to an outside address."""
    if (
        not structlog.is_configured()
    ):  # a process has; the default draws each value in a traceback, for ten seconds
        structlog.configure(
            [structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer(key_order=["event"])]
        )
    listener = serving._listen("127.0.0.1", 0)
    server = serving.Server(create_app(wiring, local=local))
    answers = threading.Event()
    server.on_ready = answers.set
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    port = listener.getsockname()[1]
    thread.start()
    try:
        assert answers.wait(20)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(15)
        assert not thread.is_alive()


def wired(database_url: str, broker_url: str) -> Wiring:
    return wire({"HANSEI_DATABASE_URL": database_url, "HANSEI_BROKER_URL": broker_url})
