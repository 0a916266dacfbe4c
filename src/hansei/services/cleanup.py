"""Cleaning up old reports, in small batches; a started experiment keeps its report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hansei.core.metrics import stamp
from hansei.core.ports import Progress
from hansei.db.models import ExperimentRow, HypothesisRow, ReportRow
from hansei.db.session import Database
from hansei.services import reports

BATCH = 50
"""Reports deleted in one transaction: small, so that nobody waits for the lock."""


@dataclass(frozen=True, slots=True)
class CleanupOrder:
    """Reports older than ``days_to_keep`` go; with ``dry_run`` they are only counted."""

    days_to_keep: int
    dry_run: bool = False


def clean(database: Database, order: CleanupOrder, now: datetime, progress: Progress) -> dict[str, Any]:
    """Delete (or count) old reports; safe to run twice. Return the task's result."""
    cutoff = now - timedelta(days=order.days_to_keep)
    deleted = hypotheses = experiments = 0
    if order.dry_run:
        with database.read() as session:
            deleted, hypotheses, experiments = _count(session, cutoff)
    while not order.dry_run:
        progress(50, f"deleting old reports ({deleted} so far)")
        with database.write() as session:
            ids = list(session.scalars(_old(cutoff).limit(BATCH)))
            if not ids:
                break
            gone = reports.remove_rows(session, ids)
        deleted, hypotheses, experiments = deleted + gone[0], hypotheses + gone[1], experiments + gone[2]
    return {
        "status": "success",
        "deleted": deleted,
        "deleted_hypotheses": hypotheses,
        "deleted_experiments": experiments,
        "cutoff_date": stamp(cutoff),
        "dry_run": order.dry_run,
    }


def _old(cutoff: datetime) -> Any:
    started = select(ExperimentRow.id).where(
        ExperimentRow.report_id == ReportRow.id, ExperimentRow.state != "proposed"
    )
    return select(ReportRow.id).where(ReportRow.created_at < cutoff, ~started.exists()).order_by(ReportRow.id)


def _count(session: Session, cutoff: datetime) -> tuple[int, int, int]:
    old = _old(cutoff).order_by(None).subquery()
    hypotheses = select(func.count()).where(HypothesisRow.report_id.in_(select(old.c.id)))
    experiments = select(func.count()).where(ExperimentRow.report_id.in_(select(old.c.id)))
    total = session.scalar(select(func.count()).select_from(old))
    return total or 0, session.scalar(hypotheses) or 0, session.scalar(experiments) or 0
