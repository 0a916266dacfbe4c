"""The sample teams: stored on request, marked as samples, removed with all that was made of them.

No sprint of a sample ever meets a team's own: :func:`hansei.services.teams.for_sprints` holds them apart.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from hansei import jobs, sample
from hansei.core.metrics import parse_sprint
from hansei.db.models import Team
from hansei.services import sources, teams


def load(session: Session, *, now: datetime) -> str:
    """Store the simulated sample team; return its id. Loading it again changes nothing.

    Raises:
        Conflict: a team of its id is somebody's own.
    """
    found = sample.team(sample.SIMULATED)
    assert found is not None  # noqa: S101 - it is part of the package
    rows = [parse_sprint(dict(s)) for s in found.sprints]
    source = teams.source_row(session, name=sources.SAMPLE, kind=sources.SAMPLE, address=None)
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


def make_room(session: Session) -> None:
    """Make the simulated team, empty, where it is not there.

    Raises:
        Conflict: a team of its id is somebody's own.
    """
    found = sample.team(sample.SIMULATED)
    assert found is not None  # noqa: S101 - it is part of the package
    teams.for_sprints(session, found.team_id, name=found.name, sample=found.note)


def there(session: Session) -> list[str]:
    """Return the ids of the sample teams that are stored, A to Z."""
    return list(session.scalars(select(Team.id).where(Team.sample).order_by(Team.id)))


def remove(session: Session) -> list[str]:
    """Delete every sample team; return which there were."""
    session.execute(select(Team.id).where(Team.sample).with_for_update())  # as a team's own end does
    ids = there(session)
    jobs.revoke_of_teams(session, ids)
    session.execute(delete(Team).where(Team.id.in_(ids)))
    return ids
