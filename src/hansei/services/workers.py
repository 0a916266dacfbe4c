"""Which workers were seen lately; ``/ready`` and ``hansei doctor`` ask."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, false, func, select
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
    shared: bool

    @property
    def warning(self) -> str:
        """What is to be said of it; empty where all is well."""
        return shared_name(self.name) if self.shared else ""


def shared_name(name: str) -> str:
    """Return the sentence for a name that several workers have."""
    return f"several workers are called {name}: give each its own (`hansei worker --name`)"


def seen(
    session: Session, name: str, *, queues: tuple[str, ...], pool: str, process: str = "", again: bool = False
) -> bool:
    """Note that a worker lives, and forget those silent for a day; return whether another one has its name.

    ``process`` tells workers of one name apart, and ``again`` says that this one noted it before: where the row is
    another's by now, both live. One that was started in the place of another finds the other's row the first time.
    """
    session.execute(delete(WorkerSeen).where(WorkerSeen.seen_at < database_time(-timedelta(days=1))))
    row = session.get(WorkerSeen, name) or WorkerSeen(name=name)
    now = session.scalars(select(database_time())).one()
    shared = again and row.process not in (None, process)
    if shared:
        row.shared_at = now
    row.queues, row.pool, row.process, row.seen_at = ",".join(queues), pool, process, now
    session.add(row)
    return shared


def gone(session: Session, name: str, *, process: str) -> None:
    """Note that a worker has stopped; one of its name that lives stays."""
    session.execute(delete(WorkerSeen).where(WorkerSeen.name == name, WorkerSeen.process == process))


def fresh(session: Session) -> list[WorkerView]:
    """Return the workers seen within the last minute."""
    shared = func.coalesce(WorkerSeen.shared_at > database_time(-FRESH), false())
    query = (
        select(WorkerSeen, shared).where(WorkerSeen.seen_at > database_time(-FRESH)).order_by(WorkerSeen.name)
    )
    return [
        WorkerView(w.name, tuple(w.queues.split(",")), w.pool, w.seen_at, bool(twice))
        for w, twice in session.execute(query)
    ]
