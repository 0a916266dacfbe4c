"""Cleaning up old reports, in small batches.

What a team did with a report is never cleaned up: one with an experiment that was started, with an answer to a lead
or with a decision stays, whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from hansei.core.metrics import stamp
from hansei.core.ports import Progress
from hansei.db.models import Decision, ExperimentRow, Feedback, HypothesisRow, ReportRow
from hansei.db.session import Database
from hansei.services import reports
from hansei.services.pace import Pace

MOST = 100
"""Reports deleted in one transaction at most."""


@dataclass(frozen=True, slots=True)
class CleanupOrder:
    """Reports older than ``days_to_keep`` go; with ``dry_run`` they are only counted."""

    days_to_keep: int
    dry_run: bool = False


def clean(database: Database, order: CleanupOrder, now: datetime, progress: Progress) -> dict[str, Any]:
    """Delete (or count) old reports; safe to run twice. Return the task's result."""
    cutoff = now - timedelta(days=order.days_to_keep)
    with database.read() as session:
        found = _count(session, cutoff)
    gone = found if order.dry_run else _delete(database, cutoff, found[0], progress)
    return {
        "status": "success",
        "deleted": gone[0],
        "deleted_hypotheses": gone[1],
        "deleted_experiments": gone[2],
        "cutoff_date": stamp(cutoff),
        "dry_run": order.dry_run,
    }


def _delete(database: Database, cutoff: datetime, expected: int, progress: Progress) -> tuple[int, int, int]:
    gone, last, pace = (0, 0, 0), 0, Pace(most=MOST)
    # First by age alone, along the key: whom somebody acted on is asked of a few, never of all.
    aged = select(ReportRow.id).where(ReportRow.created_at < cutoff).order_by(ReportRow.id)
    while True:
        with database.read() as session:
            ids = list(session.scalars(aged.where(ReportRow.id > last).limit(pace.size)))
        if not ids:
            return gone
        last = ids[-1]
        progress(5 + 90 * gone[0] // max(expected, gone[0], 1), f"deleting old reports ({gone[0]} so far)")
        with database.write() as session:
            pace.begin()
            more = reports.remove_rows(session, _still_old(session, cutoff, ids))
        pace.end()
        gone = (gone[0] + more[0], gone[1] + more[1], gone[2] + more[2])


def _still_old(session: Session, cutoff: datetime, ids: list[int]) -> list[int]:
    """Return those that nobody has acted on meanwhile, and let nobody until they are gone."""
    for row, report in (
        (ReportRow.id, ReportRow.id),
        (HypothesisRow.id, HypothesisRow.report_id),
        (ExperimentRow.id, ExperimentRow.report_id),
    ):
        session.execute(select(row).where(report.in_(ids)).order_by(row).with_for_update())
    return list(session.scalars(_old(cutoff).where(ReportRow.id.in_(ids))))


def _old(cutoff: datetime) -> Select[int]:
    started = select(ExperimentRow.id).where(
        ExperimentRow.report_id == ReportRow.id, ExperimentRow.state != "proposed"
    )
    answered = (
        select(Feedback.hypothesis_id)
        .join(HypothesisRow, HypothesisRow.id == Feedback.hypothesis_id)
        .where(HypothesisRow.report_id == ReportRow.id)
    )
    decided = select(Decision.report_id).where(Decision.report_id == ReportRow.id)
    acted_on = or_(started.exists(), answered.exists(), decided.exists())
    return select(ReportRow.id).where(ReportRow.created_at < cutoff, ~acted_on).order_by(ReportRow.id)


def _count(session: Session, cutoff: datetime) -> tuple[int, int, int]:
    old = _old(cutoff).order_by(None).subquery()
    hypotheses = select(func.count()).where(HypothesisRow.report_id.in_(select(old.c.id)))
    experiments = select(func.count()).where(ExperimentRow.report_id.in_(select(old.c.id)))
    total = session.scalar(select(func.count()).select_from(old))
    return total or 0, session.scalar(hypotheses) or 0, session.scalar(experiments) or 0
