"""What the bodies of several rooms share. Requests refuse unknown fields and types that only look right."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema

from hansei.core.metrics import stamp

Moment = Annotated[
    datetime,
    PlainSerializer(stamp, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""A moment, written in UTC as ISO 8601 with ``Z``."""
TEAM_ID = r"^[A-Za-z0-9._-]{1,100}$"
TeamId = Annotated[str, Field(pattern=TEAM_ID, description="Chosen by the caller; case-sensitive.")]
Status = Literal["PENDING", "STARTED", "RETRY", "SUCCESS", "FAILURE", "REVOKED"]
Kind = Literal["report", "sync", "cleanup", "export", "narrative"]


class Request(BaseModel):
    """Base of what is sent in."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Accepted(BaseModel):
    """A task that will run."""

    task_id: str
    status: Status
    message: str


class RejectedRow(BaseModel):
    """A row that was not stored, by its place in what was sent (0-based), and why."""

    row: int
    sprint_id: str | None
    reason: str
