"""What each source said of a team's sprints, as it is stored: read and written a few rows at a time.

A history may be thousands of rows of hundreds of values each: whoever writes holds no more than :data:`FEW` of them,
and whoever reads all of them holds them compact. What tells sprints apart (their names and dates) is little, and is
read whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import and_, bindparam, select, text
from sqlalchemy.orm import Session

from hansei.core.compact import Compactor
from hansei.core.merging import Key, Row
from hansei.core.metrics import NOTES, SprintMetrics
from hansei.db.models import SourceRow, SourceSprint, Sprint, SprintNote, TeamSource
from hansei.db.queries import insert_into

T = TypeVar("T")
#: Rows that are read or written at a time.
FEW = 100
#: Ids looked up by name; beyond this many the team's rows are read whole.
BY_NAME = 500
#: Rows that people send over the API: a source of their own.
API = "api"
SOURCE_KEYS = ("team_id", "source_id", "sprint_id")


class Said(NamedTuple):
    """What a source says of a sprint: a row of ``source_sprints`` that is only read."""

    source_id: int
    sprint_id: str
    merged_id: str
    name: str
    start_at: datetime | None
    end_at: datetime | None
    metrics: dict[str, Any]
    extra: Mapping[str, Any]
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


class Place(NamedTuple):
    """What tells a row of ``source_sprints`` from others: all but its values."""

    source_id: int
    sprint_id: str
    merged_id: str
    name: str
    start_at: datetime | None
    end_at: datetime | None
    provisional: bool
    assumed: bool
    first_synced_at: datetime

    @property
    def key(self) -> Key:
        """Return what names the row."""
        return self.source_id, self.sprint_id

    def sprint(self) -> SprintMetrics:
        """Return the sprint without its values."""
        return SprintMetrics(
            self.sprint_id,
            self.name,
            self.start_at,
            self.end_at,
            provisional=self.provisional,
            assumed=self.assumed,
        )


class Whole(NamedTuple):
    """A sprint as it was put together: a row of ``sprints`` that is only read."""

    sprint_id: str
    name: str
    start_at: datetime | None
    end_at: datetime | None
    metrics: dict[str, Any]
    extra: Mapping[str, Any]
    sizes: dict[str, Any] | None
    provisional: bool
    assumed: bool
    first_synced_at: datetime
    last_synced_at: datetime
    revised_at: datetime | None


# Every report reads these: rows and no objects that follow them, by statements that are made once.
_ALL_SAID, _ALL_WHOLE = (
    select(*(kind.__table__.c[name] for name in row._fields)).where(
        kind.__table__.c.team_id == bindparam("this_team")
    )
    for kind, row in ((SourceSprint, Said), (Sprint, Whole))
)
_ORDER = (
    select(TeamSource.__table__.c.source_id)
    .where(TeamSource.__table__.c.team_id == bindparam("this_team"))
    .order_by(TeamSource.__table__.c.position, TeamSource.__table__.c.source_id)
)
_NAMES_AND_ORDER = (
    select(SourceRow.__table__.c.id, SourceRow.__table__.c.name, TeamSource.__table__.c.position)
    .outerjoin_from(
        SourceRow.__table__,
        TeamSource.__table__,
        and_(
            TeamSource.__table__.c.source_id == SourceRow.__table__.c.id,
            TeamSource.__table__.c.team_id == bindparam("this_team"),
        ),
    )
    .order_by(TeamSource.__table__.c.position, SourceRow.__table__.c.id)
)
_SAID = [getattr(SourceSprint, name) for name in Said._fields]
_PLACE = [getattr(SourceSprint, name) for name in Place._fields]


def few(items: Iterable[T]) -> Iterator[list[T]]:
    """Yield the items, :data:`FEW` at a time."""
    rest = iter(items)
    while found := list(islice(rest, FEW)):
        yield found


def places(
    session: Session, team_id: str, source_id: int | None = None, sprint_ids: Sequence[str] | None = None
) -> dict[Key, Place]:
    """Return the places of a team's rows: of every source or one, of all sprints or (at least) those named."""
    query = select(*_PLACE).where(SourceSprint.team_id == team_id)
    if source_id is not None:
        query = query.where(SourceSprint.source_id == source_id)
    if sprint_ids is not None and len(sprint_ids) <= BY_NAME:
        query = query.where(SourceSprint.sprint_id.in_(sprint_ids))
    found = map(Place._make, session.execute(query))
    return {place.key: place for place in found}


def ids_of(session: Session, team_id: str, source_id: int) -> set[str]:
    """Return the ids that a source uses in a team."""
    query = select(SourceSprint.sprint_id).where(
        SourceSprint.team_id == team_id, SourceSprint.source_id == source_id
    )
    return set(session.scalars(query))


def look_up_by_name(session: Session) -> None:
    """Let PostgreSQL plan what follows in this transaction with the ids that are asked for.

    It makes one plan for all, after a few times. Where it has not counted the rows yet, as in a first sync, that plan
    reads every row of the team and compares it with each id in turn: 0.1 s for a hundred of 10,000 rows, not 0.002 s.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))


def of_source(session: Session, team_id: str, source_id: int, sprint_ids: Sequence[str]) -> dict[str, Said]:
    """Return what a source said of these few sprints, by its ids of them."""
    if not sprint_ids:
        return {}
    query = select(*_SAID).where(
        SourceSprint.team_id == team_id,
        SourceSprint.source_id == source_id,
        SourceSprint.sprint_id.in_(sprint_ids),
    )
    found = map(Said._make, session.execute(query))
    return {row.sprint_id: row for row in found}


def of_sprints(session: Session, team_id: str, merged_ids: Sequence[str]) -> dict[str, list[Said]]:
    """Return what every source said of these few sprints, by the team's ids of them."""
    query = select(*_SAID).where(SourceSprint.team_id == team_id, SourceSprint.merged_id.in_(merged_ids))
    out: dict[str, list[Said]] = {}
    for row in map(Said._make, session.execute(query)):
        out.setdefault(row.merged_id, []).append(row)
    return out


def by_sprint(
    session: Session, team_id: str, merged_ids: Sequence[str] | None = None
) -> dict[str, list[Said]]:
    """Return the sources' rows by the sprint they belong to; of all sprints where none are named."""
    query = _ALL_SAID
    if merged_ids is not None and len(merged_ids) <= BY_NAME:
        query = query.where(SourceSprint.__table__.c.merged_id.in_(merged_ids))
    out: dict[str, list[Said]] = {}
    compact = Compactor()
    for row in map(Said._make, session.execute(query, {"this_team": team_id})):
        out.setdefault(row.merged_id, []).append(row._replace(extra=compact(row.extra)))
    return out


def wholes(session: Session, team_id: str, ids: Sequence[str] | None = None) -> list[Whole]:
    """Return the sprints that were put together, in no order; all of a team where none are named."""
    query = _ALL_WHOLE
    if ids is not None and len(ids) <= BY_NAME:
        query = query.where(Sprint.__table__.c.sprint_id.in_(ids))
    compact = Compactor()
    found = map(Whole._make, session.execute(query, {"this_team": team_id}))
    return [row._replace(extra=compact(row.extra)) for row in found]


def order(session: Session, team_id: str) -> list[int]:
    """Return the ids of a team's sources, the one that counts first first."""
    session.flush()  # an order that was just given counts
    return list(session.scalars(_ORDER, {"this_team": team_id}))


def names_and_order(session: Session, team_id: str) -> tuple[dict[int, str], list[int]]:
    """Return the name of every source, and what :func:`order` returns, in one go."""
    session.flush()
    found = session.execute(_NAMES_AND_ORDER, {"this_team": team_id}).all()
    names = {source: name for source, name, _ in found}
    return names, [source for source, _, position in found if position is not None]


def sent_by_hand(session: Session) -> set[int]:
    """Return the sources whose ids people chose knowingly: a row of theirs belongs to the sprint that it names."""
    return set(session.scalars(select(SourceRow.id).where(SourceRow.kind == API)))


def metrics_of(row: SourceSprint | Sprint | Said | Whole, note: SprintNote | None = None) -> SprintMetrics:
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


def as_row(row: SourceSprint | Said) -> Row:
    """Return a source's row as :func:`hansei.core.merging.combine` takes it."""
    return Row(row.source_id, metrics_of(row), row.first_synced_at)


def write(
    session: Session,
    table: Any,
    values: list[dict[str, Any]],
    *,
    keys: tuple[str, ...],
    keep: tuple[str, ...] = (),
) -> None:
    """Write rows, each in the place of one with the same ``keys``, of which ``keep`` stays."""
    insert = insert_into(session, table.__table__)
    changed = {c: insert.excluded[c] for c in values[0] if c not in (*keys, *keep)}
    session.flush()
    session.execute(insert.on_conflict_do_update(index_elements=keys, set_=changed), values)
    session.expire_all()  # what was read before is no longer what is stored
