"""What would grow for ever, and how long it is kept. Reports are not among it: see :mod:`hansei.services.cleanup`.

- Ended tasks: for ever, unless ``HANSEI_TASK_RETENTION_DAYS`` is set. Their reports stay.
- Idempotency keys: 24 hours. Sessions of browsers: until they end. Silent workers: a day.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, select

from hansei.db.models import FINAL, Job, PageSession
from hansei.db.session import Database
from hansei.db.types import database_time
from hansei.services import idempotency
from hansei.services.pace import Pace

MOST = 500
"""Tasks deleted in one transaction at most."""


def forget(database: Database, *, task_days: int | None) -> int:
    """Delete what is past its time; return how many tasks (None: no task is). Safe to run anywhere in parallel."""
    with database.write() as session:
        idempotency.forget_old(session)
        session.execute(delete(PageSession).where(PageSession.expires_at < database_time()))
    return 0 if task_days is None else _forget_tasks(database, task_days)


def _forget_tasks(database: Database, days: int) -> int:
    past = database_time(-timedelta(days=days))
    # An ended task was created earlier still, and that column has the index.
    old = (
        select(Job.id)
        .where(Job.created_at < past, Job.status.in_(FINAL), Job.finished_at < past)
        .order_by(Job.created_at)
    )
    gone, pace = 0, Pace(least=20, most=MOST)
    while True:
        with database.read() as session:
            ids = list(session.scalars(old.limit(pace.size)))
        if not ids:
            return gone
        with database.write() as session:
            pace.begin()
            ended = delete(Job).where(Job.id.in_(ids), Job.status.in_(FINAL)).returning(Job.id)
            gone += len(session.execute(ended).all())
        pace.end()
