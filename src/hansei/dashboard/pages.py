"""What every page shares: templates, headers, forms and their protection, problems as pages."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Coroutine, Mapping
from functools import cache
from typing import Annotated, Any
from urllib.parse import parse_qs, quote, urlsplit

import structlog
from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.routing import APIRoute
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.exceptions import HTTPException

import hansei
from hansei import errors
from hansei.bootstrap import Wiring
from hansei.core.phrases import clean, ended, upper_first
from hansei.dashboard.contexts import ProblemPage, Shell, TeamLink, WayOn
from hansei.services import overview
from hansei.services.access import Caller, Forbidden, Scope

log = structlog.get_logger(__name__)
#: Where the guard keeps who asks, in the ASGI scope.
CALLER = "hansei.caller"
CSRF_COOKIE, SESSION_COOKIE = "hansei_csrf", "hansei_session"
#: How the name of a cookie begins over https: a browser takes such a one from this very host, over https, only.
HOSTED = "__Host-"
MOST_FIELDS = 50
#: The navigation names so many teams; the overview has them all.
TEAMS_IN_MENU = 12
#: A table of 5 MB as the page of its preview sends it back.
MOST_UPLOAD = 7_000_000
LONGEST_TEXT = 5000
#: Made parts of stored reports that are kept for the next reader.
KEPT = 64
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
#: How a page calls what went wrong.
TITLES = {
    401: "Sign in first",
    403: "This is not allowed from here",
    404: "There is nothing here",
    409: "Not possible now",
    413: "That is too much at once",
    422: "This cannot be used as it is",
    429: "Too much at once",
    500: "Something went wrong",
    503: "Not possible at the moment",
}
TOO_LARGE = (
    "What was sent is larger than Hansei takes: 5 MB for a table, 1 MB for anything else.",
    "Leave out columns that it need not hold, or bring it in parts. Nothing was stored.",
)
_ROOMS = {
    "/dashboard/reports": WayOn("/dashboard/reports", "To the reports"),
    "/dashboard/experiments": WayOn("/dashboard/experiments", "To the experiments"),
    "/dashboard/tasks": WayOn("/dashboard/tasks", "To the tasks"),
    "/dashboard/sources": WayOn("/dashboard/sources", "To the sources"),
    "/dashboard/imports": WayOn("/dashboard#add", "Bring a table in"),
}
#: A call of the API inside a sentence, alone or in parentheses.
_CALL = re.compile(r"\b(?:GET|POST|PUT|PATCH|DELETE) /")
_CALL_BESIDE = re.compile(r" ?\((?:GET|POST|PUT|PATCH|DELETE) /[^)]*\)")
STATUS: tuple[tuple[type[errors.HanseiError], int], ...] = (
    (errors.NotFound, 404),
    (errors.InvalidInput, 422),
    (errors.Conflict, 409),
    (Forbidden, 403),
    (errors.AccessDenied, 401),
    (errors.SourceError, 502),
    (errors.NotReady, 503),
)


class LoginNeeded(Exception):
    """Nobody known asks for a page: they are sent to the login."""


class PageRoute(APIRoute):
    """A route whose problems are pages too."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the route so that what it raises is shown as a page."""
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await handler(request)
            except LoginNeeded:
                return RedirectResponse(f"/login?next={quote(request.url.path)}", status_code=303)
            except errors.HanseiError as error:
                return refused(request, error)
            except RequestValidationError:
                return missing(request)

        return handle


@cache
def templates() -> Environment:
    """Return the templates: everything is escaped, and a name that is not given is an error."""
    made = Environment(
        loader=PackageLoader("hansei.dashboard"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_readable,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["coded"] = coded
    made.filters["ended"] = ended
    return made


def spoken(sentence: str) -> str:
    """Return a sentence without what only a program can follow: calls of the API stand on no page."""
    kept: list[str] = []
    dropped = False
    for part in re.split(r"(?<=[.;!?]) ", _CALL_BESIDE.sub("", sentence)):
        if _CALL.search(part):
            dropped = True
            continue
        kept.append(upper_first(part) if dropped else part)
        dropped = False
    told = " ".join(kept)
    return f"{told[:-1]}." if dropped and told.endswith(";") else told


def coded(sentence: str) -> Markup:
    """Return a sentence for a page: what stands between backticks is set as code, calls of the API are left out."""
    parts = clean(spoken(sentence), LONGEST_TEXT).split("`")
    if len(parts) % 2 == 0:  # a lone backtick is no code
        return escape("`".join(parts))
    return Markup("").join(
        Markup("<code>{}</code>").format(p) if i % 2 else escape(p) for i, p in enumerate(parts)
    )


def _readable(value: object) -> object:
    """Leave out what reorders or hides text, whatever page it is on."""
    return clean(value, LONGEST_TEXT) if isinstance(value, str) and not isinstance(value, Markup) else value


def show(
    request: Request,
    name: str,
    title: str,
    page: object,
    *,
    here: str = "",
    status: int = 200,
    refresh: int = 0,
) -> Response:
    """Return a page."""
    csrf = cookie(request, CSRF_COOKIE)
    fresh = len(csrf) < 32
    if fresh:
        csrf = secrets.token_urlsafe(32)
    busy, teams = _around(request)
    shell = Shell(
        title=title,
        here=here,
        busy=busy,
        teams=teams,
        csrf=csrf,
        signed_in=bool(cookie(request, SESSION_COOKIE)),
        version=hansei.__version__,
        refresh=refresh,
    )
    answer = HTMLResponse(
        templates().get_template(f"{name}.html").render(shell=shell, page=page), status, headers=HEADERS
    )
    if fresh:
        set_cookie(request, answer, CSRF_COOKIE, csrf)
    return answer


def refused(request: Request, error: errors.HanseiError, status: int | None = None) -> Response:
    """Return the page for an error of the family, in the words of pages; ``status``: where it is known better."""
    code = status or next((code for kind, code in STATUS if isinstance(error, kind)), 500)
    details = tuple(p.detail for p in error.problems if p.detail != error.message)
    text, remedy = (error.message, error.remedy) if code != 413 else TOO_LARGE
    return problem(request, code, TITLES.get(code, error.title), text, remedy, details)


def missing(request: Request) -> Response:
    """Return the page for an address at which there is nothing."""
    return problem(request, 404, TITLES[404], "There is no such page.", "It may have been moved or deleted.")


def unreadable(request: Request, status: int) -> Response:
    """Return the page for what the framework refuses: no such page, or one that takes no such form."""
    if status == 404:
        return missing(request)
    return problem(
        request,
        status,
        "This page cannot be used like that",
        "It was asked in a way that it does not know.",
        "Open it anew.",
    )


def broken(request: Request) -> Response:
    """Return the page for an error of ours; what happened is in the log and nowhere else."""
    text = "Something went wrong inside Hansei. Nothing was changed."
    return problem(request, 500, TITLES[500], text, "Try again; the log of the server says what it was.")


def problem(
    request: Request, status: int, title: str, text: str, remedy: str, details: tuple[str, ...] = ()
) -> Response:
    """Return a page that says what went wrong, what to do, and where to go on."""
    page = ProblemPage(title, text, remedy, details, _ways_on(request))
    return show(request, "problem", title, page, status=status)


def _ways_on(request: Request) -> tuple[WayOn, ...]:
    """Return where to go from a page that could not be shown: back to the form, to the list around it, the overview."""
    came = urlsplit(request.headers.get("referer", ""))
    here = (
        came.path.startswith("/dashboard") and came.netloc.lower() == request.headers.get("host", "").lower()
    )
    back = [WayOn(came.path, "Back to the page")] if here and request.method == "POST" else []
    room = next((w for prefix, w in _ROOMS.items() if request.url.path.startswith(prefix)), None)
    home = WayOn("/dashboard", "To the overview")
    return (*back, *([room] if room else []), home) if request.scope.get(CALLER) is not None else (home,)


def set_cookie(request: Request, answer: Response, name: str, value: str) -> None:
    """Set a cookie that scripts cannot read and other sites cannot send."""
    secure = _secure(request)
    named = cookie_name(request, name)
    answer.set_cookie(named, value, httponly=True, samesite="strict", secure=secure, path="/")


def cookie(request: Request, name: str) -> str:
    """Return a cookie of ours, empty where there is none."""
    return request.cookies.get(cookie_name(request, name), "")


def cookie_name(request: Request, name: str) -> str:
    """Return a cookie's name, as it is over this connection."""
    return f"{HOSTED}{name}" if _secure(request) else name


def _secure(request: Request) -> bool:
    """Say whether browsers come over https: to this server, or to the proxy in front of it."""
    wiring: Wiring = request.app.state.wiring
    public = wiring.settings.public_url or ""
    return request.url.scheme == "https" or public.startswith("https://")


def address(request: Request, path: str) -> str:
    """Return the whole address of a path, as users see it."""
    wiring: Wiring = request.app.state.wiring
    base = wiring.settings.public_url or str(request.base_url)
    return f"{base.rstrip('/')}{path}"


def go(path: str) -> Response:
    """Return the redirect after a form was taken."""
    return RedirectResponse(path, status_code=303)


def _around(request: Request) -> tuple[int, tuple[TeamLink, ...]]:
    """Return how many tasks are unfinished, and the first teams; nothing to those who are not signed in."""
    wiring: Wiring = request.app.state.wiring
    if request.scope.get(CALLER) is None:
        return 0, ()
    try:
        with wiring.database.read() as session:
            names = overview.team_names(session, limit=TEAMS_IN_MENU + 1)
            return overview.unfinished(session), tuple(TeamLink(*n) for n in names)
    except errors.HanseiError:  # the page that says so must not fail for the same reason
        return 0, ()


class Needs:
    """Lets a request through whose caller may act in the scope."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    async def __call__(self, request: Request) -> None:
        """Do nothing where the caller may.

        Raises:
            LoginNeeded: nobody known asks.
            Forbidden: somebody who may not.
        """
        caller: Caller | None = request.scope.get(CALLER)
        if caller is None:
            raise LoginNeeded
        caller.require(self.scope)


async def read_form(request: Request) -> Mapping[str, str]:
    """Return the fields of a form that one of our pages sent; of repeated ones the last.

    Raises:
        Forbidden: it came from elsewhere, or the page is too old.
        InvalidInput: it is not a form.
    """
    try:
        fields = parse_qs(
            (await request.body()).decode(),
            keep_blank_values=True,
            max_num_fields=MOST_FIELDS,
            errors="strict",
        )
    except ValueError:
        raise errors.InvalidInput("This is not a form of ours.", remedy="Load the page again.") from None
    form = {k: v[-1].replace("\x00", "") for k, v in fields.items()}
    check_secret(request, form)
    return form


async def read_upload(request: Request) -> tuple[Mapping[str, str], bytes]:
    """Return the fields of a form with a file, and the file ("" where none was chosen).

    Raises:
        Forbidden: it came from elsewhere, or the page is too old.
        InvalidInput: it is not such a form.
    """
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise errors.InvalidInput("This is not a form of ours.", remedy="Load the page again.")
    try:
        async with request.form(max_files=1, max_fields=MOST_FIELDS, max_part_size=MOST_UPLOAD) as sent:
            form = {k: v.replace("\x00", "") for k, v in sent.items() if isinstance(v, str)}
            files = [v for v in sent.values() if not isinstance(v, str)]
            content = await files[0].read() if files else b""
    except HTTPException:
        raise errors.InvalidInput("This is not a form of ours.", remedy="Load the page again.") from None
    check_secret(request, form)
    return form, content


def check_secret(request: Request, form: Mapping[str, str]) -> None:
    """Do nothing where a form comes from one of our pages.

    Raises:
        Forbidden: it does not, or the page is too old.
    """
    kept = cookie(request, CSRF_COOKIE)
    sent = form.get("csrf", "")
    if not kept or not secrets.compare_digest(kept.encode(), sent.encode()):
        raise Forbidden(
            "This form did not come from a page of Hansei, or the page is too old.",
            remedy="Load the page again.",
        )
    check_origin(request)


def check_origin(request: Request) -> None:
    """Do nothing where a form comes from this site.

    Raises:
        Forbidden: another site sent it.
    """
    origin = request.headers.get("origin")
    host = request.headers.get("host", "")
    foreign = origin is not None and origin.lower() not in (
        f"http://{host.lower()}",
        f"https://{host.lower()}",
    )
    if foreign or request.headers.get("sec-fetch-site") in ("cross-site", "same-site"):
        raise Forbidden("A page of another site may not change anything here.", remedy="Use the page itself.")


async def _wiring(request: Request) -> Wiring:
    wiring: Wiring = request.app.state.wiring
    return wiring


Wired = Annotated[Wiring, Depends(_wiring)]
Form = Annotated[Mapping[str, str], Depends(read_form)]
Upload = Annotated[tuple[Mapping[str, str], bytes], Depends(read_upload)]
READ, WRITE, ADMIN = ([Depends(Needs(scope))] for scope in ("read", "write", "admin"))


def number_in(text: str, least: int, most: int) -> int | None:
    """Read a count from a form; empty is None.

    Raises:
        InvalidInput: not a whole number in the range.
    """
    if not text.strip():
        return None
    if (
        not (text.strip().isascii() and text.strip().isdecimal())
        or not least <= int(text.strip()[:9]) <= most
    ):
        raise errors.InvalidInput(
            f"Give a whole number from {least} to {most}.", remedy="Go back and correct it."
        )
    return int(text.strip())


def keep(cache: dict[Any, Any], key: object, value: object) -> None:
    """Keep what was made of a stored report, which never changes, and forget the oldest of too many."""
    while len(cache) >= KEPT:
        cache.pop(next(iter(cache)), None)
    cache[key] = value
