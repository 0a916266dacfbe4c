"""``hansei worker``: the Celery worker with Hansei's own defaults."""

from __future__ import annotations

from collections.abc import Sequence

from hansei import jobs
from hansei.errors import InvalidInput

POOLS = ("prefork", "solo")


def check_pool(pool: str) -> None:
    """Do nothing where a task that runs in this pool can be stopped.

    Raises:
        InvalidInput: it cannot.
    """
    if pool not in POOLS:
        raise InvalidInput(
            f"The pool {pool!r} is not offered: a task that runs in it cannot be stopped, be it cancelled, past its "
            "limit or in the way of a shutdown.",
            remedy="Use prefork (several tasks at once) or solo (one at a time).",
        )


def arguments(
    *,
    pool: str = "prefork",
    concurrency: int = 2,
    queues: Sequence[str] = (),
    name: str | None = None,
    level: str = "INFO",
) -> list[str]:
    """Return the worker's command line, without the program.

    Raises:
        InvalidInput: the pool is none that is offered.
    """
    check_pool(pool)
    listed = ",".join(queues or sorted({*jobs.QUEUES.values()}))
    argv = [
        "worker",
        f"--pool={pool}",
        f"--concurrency={concurrency}",
        f"--queues={listed}",
        f"--loglevel={level}",
    ]
    argv += ["--max-tasks-per-child=1000"]
    return [*argv, f"--hostname={name}"] if name else argv


def run(argv: Sequence[str]) -> int:
    """Work until told to stop; return the exit code, which is not 0 where an error ended the worker.

    Raises:
        SetupError: no broker is configured.
        SystemExit: the database's schema does not fit.
    """
    from celery.bin.celery import celery

    from hansei.tasks.celery_app import app

    celery.params[0].default = app  # as `app.worker_main` does, which keeps the exit code to itself
    code = celery.main(args=list(argv), standalone_mode=False)
    return int(code or 0)
