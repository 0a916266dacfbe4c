"""Drawn forms of stored reports: made once in a process of their own, then kept in the database.

Drawing holds the interpreter for about a second and needs memory that only a process's end gives back; and a renderer
that dies takes nothing with it but the drawing.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from base64 import b64decode
from collections.abc import Mapping
from typing import Any, Literal

import structlog
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

import hansei
from hansei.core.metrics import stamp
from hansei.core.report import Tried, plain
from hansei.db.models import ExperimentDrawing, Rendering
from hansei.db.session import Database
from hansei.errors import NotReady
from hansei.services.reports import StoredReport

log = structlog.get_logger(__name__)
#: What is drawn and kept. A report as one HTML file is written anew from its charts each time, in milliseconds.
Form = Literal["charts", "pdf"]
Drawn = Mapping[Form, bytes]
LONGEST_SECONDS = 30
#: The drawing process's exit code where the system refused to read or write; the reason is on standard error.
REFUSED = 74


class DrawingFailed(NotReady):
    """A report could not be drawn; the report itself is safe."""

    title = "The report could not be drawn"


def kept(session: Session, report: StoredReport, form: Form) -> bytes | None:
    """Return a form that was drawn before from the same words by this version, if there is one."""
    query = select(Rendering.content).where(
        Rendering.report_id == report.report_id,
        Rendering.kind == form,
        Rendering.made_by == _maker(report, form),
    )
    return session.scalar(query)


def keep(session: Session, report: StoredReport, drawn: Drawn) -> None:
    """Keep drawn forms in place of what was there."""
    for form, content in drawn.items():
        session.execute(
            delete(Rendering).where(Rendering.report_id == report.report_id, Rendering.kind == form)
        )
        session.add(
            Rendering(report_id=report.report_id, kind=form, made_by=_maker(report, form), content=content)
        )


def _maker(report: StoredReport, form: Form) -> str:
    """Return what a drawing depends on besides the stored numbers: this version; in a PDF, the words around them."""
    told = [report.team_name, report.team_note, report.custom_context, report.narrative.to_dict()]
    words = hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16] if form == "pdf" else ""
    return f"hansei {hansei.__version__} {words}".strip()


def obtain(database: Database, report: StoredReport, form: Form) -> bytes:
    """Return a form of a report for a program without a worker: the kept one, or one drawn now and kept.

    Raises:
        DrawingFailed: it could not be drawn.
    """
    with database.read() as session:
        found = kept(session, report, form)
        charts = kept(session, report, "charts")
    if found is not None:
        return found
    drawn = draw(report, form, charts)
    with database.write() as session:
        keep(session, report, drawn)
    return drawn[form]


def draw(report: StoredReport, form: Form, charts: bytes | None) -> Drawn:
    """Draw a form of a report in a process of its own; ``charts`` are those kept, where they were drawn before.

    Returns the form and the charts: those as JSON of chart id to SVG.

    Raises:
        DrawingFailed: it did not succeed, or took longer than half a minute.
    """
    answer = _drawn(_order(report, form, charts), {"report_id": report.report_id})
    drawn: dict[Form, bytes] = {"charts": json.dumps(answer["charts"]).encode()}
    if "pdf" in answer:
        drawn["pdf"] = b64decode(answer["pdf"])
    return drawn


def kept_tried(session: Session, tried: Tried) -> bytes | None:
    """Return the chart of an experiment that was drawn before from the same values by this version, if there is one."""
    query = select(ExperimentDrawing.content).where(
        ExperimentDrawing.experiment_id == tried.experiment_id, ExperimentDrawing.made_by == told_of(tried)
    )
    return session.scalar(query)


def keep_tried(session: Session, tried: Tried, drawn: bytes) -> None:
    """Keep the chart of an experiment in place of an earlier one."""
    row = ExperimentDrawing
    session.execute(delete(row).where(row.experiment_id == tried.experiment_id))
    session.add(row(experiment_id=tried.experiment_id, made_by=told_of(tried), content=drawn))


def newest_tried(session: Session, experiment_id: int) -> bytes | None:
    """Return the chart of an experiment that was drawn last, whatever it was drawn from."""
    row = ExperimentDrawing
    return session.scalar(select(row.content).where(row.experiment_id == experiment_id))


def told_of(tried: Tried) -> str:
    """Return what a chart depends on: this version, and all that is told of the experiment."""
    told = hashlib.sha256(json.dumps(plain(tried)).encode()).hexdigest()[:16]
    return f"hansei {hansei.__version__} {told}"


def draw_tried(tried: Tried) -> bytes:
    """Draw the chart of one experiment in a process of its own: an SVG in light colours.

    Raises:
        DrawingFailed: it did not succeed, or took longer than half a minute.
    """
    told = json.dumps({"form": "tried", "tried": plain(tried)}, ensure_ascii=False).encode()
    return str(_drawn(told, {"experiment_id": tried.experiment_id})["tried"]).encode()


def _drawn(order: bytes, named: Mapping[str, int]) -> dict[str, Any]:
    # The child gets no settings: it needs none, and so holds no secret.
    environ = {k: v for k, v in os.environ.items() if not k.startswith("HANSEI_")}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "hansei.render.draw"],
            input=order,
            capture_output=True,
            timeout=LONGEST_SECONDS,
            env=environ,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise DrawingFailed("Drawing the report took too long.", remedy="Try again in a moment.") from None
    except OSError as error:
        raise _failed(error.strerror or "") from None
    said = done.stderr.decode(errors="replace").strip()
    if done.returncode == REFUSED:
        raise _failed(said)
    if done.returncode != 0:
        log.error("drawing_failed", **named, code=done.returncode, said=said[-2000:])
        raise _failed(f"the renderer ended with {done.returncode}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _failed(why: str) -> DrawingFailed:
    remedy = "The report itself is safe: read it as Markdown meanwhile."
    if "space left" in why or "quota" in why:
        remedy = "Make room on the worker's disk, then try again."
    return DrawingFailed(f"The report could not be drawn: {why.lower()}.", remedy=remedy)


def _order(report: StoredReport, form: Form, charts: bytes | None) -> bytes:
    told: dict[str, Any] = {
        "form": form,
        "report": dict(report.body),
        "narrative": report.narrative.to_dict(),
        "team_name": report.team_name,
        "custom_context": report.custom_context,
        "assumed": report.team_note,
        "created_at": stamp(report.created_at),
        "drawings": json.loads(charts) if charts else None,
    }
    return json.dumps(told, ensure_ascii=False).encode()
