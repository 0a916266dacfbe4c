"""What the pages show of many rows at once, each in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, exists, func, not_, select
from sqlalchemy.orm import Session, aliased

from hansei import jobs
from hansei.db.models import ExperimentRow, Job, ReportRow, SourceRow, Sprint, Team, TeamSource
from hansei.jobs import JobView

UNFINISHED = ("PENDING", "STARTED", "RETRY")
_OTHER = aliased(Team)
_LATER = aliased(Job)
#: How many teams have a team's name.
_NAMESAKES = select(func.count()).where(_OTHER.name == Team.name).scalar_subquery()


@dataclass(frozen=True, slots=True)
class ReportHead:
    """A report in a list: no numbers, so that no two teams can be compared by them."""

    report_id: int
    team_id: str
    team_name: str
    headline: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Choice:
    """An experiment of a report that the team may choose, or has chosen."""

    experiment_id: int
    evidence_id: str
    title: str
    state: str


@dataclass(frozen=True, slots=True)
class TeamHead:
    """A team in the overview: its last report and its running experiment, if there are any."""

    team_id: str
    name: str
    sample: bool
    sprints: int
    last_end: datetime | None
    report: ReportHead | None
    experiment: str


@dataclass(frozen=True, slots=True)
class Alarm:
    """A source of a team in trouble: its ``state`` as stored, and the sentence of its last sync."""

    team_id: str
    team_name: str
    source: str
    state: str
    text: str | None
    since: datetime | None


def unfinished(session: Session) -> int:
    """Return how many tasks are waiting or running."""
    return session.scalar(select(func.count()).select_from(Job).where(Job.status.in_(UNFINISHED))) or 0


def team_names(session: Session, *, limit: int) -> list[tuple[str, str]]:
    """Return the ids and names of the first teams, in the order of the overview's pages."""
    query = select(Team.id, Team.name, _NAMESAKES).order_by(Team.id).limit(limit)
    return [(team_id, _told_apart(team_id, name, count)) for team_id, name, count in session.execute(query)]


def names_of(session: Session, team_ids: Iterable[str | None]) -> dict[str, str]:
    """Return the names of these teams, as far as they exist."""
    ids = {i for i in team_ids if i}
    if not ids:
        return {}
    found = session.execute(select(Team.id, Team.name, _NAMESAKES).where(Team.id.in_(ids)))
    return {team_id: _told_apart(team_id, name, count) for team_id, name, count in found}


def team_heads(session: Session, *, limit: int, after: str | None = None) -> list[TeamHead]:
    """Return teams by name, A to Z; ``after`` is the id of the last one already seen."""
    query = select(Team, _NAMESAKES).order_by(Team.id).limit(limit)
    if after is not None:
        query = query.where(Team.id > after)
    teams = [(team, count) for team, count in session.execute(query)]
    ids = [t.id for t, _ in teams]
    ends = {
        team_id: (count, end)
        for team_id, count, end in session.execute(
            select(Sprint.team_id, func.count(), func.max(Sprint.end_at))
            .where(Sprint.team_id.in_(ids), Sprint.provisional.is_(False))
            .group_by(Sprint.team_id)
        )
    }
    last = select(func.max(ReportRow.id)).where(ReportRow.team_id.in_(ids)).group_by(ReportRow.team_id)
    reports = {r.team_id: r for r in _heads(session, ReportRow.id.in_(last), limit=limit)}
    titles: dict[str, str] = {}
    running = select(ExperimentRow.team_id, ExperimentRow.title).where(
        ExperimentRow.team_id.in_(ids), ExperimentRow.state == "running"
    )
    for team_id, title in session.execute(running):
        titles.setdefault(team_id, title)
    heads = [
        TeamHead(
            t.id,
            _told_apart(t.id, t.name, count),
            t.sample,
            *ends.get(t.id, (0, None)),
            reports.get(t.id),
            titles.get(t.id, ""),
        )
        for t, count in teams
    ]
    return sorted(heads, key=lambda h: h.name.casefold())


def failures(session: Session, *, limit: int) -> list[JobView]:
    """Return the tasks that failed and that somebody should still look at, newest first.

    A sync is settled by a later one of its team that worked, every task by its team being deleted.
    """
    later = (
        exists()
        .where(_LATER.team_id == Job.team_id, _LATER.created_at >= Job.created_at)
        .where(_LATER.kind == Job.kind, _LATER.status == "SUCCESS", _LATER.finished_at >= Job.finished_at)
    )
    query = select(Job).where(Job.status == "FAILURE", ~jobs.of_a_deleted_team())
    query = query.where(not_(and_(Job.kind == "sync", later)))
    found = session.scalars(query.order_by(Job.created_at.desc(), Job.id.desc()).limit(limit))
    return [jobs.view(job) for job in found]


def alarms(session: Session, *, limit: int) -> list[Alarm]:
    """Return the sources whose last sync of a team brought nothing or failed, the one that did so first first."""
    query = (
        select(
            TeamSource.team_id,
            Team.name,
            SourceRow.name,
            TeamSource.state,
            TeamSource.last_error,
            TeamSource.last_error_at,
        )
        .join(Team, Team.id == TeamSource.team_id)
        .join(SourceRow, SourceRow.id == TeamSource.source_id)
        .where(TeamSource.state != "ok")
        .order_by(TeamSource.last_error_at, TeamSource.team_id, TeamSource.source_id)
        .limit(limit)
    )
    return [Alarm(*row) for row in session.execute(query)]


def report_heads(
    session: Session, *, limit: int, team_id: str | None = None, before: int | None = None
) -> list[ReportHead]:
    """Return reports newest first, without reading their bodies."""
    conditions = []
    if team_id is not None:
        conditions.append(ReportRow.team_id == team_id)
    if before is not None:
        conditions.append(ReportRow.id < before)
    return _heads(session, *conditions, limit=limit)


def choices(session: Session, report_id: int) -> list[Choice]:
    """Return the experiments of a report in its order, then the team's own that belong to it."""
    row = ExperimentRow
    query = select(row.id, row.evidence_id, row.title, row.state)
    found = session.execute(query.where(row.report_id == report_id).order_by(row.id))
    return [Choice(*each) for each in found]


def body(session: Session, report_id: int) -> dict[str, Any] | None:
    """Return the stored body of a report."""
    return session.scalar(select(ReportRow.body).where(ReportRow.id == report_id))


def _told_apart(team_id: str, name: str, namesakes: int) -> str:
    return f"{name} ({team_id})" if namesakes > 1 and name != team_id else name


def _heads(session: Session, *conditions: Any, limit: int) -> list[ReportHead]:
    query = (
        select(
            ReportRow.id, ReportRow.team_id, Team.name, _NAMESAKES, ReportRow.headline, ReportRow.created_at
        )
        .join(Team, Team.id == ReportRow.team_id)
        .where(*conditions)
        .order_by(ReportRow.id.desc())
        .limit(limit)
    )
    return [
        ReportHead(i, team_id, _told_apart(team_id, name, count), headline, made)
        for i, team_id, name, count, headline, made in session.execute(query)
    ]
