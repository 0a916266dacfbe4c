"""Waiting for what a worker draws, as pages and the API both do: without holding a thread, and not for long."""

from __future__ import annotations

import json
from dataclasses import dataclass

from anyio import to_thread
from fastapi import Request

from hansei.bootstrap import Wiring
from hansei.core.report import Tried
from hansei.jobs import JobView
from hansei.render import html
from hansei.services import exports
from hansei.services.exports import Asked
from hansei.services.renderings import Form
from hansei.services.reports import StoredReport

#: A request waits this long for a drawing; then it is told where the task is.
WAIT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A drawn form; ``content`` is None where it is not ready yet, and ``job`` the task that goes on."""

    report: StoredReport
    content: bytes | None
    job: JobView | None


async def obtain(request: Request, report_id: int, form: Form) -> Answer:
    """Return a form of a report: at once where it is kept, else once a worker has drawn it.

    Raises:
        NotFound: there is no such report.
        NobodyDraws: no worker lives that would draw it.
        DrawingFailed: it could not be drawn.
        Conflict: somebody cancelled the task.
    """
    wiring: Wiring = request.app.state.wiring
    asked: Asked = await to_thread.run_sync(exports.ask, wiring.database, report_id, form)
    if asked.job is None:
        return Answer(asked.report, asked.content, None)
    request.app.state.relay.wake()
    job: JobView = await request.app.state.watch.ended(asked.job, WAIT_SECONDS)
    content = await to_thread.run_sync(exports.ended, wiring.database, asked, job, form)
    return Answer(asked.report, content, job)


async def obtain_tried(request: Request, team_id: str, tried: Tried) -> bytes | None:
    """Return the chart of an experiment: at once where it is kept, else once a worker has drawn it; None: not yet.

    Raises:
        NobodyDraws: no worker lives that would draw it.
        DrawingFailed: it could not be drawn.
        Conflict: somebody cancelled the task.
    """
    wiring: Wiring = request.app.state.wiring
    asked = await to_thread.run_sync(exports.ask_tried, wiring.database, team_id, tried)
    if asked.job is None:
        return asked.content
    request.app.state.relay.wake()
    job: JobView = await request.app.state.watch.ended(asked.job, WAIT_SECONDS)
    return await to_thread.run_sync(exports.ended, wiring.database, asked, job)


def as_file(report: StoredReport, charts: bytes) -> bytes:
    """Return the report as one HTML file with its drawn charts inside."""
    text = html.render(
        report.body,
        report.narrative,
        team_name=report.team_name,
        custom_context=report.custom_context,
        assumed=report.team_note,
        drawings=json.loads(charts),
    )
    return text.encode()
