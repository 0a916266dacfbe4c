"""Running a task in this very process, for commands that need no worker."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from hansei.cli import exits, screen

if TYPE_CHECKING:
    from hansei.bootstrap import Wiring
    from hansei.jobs import JobView

LOOK_SECONDS = 0.2


def run(wiring: Wiring, job: JobView, *, title: str) -> JobView:
    """Run an accepted task to its end, with its progress on the screen; return its final state.

    Ctrl-C cancels the task: it would otherwise wait for a worker.
    """
    from hansei import jobs
    from hansei.errors import AlreadyFinished
    from hansei.tasks.runner import run_inline

    over = threading.Event()
    with screen.bar(title) as show:

        def follow() -> None:
            while not over.wait(LOOK_SECONDS):
                with wiring.database.read() as session:
                    now = jobs.get(session, job.id)
                show(now.percent, now.stage)

        follower = threading.Thread(target=follow, name="progress", daemon=True)
        follower.start()
        try:
            return run_inline(wiring, job.id)
        except KeyboardInterrupt:
            with suppress(AlreadyFinished), wiring.database.write() as session:
                jobs.cancel(session, job.id)
            raise
        finally:
            over.set()
            follower.join()


def told(done: JobView, *, as_json: bool) -> int | None:
    """Tell how a task ended where that is all there is to tell; return the exit code, None for a success to show."""
    code = exits.OK if done.status == "SUCCESS" else exits.code_of_name(done.error_type)
    if as_json:
        screen.job(done, as_json=True)
        return code
    if done.status == "SUCCESS":
        return None
    screen.say(f"The task ended with {done.status}. {done.error or ''}".rstrip())
    return code
