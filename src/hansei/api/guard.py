"""What every request passes first: who may ask, how much is read, and what every answer carries."""

from __future__ import annotations

import ipaddress
from collections.abc import AsyncIterator, Iterable
from functools import lru_cache

import structlog
from anyio import to_thread
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hansei.api import body, problems
from hansei.api.pace import Pace
from hansei.dashboard import pages
from hansei.db.session import Database
from hansei.errors import AccessDenied, HanseiError
from hansei.services import access, browser
from hansei.services.access import Caller, Forbidden

log = structlog.get_logger(__name__)

#: No token is ever needed here: what probes and load balancers ask.
OPEN_PATHS = ("/health", "/ready", "/version")
WRITES = ("POST", "PUT", "PATCH", "DELETE")
WITH_BODY = ("POST", "PUT", "PATCH")
#: What browsers see; a session cookie counts here and nowhere else.
PAGES = ("/dashboard", "/login")
SESSION_COOKIE = "hansei_session"
#: How its name begins over https.
HOSTED = "__Host-"
#: Pages that a secret in their own address opens; it must not get into a log.
SHARED = "/shared/"
#: Where the caller is kept in the ASGI scope.
CALLER = "hansei.caller"

SECURITY_HEADERS = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    (
        "Content-Security-Policy",
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    ),
    ("Cache-Control", "no-store"),
)


class Guard:
    """Pure ASGI, outermost. ``local``: only this machine can reach the server, so no token and no pace is needed."""

    def __init__(self, app: ASGIApp, *, database: Database, local: bool, per_minute: int = 0) -> None:
        self._app, self._database, self._local = app, database, local
        self._pace = Pace(0 if local else per_minute)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse with a sentence."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["method"] == "HEAD" and not scope["path"].endswith("/events"):
            scope = {**scope, "method": "GET"}  # the server, which keeps its own scope, leaves the body out
        answer = _Answer(send)
        try:
            scope[CALLER] = caller = await self._admit(scope)
            if caller is not None:
                self._pace.check(caller.owner)
            await self._app(scope, await self._read(scope, receive), answer)
        except ClientDisconnect:
            return
        except HanseiError as error:
            await (await self._refused(scope, error))(scope, receive, answer)
        except Exception:
            path = SHARED if scope["path"].startswith(SHARED) else scope["path"]
            log.exception("request_failed", method=scope["method"], path=path)
            if not answer.started:
                await (await self._broken(scope))(scope, receive, answer)

    async def _refused(self, scope: Scope, error: HanseiError) -> Response:
        if not is_page(scope["path"]):
            return problems.of_error(error, scope["path"])
        status = problems.status_of(error)
        answer = await to_thread.run_sync(pages.refused, Request(scope), error, status)
        if status in problems.LATER:
            answer.headers["Retry-After"] = str(getattr(error, "seconds", problems.LATER[status]))
        return answer

    async def _broken(self, scope: Scope) -> Response:
        if is_page(scope["path"]):
            try:
                return await to_thread.run_sync(pages.broken, Request(scope))
            except Exception:  # what broke the page may break this one too
                log.exception("page_of_a_failure_failed")
        return problems.of_bug(scope["path"])

    async def _admit(self, scope: Scope) -> Caller | None:
        headers = Headers(scope=scope)
        if self._local:
            check_local(scope["method"], headers)
        given = headers.getlist("authorization")
        if not given:
            if self._local:
                return access.LOCAL
            if is_page(scope["path"]):  # it shows the login itself
                return await self._browser(scope)
            if scope["path"] in OPEN_PATHS or scope["path"].startswith(SHARED):
                return None
            raise AccessDenied("A token is needed here.", remedy=access.REMEDY)
        kind, _, token = given[0].partition(" ")
        if kind.lower() != "bearer" or len(given) > 1:
            raise AccessDenied("Only one Bearer token is taken here.", remedy=access.REMEDY)
        return await to_thread.run_sync(access.verify, self._database, token.strip())

    async def _browser(self, scope: Scope) -> Caller | None:
        cookies = Request(scope).cookies
        cookie = cookies.get(f"{HOSTED}{SESSION_COOKIE}") or cookies.get(SESSION_COOKIE)
        return await to_thread.run_sync(browser.caller_of, self._database, cookie) if cookie else None

    async def _read(self, scope: Scope, receive: Receive) -> Receive:
        if scope["method"] not in WITH_BODY:
            return receive
        path, kind = scope["path"], Headers(scope=scope).get("content-type", "")
        whole = await _whole_body(receive, body.limit(path))
        if (
            whole and not is_page(path) and not body.is_table(path, kind)
        ):  # pages check their forms themselves
            body.check_type(kind, path)
            if len(whole) > body.LARGE:
                await to_thread.run_sync(body.check_json, whole)
            else:
                body.check_json(whole)
        return replay(whole, receive)


class _Answer:
    """Sends on, with the headers that every answer carries."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY_HEADERS:
                headers.setdefault(name, value)
        await self._send(message)


def is_page(path: str) -> bool:
    """Say whether a path belongs to the dashboard, where a browser's session counts."""
    return path in PAGES or path.startswith("/dashboard/")


def check_local(method: str, headers: Headers) -> None:
    """Do nothing where a request to a loopback server really comes from this machine's own programs.

    Raises:
        Forbidden: it came through a proxy, under another name (DNS rebinding), or from a page of another site.
    """
    passed_on = next((n for n in headers if n == "forwarded" or n.startswith("x-forwarded-")), None)
    if passed_on is not None:
        raise Forbidden(
            f"This request came through a proxy (header {passed_on[:40]}), and local mode has no access control.",
            remedy="Behind a proxy, start with --host set to that proxy's network and use tokens.",
        )
    host = headers.get("host", "")
    if not loopback_name(host):
        raise Forbidden(
            "Local mode answers only to localhost, 127.0.0.1 and [::1].",
            remedy="Use one of these in the address, or start with --host and use tokens.",
        )
    origin = headers.get("origin")
    foreign = origin is not None and origin.lower() != f"http://{host.lower()}"
    if method in WRITES and (foreign or headers.get("sec-fetch-site") in ("cross-site", "same-site")):
        raise Forbidden(
            "A page of another site may not change anything here.", remedy="Ask from this site or a program."
        )


@lru_cache(maxsize=256)
def loopback_name(host: str) -> bool:
    """Say whether a ``Host`` header names this machine: localhost, 127.0.0.1 or [::1], with any port."""
    name, port = host, ""
    if host.startswith("["):
        name, closed, port = host[1:].partition("]")
        if not closed or (port and not port.startswith(":")):
            return False
    elif ":" in host:
        name, _, port = host.partition(":")
    port = port.removeprefix(":")
    if port and not (port.isascii() and port.isdecimal()):
        return False
    if name.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


async def _whole_body(receive: Receive, limit: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in _chunks(receive):
        size += len(chunk)
        if size <= limit:
            chunks.append(chunk)
        elif size > body.DRAIN_LIMIT:
            break
    if size > limit:
        raise body.too_large(limit)
    return b"".join(chunks)


async def _chunks(receive: Receive) -> AsyncIterator[bytes]:
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise ClientDisconnect  # half a body is no body
        yield message.get("body", b"")
        if not message.get("more_body", False):
            return


def replay(whole: bytes, receive: Receive) -> Receive:
    """Return what gives a body that was read once more, and then what else comes."""
    given: Iterable[Message] = iter([{"type": "http.request", "body": whole, "more_body": False}])

    async def again() -> Message:
        for message in given:
            return message
        return await receive()

    return again
