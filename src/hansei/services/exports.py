"""Forms of a report, and charts of experiments, that a worker draws: asked for by a reader, made once as a task, kept.

A task is accepted only where some worker lives to take it: a reader is told at once, instead of waiting for nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from sqlalchemy.orm import Session

from hansei import jobs
from hansei.core.ports import Progress
from hansei.core.report import Tried
from hansei.db.session import Database
from hansei.errors import Conflict, NotFound, NotReady
from hansei.jobs import JobView
from hansei.services import experiments, judging, renderings, reports, workers
from hansei.services.renderings import DrawingFailed, Form
from hansei.services.reports import StoredReport

QUEUE = jobs.QUEUES["export"]


class NobodyDraws(NotReady):
    """No worker was seen lately that would take the task."""

    title = "No worker is running"


@dataclass(frozen=True, slots=True)
class ExportOrder:
    """Which form of which report to draw."""

    report_id: int
    form: Form


@dataclass(frozen=True, slots=True)
class TriedOrder:
    """Of which experiment to draw the chart; ``told`` tells one state of it from another: each has its own task."""

    experiment_id: int
    told: str
    form: Literal["tried"] = "tried"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a reader asked for: the report, and its form where it is drawn; else the task that draws it."""

    report: StoredReport
    content: bytes | None
    job: JobView | None


@dataclass(frozen=True, slots=True)
class AskedTried:
    """The chart of an experiment where it is drawn; else the task that draws it."""

    tried: Tried
    content: bytes | None
    job: JobView | None


def ask(database: Database, report_id: int, form: Form) -> Asked:
    """Return a form of a report, or the task that draws it: the one under way, or a new one.

    Raises:
        NotFound: there is no such report.
        NobodyDraws: it is not drawn yet and no worker was seen lately.
    """
    with database.read() as session:
        report = reports.get(session, report_id)
        content = renderings.kept(session, report, form)
        if content is not None:
            return Asked(report, content, None)
        _somebody(session)
    with database.write() as session:
        return Asked(report, None, accept(session, report.team_id, ExportOrder(report_id, form)))


def ask_tried(database: Database, team_id: str, tried: Tried) -> AskedTried:
    """Return the chart of an experiment as it stands, or the task that draws it.

    Raises:
        NobodyDraws: it is not drawn yet and no worker was seen lately.
    """
    with database.read() as session:
        content = renderings.kept_tried(session, tried)
        if content is not None:
            return AskedTried(tried, content, None)
        _somebody(session)
    order = TriedOrder(tried.experiment_id, renderings.told_of(tried))
    with database.write() as session:
        return AskedTried(tried, None, accept(session, team_id, order))


def _somebody(session: Session) -> None:
    if not any(QUEUE in w.queues for w in workers.fresh(session)):
        raise NobodyDraws(
            "This has not been drawn yet, and nothing is running that would draw it.",
            remedy="Start `hansei worker` and ask again; Markdown, CSV and JSON need none.",
        )


def accept(session: Session, team_id: str, order: ExportOrder | TriedOrder) -> JobView:
    """Return the unfinished task for this order, or accept one. Two at once would do no harm."""
    params = asdict(order)
    for job in jobs.unfinished(session, "export", team_id):
        if dict(job.params) == params:
            return job
    return jobs.accept(session, "export", team_id, params)


def ended(
    database: Database, asked: Asked | AskedTried, job: JobView, form: Form | None = None
) -> bytes | None:
    """Return what a task has drawn by now; None while it has not ended. ``form`` of a report; an experiment has one.

    Raises:
        DrawingFailed: it failed; with its sentence.
        Conflict: it was cancelled.
    """
    if job.status == "FAILURE":
        raise DrawingFailed(job.error or "The report could not be drawn.")
    if job.status == "REVOKED":
        raise Conflict("The drawing was cancelled.", remedy="Ask again to have it drawn.")
    if job.status != "SUCCESS":
        return None
    with database.read() as session:
        if isinstance(asked, AskedTried):
            # It may have gone on since somebody asked: what was drawn last is then the better answer.
            return renderings.newest_tried(session, asked.tried.experiment_id)
        return renderings.kept(session, asked.report, form or "charts")


def make(
    database: Database, order: ExportOrder, progress: Progress
) -> Callable[[Session], Mapping[str, Any]]:
    """Draw what an order asks for; return the write that keeps it.

    Raises:
        NotFound: the report is gone.
        DrawingFailed: it could not be drawn.
    """
    progress(10, "reading the report")
    with database.read() as session:
        report = reports.get(session, order.report_id)
        charts = renderings.kept(session, report, "charts")
        done = renderings.kept(session, report, order.form)
    progress(30, "drawing")
    drawn = {order.form: done} if done is not None else renderings.draw(report, order.form, charts)
    progress(90, "storing")

    def store(session: Session) -> Mapping[str, Any]:
        reports.get(session, order.report_id)  # it may have been deleted meanwhile
        if done is None:
            renderings.keep(session, report, drawn)
        return {
            "status": "success",
            "report_id": order.report_id,
            "form": order.form,
            "bytes": len(drawn[order.form]),
        }

    return store


def make_tried(
    database: Database, order: TriedOrder, progress: Progress, *, least_answers: int
) -> Callable[[Session], Mapping[str, Any]]:
    """Draw the chart of an experiment as it stands; return the write that keeps it.

    Raises:
        NotFound: the experiment is gone, or never started.
        DrawingFailed: it could not be drawn.
    """
    progress(10, "reading the experiment")
    with database.read() as session:
        tried = judging.tell(session, order.experiment_id, least_answers=least_answers)
        done = renderings.kept_tried(session, tried) if tried else None
    if tried is None:
        raise NotFound("There is no such chart.", remedy="An experiment has one once it has started.")
    progress(30, "drawing")
    drawn = renderings.draw_tried(tried) if done is None else done
    progress(90, "storing")

    def store(session: Session) -> Mapping[str, Any]:
        experiments.get(session, order.experiment_id)  # it may have been deleted meanwhile
        if done is None:
            renderings.keep_tried(session, tried, drawn)
        return {
            "status": "success",
            "experiment_id": order.experiment_id,
            "form": order.form,
            "bytes": len(drawn),
        }

    return store
