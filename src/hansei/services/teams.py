"""Teams and their sprints: read, put, delete, and the bulk upsert that a sync ends in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from hansei.core.metrics import SprintMetrics, in_time_order
from hansei.db.models import ExperimentRow, ReportRow, SourceRow, Sprint, Team
from hansei.errors import Conflict, InvalidInput, NotFound, Problem
from hansei.services.text import printable

DEFAULT_TEAM = "default"
_TEAM_ID = re.compile(r"[A-Za-z0-9._-]{1,100}")


@dataclass(frozen=True, slots=True)
class TeamView:
    """A team and what is stored of it."""

    team_id: str
    name: str
    sample: bool
    note: str | None
    sprints: int
    reports: int
    last_synced_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class SprintView:
    """A stored sprint: its metrics and where they came from."""

    metrics: SprintMetrics
    source: str | None
    first_synced_at: datetime
    last_synced_at: datetime
    revised_at: datetime | None


@dataclass(frozen=True, slots=True)
class Counts:
    """What a bulk upsert did; the three add up to the rows given."""

    created: int
    updated: int
    skipped: int


def check_team_id(team_id: str) -> str:
    """Return the id where it is a possible one.

    Raises:
        InvalidInput: it is not.
    """
    if not _TEAM_ID.fullmatch(team_id):
        sentence = "A team id has 1 to 100 of the characters A-Z a-z 0-9 . _ - and nothing else."
        raise InvalidInput(sentence, problems=(Problem("/team_id", sentence),))
    return team_id


def listed(session: Session, *, limit: int, after: str | None = None) -> list[TeamView]:
    """Return teams by id, A to Z."""
    query = select(Team).order_by(Team.id).limit(limit)
    if after is not None:
        query = query.where(Team.id > after)
    teams = list(session.scalars(query))
    return _views(session, teams)


def get(session: Session, team_id: str) -> TeamView:
    """Return one team.

    Raises:
        NotFound: there is no such team.
    """
    return _views(session, [_row(session, team_id)])[0]


def put(session: Session, team_id: str, *, name: str | None = None) -> tuple[TeamView, bool]:
    """Create a team or rename it; return it and whether it is new."""
    team, created = ensure(session, team_id, name=name)
    if name is not None:
        team.name = _clean_name(name) or team_id
    session.flush()
    return get(session, team_id), created


def remove(session: Session, team_id: str) -> None:
    """Delete a team with all that is stored of it.

    Raises:
        NotFound: there is no such team.
        Conflict: an experiment is running.
    """
    team = _row(session, team_id)
    running = select(ExperimentRow.id).where(
        ExperimentRow.team_id == team_id, ExperimentRow.state == "running"
    )
    if session.scalar(running.limit(1)) is not None:
        raise Conflict(f"Team {team_id} has a running experiment.", remedy="Abandon or judge it first.")
    session.delete(team)


def ensure(
    session: Session, team_id: str, *, name: str | None = None, sample: str | None = None
) -> tuple[Team, bool]:
    """Return the team's row, locked until the transaction ends, and whether it was made now."""
    check_team_id(team_id)
    query = select(Team).where(Team.id == team_id).with_for_update()
    team = session.scalar(query)
    if team is not None:
        return team, False
    insert = _insert(session)(Team).values(
        id=team_id, name=_clean_name(name) or team_id, sample=sample is not None, note=sample
    )
    made = session.execute(insert.on_conflict_do_nothing().returning(Team.id)).one_or_none() is not None
    return session.scalars(query).one(), made


def sprints(
    session: Session, team_id: str, *, limit: int, after: int = 0
) -> tuple[list[SprintView], int | None]:
    """Return a team's sprints newest first, from position ``after``, and the next position if there is one.

    Raises:
        NotFound: there is no such team.
    """
    _row(session, team_id)
    views = sprint_views(session, team_id)[::-1]
    end = after + limit
    return views[after:end], end if end < len(views) else None


def sprint_views(session: Session, team_id: str) -> list[SprintView]:
    """Return every sprint of a team, oldest first."""
    names = _source_names(session)
    views = {
        row.sprint_id: _sprint_view(row, names)
        for row in session.scalars(select(Sprint).where(Sprint.team_id == team_id))
    }
    return [views[s.sprint_id] for s in in_time_order(v.metrics for v in views.values())]


def get_sprint(session: Session, team_id: str, sprint_id: str) -> SprintView:
    """Return one sprint.

    Raises:
        NotFound: there is no such team or sprint.
    """
    _row(session, team_id)
    row = session.get(Sprint, (team_id, sprint_id))
    if row is None:
        raise NotFound(
            f"Team {team_id} has no sprint “{sprint_id[:100]}”.", remedy="GET its sprints for the ids."
        )
    names = _source_names(session)
    return _sprint_view(row, names)


def remove_sprint(session: Session, team_id: str, sprint_id: str) -> None:
    """Delete one sprint; reports that used it keep their own copy of its values.

    Raises:
        NotFound: there is no such team or sprint.
    """
    get_sprint(session, team_id, sprint_id)
    session.execute(delete(Sprint).where(Sprint.team_id == team_id, Sprint.sprint_id == sprint_id))


def upsert(
    session: Session,
    team_id: str,
    rows: Sequence[SprintMetrics],
    *,
    now: datetime,
    force: bool,
    source_id: int | None = None,
    name: str | None = None,
    sample: str | None = None,
) -> Counts:
    """Store sprints in bulk; the ids in ``rows`` must be unique.

    ``name`` and ``sample`` (what to know about a team that comes with Hansei) count where the team is new. A
    sprint that had not ended at its last sync is always refreshed; a closed one only with ``force``.
    """
    if not rows:
        return Counts(0, 0, 0)
    ensure(session, team_id, name=name, sample=sample)
    known = _stored(session, team_id, [r.sprint_id for r in rows])
    wanted = [r for r in rows if force or r.sprint_id not in known or known[r.sprint_id].provisional]
    values = [_values(team_id, r, known.get(r.sprint_id), now, source_id) for r in wanted]
    if values:
        insert = _insert(session)(Sprint)
        kept = ("team_id", "sprint_id", "first_synced_at")
        changed = {c: insert.excluded[c] for c in values[0] if c not in kept}
        statement = insert.on_conflict_do_update(index_elements=["team_id", "sprint_id"], set_=changed)
        session.execute(statement, values)
    created = sum(1 for r in wanted if r.sprint_id not in known)
    return Counts(created, len(wanted) - created, len(rows) - len(wanted))


def source_row(session: Session, *, name: str, kind: str, address: str | None) -> SourceRow:
    """Return the provenance row of a source, made where it is new."""
    row = session.scalar(select(SourceRow).where(SourceRow.name == name))
    if row is None:
        insert = _insert(session)(SourceRow).values(name=name, kind=kind, address=address)
        session.execute(insert.on_conflict_do_nothing())
        row = session.scalars(select(SourceRow).where(SourceRow.name == name)).one()
    row.kind, row.address = kind, address
    return row


def only_team_with_sprints(session: Session) -> str | None:
    """Return the one team that has sprints; None where there is none or more than one."""
    found = session.scalars(select(Sprint.team_id).distinct().limit(2)).all()
    return found[0] if len(found) == 1 else None


def exists(session: Session, team_id: str) -> bool:
    """Say whether there is such a team."""
    return session.get(Team, team_id) is not None


def _insert(session: Session) -> Any:
    return sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgres_insert


def _row(session: Session, team_id: str) -> Team:
    team = session.get(Team, team_id)
    if team is None:
        raise NotFound(f"There is no team “{team_id[:100]}”.", remedy="GET /teams lists the teams there are.")
    return team


def _source_names(session: Session) -> dict[int, str]:
    return {row.id: row.name for row in session.scalars(select(SourceRow))}


def _clean_name(name: str | None) -> str:
    return " ".join(printable(name or "").split())[:200]


def _views(session: Session, teams: Iterable[Team]) -> list[TeamView]:
    rows = list(teams)
    ids = [t.id for t in rows]
    counted = {
        team_id: (count, last)
        for team_id, count, last in session.execute(
            select(Sprint.team_id, func.count(), func.max(Sprint.last_synced_at))
            .where(Sprint.team_id.in_(ids))
            .group_by(Sprint.team_id)
        )
    }
    counting = (
        select(ReportRow.team_id, func.count()).where(ReportRow.team_id.in_(ids)).group_by(ReportRow.team_id)
    )
    reports = {team_id: count for team_id, count in session.execute(counting)}  # noqa: C416 - rows are not pairs to mypy
    return [
        TeamView(
            team_id=t.id,
            name=t.name,
            sample=t.sample,
            note=t.note,
            sprints=counted.get(t.id, (0, None))[0],
            reports=reports.get(t.id, 0),
            last_synced_at=counted.get(t.id, (0, None))[1],
            created_at=t.created_at,
        )
        for t in rows
    ]


def _stored(session: Session, team_id: str, sprint_ids: list[str]) -> dict[str, Sprint]:
    query = select(Sprint).where(Sprint.team_id == team_id)
    if len(sprint_ids) <= 500:
        query = query.where(Sprint.sprint_id.in_(sprint_ids))
    return {row.sprint_id: row for row in session.scalars(query)}


def _values(
    team_id: str, row: SprintMetrics, before: Sprint | None, now: datetime, source_id: int | None
) -> dict[str, Any]:
    late = before is not None and not before.provisional and _differs(before, row)
    return {
        "team_id": team_id,
        "sprint_id": row.sprint_id,
        "name": row.name,
        "start_at": row.start,
        "end_at": row.end,
        "metrics": dict(row.values),
        "extra": dict(row.extra),
        "sizes": dict(row.sizes) if row.sizes is not None else None,
        "provisional": row.end is not None and row.end > now,
        "source_id": source_id,
        "first_synced_at": now,
        "last_synced_at": now,
        "revised_at": now if late else (before.revised_at if before else None),
    }


def _differs(before: Sprint, row: SprintMetrics) -> bool:
    return (before.metrics, before.extra, before.sizes) != (
        dict(row.values),
        dict(row.extra),
        dict(row.sizes) if row.sizes is not None else None,
    )


def _sprint_view(row: Sprint, names: dict[int, str]) -> SprintView:
    return SprintView(
        metrics=SprintMetrics(
            sprint_id=row.sprint_id,
            name=row.name,
            start=row.start_at,
            end=row.end_at,
            values=row.metrics,
            sizes=row.sizes,
            extra=row.extra,
            provisional=row.provisional,
        ),
        source=names.get(row.source_id) if row.source_id is not None else None,
        first_synced_at=row.first_synced_at,
        last_synced_at=row.last_synced_at,
        revised_at=row.revised_at,
    )
