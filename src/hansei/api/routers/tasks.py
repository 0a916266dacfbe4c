"""Tasks: hand one in, see how it stands, follow it, cancel it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Annotated, Any

from fastapi import Body, Query, Request, Response
from fastapi.responses import StreamingResponse
from sqlalchemy.orm import Session

from hansei import jobs
from hansei.api.deps import Bell, Cursor, IdempotencyKey, Limit, Wired, allow, routes
from hansei.api.events import MOST_STREAMS, Watch
from hansei.api.schemas import tasks as schemas
from hansei.api.schemas.common import TEAM_ID, Kind, Status
from hansei.api.schemas.tasks import TaskStatus
from hansei.errors import NotFound
from hansei.services import submissions

router = routes("tasks", prefix="/tasks")
_TASK_ID = re.compile(r"[0-9A-Za-z-]{1,60}")
ANY_REPORT = schemas.AsyncReportRequest()
ANY_SYNC = schemas.AsyncMetricsSyncRequest()
ANY_CLEANUP = schemas.CleanupRequest()
LOCATION: dict[int | str, Any] = {
    202: {
        "description": "Accepted: the task is stored and will run.",
        "headers": {"Location": {"description": "Where its status is.", "schema": {"type": "string"}}},
    }
}
STREAM: dict[int | str, Any] = {
    200: {
        "description": "Events `progress` and, at the end, `final`; the data of each is the task's status. At most "
        f"{MOST_STREAMS} streams are open in one process of the API; one more is answered 503.",
        "content": {"text/event-stream": {}},
    }
}


@router.post("/reports/generate", status_code=202, **allow("write", 429, body=True, more=LOCATION))
async def generate_report(
    wiring: Wired,
    bell: Bell,
    response: Response,
    key: IdempotencyKey,
    asked: Annotated[schemas.AsyncReportRequest, Body()] = ANY_REPORT,
) -> schemas.AsyncReportResponse:
    """Make a report in the background."""
    job = await _submit(
        wiring,
        partial(
            submissions.submit_report,
            team_id=asked.team_id,
            sprint_count=asked.sprint_count,
            sprint_ids=tuple(asked.sprint_ids) if asked.sprint_ids is not None else None,
            custom_context=asked.custom_context,
            focus_metrics=tuple(asked.focus_metrics or ()),
            key=key,
            caps=wiring.caps,
        ),
    )
    return schemas.AsyncReportResponse(**_accepted(job, "Report generation", bell, response))


@router.post("/metrics/sync", status_code=202, **allow("write", 409, 429, body=True, more=LOCATION))
async def sync_metrics(
    wiring: Wired,
    bell: Bell,
    response: Response,
    key: IdempotencyKey,
    asked: Annotated[schemas.AsyncMetricsSyncRequest, Body()] = ANY_SYNC,
) -> schemas.AsyncMetricsSyncResponse:
    """Fetch sprints from the metrics source in the background."""
    job = await _submit(
        wiring,
        partial(
            submissions.submit_sync,
            team_id=asked.team_id,
            sprint_count=asked.sprint_count,
            force_refresh=asked.force_refresh,
            source=asked.source,
            default=wiring.default_source,
            key=key,
            caps=wiring.caps,
        ),
    )
    return schemas.AsyncMetricsSyncResponse(**_accepted(job, "Metrics sync", bell, response))


@router.post("/reports/cleanup", status_code=202, **allow("admin", 429, body=True, more=LOCATION))
async def cleanup_reports(
    wiring: Wired,
    bell: Bell,
    response: Response,
    key: IdempotencyKey,
    asked: Annotated[schemas.CleanupRequest, Body()] = ANY_CLEANUP,
) -> schemas.CleanupResponse:
    """Delete old reports in the background."""
    job = await _submit(
        wiring,
        partial(
            submissions.submit_cleanup,
            days_to_keep=asked.days_to_keep,
            dry_run=asked.dry_run,
            key=key,
            caps=wiring.caps,
        ),
    )
    return schemas.CleanupResponse(**_accepted(job, "Cleanup", bell, response))


@router.get("/status/{task_id}", **allow("read", 404))
def task_status(wiring: Wired, task_id: str) -> TaskStatus:
    """Say how a task stands."""
    return TaskStatus.of(_find(wiring, task_id))


@router.get("", **allow("read"))
def list_tasks(
    wiring: Wired,
    limit: Limit = 50,
    cursor: Cursor = None,
    status: Status | None = None,
    kind: Kind | None = None,
    team_id: Annotated[str | None, Query(pattern=TEAM_ID)] = None,
) -> schemas.TaskList:
    """List tasks, newest first."""
    before = jobs.parse_cursor(cursor) if cursor else None
    with wiring.database.read() as session:
        found = jobs.newest(
            session, limit=limit + 1, status=status, kind=kind, team_id=team_id, before=before
        )
    shown = found[:limit]
    more = jobs.cursor_of(shown[-1]) if len(found) > limit else None
    return schemas.TaskList(items=[TaskStatus.of(job) for job in shown], next_cursor=more)


@router.get("/{task_id}/events", response_class=StreamingResponse, **allow("read", 404, more=STREAM))
def follow_task(wiring: Wired, request: Request, task_id: str) -> StreamingResponse:
    """Follow a task by server-sent events until its final state."""
    watch: Watch = request.app.state.watch
    watch.check_room()
    events: AsyncIterator[str] = watch.stream(_find(wiring, task_id))
    return StreamingResponse(events, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


@router.delete("/{task_id}", **allow("write", 404, 409))
def cancel_task(wiring: Wired, task_id: str) -> schemas.Cancelled:
    """Cancel a task that has not ended; final."""
    _check_id(task_id)
    with wiring.database.write() as session:
        job = jobs.cancel(session, task_id)
    message = f"Task {job.id} was cancelled; nothing of it will be stored."
    return schemas.Cancelled(task_id=job.id, status="REVOKED", message=message)


async def _submit(wiring: Wired, submit: Callable[[Session], jobs.JobView]) -> jobs.JobView:
    """Write a job in one transaction with those that others hand in at this moment; return once it is committed."""
    return await asyncio.wrap_future(wiring.database.together(submit))


def _accepted(job: jobs.JobView, what: str, bell: Bell, response: Response) -> dict[str, Any]:
    bell.wake()
    response.headers["Location"] = f"/tasks/status/{job.id}"
    message = f"{what} task submitted successfully. Task ID: {job.id}"
    return {"task_id": job.id, "status": "PENDING", "message": message}


def _find(wiring: Wired, task_id: str) -> jobs.JobView:
    _check_id(task_id)
    with wiring.database.read() as session:
        return jobs.get(session, task_id)


def _check_id(task_id: str) -> None:
    """Keep what cannot be an id, such as a NUL, away from the database."""
    if not _TASK_ID.fullmatch(task_id):
        raise NotFound("There is no such task.", remedy="GET /tasks lists the tasks there are.")
