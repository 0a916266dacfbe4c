"""Teams and their sprints: read, put, delete, and the bulk upsert that a sync ends in."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session

from hansei import jobs
from hansei.core.compact import Compactor
from hansei.core.merging import combine, maybe_the_same
from hansei.core.metrics import NOTES, SprintMetrics, in_time_order, on_the_same_days
from hansei.core.quality import LEAST_DOUBLED
from hansei.core.words import ENGLISH
from hansei.db.models import ExperimentRow, ReportRow, SourceRow, SourceSprint, Sprint, SprintNote, Team
from hansei.db.queries import insert_into
from hansei.errors import Conflict, InvalidInput, NotFound, Problem
from hansei.services import privacy, said, sprint_rows
from hansei.services.said import Said, Whole
from hansei.services.sprint_rows import Counts
from hansei.services.text import printable

DEFAULT_TEAM = "default"
_TEAM_ID = re.compile(r"[A-Za-z0-9._-]{1,100}")
_ONLY_DOTS = re.compile(r"\.+")
#: A sentence names so many teams.
_NAMED = 8
#: Made once: to put a statement together costs more than to carry it out.
_NOTED = select(SprintNote).where(SprintNote.team_id == bindparam("this_team"))
_KNOWN = select(Team.__table__.c.id).where(Team.__table__.c.id == bindparam("this_team"))


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
class ValueOrigin:
    """Where a value comes from. ``revised_at``: when it changed after the close, and ``was`` what it was then."""

    source: str
    synced_at: datetime
    revised_at: datetime | None
    was: object


@dataclass(frozen=True, slots=True)
class ValueDifference:
    """Two sources of a sprint disagree: the value that counts, and another one."""

    metric: str
    source: str
    value: object
    other_source: str
    other_value: object


@dataclass(frozen=True, slots=True)
class NoteView:
    """What the team noted of a sprint. ``left_out_after``: the report that had used it when it was left out."""

    kinds: tuple[str, ...]
    text: str | None
    left_out: bool
    left_out_at: datetime | None
    left_out_after: int | None

    @classmethod
    def of(cls, row: SprintNote | None) -> NoteView | None:
        """Return the view of a row."""
        if row is None:
            return None
        kinds = tuple(k for k in NOTES if k in row.kinds)
        return cls(kinds, row.text, row.left_out, row.left_out_at, row.left_out_after)


@dataclass(frozen=True, slots=True)
class NotedSprint:
    """A stored sprint with what the team noted of it, whatever its values come from."""

    metrics: SprintMetrics
    note: NoteView | None


@dataclass(frozen=True, slots=True)
class SprintView:
    """A stored sprint: its metrics and where they came from.

    ``source`` is the first of ``sources``, which are in the team's order. ``values`` tells the origin of each series;
    ``removed`` tells of those that had a value at the close and have none any more.
    """

    metrics: SprintMetrics
    source: str | None
    first_synced_at: datetime
    last_synced_at: datetime
    revised_at: datetime | None
    sources: tuple[str, ...]
    values: Mapping[str, ValueOrigin]
    removed: Mapping[str, ValueOrigin]
    differences: tuple[ValueDifference, ...]
    note: NoteView | None


def check_team_id(team_id: str) -> str:
    """Return the id where it is a possible one.

    Raises:
        InvalidInput: it is not.
    """
    if not _TEAM_ID.fullmatch(team_id):
        sentence = "A team id has 1 to 100 of the characters A-Z a-z 0-9 . _ - and nothing else."
        raise InvalidInput(sentence, problems=(Problem("/team_id", sentence),))
    if _ONLY_DOTS.fullmatch(team_id):  # in an address "." and ".." are steps, so no page would be reached
        sentence = "A team id is not made of dots alone: give it a letter or a digit."
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


def require(session: Session, team_id: str) -> None:
    """Do nothing where there is such a team: one look at an index, where :func:`get` counts all that the team has.

    Raises:
        NotFound: there is no such team.
    """
    if session.scalar(_KNOWN, {"this_team": team_id}) is None:
        raise _unknown(session, team_id)


def put(session: Session, team_id: str, *, name: str | None = None) -> tuple[TeamView, bool]:
    """Create a team or rename it; return it and whether it is new."""
    team, created = ensure(session, team_id, name=name)
    if name is not None:
        team.name = clean_name(name) or team_id
    session.flush()
    return get(session, team_id), created


def remove(session: Session, team_id: str) -> None:
    """Delete a team with all that is stored of it; its tasks that wait or run are cancelled.

    Raises:
        NotFound: there is no such team.
        Conflict: an experiment is running.
    """
    team = _row(session, team_id)
    # The team first, as a task does that stores something for it: else each could wait for the other.
    session.refresh(team, with_for_update=True)
    running = select(ExperimentRow.id).where(
        ExperimentRow.team_id == team_id, ExperimentRow.state == "running"
    )
    if session.scalar(running.limit(1)) is not None:
        raise Conflict(f"Team {team_id} has a running experiment.", remedy="Abandon or judge it first.")
    jobs.revoke_of_teams(session, [team_id])
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
    insert = insert_into(session, Team).values(
        id=team_id, name=clean_name(name) or team_id, sample=sample is not None, note=sample
    )
    made = session.execute(insert.on_conflict_do_nothing().returning(Team.id)).one_or_none() is not None
    return session.scalars(query).one(), made


def for_sprints(
    session: Session, team_id: str, *, name: str | None = None, sample: str | None = None
) -> tuple[Team, bool]:
    """Return what :func:`ensure` does, where such sprints may go into the team.

    A team holds sprints that come with Hansei (``sample``: what to know about them) or a team's own, never both: they
    would be analysed together. A team that nothing was stored of may become a sample.

    Raises:
        Conflict: the team is of the other kind.
    """
    team, made = ensure(session, team_id, name=name, sample=sample)
    check_kind(session, team_id, sample=sample is not None)
    if sample is not None and not team.sample:
        team.sample, team.note = True, sample
        if name and team.name == team_id:
            team.name = clean_name(name)
    return team, made


def check_kind(session: Session, team_id: str, *, sample: bool) -> None:
    """Do nothing where sprints that come with Hansei (``sample``), or a team's own, may go into a team as it is now.

    Raises:
        Conflict: the team is of the other kind.
    """
    team = session.get(Team, team_id)
    if team is None or team.sample == sample:
        return
    if team.sample:
        raise Conflict(
            f"Team {team_id} holds sample data that comes with Hansei, so no other sprints go into it.",
            remedy="Send them to another team, or remove the sample first: `hansei team remove-sample`, or “Remove "
            "sample” in the dashboard.",
        )
    if not _bare(session, team_id):
        raise Conflict(
            f"Team {team_id} is one of your own, so no sample data goes into it.",
            remedy="Look at the sample in a data folder of its own: `hansei up --sample --data-dir FOLDER`.",
        )


def sprints(
    session: Session, team_id: str, *, limit: int, after: int = 0
) -> tuple[list[SprintView], int | None]:
    """Return a team's sprints newest first, from position ``after``, and the next position if there is one.

    Raises:
        NotFound: there is no such team.
    """
    _row(session, team_id)
    found = _in_order(session, team_id)[::-1]
    end = after + limit
    ids = [s.sprint_id for s in found[after:end]]
    views = {v.metrics.sprint_id: v for v in _sprint_views(session, team_id, ids)}
    return [views[i] for i in ids], end if end < len(found) else None


def sprint_views(session: Session, team_id: str) -> list[SprintView]:
    """Return every sprint of a team, oldest first."""
    views = {v.metrics.sprint_id: v for v in _sprint_views(session, team_id, None)}
    return [views[s.sprint_id] for s in in_time_order(v.metrics for v in views.values())]


def noted_sprints(session: Session, team_id: str, *, noted: bool = True) -> list[NotedSprint]:
    """Return every sprint of a team as :func:`sprint_views` does, without what its sources say: half of the cost.

    ``noted`` is False where it is known that none has a note.
    """
    session.flush()
    notes = _notes(session, team_id) if noted else {}
    rows = said.wholes(session, team_id)
    sprints = in_time_order(said.metrics_of(row, notes.get(row.sprint_id)) for row in rows)
    return [NotedSprint(s, NoteView.of(notes.get(s.sprint_id))) for s in sprints]


def latest_closed(session: Session, team_id: str, count: int) -> tuple[list[SprintMetrics], int]:
    """Return the last sprints of a team that have ended and count, oldest first, and how many there are in all."""
    left_out = set(
        session.scalars(
            select(SprintNote.sprint_id).where(SprintNote.team_id == team_id, SprintNote.left_out.is_(True))
        )
    )
    closed = [
        s.sprint_id for s in _in_order(session, team_id) if not s.provisional and s.sprint_id not in left_out
    ]
    query = select(Sprint).where(Sprint.team_id == team_id, Sprint.sprint_id.in_(closed[-count:]))
    return in_time_order(said.metrics_of(row) for row in session.scalars(query)), len(closed)


def _in_order(session: Session, team_id: str) -> list[SprintMetrics]:
    """Return the sprints of a team without their values, oldest first."""
    row = Sprint
    query = select(row.sprint_id, row.name, row.start_at, row.end_at, row.provisional).where(
        row.team_id == team_id
    )
    return in_time_order(
        SprintMetrics(sprint_id, name, start, end, provisional=still_open)
        for sprint_id, name, start, end, still_open in session.execute(query)
    )


def get_sprint(session: Session, team_id: str, sprint_id: str) -> SprintView:
    """Return one sprint, by its id or by the id that one of its sources uses.

    Raises:
        NotFound: there is no such team or sprint.
    """
    _row(session, team_id)
    home = sprint_rows.home_of(session, team_id, sprint_id)
    if home is None:
        raise NotFound(
            f"Team {team_id} has no sprint “{sprint_id[:100]}”.",
            remedy=f"`hansei team sprints {team_id}` or GET /teams/{team_id}/sprints lists the ids.",
        )
    return _sprint_views(session, team_id, [home])[0]


def with_unseen(
    session: Session, team_id: str, sprints: Sequence[SprintMetrics], unseen: Container[str]
) -> list[SprintMetrics]:
    """Return sprints that somebody sends back as they were shown; of the ``unseen`` ones happiness stays as stored."""
    out = {s.sprint_id: s for s in sprints}
    wanted = [s for s in sprints if s.sprint_id in unseen and privacy.HAPPINESS not in s.values]
    for some in said.few(wanted):
        stored = said.of_source(
            session, team_id, sprint_rows.api_source(session), [s.sprint_id for s in some]
        )
        for sprint_id, row in stored.items():
            if (hidden := row.metrics.get(privacy.HAPPINESS)) is not None:
                values = {**out[sprint_id].values, privacy.HAPPINESS: hidden}
                out[sprint_id] = replace(out[sprint_id], values=values)
    return list(out.values())


def twins(session: Session, team_id: str, sprints: Sequence[SprintMetrics]) -> list[str]:
    """Return a sentence for what may be one sprint and is stored as two, where one of these is among them."""
    return [*_same_days(session, team_id, sprints), *_two_names(session, team_id, sprints)]


def _two_names(session: Session, team_id: str, sprints: Iterable[SprintMetrics]) -> list[str]:
    """Say that sprints without dates may be others that have some, under a name that ends alike."""
    columns = (Sprint.sprint_id, Sprint.name, Sprint.start_at, Sprint.end_at, Sprint.assumed)
    query = select(*columns).where(Sprint.team_id == team_id)
    undated = or_(Sprint.assumed, and_(Sprint.start_at.is_(None), Sprint.end_at.is_(None)))
    if session.execute(query.where(undated).limit(1)).first() is None:
        return []
    stored = [
        SprintMetrics(sprint_id, name, start, end, assumed=assumed)
        for sprint_id, name, start, end, assumed in session.execute(query)
    ]
    sent = {called for s in sprints for called in (s.sprint_id, s.name)}
    pairs = [
        (one, other)
        for one, other in maybe_the_same(stored)
        if not sent.isdisjoint((one.sprint_id, one.name, other.sprint_id, other.name))
    ]
    if len(pairs) < LEAST_DOUBLED:
        return []
    one, other = pairs[0]
    return [ENGLISH("record.doubled", n=len(pairs), one=one.name[:60], other=other.name[:60])]


def _same_days(session: Session, team_id: str, sprints: Iterable[SprintMetrics]) -> list[str]:
    """Return a sentence for each stored sprint of a team that has the same days as another, and as one of these."""
    sent = [(s.start, s.end) for s in sprints if s.start and s.end]
    if not sent:
        return []
    first, last = min(start for start, _ in sent), max(end for _, end in sent)
    query = select(Sprint.name, Sprint.start_at, Sprint.end_at).where(
        Sprint.team_id == team_id,
        Sprint.start_at >= first - timedelta(days=1),
        Sprint.end_at <= last + timedelta(days=1),
    )
    stored = [(name, start, end) for name, start, end in session.execute(query)]
    return on_the_same_days(stored, only={(start.date(), end.date()) for start, end in sent})


def remove_sprint(session: Session, team_id: str, sprint_id: str) -> None:
    """Delete one sprint, whatever its sources; reports that used it keep their own copy of its values.

    Raises:
        NotFound: there is no such team or sprint.
    """
    sprint_rows.remove(session, team_id, get_sprint(session, team_id, sprint_id).metrics.sprint_id)


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
    adding: bool = False,
) -> Counts:
    """Store sprints of one source in bulk; the ids in ``rows`` must be unique.

    Without ``source_id`` they are rows that somebody sent over the API. ``name`` and ``sample`` (what to know about a
    team that comes with Hansei) count where the team is new. A sprint that had not ended at its last sync is always
    refreshed; a closed one only with ``force``. With ``adding`` what a row does not say stays as it was said before.

    Raises:
        Conflict: sample sprints and a team's own would meet.
    """
    if not rows:
        return Counts(0, 0, 0)
    for_sprints(session, team_id, name=name, sample=sample)
    source = sprint_rows.api_source(session) if source_id is None else source_id
    return sprint_rows.store(session, team_id, rows, source_id=source, now=now, force=force, adding=adding)


def source_row(session: Session, *, name: str, kind: str, address: str | None) -> SourceRow:
    """Return the provenance row of a source, made where it is new."""
    return sprint_rows.source_row(session, name=name, kind=kind, address=address)


def to_report_on(session: Session) -> str:
    """Return the team of a report that names none: the only one that has sprints, else the default one.

    A sample counts only where no other team has sprints; of several samples it is the first.
    """
    for sample in (False, True):
        query = select(Team.id).where(Team.sample.is_(sample), exists().where(Sprint.team_id == Team.id))
        found = session.scalars(query.order_by(Team.created_at, Team.id).limit(2)).all()
        if found:
            return found[0] if len(found) == 1 or sample else DEFAULT_TEAM
    return DEFAULT_TEAM


def own(session: Session) -> int:
    """Return how many teams are no sample."""
    return session.scalar(select(func.count()).select_from(Team).where(Team.sample.is_(False))) or 0


def known(session: Session) -> str:
    """Return a sentence that names the teams there are, for somebody who named another."""
    found = session.scalars(select(Team.id).order_by(Team.id).limit(_NAMED + 1)).all()
    if not found:
        return "There is no team yet: a sync or an import makes one."
    more = ", and more" if len(found) > _NAMED else ""
    return f"The teams there are: {', '.join(found[:_NAMED])}{more}."


def _row(session: Session, team_id: str) -> Team:
    team = session.get(Team, team_id)
    if team is None:
        raise _unknown(session, team_id)
    return team


def _unknown(session: Session, team_id: str) -> NotFound:
    return NotFound(f"There is no team “{team_id[:100]}”.", remedy=known(session))


def _bare(session: Session, team_id: str) -> bool:
    """Say whether nothing is stored of a team and no source is bound to it."""
    kept = (SourceSprint, Sprint, ReportRow, ExperimentRow, SourceRow)
    return not any(session.scalar(select(exists().where(table.team_id == team_id))) for table in kept)


def clean_name(name: str | None) -> str:
    """Return a team's name as it is stored; empty where nothing is left of it."""
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


def _sprint_views(session: Session, team_id: str, ids: Sequence[str] | None) -> list[SprintView]:
    """Return the named sprints (all of them where none are named), in no order."""
    session.flush()  # the rows are read past the session's own objects
    notes = _notes(session, team_id)
    rows = said.by_sprint(session, team_id, ids)
    (names, order), compact = said.names_and_order(session, team_id), Compactor()
    return [
        _sprint_view(s, rows.get(s.sprint_id, []), notes.get(s.sprint_id), names, order, compact)
        for s in said.wholes(session, team_id, ids)
    ]


def _notes(session: Session, team_id: str) -> dict[str, SprintNote]:
    return {n.sprint_id: n for n in session.scalars(_NOTED, {"this_team": team_id})}


def _sprint_view(
    row: Whole,
    members: Sequence[Said],
    note: SprintNote | None,
    names: Mapping[int, str],
    order: Sequence[int],
    compact: Compactor,
) -> SprintView:
    by_source = {r.source_id: r for r in members}
    values: dict[str, ValueOrigin] = {}
    removed: dict[str, ValueOrigin] = {}
    sources: tuple[str, ...] = ()
    differences: tuple[ValueDifference, ...] = ()
    if members:
        merged = combine([said.as_row(r) for r in members], order, sprint_id=row.sprint_id)
        sources = tuple(names[source] for source, _ in merged.members)
        unchanged = {
            r.source_id: ValueOrigin(names[r.source_id], r.last_synced_at, None, None) for r in members
        }
        values = {
            metric: _origin(by_source[source], metric, unchanged[source])
            for metric, source in merged.origins.items()
        }
        for source, _ in merged.members:
            for metric in by_source[source].revised or {}:
                if metric not in merged.origins and metric not in removed:
                    removed[metric] = _origin(by_source[source], metric, unchanged[source])
        differences = tuple(
            ValueDifference(d.metric, names[d.source], d.value, names[d.other], d.other_value)
            for d in merged.differences
        )
    return SprintView(
        metrics=said.metrics_of(row, note),
        source=sources[0] if sources else None,
        first_synced_at=row.first_synced_at,
        last_synced_at=row.last_synced_at,
        revised_at=row.revised_at,
        sources=sources,
        values=compact(values),
        removed=removed,
        differences=differences,
        note=NoteView.of(note),
    )


def _origin(row: Said, metric: str, unchanged: ValueOrigin) -> ValueOrigin:
    late = row.revised.get(metric) if row.revised else None
    if not late:
        return unchanged
    return replace(unchanged, revised_at=datetime.fromisoformat(late["at"]), was=late["was"])
