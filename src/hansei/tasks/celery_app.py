"""The Celery app of the workers: ``celery -A hansei.tasks.celery_app worker``.

A task takes the id of a job row and nothing else; the row says what to do.
"""

from __future__ import annotations

import gc
import importlib
import logging
import os
import threading
import uuid
from typing import Any

import structlog
from billiard import current_process
from celery import Celery, Task, bootsteps, signals
from sqlalchemy.exc import SQLAlchemyError

from hansei import jobs
from hansei.bootstrap import Wiring, celery_app, configure_logging, wire
from hansei.db.session import Database
from hansei.errors import HanseiError
from hansei.services import workers
from hansei.tasks import doorbell, pulse, runner
from hansei.tasks.worker import check_pool

log = structlog.get_logger(__name__)
SEEN_SECONDS = 15.0
GIVE_BACK_SECONDS = 0.5
"""While a worker ends, it looks this often for what it holds."""
LONGEST_NAME = 200
NICENESS = 5
"""How far the processes that work stand back (nice), of 19."""

COLLECT_AFTER = 20_000
"""Objects made and not gone before the collector looks for circles: about what a report makes."""

build = wire
"""How a worker process wires itself; a test worker puts other parts here."""

importlib.import_module("hansei.core.pipeline")  # before the fork: children share numpy and the engine

doorbell.install()
app: Celery = celery_app(wire().settings, role="worker")
app.conf.worker_consumer = "hansei.tasks.consumer:Consumer"
app.Task.Request = "hansei.tasks.consumer:Request"
_wiring: Wiring | None = None
_process = uuid.uuid4().hex
"""Tells this worker from another one of its name; the processes that it forks share it."""


def wiring() -> Wiring:
    """Return this process's wiring, made on first use: after the fork, never before."""
    global _wiring  # noqa: PLW0603 - one per process
    if _wiring is None:
        _wiring = build()
    return _wiring


def _run(task: Task, job_id: str) -> None:
    hostname = str(task.request.hostname)
    replaceable = current_process().name != "MainProcess"
    own = wiring()
    runner.run(
        own,
        job_id,
        worker=_holder(hostname),
        replaceable=replaceable,
        on_beat=lambda: None if replaceable else _write_seen(own.database, hostname),
    )


def _holder(name: str) -> str:
    """Return who holds the jobs of this worker: of two of one name, each gives back its own."""
    return f"{name[: LONGEST_NAME - len(_process) - 1]} {_process}"


@app.task(name=jobs.TASK_NAMES["report"], bind=True, ignore_result=True)
def generate_report_task(self: Task, job_id: str) -> None:
    """Make a report."""
    _run(self, job_id)


@app.task(name=jobs.TASK_NAMES["sync"], bind=True, ignore_result=True)
def sync_metrics_task(self: Task, job_id: str) -> None:
    """Sync a team's metrics."""
    _run(self, job_id)


@app.task(name=jobs.TASK_NAMES["cleanup"], bind=True, ignore_result=True)
def cleanup_old_reports_task(self: Task, job_id: str) -> None:
    """Clean up old reports."""
    _run(self, job_id)


@app.task(name=jobs.TASK_NAMES["export"], bind=True, ignore_result=True)
def export_report_task(self: Task, job_id: str) -> None:
    """Draw a form of a stored report."""
    _run(self, job_id)


@app.task(name=jobs.TASK_NAMES["narrative"], bind=True, ignore_result=True)
def write_narrative_task(self: Task, job_id: str) -> None:
    """Write the prose of a stored report again."""
    _run(self, job_id)


@signals.setup_logging.connect
def _log(**_: Any) -> None:
    level = wire().settings.log_level
    configure_logging(level)
    if level != "DEBUG":  # two lines a task under ids that nobody else knows: ours says what was done
        for name in ("celery.worker.strategy", "celery.app.trace"):
            logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelNamesMapping()[level]))


@signals.worker_init.connect
def _check_schema(**_: Any) -> None:
    """Refuse to start on a stale schema; nothing of this connection may survive the fork."""
    fresh = build()
    try:
        fresh.require_ready()
    except HanseiError as error:
        raise SystemExit(error.sentence()) from None
    finally:
        fresh.database.close()


@signals.worker_init.connect
def _check_pool(sender: Any, **_: Any) -> None:
    """Refuse a pool in which no task can be stopped, whatever command line started the worker."""
    try:
        check_pool(sender.pool_cls.__module__.rpartition(".")[2])
    except HanseiError as error:
        raise SystemExit(error.sentence()) from None


@signals.worker_process_init.connect
def _give_way(**_: Any) -> None:
    """Let the API go first where it shares the machine: a report may wait, a request may not."""
    os.nice(NICENESS)


@signals.worker_process_init.connect
def _collect_seldom(**_: Any) -> None:
    """Leave out of the collector what lives to the end, and let it look once a report or two: it took a tenth."""
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 20)


class Seen(bootsteps.StartStopStep):  # type: ignore[misc]  # Celery is untyped
    """Says that the worker lives, now and from the event loop: no thread in a process that forks.

    A step and not a signal: the timer is emptied when the broker is lost, and steps start again when it is back.
    """

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def start(self, parent: Any) -> None:
        """Begin, at the start and after each loss of the broker."""
        global _served  # noqa: PLW0603 - one per process
        pool = type(parent.pool).__module__.rsplit(".", 1)[-1]
        _served = (pool, tuple(sorted(q.name for q in parent.task_consumer.queues)))
        name = str(parent.hostname)
        _seen(name)
        parent.timer.call_repeatedly(SEEN_SECONDS, _seen, (name,))


app.steps["consumer"].add(Seen)


@signals.worker_shutting_down.connect
def _hand_over(sender: Any, **_: Any) -> None:
    """Give back what is running. In another thread: this one may be inside a transaction."""
    pulse.shutting_down.set()
    threading.Thread(target=_hand_over_all, args=(str(sender),), name="hand-over").start()


def _hand_over_all(name: str) -> None:
    """Give back what this worker holds until it has ended: a process that had a message may claim its job yet."""
    own = Database(build().settings.database)
    main, ended = threading.main_thread(), False
    try:
        while not ended:
            ended = not main.is_alive()
            _give_back(own, name)
            main.join(GIVE_BACK_SECONDS)
    finally:
        own.close()


def _give_back(database: Database, name: str) -> None:
    try:
        with database.write() as session:
            given = jobs.hand_over_all(session, _holder(name))
            workers.gone(session, name[:LONGEST_NAME], process=_process)
    except (HanseiError, SQLAlchemyError):
        log.warning("left_to_their_leases", worker=name)
    else:
        if given:
            log.info("handed_over", jobs=given)


_said_before = False
_served: tuple[str, tuple[str, ...]] = ("", ())
"""The pool and the queues of this worker."""


def _seen(name: str) -> None:
    """Note that the worker lives, over a connection that is gone before the next fork."""
    own = Database(build().settings.database)
    try:
        _write_seen(own, name)
    finally:
        own.close()


def _write_seen(database: Database, name: str) -> None:
    global _said_before  # noqa: PLW0603 - one per process
    pool, queues = _served
    try:
        with database.write(durable=False) as session:
            shared = workers.seen(
                session, name[:LONGEST_NAME], queues=queues, pool=pool, process=_process, again=_said_before
            )
    except (
        HanseiError,
        SQLAlchemyError,
    ) as error:  # no room, or another of this name: the work itself goes on
        log.warning("seen_not_written", worker=name, why=type(error).__name__)
        return
    _said_before = True
    if shared:
        log.warning("name_not_its_own", worker=name, so=workers.shared_name(name))
