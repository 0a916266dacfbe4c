"""What the record of a team is worth: where its values come from, and the verdict on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Label, Row, exists, func, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.expression import ColumnElement

from hansei.core.merging import SIZES
from hansei.core.metrics import SprintMetrics
from hansei.core.quality import Late, Provenance, Quality, judge
from hansei.db.models import SourceRow, SourceSprint, TeamSource
from hansei.services import privacy, sync, teams
from hansei.services.teams import SprintView


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A source of a team, in the team's order: how its last sync went, and what is stored of it."""

    name: str
    kind: str
    connected: bool
    state: str
    last_error: str | None
    last_error_at: datetime | None
    last_sync_at: datetime | None
    rows: int
    refused: int | None
    revised: int


def sources(session: Session, team_id: str) -> list[SourceLine]:
    """Return a team's sources in its order; ``revised`` counts their sprints that changed after the close."""
    counted = {
        source: (rows, revised, last)
        for source, rows, revised, last in session.execute(
            select(
                SourceSprint.source_id,
                func.count(),
                func.count(SourceSprint.revised_at),
                func.max(SourceSprint.last_synced_at),
            )
            .where(SourceSprint.team_id == team_id)
            .group_by(SourceSprint.source_id)
        )
    }
    query = (
        select(TeamSource, SourceRow)
        .join(SourceRow, SourceRow.id == TeamSource.source_id)
        .where(TeamSource.team_id == team_id)
        .order_by(TeamSource.position, TeamSource.source_id)
    )
    out = []
    for place, row in session.execute(query):
        rows, revised, last = counted.get(row.id, (0, 0, None))
        out.append(
            SourceLine(
                row.name,
                row.kind,
                row.connected,
                place.state,
                place.last_error,
                place.last_error_at,
                place.last_sync_at or last,
                rows,
                place.last_refused,
                revised,
            )
        )
    return out


def provenance(session: Session, team_id: str, views: Sequence[SprintView]) -> Provenance:
    """Return what is known of a team's values beside the values."""
    late: dict[str, dict[str, Late]] = {}
    disagreements: Counter[str] = Counter()
    for v in views:
        for metric, origin in v.values.items():
            if origin.revised_at is not None:
                late.setdefault(metric, {})[v.metrics.sprint_id] = Late(origin.revised_at, origin.was)
        disagreements.update({d.metric for d in v.differences})
    return Provenance(late, dict(disagreements), sync.states(session, team_id))


def clues(team_id: ColumnElement[str]) -> tuple[Label[bool], ...]:
    """Return columns for a statement about a team: what there is to know of its record beside the values."""
    rows, place = SourceSprint.__table__.c, TeamSource.__table__.c
    return (
        select(func.min(rows.source_id) != func.max(rows.source_id))
        .where(rows.team_id == team_id)
        .scalar_subquery()
        .label("several"),
        exists().where(rows.team_id == team_id, rows.revised.is_not(None)).label("revised"),
        exists().where(place.team_id == team_id, place.state != "ok").label("troubled"),
    )


def asked(session: Session, team_id: str, sprints: Sequence[SprintMetrics], found: Row[Any]) -> Provenance:
    """Return what :func:`provenance` does, asking only for what the row of :func:`clues` says that there is."""
    if found.several:
        return provenance(session, team_id, teams.sprint_views(session, team_id))
    return Provenance(
        _late(session, team_id, sprints) if found.revised else {},
        {},  # one source contradicts nobody
        sync.states(session, team_id) if found.troubled else (),
    )


def _late(session: Session, team_id: str, sprints: Sequence[SprintMetrics]) -> dict[str, dict[str, Late]]:
    """Return the values of a team with one source that changed after the close, of those that are still there."""
    query = select(SourceSprint.merged_id, SourceSprint.revised).where(
        SourceSprint.team_id == team_id, SourceSprint.revised.is_not(None)
    )
    revised = {merged_id: changes or {} for merged_id, changes in session.execute(query)}
    late: dict[str, dict[str, Late]] = {}
    for s in sprints:
        for metric, was in revised.get(s.sprint_id, {}).items():
            if metric in s.values or metric in s.extra or (metric == SIZES and s.sizes is not None):
                late.setdefault(metric, {})[s.sprint_id] = Late(datetime.fromisoformat(was["at"]), was["was"])
    return late


def verdict(session: Session, team_id: str, views: Sequence[SprintView], *, least_answers: int) -> Quality:
    """Judge the record of a team: its closed sprints that count, as they may be shown, oldest first."""
    shown = [
        privacy.withhold(v.metrics, least_answers)[0]
        for v in views
        if not v.metrics.provisional and not v.metrics.left_out
    ]
    return judge(shown, provenance(session, team_id, views))
