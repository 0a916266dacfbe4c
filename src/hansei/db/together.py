"""Small writes that wait at the same time, carried out in one transaction.

With eight clients submitting at once, the write lock is taken and the disk waited for once and not eight times.
Each caller is answered after the commit that holds its write, never before.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from time import monotonic
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from hansei.errors import Busy

MOST = 64
"""Writes in one transaction: it must not hold SQLite's lock for long."""
STOP_SECONDS = 10.0
PATIENCE_SECONDS = 5.0
"""Who has waited so long while the database was busy hears so at once, and not after those before it in turn."""

T = TypeVar("T")
Work = Callable[[Session], Any]
Waiting = tuple[Work, "Future[Any]", float]
"""What is to be written, who waits for it, and since when."""


class Together:
    """One thread that writes for all; it starts with the first write."""

    def __init__(self, write: Callable[[], AbstractContextManager[Session]]) -> None:
        self._write = write
        self._waiting: queue.SimpleQueue[Waiting | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def submit(self, work: Callable[[Session], T]) -> Future[T]:
        """Have ``work`` done in a transaction; the future holds what it returned once that is committed.

        ``work`` may be called twice (the first transaction is rolled back then), so it does nothing but write.
        """
        done: Future[T] = Future()
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="hansei-writer", daemon=True)
                self._thread.start()
            self._waiting.put((work, done, monotonic()))
        return done

    def close(self) -> None:
        """End the thread once all that waits is written."""
        with self._lock:
            thread, self._thread = self._thread, None
            if thread is not None:
                self._waiting.put(None)
        if thread is not None:
            thread.join(STOP_SECONDS)

    def _run(self) -> None:
        busy: Busy | None = None
        while (first := self._waiting.get()) is not None:
            batch, last = [first], False
            while len(batch) < MOST and not self._waiting.empty():
                following = self._waiting.get()
                if following is None:
                    last = True
                    break
                batch.append(following)
            wanted = [one for one in batch if one[1].set_running_or_notify_cancel()]
            if busy is not None:
                wanted = _still_patient(wanted, busy)
            if wanted:
                busy = self._carry_out(wanted)
            if last:
                return

    def _carry_out(self, batch: list[Waiting]) -> Busy | None:
        """Write for all of these and tell them; return the error where the database was busy."""
        committing = False
        try:
            with self._write() as session:
                results = [work(session) for work, *_ in batch]
                committing = True
        except BaseException as error:  # noqa: BLE001 - whoever waits must hear of it
            # A commit that failed may have been kept: never do it twice. A database that was busy for one is for all:
            # to ask it for each in turn would let the last one wait for minutes.
            if len(batch) == 1 or committing or isinstance(error, Busy):
                for _, done, _ in batch:
                    done.set_exception(error)
                return error if isinstance(error, Busy) else None
            for one in batch:  # nothing was kept: whose fault it was shows when each is done alone
                self._carry_out([one])
        else:
            for (_, done, _), result in zip(batch, results, strict=True):
                done.set_result(result)
        return None


def _still_patient(batch: list[Waiting], busy: Busy) -> list[Waiting]:
    """Tell those who have waited long enough that the database is busy; return the others."""
    now = monotonic()
    late = [one for one in batch if now - one[2] >= PATIENCE_SECONDS]
    for _, done, _ in late:
        done.set_exception(busy)
    return [one for one in batch if one not in late]
