"""What the team said in the meeting: answers to leads, and the decision."""

from __future__ import annotations

from hansei.api.deps import Wired, allow, routes
from hansei.api.schemas import meetings as schemas
from hansei.errors import NotFound
from hansei.services import decisions, feedback, overview, reports

router = routes("meetings")


@router.get("/reports/{report_id}/hypotheses", **allow("read", 404))
def list_hypotheses(wiring: Wired, report_id: str) -> schemas.LeadList:
    """List a report's leads with the team's answers."""
    number = reports.parse_id(report_id)
    with wiring.database.read() as session:
        reports.get(session, number)
        found = feedback.of_report(session, number)
    return schemas.LeadList(items=[schemas.LeadOut.of(lead) for lead in found], next_cursor=None)


@router.put("/hypotheses/{hypothesis_id}/feedback", **allow("write", 404, body=True))
def give_feedback(wiring: Wired, hypothesis_id: str, given: schemas.FeedbackIn) -> schemas.LeadOut:
    """Keep the team's answer to a lead, in place of an earlier one."""
    with wiring.database.write() as session:
        lead = feedback.give(session, reports.parse_id(hypothesis_id), given.answer, given.reason)
    return schemas.LeadOut.of(lead)


@router.get("/reports/{report_id}/decision", **allow("read", 404))
def get_decision(wiring: Wired, report_id: str) -> schemas.DecisionOut:
    """Read what the team decided about a report."""
    with wiring.database.read() as session:
        found = decisions.of_report(session, reports.parse_id(report_id))
    if found is None:
        raise NotFound("No decision is kept for this report.", remedy="POST one after the meeting.")
    return schemas.DecisionOut.of(found)


@router.post("/reports/{report_id}/decision", **allow("write", 404, 409, body=True))
def decide(wiring: Wired, report_id: str, decided: schemas.DecisionIn) -> schemas.DecisionOut:
    """Keep the decision about a report, in place of an earlier one; a chosen experiment starts."""
    number = reports.parse_id(report_id)
    with wiring.database.write() as session:
        ids = {c.evidence_id: c.experiment_id for c in overview.choices(session, number)}
        kept = decisions.decide(
            session,
            number,
            choice=decided.choice,
            reason=decided.reason,
            experiment_id=decided.experiment_id or ids.get(decided.experiment or ""),
            own=decided.own,
            role=decided.role,
            least_answers=wiring.settings.happiness_min_answers,
        )
    return schemas.DecisionOut.of(kept)
