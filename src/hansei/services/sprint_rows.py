"""Each source's rows, kept apart, and the sprints put together of them.

``source_sprints`` holds what each source said; ``sprints`` holds one row for each sprint (core/merging.py) and is what
the analysis, the API and the pages read. Whoever changes the first renews the second in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from hansei.core.merging import SIZES, Key, Merged, Row, merge
from hansei.core.metrics import NOTES, SprintMetrics, stamp
from hansei.db.models import SourceRow, SourceSprint, Sprint, SprintNote, TeamSource
from hansei.db.queries import insert_into

#: Rows that people send over the API: a source of their own.
API = "api"
#: Which kind of source counts first where nobody chose: what people sent themselves, then live sources, then tables.
_RANKS = {"api": 0, "table": 2, "sample": 3}
_LIVE = 1
#: Characters of a note.
MOST_TEXT = 2000
_SOURCE_KEYS = ("team_id", "source_id", "sprint_id")
_SECOND = timedelta(seconds=1)
#: Ids looked up by name; beyond this many the team's rows are read whole.
_BY_NAME = 500


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
    """A value that would change; None where there was or would be none."""

    metric: str
    old: object
    new: object


@dataclass(frozen=True, slots=True)
class RowChange:
    """A stored row of a source that would change."""

    sprint_id: str
    name: str
    values: tuple[ValueChange, ...]


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
) -> Counts:
    """Store rows of one source and put the team's sprints together; the team's row must be locked.

    A row whose sprint had not ended at its last sync is always refreshed; a closed one only with ``force``.
    """
    attach(session, team_id, source_id)
    known = _known(session, team_id, source_id, [r.sprint_id for r in rows])
    wanted = [r for r in rows if force or r.sprint_id not in known or known[r.sprint_id].provisional]
    new = [r.sprint_id for r in wanted if r.sprint_id not in known]
    values = [_values(team_id, source_id, r, known.get(r.sprint_id), now) for r in wanted]
    others = select(SourceSprint.source_id).where(
        SourceSprint.team_id == team_id, SourceSprint.source_id != source_id
    )
    created = 0
    if (
        values and session.scalar(others.limit(1)) is None
    ):  # nothing to put together: the rows are the sprints
        _write(session, SourceSprint, values, keys=_SOURCE_KEYS, keep=("first_synced_at", "merged_id"))
        _copy(session, team_id, source_id, [r.sprint_id for r in wanted])
        created = len(new)
    elif values:
        before = set(session.scalars(select(Sprint.sprint_id).where(Sprint.team_id == team_id)))
        homes = rebuild(session, team_id, values)
        created = sum(homes[source_id, sprint_id] not in before for sprint_id in new)
    return Counts(created, len(wanted) - created, len(rows) - len(wanted))


def changes(
    session: Session, team_id: str, rows: Sequence[SprintMetrics], source_id: int, now: datetime
) -> Changes:
    """Say what storing these rows with ``force`` would change in the source's rows; store nothing."""
    known = _known(session, team_id, source_id, [r.sprint_id for r in rows])
    created = tuple(r.sprint_id for r in rows if r.sprint_id not in known)
    changed, refreshed = [], []
    for row in rows:
        before = known.get(row.sprint_id)
        if before is None:
            continue
        values = _differing(before, row)
        if not before.provisional and (found := (*values, *_moved(before, row))):
            changed.append(RowChange(row.sprint_id, row.name, found))
        elif values or _renewed(before, row, now):
            refreshed.append(row.sprint_id)
    known_still = len(rows) - len(created) - len(changed) - len(refreshed)
    return Changes(created, tuple(changed), tuple(refreshed), known_still)


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


def order(session: Session, team_id: str) -> list[int]:
    """Return the ids of a team's sources, the one that counts first first."""
    query = (
        select(TeamSource.source_id)
        .where(TeamSource.team_id == team_id)
        .order_by(TeamSource.position, TeamSource.source_id)
    )
    return list(session.scalars(query))


def rows_of(
    session: Session, team_id: str, merged_ids: Sequence[str] | None = None
) -> dict[str, list[SourceSprint]]:
    """Return the sources' rows by the sprint they belong to; of all sprints where none are named."""
    query = select(SourceSprint).where(SourceSprint.team_id == team_id)
    if merged_ids is not None and len(merged_ids) <= _BY_NAME:
        query = query.where(SourceSprint.merged_id.in_(merged_ids))
    out: dict[str, list[SourceSprint]] = {}
    for row in session.scalars(query):
        out.setdefault(row.merged_id, []).append(row)
    return out


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


class Said(NamedTuple):
    """What a source says of a sprint: a row of ``source_sprints`` that is only read, or one that is to be written."""

    source_id: int
    sprint_id: str
    merged_id: str
    name: str
    start_at: datetime | None
    end_at: datetime | None
    metrics: dict[str, Any]
    extra: dict[str, Any]
    sizes: dict[str, Any] | None
    provisional: bool
    assumed: bool
    first_synced_at: datetime
    last_synced_at: datetime
    revised_at: datetime | None
    revised: dict[str, Any] | None

    @property
    def key(self) -> Key:
        """Return what names the row."""
        return self.source_id, self.sprint_id


def rebuild(session: Session, team_id: str, new: Sequence[Mapping[str, Any]] = ()) -> dict[Key, str]:
    """Store rows of one source and put the team's sprints together again; return the sprint of each source's row.

    A note follows its sprint where that gets another id. Rows are read as plain tuples and written once, where they
    belong: a history has thousands, and what did not change is not written.
    """
    said = _said(session, team_id, new)
    kinds = {i: kind for i, kind in session.execute(select(SourceRow.id, SourceRow.kind))}  # noqa: C416 - rows are not pairs to mypy
    merged = merge(
        (
            Row(r.source_id, metrics_of(r), r.first_synced_at, kinds.get(r.source_id) == API)
            for r in said.values()
        ),
        order(session, team_id),
    )
    homes = {key: m.sprint.sprint_id for m in merged for key in m.members}
    kept = set(homes.values())
    wanted = [_merged_values(team_id, m, [said[key] for key in m.members]) for m in merged]
    before = _sprints_as_stored(session, team_id, wanted[0]) if wanted else {}
    _forget(session, team_id, [i for i in before if i not in kept])
    written = {(values["source_id"], values["sprint_id"]) for values in new}
    moved = [r for key, r in said.items() if key not in written and r.merged_id != homes[key]]
    if new:
        at_home = [{**v, "merged_id": homes[v["source_id"], v["sprint_id"]]} for v in new]
        _write(session, SourceSprint, at_home, keys=_SOURCE_KEYS, keep=("first_synced_at",))
    if moved:
        homed = [
            {**dict(zip(_SOURCE_KEYS, (team_id, *r.key), strict=True)), "merged_id": homes[r.key]}
            for r in moved
        ]
        session.execute(update(SourceSprint), homed)
    changed = [v for v in wanted if before.get(v["sprint_id"]) != tuple(v.values())]
    if changed:
        _write(session, Sprint, changed, keys=("team_id", "sprint_id"))
    old_homes = {r.merged_id: homes[key] for key, r in said.items() if r.merged_id not in kept}
    _move_notes(session, team_id, old_homes)
    return homes


def _said(session: Session, team_id: str, new: Sequence[Mapping[str, Any]]) -> dict[Key, Said]:
    """Return every source's rows of a team as they are to be: those stored, and the new ones in their place."""
    columns = [getattr(SourceSprint, name) for name in Said._fields]
    stored = map(Said._make, session.execute(select(*columns).where(SourceSprint.team_id == team_id)))
    out = {row.key: row for row in stored}
    for values in new:
        row = Said._make(values[name] for name in Said._fields)
        old = out.get(row.key)
        if old is not None:  # a sprint keeps its age, and its place until it is given another
            row = row._replace(first_synced_at=old.first_synced_at, merged_id=old.merged_id)
        out[row.key] = row
    return out


def _sprints_as_stored(session: Session, team_id: str, like: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    """Return a team's sprints by their id, each with its values in the order of ``like``."""
    columns = [getattr(Sprint, name) for name in like]
    at = list(like).index("sprint_id")
    found = session.execute(select(*columns).where(Sprint.team_id == team_id))
    return {row[at]: tuple(row) for row in found}


def metrics_of(row: SourceSprint | Sprint | Said, note: SprintNote | None = None) -> SprintMetrics:
    """Return the sprint that a row holds, with what the team noted of it."""
    return SprintMetrics(
        sprint_id=row.sprint_id,
        name=row.name,
        start=row.start_at,
        end=row.end_at,
        values=row.metrics,
        sizes=row.sizes,
        extra=row.extra,
        provisional=row.provisional,
        notes=tuple(k for k in NOTES if note is not None and k in note.kinds),
        left_out=note is not None and note.left_out,
        assumed=row.assumed,
    )


def as_row(row: SourceSprint) -> Row:
    """Return a source's row as :func:`hansei.core.merging.combine` takes it."""
    return Row(row.source_id, metrics_of(row), row.first_synced_at)


def _rank(kind: str) -> int:
    return _RANKS.get(kind, _LIVE)


def _known(
    session: Session, team_id: str, source_id: int, sprint_ids: Sequence[str]
) -> dict[str, SourceSprint]:
    query = select(SourceSprint).where(SourceSprint.team_id == team_id, SourceSprint.source_id == source_id)
    if len(sprint_ids) <= _BY_NAME:
        query = query.where(SourceSprint.sprint_id.in_(sprint_ids))
    return {row.sprint_id: row for row in session.scalars(query)}


def _write(
    session: Session,
    table: Any,
    values: list[dict[str, Any]],
    *,
    keys: tuple[str, ...],
    keep: tuple[str, ...] = (),
) -> None:
    insert = insert_into(session, table)
    changed = {c: insert.excluded[c] for c in values[0] if c not in (*keys, *keep)}
    session.flush()
    session.execute(insert.on_conflict_do_update(index_elements=keys, set_=changed), values)
    session.expire_all()  # what was read before is no longer what is stored


def _copy(session: Session, team_id: str, source_id: int, sprint_ids: Sequence[str]) -> None:
    """Let the rows of a team's only source be its sprints; inside the database, where they are already."""
    columns = [c.name for c in Sprint.__table__.columns]
    said = select(*(getattr(SourceSprint, c) for c in columns)).where(
        SourceSprint.team_id == team_id, SourceSprint.source_id == source_id
    )
    if len(sprint_ids) <= _BY_NAME:
        said = said.where(SourceSprint.sprint_id.in_(sprint_ids))
    keys = ("team_id", "sprint_id")
    insert = insert_into(session, Sprint).from_select(columns, said)
    changed = {c: insert.excluded[c] for c in columns if c not in keys}
    session.execute(insert.on_conflict_do_update(index_elements=keys, set_=changed))
    session.expire_all()


def _values(
    team_id: str, source_id: int, row: SprintMetrics, before: SourceSprint | None, now: datetime
) -> dict[str, Any]:
    revised = _revised(before, row, now)
    late = before is not None and revised != before.revised
    return {
        "team_id": team_id,
        "source_id": source_id,
        "sprint_id": row.sprint_id,
        "merged_id": row.sprint_id,
        "name": row.name,
        "start_at": row.start,
        "end_at": row.end,
        "metrics": dict(row.values),
        "extra": dict(row.extra),
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


def _revised(before: SourceSprint | None, row: SprintMetrics, now: datetime) -> dict[str, Any] | None:
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


def _differing(before: SourceSprint, row: SprintMetrics) -> tuple[ValueChange, ...]:
    old, new = _series(before.metrics, before.extra, before.sizes), _series(row.values, row.extra, row.sizes)
    return tuple(
        ValueChange(m, old.get(m), new.get(m))
        for m in dict.fromkeys((*old, *new))
        if old.get(m) != new.get(m)
    )


def _moved(before: SourceSprint, row: SprintMetrics) -> Iterable[ValueChange]:
    """Return the recorded dates of a closed sprint that would be others."""
    if before.assumed:
        return ()
    days = (("start_date", before.start_at, row.start), ("end_date", before.end_at, row.end))
    return (ValueChange(name, old, new) for name, old, new in days if old and new and _other(old, new))


def _renewed(before: SourceSprint, row: SprintMetrics, now: datetime) -> bool:
    """Say whether a row has another name, other dates, or is open or closed where it was not."""
    was, new = (before.name, before.assumed, before.provisional), (row.name, row.assumed, _is_open(row, now))
    return was != new or _other(before.start_at, row.start) or _other(before.end_at, row.end)


def _other(a: datetime | None, b: datetime | None) -> bool:
    """Say whether two moments differ by more than a database rounds away."""
    return (a is None) != (b is None) or (a is not None and b is not None and abs(a - b) >= _SECOND)


def _series(
    values: Mapping[str, object], extra: Mapping[str, object], sizes: Mapping[str, object] | None
) -> dict[str, object]:
    return {**values, **extra, **({} if sizes is None else {SIZES: dict(sizes)})}


def _merged_values(team_id: str, merged: Merged, members: Sequence[Said]) -> dict[str, Any]:
    sprint = merged.sprint
    return {
        "team_id": team_id,
        "sprint_id": sprint.sprint_id,
        "name": sprint.name,
        "start_at": sprint.start,
        "end_at": sprint.end,
        "metrics": dict(sprint.values),
        "extra": dict(sprint.extra),
        "sizes": dict(sprint.sizes) if sprint.sizes is not None else None,
        "provisional": sprint.provisional,
        "assumed": sprint.assumed,
        "source_id": members[0].source_id,
        "first_synced_at": min(r.first_synced_at for r in members),
        "last_synced_at": max(r.last_synced_at for r in members),
        "revised_at": _revised_at(merged, members),
    }


def _revised_at(merged: Merged, members: Sequence[Said]) -> datetime | None:
    """Return when a value that counts last changed after the close."""
    moments = [
        row.revised_at
        for row in members
        if row.revised_at is not None
        and (not row.revised or any(counts(merged, row, m) for m in row.revised))
    ]
    return max(moments, default=None)


def counts(merged: Merged, row: SourceSprint | Said, metric: str) -> bool:
    """Say whether a source's word on a series is the one that counts (a value that was taken back counts too)."""
    return merged.origins.get(metric, row.source_id) == row.source_id


def _forget(session: Session, team_id: str, sprint_ids: Iterable[str]) -> None:
    for sprint_id in sprint_ids:
        session.execute(delete(Sprint).where(Sprint.team_id == team_id, Sprint.sprint_id == sprint_id))


def _move_notes(session: Session, team_id: str, moved: Mapping[str, str]) -> None:
    if not moved:
        return
    notes = {n.sprint_id: n for n in session.scalars(select(SprintNote).where(SprintNote.team_id == team_id))}
    for old, new in moved.items():
        note = notes.pop(old, None)
        if note is None:
            continue
        if new not in notes:
            notes[new] = SprintNote(team_id=team_id, sprint_id=new, kinds=[], left_out=False)
            session.add(notes[new])
        _add_to(notes[new], note)
        session.delete(note)
    session.flush()


def _add_to(note: SprintNote, other: SprintNote) -> None:
    note.kinds = [k for k in NOTES if k in {*note.kinds, *other.kinds}]
    note.text = "\n".join(t for t in (note.text, other.text) if t)[:MOST_TEXT] or None
    note.left_out = note.left_out or other.left_out
    note.left_out_at = note.left_out_at or other.left_out_at
    note.left_out_after = note.left_out_after or other.left_out_after
