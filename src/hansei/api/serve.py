"""Running the API: one process, stopped by SIGTERM or Ctrl-C once the answers under way are sent."""

from __future__ import annotations

import asyncio
import gc
import ipaddress
import socket
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI

from hansei.api.app import create_app
from hansei.bootstrap import Wiring
from hansei.errors import SetupError
from hansei.memory import keep_one_heap
from hansei.services import access

GRACE_SECONDS = 5
BACKLOG = 512
Ready = Callable[[str, int], None]


def serve(wiring: Wiring, *, host: str, port: int, ready: Ready | None = None) -> None:
    """Serve until a signal asks for the end. Prints nothing; ``ready`` is told the address once it answers.

    Raises:
        StaleSchema: with the command to run.
        SetupError: no broker is configured, the port is taken, or others could reach the API with no token.
    """
    keep_one_heap()
    wiring.require_ready()
    _ = wiring.publisher  # a missing broker is said now, not at the first task
    listener = _listen(host, port)
    try:
        address = listener.getsockname()
        local = ipaddress.ip_address(address[0]).is_loopback
        if not local:
            _require_token(wiring, host)
        server = Server(create_app(wiring, local=local))
        # All that lives now lives to the end. Left to the collector, looking through it stops every request for a
        # tenth of a second now and then.
        gc.collect()
        gc.freeze()
        gc.enable()
        server.on_ready = (lambda: ready(address[0], address[1])) if ready else None
        server.run(sockets=[listener])
    finally:
        listener.close()


class Server(uvicorn.Server):
    """Uvicorn, told where we listen, which ends event streams before it waits for open answers."""

    on_ready: Callable[[], None] | None = None

    def __init__(self, app: FastAPI) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                proxy_headers=False,
                ws="none",
                timeout_graceful_shutdown=GRACE_SECONDS,
            )
        )
        self._app = app

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)
        if self.started and self.on_ready is not None:
            await asyncio.to_thread(self.on_ready)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams, which would otherwise stay open, then stop as ever."""
        self._app.state.watch.close()
        await super().shutdown(sockets)
        self._captured_signals.clear()  # stopping when asked to is no failure: end with exit code 0


def _listen(host: str, port: int) -> socket.socket:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = min(found, key=lambda a: a[0] != socket.AF_INET)
        listener = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError):
        raise SetupError(
            f"Cannot listen on {host[:100]}: it is no address of a machine.",
            remedy="Give --host an address of this machine, such as 127.0.0.1.",
        ) from None
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
    except OSError as error:
        listener.close()
        raise SetupError(
            f"Cannot listen on {host}, port {port}: {error.strerror}.",
            remedy="Give another --port or --host.",
        ) from None
    listener.listen(BACKLOG)
    return listener


def _require_token(wiring: Wiring, host: str) -> None:
    with wiring.database.read() as session:
        if not access.any_usable(session):
            raise SetupError(
                f"Refusing to listen on {host} without a token: anybody could use it.",
                remedy="Make one with `hansei token create`, or listen on 127.0.0.1.",
            )
