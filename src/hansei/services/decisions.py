"""What the team decided after a meeting: shown at the top of the next report, and kept when its own is gone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from hansei.db.models import CHOICES, Decision, ExperimentRow, ReportRow
from hansei.db.types import database_time
from hansei.errors import Conflict, InvalidInput, NotFound, Problem
from hansei.services import experiments, reports
from hansei.services.text import note, printable


@dataclass(frozen=True, slots=True)
class DecisionView:
    """A decision: ``what`` is the chosen experiment's title, the team's own words, or empty for nothing.

    ``experiment_id`` is the chosen experiment's, where one was chosen and still exists.
    """

    report_id: int
    choice: str
    what: str
    reason: str
    role: str
    decided_at: datetime
    experiment_id: int | None


def decide(
    session: Session,
    report_id: int,
    *,
    choice: str,
    reason: str,
    experiment_id: int | None = None,
    own: str = "",
    role: str = "",
    least_answers: int,
) -> DecisionView:
    """Store the decision about a report, or replace it; a chosen experiment starts.

    An experiment that the earlier decision started goes back to where it was, unless a sprint of it has closed.

    Raises:
        NotFound: there is no such report.
        InvalidInput: no possible choice, no reason, or an experiment of another report.
        Conflict: the chosen experiment has ended, or the team has another one running.
    """
    report = session.get(ReportRow, report_id)
    if report is None:
        raise NotFound(f"There is no report {report_id}.", remedy=reports.REMEDY)
    own, reason = (note(own[:2000]) or ""), (note(reason[:2000]) or "")
    if choice not in CHOICES:
        raise _wrong("choice", "Choose an experiment, your own, or nothing.")
    if choice == "own" and not own:
        raise _wrong("own", "Say in a sentence what you will try.")
    if not reason:
        raise _wrong("reason", "Say in a sentence why: the next meeting will want to know.")
    row = session.scalar(select(Decision).where(Decision.report_id == report_id).with_for_update())
    chosen = experiment_id if choice == "experiment" else None
    if row is not None and row.experiment_id not in (None, chosen):
        experiments.take_back(session, row.experiment_id)
    if choice == "experiment":
        _start(session, report_id, experiment_id, role, least_answers)
    if row is None:
        row = Decision(team_id=report.team_id, report_id=report_id)
        session.add(row)
    row.choice, row.reason = choice, reason
    row.experiment_id = chosen
    row.own = own if choice == "own" else None
    row.role = " ".join((note(printable(role)) or "").split())[:100] or None
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
    return _view(report_id, *found) if found else None


def _start(
    session: Session, report_id: int, experiment_id: int | None, role: str, least_answers: int
) -> None:
    row = session.get(ExperimentRow, experiment_id) if experiment_id is not None else None
    if row is None or row.report_id != report_id:
        raise _wrong("experiment_id", "Choose one of this report's experiments.")
    if row.state == "proposed":
        experiments.start(session, row.id, role=role, least_answers=least_answers)
    elif row.state != "running":
        raise Conflict(
            f"“{row.title}” has ended.", remedy="Write your own with the same words to try it again."
        )


def _view(report_id: int, row: Decision, title: str | None) -> DecisionView:
    what = title if row.choice == "experiment" else row.own
    return DecisionView(
        report_id, row.choice, what or "", row.reason, row.role or "", row.decided_at, row.experiment_id
    )


def _wrong(field: str, sentence: str) -> InvalidInput:
    return InvalidInput(sentence, problems=(Problem(f"/{field}", sentence),))
