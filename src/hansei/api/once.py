"""``Idempotency-Key`` on every POST: the same key and body give the first answer again, for a day.

It works on whole requests, so a route gets it by being there. The key is stored in the first write transaction of
the request (together with what that does) and the answer right after it; where the server dies between the two, a
repetition is told so and nothing is done twice. Task routes keep the key with the task instead, in one transaction.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from time import monotonic
from typing import TypeVar
from weakref import WeakValueDictionary

import structlog
from anyio import to_thread
from sqlalchemy.orm import Session
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hansei.api import problems
from hansei.api.guard import CALLER, is_page, replay
from hansei.db.session import Database, first_write
from hansei.errors import Busy, Conflict, InvalidInput
from hansei.services import idempotency
from hansei.services.access import Caller
from hansei.services.idempotency import Answer, Key

log = structlog.get_logger(__name__)
PATTERN = r"^[!-~]([ -~]{0,198}[!-~])?$"
DESCRIPTION = "1 to 200 printable characters. The same key and body give the same answer for 24 hours."
#: Secrets are shown once, so no answer of these may be kept; tasks keep the key themselves.
WITHOUT = ("/tokens", "/shares")
OF_TASKS = "/tasks/"
WAIT_SECONDS = 5.0
LOOK_SECONDS = 0.05
_KEPT_HEADERS = ("content-type", "location")
T = TypeVar("T")


def takes_key(method: str, path: str) -> bool:
    """Say whether a route takes an ``Idempotency-Key``."""
    return method == "POST" and not is_page(path) and not path.startswith(WITHOUT)


class Once:
    """Pure ASGI, inside the guard."""

    def __init__(self, app: ASGIApp, *, database: Database) -> None:
        self._app, self._database = app, database
        self._turns: WeakValueDictionary[tuple[str, str, str], asyncio.Lock] = WeakValueDictionary()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, again where it was answered before."""
        given = Headers(scope=scope).getlist("idempotency-key") if scope["type"] == "http" else []
        if not given or not takes_key(scope["method"], scope["path"]):
            await self._app(scope, receive, send)
            return
        if len(given) > 1 or not re.fullmatch(PATTERN, given[0]):
            await _not_a_key(scope["path"])(scope, receive, send)
            return
        if scope["path"].startswith(OF_TASKS):
            await self._app(scope, receive, send)
            return
        caller: Caller = scope[CALLER]
        body = await Request(scope, receive).body()
        route = idempotency.route_of(scope["method"], scope["path"])
        key = Key(caller.owner, route, given[0], body, scope["query_string"])
        turn = self._turns.setdefault(key.row, asyncio.Lock())  # the same at once, here: one after another
        async with turn:
            response = await self._earlier(key) or await self._now(key, scope, replay(body, receive))
        await response(scope, receive, send)

    async def _earlier(self, key: Key) -> Response | None:
        until = monotonic() + WAIT_SECONDS
        while True:
            known, answer = await self._read(lambda session: idempotency.answered(session, key))
            if answer is not None:
                return _response(answer, again=True)
            if not known:
                return None
            if monotonic() > until:
                raise Conflict(
                    "An earlier request with this Idempotency-Key was carried out, or still is; "
                    "its answer is not known.",
                    remedy="Look at what is stored. Send it under a new key only where it is not there.",
                )
            await asyncio.sleep(LOOK_SECONDS)

    async def _now(self, key: Key, scope: Scope, receive: Receive) -> Response:
        attempt, caught = _Attempt(key), _Caught()
        before = first_write.set(attempt)
        try:
            await self._app(scope, receive, caught)
        finally:
            first_write.reset(before)
        if attempt.beaten:  # by another process; that one's answer counts
            earlier = await self._earlier(key)
            if earlier is not None:
                return earlier
        answer = caught.answer()
        if answer.status < 300:
            await self._keep(key, answer)
        return _response(answer, headers=caught.headers)

    async def _keep(self, key: Key, answer: Answer) -> None:
        def work() -> None:
            with self._database.write() as session:
                idempotency.keep(session, key, answer)

        try:
            await to_thread.run_sync(work)
        except Busy as error:  # it was done: to refuse it now would be wrong
            log.warning("answer_not_kept", route=key.route, why=str(error))

    async def _read(self, look: Callable[[Session], T]) -> T:
        def work() -> T:
            with self._database.read() as session:
                return look(session)

        return await to_thread.run_sync(work)


class _Attempt:
    """Notes the key in the first write transaction of a request."""

    def __init__(self, key: Key) -> None:
        self._key = key
        self._noted = False
        self.beaten = False

    def __call__(self, session: Session) -> None:
        if self._noted:
            return
        try:
            idempotency.reserve(session, self._key)
        except Conflict:
            self.beaten = True
            raise
        self._noted = True


class _Caught:
    """Takes an answer down instead of sending it."""

    def __init__(self) -> None:
        self.status = 500
        self.headers: list[tuple[bytes, bytes]] = []
        self._body: list[bytes] = []

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message.get("headers", ()))
        elif message["type"] == "http.response.body":
            self._body.append(message.get("body", b""))

    def answer(self) -> Answer:
        named = [(k.decode("latin-1").lower(), v.decode("latin-1")) for k, v in self.headers]
        kept = tuple((k, v) for k, v in named if k in _KEPT_HEADERS)
        return Answer(self.status, kept, b"".join(self._body).decode())


def _response(
    answer: Answer, *, again: bool = False, headers: list[tuple[bytes, bytes]] | None = None
) -> Response:
    response = Response(answer.body, answer.status)
    own = (
        [(k.encode("latin-1"), v.encode("latin-1")) for k, v in answer.headers]
        if headers is None
        else headers
    )
    length = [h for h in response.raw_headers if h[0] == b"content-length"]
    mark = [(b"idempotency-replayed", b"true")] if again else []
    response.raw_headers = [*(h for h in own if h[0].lower() != b"content-length"), *length, *mark]
    return response


def _not_a_key(path: str) -> Response:
    sentence = (
        "“Idempotency-Key” must be sent once, as 1 to 200 printable ASCII characters (letters, digits, signs, and "
        "spaces between them). A fresh UUID for each thing to be done serves well."
    )
    field = problems.FieldProblem(pointer="/Idempotency-Key", detail=sentence, where="header")
    return problems.answer(422, InvalidInput.title, sentence, path, [field], kind="invalid-input")
