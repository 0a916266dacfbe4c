"""Who words reports, what a language model is sent for it, and wording a stored report again."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Body, Response

from hansei.api.deps import Bell, Wired, allow, routes
from hansei.api.routers.teams import known_form
from hansei.api.schemas import wording as schemas
from hansei.api.schemas.common import Accepted
from hansei.services import reports, submissions, wording

router = routes("wording")
ANYBODY = schemas.WordingIn()
LOCATION: dict[int | str, Any] = {
    202: {
        "description": "Accepted: the task is stored and will run.",
        "headers": {"Location": {"description": "Where its status is.", "schema": {"type": "string"}}},
    }
}


@router.get("/wording", **allow("read"))
def get_wording(wiring: Wired) -> schemas.WordingOut:
    """Say who words reports here, and exactly what a language model is sent."""
    model = wiring.wording_model
    with wiring.database.read() as session:
        rates = [
            schemas.PassRateOut.model_validate(r, from_attributes=True) for r in wording.pass_rates(session)
        ]
    return schemas.WordingOut(
        narrator=model.name if model else wiring.narrator.name,
        address=model.address if model else None,
        seconds=model.seconds if model else None,
        tokens=model.tokens if model else None,
        sends=[schemas.Sent(what=what, how_much=much) for what, much in (model.sends if model else ())],
        never_sends=[*(model.never_sends if model else ())],
        instructions=model.instructions if model else None,
        pass_rates=rates,
    )


@router.get("/teams/{team_id}/wording", **allow("read", 404))
def get_team_wording(wiring: Wired, team_id: str) -> schemas.TeamWordingOut:
    """Say who words a team's reports from now on."""
    known_form(team_id)
    with wiring.database.read() as session:
        opted = wording.opted_in(session, team_id)
    return schemas.TeamWordingOut(team_id=team_id, narrator=wiring.narrator_for(opted_in=opted).name)


@router.put("/teams/{team_id}/wording", **allow("write", 404, 409, body=True))
def put_team_wording(
    wiring: Wired, team_id: str, asked: Annotated[schemas.TeamWordingIn, Body()]
) -> schemas.TeamWordingOut:
    """Let a language model word a team's reports, or no longer."""
    known_form(team_id)
    with wiring.database.write() as session:
        wording.choose(
            session,
            team_id,
            model=asked.model,
            available=wiring.wording_model is not None,
            switched_off=wiring.model_switched_off,
        )
    return get_team_wording(wiring, team_id)


@router.get("/reports/{report_id}/narrative", **allow("read", 404))
def list_wordings(wiring: Wired, report_id: str) -> schemas.RevisionList:
    """List every wording of a report, newest first, with what a language model was sent for it."""
    with wiring.database.read() as session:
        found = wording.revisions(session, reports.parse_id(report_id))
    return schemas.RevisionList(items=[schemas.RevisionOut.of(r) for r in found])


@router.post(
    "/reports/{report_id}/narrative", status_code=202, **allow("write", 404, 429, body=True, more=LOCATION)
)
def word_again(
    wiring: Wired,
    bell: Bell,
    response: Response,
    report_id: str,
    asked: Annotated[schemas.WordingIn, Body()] = ANYBODY,
) -> Accepted:
    """Word a stored report again in the background: a new revision of its prose, and no number touched."""
    with wiring.database.write() as session:
        job = submissions.submit_wording(
            session, reports.parse_id(report_id), narrator=asked.narrator, caps=wiring.caps
        )
    bell.wake()
    response.headers["Location"] = f"/tasks/status/{job.id}"
    message = f"Report {report_id} will be worded again. Task ID: {job.id}"
    return Accepted(task_id=job.id, status="PENDING", message=message)
