"""What routes ask for: the wiring, the caller's scope, the idempotency key, paging."""

from __future__ import annotations

from typing import Annotated, Any, get_args, get_origin

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from hansei.api import once, problems
from hansei.api.guard import CALLER
from hansei.bootstrap import Wiring
from hansei.errors import AccessDenied
from hansei.services import access
from hansei.services.access import Caller, Scope
from hansei.services.idempotency import Key, route_of
from hansei.services.relay import Relay

#: Any request may be answered like this: refused by the guard, of a wrong shape, or too early.
ALWAYS = (401, 403, 422, 429, 503)
WITH_BODY = (400, 413, 415)


def routes(tag: str, *, prefix: str = "") -> APIRouter:
    """Return a router for the operations of one tag, each named in the document as its function is."""
    return APIRouter(prefix=prefix, tags=[tag], generate_unique_id_function=lambda route: route.name)


class Needs:
    """Lets a request through whose caller may act in the scope, and whose query says nothing that nobody reads."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    async def __call__(self, request: Request) -> Caller:
        """Return who asks.

        Raises:
            AccessDenied: nobody that is known.
            Forbidden: somebody who may not.
            RequestValidationError: the query is not one of this route.
        """
        caller: Caller | None = request.scope.get(CALLER)
        if caller is None:
            raise AccessDenied("A token is needed here.", remedy=access.REMEDY)
        caller.require(self.scope)
        check_query(request)
        return caller


NEEDS = {scope: Needs(scope) for scope in ("read", "write", "admin")}


def check_query(request: Request) -> None:
    """Do nothing where each parameter of the query is one of the route's, sent once: as strict as a body is read.

    Raises:
        RequestValidationError: with what is wrong.
    """
    if not request.url.query:
        return
    route: APIRoute = request.scope["route"]
    many = {field.alias: _repeats(field.field_info.annotation) for field in route.dependant.query_params}
    sent = [name for name, _ in request.query_params.multi_items()]
    unknown = [n for n in dict.fromkeys(sent) if n not in many][: problems.MOST_ERRORS]
    wrong = [problems.unknown_parameter(n, list(many)) for n in unknown]
    wrong += [
        problems.doubled_parameter(n) for n, repeats in many.items() if sent.count(n) > 1 and not repeats
    ]
    if wrong:
        raise RequestValidationError(wrong)


def _repeats(annotation: Any) -> bool:
    """Say whether a parameter takes several values."""
    return any(get_origin(kind) is list for kind in (annotation, *get_args(annotation)))


def allow(
    scope: Scope, *also: int, body: bool = False, more: dict[int | str, Any] | None = None
) -> dict[str, Any]:
    """Return a route's keyword arguments: who may call it, and which problems it may answer.

    ``also`` names codes beyond those of every route; ``more`` documents other answers.
    """
    codes = {*ALWAYS, *also, *(WITH_BODY if body else ())}
    return {
        "dependencies": [Depends(NEEDS[scope])],
        "responses": problems.documented(*codes) | (more or {}),
        "openapi_extra": {"x-scope": scope},
    }


async def _wiring(request: Request) -> Wiring:
    wiring: Wiring = request.app.state.wiring
    return wiring


async def _relay(request: Request) -> Relay:
    relay: Relay = request.app.state.relay
    return relay


async def _key(
    request: Request,
    idempotency_key: Annotated[
        str | None,
        Header(pattern=once.PATTERN, description=once.DESCRIPTION),
    ] = None,
) -> Key | None:
    if idempotency_key is None:
        return None
    caller: Caller = request.scope[CALLER]
    route = route_of(request.method, request.url.path)
    return Key(caller.owner, route, idempotency_key, await request.body())


Wired = Annotated[Wiring, Depends(_wiring)]
Bell = Annotated[Relay, Depends(_relay)]
IdempotencyKey = Annotated[Key | None, Depends(_key)]
Limit = Annotated[int, Query(ge=1, le=200, description="At most this many.")]
Cursor = Annotated[
    str | None, Query(min_length=1, max_length=200, description="The last answer's next_cursor.")
]
