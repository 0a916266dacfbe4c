"""The job row: accept, publish, claim, heartbeat, finish, cancel, sweep.

The row is the truth and the broker a doorbell. A worker that claims a row raises ``attempt``, the fence: every
later write of that worker carries the attempt, and where 0 rows match the worker has lost the job and stops.
Leases run on the database's clock. Each function is one conditional statement or a few in the caller's
transaction; the caller commits.

    PENDING ──claim──▶ STARTED ──finish──▶ SUCCESS
       ▲  └──cancel──▶ REVOKED ◀─cancel──┤ ├─fail──▶ FAILURE
       │                  ▲              ▼ ▼
       └──(hand over)─────┴───cancel── RETRY (a lease that ran out, or upstream trouble)
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, cast

from sqlalchemy import (
    Boolean,
    Select,
    Table,
    Update,
    and_,
    bindparam,
    case,
    func,
    insert,
    literal,
    literal_column,
    not_,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import Session
from sqlalchemy.sql.expression import ColumnElement

from hansei.db.models import FINAL, Job
from hansei.db.types import database_time
from hansei.errors import AlreadyFinished, InvalidInput, NotFound

Kind = Literal["report", "sync", "cleanup", "export", "narrative"]

#: Exports and new wordings share the queue of reports: a worker that was started for reports makes them too.
QUEUES: Mapping[str, str] = {
    "report": "reports",
    "sync": "metrics",
    "cleanup": "maintenance",
    "export": "reports",
    "narrative": "reports",
}
TEAM_DELETED = "The team was deleted."
TASK_NAMES: Mapping[str, str] = {
    "report": "hansei.tasks.generate_report_task",
    "sync": "hansei.tasks.sync_metrics_task",
    "cleanup": "hansei.tasks.cleanup_old_reports_task",
    "export": "hansei.tasks.export_report_task",
    "narrative": "hansei.tasks.write_narrative_task",
}
LEASE = timedelta(seconds=20)
#: A job that still waits this long after its message was sent is looked at: the message may be lost.
REPUBLISH_AFTER = timedelta(seconds=4)
#: Messages of one team that may wait in one queue; the rest of its jobs wait in the database.
TEAM_WINDOW = 100
MAX_CRASHES = 3
MAX_RETRIES = 3
#: Upstream trouble is retried no later than this after the job first started.
RETRY_WINDOW = timedelta(minutes=5)
WAITING = ("PENDING", "RETRY")
#: Written out: behind a parameter PostgreSQL cannot see that the indexes of what waits hold all that is asked for.
_WAITS = literal_column("jobs.status IN ('PENDING', 'RETRY')", Boolean())


# What every task does is made once, and of the table: to put a statement together for the class, each time, cost
# several times what it costs to carry it out.
_T = cast("Table", Job.__table__)
_INSERT = insert(_T).returning(_T.c.status, _T.c.percent, _T.c.stage, _T.c.attempt, _T.c.created_at)
_CLAIM = (
    update(_T)
    .where(_T.c.id == bindparam("this_id"), _WAITS, _T.c.run_at <= database_time())
    .values(
        status="STARTED",
        attempt=_T.c.attempt + 1,
        worker=bindparam("this_worker"),
        lease_until=database_time(LEASE),
        started_at=func.coalesce(_T.c.started_at, database_time()),
        stage="starting",
    )
    .returning(_T.c.kind, _T.c.team_id, _T.c.params, _T.c.attempt, _T.c.retries)
)
_MINE = and_(
    _T.c.id == bindparam("this_id"), _T.c.attempt == bindparam("this_attempt"), _T.c.status == "STARTED"
)
_OWNS = select(_T.c.id).where(_MINE)
_NOW_AT = bindparam("now_at", type_=_T.c.percent.type)
_HEARTBEAT = (
    update(_T)
    .where(_MINE)
    .values(
        lease_until=database_time(LEASE),
        percent=case((_T.c.percent < _NOW_AT, _NOW_AT), else_=_T.c.percent),
        stage=bindparam("now_in"),
    )
    .returning(_T.c.id)
)
_ENDED: Mapping[str, Any] = {"finished_at": database_time(), "lease_until": None}
_FINISH = (
    update(_T)
    .where(_MINE)
    .values(
        status="SUCCESS",
        percent=100,
        stage="done",
        result=bindparam("made", type_=_T.c.result.type),
        **_ENDED,
    )
    .returning(_T.c.id)
)
_FAIL = (
    update(_T)
    .where(_MINE)
    .values(status="FAILURE", stage="failed", error_type=bindparam("what"), error=bindparam("why"), **_ENDED)
    .returning(_T.c.id)
)
_PUBLISHED = (
    update(_T).where(_T.c.id.in_(bindparam("these_ids", expanding=True))).values(published_at=database_time())
)


def _update() -> Update:
    # Nobody keeps a row's object over these, so SQLAlchemy need not look for one: that took half of the time.
    return update(Job).execution_options(synchronize_session=False)


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as doors show it. Times are aware, in UTC; ``percent`` never goes back."""

    id: str
    kind: str
    status: str
    team_id: str | None
    params: Mapping[str, Any]
    percent: int
    stage: str
    attempts: int
    result: Mapping[str, Any] | None
    error: str | None
    error_type: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def finished(self) -> bool:
        """True once nothing can change the status any more."""
        return self.status in FINAL


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that this worker owns as long as ``attempt`` is the row's."""

    job_id: str
    kind: str
    team_id: str | None
    params: Mapping[str, Any]
    attempt: int
    retries: int


@dataclass(frozen=True, slots=True)
class Bell:
    """What the relay publishes for one waiting job; ``rung_at`` says when it did, if it did."""

    job_id: str
    task_name: str
    queue: str
    rung_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Bells:
    """What is to be rung now; ``more`` says that due jobs are left whose message must wait."""

    now: Sequence[Bell]
    more: bool


def accept(session: Session, kind: Kind, team_id: str | None, params: Mapping[str, Any]) -> JobView:
    """Insert a waiting job; once the caller has committed, it will run."""
    job_id, kept = str(uuid.uuid4()), dict(params)
    row = {"id": job_id, "kind": kind, "queue": QUEUES[kind], "team_id": team_id, "params": kept}
    # The table and not the class: keeping an object in step with its row took most of a submission's time.
    stored = session.execute(_INSERT, row).one()
    return JobView(
        id=job_id,
        kind=kind,
        team_id=team_id,
        params=kept,
        status=stored.status,
        percent=stored.percent,
        stage=stored.stage,
        attempts=stored.attempt,
        result=None,
        error=None,
        error_type=None,
        created_at=stored.created_at,
        started_at=None,
        finished_at=None,
    )


def get(session: Session, job_id: str) -> JobView:
    """Return one job.

    Raises:
        NotFound: there is no such job.
    """
    job = session.get(Job, job_id)
    if job is None:
        raise NotFound(
            f"There is no task {job_id[:60]}.",
            remedy="`hansei task list` or GET /tasks lists the tasks there are.",
        )
    return view(job)


def some(session: Session, job_ids: list[str]) -> list[JobView]:
    """Return those of these jobs that there are, in any order."""
    return [view(job) for job in session.scalars(select(Job).where(Job.id.in_(job_ids)))]


def unfinished(session: Session, kind: Kind, team_id: str | None) -> list[JobView]:
    """Return a team's jobs of a kind that have not ended, oldest first."""
    query = (
        select(Job)
        .where(Job.kind == kind, Job.team_id == team_id, Job.status.not_in(FINAL))
        .order_by(Job.created_at, Job.id)
    )
    return [view(job) for job in session.scalars(query)]


def places(session: Session, job_ids: list[str]) -> dict[str, int]:
    """Return the place in line of those of these jobs that wait: 1 is the next one of its queue."""
    turn = (
        func.row_number()
        .over(partition_by=Job.queue, order_by=(Job.run_at, Job.created_at, Job.id))
        .label("turn")
    )
    line = select(Job.id, turn).where(Job.status.in_(WAITING)).subquery()
    found = session.execute(select(line.c.id, line.c.turn).where(line.c.id.in_(job_ids)))
    return {job_id: int(place) for job_id, place in found}


def newest(
    session: Session,
    *,
    limit: int,
    status: str | None = None,
    kind: str | None = None,
    team_id: str | None = None,
    before: tuple[datetime, str] | None = None,
) -> list[JobView]:
    """Return jobs newest first; ``before`` is the (created_at, id) of the last one already seen."""
    query = select(Job).order_by(Job.created_at.desc(), Job.id.desc()).limit(limit)
    for column, wanted in ((Job.status, status), (Job.kind, kind), (Job.team_id, team_id)):
        if wanted is not None:
            query = query.where(column == wanted)
    if before is not None:
        moment, job_id = before
        query = query.where(
            tuple_(Job.created_at, Job.id) < tuple_(literal(moment, Job.created_at.type), literal(job_id))
        )
    return [view(job) for job in session.scalars(query)]


def bells(session: Session, *, limit: int = 500) -> Bells:
    """Return due jobs whose message is to be sent now, every team's first ones first.

    Of one team at most ``TEAM_WINDOW`` messages wait in a queue at a time: a team with 10,000 jobs keeps its
    backlog in the database, and another team's job stands behind a hundred messages, not behind all of them.
    """
    backlogs = [_Backlog(q, t, sent, all_ - sent) for q, t, sent, all_ in session.execute(_BACKLOGS)]
    long = [b for b in backlogs if b.sent + b.unsent > TEAM_WINDOW]
    found = [turn for backlog in long for turn in _next_of(session, backlog, limit)]
    if any(b.unsent for b in backlogs if b.sent + b.unsent <= TEAM_WINDOW):
        found += _all_but(session, long, limit)
    found.sort(key=lambda turn: (turn.place, turn.run_at, turn.bell.job_id))
    ringing = [turn.bell for turn in found[:limit]]
    return Bells(ringing, more=len(ringing) < sum(b.unsent for b in backlogs))


@dataclass(frozen=True, slots=True)
class _Backlog:
    """What of one team waits for one queue: messages sent, and jobs without."""

    queue: str
    team_id: str | None
    sent: int
    unsent: int

    @property
    def jobs(self) -> ColumnElement[bool]:
        """The condition that a job belongs to it."""
        return and_(_T.c.queue == self.queue, _T.c.team_id.is_not_distinct_from(self.team_id))


@dataclass(frozen=True, slots=True)
class _Turn:
    """A job that may ring, and its place among its team's."""

    place: int
    run_at: datetime
    bell: Bell


def _next_of(session: Session, backlog: _Backlog, limit: int) -> list[_Turn]:
    room = min(limit, max(0, TEAM_WINDOW - backlog.sent))
    query = (
        select(_T.c.id, _T.c.kind, _T.c.queue, _T.c.run_at)
        .where(backlog.jobs, _UNSENT)
        .order_by(_T.c.run_at, _T.c.id)
        .limit(room)
    )
    rows = session.execute(query).all() if room else []
    return [
        _Turn(backlog.sent + n, run_at, _bell(job_id, kind, queue))
        for n, (job_id, kind, queue, run_at) in enumerate(rows, start=1)
    ]


def _all_but(session: Session, long: Sequence[_Backlog], limit: int) -> list[_Turn]:
    query = _in_turn(*(not_(b.jobs) for b in long)) if long else _IN_TURN
    found = session.execute(query, {"at_most": limit})
    return [_Turn(place, run_at, _bell(*job)) for place, run_at, *job in found]


def _in_turn(*also: ColumnElement[bool]) -> Select[Any]:
    place = func.row_number().over(
        partition_by=(_T.c.queue, _T.c.team_id),
        order_by=(_T.c.published_at.is_(None), _T.c.run_at, _T.c.id),
    )
    others = (
        select(_T.c.id, _T.c.kind, _T.c.queue, _T.c.run_at, _T.c.published_at, place.label("place"))
        .where(_DUE, *also)
        .subquery()
    )
    return (
        select(others.c.place, others.c.run_at, others.c.id, others.c.kind, others.c.queue)
        .where(others.c.published_at.is_(None))
        .order_by(others.c.place, others.c.run_at, others.c.id)
        .limit(bindparam("at_most"))
    )


# The relay asks these after every submission. Backlogs longer than the window are few, and each is read along an index
# as far as there is room: to number all that waits, as would be simpler, took 45 ms for 10,000 jobs.
_DUE = and_(_WAITS, _T.c.run_at <= database_time())
_UNSENT = and_(_DUE, _T.c.published_at.is_(None))
_BACKLOGS = (
    select(_T.c.queue, _T.c.team_id, func.count(_T.c.published_at), func.count())
    .where(_DUE)
    .group_by(_T.c.queue, _T.c.team_id)
)
_IN_TURN = _in_turn()


def unanswered(session: Session, *, after: timedelta, limit: int = 500) -> list[Bell]:
    """Return jobs that still wait so long after their message was sent that it may be lost, longest first.

    A second message does no harm, since only one claim can win.
    """
    query = (
        select(Job.id, Job.kind, Job.queue, Job.published_at)
        .where(
            Job.status.in_(WAITING), Job.run_at <= database_time(), Job.published_at < database_time(-after)
        )
        .order_by(Job.published_at, Job.id)
        .limit(limit)
    )
    return [_bell(*row) for row in session.execute(query)]


def published_at(session: Session, job_id: str) -> datetime | None:
    """Return when a job's message was last sent; None of a job whose message was not, or of an unknown one."""
    return session.scalar(select(Job.published_at).where(Job.id == job_id))


def waiting(session: Session, team_id: str | None, *, most: int) -> int:
    """Return how many tasks of a team wait, counted no further than ``most``."""
    some_of = (
        select(Job.id).where(Job.status.in_(WAITING), Job.team_id.is_not_distinct_from(team_id)).limit(most)
    )
    return session.scalar(select(func.count()).select_from(some_of.subquery())) or 0


def due(session: Session, job_id: str) -> bool:
    """Say whether a job waits and its time has come."""
    query = select(Job.id).where(Job.id == job_id, Job.status.in_(WAITING), Job.run_at <= database_time())
    return session.scalar(query) is not None


def _bell(job_id: str, kind: str, queue: str, rung_at: datetime | None = None) -> Bell:
    return Bell(job_id, TASK_NAMES[kind], queue, rung_at)


def mark_published(session: Session, job_ids: list[str]) -> None:
    """Note that the messages of these jobs were handed to the broker."""
    session.execute(_PUBLISHED, {"these_ids": job_ids})


def claim(session: Session, job_id: str, worker: str) -> Claim | None:
    """Take a waiting job, or return None where it is not to be had (finished, running, cancelled, unknown)."""
    taken = session.execute(_CLAIM, {"this_id": job_id, "this_worker": worker}).one_or_none()
    if taken is None:
        return None
    kind, team_id, params, attempt, retries = taken
    return Claim(job_id, kind, team_id, params, attempt, retries)


def _owned(claimed: Claim) -> ColumnElement[bool]:
    return and_(Job.id == claimed.job_id, Job.attempt == claimed.attempt, Job.status == "STARTED")


def heartbeat(session: Session, claimed: Claim, *, percent: int, stage: str) -> bool:
    """Extend the lease and write the progress; False where the job is no longer this worker's."""
    now = {"now_at": percent, "now_in": stage[:100]}
    return session.scalar(_HEARTBEAT, _of(claimed) | now) is not None


def owns(session: Session, claimed: Claim) -> bool:
    """Say whether the job is still this worker's."""
    return session.scalar(_OWNS, _of(claimed)) is not None


def finish(session: Session, claimed: Claim, result: Mapping[str, Any]) -> bool:
    """Store the result; False where the job is no longer this worker's, and the caller must roll back."""
    session.flush()  # first what the job made, as the fence below is asked last
    return session.scalar(_FINISH, _of(claimed) | {"made": dict(result)}) is not None


def fail(session: Session, claimed: Claim, error_type: str, error: str) -> bool:
    """Store why it did not work; False where the job is no longer this worker's."""
    return session.scalar(_FAIL, _of(claimed) | {"what": error_type, "why": error}) is not None


def _of(claimed: Claim) -> dict[str, Any]:
    """Return the parameters of ``_MINE``."""
    return {"this_id": claimed.job_id, "this_attempt": claimed.attempt}


def retry(session: Session, claimed: Claim, *, after: timedelta, error_type: str, error: str) -> bool:
    """Put a job back for later; False where it has no tries or time left, or is no longer this worker's."""
    put_back = session.execute(
        _update()
        .where(
            _owned(claimed),
            Job.retries + 1 < MAX_RETRIES,
            Job.started_at > database_time(after - RETRY_WINDOW),
        )
        .values(
            status="RETRY",
            retries=Job.retries + 1,
            run_at=database_time(after),
            published_at=None,
            lease_until=None,
            stage="waiting to try again",
            error_type=error_type,
            error=error,
        )
        .returning(Job.id)
    )
    return put_back.one_or_none() is not None


def hand_over(session: Session, claimed: Claim) -> bool:
    """Give a job back at shutdown, so that another worker starts it at once; this is no crash."""
    given = session.execute(
        _update()
        .where(_owned(claimed))
        .values(
            status="RETRY", run_at=database_time(), published_at=None, lease_until=None, stage="handed over"
        )
        .returning(Job.id)
    )
    return given.one_or_none() is not None


def hand_over_all(session: Session, worker: str) -> int:
    """Give back every job that a worker holds (it is shutting down); return how many."""
    given = session.execute(
        _update()
        .where(Job.worker == worker, Job.status == "STARTED")
        .values(
            status="RETRY",
            run_at=database_time(),
            published_at=None,
            lease_until=None,
            stage="handed over",
        )
        .returning(Job.id)
    )
    return len(given.all())


def cancel(session: Session, job_id: str) -> JobView:
    """Revoke a job that has not ended; final.

    Raises:
        NotFound: there is no such job.
        AlreadyFinished: it has ended.
    """
    revoked = session.execute(
        _update()
        .where(Job.id == job_id, Job.status.not_in(FINAL))
        .values(status="REVOKED", stage="cancelled", finished_at=database_time(), lease_until=None)
        .returning(Job.id)
    ).one_or_none()
    found = get(session, job_id)
    if revoked is None:
        raise AlreadyFinished(
            f"Task {job_id} has already ended with {found.status}.", remedy="There is nothing left to cancel."
        )
    return found


def revoke_of_teams(session: Session, team_ids: Sequence[str]) -> int:
    """Revoke what waits or runs for teams that are deleted in this transaction; return how many that were.

    Those that failed before say it too: nobody has to look after them any more.
    """
    failed = Job.team_id.in_(team_ids), Job.status == "FAILURE", ~of_a_deleted_team()
    told = func.coalesce(Job.error + " ", "") + TEAM_DELETED
    session.execute(_update().where(*failed).values(error=told))
    revoked = session.execute(
        _update()
        .where(Job.team_id.in_(team_ids), Job.status.not_in(FINAL))
        .values(
            status="REVOKED",
            stage="cancelled",
            error=TEAM_DELETED,
            finished_at=database_time(),
            lease_until=None,
        )
        .returning(Job.id)
    )
    return len(revoked.all())


def of_a_deleted_team() -> ColumnElement[bool]:
    """Say of a failed job whether its team was deleted since."""
    return func.coalesce(Job.error, "").endswith(TEAM_DELETED, autoescape=True)


def requeue_expired(session: Session, *, max_crashes: int = MAX_CRASHES) -> tuple[int, int]:
    """Put back jobs whose worker went silent, or fail those that ran out of crashes; return (put back, failed)."""
    expired = and_(Job.status == "STARTED", Job.lease_until < database_time())
    last = Job.crashes + 1 >= max_crashes
    failed = session.execute(
        _update()
        .where(expired, last)
        .values(
            status="FAILURE",
            crashes=Job.crashes + 1,
            lease_until=None,
            finished_at=database_time(),
            stage="failed",
            error_type="WorkerDied",
            error=f"The worker died or went silent {max_crashes} times while it worked on this task. "
            "The log of the worker says why; a task that needs too much memory is the usual reason.",
        )
        .returning(Job.id)
    ).all()
    back = session.execute(
        _update()
        .where(expired)
        .values(
            status="RETRY",
            crashes=Job.crashes + 1,
            lease_until=None,
            published_at=None,
            run_at=database_time(),
            stage="waiting after its worker went silent",
        )
        .returning(Job.id)
    ).all()
    return len(back), len(failed)


def expired(session: Session) -> bool:
    """Say, without a write, whether any lease has run out."""
    query = select(Job.id).where(Job.status == "STARTED", Job.lease_until < database_time()).limit(1)
    return session.scalar(query) is not None


def view(job: Job) -> JobView:
    """Return the row as doors show it."""
    return JobView(
        id=job.id,
        kind=job.kind,
        status=job.status,
        team_id=job.team_id,
        params=job.params,
        percent=job.percent,
        stage=job.stage,
        attempts=job.attempt,
        result=job.result,
        error=job.error,
        error_type=job.error_type,
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
    )


def parse_cursor(cursor: str) -> tuple[datetime, str]:
    """Read a cursor that :func:`cursor_of` wrote.

    Raises:
        InvalidInput: it is not one.
    """
    try:
        moment, job_id = cursor.split("~", 1)
        return datetime.fromisoformat(moment), str(uuid.UUID(job_id))
    except ValueError:
        raise InvalidInput(
            "The cursor is not one that this list gave.", remedy="Start without a cursor."
        ) from None


def cursor_of(job: JobView) -> str:
    """Return where a list goes on after this job."""
    return f"{job.created_at.isoformat().replace('+00:00', 'Z')}~{job.id}"
