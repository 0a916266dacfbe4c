"""Bodies of what a team answers to leads and decides."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from hansei.api.schemas.common import Moment, Request
from hansei.services.decisions import DecisionView
from hansei.services.feedback import LeadView


class FeedbackIn(Request):
    """The team's answer to a lead."""

    answer: Literal["confirmed", "rejected", "unsure"]
    reason: Annotated[str, Field(max_length=2000, description="Why, in a sentence. No names.")] = ""


class LeadOut(BaseModel):
    """A lead of a report and the team's answer to it; ``answer`` is null until there is one."""

    hypothesis_id: int
    report_id: int
    evidence_id: str
    title: str
    answer: Literal["confirmed", "rejected", "unsure"] | None
    reason: str

    @classmethod
    def of(cls, lead: LeadView) -> LeadOut:
        """Read it from its view."""
        return cls.model_validate(lead, from_attributes=True)


class LeadList(BaseModel):
    """The leads of a report, in its order."""

    items: list[LeadOut]
    next_cursor: str | None


class DecisionIn(Request):
    """What the team decided after the meeting."""

    choice: Annotated[
        Literal["experiment", "own", "nothing"],
        Field(description="One of the report's, one of its own, or none."),
    ]
    experiment: Annotated[
        str | None,
        Field(pattern=r"^E[0-9]{1,4}$", description="The chosen experiment's evidence id, such as E1."),
    ] = None
    experiment_id: Annotated[
        int | None,
        Field(ge=1, lt=2**31, description="Instead of its evidence id: also one of the team's own."),
    ] = None
    own: Annotated[str, Field(max_length=2000, description="The team's own experiment, in a sentence.")] = ""
    reason: Annotated[str, Field(min_length=1, max_length=2000, description="Why; shown in the next report.")]
    role: Annotated[str, Field(max_length=100, description="The role that looks after it; no name.")] = ""


class DecisionOut(BaseModel):
    """A kept decision; ``what`` is the experiment's title or the team's own words, empty for nothing."""

    report_id: int
    choice: Literal["experiment", "own", "nothing"]
    what: str
    reason: str
    role: str
    decided_at: Moment

    @classmethod
    def of(cls, decision: DecisionView) -> DecisionOut:
        """Read it from its view."""
        return cls.model_validate(decision, from_attributes=True)
