"""The page of sources: connect one, try it, take it away."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter, Request
from fastapi.responses import Response

from hansei.bootstrap import Wiring
from hansei.core.metrics import REGISTRY
from hansei.core.phrases import day
from hansei.dashboard import contexts
from hansei.dashboard.pages import ADMIN, READ, WRITE, Form, PageRoute, Wired, go, show
from hansei.errors import HanseiError, InvalidInput, SetupError, SourceError
from hansei.services import overview, sources
from hansei.services.sources import SourceView

router = APIRouter(include_in_schema=False, route_class=PageRoute)


@router.get("/dashboard/sources", dependencies=READ)
def sources_page(request: Request, wiring: Wired) -> Response:
    """Show the connected sources and the form for another."""
    return _page(request, wiring)


@router.post("/dashboard/sources", dependencies=ADMIN)
def connect(request: Request, wiring: Wired, form: Form) -> Response:
    """Connect a source or change it; what cannot be used is said beside the form, which keeps all but the key."""
    try:
        view, new = wiring.put_source(
            form.get("name", "").strip(),
            address=form.get("address", ""),
            key=form.get("key", "").strip() or None,
            team_id=form.get("team_id", "").strip() or None,
        )
    except (InvalidInput, SetupError) as error:
        return _page(request, wiring, problem=error, form=form, status=422)
    return _page(
        request, wiring, said=f"{'Connected' if new else 'Changed'}: {view.name}. Try it before you fetch."
    )


@router.post("/dashboard/sources/{name}/test", dependencies=WRITE)
def try_out(request: Request, wiring: Wired, name: str, form: Form) -> Response:  # noqa: ARG001 - the form is what proves where it came from
    """Ask a source for one sprint and say what came."""
    with wiring.database.read() as session:
        sources.get(session, name, wiring.environment())
    try:
        fetched = wiring.source(name, quick=True).fetch(1, None, lambda _percent, _stage: None)
    except (SourceError, SetupError) as error:
        return _page(request, wiring, problem=error)
    measures = sorted({m for s in fetched.sprints for m in s.values})
    told = [
        f"“{name}” answers",
        *(s.name for s in fetched.sprints[:1]),
        *([", ".join(measures)] if measures else []),
    ]
    told += [r.reason for r in fetched.rejected[:1]] + [n.rstrip(".") for n in fetched.notes[:2]]
    return _page(request, wiring, said=": ".join(told[:3]) + ". " + " ".join(f"{t}." for t in told[3:]))


@router.post("/dashboard/sources/{name}/remove", dependencies=ADMIN)
def remove(wiring: Wired, name: str, form: Form) -> Response:  # noqa: ARG001 - as above
    """Forget a source's address and key; its sprints stay."""
    with wiring.database.write() as session:
        sources.remove(session, name)
    return go("/dashboard/sources")


@router.post("/dashboard/teams/{team_id}/sources", dependencies=WRITE)
def put_first(wiring: Wired, team_id: str, form: Form) -> Response:
    """Let one of a team's sources count first."""
    with wiring.database.write() as session:
        sources.reorder(session, team_id, [form.get("first", "")])
    return go(f"/dashboard/teams/{team_id}#data-title")


def _page(
    request: Request,
    wiring: Wiring,
    *,
    said: str = "",
    problem: HanseiError | None = None,
    form: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    with wiring.database.read() as session:
        found = sources.listed(session)
        names = overview.names_of(session, (s.team_id for s in found))
    given = form or {}
    page = contexts.SourcesPage(
        sources=tuple(_line(s, names) for s in found),
        environment=wiring.default_source or "",
        said=said,
        problem=problem.sentence() if problem else "",
        name=given.get("name", ""),
        address=given.get("address", ""),
        team_id=given.get("team_id", ""),
        measures=tuple(contexts.MetricName(m.name, m.title, m.unit) for m in REGISTRY.values() if m.analysed),
    )
    return show(request, "sources", "Sources", page, here="add", status=status)


def _line(view: SourceView, names: Mapping[str, str]) -> contexts.ConnectedLine:
    return contexts.ConnectedLine(
        name=view.name,
        address=view.address,
        team_id=view.team_id or "",
        team_name=names.get(view.team_id or "", view.team_id or ""),
        has_key=view.has_key,
        synced=day(view.last_sync_at) if view.last_sync_at else "–",
        error=view.last_error or "",
    )
