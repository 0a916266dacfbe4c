"""Bodies of links to share."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from hansei.api.schemas.common import Moment, Request
from hansei.services.shares import DEFAULT_DAYS, MAX_DAYS, NewShare, ShareView


class ShareIn(Request):
    """Which report to share, for how long, and whether the team's own note goes along."""

    report_id: Annotated[int, Field(ge=1, lt=2**31)]
    expires_in_days: Annotated[int, Field(ge=1, le=MAX_DAYS)] = DEFAULT_DAYS
    with_note: Annotated[bool, Field(description="Show the team's own note too.")] = False


class ShareOut(BaseModel):
    """A link to one report, without its address."""

    share_id: int
    report_id: int
    with_note: bool
    created_at: Moment
    expires_at: Moment

    @classmethod
    def of(cls, view: ShareView) -> ShareOut:
        """Return the wire form of a link."""
        return cls.model_validate(view, from_attributes=True)


class ShareMade(ShareOut):
    """A link just made: ``url`` is shown only now."""

    url: str

    @classmethod
    def of_new(cls, made: NewShare, url: str) -> ShareMade:
        """Return the wire form of a new link."""
        return cls(**ShareOut.of(made.view).model_dump(), url=url)


class ShareList(BaseModel):
    """Links that still open, newest first."""

    items: list[ShareOut]
    next_cursor: str | None
