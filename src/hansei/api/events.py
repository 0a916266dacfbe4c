"""Progress by server-sent events: one look at the database serves every open stream of the process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import structlog
from anyio import to_thread

from hansei import jobs
from hansei.api.schemas.tasks import TaskStatus
from hansei.db.session import Database
from hansei.errors import Busy, HanseiError
from hansei.jobs import JobView

log = structlog.get_logger(__name__)
LOOK_SECONDS = 0.25
HEARTBEAT_SECONDS = 15.0
MOST_STREAMS = 500
HEARTBEAT = ": still here\n\n"


class Listener:
    """One open stream: what it was last told, and what it is to be told next."""

    def __init__(self, job: JobView) -> None:
        self.told = _state(job)
        self.queue: asyncio.Queue[JobView | None] = asyncio.Queue()

    def tell(self, job: JobView | None) -> None:
        """Pass on a state that is news; None ends the stream."""
        if job is None or _state(job) != self.told:
            self.told = _state(job) if job else ()
            self.queue.put_nowait(job)


class Watch:
    """Follows the tasks that somebody watches. Used on the event loop only, but for ``check_room``."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._listeners: dict[str, set[Listener]] = {}
        self._poller: asyncio.Task[None] | None = None
        self._closed = False
        self._open = 0

    def close(self) -> None:
        """End every stream: the server stops."""
        self._closed = True
        if self._poller is not None:
            self._poller.cancel()
        for listener in [one for listeners in self._listeners.values() for one in listeners]:
            listener.tell(None)

    def check_room(self) -> None:
        """Do nothing where one more stream may open; any thread may ask.

        Raises:
            Busy: there are too many, or the server stops.
        """
        if self._closed or self._open >= MOST_STREAMS:
            raise Busy("Too many event streams are open.", remedy="Ask GET /tasks/status/{task_id} instead.")

    async def stream(self, job: JobView) -> AsyncIterator[str]:
        """Yield the task's events until its final state was sent."""
        yield f"retry: 2000\n\n{event(job)}"
        with self._listening(job) as listener:
            while not job.finished:
                try:
                    news = await asyncio.wait_for(listener.queue.get(), HEARTBEAT_SECONDS)
                except TimeoutError:
                    yield HEARTBEAT
                    continue
                if news is None:
                    return
                job = news
                yield event(job)

    async def ended(self, job: JobView, seconds: float) -> JobView:
        """Return a task once it has ended, or as it stands after so many seconds; holds no thread meanwhile."""
        until = asyncio.get_running_loop().time() + seconds
        with self._listening(job) as listener:
            while not job.finished:
                left = until - asyncio.get_running_loop().time()
                try:
                    news = await asyncio.wait_for(listener.queue.get(), max(0.0, left))
                except TimeoutError:
                    return job
                if news is None:
                    return job
                job = news
        return job

    @contextmanager
    def _listening(self, job: JobView) -> Iterator[Listener]:
        listener = Listener(job)
        self._listeners.setdefault(job.id, set()).add(listener)
        self._open += 1
        if self._closed:
            listener.tell(None)
        elif self._poller is None or self._poller.done():
            self._poller = asyncio.create_task(self._poll())
        try:
            yield listener
        finally:
            self._open -= 1
            self._listeners[job.id].discard(listener)
            if not self._listeners[job.id]:
                del self._listeners[job.id]

    async def _poll(self) -> None:
        while self._listeners:
            await asyncio.sleep(LOOK_SECONDS)
            asked = list(self._listeners)
            try:
                found = await to_thread.run_sync(self._look, asked)
            except HanseiError as error:
                log.warning("events_wait", why=str(error))
                continue
            for job_id in asked:
                for listener in self._listeners.get(job_id, ()):
                    listener.tell(found.get(job_id))

    def _look(self, job_ids: list[str]) -> dict[str, JobView]:
        with self._database.read() as session:
            return {job.id: job for job in jobs.some(session, job_ids)}


def event(job: JobView) -> str:
    """Return one event: ``progress`` while the task goes on, ``final`` at its end, the data as in its status."""
    name = "final" if job.finished else "progress"
    return f"event: {name}\ndata: {TaskStatus.of(job).model_dump_json()}\n\n"


def _state(job: JobView) -> tuple[object, ...]:
    return (job.status, job.percent, job.stage, job.attempts)
