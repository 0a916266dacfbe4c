"""The application: routes, the guard before them, one form for everything that goes wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from anyio import to_thread
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse, RedirectResponse, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.routing import Match

import hansei
from hansei.api import problems
from hansei.api.events import Watch
from hansei.api.guard import Guard, is_page
from hansei.api.once import DESCRIPTION as KEY_DESCRIPTION
from hansei.api.once import PATTERN, Once, takes_key
from hansei.api.routers import (
    docs,
    experiments,
    imports,
    meetings,
    reports,
    shares,
    sources,
    system,
    tasks,
    teams,
    wording,
)
from hansei.api.schemas.imports import ImportRequest
from hansei.api.turns import Turns
from hansei.bootstrap import Wiring
from hansei.dashboard import pages
from hansei.dashboard import routes as dashboard
from hansei.errors import HanseiError

#: In the order of the documentation.
ROUTERS = (
    tasks.router,
    teams.router,
    imports.router,
    reports.router,
    wording.router,
    meetings.router,
    experiments.router,
    shares.router,
    sources.router,
    system.router,
    docs.router,
)
TITLE = "Hansei"
THREADS = 16
DESCRIPTION = (
    "Retrospectives from sprint metrics: what really changed, why it may have, what to try. "
    "Errors are `application/problem+json` (RFC 9457). Times are UTC."
)


def create_app(wiring: Wiring, *, local: bool | None = None) -> FastAPI:
    """Build the application. ``local``: only this machine can reach it (default: as the settings' host says).

    Connects to nothing before it is started, so it may be built for its OpenAPI document alone.
    """
    at_home = wiring.settings.loopback if local is None else local
    app = FastAPI(
        title=TITLE,
        version=hansei.__version__,
        description=DESCRIPTION,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_lifespan,
    )
    app.state.wiring = wiring
    app.state.watch = Watch(wiring.database)
    app.state.turns = Turns()
    app.state.broker_probe = system.BrokerProbe(wiring)
    app.add_middleware(Once, database=wiring.database)
    app.add_middleware(Guard, database=wiring.database, local=at_home, per_minute=wiring.settings.rate_limit)
    # Taken as they are, not included: an included router makes each route anew when it is first looked through, so the
    # first requests after a start would wait for it.
    for router in (*ROUTERS, *dashboard.ROUTERS):
        app.router.routes.extend(router.routes)
    app.mount("/dashboard/static", dashboard.static())
    app.add_exception_handler(HanseiError, _known)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _misshapen)
    app.add_api_route("/", _home, include_in_schema=False)
    app.add_api_route("/openapi.json", _document, include_in_schema=False)
    app.openapi = lambda: _openapi(app, local=at_home)  # type: ignore[method-assign]  # FastAPI's documented way
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    # One writer at a time on SQLite, twenty connections of a kind on PostgreSQL: more would only wait, and cost memory.
    to_thread.current_default_thread_limiter().total_tokens = THREADS
    relay = app.state.relay = app.state.wiring.relay()
    relay.start()
    try:
        yield
    finally:
        app.state.watch.close()
        relay.stop()
        app.state.wiring.database.close()


async def _known(request: Request, error: Exception) -> Response:
    assert isinstance(error, HanseiError)  # noqa: S101 - what FastAPI promises and mypy cannot know
    if is_page(request.url.path):
        return await to_thread.run_sync(pages.refused, request, error, problems.status_of(error))
    return problems.of_error(error, request.url.path)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - as above
    path = request.url.path
    if is_page(path) and path.endswith("/") and request.method == "GET":
        return RedirectResponse(path.rstrip("/"))
    if is_page(path):
        return await to_thread.run_sync(pages.unreadable, request, error.status_code)
    allowed = ", ".join(_methods(request)) if error.status_code == 405 else ""
    return problems.of_http(error, request.url.path, allowed)


async def _misshapen(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - as above
    return problems.of_validation(error, request.url.path, _fields(request))


def _methods(request: Request) -> list[str]:
    """Return every method of the path asked: the framework names only those of its first route."""
    routes = [r for router in ROUTERS for r in router.routes if isinstance(r, APIRoute)]
    path = next((r.path for r in routes if r.matches(request.scope)[0] is not Match.NONE), None)
    return sorted({method for r in routes if r.path == path for method in r.methods or ()}) or ["GET"]


def _fields(request: Request) -> list[str]:
    """Return the fields that this route's body may have."""
    field = getattr(request.scope.get("route"), "body_field", None)
    model = getattr(getattr(field, "field_info", None), "annotation", None)
    return list(model.model_fields) if isinstance(model, type) and issubclass(model, BaseModel) else []


async def _home() -> Response:
    return RedirectResponse("/dashboard")


async def _document(request: Request) -> Response:
    return JSONResponse(request.app.openapi())


def _openapi(app: FastAPI, *, local: bool) -> dict[str, Any]:
    """Return the document: security by scope, problems under their own media type."""
    if app.openapi_schema:
        return app.openapi_schema
    document = get_openapi(title=app.title, version=app.version, description=DESCRIPTION, routes=app.routes)
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            _finish(operation, local=local)
            if takes_key(method.upper(), path):
                _offer_key(operation)
    # The body of an import is read by hand, so its model is named by hand too.
    document["components"]["schemas"]["ImportRequest"] = ImportRequest.model_json_schema()
    schemes = {
        "token": {"type": "http", "scheme": "bearer", "description": "`hansei token create` makes one."}
    }
    document["components"]["securitySchemes"] = schemes
    app.openapi_schema = document
    return document


def _finish(operation: dict[str, Any], *, local: bool) -> None:
    # The first line of a route's docstring says it better than its name in title case.
    operation["summary"] = operation.pop("description").split("\n")[0].rstrip(".")
    scope = operation.get("x-scope")
    if scope is not None:
        operation["security"] = [{"token": [scope]}, *([{}] if local else [])]
    for code, answer in operation["responses"].items():
        content = answer.get("content", {})
        told = next((c for c in content.values() if "ProblemDetails" in str(c)), None)
        if told is not None:
            answer["content"] = {problems.MEDIA_TYPE: told}
        if code in ("429", "503"):
            answer["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}}


def _offer_key(operation: dict[str, Any]) -> None:
    """Document what :class:`Once` does for every POST; the task routes ask for the key themselves."""
    given = operation.setdefault("parameters", [])
    if not any(p["name"].lower() == "idempotency-key" for p in given):
        schema = {"type": "string", "pattern": PATTERN}
        given.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": False,
                "schema": schema,
                "description": KEY_DESCRIPTION,
            }
        )
