"""Bodies of sources: how one is connected, shown and tried."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from hansei.api.schemas.common import Moment, Request, TeamId
from hansei.services.sources import SourceView


class SourceIn(Request):
    """A source to connect."""

    kind: Literal["metrics_api"] = "metrics_api"
    address: Annotated[
        str,
        Field(
            min_length=1,
            max_length=2000,
            description="Its base URL: the address without /sprints.",
        ),
    ]
    key: Annotated[
        str | None,
        Field(
            max_length=4000, description="Its Bearer key. Left out: a stored one stays. Never shown again."
        ),
    ] = None
    team_id: Annotated[
        TeamId | None,
        Field(description="The only team that it gives sprints of: it is asked without team_id."),
    ] = None


class SourceOut(BaseModel):
    """A source; its key is never shown."""

    name: str
    kind: str
    address: Annotated[str, Field(description="Without its query.")]
    team_id: str | None
    has_key: bool
    last_sync_at: Moment | None
    last_error: str | None
    connected: Annotated[
        bool,
        Field(
            description="Added under /sources; else the environment names it, or it is the running sample."
        ),
    ]

    @classmethod
    def of(cls, source: SourceView) -> SourceOut:
        """Read it from its view."""
        return cls.model_validate(source, from_attributes=True)


class SourceList(BaseModel):
    """The environment's source, if it names one, then the connected ones, A to Z."""

    items: list[SourceOut]
    next_cursor: str | None


class SourceTest(BaseModel):
    """What a source gave when it was asked for one sprint; nothing of it is stored."""

    sprints: list[str]
    measures: list[str]
    unknown_names: list[str]
    refused: list[str]
    notes: list[str]
