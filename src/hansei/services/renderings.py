"""Drawn forms of stored reports: made once in a process of their own, then kept in the database.

Drawing holds the interpreter for about a second, which a server cannot spare; a child process does not.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from typing import Any, Literal

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

import hansei
from hansei.core.metrics import stamp
from hansei.db.models import Rendering
from hansei.db.session import Database
from hansei.errors import NotReady
from hansei.services.reports import StoredReport

Kind = Literal["charts", "html", "pdf"]
#: A drawing of another version is made anew.
MADE_BY = f"hansei {hansei.__version__}"
LONGEST_SECONDS = 30
#: A drawing process takes a core: no more than this many at a time.
_turn = threading.BoundedSemaphore(2)


class DrawingFailed(NotReady):
    """A report could not be drawn; the report itself is safe."""

    title = "The report could not be drawn"


def kept(session: Session, report_id: int, kind: Kind) -> bytes | None:
    """Return a form that was drawn before by this version, if there is one."""
    query = select(Rendering.content).where(
        Rendering.report_id == report_id, Rendering.kind == kind, Rendering.made_by == MADE_BY
    )
    return session.scalar(query)


def keep(session: Session, report_id: int, kind: Kind, content: bytes) -> None:
    """Keep a drawn form in place of what was there."""
    session.execute(delete(Rendering).where(Rendering.report_id == report_id, Rendering.kind == kind))
    session.add(Rendering(report_id=report_id, kind=kind, made_by=MADE_BY, content=content))


def obtain(database: Database, report: StoredReport, kind: Kind) -> bytes:
    """Return a form of a report: the kept one, or one drawn now and kept.

    Raises:
        DrawingFailed: it could not be drawn.
    """
    with database.read() as session:
        found = kept(session, report.report_id, kind)
    if found is not None:
        return found
    if not _turn.acquire(timeout=LONGEST_SECONDS):
        raise DrawingFailed("Other reports are being drawn.", remedy="Try again in a moment.")
    try:
        content = draw(report, kind)
    finally:
        _turn.release()
    with database.write() as session:
        keep(session, report.report_id, kind, content)
    return content


def order(report: StoredReport, kind: Kind) -> bytes:
    """Return what the drawing process reads."""
    told: dict[str, Any] = {
        "kind": kind,
        "report": dict(report.body),
        "narrative": report.narrative.to_dict(),
        "team_name": report.team_name,
        "custom_context": report.custom_context,
        "assumed": report.team_note,
        "created_at": stamp(report.created_at),
    }
    return json.dumps(told, ensure_ascii=False).encode()


def draw(report: StoredReport, kind: Kind) -> bytes:
    """Draw a form of a report in a process of its own: bytes of HTML or PDF, or JSON of chart id to SVG.

    Raises:
        DrawingFailed: it did not succeed, or took longer than half a minute.
    """
    # The child gets no settings: it needs none, and so holds no secret.
    environ = {k: v for k, v in os.environ.items() if not k.startswith("HANSEI_")}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "hansei.render.draw"],
            input=order(report, kind),
            capture_output=True,
            timeout=LONGEST_SECONDS,
            env=environ,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise DrawingFailed("Drawing the report took too long.", remedy="Try again in a moment.") from None
    if done.returncode != 0 or not done.stdout:
        raise DrawingFailed("The report could not be drawn.", remedy="Read it as Markdown meanwhile.")
    return done.stdout
