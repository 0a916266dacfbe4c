"""Syncing metrics: fetch from a source with no transaction open, then store in one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from hansei.core.metrics import slips
from hansei.core.ports import Fetched, Progress, Source
from hansei.core.quality import SourceState
from hansei.db.models import SourceRow, SourceSprint, TeamSource
from hansei.errors import AccessLost, SourceError, SourceRefused, SourceUnavailable
from hansei.services import judging, sprint_rows, teams


@dataclass(frozen=True, slots=True)
class SyncOrder:
    """What to sync, resolved: which team, how many sprints, whether closed ones are updated."""

    team_id: str
    sprint_count: int
    force_refresh: bool
    asked_team: str | None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where sprints came from, and what is known of a sample team (None for everybody else's)."""

    source: str
    kind: str
    address: str | None
    team_name: str | None = None
    sample: str | None = None


def fetch(source: Source, order: SyncOrder, progress: Progress) -> Fetched:
    """Ask the source.

    Raises:
        SourceRefused, SourceUnavailable: as the source says; also where all that it sent is refused.
    """
    progress(5, "asking the source")
    fetched = source.fetch(order.sprint_count, order.asked_team, progress)
    if fetched.rejected and not fetched.sprints:
        raise _nothing_usable(source.name, fetched)
    progress(80, "storing")
    return fetched


def _nothing_usable(source: str, fetched: Fetched) -> SourceRefused:
    count = len(fetched.rejected)
    what = (
        "the only sprint that it sent cannot"
        if count == 1
        else f"none of the {count} sprints that it sent can"
    )
    reasons = [r.reason for r in fetched.rejected[:3]]
    more = f" And {count - len(reasons)} more." if count > len(reasons) else ""
    return SourceRefused(
        f"The source “{source}” answered, but {what} be stored. {' '.join(reasons)}{more}",
        remedy="Nothing was changed. Mend what it sends, then sync again.",
    )


def store(
    session: Session,
    order: SyncOrder,
    fetched: Fetched,
    *,
    origin: Origin,
    now: datetime,
    least_answers: int,
) -> dict[str, Any]:
    """Store what was fetched, and every verdict that is due with it; return the counts.

    The counts add up to ``sprints_fetched``.
    """
    row = teams.source_row(session, name=origin.source, kind=origin.kind, address=origin.address)
    counts = teams.upsert(
        session,
        order.team_id,
        fetched.sprints,
        now=now,
        force=order.force_refresh,
        source_id=row.id,
        name=origin.team_name,
        sample=origin.sample,
    )
    row.last_sync_at, row.last_error = now, None
    alarm = _told(session, order.team_id, row, fetched, now)
    judged = judging.judge(session, order.team_id, least_answers=least_answers)
    return {
        "status": "success",
        "sprints_fetched": len(fetched.sprints) + len(fetched.rejected),
        "created": counts.created,
        "updated": counts.updated,
        "skipped": counts.skipped,
        "rejected": [{"row": r.row, "sprint_id": r.sprint_id, "reason": r.reason} for r in fetched.rejected],
        "unknown_names": list(fetched.unknown_names),
        "notes": [
            *fetched.notes,
            *slips(fetched.unknown_names),
            *teams.twins(session, order.team_id, fetched.sprints),
            *([alarm] if alarm else []),
        ],
        "team_id": order.team_id,
        "judged": judged,
    }


def failed(session: Session, team_id: str, source: str, error: SourceError, now: datetime) -> None:
    """Keep that a sync failed, so that lost access is not taken for silence; nothing that is stored goes."""
    row = session.scalar(select(SourceRow).where(SourceRow.name == source))
    if row is None:
        return
    row.last_error = error.sentence()
    place = session.get(TeamSource, (team_id, row.id))
    if place is not None:
        place.state = _state(error)
        place.last_error, place.last_error_at = error.sentence(), now


#: Made once, as every report asks.
_STATES = (
    select(SourceRow.name, TeamSource.state, TeamSource.last_error)
    .join(TeamSource, TeamSource.source_id == SourceRow.id)
    .where(TeamSource.team_id == bindparam("this_team"))
    .order_by(TeamSource.position)
)


def states(session: Session, team_id: str) -> tuple[SourceState, ...]:
    """Return how the last sync from each of a team's sources went."""
    found = session.execute(_STATES, {"this_team": team_id})
    return tuple(SourceState(name, state, text or "") for name, state, text in found)


def _state(error: SourceError) -> str:
    if isinstance(error, AccessLost):
        return "lost_access"
    return "unavailable" if isinstance(error, SourceUnavailable) else "refused"


def _told(session: Session, team_id: str, row: SourceRow, fetched: Fetched, now: datetime) -> str:
    """Keep how a sync went; return the alarm where nothing came although there was something."""
    session.flush()
    known = select(SourceSprint.sprint_id).where(
        SourceSprint.team_id == team_id, SourceSprint.source_id == row.id
    )
    any_known = session.scalar(known.limit(1)) is not None
    if not any_known:  # no place among the team's sources before it gave anything
        return ""
    place = sprint_rows.attach(session, team_id, row.id)
    place.last_sync_at = now
    place.last_rows, place.last_refused = len(fetched.sprints), len(fetched.rejected)
    alarm = ""
    if not fetched.sprints and not fetched.rejected:
        alarm = (
            f"The source “{row.name}” answered with no sprint, where it gave some before. What is stored stays; "
            "check the team id and what the key may see."
        )
    place.state, place.last_error = ("empty", alarm) if alarm else ("ok", None)
    place.last_error_at = now if alarm else None
    return alarm
