"""Which workers were seen lately; ``/ready`` and ``hansei doctor`` ask."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from hansei.db.models import WorkerSeen
from hansei.db.types import database_time

FRESH = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class WorkerView:
    """A worker that said it lives."""

    name: str
    queues: tuple[str, ...]
    pool: str
    seen_at: datetime


def seen(session: Session, name: str, *, queues: tuple[str, ...], pool: str) -> None:
    """Note that a worker lives; forget those silent for a day."""
    session.execute(delete(WorkerSeen).where(WorkerSeen.seen_at < database_time(-timedelta(days=1))))
    row = session.get(WorkerSeen, name) or WorkerSeen(name=name)
    row.queues, row.pool = ",".join(queues), pool
    row.seen_at = session.scalars(select(database_time())).one()
    session.add(row)


def gone(session: Session, name: str) -> None:
    """Note that a worker has stopped."""
    session.execute(delete(WorkerSeen).where(WorkerSeen.name == name))


def fresh(session: Session) -> list[WorkerView]:
    """Return the workers seen within the last minute."""
    query = select(WorkerSeen).where(WorkerSeen.seen_at > database_time(-FRESH)).order_by(WorkerSeen.name)
    return [WorkerView(w.name, tuple(w.queues.split(",")), w.pool, w.seen_at) for w in session.scalars(query)]
