"""The pulse of a running job, where its signal comes in at the worst moment."""

from __future__ import annotations

import signal
import sys
from contextlib import suppress
from types import FrameType

from hansei import jobs
from hansei.db.session import Database
from hansei.errors import TaskStopped
from hansei.tasks.pulse import Pulse
from support.waiting import until


def test_a_signal_that_comes_in_while_the_block_is_left_leaves_no_pulse_behind(database: Database) -> None:
    with database.write() as session:
        job = jobs.accept(session, "report", None, {})
    with database.write() as session:
        claimed = jobs.claim(session, job.id, "here")
    assert claimed is not None
    before = signal.getsignal(signal.SIGALRM)
    came: list[str] = []

    def as_it_is_left(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code is Pulse.__exit__.__code__:
            sys.setprofile(None)
            came.append(frame.f_code.co_name)
            signal.raise_signal(signal.SIGALRM)

    pulse = Pulse(database, claimed, limit=60, replaceable=False, on_beat=lambda: None)
    try:
        with suppress(TaskStopped), pulse:
            sys.setprofile(as_it_is_left)
            with database.write() as session:
                jobs.cancel(session, job.id)
            until("it is stopped", pulse.check)
        assert came == ["__exit__"]
        assert pulse._over.is_set()  # its thread looks at this before it signals again
        assert signal.getsignal(signal.SIGALRM) is before
    finally:
        pulse._over.set()  # one that was left behind would interrupt the tests that follow
