"""The pages of experiments: the list by state, one experiment with its card, and the form for a team's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Annotated, cast

from anyio import to_thread
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from markupsafe import Markup
from sqlalchemy.orm import Session

from hansei.bootstrap import Wiring
from hansei.core.metrics import describe
from hansei.core.phrases import Figures, clean, day
from hansei.core.report import Direction, Tried
from hansei.core.telling import Telling
from hansei.core.words import ENGLISH
from hansei.dashboard import contexts, drawings
from hansei.dashboard.pages import READ, WRITE, Form, PageRoute, Wired, go, show
from hansei.errors import AnalysisRefused, Conflict, InvalidInput, NotFound
from hansei.render import charts, html
from hansei.render.tried import chart_of
from hansei.services import experiments, judging, renderings, reports, teams
from hansei.services.experiments import ExperimentView, Ledger, OwnOrder, status

router = APIRouter(include_in_schema=False, route_class=PageRoute)
LINES_SHOWN, MOST_SHOWN = 50, 200
SAVED = {
    "started": "It has started. Its registration is frozen, and the verdict comes by itself.",
    "stopped": "It is stopped, and your reason is kept.",
    "concluded": "What you make of it is kept.",
}


@router.get("/dashboard/experiments", dependencies=READ)
def experiments_page(
    request: Request, wiring: Wired, team_id: Annotated[str | None, Query(max_length=100)] = None
) -> Response:
    """Show the experiments by state, of all teams or of one."""
    with wiring.database.read() as session:
        team = teams.get(session, team_id).name if team_id else ""
        team_id = team_id or None

        def of(
            state: str, limit: int = LINES_SHOWN, *, concluded: bool | None = None
        ) -> tuple[contexts.ExperimentLine, ...]:
            found = experiments.listed(
                session, limit=limit, team_id=team_id, state=state, concluded=concluded
            )
            return tuple(line(e) for e in found)

        page = contexts.ExperimentsPage(
            team=team,
            team_id=team_id or "",
            running=of("running", MOST_SHOWN),
            to_judge=of("judged", MOST_SHOWN, concluded=False),
            finished=(*of("judged", concluded=True), *of("abandoned")),
            ideas=_newest(of("proposed")),
            ledger=ledger(experiments.ledger(session, team_id)),
        )
    return show(request, "experiments", "Experiments", page, here="experiments")


@router.get("/dashboard/experiments/{experiment_id}", dependencies=READ)
def experiment_page(
    request: Request, wiring: Wired, experiment_id: str, saved: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    """Show one experiment."""
    return _show(request, wiring, experiment_id, saved=SAVED.get(saved, ""))


@router.get("/dashboard/experiments/{experiment_id}/chart.svg", dependencies=READ)
async def experiment_chart(
    request: Request, wiring: Wired, experiment_id: str, form: str = "image"
) -> Response:
    """Give the chart of an experiment as SVG, drawn by a worker once. ``form=inline``: in the page's colours."""
    view, told, _ = await to_thread.run_sync(_read, wiring, experiment_id)
    if told is None or chart_of(told, Figures.of_tried(told)) is None:
        raise NotFound("There is no such chart.", remedy="An experiment has one once it has started.")
    drawn = await drawings.obtain_tried(request, view.team_id, told)
    if drawn is None:
        raise renderings.DrawingFailed("The chart is still being drawn.", remedy="Look again in a moment.")
    svg = drawn.decode()
    return Response(charts.recolour(svg) if form == "inline" else svg, media_type="image/svg+xml")


@router.post("/dashboard/experiments/{experiment_id}/start", dependencies=WRITE)
def start(request: Request, wiring: Wired, experiment_id: str, form: Form) -> Response:
    """Start a proposed experiment; where it cannot, its page says why and keeps the role."""
    role = form.get("role", "")
    try:
        with wiring.database.write() as session:
            view = experiments.start(
                session,
                experiments.parse_id(experiment_id),
                role=role,
                least_answers=wiring.settings.happiness_min_answers,
            )
    except Conflict as error:
        return _show(request, wiring, experiment_id, problem=error.sentence(), role=role, status=409)
    return _back(view, form, "started")


@router.post("/dashboard/experiments/{experiment_id}/abandon", dependencies=WRITE)
def abandon(wiring: Wired, experiment_id: str, form: Form) -> Response:
    """Stop a running experiment."""
    with wiring.database.write() as session:
        view = experiments.abandon(session, experiments.parse_id(experiment_id), form.get("reason", ""))
    return _back(view, form, "stopped")


@router.post("/dashboard/experiments/{experiment_id}/conclusion", dependencies=WRITE)
def conclude(wiring: Wired, experiment_id: str, form: Form) -> Response:
    """Keep what the team makes of a verdict; to change it is to write the next one."""
    with wiring.database.write() as session:
        view = experiments.conclude(
            session,
            experiments.parse_id(experiment_id),
            form.get("conclusion", ""),
            form.get("reason", ""),
        )
    if view.conclusion == "change":
        return go(f"/dashboard/teams/{view.team_id}/experiments/new?like={view.experiment_id}")
    return _back(view, form, "concluded")


@router.get("/dashboard/teams/{team_id}/experiments/new", dependencies=READ)
def own_page(
    request: Request,
    wiring: Wired,
    team_id: str,
    like: Annotated[str, Query(max_length=12)] = "",
    report: Annotated[str, Query(max_length=12)] = "",
) -> Response:
    """Ask for a team's own experiment, beginning with the words of another where one is to be changed."""
    given: dict[str, str] = {"report_id": report}
    with wiring.database.read() as session:
        if report and reports.team_of(session, reports.parse_id(report)) != team_id:
            raise NotFound("This team has no such report.", remedy="Open one of its reports and begin there.")
        if like:
            view = experiments.get(session, experiments.parse_id(like))
            if view.team_id != team_id:
                raise NotFound("This team has no such experiment.", remedy="Begin with one of its own.")
            given |= _like(view, report)
    return _ask(request, wiring, team_id, given, "")


@router.post("/dashboard/teams/{team_id}/experiments/new", dependencies=WRITE)
def write_own(request: Request, wiring: Wired, team_id: str, form: Form) -> Response:
    """Register a team's own experiment and start it; a form with a mistake comes back with it."""
    try:
        order = _order(team_id, form)
        judging.load()
        with wiring.database.write() as session:
            least = wiring.settings.happiness_min_answers
            view = experiments.write_own(session, order, least_answers=least)
    except (InvalidInput, AnalysisRefused, Conflict) as error:
        status = 409 if isinstance(error, Conflict) else 422
        return _ask(request, wiring, team_id, dict(form), error.sentence(), status=status)
    return go(f"/dashboard/experiments/{view.experiment_id}?saved=started")


def line(view: ExperimentView) -> contexts.ExperimentLine:
    """Return an experiment's line in a list."""
    return contexts.ExperimentLine(
        view.experiment_id, clean(view.title, 160), view.team_id, view.team_name, status(view)
    )


def _newest(lines: tuple[contexts.ExperimentLine, ...]) -> tuple[contexts.ExperimentLine, ...]:
    """Return each idea of a team once: report after report proposes it again."""
    seen: dict[tuple[str, str], contexts.ExperimentLine] = {}
    for each in lines:
        seen.setdefault((each.team_id, each.title), each)
    return tuple(seen.values())


def waiting(view: ExperimentView) -> contexts.Verdict:
    """Return a verdict that waits for the team's word."""
    return contexts.Verdict(view.experiment_id, clean(view.title, 160), status(view))


def ledger(counted: Ledger) -> str:
    """Return "9 tried: 3 worked, 1 no useful effect, …"; no percentage, since few experiments say little."""
    told = ", ".join(f"{n} {ENGLISH(o)}" for o, n in counted.outcomes.items() if n)
    parts = [f"{counted.judged} tried: {told}."] if counted.judged else []
    parts += [f"{counted.abandoned} stopped before a verdict."] if counted.abandoned else []
    return " ".join(parts)


def running(session: Session, team_id: str) -> contexts.Running | None:
    """Return what a team tries now: no other experiment can start meanwhile."""
    found = experiments.running(session, team_id)
    return contexts.Running(found[0], clean(found[1], 160)) if found else None


def _show(
    request: Request,
    wiring: Wiring,
    experiment_id: str,
    *,
    saved: str = "",
    problem: str = "",
    role: str = "",
    status: int = 200,
) -> Response:
    view, told, drawn = _read(wiring, experiment_id)
    page = replace(_page(view, told, drawn, saved), problem=problem)
    if view.state == "proposed":
        with wiring.database.read() as session:
            page = replace(page, running=running(session, view.team_id), role=role or page.role)
    return show(request, "experiment", clean(view.title, 80), page, here="experiments", status=status)


def _read(wiring: Wiring, experiment_id: str) -> tuple[ExperimentView, Tried | None, bytes | None]:
    """Return an experiment, what a report would tell of it, and its chart where it is drawn."""
    number = experiments.parse_id(experiment_id)
    with wiring.database.read() as session:
        view = experiments.get(session, number)
        told = judging.tell(session, number, least_answers=wiring.settings.happiness_min_answers)
        drawn = renderings.kept_tried(session, told) if told else None
    return view, told, drawn


def _page(
    view: ExperimentView, told: Tried | None, drawn: bytes | None, saved: str
) -> contexts.ExperimentPage:
    chart = chart_of(told, Figures.of_tried(told)) if told else None
    source = f"/dashboard/experiments/{view.experiment_id}/chart.svg"
    sentences = [*Telling(told, Figures.of_tried(told)).verdict()] if told and told.outcome else []
    return contexts.ExperimentPage(
        experiment_id=view.experiment_id,
        team_id=view.team_id,
        team_name=view.team_name,
        report_id=view.report_id,
        title=clean(view.title, 200),
        state=view.state,
        status=status(view),
        change=view.plan.change,
        steps=view.plan.steps,
        card=tuple(_card(view, told)),
        told=tuple(sentences),
        chart=html.figure(chart, drawn.decode() if drawn else None, source) if chart else Markup(""),
        late=", ".join(told.late) if told else "",
        conclusion=view.conclusion or "",
        reason=view.abandoned_because or view.concluded_because,
        role=view.plan.role,
        saved=saved,
        running=None,
        problem="",
    )


def _card(view: ExperimentView, told: Tried | None) -> Iterator[contexts.CardRow]:
    reg = view.registration
    entry = describe(reg.metric)
    figures = Figures.of_tried(told) if told else Figures({}, {})
    yield contexts.CardRow("Measure", f"{figures.label(reg.metric, entry.title)} ({entry.unit})")
    yield contexts.CardRow("Goal", _goal(view, figures))
    yield contexts.CardRow("Compared with", _baseline(view, told, figures))
    yield contexts.CardRow("Runs for", f"{reg.sprints} sprints, fixed before it starts")
    watched = ", ".join(figures.label(g, describe(g).title) for g in reg.guardrails)
    yield contexts.CardRow("Must not get worse", watched or "nothing else is measured")
    yield contexts.CardRow("Can we tell afterwards?", _tell(view, figures))
    yield contexts.CardRow("Rule", reg.rule)
    if view.plan.cost:
        yield contexts.CardRow("Costs", view.plan.cost)
    if view.plan.role:
        yield contexts.CardRow("Looked after by", view.plan.role)
    if view.started_at is not None:
        after = f", after {view.started_after}" if view.started_after else ""
        yield contexts.CardRow("Started", f"{day(view.started_at)}{after}")
    yield contexts.CardRow("Sealed with", view.fingerprint[:16])


def _goal(view: ExperimentView, figures: Figures) -> str:
    reg = view.registration
    way = "up" if reg.direction == "up" else "down"
    return f"{way} by at least {_share(view, reg.useful_effect, figures)}"


def _tell(view: ExperimentView, figures: Figures) -> str:
    seen = view.registration.detectable_effect
    if seen is None:
        return ENGLISH("exp.tell.no")
    size = _share(view, seen, figures)
    return f"A change of {size} or more, 4 times in 5. A smaller one would probably end “inconclusive”."


def _share(view: ExperimentView, fraction: float, figures: Figures) -> str:
    reg = view.registration
    if reg.baseline_level is None:
        return f"{100 * fraction:.0f} %"
    return figures.size(reg.metric, describe(reg.metric).unit, fraction * reg.baseline_level, fraction)


def _baseline(view: ExperimentView, told: Tried | None, figures: Figures) -> str:
    reg = view.registration
    ids = [p.sprint_id for p in told.points if p.part == "baseline"] if told else []
    called = figures.sprints
    named = (
        ", ".join(map(called, ids))
        if len(ids) < 4
        else f"{called.span(ids[0], ids[-1])} ({len(ids)} sprints)"
    )
    if reg.baseline_level is None:
        return named or "too few sprints to compare with"
    unit = describe(reg.metric).unit
    level = figures.cell(reg.metric, unit, reg.baseline_level)[0]
    return f"{named or f'{len(reg.baseline_sprint_ids)} sprints'}, about {level}"


def _like(view: ExperimentView, report: str) -> dict[str, str]:
    reg = view.registration
    return {
        "title": view.title,
        "change": view.plan.change,
        "role": view.plan.role,
        "metric": reg.metric,
        "direction": reg.direction,
        "percent": f"{100 * reg.useful_effect:.0f}",
        "sprints": str(reg.sprints),
        "report_id": report or str(view.report_id or ""),
    }


def _ask(
    request: Request,
    wiring: Wiring,
    team_id: str,
    given: Mapping[str, str],
    problem: str,
    status: int = 200,
) -> Response:
    with wiring.database.read() as session:
        team = teams.get(session, team_id)
        names = experiments.measured(session, team_id, least_answers=wiring.settings.happiness_min_answers)
        other = running(session, team_id)
    figures = Figures({}, {})
    page = contexts.OwnPage(
        team_id=team.team_id,
        team_name=team.name,
        report_id=given.get("report_id", ""),
        title=given.get("title", ""),
        change=given.get("change", ""),
        role=given.get("role", ""),
        metric=given.get("metric", ""),
        direction=given.get("direction", "down"),
        percent=given.get("percent", "20"),
        sprints=given.get("sprints", "4"),
        measures=tuple(
            contexts.Measurable(name, figures.label(name, describe(name).title)) for name in names
        ),
        running=other,
        problem=problem,
    )
    return show(request, "own", "Our own experiment", page, here="experiments", status=status)


def _order(team_id: str, form: Mapping[str, str]) -> OwnOrder:
    report = form.get("report_id", "")
    return OwnOrder(
        team_id=team_id,
        title=form.get("title", ""),
        metric=form.get("metric", ""),
        direction=cast("Direction", form.get("direction", "")),
        change=form.get("change", ""),
        role=form.get("role", ""),
        useful=_whole(form.get("percent", ""), "the smallest change, in percent") / 100,
        sprints=_whole(form.get("sprints", ""), "the number of sprints"),
        report_id=reports.parse_id(report) if report else None,
    )


def _whole(text: str, what: str) -> int:
    plain = text.strip()
    if not (plain.isascii() and plain.isdecimal() and len(plain) < 4):
        raise InvalidInput(f"Give {what} as a whole number.")
    return int(plain)


def _back(view: ExperimentView, form: Mapping[str, str], saved: str) -> Response:
    """Return to the report where the button was on one, else to the experiment."""
    report = form.get("report_id", "")
    if report.isdecimal() and len(report) < 10:
        anchor = "experiments" if saved == "started" else "tried"
        return go(f"/dashboard/reports/{report}?saved={saved}#{anchor}")
    return go(f"/dashboard/experiments/{view.experiment_id}?saved={saved}")
