"""The sample teams: stored on request, marked as samples, removed with all that was made of them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from hansei import sample
from hansei.core.metrics import parse_sprint
from hansei.db.models import Team
from hansei.services import teams


def load(session: Session, *, now: datetime) -> str:
    """Store the simulated sample team; return its id. Loading it again changes nothing."""
    found = sample.team(sample.SIMULATED)
    assert found is not None  # noqa: S101 - it is part of the package
    rows = [parse_sprint(dict(s)) for s in found.sprints]
    source = teams.source_row(session, name="sample", kind="sample", address=None)
    teams.upsert(
        session,
        found.team_id,
        rows,
        now=now,
        force=False,
        source_id=source.id,
        name=found.name,
        sample=found.note,
    )
    return found.team_id


def remove(session: Session) -> int:
    """Delete every sample team; return how many there were."""
    ids = list(session.scalars(select(Team.id).where(Team.sample)))
    session.execute(delete(Team).where(Team.id.in_(ids)))
    return len(ids)
