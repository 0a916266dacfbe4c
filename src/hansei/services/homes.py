"""Which sprint each source's row belongs to, and the team's sprints put together of the rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from hansei.core.compact import plain
from hansei.core.merging import Key, Merged, Row, combine, together
from hansei.core.metrics import NOTES
from hansei.db.models import SourceSprint, Sprint, SprintNote
from hansei.services.said import (
    SOURCE_KEYS,
    Place,
    Said,
    as_row,
    few,
    look_up_by_name,
    of_sprints,
    order,
    places,
    sent_by_hand,
    write,
)

#: Characters of a note.
MOST_TEXT = 2000


@dataclass(frozen=True, slots=True)
class Homes:
    """The sprint of each row of a team, by the row's key; and that of each row as it was ``before``, where it was."""

    of: Mapping[Key, str]
    before: Mapping[Key, str]

    @property
    def moved(self) -> dict[Key, str]:
        """The rows that belonged to another sprint until now, each with its sprint."""
        return {key: self.of[key] for key, home in self.before.items() if self.of[key] != home}


def find(session: Session, team_id: str, new: Iterable[Place] = ()) -> Homes:
    """Find the sprint of each row of a team as it is to be: those stored, and the new ones in their place."""
    stored = places(session, team_id)
    before = {key: place.merged_id for key, place in stored.items()}
    # A sprint keeps its age.
    for place in new:
        old = stored.get(place.key)
        stored[place.key] = place if old is None else place._replace(first_synced_at=old.first_synced_at)
    by_id = sent_by_hand(session)
    rows = (Row(p.source_id, p.sprint(), p.first_synced_at, p.source_id in by_id) for p in stored.values())
    found = {row.key: home for home, group in together(rows).items() for row in group}
    return Homes(found, before)


def rebuild(session: Session, team_id: str) -> None:
    """Put all sprints of a team together again."""
    look_up_by_name(session)
    found = find(session, team_id)
    put_together(session, team_id, found, set(found.of.values()))


def put_together(session: Session, team_id: str, found: Homes, homes: Iterable[str]) -> None:
    """Put these sprints together again, and those whose rows moved; what did not change is not written.

    A note follows its sprint where that gets another id.
    """
    moved = found.moved
    for some in few(moved.items()):
        homed = [
            {**dict(zip(SOURCE_KEYS, (team_id, *key), strict=True)), "merged_id": home} for key, home in some
        ]
        session.execute(update(SourceSprint), homed)
    kept = set(found.of.values())
    left = {found.before[key] for key in moved} & kept  # another row stays there
    ranked = order(session, team_id)
    for ids in few(sorted({*homes, *moved.values(), *left})):
        _write(session, team_id, ids, ranked)
    stored = session.scalars(select(Sprint.sprint_id).where(Sprint.team_id == team_id))
    for sprint_id in [i for i in stored if i not in kept]:
        session.execute(delete(Sprint).where(Sprint.team_id == team_id, Sprint.sprint_id == sprint_id))
    _move_notes(
        session, team_id, {old: found.of[key] for key, old in found.before.items() if old not in kept}
    )


def _write(session: Session, team_id: str, ids: Sequence[str], ranked: Sequence[int]) -> None:
    """Put a few sprints together."""
    wanted = []
    for sprint_id, rows in of_sprints(session, team_id, ids).items():
        merged = combine([as_row(r) for r in rows], ranked, sprint_id=sprint_id)
        by_key = {r.key: r for r in rows}
        wanted.append(_values(team_id, merged, [by_key[key] for key in merged.members]))
    before = _as_stored(session, team_id, ids, wanted[0]) if wanted else {}
    changed = [v for v in wanted if before.get(v["sprint_id"]) != tuple(v.values())]
    if changed:
        write(session, Sprint, changed, keys=("team_id", "sprint_id"))


def _as_stored(
    session: Session, team_id: str, ids: Sequence[str], like: Mapping[str, Any]
) -> dict[str, tuple[Any, ...]]:
    """Return a few sprints by their id, each with its values in the order of ``like``."""
    columns = [getattr(Sprint, name) for name in like]
    at = list(like).index("sprint_id")
    found = session.execute(select(*columns).where(Sprint.team_id == team_id, Sprint.sprint_id.in_(ids)))
    return {row[at]: tuple(row) for row in found}


def _values(team_id: str, merged: Merged, members: Sequence[Said]) -> dict[str, Any]:
    sprint = merged.sprint
    return {
        "team_id": team_id,
        "sprint_id": sprint.sprint_id,
        "name": sprint.name,
        "start_at": sprint.start,
        "end_at": sprint.end,
        "metrics": dict(sprint.values),
        "extra": plain(sprint.extra),
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


def counts(merged: Merged, row: Said, metric: str) -> bool:
    """Say whether a source's word on a series is the one that counts (a value that was taken back counts too)."""
    return merged.origins.get(metric, row.source_id) == row.source_id


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
