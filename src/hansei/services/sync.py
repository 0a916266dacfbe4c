"""Syncing metrics: fetch from a source with no transaction open, then store in one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from hansei.core.ports import Fetched, Progress, Source
from hansei.services import teams


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
        SourceRefused, SourceUnavailable: as the source says.
    """
    progress(5, "asking the source")
    fetched = source.fetch(order.sprint_count, order.asked_team, progress)
    progress(80, "storing")
    return fetched


def store(
    session: Session,
    order: SyncOrder,
    fetched: Fetched,
    *,
    origin: Origin,
    now: datetime,
) -> dict[str, Any]:
    """Store what was fetched; return the counts, which add up to ``sprints_fetched``."""
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
    return {
        "status": "success",
        "sprints_fetched": len(fetched.sprints) + len(fetched.rejected),
        "created": counts.created,
        "updated": counts.updated,
        "skipped": counts.skipped,
        "rejected": [{"row": r.row, "sprint_id": r.sprint_id, "reason": r.reason} for r in fetched.rejected],
        "unknown_names": list(fetched.unknown_names),
        "notes": list(fetched.notes),
        "team_id": order.team_id,
    }
