"""Who words reports: the page that says what a language model is sent, a team's choice, and wording a report again.

Where no model is configured there is no such page, and nothing that leads to it.
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from hansei.dashboard import contexts
from hansei.dashboard.pages import READ, WRITE, Form, PageRoute, Wired, go, show
from hansei.errors import NotFound
from hansei.services import reports, submissions, wording
from hansei.services.wording import PassRate

router = APIRouter(include_in_schema=False, route_class=PageRoute)


@router.get("/dashboard/wording", dependencies=READ)
def wording_page(request: Request, wiring: Wired) -> Response:
    """Show exactly what a language model is sent, and how it fared."""
    model = wiring.wording_model
    if model is None:
        raise NotFound("There is no such page.", remedy="Start from the overview.")
    with wiring.database.read() as session:
        rates = wording.pass_rates(session)
    page = contexts.WordingPage(
        model=model.name,
        address=model.address,
        seconds=f"{model.seconds:g}",
        tokens=f"{model.tokens:,}",
        sends=tuple(contexts.Sent(what, much) for what, much in model.sends),
        never_sends=model.never_sends,
        instructions=model.instructions,
        rates=tuple(_line(r) for r in rates),
    )
    return show(request, "wording", "Wording by a language model", page, here="overview")


@router.post("/dashboard/teams/{team_id}/wording", dependencies=WRITE)
def choose(wiring: Wired, team_id: str, form: Form) -> Response:
    """Let a language model word a team's reports, or no longer."""
    with wiring.database.write() as session:
        wording.choose(
            session,
            team_id,
            model=form.get("model") == "yes",
            available=wiring.wording_model is not None,
            switched_off=wiring.model_switched_off,
        )
    return go(f"/dashboard/teams/{team_id}#wording-title")


@router.post("/dashboard/reports/{report_id}/wording", dependencies=WRITE)
def word_again(request: Request, wiring: Wired, report_id: str, form: Form) -> Response:
    """Accept the rewording of a report and follow it."""
    with wiring.database.write() as session:
        job = submissions.submit_wording(
            session,
            reports.parse_id(report_id),
            narrator="template" if form.get("narrator") == "template" else "team",
            caps=wiring.caps,
        )
    request.app.state.relay.wake()
    return go(f"/dashboard/tasks/{job.id}?follow=1")


def _line(rate: PassRate) -> contexts.Rate:
    passed = "–" if rate.passed is None else f"{100 * rate.passed:.0f} %"
    return contexts.Rate(rate.model, rate.asked, rate.used, rate.sentences, passed)
