"""Bodies of teams, their sprints, notes, sources and data quality."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from hansei.api.schemas.common import Moment, RejectedRow, Request
from hansei.core.metrics import NOTES, SprintMetrics, stamp
from hansei.services import privacy
from hansei.services.teams import NoteView, SprintView, TeamView
from hansei.services.teams import ValueOrigin as Origin


class TeamRequest(Request):
    """A team's own fields."""

    name: Annotated[str | None, Field(min_length=1, max_length=200, description="Default: the id.")] = None


class TeamOut(BaseModel):
    """A team and how much is stored of it."""

    team_id: str
    name: str
    sample: bool
    note: str | None
    sprints: int
    reports: int
    last_synced_at: Moment | None
    created_at: Moment

    @classmethod
    def of(cls, team: TeamView) -> TeamOut:
        """Return the wire form of a team."""
        return cls.model_validate(team, from_attributes=True)


class TeamList(BaseModel):
    """Teams by id, A to Z."""

    items: list[TeamOut]
    next_cursor: str | None


class ValueOrigin(BaseModel):
    """Where one value comes from."""

    source: str
    synced_at: Moment
    revised_at: Annotated[
        Moment | None, Field(description="When it last changed after the sprint had closed.")
    ]
    was: Annotated[Any, Field(description="What it was at the close, where it changed later.")]


class ValueDifference(BaseModel):
    """Two sources disagree: the value that counts, and the other one."""

    metric: str
    source: str
    value: Any
    other_source: str
    other_value: Any


class NoteIn(Request):
    """What the team notes of a sprint."""

    kinds: Annotated[
        list[Literal["holiday", "people_away", "incident", "release_freeze", "other"]],
        Field(default_factory=list, max_length=5),
    ]
    text: Annotated[
        str | None,
        Field(max_length=2000, description="No names, please: e-mail addresses and @handles are masked."),
    ] = None
    left_out: Annotated[bool, Field(description="Keep the sprint out of every statistic.")] = False


class NoteOut(BaseModel):
    """What is noted of a sprint."""

    kinds: list[str]
    text: str | None
    left_out: bool
    left_out_at: Moment | None
    left_out_after: Annotated[
        int | None, Field(description="The newest report that had used the sprint when it was left out.")
    ]

    @classmethod
    def of(cls, note: NoteView) -> NoteOut:
        """Read it from its view."""
        return cls.model_validate(note, from_attributes=True)


class SprintOut(BaseModel):
    """A stored sprint: its header, every metric that has a value, and where it came from."""

    model_config = ConfigDict(extra="allow")

    sprint_id: str
    sprint_name: str
    provisional: Annotated[bool, Field(description="It had not ended at its last sync.")]
    dates_assumed: Annotated[
        bool, Field(description="Its dates were computed from an answer, since no source had them.")
    ]
    source: str | None
    first_synced_at: Moment
    last_synced_at: Moment
    revised_at: Annotated[Moment | None, Field(description="When values changed after it had closed.")]
    withheld: Annotated[list[str], Field(description="Metrics not shown because too few people answered.")]
    sources: Annotated[list[str], Field(description="Who knows the sprint, in the team's order.")]
    provenance: Annotated[dict[str, ValueOrigin], Field(description="The origin of each value, by metric.")]
    removed: Annotated[
        dict[str, ValueOrigin],
        Field(description="What had a value at the close and has none any more, by metric."),
    ]
    differences: Annotated[list[ValueDifference], Field(description="Where sources disagree.")]
    note: Annotated[NoteOut | None, Field(description="What the team noted of it.")]


class SprintStored(SprintOut):
    """A sprint as it was stored, and what to look at in what was sent."""

    unknown_names: Annotated[list[str], Field(description="Series that the registry does not know; kept.")]
    notes: list[str]


class SourceOfTeam(BaseModel):
    """A source of a team: how its last sync went, and what is stored of it."""

    name: str
    kind: str
    connected: Annotated[bool, Field(description="Added under /sources, so it can be synced by name.")]
    state: Annotated[
        Literal["ok", "empty", "lost_access", "refused", "unavailable"],
        Field(description="empty: no sprint where there were some; lost_access: 401, 403 or 404."),
    ]
    last_error: str | None
    last_error_at: Moment | None
    last_sync_at: Moment | None
    rows: int
    refused: Annotated[int | None, Field(description="Rows that its last sync refused.")]
    revised: Annotated[int, Field(description="Sprints of it that changed after they had closed.")]


class QualityFinding(BaseModel):
    """One thing to know about the record."""

    kind: str
    metric: Annotated[str, Field(description="Empty where it concerns no single metric.")]
    text: str
    withholds: Annotated[bool, Field(description="Nothing is concluded from this metric.")]


class QualityOut(BaseModel):
    """What the record of a team is worth."""

    verdict: Literal["good", "gaps", "alarm"]
    findings: list[QualityFinding]
    sources: Annotated[list[SourceOfTeam], Field(description="The first one counts first.")]


class OrderIn(Request):
    """Which source counts first."""

    order: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=100)]],
        Field(
            min_length=1,
            max_length=100,
            description="Names of the team's sources; the rest follow as they are.",
        ),
    ]


class SprintList(BaseModel):
    """Sprints, newest first."""

    items: list[SprintOut]
    next_cursor: str | None


class SprintBatch(Request):
    """Sprints to store."""

    items: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=10_000)]
    next_cursor: Annotated[
        str | None, Field(description="Not looked at: a page of the list may be sent as it is.")
    ] = None


class Upserted(BaseModel):
    """What a bulk upsert did; the four counts add up to the rows sent (rows sent twice count once)."""

    status: Literal["success"]
    created: int
    updated: int
    skipped: int
    rejected: list[RejectedRow]
    unknown_names: Annotated[list[str], Field(description="Series that the registry does not know; kept.")]
    notes: list[str]


def _origin(origin: Origin, hidden: bool) -> dict[str, Any]:
    return asdict(origin) | ({"was": None} if hidden else {})


def as_given(sprint: SprintMetrics, row: Mapping[str, Any]) -> SprintMetrics:
    """Return a sprint with what its answer says beside its values, so that it can be sent back as it was given."""
    note = row.get("note")
    noted: Mapping[str, Any] = note if isinstance(note, dict) else {}
    kinds = noted.get("kinds")
    return replace(
        sprint,
        provisional=row.get("provisional") is True,
        assumed=row.get("dates_assumed") is True and bool(sprint.start or sprint.end),
        notes=tuple(kind for kind in NOTES if isinstance(kinds, list) and kind in kinds),
        left_out=noted.get("left_out") is True,
    )


def is_withheld(row: Mapping[str, Any]) -> bool:
    """Return whether an answer did not show the sprint's happiness."""
    withheld = row.get("withheld")
    return isinstance(withheld, list) and privacy.HAPPINESS in withheld


def sprint_out(view: SprintView, *, withheld: bool) -> dict[str, Any]:
    """Return the wire form of a sprint, whose happiness was taken out where ``withheld``."""
    return {
        **view.metrics.to_payload(),
        "provisional": view.metrics.provisional,
        "dates_assumed": view.metrics.assumed,
        "source": view.source,
        "first_synced_at": stamp(view.first_synced_at),
        "last_synced_at": stamp(view.last_synced_at),
        "revised_at": stamp(view.revised_at) if view.revised_at else None,
        "withheld": ["team_happiness"] if withheld else [],
        "sources": list(view.sources),
        # What is not to be seen is not to be seen in another source's words either.
        "provenance": {m: _origin(o, withheld and m == privacy.HAPPINESS) for m, o in view.values.items()},
        "removed": {m: _origin(o, m == privacy.HAPPINESS) for m, o in view.removed.items()},
        "differences": [
            asdict(d) for d in view.differences if not (withheld and d.metric == privacy.HAPPINESS)
        ],
        "note": NoteOut.of(view.note).model_dump() if view.note else None,
    }
