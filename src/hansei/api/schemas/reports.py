"""Bodies of reports."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, WithJsonSchema

from hansei.api.schemas.common import Moment
from hansei.services.reports import ReportLine


class ReportItem(BaseModel):
    """A report in a list."""

    report_id: int
    team_id: str
    headline: str
    sprints_analyzed: int
    hypotheses_count: int
    experiments_count: int
    created_at: Moment

    @classmethod
    def of(cls, line: ReportLine) -> ReportItem:
        """Return the wire form of a line."""
        return cls.model_validate(line, from_attributes=True)


class ReportList(BaseModel):
    """Reports, newest first."""

    items: list[ReportItem]
    next_cursor: str | None


class ReportOut(BaseModel):
    """A stored report: the engine's whole report under a header. Every number carries an evidence id."""

    model_config = ConfigDict(extra="allow")

    report_id: int
    team_id: str
    headline: str
    summary: str
    custom_context: str | None
    created_at: Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
    sprints_analyzed: int
    baseline_sprints: int
    narrative: dict[str, Any]
