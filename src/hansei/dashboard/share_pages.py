"""Links to one report: made, listed and ended on its page, and opened by whoever has one."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from hansei.dashboard import (
    build,
    contexts,
    drawings,
)
from hansei.dashboard.pages import WRITE, Form, PageRoute, Wired, address, go, number_in, show, templates
from hansei.errors import NotFound
from hansei.render import html
from hansei.services import (
    reports,
    shares,
)

router = APIRouter(include_in_schema=False, route_class=PageRoute)


@router.get("/dashboard/reports/{report_id}/shares", dependencies=WRITE)
def shares_page(request: Request, wiring: Wired, report_id: str) -> Response:
    """Show the links to a report."""
    return _shares(request, wiring, reports.parse_id(report_id), "")


@router.post("/dashboard/reports/{report_id}/shares", dependencies=WRITE)
def share(request: Request, wiring: Wired, report_id: str, form: Form) -> Response:
    """Make a link to a report and show its address, this once."""
    number = reports.parse_id(report_id)
    days = number_in(form.get("days", ""), 1, shares.MAX_DAYS) or shares.DEFAULT_DAYS
    with wiring.database.write() as session:
        made = shares.create(session, number, with_note="with_note" in form, expires_in_days=days)
    request.app.state.relay.wake()
    return _shares(request, wiring, number, address(request, made.path))


@router.post("/dashboard/shares/{share_id}/revoke", dependencies=WRITE)
def revoke_share(wiring: Wired, share_id: str, form: Form) -> Response:  # noqa: ARG001 - the form is what proves where it came from
    """End a link."""
    with wiring.database.write() as session:
        ended = shares.revoke(session, reports.parse_id(share_id))
    return go(f"/dashboard/reports/{ended.report_id}/shares")


@router.get("/shared/{secret}")
def shared(wiring: Wired, secret: str) -> Response:
    """Show one report to whoever has its link: a page that loads nothing and leads nowhere."""
    headers = {"X-Robots-Tag": "noindex, nofollow", "Cache-Control": "no-store"}
    try:
        with wiring.database.read() as session:
            found = shares.opened(session, secret)
    except NotFound as error:
        page = contexts.ClosedLink(error.message, error.remedy)
        return HTMLResponse(templates().get_template("closed.html").render(page=page), 404, headers=headers)
    headers["Content-Security-Policy"] = f"{html.policy()}; frame-ancestors 'none'"
    return Response(
        drawings.as_file(found.report, found.charts or b"{}"), media_type="text/html", headers=headers
    )


def _shares(request: Request, wiring: Wired, number: int, link: str) -> Response:
    with wiring.database.read() as session:
        stored = reports.get(session, number)
        found = shares.listed(session, number)
    page = contexts.SharesPage(
        report_id=number,
        headline=stored.narrative.headline,
        link=link,
        shares=tuple(build.share_line(s) for s in found),
        has_note=bool(stored.custom_context),
        alone=wiring.settings.loopback and not wiring.settings.public_url,
    )
    return show(request, "shares", "Links to a report", page, here="reports")
