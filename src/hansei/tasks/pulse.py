"""The heartbeat of a running job: extends the lease, writes the progress, notices when the job is lost.

Cancelling and limits work from the job row, in every pool: the pulse's thread sees that the row is no longer
ours, raises a flag for the next checkpoint, interrupts the working thread where that is possible, and as a last
resort ends the process where a pool will replace it.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from queue import SimpleQueue
from time import monotonic
from types import CodeType, FrameType, TracebackType
from typing import Self

import structlog

from hansei import jobs
from hansei.db.session import Database
from hansei.errors import Busy, TaskStopped

log = structlog.get_logger(__name__)
LOOK_SECONDS = 0.5
BEAT_SECONDS = 5.0
GRACE_SECONDS = 0.7
"""From the interruption to the end of the process: with LOOK_SECONDS a slot is free within two seconds."""

shutting_down = threading.Event()
"""Set when this process was asked to stop (pools that work in the main process)."""


@dataclass(slots=True)
class _State:
    percent: int = 0
    stage: str = "starting"
    dirty: bool = False


class Pulse:
    """Keeps one claimed job alive while the block runs.

    ``limit`` is in seconds. ``replaceable`` says that a pool restarts this process when it ends.
    """

    def __init__(
        self,
        database: Database,
        claimed: jobs.Claim,
        *,
        limit: float,
        replaceable: bool,
        on_beat: Callable[[], None],
    ) -> None:
        self._database, self._claimed = database, claimed
        self._deadline = monotonic() + limit
        self._limit = limit
        self._replaceable = replaceable
        self._on_beat = on_beat
        self._state = _State()
        self._beaten = 0.0
        self._over = threading.Event()
        self._lost = threading.Event()
        self._acting = threading.Lock()
        self._interruptible = threading.current_thread() is threading.main_thread()
        self._before: object = None

    def __enter__(self) -> Self:
        if self._interruptible:
            self._before = signal.signal(signal.SIGALRM, self._interrupt)
        _beaters.take(self._run)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        with self._acting:  # what it is doing is done; from here on it does nothing
            pass
        if self._interruptible:
            signal.signal(signal.SIGALRM, self._before)  # type: ignore[arg-type]  # what signal.signal gave us

    def progress(self, percent: int, stage: str) -> None:
        """Note the progress; the pulse writes it.

        Raises:
            TaskStopped: the job is no longer ours.
        """
        self._state.percent, self._state.stage, self._state.dirty = max(0, min(99, percent)), stage, True
        self.check()

    def check(self) -> None:
        """Go on, or raise.

        Raises:
            TaskStopped: the job is no longer ours.
        """
        if self._lost.is_set():
            raise TaskStopped("The task was cancelled, timed out, or passed to another worker.")

    def _interrupt(self, _signal: int, frame: FrameType | None) -> None:
        # While the block is entered or left nothing is to be interrupted: an exception there would leave the pulse
        # running, and it would end the process in the middle of the next task.
        if self._lost.is_set() and not self._over.is_set() and not _runs(frame, *_EDGES):
            raise TaskStopped("The task was cancelled, timed out, or passed to another worker.")

    def _run(self) -> None:
        self._beaten = monotonic()
        while not self._over.wait(LOOK_SECONDS):
            with self._acting:
                if self._over.is_set():
                    return
                if not self._beat():
                    break
        self._stop_work()

    def _beat(self) -> bool:
        """Look once, and write what is due; return whether the job is still ours, as far as can be known."""
        try:
            due = monotonic() - self._beaten >= BEAT_SECONDS
            if not self._still_ours(write=due or self._state.dirty):
                return False
            if due:
                self._on_beat()
            if due or self._state.dirty:
                self._beaten, self._state.dirty = monotonic(), False
        except Busy:  # once the lease has run out, somebody else may have the job
            return monotonic() - self._beaten <= jobs.LEASE.total_seconds()
        except Exception:
            log.exception("pulse_failed", task_id=self._claimed.job_id)
        return True

    def _still_ours(self, *, write: bool) -> bool:
        if monotonic() > self._deadline:
            with self._database.write() as session:
                jobs.fail(
                    session,
                    self._claimed,
                    "TimeLimit",
                    f"The task took longer than its limit of {self._limit:.0f} s and was stopped. "
                    "Ask for fewer sprints, or see the worker's log for what it was waiting for.",
                )
            return False
        if shutting_down.is_set():
            with self._database.write() as session:
                jobs.hand_over(session, self._claimed)
            return False
        if write:
            with self._database.write(durable=False, single=True) as session:
                return jobs.heartbeat(
                    session, self._claimed, percent=self._state.percent, stage=self._state.stage
                )
        with self._database.read() as session:
            return jobs.owns(session, self._claimed)

    def _stop_work(self) -> None:
        with self._acting:
            if self._over.is_set():
                return
            log.info("job_stopped", task_id=self._claimed.job_id, attempt=self._claimed.attempt)
            self._lost.set()
        until = monotonic() + GRACE_SECONDS
        while not self._over.wait(0.1):
            with self._acting:
                if self._over.is_set():
                    return
                if self._interruptible:
                    with suppress(ProcessLookupError):
                        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGALRM)
                if self._replaceable and monotonic() > until:
                    log.warning("worker_process_ended", task_id=self._claimed.job_id)
                    os.kill(os.getpid(), signal.SIGKILL)


_EDGES = (Pulse.__enter__.__code__, Pulse.__exit__.__code__)


def _runs(frame: FrameType | None, *codes: CodeType) -> bool:
    """Say whether one of these functions is being carried out where a signal came in."""
    while frame is not None:
        if frame.f_code in codes:
            return True
        frame = frame.f_back
    return False


class _Beaters:
    """Threads that carry out one pulse after another: to start one for each task took as long as to read a sprint."""

    def __init__(self) -> None:
        self._idle: list[SimpleQueue[Callable[[], None]]] = []

    def take(self, work: Callable[[], None]) -> None:
        """Have ``work`` done by a thread that is free, or by a new one."""
        try:
            box = self._idle.pop()
        except IndexError:
            box = SimpleQueue()
            threading.Thread(target=self._serve, args=(box,), name="pulse", daemon=True).start()
        box.put(work)

    def _serve(self, box: SimpleQueue[Callable[[], None]]) -> None:
        while True:
            try:
                box.get()()
            except Exception:
                log.exception("pulse_ended")
            self._idle.append(box)

    def forget(self) -> None:
        """Start anew: a fork has the list, and none of the threads."""
        self._idle.clear()


_beaters = _Beaters()
os.register_at_fork(after_in_child=_beaters.forget)
