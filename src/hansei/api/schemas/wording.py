"""Bodies of wording: revisions, who words a team's reports, and how a model fared."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from hansei.api.schemas.common import Moment, Request
from hansei.services.wording import Revision


class WordingIn(Request):
    """Who words the report again."""

    narrator: Annotated[
        Literal["team", "template"],
        Field(description="Whoever words the team's reports, or the built-in template in any case."),
    ] = "team"


class RevisionOut(BaseModel):
    """One wording of a report."""

    revision: int
    narrator: str
    headline: str
    wording: Annotated[
        dict[str, Any] | None,
        Field(
            description="Where a language model was asked: which parts stand in its words, and what it took."
        ),
    ]
    prompt: Annotated[str | None, Field(description="What a language model was sent for it.")]
    created_at: Moment

    @classmethod
    def of(cls, found: Revision) -> RevisionOut:
        """Read it from its view."""
        asked = found.wording.to_dict() if found.wording else None
        return cls(
            revision=found.revision,
            narrator=found.narrator,
            headline=found.headline,
            wording=asked,
            prompt=found.prompt,
            created_at=found.created_at,
        )


class RevisionList(BaseModel):
    """Every wording of a report, newest first; the newest is the one that is shown."""

    items: list[RevisionOut]


class TeamWordingIn(Request):
    """Who may word a team's reports."""

    model: Annotated[bool, Field(description="The language model that is configured may.")]


class TeamWordingOut(BaseModel):
    """Who words a team's reports from now on."""

    team_id: str
    narrator: str


class PassRateOut(BaseModel):
    """How a model fared under the checker so far."""

    model: str
    asked: Annotated[int, Field(description="Wordings that it was asked for.")]
    used: Annotated[int, Field(description="Wordings with something in its words.")]
    sentences: int
    refused: int
    passed: Annotated[float | None, Field(description="Share of its sentences that could be said, 0 to 1.")]


class Sent(BaseModel):
    """One kind of thing that leaves the installation, and how much of it."""

    what: str
    how_much: str


class WordingOut(BaseModel):
    """Who words reports here; with a language model, exactly what it is sent."""

    narrator: str
    address: Annotated[str | None, Field(description="Where a language model is asked.")]
    seconds: Annotated[float | None, Field(description="At most so long for a report.")]
    tokens: Annotated[int | None, Field(description="At most so many for a report, sent and received.")]
    sends: list[Sent]
    never_sends: list[str]
    instructions: Annotated[str | None, Field(description="Sent with every report, word for word.")]
    pass_rates: list[PassRateOut]
