"""The pages and their forms: parse, call one service function, show or redirect."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from importlib import resources
from typing import Annotated, Any, cast
from urllib.parse import unquote

from anyio import to_thread
from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from sqlalchemy.orm import Session
from starlette.staticfiles import StaticFiles

from hansei import jobs
from hansei.bootstrap import Wiring
from hansei.core.metrics import NOTES
from hansei.core.phrases import clean
from hansei.dashboard import (
    build,
    contexts,
    drawings,
    experiment_pages,
    import_pages,
    source_pages,
    wording_pages,
)
from hansei.dashboard.pages import (
    READ,
    SESSION_COOKIE,
    WRITE,
    Form,
    PageRoute,
    Wired,
    address,
    cookie,
    cookie_name,
    go,
    set_cookie,
    show,
    templates,
)
from hansei.errors import AccessDenied, Conflict, InvalidInput, NotFound
from hansei.render import charts, csv, html, markdown
from hansei.services import (
    browser,
    decisions,
    experiments,
    feedback,
    imports,
    notes,
    overview,
    privacy,
    record,
    renderings,
    reports,
    samples,
    shares,
    sources,
    submissions,
    teams,
    wording,
    workers,
)
from hansei.services.reports import StoredReport

router = APIRouter(include_in_schema=False, route_class=PageRoute)
router.include_router(experiment_pages.router)
router.include_router(import_pages.router)
router.include_router(source_pages.router)
router.include_router(wording_pages.router)
TEAMS_SHOWN, LINES_SHOWN, SPRINTS_SHOWN = 50, 50, 60
#: What was made of stored reports lately.
PAGES_KEPT = 64
_pages: dict[tuple[object, ...], html.Page] = {}
_tables: dict[overview.ReportHead, tuple[contexts.Measure, ...]] = {}
SAVED = {
    "feedback": "Your answer is kept.",
    "decision": "Your decision is kept.",
    "decided": "Your decision is kept, and the experiment has started: its registration is frozen.",
    "started": "The experiment has started. Its registration is frozen.",
    "concluded": "What you make of it is kept.",
}
_TASK_ID = re.compile(r"[0-9A-Za-z-]{1,60}")
_CHART_ID = re.compile(r"[A-Za-z0-9]{1,20}")
MEDIA = {"pdf": "application/pdf", "html": "text/html", "md": "text/markdown", "csv": "text/csv",
    "json": "application/json"}  # fmt: skip


class Static(StaticFiles):
    """Files that may be kept for an hour: their addresses carry the version."""

    def file_response(self, *args: Any, **more: Any) -> Response:
        """Return a file, or that it has not changed."""
        answer = super().file_response(*args, **more)
        answer.headers["Cache-Control"] = "max-age=3600"
        return answer


def static() -> Static:
    """Return the pages' own style and modules."""
    return Static(directory=str(resources.files("hansei.dashboard") / "static"))


@router.get("/dashboard/report.css")
def report_style() -> Response:
    """Return the style that pages and exported files share."""
    return Response(html.stylesheet(), media_type="text/css", headers={"Cache-Control": "max-age=3600"})


# ---------------------------------------------------------------- overview and teams


@router.get("/dashboard", dependencies=READ)
def overview_page(request: Request, wiring: Wired, after: str | None = None) -> Response:
    """Show what needs somebody, and the teams."""
    with wiring.database.read() as session:
        heads = overview.team_heads(session, limit=TEAMS_SHOWN + 1, after=after)
        failed = jobs.newest(session, limit=2, status="FAILURE")
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


# ---------------------------------------------------------------- tasks


@router.post("/dashboard/teams/{team_id}/report", dependencies=WRITE)
def make_report(request: Request, wiring: Wired, team_id: str, form: Form) -> Response:
    """Accept a report task and follow it."""
    count = _number(form.get("sprint_count", ""), 2, 52)
    with wiring.database.write() as session:
        job = submissions.submit_report(
            session,
            team_id=team_id,
            sprint_count=count,
            custom_context=form.get("note", "")[:4000] or None,
            caps=wiring.caps,
        )
    return _follow(request, job)


@router.post("/dashboard/sync", dependencies=WRITE)
def sync(request: Request, wiring: Wired, form: Form) -> Response:
    """Accept a sync task and follow it."""
    with wiring.database.write() as session:
        job = submissions.submit_sync(
            session,
            team_id=form.get("team_id") or None,
            sprint_count=_number(form.get("sprint_count", ""), 1, 200) or 12,
            default=wiring.default_source,
            caps=wiring.caps,
        )
    return _follow(request, job)


@router.get("/dashboard/tasks", dependencies=READ)
def tasks_page(request: Request, wiring: Wired) -> Response:
    """Show what goes on and what ended."""
    with wiring.database.read() as session:
        found = jobs.newest(session, limit=LINES_SHOWN)
        line = jobs.places(session, [j.id for j in found])
        names = overview.names_of(session, (j.team_id for j in found))
        lines = [build.task_line(j, names, line.get(j.id, 0)) for j in found]
        worker = bool(workers.fresh(session))
    page = contexts.TasksPage(
        going=tuple(t for t in lines if not t.finished),
        ended=tuple(t for t in lines if t.finished),
        worker=worker,
    )
    return show(request, "tasks", "Tasks", page, here="tasks")


@router.get("/dashboard/tasks/{task_id}", dependencies=READ)
def task_page(request: Request, wiring: Wired, task_id: str, follow: bool = False) -> Response:
    """Show one task; where it is followed and done, go on to what it made."""
    with wiring.database.read() as session:
        job = jobs.get(session, _task_id(task_id))
        place = jobs.places(session, [job.id]).get(job.id, 0)
        names = overview.names_of(session, [job.team_id])
        worker = bool(workers.fresh(session))
    line = build.task_line(job, names, place)
    after = f"/dashboard/teams/{line.team_id}" if line.team_id else "/dashboard"
    if job.kind == "export" and job.params.get("form") == "pdf":
        after = f"/dashboard/reports/{job.params.get('report_id')}/export.pdf"
    elif job.kind == "export" and job.params.get("form") == "tried":
        after = f"/dashboard/experiments/{job.params.get('experiment_id')}"
    elif line.report_id is not None:
        after = f"/dashboard/reports/{line.report_id}"
    if follow and job.status == "SUCCESS":
        return go(after)
    page = contexts.TaskPage(
        task=line,
        next=after,
        follow=follow,
        download=after.endswith(".pdf") and job.status == "SUCCESS",
        skeleton=job.kind == "report",
        worker=worker,
    )
    return show(request, "task", line.kind, page, here="tasks", refresh=0 if job.finished else 2)


@router.get("/dashboard/tasks/{task_id}/events", dependencies=READ)
def task_events(request: Request, wiring: Wired, task_id: str) -> Response:
    """Follow a task by server-sent events."""
    watch = request.app.state.watch
    watch.check_room()
    with wiring.database.read() as session:
        job = jobs.get(session, _task_id(task_id))
    return StreamingResponse(
        watch.stream(job), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"}
    )


@router.post("/dashboard/tasks/{task_id}/cancel", dependencies=WRITE)
def cancel_task(wiring: Wired, task_id: str, form: Form) -> Response:  # noqa: ARG001 - as above
    """Cancel a task."""
    with wiring.database.write() as session:
        jobs.cancel(session, _task_id(task_id))
    return go(f"/dashboard/tasks/{task_id}")


@router.post("/dashboard/tasks/{task_id}/again", dependencies=WRITE)
def try_again(request: Request, wiring: Wired, task_id: str, form: Form) -> Response:  # noqa: ARG001 - as above
    """Hand in the same task once more."""
    with wiring.database.write() as session:
        old = jobs.get(session, _task_id(task_id))
        if old.kind not in build.AGAIN:
            raise InvalidInput("This task cannot be repeated from here.", remedy="Start it anew.")
        job = jobs.accept(session, cast("jobs.Kind", old.kind), old.team_id, old.params)
    return _follow(request, job)


def _follow(request: Request, job: jobs.JobView) -> Response:
    request.app.state.relay.wake()
    return go(f"/dashboard/tasks/{job.id}?follow=1")


# ---------------------------------------------------------------- reports


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


# ---------------------------------------------------------------- links to share


@router.get("/dashboard/reports/{report_id}/shares", dependencies=WRITE)
def shares_page(request: Request, wiring: Wired, report_id: str) -> Response:
    """Show the links to a report."""
    return _shares(request, wiring, reports.parse_id(report_id), "")


@router.post("/dashboard/reports/{report_id}/shares", dependencies=WRITE)
def share(request: Request, wiring: Wired, report_id: str, form: Form) -> Response:
    """Make a link to a report and show its address, this once."""
    number = reports.parse_id(report_id)
    days = _number(form.get("days", ""), 1, shares.MAX_DAYS) or shares.DEFAULT_DAYS
    with wiring.database.write() as session:
        made = shares.create(session, number, with_note="with_note" in form, expires_in_days=days)
    request.app.state.relay.wake()
    return _shares(request, wiring, number, address(request, made.path))


@router.post("/dashboard/shares/{share_id}/revoke", dependencies=WRITE)
def revoke_share(wiring: Wired, share_id: str, form: Form) -> Response:  # noqa: ARG001 - as above
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


# ---------------------------------------------------------------- login


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
def logout(request: Request, wiring: Wired, form: Form) -> Response:  # noqa: ARG001 - as above
    """End the session."""
    with wiring.database.write() as session:
        browser.end(session, cookie(request, SESSION_COOKIE))
    answer = RedirectResponse("/login", status_code=303)
    answer.delete_cookie(cookie_name(request, SESSION_COOKIE), path="/")
    return answer


# ---------------------------------------------------------------- helpers


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
        _keep(_pages, key, made)
    return made


def _measures(session: Session, head: overview.ReportHead) -> tuple[contexts.Measure, ...]:
    found = _tables.get(head)
    if found is None:
        found = build.measures(overview.body(session, head.report_id))
        _keep(_tables, head, found)
    return found


def _keep(cache: dict[Any, Any], key: object, value: object) -> None:
    while len(cache) >= PAGES_KEPT:
        cache.pop(next(iter(cache)), None)
    cache[key] = value


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


def _task_id(text: str) -> str:
    if not _TASK_ID.fullmatch(text):
        raise NotFound("There is no such task.", remedy="The list of tasks shows those there are.")
    return text


def _number(text: str, least: int, most: int) -> int | None:
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
        raise InvalidInput(f"Give a whole number from {least} to {most}.", remedy="Go back and correct it.")
    return int(text.strip())


def _inside(path: str) -> str:
    """Return a path of ours; anything else becomes the overview."""
    plain = clean(path, 200)
    return plain if re.fullmatch(r"/dashboard[A-Za-z0-9/._~%-]*", plain) else "/dashboard"
