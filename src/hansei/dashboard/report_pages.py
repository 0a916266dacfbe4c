"""Reports: the list, one report with its charts and files, and what a team answers and decides."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from hansei.bootstrap import Wiring
from hansei.dashboard import (
    build,
    contexts,
    drawings,
    experiment_pages,
)
from hansei.dashboard.pages import READ, WRITE, Form, PageRoute, Wired, go, keep, show
from hansei.errors import Conflict, InvalidInput, NotFound
from hansei.render import charts, csv, html, markdown
from hansei.services import (
    decisions,
    experiments,
    feedback,
    overview,
    renderings,
    reports,
    teams,
)
from hansei.services.reports import StoredReport

router = APIRouter(include_in_schema=False, route_class=PageRoute)
LINES_SHOWN = 50
#: What was made of stored reports lately.
_pages: dict[tuple[object, ...], html.Page] = {}
SAVED = {
    "feedback": "Your answer is kept.",
    "decision": "Your decision is kept.",
    "decided": "Your decision is kept, and the experiment has started: its registration is frozen.",
    "started": "The experiment has started. Its registration is frozen.",
    "concluded": "What you make of it is kept.",
}
_CHART_ID = re.compile(r"[A-Za-z0-9]{1,20}")
MEDIA = {"pdf": "application/pdf", "html": "text/html", "md": "text/markdown", "csv": "text/csv",
    "json": "application/json"}  # fmt: skip


@router.get("/dashboard/reports", dependencies=READ)
def reports_page(
    request: Request,
    wiring: Wired,
    before: str | None = None,
    team_id: Annotated[str | None, Query(max_length=100)] = None,
) -> Response:
    """List reports, newest first, of all teams or of one."""
    last = reports.parse_cursor(before) if before else None
    with wiring.database.read() as session:
        team = teams.get(session, team_id).name if team_id else ""
        found = overview.report_heads(session, limit=LINES_SHOWN + 1, team_id=team_id or None, before=last)
    shown = found[:LINES_SHOWN]
    page = contexts.ReportsPage(
        reports=tuple(build.report_line(h) for h in shown),
        more=str(shown[-1].report_id) if len(found) > LINES_SHOWN else "",
        team_id=team_id or "",
        team=team,
    )
    return show(request, "reports", "Reports", page, here="reports")


@router.get("/dashboard/reports/{report_id}", dependencies=READ)
def report_page(
    request: Request, wiring: Wired, report_id: str, saved: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    """Show one report."""
    return _report(request, wiring, reports.parse_id(report_id), saved=SAVED.get(saved, ""))


def _report(
    request: Request,
    wiring: Wiring,
    number: int,
    *,
    saved: str = "",
    sent: contexts.DecisionForm | None = None,
    status: int = 200,
) -> Response:
    """Show one report; ``sent`` is a decision that could not be kept, to be corrected."""
    with wiring.database.read() as session:
        stored = reports.get(session, number)
        leads = feedback.of_report(session, number)
        choices = overview.choices(session, number)
        decision = decisions.of_report(session, number)
        judged = experiments.listed(session, limit=5, team_id=stored.team_id, state="judged", concluded=False)
        running = experiment_pages.running(session, stored.team_id)
        drawn = renderings.kept(session, stored, "charts")
    made = _made(stored, drawn)
    page = contexts.ReportPage(
        report_id=number,
        team_id=stored.team_id,
        team_name=stored.team_name,
        sample=stored.sample,
        title=made.title,
        lead=made.lead,
        parts=made.parts,
        leads=tuple(leads),
        choices=tuple(choices),
        decision=decision,
        form=sent or _decided(decision),
        running=running,
        swap=bool(decision and running and decision.experiment_id == running.experiment_id),
        verdicts=tuple(experiment_pages.waiting(e) for e in judged),
        model=wiring.wording_model.name if wiring.wording_model and stored.model_wording else "",
        saved=saved,
    )
    return show(request, "report", made.title, page, here="reports", status=status)


@router.get("/dashboard/reports/{report_id}/charts/{name}.svg", dependencies=READ)
async def chart(request: Request, report_id: str, name: str, form: str = "image") -> Response:
    """Give one chart as SVG, drawn by a worker the first time. ``form=inline``: in the page's colours."""
    drawn = (await drawings.obtain(request, reports.parse_id(report_id), "charts")).content
    if drawn is None:
        raise renderings.DrawingFailed("The charts are still being drawn.", remedy="Look again in a moment.")
    svg = json.loads(drawn).get(name) if _CHART_ID.fullmatch(name) else None
    if svg is None:
        raise NotFound("There is no such chart.", remedy="Open its report again.")
    text = charts.recolour(svg) if form == "inline" else svg
    return Response(text, media_type="image/svg+xml", headers={"Cache-Control": "private, max-age=3600"})


@router.get("/dashboard/reports/{report_id}/export.{kind}", dependencies=READ)
async def export(request: Request, wiring: Wired, report_id: str, kind: str) -> Response:
    """Give a report as a file: PDF, HTML, Markdown, CSV or JSON. One that is still being drawn: its task."""
    if kind not in MEDIA:
        raise NotFound("There is no such format.", remedy=f"Choose one of {', '.join(MEDIA)}.")
    content: bytes | None
    if kind in ("pdf", "html"):
        made = await drawings.obtain(
            request, reports.parse_id(report_id), "pdf" if kind == "pdf" else "charts"
        )
        if made.content is None and made.job is not None:
            return go(f"/dashboard/tasks/{made.job.id}")
        content = made.content
        if kind == "html" and content is not None:
            content = await to_thread.run_sync(drawings.as_file, made.report, content)
    else:
        content = await to_thread.run_sync(_written, wiring, report_id, kind)
    name = f"hansei-report-{reports.parse_id(report_id)}.{kind}"
    return Response(
        content, media_type=MEDIA[kind], headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


@router.post("/dashboard/reports/{report_id}/decision", dependencies=WRITE)
def decide(request: Request, wiring: Wired, report_id: str, form: Form) -> Response:
    """Keep what the team decided; what cannot be kept comes back with the reason, and nothing of it is lost."""
    number = reports.parse_id(report_id)
    choice, _, chosen = form.get("choice", "").partition(":")
    try:
        with wiring.database.write() as session:
            decisions.decide(
                session,
                number,
                choice=choice,
                reason=form.get("reason", ""),
                experiment_id=int(chosen) if chosen.isdecimal() and len(chosen) < 10 else None,
                own=form.get("own", ""),
                role=form.get("role", ""),
                least_answers=wiring.settings.happiness_min_answers,
            )
    except (InvalidInput, Conflict) as error:
        choice, own, reason, role = (form.get(name, "") for name in ("choice", "own", "reason", "role"))
        sent = contexts.DecisionForm(choice, own, reason, role, error.sentence())
        return _report(request, wiring, number, sent=sent, status=409 if isinstance(error, Conflict) else 422)
    saved = "decided" if choice == "experiment" else "decision"
    return go(f"/dashboard/reports/{number}?saved={saved}#decision")


@router.post("/dashboard/leads/{lead_id}/feedback", dependencies=WRITE)
def give_feedback(wiring: Wired, lead_id: str, form: Form) -> Response:
    """Keep the team's answer to a lead."""
    with wiring.database.write() as session:
        lead = feedback.give(
            session, reports.parse_id(lead_id), form.get("answer", ""), form.get("reason", "")
        )
    return go(f"/dashboard/reports/{lead.report_id}?saved=feedback#answers")


def _written(wiring: Wiring, report_id: str, kind: str) -> bytes:
    with wiring.database.read() as session:
        stored = reports.get(session, reports.parse_id(report_id))
    if kind == "csv":
        return csv.render(stored.body).encode()
    if kind == "json":
        return (json.dumps(stored.to_dict(), ensure_ascii=False, indent=2) + "\n").encode()
    return markdown.render(
        stored.body,
        stored.narrative,
        team_name=stored.team_name,
        custom_context=stored.custom_context,
        assumed=stored.team_note,
    ).encode()


def _made(stored: StoredReport, drawn: bytes | None) -> html.Page:
    """Return the parts of a report's page; a stored report never changes, so they are kept for the next reader."""
    told = (stored.narrative, stored.team_name, stored.team_note, stored.custom_context)
    key = (stored.report_id, stored.created_at, stored.body.get("fingerprint"), told, drawn is not None)
    made = _pages.get(key)
    if made is None:
        known = charts.charts_of(stored.body)
        document = html.document_of(stored.body, stored.narrative, known, **_told(stored))
        sources = {c.id: f"/dashboard/reports/{stored.report_id}/charts/{c.id}.svg" for c in known}
        made = html.page(document, known, json.loads(drawn) if drawn else {}, sources)
        keep(_pages, key, made)
    return made


def _decided(decision: decisions.DecisionView | None) -> contexts.DecisionForm:
    """Return the kept decision as its form holds it."""
    if decision is None:
        return contexts.DecisionForm()
    own = decision.what if decision.choice == "own" else ""
    choice = decision.choice
    if choice == "experiment":
        choice = f"experiment:{decision.experiment_id}"
    return contexts.DecisionForm(choice, own, decision.reason, decision.role)


def _told(stored: StoredReport) -> Mapping[str, str | None]:
    return {
        "team_name": stored.team_name,
        "custom_context": stored.custom_context,
        "assumed": stored.team_note,
    }
