"""The one client for every outgoing call.

What it holds, whatever the other side does:

- https only, and only to public addresses, unless the operator allows the host or the network. The host is resolved
  once, every address it has is judged, and the connection goes to a judged address: a name that changes its answer
  between the check and the call gains nothing. ``Host`` and the TLS name stay those of the URL.
- no redirect is followed, no proxy variable is read, no user name or password is taken from a URL;
- one deadline covers everything from the look-up to the last byte, so that a byte a second is no way to hold a
  worker: each read may take at most what is left of it;
- the decoded body has a cap, checked while it is being unpacked, and one layer of gzip is the only packing read;
- no error repeats a word of an answer: whoever was sent a key could send it back in one.

httpcore is used rather than httpx because only there the connection itself can be replaced: httpx's time-outs
start again with every byte, and its decoders unpack a whole chunk, layer upon layer, before anyone can count.
"""

from __future__ import annotations

import ipaddress
import queue
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import httpcore
import httpx

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolve = Callable[[str, int], list[str]]

MAX_BYTES = 20_000_000
CONNECT_SECONDS = 5.0
READ_SECONDS = 15.0
LOOK_UP_SECONDS = 10.0

_UNICAST6 = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class EgressRefused(Exception):
    """The call is not allowed, or its answer cannot be used: trying again will not help."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy


class EgressFailed(Exception):
    """The call did not get through: trying again may help."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Deadline:
    """A moment by which everything must be done, on a monotonic clock (seconds)."""

    def __init__(self, seconds: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self._monotonic = monotonic
        self._at = monotonic() + seconds

    def left(self) -> float:
        """Return the seconds that are left, 0 or less when it has passed."""
        return self._at - self._monotonic()

    def cap(self, seconds: float | None) -> float:
        """Return ``seconds``, or what is left if that is less.

        Raises:
            httpcore.ReadTimeout: nothing is left.
        """
        left = self.left()
        if left <= 0:
            raise httpcore.ReadTimeout(f"the deadline of {self.seconds:g} s has passed")
        return left if seconds is None else min(seconds, left)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Header names are in lower case; the body is unpacked, and empty unless the status is 2xx."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Egress:
    """Makes the outgoing calls of one caller.

    ``allow`` lists hosts, addresses and networks (CIDR) that may be called although they are not public, also
    over plain http. ``trusted`` allows every address: for URLs from the operator's own environment.
    ``read_seconds`` is how long one read may take: some services think long before their first byte.
    """

    def __init__(
        self,
        *,
        allow: Iterable[str] = (),
        trusted: bool = False,
        max_bytes: int = MAX_BYTES,
        read_seconds: float = READ_SECONDS,
        resolve: Resolve | None = None,
    ) -> None:
        self._hosts, self._networks = _allow_list(allow)
        self._trusted = trusted
        self._max_bytes = max_bytes
        self._read_seconds = read_seconds
        self._resolve = resolve or _look_up

    def check(self, url: str, deadline: Deadline) -> None:
        """Do nothing where ``url`` may be called.

        Raises:
            EgressRefused: it may not be. EgressFailed: its host is not known here.
        """
        self._admit(parse_url(url), deadline)

    def get(self, url: str, *, headers: Mapping[str, str], deadline: Deadline) -> Answer:
        """Fetch ``url``.

        Raises:
            EgressRefused: the address is not allowed, the answer is a redirect, too large or packed oddly, or the
                certificate is not valid.
            EgressFailed: no connection, a time-out, or an answer that broke off.
        """
        return self._call("GET", url, headers, None, deadline)

    def post(self, url: str, *, headers: Mapping[str, str], content: bytes, deadline: Deadline) -> Answer:
        """Send ``content`` to ``url``. It is sent once: only the caller knows whether twice does harm.

        Raises:
            EgressRefused: as :meth:`get`. EgressFailed: as :meth:`get`.
        """
        return self._call("POST", url, headers, content, deadline)

    def _call(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None, deadline: Deadline
    ) -> Answer:
        target = parse_url(url)
        addresses = self._admit(target, deadline)
        send: list[tuple[bytes | str, bytes | str]] = [("Host", target.netloc), ("Connection", "close")]
        send += [("Accept-Encoding", "gzip"), *headers.items()]
        if content is not None:
            send.append(("Content-Length", str(len(content))))
        request_url = httpcore.URL(
            scheme=target.raw_scheme, host=target.raw_host, port=target.port, target=target.raw_path
        )
        timeouts = {"connect": CONNECT_SECONDS, "read": self._read_seconds, "write": READ_SECONDS}
        context = self._tls if target.scheme == "https" else None
        try:
            with (
                httpcore.ConnectionPool(
                    ssl_context=context, network_backend=_Pinned(addresses, deadline)
                ) as pool,
                pool.stream(
                    method, request_url, headers=send, content=content, extensions={"timeout": timeouts}
                ) as got,
            ):
                return self._read(got)
        except httpcore.TimeoutException:
            raise EgressFailed(_late(deadline)) from None
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise _translate(error) from None

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        # SSL_CERT_FILE and SSL_CERT_DIR are honoured: that is how an operator adds the organisation's own authority.
        return httpx.create_ssl_context()

    def _admit(self, target: httpx.URL, deadline: Deadline) -> list[str]:
        host = target.raw_host.decode("ascii")
        addresses = _in_time(self._resolve, host, target.port or _port(target), deadline)
        judged = [ipaddress.ip_address(a.partition("%")[0]) for a in addresses]
        allowed = self._trusted or host.lower() in self._hosts or all(self._listed(a) for a in judged)
        if not allowed and any(not is_public(a) and not self._listed(a) for a in judged):
            raise EgressRefused(
                f"the host {host[:100]} has an address that is not public",
                "An operator can allow it in HANSEI_EGRESS_ALLOW.",
            )
        if not allowed and target.scheme != "https":
            raise EgressRefused(
                "the address begins with http://, which would send the key in the clear",
                "Use https://, or let an operator allow the host in HANSEI_EGRESS_ALLOW.",
            )
        return addresses

    def _listed(self, address: Address) -> bool:
        inner = _embedded(address) or address
        return any(inner.version == n.version and inner in n for n in self._networks)

    def _read(self, got: httpcore.Response) -> Answer:
        headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in got.headers}
        if 300 <= got.status < 400:
            # Where to is not said: what the other side writes into Location may repeat the key it was sent.
            raise EgressRefused(
                f"it redirects ({got.status})", "Redirects are not followed: enter the final address."
            )
        body = b""
        if 200 <= got.status < 300:
            body = self._body(got.iter_stream(), headers.get("content-encoding", "").strip().lower())
        return Answer(got.status, headers, body)

    def _body(self, chunks: Iterable[bytes], packing: str) -> bytes:
        if packing not in ("", "identity", "gzip", "x-gzip"):
            raise EgressRefused(
                "it packs its answer in a way that was not asked for", "Let it send plain JSON."
            )
        unpack = zlib.decompressobj(16 + zlib.MAX_WBITS) if "gzip" in packing else None
        out = bytearray()
        received = 0
        for chunk in chunks:
            received += len(chunk)
            try:
                out += unpack.decompress(chunk, self._max_bytes + 1 - len(out)) if unpack else chunk
            except zlib.error:
                raise EgressRefused(
                    "it says gzip and sends something else", "Let it send plain JSON."
                ) from None
            if len(out) > self._max_bytes or received > self._max_bytes:
                raise EgressRefused(
                    f"its answer is larger than {self._max_bytes / 1e6:g} MB",
                    "Let it answer with fewer sprints, or in pages.",
                )
        if unpack and received and not unpack.eof:
            raise EgressFailed("its answer broke off")
        return bytes(out)


def parse_url(url: str) -> httpx.URL:
    """Read a URL that a call may go to.

    Raises:
        EgressRefused: it is no http(s) URL with a host, or it carries a user name or password. The reason never
            repeats the URL.
    """
    remedy = "It must look like https://metrics.example.com/api."
    try:
        target = httpx.URL(url.strip())
    except (httpx.InvalidURL, ValueError):
        raise EgressRefused("the address is not a URL", remedy) from None
    if target.scheme not in ("http", "https") or not target.raw_host:
        raise EgressRefused("the address is not an http or https URL with a host", remedy)
    if target.userinfo:
        raise EgressRefused(
            "the address carries a user name or password", "Take it out and set the key instead."
        )
    return target


def shown(url: httpx.URL) -> str:
    """Return a URL as it may be shown: without user name, password, query and fragment."""
    return f"{url.scheme}://{url.netloc.decode('ascii', 'replace')}{url.path}"[:300]


def is_public(address: Address) -> bool:
    """Return whether an address belongs to the public internet.

    An IPv6 address that stands for an IPv4 one (mapped, 6to4, NAT64) is judged by the latter. Teredo, multicast
    and reserved space are not public.
    """
    inner = _embedded(address)
    if inner is not None:
        return is_public(inner)
    if isinstance(address, ipaddress.IPv6Address) and (address not in _UNICAST6 or address.teredo):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _embedded(address: Address) -> ipaddress.IPv4Address | None:
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def _allow_list(entries: Iterable[str]) -> tuple[frozenset[str], tuple[Network, ...]]:
    hosts: set[str] = set()
    networks: list[Network] = []
    for entry in entries:
        try:
            networks.append(ipaddress.ip_network(entry.strip().strip("[]"), strict=False))
        except ValueError:
            hosts.add(entry.strip().lower())
    return frozenset(hosts), tuple(networks)


def _port(url: httpx.URL) -> int:
    return 443 if url.scheme == "https" else 80


def _look_up(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _in_time(resolve: Resolve, host: str, port: int, deadline: Deadline) -> list[str]:
    """Resolve in a thread of its own: the system's look-up knows no time-out."""
    answers: queue.SimpleQueue[list[str] | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(resolve(host, port))
        except (OSError, UnicodeError) as error:
            answers.put(error)

    threading.Thread(target=ask, name="hansei-look-up", daemon=True).start()
    try:
        answer = answers.get(timeout=max(0.0, min(LOOK_UP_SECONDS, deadline.left())))
    except queue.Empty:
        raise EgressFailed(f"the name {host[:100]} could not be looked up in time") from None
    if isinstance(answer, UnicodeError):
        raise EgressRefused("the address has a host name that cannot exist", "Check the address.") from None
    if isinstance(answer, Exception) or not answer:
        raise EgressFailed(f"the name {host[:100]} is not known here") from None
    return answer


def _late(deadline: Deadline) -> str:
    if deadline.left() <= 0:
        seconds = f"{deadline.seconds:.0f}" if deadline.seconds >= 10 else f"{deadline.seconds:.2g}"
        return f"it did not answer completely within {seconds} s"
    return "it did not answer in time"


def _translate(error: Exception) -> EgressRefused | EgressFailed:
    cause = error.args[0] if error.args else None  # httpcore cuts __cause__ off, and keeps it here
    if isinstance(cause, ssl.SSLCertVerificationError):
        return EgressRefused(
            f"its certificate is not valid ({cause.verify_message})",
            "Renew the certificate, or name your own authority in SSL_CERT_FILE.",
        )
    if isinstance(cause, ssl.SSLError):
        return EgressRefused("it does not speak TLS properly", "Check whether the address needs http://.")
    if isinstance(error, httpcore.LocalProtocolError):
        return EgressRefused("the request could not be sent as it is", "Check the address and the key.")
    if isinstance(error, httpcore.ConnectError):
        return EgressFailed("no connection could be made")
    return EgressFailed("the connection broke off")


class _Pinned(httpcore.NetworkBackend):
    """Connects to addresses that were judged before, whatever name httpcore asks for."""

    def __init__(self, addresses: list[str], deadline: Deadline) -> None:
        self._addresses = addresses
        self._deadline = deadline
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,  # noqa: ARG002  (the point of this class: the name is not looked up again)
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Try each address in turn."""
        trouble: Exception = httpcore.ConnectError("no address")
        for address in self._addresses:
            try:
                stream = self._inner.connect_tcp(
                    address, port, self._deadline.cap(timeout), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                trouble = error
            else:
                return _Bounded(stream, self._deadline)
        raise trouble


class _Bounded(httpcore.NetworkStream):
    """A connection on which no single wait outlasts the deadline."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._deadline.cap(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._deadline.cap(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        inner = self._inner.start_tls(ssl_context, server_hostname, self._deadline.cap(timeout))
        return _Bounded(inner, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
