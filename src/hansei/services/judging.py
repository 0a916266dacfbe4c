"""Judging experiments: when the registered sprints are there, once; and what a report tells of what was tried.

Whoever stores sprints or a report judges in the same transaction. Equal sprints give an equal verdict, and a verdict
that is stored is never computed again, so it does not matter who comes first or how often.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from sqlalchemy import Select, bindparam, or_, select
from sqlalchemy.orm import Session

from hansei.core import verdicts
from hansei.core.metrics import SprintMetrics
from hansei.core.report import Conclusion, Decided, Registration, Tried, plain
from hansei.core.stored import read_value
from hansei.core.verdicts import Judged, Kept, Start
from hansei.db.models import Decision, ExperimentRow
from hansei.db.session import Database
from hansei.db.types import database_time
from hansei.errors import Busy
from hansei.services import privacy, teams

#: More than these in one report would be a history, not a look back.
TRIED_SHOWN = 5
#: Named one by one, so that an index finds them among thousands that were only proposed.
STARTED = ("running", "judged", "abandoned")


@dataclass(frozen=True, slots=True)
class Pending:
    """A verdict that is due and not yet stored."""

    experiment_id: int
    judged: Judged


@dataclass(frozen=True, slots=True)
class LookBack:
    """What a report tells of the last meetings, and the verdicts that are to be stored with it."""

    tried: tuple[Tried, ...] = ()
    decided: Decided | None = None
    pending: tuple[Pending, ...] = ()


def prepare(database: Database, team_id: str) -> None:
    """Load the statistics before a transaction that may have to judge: loading takes longer than a lock may be held."""
    with database.read() as session:
        due = session.scalar(_running(team_id).with_only_columns(ExperimentRow.id).limit(1))
    if due is not None:
        load()


def load() -> None:
    """Load the statistics, which a door that lists and shows does without."""
    importlib.import_module("hansei.core.own")


def judge(session: Session, team_id: str, *, least_answers: int) -> int:
    """Store every verdict of a team that is due; return how many there were. Safe to call at any time, twice."""
    running = _running(team_id).with_for_update()
    rows = list(session.scalars(running))
    sprints = seen(session, team_id, least_answers) if rows else []
    judged = 0
    for row in rows:
        found = _verdict(row, sprints)
        if found is not None:
            _store(row, found)
            judged += 1
    session.flush()
    return judged


def look_back(session: Session, team_id: str, *, before: datetime | None, least_answers: int) -> LookBack:
    """Return what the next report tells; reads only. ``before`` is when the team's newest report read it.

    A verdict is told until the team has said what becomes of it, and once more in the report after that.
    """
    asked = _TOLD_FIRST if before is None else _TOLD
    rows = list(session.scalars(asked, {"this_team": team_id, "last_report": before}))
    sprints = seen(session, team_id, least_answers) if rows else []
    tried: list[Tried] = []
    pending: list[Pending] = []
    for row in sorted(rows, key=lambda r: (r.state == "running", r.id)):
        entry = kept(row)
        if entry is None:
            continue
        found = _verdict(row, sprints) if row.state == "running" else None
        if found is not None:
            pending.append(Pending(row.id, found))
            entry = Kept(row.id, row.title, "judged", entry.registration, entry.start, found)
        tried.append(verdicts.tell(f"T{len(tried) + 1}", entry, sprints))
    return LookBack(tuple(tried), _decided(session, team_id), tuple(pending))


def tell(session: Session, experiment_id: int, *, least_answers: int) -> Tried | None:
    """Return one started experiment as a report would tell it; None for one that never started."""
    row = session.get(ExperimentRow, experiment_id)
    entry = kept(row) if row else None
    if row is None or entry is None:
        return None
    return verdicts.tell("T1", entry, seen(session, row.team_id, least_answers))


def keep(session: Session, pending: Sequence[Pending]) -> None:
    """Store the verdicts that a report tells.

    Raises:
        Busy: an experiment went on meanwhile, and the report would tell another verdict than the one that stands.
    """
    for due in pending:
        row = session.get(ExperimentRow, due.experiment_id, with_for_update=True)
        if row is not None and row.state == "running":
            _store(row, due.judged)
        elif row is None or (row.verdict or {}).get("fingerprint") != due.judged.fingerprint:
            raise Busy("An experiment changed while the report was made.", remedy="Make the report again.")
    session.flush()


def kept(row: ExperimentRow) -> Kept | None:
    """Return a started experiment as it is stored; None for one that never started."""
    if row.start is None or row.state == "proposed":
        return None
    return Kept(
        experiment_id=row.id,
        title=row.title,
        state=cast("Literal['running', 'judged', 'abandoned']", row.state),
        registration=read_value(Registration, row.registration),
        start=read_value(Start, row.start),
        judged=read_value(Judged, row.verdict) if row.verdict else None,
        conclusion=cast("Conclusion | None", row.conclusion),
        note=(row.abandoned_because if row.state == "abandoned" else row.concluded_because) or "",
    )


def seen(session: Session, team_id: str, least_answers: int) -> list[SprintMetrics]:
    """Return all sprints of a team as they may be shown, oldest first."""
    found = teams.noted_sprints(session, team_id)
    return [privacy.withhold(s.metrics, least_answers)[0] for s in found]


def _running(team_id: str) -> Select[ExperimentRow]:
    return select(ExperimentRow).where(ExperimentRow.team_id == team_id, ExperimentRow.state == "running")


def _told(*, before: bool) -> Select[ExperimentRow]:
    row = ExperimentRow
    asked = (row.state == "running") | ((row.state == "judged") & row.conclusion.is_(None))
    times = (row.judged_at, row.concluded_at, row.abandoned_at)
    lately = or_(*(t > bindparam("last_report") if before else t.is_not(None) for t in times))
    newest = (
        select(row.id)
        .where(row.team_id == bindparam("this_team"), row.state.in_(STARTED), asked | lately)
        .order_by(row.id.desc())
        .limit(TRIED_SHOWN)
    )
    return select(row).where(row.id.in_(newest))


#: Made once, as every report asks: what is told in a team's first report, and in any other.
_TOLD_FIRST, _TOLD = _told(before=False), _told(before=True)
_DECIDED = (
    select(Decision, ExperimentRow.title)
    .outerjoin(ExperimentRow, ExperimentRow.id == Decision.experiment_id)
    .where(Decision.team_id == bindparam("this_team"))
    .order_by(Decision.decided_at.desc(), Decision.id.desc())
    .limit(1)
)


def _verdict(row: ExperimentRow, sprints: Sequence[SprintMetrics]) -> Judged | None:
    entry = kept(row)
    return verdicts.judge(entry.registration, entry.start, sprints) if entry else None


def _store(row: ExperimentRow, judged: Judged) -> None:
    row.state, row.outcome, row.verdict = "judged", judged.outcome, plain(judged)
    row.judged_at = database_time()


def _decided(session: Session, team_id: str) -> Decided | None:
    found = session.execute(_DECIDED, {"this_team": team_id}).one_or_none()
    if found is None:
        return None
    row, title = found
    return Decided(
        report_id=row.report_id,
        choice=cast("Literal['experiment', 'own', 'nothing']", row.choice),
        what=(title if row.choice == "experiment" else row.own) or "",
        reason=row.reason,
        role=row.role or "",
        decided_at=row.decided_at,
    )
