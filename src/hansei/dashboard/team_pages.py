"""The overview, a team, the notes of its sprints, and the sample team."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import unquote

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from hansei.core.metrics import NOTES
from hansei.dashboard import (
    build,
    contexts,
    experiment_pages,
    import_pages,
)
from hansei.dashboard.pages import READ, WRITE, Form, PageRoute, Wired, go, keep, show
from hansei.services import (
    experiments,
    imports,
    notes,
    overview,
    privacy,
    record,
    reports,
    samples,
    sources,
    teams,
    wording,
)

router = APIRouter(include_in_schema=False, route_class=PageRoute)
TEAMS_SHOWN, SPRINTS_SHOWN = 50, 60
_tables: dict[overview.ReportHead, tuple[contexts.Measure, ...]] = {}


@router.get("/dashboard", dependencies=READ)
def overview_page(request: Request, wiring: Wired, after: str | None = None) -> Response:
    """Show what needs somebody, and the teams."""
    with wiring.database.read() as session:
        heads = overview.team_heads(session, limit=TEAMS_SHOWN + 1, after=after)
        failed = overview.failures(session, limit=2)
        judged = experiments.listed(session, limit=build.NEEDS_SHOWN, state="judged", concluded=False)
        alarms = overview.alarms(session, limit=build.NEEDS_SHOWN)
        has_source = sources.any_there(session, has_default=wiring.default_source is not None)
        has_sample = bool(samples.there(session))
    shown = heads[:TEAMS_SHOWN]
    page = contexts.Overview(
        needs=build.needs(shown, failed, reversed(judged), alarms),
        teams=tuple(build.team_line(h) for h in shown),
        more=max(h.team_id for h in shown) if len(heads) > TEAMS_SHOWN else "",
        has_sample=has_sample,
        has_source=has_source,
        only_team=import_pages.only_team(shown),
    )
    return show(request, "overview", "Overview", page, here="overview")


@router.get("/dashboard/teams/{team_id}", dependencies=READ)
def team_page(
    request: Request, wiring: Wired, team_id: str, note: Annotated[str, Query(max_length=1300)] = ""
) -> Response:
    """Show one team; ``note`` is the key of the sprint that something is to be noted of."""
    with wiring.database.read() as session:
        team = teams.get(session, team_id)
        sprints = teams.sprint_views(session, team_id)
        heads = overview.report_heads(session, limit=5, team_id=team_id)
        running = experiments.listed(session, limit=5, team_id=team_id, state="running")
        measures = _measures(session, heads[0]) if heads else ()
        least = wiring.settings.happiness_min_answers
        quality = record.verdict(session, team_id, sprints, least_answers=least)
        lines = record.sources(session, team_id)
        opted = wording.opted_in(session, team_id)
        has_source = sources.any_for(session, team, default=wiring.default_source)
    noted = next((v for v in sprints if note and v.metrics.sprint_id == unquote(note)), None)
    newest = [(v, privacy.withhold(v.metrics, least)[0]) for v in reversed(sprints[-SPRINTS_SHOWN:])]
    columns = build.columns([shown for _, shown in newest])
    page = contexts.TeamPage(
        team_id=team.team_id,
        name=team.name,
        sample=team.sample,
        note=team.note or "",
        closed=sum(not (s.metrics.provisional or s.metrics.left_out) for s in sprints),
        least=reports.LEAST_SPRINTS,
        reports=tuple(build.report_line(h) for h in heads),
        experiments=tuple(experiment_pages.line(e) for e in running),
        measures=measures,
        columns=tuple(build.column(name) for name in columns),
        sprints=tuple(build.sprint_line(view, shown, columns) for view, shown in newest),
        noting=build.note_form(noted) if noted else None,
        stored=len(sprints),
        sources=tuple(build.source_line(line) for line in lines),
        quality=build.QUALITY[quality.verdict],
        findings=(*(f.text for f in quality.findings), *imports.assumed_dates(v.metrics for v in sprints)),
        synced=build.when(team.last_synced_at),
        has_source=has_source,
        model=wiring.wording_model.name if wiring.wording_model else "",
        model_wording=opted,
    )
    return show(request, "team", team.name, page, here="teams")


@router.post("/dashboard/teams/{team_id}/note", dependencies=WRITE)
def note_sprint(wiring: Wired, team_id: str, form: Form) -> Response:
    """Keep what the team notes of a sprint, and whether it counts."""
    with wiring.database.write() as session:
        notes.put(
            session,
            team_id,
            unquote(form.get("sprint", "")),
            kinds=[k for k in NOTES if form.get(f"kind_{k}")],
            text=form.get("text", ""),
            left_out=bool(form.get("left_out")),
            now=wiring.clock.now(),
        )
    return go(f"/dashboard/teams/{team_id}#sprints-title")


@router.post("/dashboard/sample", dependencies=WRITE)
def load_sample(wiring: Wired, form: Form) -> Response:  # noqa: ARG001 - the form is what proves where it came from
    """Store the sample team and show it."""
    with wiring.database.write() as session:
        team_id = samples.load(session, now=wiring.clock.now())
    return go(f"/dashboard/teams/{team_id}")


@router.post("/dashboard/sample/remove", dependencies=WRITE)
def remove_sample(wiring: Wired, form: Form) -> Response:  # noqa: ARG001 - as above
    """Delete the sample teams."""
    with wiring.database.write() as session:
        samples.remove(session)
    return go("/dashboard")


def _measures(session: Session, head: overview.ReportHead) -> tuple[contexts.Measure, ...]:
    found = _tables.get(head)
    if found is None:
        found = build.measures(overview.body(session, head.report_id))
        keep(_tables, head, found)
    return found
