"""Tables in, and a team's sprints out again."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import replace
from typing import Annotated, Any

from fastapi import Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from hansei.api import body
from hansei.api.deps import Wired, allow, routes
from hansei.api.routers.teams import NewTeamId, known_form
from hansei.api.schemas import imports as schemas
from hansei.api.turns import Turns
from hansei.core.tables import answers_from
from hansei.errors import InvalidInput, Problem
from hansei.render import sprints as render_sprints
from hansei.services import imports, privacy, teams
from hansei.sources.table import is_large
from hansei.sources.table import read as read_table

router = routes("teams", prefix="/teams")
AS_CSV: dict[int | str, Any] = {
    200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "One row per sprint."}
}
TABLE_BODY = allow("write", 409, body=True)
TABLE_BODY["openapi_extra"] |= {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/ImportRequest"}},
            **{kind: {"schema": {"type": "string"}} for kind in body.TABLES[:3]},
            **{kind: {"schema": {"type": "string", "format": "binary"}} for kind in body.TABLES[3:]},
        },
    }
}


@router.get("/{team_id}/sprints.csv", **allow("read", 404, more=AS_CSV))
def export_sprints(wiring: Wired, team_id: str) -> Response:
    """Give all sprints of a team as CSV, oldest first; an import reads it back."""
    with wiring.database.read() as session:
        team = teams.get(session, known_form(team_id))
        found = [v.metrics for v in teams.sprint_views(session, team.team_id)]
    shown = [privacy.withhold(m, wiring.settings.happiness_min_answers)[0] for m in found]
    name = f'attachment; filename="{team.team_id}-sprints.csv"'
    return Response(
        render_sprints.render(shown),
        media_type=render_sprints.MEDIA_TYPE,
        headers={"Content-Disposition": name},
    )


@router.post("/{team_id}/imports", **TABLE_BODY)
async def import_table(
    request: Request,
    wiring: Wired,
    team_id: NewTeamId,
    dry_run: Annotated[bool, Query(description="Do all of it and roll back.")] = False,
    confirm_changes: Annotated[bool, Query(description="Let the table change stored values.")] = False,
    answer: Annotated[
        list[Annotated[str, Query(max_length=300)]] | None,
        Query(description="KEY=VALUE, to a question of a dry run; may be repeated.", max_length=50),
    ] = None,
) -> schemas.ImportOut:
    """Import a table: CSV, TSV, Excel, or JSON with its text. The team is made where it is new."""
    content, answers = _table(await request.body(), request.headers.get("content-type", ""))
    asked = _asked(answer or ())
    answers |= asked
    turns: Turns = request.app.state.turns
    try:
        done = await turns.run(
            lambda: imports.run(
                wiring.database,
                team_id,
                lambda kept: read_table(content, filename="The table", answers=answers, kept=kept),
                now=wiring.clock.now(),
                least_answers=wiring.settings.happiness_min_answers,
                dry_run=dry_run,
                confirm_changes=confirm_changes,
            ),
            large=is_large(content),
        )
    except InvalidInput as error:
        error.problems = tuple(_in_query(p, asked) for p in error.problems)
        raise
    return schemas.ImportOut.model_validate(schemas.import_out(done))


def _asked(given: Sequence[str]) -> dict[str, str]:
    try:
        return answers_from(given, "?answer=unit=items")
    except InvalidInput as error:
        error.problems = (Problem("/answer", error.sentence(), "query"),)
        raise


def _in_query(problem: Problem, asked: Container[str]) -> Problem:
    """Return a problem with an answer where the answer was: a parameter, or the body."""
    key = problem.pointer.removeprefix("/answers/")
    return replace(problem, pointer="/answer", where="query") if key in asked else problem


def _table(content: bytes, content_type: str) -> tuple[bytes | str, dict[str, str]]:
    if not content:
        raise InvalidInput("There is no table in the body.", remedy="Send a CSV, an Excel workbook, or JSON.")
    if body.media_type(content_type) != "application/json":
        return content, {}
    try:
        asked = schemas.ImportRequest.model_validate_json(content)
    except ValidationError as error:
        raise RequestValidationError(
            [{**e, "loc": ("body", *e["loc"])} for e in error.errors(include_url=False, include_input=False)]
        ) from None
    return asked.text, dict(asked.answers)
