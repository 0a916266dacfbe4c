"""Ringing the bell: publish waiting jobs, and sweep up what a fault left behind.

The request path never touches the broker. A thread of the API, woken after each commit, publishes; every few
seconds it sweeps as well, so that api and worker alone keep every promise. All of it is safe anywhere in
parallel: a second message does no harm, since only one claim can win.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import Protocol

import structlog

from hansei import jobs
from hansei.db.session import Database
from hansei.errors import Busy, HanseiError, StorageFull

log = structlog.get_logger(__name__)
SWEEP_SECONDS = 5.0
SHUTDOWN_SECONDS = 3.0
ROUND_SECONDS = 0.03
"""At least this long from one round of publishing to the next: a stream of submissions is marked in batches."""
REFILL_SECONDS = 0.25
"""While jobs wait for room in their team's window, the relay looks this often."""
AT_ONCE = 500
"""Jobs published before what is due is looked up anew."""
RETRY_SECONDS = 1.0
"""While the broker is away, the relay tries this often."""
REFUSED_SECONDS = 60.0
"""So long a broker that took no message is remembered where none was sent since; what waits is tried each second."""
OVERTAKEN_BY = timedelta(seconds=1)
"""Messages sent closer together may stand in a queue in any order: a batch is marked when all of it was sent."""


class BrokerDown(HanseiError):
    """The broker did not take a message; the job stays unpublished and is published later."""

    title = "The broker is not available"


class Publisher(Protocol):
    """Hands messages to the broker."""

    def publish(self, bell: jobs.Bell) -> None:
        """Send one message under a fresh id.

        Raises:
            BrokerDown: it could not be sent.
        """

    def oldest(self, queue: str) -> str | None:
        """Return the id of the job whose message is next in a queue; None of an empty queue.

        Raises:
            BrokerDown: the broker does not answer.
        """


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep did; ``more`` as of :class:`Published`."""

    published: int = 0
    put_back: int = 0
    failed: int = 0
    more: bool = False


@dataclass(frozen=True, slots=True)
class Published:
    """What a round of publishing did; ``more`` says that jobs are left that wait for room in their team's window."""

    count: int
    more: bool


def publish_waiting(database: Database, publisher: Publisher) -> Published:
    """Publish every due job that has not been, as far as its team's window has room.

    Raises:
        BrokerDown: the rest stays unpublished.
    """
    total = 0
    while True:
        with database.read() as session:
            bells = jobs.bells(session, limit=AT_ONCE)
        total += _publish(database, publisher, bells.now)
        if len(bells.now) < AT_ONCE:  # what was committed meanwhile has woken the relay again
            return Published(total, bells.more)


def sweep(database: Database, publisher: Publisher, *, max_crashes: int = jobs.MAX_CRASHES) -> Swept:
    """Put back jobs whose worker went silent, publish what is unpublished, and again what was lost.

    A message counts as lost when its job still waits some seconds after publication although its queue is empty,
    or although the next message there was sent later: so the loss of the broker's whole memory heals, the loss of
    one message does in a queue that never empties, and a long backlog is not published twice.

    Raises:
        BrokerDown: what could be done in the database was done.
    """
    put_back = failed = 0
    with database.read() as session:
        silent = jobs.expired(session)
    if silent:
        with database.write() as session:
            put_back, failed = jobs.requeue_expired(session, max_crashes=max_crashes)
        log.warning("leases_expired", put_back=put_back, failed=failed)
    waiting = publish_waiting(database, publisher)
    again = _publish(database, publisher, _lost(database, publisher))
    return Swept(waiting.count + again, put_back, failed, waiting.more)


def _lost(database: Database, publisher: Publisher) -> list[jobs.Bell]:
    with database.read() as session:
        suspects = jobs.unanswered(session, after=jobs.REPUBLISH_AFTER)
    found: list[jobs.Bell] = []
    for queue in sorted({b.queue for b in suspects}):
        waiting = [b for b in suspects if b.queue == queue]
        following = publisher.oldest(queue)
        if following is None:
            found += waiting
            continue
        with database.read() as session:
            sent = jobs.published_at(session, following)
        found += [b for b in waiting if b.rung_at and sent and b.rung_at < sent - OVERTAKEN_BY]
    return found


def _publish(database: Database, publisher: Publisher, bells: Iterable[jobs.Bell]) -> int:
    sent: list[str] = []
    try:
        for bell in bells:
            publisher.publish(bell)
            sent.append(bell.job_id)
    finally:
        # A death between sending and marking only sends twice.
        if sent:
            with database.write(durable=False, single=True) as session:
                jobs.mark_published(session, sent)
    return len(sent)


class Relay:
    """The thread that publishes."""

    def __init__(
        self, database: Database, publisher: Publisher, *, max_crashes: int = jobs.MAX_CRASHES
    ) -> None:
        self._database, self._max_crashes = database, max_crashes
        self._publisher = _Heard(publisher)
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hansei-relay", daemon=True)

    @property
    def broker_up(self) -> bool:
        """False where the broker, a moment ago, did not take the last message that it was given, or did not answer."""
        return self._publisher.up

    def start(self) -> None:
        """Start publishing."""
        self._thread.start()

    def wake(self) -> None:
        """Say that a job was committed."""
        self._wake.set()

    def stop(self) -> None:
        """End the thread; what is unpublished stays so and is published by the next relay."""
        self._stop.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(SHUTDOWN_SECONDS)

    def _run(self) -> None:
        swept_at = -SWEEP_SECONDS
        while not self._stop.is_set():
            due = monotonic() - swept_at >= SWEEP_SECONDS
            if due:
                swept_at = monotonic()
            began = monotonic()
            pause = self._once(sweeping=due)
            if pause:
                # Not woken: to look through a long backlog after every commit would cost more than it brings.
                self._stop.wait(pause)
            else:
                self._wake.wait(max(0.0, SWEEP_SECONDS - (monotonic() - swept_at)))
                self._stop.wait(max(0.0, ROUND_SECONDS - (monotonic() - began)))
            self._wake.clear()

    def _once(self, *, sweeping: bool) -> float:
        """Publish; return after how many seconds to look again although nobody wakes us (0: at the next sweep)."""
        try:
            done: Swept | Published
            if sweeping:
                done = sweep(self._database, self._publisher, max_crashes=self._max_crashes)
            else:
                done = publish_waiting(self._database, self._publisher)
        except BrokerDown:
            return RETRY_SECONDS
        except (Busy, StorageFull) as error:
            log.warning("relay_waits", why=str(error))
        except Exception:
            log.exception("relay_failed")
        else:
            return REFILL_SECONDS if done.more else 0.0
        return 0.0


class _Heard:
    """A publisher that remembers what became of the last message, and says in the log where that changes."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher
        self._refused_at: float | None = None

    @property
    def up(self) -> bool:
        return self._refused_at is None or monotonic() - self._refused_at > REFUSED_SECONDS

    def publish(self, bell: jobs.Bell) -> None:
        try:
            self._publisher.publish(bell)
        except BrokerDown as error:
            self._away(error)
            raise
        if self._refused_at is not None:
            self._refused_at = None
            log.warning("broker_back")

    def oldest(self, queue: str) -> str | None:
        try:
            return self._publisher.oldest(queue)
        except BrokerDown as error:
            self._away(error)
            raise

    def _away(self, error: BrokerDown) -> None:
        if self._refused_at is None:
            log.warning("broker_away", why=str(error))
        self._refused_at = monotonic()
