"""Teams and their sprints."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Annotated, Any

from fastapi import Body, Path, Query, Response
from pydantic import Discriminator, Field, Tag

from hansei.api import problems
from hansei.api.deps import Cursor, Limit, Wired, allow, routes
from hansei.api.schemas import teams as schemas
from hansei.api.schemas.common import TEAM_ID, RejectedRow
from hansei.core.metrics import SprintMetrics, parse_sprint, slips
from hansei.core.people import REMEDY, is_of_a_person
from hansei.errors import InvalidInput, InvalidSprint, NotFound, Problem
from hansei.services import judging, notes, privacy, record, sources, teams
from hansei.services.teams import SprintView
from hansei.sources.rows import Row, gather, is_left_out, left_out

#: A team that a request may create; where it must exist already, an impossible id is an unknown one (404).
NewTeamId = Annotated[str, Path(pattern=TEAM_ID, description="Chosen by the caller; case-sensitive.")]
router = routes("teams", prefix="/teams")
_SPRINT_ID = re.compile(r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,100}")
OURS = frozenset(schemas.SprintStored.model_fields) - {"sprint_id", "sprint_name"}
UNNAMED = schemas.TeamRequest()
CREATED: dict[int | str, Any] = {201: {"description": "It is new.", "model": schemas.TeamOut}}
SPRINT_CREATED: dict[int | str, Any] = {201: {"description": "It is new.", "model": schemas.SprintStored}}
GONE: dict[int | str, Any] = {204: {"description": "Deleted."}}


@router.get("", **allow("read"))
def list_teams(wiring: Wired, limit: Limit = 50, cursor: Cursor = None) -> schemas.TeamList:
    """List teams by id."""
    if cursor is not None:
        _possible(
            cursor, InvalidInput("The cursor is not one that this list gave.", remedy="Start without one.")
        )
    with wiring.database.read() as session:
        found = teams.listed(session, limit=limit + 1, after=cursor)
    shown = found[:limit]
    more = shown[-1].team_id if len(found) > limit else None
    return schemas.TeamList(items=[schemas.TeamOut.of(t) for t in shown], next_cursor=more)


@router.get("/{team_id}", **allow("read", 404))
def get_team(wiring: Wired, team_id: str) -> schemas.TeamOut:
    """Show one team."""
    with wiring.database.read() as session:
        return schemas.TeamOut.of(teams.get(session, known_form(team_id)))


@router.put("/{team_id}", **allow("write", body=True, more=CREATED))
def put_team(
    wiring: Wired,
    response: Response,
    team_id: NewTeamId,
    asked: Annotated[schemas.TeamRequest, Body()] = UNNAMED,
) -> schemas.TeamOut:
    """Create a team, or rename it."""
    with wiring.database.write() as session:
        team, created = teams.put(session, team_id, name=asked.name)
    response.status_code = 201 if created else 200
    return schemas.TeamOut.of(team)


@router.delete("/{team_id}", status_code=204, **allow("admin", 404, 409, more=GONE))
def delete_team(wiring: Wired, team_id: str) -> None:
    """Delete a team with all that is stored of it."""
    with wiring.database.write() as session:
        teams.remove(session, known_form(team_id))


@router.get("/{team_id}/quality", **allow("read", 404))
def get_quality(wiring: Wired, team_id: str) -> schemas.QualityOut:
    """Say what the record of a team is worth, and how its sources are."""
    least = wiring.settings.happiness_min_answers
    with wiring.database.read() as session:
        team = teams.get(session, known_form(team_id)).team_id
        found = record.verdict(session, team, teams.sprint_views(session, team), least_answers=least)
        lines = record.sources(session, team)
    return schemas.QualityOut(
        verdict=found.verdict,
        findings=[schemas.QualityFinding.model_validate(f, from_attributes=True) for f in found.findings],
        sources=[schemas.SourceOfTeam.model_validate(s, from_attributes=True) for s in lines],
    )


@router.put("/{team_id}/sources", **allow("write", 404, body=True))
def put_order(wiring: Wired, team_id: str, asked: Annotated[schemas.OrderIn, Body()]) -> schemas.QualityOut:
    """Say which source counts first, and put the team's sprints together again."""
    with wiring.database.write() as session:
        sources.reorder(session, known_form(team_id), asked.order)
    return get_quality(wiring, team_id)


@router.get("/{team_id}/sprints", **allow("read", 404))
def list_sprints(wiring: Wired, team_id: str, limit: Limit = 50, cursor: Cursor = None) -> schemas.SprintList:
    """List a team's sprints, newest first."""
    after = _position(cursor)
    with wiring.database.read() as session:
        found, more = teams.sprints(session, known_form(team_id), limit=limit, after=after)
    items = [_shown(view, wiring) for view in found]
    return schemas.SprintList(items=items, next_cursor=str(more) if more is not None else None)


def _form(body: object) -> str:
    return problems.AS_LIST if isinstance(body, list) else problems.AS_OBJECT


@router.post("/{team_id}/sprints", **allow("write", 409, body=True))
def put_sprints(
    wiring: Wired,
    team_id: NewTeamId,
    asked: Annotated[
        Annotated[
            Annotated[schemas.SprintBatch, Tag(problems.AS_OBJECT)]
            | Annotated[list[dict[str, Any]], Field(min_length=1, max_length=10_000), Tag(problems.AS_LIST)],
            Discriminator(_form),
        ],
        Body(description='A list of sprints, or {"items": [...]}; the form that the metrics API gives.'),
    ],
    force_refresh: Annotated[bool, Query(description="Also update closed sprints that are stored.")] = True,
) -> schemas.Upserted:
    """Store many sprints: the good rows are kept, the others come back with their reason."""
    rows = asked.items if isinstance(asked, schemas.SprintBatch) else asked
    fetched = gather(Row(number, row) for number, row in enumerate(rows))
    if not fetched.sprints:
        at = "/items" if isinstance(asked, schemas.SprintBatch) else ""
        wrong = tuple(Problem(f"{at}/{r.row}", r.reason) for r in fetched.rejected)
        raise InvalidInput("None of the sprints can be stored.", remedy=wrong[0].detail, problems=wrong)
    judging.prepare(wiring.database, team_id)
    as_sent = {str(row.get("sprint_id")).strip(): row for row in rows}
    sprints = [schemas.as_given(s, as_sent[s.sprint_id]) for s in fetched.sprints]
    unseen = {sprint_id for sprint_id, row in as_sent.items() if schemas.is_withheld(row)}
    now = wiring.clock.now()
    with wiring.database.write() as session:
        sprints = teams.with_unseen(session, team_id, sprints, unseen)
        counts = teams.upsert(session, team_id, sprints, now=now, force=force_refresh)
        notes.take_over(session, team_id, sprints, now)
        judging.judge(session, team_id, least_answers=wiring.settings.happiness_min_answers)
        twins = teams.twins(session, team_id, sprints)
    return schemas.Upserted(
        status="success",
        created=counts.created,
        updated=counts.updated,
        skipped=counts.skipped,
        rejected=[RejectedRow(row=r.row, sprint_id=r.sprint_id, reason=r.reason) for r in fetched.rejected],
        unknown_names=list(fetched.unknown_names),
        notes=[
            *fetched.notes,
            *slips(fetched.unknown_names),
            *twins,
            *left_out(_without_ours(row) for row in rows),
        ],
    )


@router.get("/{team_id}/sprints/{sprint_id:path}", **allow("read", 404))
def get_sprint(wiring: Wired, team_id: str, sprint_id: str) -> schemas.SprintOut:
    """Show one sprint."""
    with wiring.database.read() as session:
        return _shown(teams.get_sprint(session, known_form(team_id), _sprint_key(sprint_id)), wiring)


@router.put("/{team_id}/sprints/{sprint_id:path}", **allow("write", 409, body=True, more=SPRINT_CREATED))
def put_sprint(
    wiring: Wired,
    response: Response,
    team_id: NewTeamId,
    sprint_id: str,
    asked: Annotated[dict[str, Any], Body(description="The sprint, as the metrics API gives it.")],
) -> schemas.SprintStored:
    """Create or replace one sprint; its team is made where it is new."""
    sprint = _parsed(asked, sprint_id)
    judging.prepare(wiring.database, team_id)
    unseen = {sprint_id} if schemas.is_withheld(asked) else ()
    now = wiring.clock.now()
    with wiring.database.write() as session:
        (sprint,) = teams.with_unseen(session, team_id, [sprint], unseen)
        counts = teams.upsert(session, team_id, [sprint], now=now, force=True)
        notes.take_over(session, team_id, [sprint], now)
        judging.judge(session, team_id, least_answers=wiring.settings.happiness_min_answers)
        view = teams.get_sprint(session, team_id, sprint.sprint_id)
        twins = teams.twins(session, team_id, [sprint])
    response.status_code = 201 if counts.created else 200
    remarks = [*slips(sorted(sprint.extra)), *twins, *_gone(view)]
    told = {"unknown_names": sorted(sprint.extra), "notes": remarks}
    return schemas.SprintStored.model_validate(_wire(view, wiring) | told)


@router.delete("/{team_id}/sprints/{sprint_id:path}", status_code=204, **allow("write", 404, more=GONE))
def delete_sprint(wiring: Wired, team_id: str, sprint_id: str) -> None:
    """Delete one sprint; reports that used it keep their own copy of its values."""
    with wiring.database.write() as session:
        teams.remove_sprint(session, known_form(team_id), _sprint_key(sprint_id))


@router.get("/{team_id}/notes/{sprint_id:path}", **allow("read", 404))
def get_note(wiring: Wired, team_id: str, sprint_id: str) -> schemas.NoteOut:
    """Show what the team noted of a sprint."""
    with wiring.database.read() as session:
        note = teams.get_sprint(session, known_form(team_id), _sprint_key(sprint_id)).note
    if note is None:
        raise NotFound("Nothing is noted of this sprint.", remedy="PUT a note first.")
    return schemas.NoteOut.of(note)


@router.put("/{team_id}/notes/{sprint_id:path}", **allow("write", 404, body=True))
def put_note(
    wiring: Wired, team_id: str, sprint_id: str, asked: Annotated[schemas.NoteIn, Body()]
) -> schemas.SprintOut:
    """Note something of a sprint, or leave it out of every statistic; what was noted before is replaced."""
    with wiring.database.write() as session:
        view = notes.put(
            session,
            known_form(team_id),
            _sprint_key(sprint_id),
            kinds=asked.kinds,
            text=asked.text,
            left_out=asked.left_out,
            now=wiring.clock.now(),
        )
    return _shown(view, wiring)


@router.delete("/{team_id}/notes/{sprint_id:path}", status_code=204, **allow("write", 404, more=GONE))
def delete_note(wiring: Wired, team_id: str, sprint_id: str) -> None:
    """Forget what is noted of a sprint; it counts again."""
    with wiring.database.write() as session:
        notes.remove(session, known_form(team_id), _sprint_key(sprint_id))


def _parsed(asked: dict[str, Any], sprint_id: str) -> SprintMetrics:
    given = asked.get("sprint_id", sprint_id)
    if str(given) != sprint_id:
        sentence = "“sprint_id” in the body differs from the one in the path: send one, or the same."
        raise InvalidSprint(sentence, problems=(Problem("/sprint_id", sentence),))
    sprint = parse_sprint({**asked, "sprint_id": sprint_id})
    unread = [key for key, value in _without_ours(asked).items() if is_left_out(key, value)]
    wrong = tuple(Problem(problems.pointer([key]), _cannot_keep(key, asked[key])) for key in unread)
    if wrong:
        raise InvalidSprint(
            "Some fields of the sprint cannot be kept.",
            remedy=wrong[0].detail if len(wrong) == 1 else "Leave them out; errors names them.",
            problems=wrong,
        )
    return schemas.as_given(sprint, asked)


def _cannot_keep(key: str, value: object) -> str:
    if isinstance(value, dict):
        return (
            f"“{key[:60]}” is an object. Each metric is a field of the sprint itself: "
            '{"sprint_name": "…", "velocity": 21}.'
        )
    if is_of_a_person(key):
        return (
            "The name of a field may be of a person, and no number of a single person is kept: leave it out, or"
            f" {REMEDY}."
        )
    return f"“{key[:60]}” is neither a metric nor a number, so it cannot be kept: leave it out."


def _without_ours(row: dict[str, Any]) -> dict[str, Any]:
    """Leave out what only an answer says, so that a sprint can be sent back as it was given."""
    return {key: value for key, value in row.items() if key not in OURS}


def _shown(view: SprintView, wiring: Wired) -> schemas.SprintOut:
    return schemas.SprintOut.model_validate(_wire(view, wiring))


def _gone(view: SprintView) -> list[str]:
    """Say what a sprint has no more: a PUT replaces all of it."""
    if view.removed:
        return [
            f"Since a PUT replaces the whole sprint, it has no value any more of: {', '.join(view.removed)}."
        ]
    return [] if view.metrics.names() else ["It holds no measure, so no report can say anything of it."]


def _wire(view: SprintView, wiring: Wired) -> dict[str, Any]:
    allowed, hidden = privacy.withhold(view.metrics, wiring.settings.happiness_min_answers)
    return schemas.sprint_out(replace(view, metrics=allowed), withheld=hidden)


def known_form(team_id: str) -> str:
    """Return a team id from a path: what cannot be one names no team.

    Raises:
        NotFound: it cannot be one.
    """
    return _possible(
        team_id, NotFound("There is no such team.", remedy="GET /teams lists the teams there are.")
    )


def _possible(team_id: str, otherwise: Exception) -> str:
    try:
        return teams.check_team_id(team_id)
    except InvalidInput:
        raise otherwise from None


def _sprint_key(sprint_id: str) -> str:
    if not _SPRINT_ID.fullmatch(sprint_id):
        raise NotFound("There is no such sprint.", remedy="GET the team's sprints for the ids.")
    return sprint_id


def _position(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not cursor.isascii() or not cursor.isdecimal() or len(cursor) > 9:
        raise InvalidInput("The cursor is not one that this list gave.", remedy="Start without a cursor.")
    return int(cursor)
