"""The measurements, each of which takes a running rig and returns figures in seconds or per second."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import selectors
import signal
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import psutil
import redis
from sqlalchemy import event, func, select, text

from faults.rig import REPORT, Child, Rig, launched
from faults.scenarios import percentile
from hansei.db.models import FINAL, Job
from hansei.db.session import Database
from hansei.errors import Busy
from hansei.services import cleanup, submissions
from support.waiting import until

ROOT = Path(__file__).resolve().parents[2]
BODY = {"team_id": "T", "sprint_count": 12}


@dataclass(frozen=True, slots=True)
class Latency:
    """Percentiles of answers, in seconds."""

    count: int
    p50: float
    p95: float
    p99: float
    worst: float

    @classmethod
    def of(cls, took: list[float]) -> Latency:
        """Summarise."""
        p50, p95, p99 = (percentile(took, share) for share in (0.5, 0.95, 0.99))
        return cls(len(took), p50, p95, p99, max(took, default=0.0))


def open_loop(rig: Rig, rate: float, seconds: float) -> Latency:
    """Submit at a steady rate, timed from when each request was due: a stall delays all that wait behind it."""
    took: list[float] = []

    async def run() -> None:
        limits = httpx.Limits(max_connections=256, max_keepalive_connections=256)
        async with httpx.AsyncClient(base_url=str(rig.http.base_url), timeout=60, limits=limits) as client:
            begun = time.perf_counter()

            async def one(due: float) -> None:
                answer = await client.post(REPORT, json=BODY)
                took.append(time.perf_counter() - begun - due)
                rig.answers.note(answer, took[-1])

            async with asyncio.TaskGroup() as group:
                for n in range(int(rate * seconds)):
                    await asyncio.sleep(max(0.0, begun + n / rate - time.perf_counter()))
                    group.create_task(one(n / rate))

    asyncio.run(run())
    return Latency.of(took)


def closed_loop(rig: Rig, clients: int, total: int) -> tuple[float, float]:
    """Submit real reports from a number of clients, each waiting for its answer; return reports/s and accepted/s.

    Reports a second are counted from the first submission to the last stored report; no other task may be left.
    """
    before = len(rig.answers.accepted)
    begun = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        shares = [total // clients + (n < total % clients) for n in range(clients)]
        for _ in pool.map(lambda share: _one_client(rig, share), shares):
            pass
    submitted = time.perf_counter()
    count = len(rig.answers.accepted) - before
    until("all reports are stored", lambda: _nothing_left(rig), seconds=600, every=0.2)
    ended = time.perf_counter()
    return count / (ended - begun), count / (submitted - begun)


def _one_client(rig: Rig, count: int) -> None:
    """Submit one after another over one connection, by the plainest client: its work is taken from the machine's."""
    with closing(http.client.HTTPConnection("127.0.0.1", rig.port, timeout=60)) as connection:
        for _ in range(count):
            begun = time.perf_counter()
            connection.request("POST", REPORT, json.dumps(BODY), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            found = httpx.Response(answer.status, headers=answer.getheaders(), content=answer.read())
            rig.answers.note(found, time.perf_counter() - begun)


#: By the indexes of what has not ended, and asked seldom: what it costs is taken from what is measured.
_ANY_LEFT = text(
    "SELECT EXISTS (SELECT 1 FROM jobs WHERE status IN ('PENDING', 'RETRY')) "
    "OR EXISTS (SELECT 1 FROM jobs WHERE status = 'STARTED')"
)


def _nothing_left(rig: Rig) -> bool:
    with rig.database.read() as session:
        return not session.scalar(_ANY_LEFT)


def accepted(rig: Rig, team: str = "T") -> str:
    """Submit until it is accepted: where the answer is 503, again after the time that it names."""
    while True:
        begun = time.perf_counter()
        answer = rig.http.post(REPORT, json=BODY | {"team_id": team})
        rig.answers.note(answer, time.perf_counter() - begun)
        if answer.status_code == 202:
            return rig.answers.accepted[-1]
        assert answer.status_code == 503, answer.text
        time.sleep(float(answer.headers["Retry-After"]))


def revoke(rig: Rig, job_id: str) -> None:
    """Cancel a task that has not ended; again where the answer is 503."""
    while (answer := rig.http.delete(f"/tasks/{job_id}")).status_code == 503:
        time.sleep(float(answer.headers["Retry-After"]))
    assert answer.status_code == 200, answer.text


def left(rig: Rig) -> int:
    """Return how many tasks have not ended."""
    with rig.database.read() as session:
        return session.scalar(select(func.count()).where(Job.status.not_in(FINAL))) or 0


def queue_to_start(rig: Rig, count: int, *, team: str = "T", pause: float = 0.0) -> list[float]:
    """Submit one after another; return the seconds from each row's creation to its start, by the database's clock."""
    found = []
    for _ in range(count):
        row = rig.ended(accepted(rig, team), seconds=300)
        assert row.started_at is not None
        found.append((row.started_at - row.created_at).total_seconds())
        time.sleep(pause)  # the rate of the load itself
    return found


def cancel_frees_slot(rig: Rig, times: int) -> list[float]:
    """Cancel a running task with another one waiting behind it; return the seconds until that one starts."""
    found = []
    for _ in range(times):
        running = accepted(rig)
        rig.running(running, stage="writing")
        behind = accepted(rig)
        begun = time.monotonic()
        revoke(rig, running)
        rig.running(behind)
        found.append(time.monotonic() - begun)
        revoke(rig, behind)
    return found


@contextmanager
def streams(rig: Rig, count: int) -> Iterator[None]:
    """Hold event streams of a waiting task open, and read what they say."""
    job_id = accepted(rig)
    selector = selectors.DefaultSelector()
    over = threading.Event()
    opened = [socket.create_connection(("127.0.0.1", rig.port)) for _ in range(count)]
    for one in opened:
        one.sendall(f"GET /tasks/{job_id}/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        assert one.recv(4096).startswith(b"HTTP/1.1 200")
        selector.register(one, selectors.EVENT_READ)

    def drain() -> None:
        while not over.is_set():
            for key, _ in selector.select(0.2):
                assert isinstance(key.fileobj, socket.socket)
                key.fileobj.recv(65536)

    thread = threading.Thread(target=drain)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        for one in opened:
            one.close()
        selector.close()


def backlog(rig: Rig, count: int, team: str) -> None:
    """Accept many tasks at once, through the service behind the route."""
    for start in range(0, count, 1000):
        with rig.database.write() as session:
            for _ in range(min(1000, count - start)):
                job = submissions.submit_report(session, team_id=team, sprint_count=12)
                rig.answers.accepted.append(job.id)


def hold_still(rig: Rig, worker: Child) -> None:
    """Stop a worker's processes where none of them writes: stopped with SQLite's lock it would hold up all."""
    while True:
        worker.signal_group(signal.SIGSTOP)
        try:
            write_once(rig)
        except Busy:
            worker.signal_group(signal.SIGCONT)
            write_once(rig)  # once this has its turn, the one before has ended
        else:
            return


def write_once(rig: Rig) -> None:
    """Take the lock of writers and let it go."""
    with rig.database.write() as session:
        session.execute(text("SELECT 1"))


def memory(child: Child) -> tuple[int, int]:
    """Return the resident bytes of a child with all it started, and its open file descriptors."""
    processes = [psutil.Process(child.process.pid), *child.pool()]
    return sum(p.memory_info().rss for p in processes), sum(p.num_fds() for p in processes)


def bare_celery(rig: Rig, total: int) -> float:
    """Return the no-op tasks a second of a bare Celery worker with as many processes, sent and done."""
    url = f"redis://127.0.0.1:{rig.broker.port}/5"
    environ = dict(os.environ) | {"BARE_BROKER": url, "PYTHONPATH": str(ROOT)}
    with closing(redis.Redis.from_url(url)) as client, tempfile.TemporaryDirectory(dir="/tmp") as folder:
        argv = ["-m", "celery", "-A", "benchmarks.load.noop", "worker", "--concurrency=2"]
        argv += ["--without-mingle", "--without-gossip", "--loglevel=error", "--queues=bare"]
        log = Path(folder) / "bare.log"
        worker = Child(launched(argv, environ, log), log)
        try:
            os.environ["BARE_BROKER"] = url
            from benchmarks.load.noop import app, nothing

            with app.connection_for_write(url) as broker, app.amqp.Producer(broker) as sender:
                nothing.apply_async(producer=sender)
                until("the bare worker works", lambda: int(client.get("bare-done") or 0) == 1, seconds=40)
                begun = time.perf_counter()
                for _ in range(total):
                    nothing.apply_async(producer=sender)
            until("all are done", lambda: int(client.get("bare-done") or 0) > total, every=0.01, seconds=120)
            return total / (time.perf_counter() - begun)
        finally:
            worker.kill()


def bare_insert(database: Database, times: int = 200) -> float:
    """Return the median seconds of one committed insert into a table of one column."""
    with database.write_engine.begin() as connection:
        connection.execute(text("CREATE TABLE bare (x INTEGER)"))
    took = []
    for _ in range(times):
        begun = time.perf_counter()
        with database.write_engine.begin() as connection:
            connection.execute(text("INSERT INTO bare VALUES (1)"))
        took.append(time.perf_counter() - begun)
    return statistics.median(took)


def frozen(rig: Rig, rate: float, seconds: float) -> Latency:
    """Submit at a steady rate while the broker stands still."""
    rig.broker.freeze()
    try:
        return open_loop(rig, rate, seconds)
    finally:
        rig.broker.thaw()


def cleanup_locks(rig: Rig) -> tuple[int, float]:
    """Delete every report there is; return how many went and the longest write transaction in seconds."""
    begun: list[float] = []
    took: list[float] = []
    engine = rig.database.write_engine
    event.listen(engine, "begin", lambda _connection: begun.append(time.perf_counter()))
    event.listen(engine, "commit", lambda _connection: took.append(time.perf_counter() - begun[-1]))
    order = cleanup.CleanupOrder(days_to_keep=0)
    done = cleanup.clean(
        rig.database, order, datetime.now(UTC) + timedelta(days=1), lambda _percent, _stage: None
    )
    return int(done["deleted"]), max(took)
