"""Signing in with a token, and out again."""

from __future__ import annotations

import re

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from hansei.core.phrases import clean
from hansei.dashboard import contexts
from hansei.dashboard.pages import (
    SESSION_COOKIE,
    Form,
    PageRoute,
    Wired,
    cookie,
    cookie_name,
    go,
    set_cookie,
    show,
)
from hansei.errors import AccessDenied
from hansei.services import browser

router = APIRouter(include_in_schema=False, route_class=PageRoute)


@router.get("/login")
def login_page(request: Request, next: str = "/dashboard") -> Response:  # noqa: A002 - a query parameter's name
    """Ask for a token."""
    return show(request, "login", "Sign in", contexts.LoginPage(_inside(next), ""))


@router.post("/login")
def login(request: Request, wiring: Wired, form: Form) -> Response:
    """Open a session for a valid token."""
    after = _inside(form.get("next", ""))
    try:
        opened = browser.open_session(wiring.database, form.get("token", ""))
    except AccessDenied as error:
        page = contexts.LoginPage(after, error.message)
        return show(request, "login", "Sign in", page, status=401)
    answer = go(after)
    set_cookie(request, answer, SESSION_COOKIE, opened)
    return answer


@router.post("/dashboard/logout")
def logout(request: Request, wiring: Wired, form: Form) -> Response:  # noqa: ARG001 - the form is what proves where it came from
    """End the session."""
    with wiring.database.write() as session:
        browser.end(session, cookie(request, SESSION_COOKIE))
    answer = RedirectResponse("/login", status_code=303)
    answer.delete_cookie(cookie_name(request, SESSION_COOKIE), path="/")
    return answer


def _inside(path: str) -> str:
    """Return a path of ours; anything else becomes the overview."""
    plain = clean(path, 200)
    return plain if re.fullmatch(r"/dashboard[A-Za-z0-9/._~%-]*", plain) else "/dashboard"
