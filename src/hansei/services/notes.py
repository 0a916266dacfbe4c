"""What the team knows of a sprint that no number says: a holiday, an incident, and whether to leave it out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from hansei.core.metrics import NOTES, SprintMetrics
from hansei.db.models import ReportRow, SprintNote
from hansei.errors import InvalidInput, Problem
from hansei.services import sprint_rows, teams
from hansei.services.homes import MOST_TEXT
from hansei.services.teams import SprintView
from hansei.services.text import note as masked

#: Reports looked through for one that had used a sprint.
_REPORTS_READ = 100


def put(
    session: Session,
    team_id: str,
    sprint_id: str,
    *,
    kinds: Iterable[str],
    text: str | None,
    left_out: bool,
    now: datetime,
) -> SprintView:
    """Keep what is noted of a sprint; e-mail addresses and @handles are masked before it is stored.

    Where nothing is noted and the sprint counts, there is no note any more.

    Raises:
        NotFound: there is no such team or sprint.
        InvalidInput: an unknown kind, or a text too long.
    """
    chosen = set(kinds)
    _check(chosen, text)
    teams.get_sprint(session, team_id, sprint_id)
    teams.ensure(session, team_id)  # locks it: a sync must not give the sprint another id meanwhile
    home = teams.get_sprint(session, team_id, sprint_id).metrics.sprint_id
    row = session.get(SprintNote, (team_id, home))
    kept = masked(text)
    if not chosen and not kept and not left_out:
        if row is not None:
            session.delete(row)
            session.flush()
        return teams.get_sprint(session, team_id, home)
    if row is None:
        row = SprintNote(team_id=team_id, sprint_id=home, left_out=False)
        session.add(row)
    row.kinds = [k for k in NOTES if k in chosen]
    row.text, row.updated_at = kept, now
    if left_out != row.left_out:
        row.left_out = left_out
        row.left_out_at = now if left_out else None
        row.left_out_after = _last_use(session, team_id, home) if left_out else None
    session.flush()
    return teams.get_sprint(session, team_id, home)


def take_over(session: Session, team_id: str, sprints: Iterable[SprintMetrics], now: datetime) -> None:
    """Note of stored sprints what a table of ours says, where the team has noted nothing; the team is locked."""
    noted = [s for s in sprints if s.notes or s.left_out]
    if not noted:
        return
    homes = sprint_rows.homes_of(session, team_id)
    known = set(session.scalars(select(SprintNote.sprint_id).where(SprintNote.team_id == team_id)))
    for sprint in noted:
        home = homes[sprint.sprint_id]
        if home in known:
            continue
        known.add(home)
        session.add(
            SprintNote(
                team_id=team_id,
                sprint_id=home,
                kinds=list(sprint.notes),
                left_out=sprint.left_out,
                left_out_at=now if sprint.left_out else None,
                left_out_after=_last_use(session, team_id, home) if sprint.left_out else None,
                updated_at=now,
            )
        )
    session.flush()


def remove(session: Session, team_id: str, sprint_id: str) -> None:
    """Forget what is noted of a sprint; it counts again.

    Raises:
        NotFound: there is no such team or sprint.
    """
    home = teams.get_sprint(session, team_id, sprint_id).metrics.sprint_id
    row = session.get(SprintNote, (team_id, home))
    if row is not None:
        session.delete(row)


def _check(kinds: set[str], text: str | None) -> None:
    unknown = sorted(kinds.difference(NOTES))
    if unknown:
        problem = Problem("/kinds", f"“{unknown[0][:40]}” is no kind of note: use {', '.join(NOTES)}.")
        raise InvalidInput(problem.detail, problems=(problem,))
    if text is not None and len(text) > MOST_TEXT:
        problem = Problem("/text", f"A note has at most {MOST_TEXT:,} characters.")
        raise InvalidInput(problem.detail, problems=(problem,))


def _last_use(session: Session, team_id: str, sprint_id: str) -> int | None:
    """Return the newest report that had used the sprint."""
    query = (
        select(ReportRow.id, ReportRow.body)
        .where(ReportRow.team_id == team_id)
        .order_by(ReportRow.id.desc())
        .limit(_REPORTS_READ)
    )
    for report_id, body in session.execute(query.execution_options(yield_per=5)):
        if any(s.get("sprint_id") == sprint_id for s in body.get("sprints", ())):
            return int(report_id)
    return None
