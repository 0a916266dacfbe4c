"""What the team thinks of a lead: confirmed, rejected or unsure, and why. Kept when the report is gone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from hansei.core.answers import Answer, Said
from hansei.core.catalogue import FAMILIES
from hansei.db.models import ANSWERS, Feedback, HypothesisRow, ReportRow
from hansei.db.types import database_time
from hansei.errors import InvalidInput, NotFound, Problem
from hansei.services.text import note

#: Made once, as every report asks.
_ANSWERS = (
    select(Feedback.family, Feedback.probability, Feedback.answer)
    .where(Feedback.team_id == bindparam("this_team"))
    .order_by(Feedback.id)
)


@dataclass(frozen=True, slots=True)
class LeadView:
    """A stored lead and the team's answer to it; ``answer`` is None until there is one."""

    hypothesis_id: int
    report_id: int
    evidence_id: str
    title: str
    answer: str | None
    reason: str


def of_report(session: Session, report_id: int) -> list[LeadView]:
    """Return the leads of a report with their answers, in the report's order."""
    query = (
        select(HypothesisRow, Feedback)
        .outerjoin(Feedback, Feedback.hypothesis_id == HypothesisRow.id)
        .where(HypothesisRow.report_id == report_id)
        .order_by(HypothesisRow.id)
    )
    return [_view(lead, said) for lead, said in session.execute(query)]


def of_team(session: Session, team_id: str) -> tuple[Answer, ...]:
    """Return all that a team has answered so far, oldest first; leads that the catalogue no longer has are left out."""
    return tuple(
        Answer(family, probability, cast("Said", answer))  # one of ANSWERS: the table checks it
        for family, probability, answer in session.execute(_ANSWERS, {"this_team": team_id})
        if family in FAMILIES
    )


def give(session: Session, hypothesis_id: int, answer: str, reason: str = "") -> LeadView:
    """Store or replace the answer to a lead; return it.

    Raises:
        NotFound: there is no such lead.
        InvalidInput: no possible answer.
    """
    lead = session.get(HypothesisRow, hypothesis_id)
    if lead is None:
        raise NotFound(f"There is no lead {hypothesis_id}.", remedy="Open its report again.")
    if answer not in ANSWERS:
        sentence = f"Choose one of {', '.join(ANSWERS)}."
        raise InvalidInput(sentence, problems=(Problem("/answer", sentence),))
    row = session.scalar(select(Feedback).where(Feedback.hypothesis_id == hypothesis_id).with_for_update())
    if row is None:
        team_id = session.scalars(select(ReportRow.team_id).where(ReportRow.id == lead.report_id)).one()
        row = Feedback(
            team_id=team_id,
            hypothesis_id=hypothesis_id,
            family=lead.family,
            title=lead.title,
            probability=lead.probability,
        )
        session.add(row)
    row.answer, row.reason = answer, note(reason[:2000]) or ""
    row.answered_at = database_time()
    session.flush()
    return _view(lead, row)


def _view(lead: HypothesisRow, said: Feedback | None) -> LeadView:
    return LeadView(
        hypothesis_id=lead.id,
        report_id=lead.report_id,
        evidence_id=lead.evidence_id,
        title=lead.title,
        answer=said.answer if said else None,
        reason=said.reason if said else "",
    )
