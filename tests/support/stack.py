"""A real worker as a child process, and the steps a door takes to give it work."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from hansei import jobs
from hansei.bootstrap import Wiring, wire
from hansei.db.session import Database
from hansei.services import relay, workers
from support import forks
from support.waiting import until

TESTS = Path(__file__).resolve().parents[1]


def environment(database_url: str, broker_url: str, **more: str) -> dict[str, str]:
    """Return the environment of a child: ours, with Hansei's settings replaced."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("HANSEI_")}
    return clean | {
        "HANSEI_DATABASE_URL": database_url,
        "HANSEI_BROKER_URL": broker_url,
        "PYTHONPATH": str(TESTS),
        **more,
    }


@contextmanager
def worker(
    environ: dict[str, str], *options: str, app: str = "hansei.tasks.celery_app", log: Path | None = None
) -> Iterator[psutil.Process]:
    """Run ``celery -A … worker`` as the mission document prints it, until it says that it is ready."""
    words = ("-A", app, "worker", "--loglevel=info", "--without-mingle", *options)
    child = forks.Fork("celery", *words, environ=environ, log=log)
    database = Database(environ["HANSEI_DATABASE_URL"])
    try:
        name = next((o.removeprefix("--hostname=") for o in options if o.startswith("--hostname=")), None)
        until(
            "the worker is ready",
            lambda: child.returncode is not None or _ready(database, name),
            seconds=30,
        )
        if child.returncode is not None:
            raise AssertionError(f"the worker ended with {child.returncode}")
        yield psutil.Process(child.pid)
    finally:
        database.close()
        child.end()


def _ready(database: Database, name: str | None) -> bool:
    with database.read() as session:
        return any(name is None or w.name.startswith(name.rstrip("%h")) for w in workers.fresh(session))


def ring(wiring: Wiring) -> int:
    """Publish what waits, as the relay does after a commit."""
    return relay.publish_waiting(wiring.database, wiring.publisher).count


def wired(environ: dict[str, str]) -> Wiring:
    """Wire this process to the same database and broker as the children."""
    return wire({k: v for k, v in environ.items() if k.startswith("HANSEI_")})


def finished(database: Database, job_id: str, *, seconds: float = 30) -> jobs.JobView:
    """Wait until a job has ended and return it."""

    def look() -> jobs.JobView | None:
        with database.read() as session:
            found = jobs.get(session, job_id)
        return found if found.finished else None

    return until(f"task {job_id} has ended", look, seconds=seconds)


def started(
    database: Database, job_id: str, *, seconds: float = 30, stage: str | None = None
) -> jobs.JobView:
    """Wait until a job is running (and in a stage) and return it."""

    def look() -> jobs.JobView | None:
        with database.read() as session:
            found = jobs.get(session, job_id)
        return found if found.status == "STARTED" and stage in (None, found.stage) else None

    return until(f"task {job_id} is running", look, seconds=seconds)
