"""What the team decided after a meeting: kept with its report, shown at the top of the next one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from hansei.db.models import CHOICES, Decision, ExperimentRow, ReportRow
from hansei.db.types import database_time
from hansei.errors import InvalidInput, NotFound, Problem
from hansei.services.text import note, printable


@dataclass(frozen=True, slots=True)
class DecisionView:
    """A decision: ``what`` is the chosen experiment's title, the team's own words, or empty for nothing."""

    report_id: int
    choice: str
    what: str
    reason: str
    role: str
    decided_at: datetime


def decide(
    session: Session,
    report_id: int,
    *,
    choice: str,
    reason: str,
    experiment_id: int | None = None,
    own: str = "",
    role: str = "",
) -> DecisionView:
    """Store the decision about a report, or replace it; a chosen experiment starts.

    Raises:
        NotFound: there is no such report.
        InvalidInput: no possible choice, no reason, or an experiment of another report.
    """
    if session.get(ReportRow, report_id) is None:
        raise NotFound(f"There is no report {report_id}.", remedy="GET /reports lists the reports there are.")
    own, reason = (note(own[:2000]) or ""), (note(reason[:2000]) or "")
    if choice not in CHOICES:
        raise _wrong("choice", "Choose an experiment, your own, or nothing.")
    if choice == "own" and not own:
        raise _wrong("own", "Say in a sentence what you will try.")
    if not reason:
        raise _wrong("reason", "Say in a sentence why: the next meeting will want to know.")
    if choice == "experiment":
        _start(session, report_id, experiment_id)
    row = session.get(Decision, report_id, with_for_update=True)
    if row is None:
        row = Decision(report_id=report_id)
        session.add(row)
    row.choice, row.reason = choice, reason
    row.experiment_id = experiment_id if choice == "experiment" else None
    row.own = own if choice == "own" else None
    row.role = " ".join(printable(role).split())[:100] or None
    row.decided_at = database_time()
    session.flush()
    session.refresh(row)
    found = of_report(session, report_id)
    assert found is not None  # noqa: S101 - stored two lines above
    return found


def of_report(session: Session, report_id: int) -> DecisionView | None:
    """Return the decision about a report, if there is one."""
    found = session.execute(
        select(Decision, ExperimentRow.title)
        .outerjoin(ExperimentRow, ExperimentRow.id == Decision.experiment_id)
        .where(Decision.report_id == report_id)
    ).one_or_none()
    return _view(*found) if found else None


def before(session: Session, report_id: int, team_id: str) -> DecisionView | None:
    """Return the team's last decision about an earlier report."""
    found = session.execute(
        select(Decision, ExperimentRow.title)
        .join(ReportRow, ReportRow.id == Decision.report_id)
        .outerjoin(ExperimentRow, ExperimentRow.id == Decision.experiment_id)
        .where(ReportRow.team_id == team_id, Decision.report_id < report_id)
        .order_by(Decision.report_id.desc())
        .limit(1)
    ).one_or_none()
    return _view(*found) if found else None


def _start(session: Session, report_id: int, experiment_id: int | None) -> None:
    row = session.get(ExperimentRow, experiment_id) if experiment_id is not None else None
    if row is None or row.report_id != report_id:
        raise _wrong("experiment_id", "Choose one of this report's experiments.")
    session.execute(
        update(ExperimentRow)
        .where(ExperimentRow.id == experiment_id, ExperimentRow.state == "proposed")
        .values(state="running", started_at=database_time())
    )


def _view(row: Decision, title: str | None) -> DecisionView:
    what = title if row.choice == "experiment" else row.own
    return DecisionView(row.report_id, row.choice, what or "", row.reason, row.role or "", row.decided_at)


def _wrong(field: str, sentence: str) -> InvalidInput:
    return InvalidInput(sentence, problems=(Problem(f"/{field}", sentence),))
