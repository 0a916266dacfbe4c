"""Tasks: what is asked for by a form, followed, cancelled and tried again."""

from __future__ import annotations

import re
from typing import cast

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse

from hansei import jobs
from hansei.dashboard import (
    build,
    contexts,
)
from hansei.dashboard.pages import READ, WRITE, Form, PageRoute, Wired, go, number_in, show
from hansei.errors import InvalidInput, NotFound
from hansei.services import (
    overview,
    submissions,
    workers,
)

router = APIRouter(include_in_schema=False, route_class=PageRoute)
LINES_SHOWN = 50
_TASK_ID = re.compile(r"[0-9A-Za-z-]{1,60}")


@router.post("/dashboard/teams/{team_id}/report", dependencies=WRITE)
def make_report(request: Request, wiring: Wired, team_id: str, form: Form) -> Response:
    """Accept a report task and follow it."""
    count = number_in(form.get("sprint_count", ""), 2, 52)
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
            sprint_count=number_in(form.get("sprint_count", ""), 1, 200) or 12,
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
def cancel_task(wiring: Wired, task_id: str, form: Form) -> Response:  # noqa: ARG001 - the form is what proves where it came from
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


def _task_id(text: str) -> str:
    if not _TASK_ID.fullmatch(text):
        raise NotFound("There is no such task.", remedy="The list of tasks shows those there are.")
    return text
