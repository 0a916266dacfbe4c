"""Each source's rows, kept apart, and the sprints put together of them.

``source_sprints`` holds what each source said; ``sprints`` holds one row for each sprint (core/merging.py) and is what
the analysis, the API and the pages read. Whoever changes the first renews the second in the same transaction.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from hansei.core.compact import plain
from hansei.core.merging import SIZES, combine
from hansei.core.metrics import SprintMetrics, stamp
from hansei.db.models import SourceRow, SourceSprint, Sprint, SprintNote, TeamSource
from hansei.db.queries import insert_into
from hansei.services import homes, said
from hansei.services.said import API, Place, Said

#: Which kind of source counts first where nobody chose: what people sent themselves, then live sources, then tables.
_RANKS = {"api": 0, "table": 2, "sample": 3}
_LIVE = 1
#: Changed values that are listed one by one.
MOST_LISTED = 1000
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Counts:
    """What a bulk upsert did; the three add up to the rows given.

    ``created``: sprints that the team did not have. A row about a sprint that another source knows is ``updated``.
    """

    created: int
    updated: int
    skipped: int


@dataclass(frozen=True, slots=True)
class ValueChange:
    """A value that would change; None where there was or would be none.

    ``instead``: the source whose value is shown all the same, since it comes first, and that value.
    """

    metric: str
    old: object
    new: object
    instead: tuple[str, object] | None = None


@dataclass(frozen=True, slots=True)
class RowChange:
    """A stored row of a source that would change: ``count`` values, of which ``values`` lists the first.

    (Of all rows together at most :data:`MOST_LISTED` are listed: a table may change millions.)
    """

    sprint_id: str
    name: str
    values: tuple[ValueChange, ...]
    count: int


@dataclass(frozen=True, slots=True)
class Changes:
    """What an upsert with ``force`` would do to a source's rows.

    ``created`` are the ids that the source does not have yet, in the order given. ``refreshed`` are those that change
    without a value of a closed sprint being another one afterwards: it was open, has ended, or has dates or a name that
    it did not have. ``unchanged`` counts the rest.
    """

    created: tuple[str, ...]
    changed: tuple[RowChange, ...]
    refreshed: tuple[str, ...]
    unchanged: int


def source_row(session: Session, *, name: str, kind: str, address: str | None) -> SourceRow:
    """Return the provenance row of a source, made where it is new."""
    row = session.scalar(select(SourceRow).where(SourceRow.name == name))
    if row is None:
        insert = insert_into(session, SourceRow).values(name=name, kind=kind, address=address)
        session.execute(insert.on_conflict_do_nothing())
        row = session.scalars(select(SourceRow).where(SourceRow.name == name)).one()
    if not row.connected:  # what people entered is theirs to change
        row.kind, row.address = kind, address
    return row


def api_source(session: Session) -> int:
    """Return the source that rows sent over the API belong to."""
    found = session.scalar(select(SourceRow.id).where(SourceRow.name == API))
    if found is not None:
        return found
    row = source_row(session, name=API, kind=API, address=None)
    session.flush()
    return row.id


def store(
    session: Session,
    team_id: str,
    rows: Sequence[SprintMetrics],
    *,
    source_id: int,
    now: datetime,
    force: bool,
    adding: bool = False,
) -> Counts:
    """Store rows of one source and put the team's sprints together; the team's row must be locked.

    A row whose sprint had not ended at its last sync is always refreshed; a closed one only with ``force``. With
    ``adding`` what a row does not say stays as it was said before.
    """
    attach(session, team_id, source_id)
    said.look_up_by_name(session)
    places = said.places(session, team_id, source_id, [r.sprint_id for r in rows])
    known = {place.sprint_id: place for place in places.values()}
    wanted = [r for r in rows if force or r.sprint_id not in known or known[r.sprint_id].provisional]
    if not wanted:
        return Counts(0, 0, len(rows))
    new = [r.sprint_id for r in wanted if r.sprint_id not in known]
    put = _Put(session, team_id, source_id, now, adding)
    # A row may belong to a sprint of another id, which a source had that is gone by now.
    others = select(SourceSprint.source_id).where(
        SourceSprint.team_id == team_id,
        (SourceSprint.source_id != source_id) | (SourceSprint.merged_id != SourceSprint.sprint_id),
    )
    if session.scalar(others.limit(1)) is None:  # nothing to put together: the rows are the sprints
        put.rows(wanted, known, {})
        _copy(session, team_id, source_id, [r.sprint_id for r in wanted])
        created = len(new)
    else:
        before = set(session.scalars(select(Sprint.sprint_id).where(Sprint.team_id == team_id)))
        found = homes.find(session, team_id, (put.place(r, known.get(r.sprint_id)) for r in wanted))
        home_of = {r.sprint_id: found.of[source_id, r.sprint_id] for r in wanted}
        put.rows(wanted, known, home_of)
        homes.put_together(session, team_id, found, home_of.values())
        created = sum(home_of[sprint_id] not in before for sprint_id in new)
    return Counts(created, len(wanted) - created, len(rows) - len(wanted))


@dataclass(frozen=True, slots=True)
class _Put:
    """Writes rows of one source; see :func:`store`."""

    session: Session
    team_id: str
    source_id: int
    now: datetime
    adding: bool

    def place(self, row: SprintMetrics, before: Place | None) -> Place:
        """Return what will tell a row from others."""
        if self.adding and before is not None:
            row = added(before.sprint(), row)
        return Place(
            self.source_id, row.sprint_id, row.sprint_id, row.name, row.start, row.end,
            _is_open(row, self.now), row.assumed, self.now,
        )  # fmt: skip

    def rows(
        self, wanted: Iterable[SprintMetrics], stored: Container[str], home_of: Mapping[str, str]
    ) -> None:
        """Write the rows, each to the sprint that it belongs to; its own where ``home_of`` does not name it.

        Those whose ids are not ``stored`` are new, and nothing is read of them.
        """
        for some in said.few(wanted):
            ids = [r.sprint_id for r in some if r.sprint_id in stored]
            known = said.of_source(self.session, self.team_id, self.source_id, ids)
            values = []
            for r in some:
                before = known.get(r.sprint_id)
                row = added(said.metrics_of(before), r) if self.adding and before is not None else r
                home = home_of.get(r.sprint_id, r.sprint_id)
                values.append(_values(self.team_id, self.source_id, row, before, self.now, home))
            said.write(self.session, SourceSprint, values, keys=said.SOURCE_KEYS, keep=("first_synced_at",))


def changes(
    session: Session,
    team_id: str,
    rows: Sequence[SprintMetrics],
    source_id: int,
    now: datetime,
    *,
    adding: bool = False,
) -> Changes:
    """Say what :func:`store` with ``force`` would change in the source's rows; store nothing."""
    created: list[str] = []
    refreshed: list[str] = []
    changed: list[RowChange] = []
    listed = 0
    said.look_up_by_name(session)
    stored = said.ids_of(session, team_id, source_id)
    for some in said.few(rows):
        ids = [r.sprint_id for r in some if r.sprint_id in stored]
        known = said.of_source(session, team_id, source_id, ids)
        for new in some:
            before = known.get(new.sprint_id)
            if before is None:
                created.append(new.sprint_id)
                continue
            row = added(said.metrics_of(before), new) if adding else new
            values = _differing(before, row)
            if not before.provisional and (found := (*values, *_moved(before, row))):
                changed.append(RowChange(row.sprint_id, row.name, found[: MOST_LISTED - listed], len(found)))
                listed += len(changed[-1].values)
            elif values or _renewed(before, row, now):
                refreshed.append(row.sprint_id)
    known_still = len(rows) - len(created) - len(changed) - len(refreshed)
    return Changes(tuple(created), tuple(changed), tuple(refreshed), known_still)


def with_what_counts(
    session: Session, team_id: str, source_id: int, changed: Sequence[RowChange]
) -> tuple[RowChange, ...]:
    """Return stored changes of a source, each value with the one that is shown instead where another source's is."""
    names, order = said.names_and_order(session, team_id)
    if not changed or len(order) < 2:
        return tuple(changed)
    places = said.places(session, team_id, source_id, [c.sprint_id for c in changed])
    home = {place.sprint_id: place.merged_id for place in places.values()}
    out: list[RowChange] = []
    for some in said.few(changed):
        members = said.of_sprints(session, team_id, [home[c.sprint_id] for c in some])
        for change in some:
            merged = combine(
                [said.as_row(r) for r in members[home[change.sprint_id]]], order, sprint_id=change.sprint_id
            )
            shown = _series(merged.sprint.values, merged.sprint.extra, merged.sprint.sizes)
            values = [
                v
                if (source := merged.origins.get(v.metric, source_id)) == source_id
                else replace(v, instead=(names[source], shown.get(v.metric)))
                for v in change.values
            ]
            out.append(replace(change, values=tuple(values)))
    return tuple(out)


def added(old: SprintMetrics, new: SprintMetrics) -> SprintMetrics:
    """Return a sprint with what was said of it before: what is said no more is not taken away."""
    dates = old if not (new.start or new.end) or (new.assumed and not old.assumed and old.end) else new
    # What was assumed completes nothing that is recorded.
    start, end = (None, None) if old.assumed else (old.start, old.end)
    return replace(
        new,
        start=dates.start or start,
        end=dates.end or end,
        assumed=dates.assumed,
        values=_both(old.values, new.values),
        extra=_both(old.extra, new.extra),
        sizes=new.sizes if new.sizes is not None else old.sizes,
    )


def _both(old: Mapping[str, float], new: Mapping[str, float]) -> Mapping[str, float]:
    return new if old.keys() <= new.keys() else plain(old) | plain(new)


def attach(session: Session, team_id: str, source_id: int) -> TeamSource:
    """Return the source's place among the team's sources; a new one comes after those that count before its kind."""
    found = session.get(TeamSource, (team_id, source_id))
    if found is not None:
        return found
    placed = session.execute(
        select(TeamSource, SourceRow.kind)
        .join(SourceRow, SourceRow.id == TeamSource.source_id)
        .where(TeamSource.team_id == team_id)
        .order_by(TeamSource.position, TeamSource.source_id)
    ).all()
    kind = session.scalar(select(SourceRow.kind).where(SourceRow.id == source_id)) or ""
    before = sum(1 for _, k in placed if _rank(k) <= _rank(kind))
    for number, (other, _) in enumerate(placed, 1):
        other.position = number if number <= before else number + 1
    added = TeamSource(team_id=team_id, source_id=source_id, position=before + 1, state="ok")
    session.add(added)
    session.flush()
    return added


def home_of(session: Session, team_id: str, sprint_id: str) -> str | None:
    """Return the id of the sprint that an id stands for: its own, or that of one of its rows."""
    if "\x00" in sprint_id:  # no text of PostgreSQL holds it, so no id does
        return None
    if session.get(Sprint, (team_id, sprint_id)) is not None:
        return sprint_id
    query = select(SourceSprint.merged_id).where(
        SourceSprint.team_id == team_id, SourceSprint.sprint_id == sprint_id
    )
    return session.scalar(query.order_by(SourceSprint.source_id).limit(1))


def homes_of(session: Session, team_id: str) -> dict[str, str]:
    """Return for each id that a source uses the id of the sprint it stands for; the sprints' own ids come first."""
    query = (
        select(SourceSprint.sprint_id, SourceSprint.merged_id)
        .where(SourceSprint.team_id == team_id)
        .order_by(SourceSprint.source_id)
    )
    out: dict[str, str] = {}
    for sprint_id, merged_id in session.execute(query):
        out.setdefault(sprint_id, merged_id)
    return out | {merged_id: merged_id for merged_id in out.values()}


def remove(session: Session, team_id: str, sprint_id: str) -> None:
    """Delete one sprint with every source's row of it and its note."""
    session.execute(
        delete(SourceSprint).where(SourceSprint.team_id == team_id, SourceSprint.merged_id == sprint_id)
    )
    for table in (Sprint, SprintNote):
        session.execute(delete(table).where(table.team_id == team_id, table.sprint_id == sprint_id))


def _rank(kind: str) -> int:
    return _RANKS.get(kind, _LIVE)


def _copy(session: Session, team_id: str, source_id: int, sprint_ids: Sequence[str]) -> None:
    """Let the rows of a team's only source be its sprints; inside the database, where they are already."""
    columns = [c.name for c in Sprint.__table__.columns]
    rows = select(*(getattr(SourceSprint, c) for c in columns)).where(
        SourceSprint.team_id == team_id, SourceSprint.source_id == source_id
    )
    if len(sprint_ids) <= said.BY_NAME:
        rows = rows.where(SourceSprint.sprint_id.in_(sprint_ids))
    keys = ("team_id", "sprint_id")
    insert = insert_into(session, Sprint).from_select(columns, rows)
    changed = {c: insert.excluded[c] for c in columns if c not in keys}
    session.execute(insert.on_conflict_do_update(index_elements=keys, set_=changed))
    session.expire_all()


def _values(
    team_id: str, source_id: int, row: SprintMetrics, before: Said | None, now: datetime, home: str
) -> dict[str, Any]:
    revised = _revised(before, row, now)
    late = before is not None and revised != before.revised
    return {
        "team_id": team_id,
        "source_id": source_id,
        "sprint_id": row.sprint_id,
        "merged_id": home,
        "name": row.name,
        "start_at": row.start,
        "end_at": row.end,
        "metrics": dict(row.values),
        "extra": plain(row.extra),
        "sizes": dict(row.sizes) if row.sizes is not None else None,
        "provisional": _is_open(row, now),
        "assumed": row.assumed,
        "first_synced_at": now,
        "last_synced_at": now,
        "revised_at": now if late else (before.revised_at if before else None),
        "revised": revised,
    }


def _is_open(row: SprintMetrics, now: datetime) -> bool:
    """Say whether a sprint has not ended: by its end, or because whoever brought it said so."""
    return row.provisional or (row.end is not None and row.end > now)


def _revised(before: Said | None, row: SprintMetrics, now: datetime) -> dict[str, Any] | None:
    """Return which values changed after the close, with the new ones of now."""
    if before is None:
        return None
    if before.provisional:
        return before.revised
    found = dict(before.revised or {})
    for change in _differing(before, row):
        first = found.get(change.metric)
        found[change.metric] = {"at": stamp(now), "was": first["was"] if first else change.old}
    return found or None


def _differing(before: Said, row: SprintMetrics) -> tuple[ValueChange, ...]:
    if (before.metrics, before.extra, before.sizes) == (row.values, row.extra, row.sizes):
        return ()
    old, new = _series(before.metrics, before.extra, before.sizes), _series(row.values, row.extra, row.sizes)
    return tuple(
        ValueChange(m, old.get(m), new.get(m))
        for m in dict.fromkeys((*old, *new))
        if old.get(m) != new.get(m)
    )


def _moved(before: Said, row: SprintMetrics) -> Iterable[ValueChange]:
    """Return the recorded dates of a closed sprint that would be others."""
    if before.assumed:
        return ()
    days = (("start_date", before.start_at, row.start), ("end_date", before.end_at, row.end))
    return (ValueChange(name, old, new) for name, old, new in days if old and new and _other(old, new))


def _renewed(before: Said, row: SprintMetrics, now: datetime) -> bool:
    """Say whether a row has another name, other dates, or is open or closed where it was not."""
    was, new = (before.name, before.assumed, before.provisional), (row.name, row.assumed, _is_open(row, now))
    return was != new or _other(before.start_at, row.start) or _other(before.end_at, row.end)


def _other(a: datetime | None, b: datetime | None) -> bool:
    """Say whether two moments differ by more than a database rounds away."""
    return (a is None) != (b is None) or (a is not None and b is not None and abs(a - b) >= _SECOND)


def _series(
    values: Mapping[str, object], extra: Mapping[str, object], sizes: Mapping[str, object] | None
) -> dict[str, object]:
    return {**values, **plain(extra), **({} if sizes is None else {SIZES: dict(sizes)})}
