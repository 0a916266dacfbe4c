"""Addresses to listen on and to be reached at."""

from __future__ import annotations

import os
import socket

from hansei.errors import SetupError

LOOPBACK = "127.0.0.1"
ANYWHERE = {"0.0.0.0": LOOPBACK, "::": "::1", "": LOOPBACK}  # noqa: S104 - where to reach what listens everywhere


def here(host: str, port: int) -> str:
    """Return where this machine reaches what listens on a host."""
    return url(ANYWHERE.get(host, host), port)


def told(public: str | None, host: str, port: int) -> str:
    """Say where other machines reach what listens on a host that is not loopback, and what they need.

    ``public`` is the address that users see, where the operator gave one.
    """
    away = public or url((_outward(host) or socket.gethostname()) if host in ANYWHERE else host, port)
    return (
        f"From other machines: {away}. Every request needs a token, from this machine too (Authorization: Bearer "
        "TOKEN; in a browser sign in with it). `hansei token create NAME` makes one."
    )


def url(host: str, port: int) -> str:
    """Return an address as browsers take it."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def free_port(host: str = LOOPBACK) -> int:
    """Return a port that nobody listens on right now.

    Raises:
        SetupError: nothing can listen on this host.
    """
    return _bound(host, 0)


def check_port(host: str, port: int) -> None:
    """Do nothing where the port can be had.

    Raises:
        SetupError: it cannot, or nothing can listen on this host.
    """
    _bound(host, port)


def _bound(host: str, port: int) -> int:
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, address = min(found, key=lambda a: a[0] != socket.AF_INET)
    except (OSError, UnicodeError):
        raise SetupError(f"“{host[:100]}” is no address of a machine.", remedy=_HOSTS) from None
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            return int(probe.getsockname()[1])
    except OSError as error:
        why = os.strerror(error.errno or 0).lower()
        if port == 0:
            raise SetupError(f"Nothing can listen on {host}: {why}.", remedy=_HOSTS) from None
        raise SetupError(
            f"Port {port} on {host} cannot be used: {why}.",
            remedy="Choose another with --port (0: any free one), stop what listens there, or give another --host.",
        ) from None


_HOSTS = (
    "Give --host an address of this machine: 127.0.0.1 for this machine alone, 0.0.0.0 for all its networks."
)


def _outward(host: str) -> str:
    """Return this machine's address on the network that leads outward, "" where there is none; nothing is sent."""
    family, far = (socket.AF_INET6, "2001:db8::1") if ":" in host else (socket.AF_INET, "192.0.2.1")
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((far, 9))
            return str(probe.getsockname()[0])
    except OSError:
        return ""
