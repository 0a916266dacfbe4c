"""Real components on loopback that can be killed, frozen and cut off, and the oracle that judges every run.

A rig has a fresh database, a Valkey of its own, and as many API, worker and beat processes as a scenario starts.
Tasks go in over HTTP; every accepted id is logged. :meth:`Rig.judge` then asks the database what became of them.
"""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import httpx
import psutil
from sqlalchemy import delete, func, select, update

from conftest import free_port
from hansei.core.metrics import REGISTRY, SprintMetrics
from hansei.db.models import FINAL, IdempotencyKey, Job, ReportRow, WorkerSeen
from hansei.db.session import Database
from hansei.db.types import database_time
from hansei.services import teams, workers
from support import servers, stack
from support.forks import Fork
from support.waiting import until

START_SECONDS = 40.0
REPORT = "/tasks/reports/generate"
METRICS = 25
CHANGED = ("story_points_completed", "items_carried_over", "bugs_prod", "open_bugs_count")
FIRST = datetime(2026, 1, 5, tzinfo=UTC)


def sprints(count: int = 12) -> list[SprintMetrics]:
    """Return two-week sprints with 25 metrics each: every one wanders in its own way, some really change half-way."""
    names = list(REGISTRY)[:METRICS]
    ways = {name: random.Random(name) for name in names}
    return [
        SprintMetrics(
            sprint_id=f"S{i}",
            name=f"Sprint {i}",
            start=FIRST + timedelta(days=14 * i),
            end=FIRST + timedelta(days=14 * i + 13),
            values={
                n: round(
                    level
                    + ways[n].gauss(0.0, level / 15)
                    + (6.0 if n in CHANGED and i >= count // 2 else 0.0),
                    1,
                )
                for n in names
                for level in [3.0 if REGISTRY[n].family == "bounded" else 20.0]
            },
        )
        for i in range(count)
    ]


def launched(argv: list[str], environ: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    """Start ``python -P …`` at the head of a session of its own."""
    with log.open("ab") as sink:
        return subprocess.Popen(
            [sys.executable, "-P", *argv],
            env=environ,
            cwd=log.parent,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            start_new_session=True,
        )


class Child:
    """A process with everything it started."""

    def __init__(self, process: subprocess.Popen[bytes] | Fork, log: Path) -> None:
        self.process, self.log = process, log

    @property
    def alive(self) -> bool:
        """True until it has ended."""
        return self.process.poll() is None

    def signal(self, number: int) -> None:
        """Send a signal to the process alone."""
        self.process.send_signal(number)

    def signal_group(self, number: int) -> None:
        """Send a signal to the process and all it started."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def kill(self) -> None:
        """End it at once with all it started."""
        self.signal_group(signal.SIGKILL)
        self.process.wait(10)

    def pool(self) -> list[psutil.Process]:
        """Return the processes it started."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def said(self, words: str) -> bool:
        """Say whether its log holds these words."""
        return words in self.log.read_text(encoding="utf-8", errors="replace")


class Valkey:
    """A broker on a fixed port that keeps nothing."""

    def __init__(self, home: Path) -> None:
        self.port = free_port()
        self._home = home
        self._server: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, empty."""
        self._server = servers.start_valkey(self.port, self._home)

    def stop(self) -> None:
        """Kill it, with all it held."""
        if self._server is not None:
            self._server.kill()
            self._server.wait(10)
            self._server = None

    def freeze(self) -> None:
        """Let it stand still with its connections open."""
        assert self._server is not None
        self._server.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self._server is not None
        self._server.send_signal(signal.SIGCONT)

    def flush(self) -> None:
        """Empty it."""
        import redis

        client = redis.Redis(port=self.port)
        client.flushall()
        client.close()


class Proxy:
    """Passes TCP on to a port; :meth:`cut` makes the connections of the moment half-open."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._generation = 0
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> int:
        """From now on pass nothing on the open connections, and close none; return how many those are."""
        self._generation += 1
        return len(self._open) // 2

    def close(self) -> None:
        """End everything."""
        self._generation += 1
        for one in (self._listener, *self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                client.close()  # as good as refused
                continue
            self._open += [client, server]
            for pair in ((client, server), (server, client)):
                threading.Thread(target=self._pump, args=(*pair, self._generation), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, generation: int) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if generation != self._generation:
                    return  # half-open: neither passed on nor closed
                sink.sendall(data)
        if generation == self._generation:
            for one in (sink, source):
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
                one.close()
            with suppress(ValueError):
                self._open.remove(source)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the oracle found. ``statuses`` counts the final states; every list holds what should not be."""

    jobs: int
    statuses: dict[str, int]
    lost: list[str]
    duplicated: list[str]
    overdue: list[str]
    bad_answers: list[str]

    @property
    def clean(self) -> bool:
        """True where nothing was found."""
        return not (self.lost or self.duplicated or self.overdue or self.bad_answers)


@dataclass
class Answers:
    """What the API said to the generator. ``took`` in seconds, accepted or not."""

    accepted: list[str] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    bad: list[str] = field(default_factory=list)
    took: list[float] = field(default_factory=list)

    def note(self, answer: httpx.Response, took: float) -> None:
        """Keep one answer."""
        self.took.append(took)
        if answer.status_code == 202:
            self.accepted.append(str(answer.json()["task_id"]))
            return
        self.refused.append(answer.status_code)
        if answer.status_code >= 500 and not (answer.status_code == 503 and "Retry-After" in answer.headers):
            self.bad.append(f"{answer.status_code} {answer.text[:200]}")


class Rig:
    """What a scenario plays with. Use as a context manager: everything it started is ended.

    ``forks``: what it starts are forks that have their libraries already (:mod:`support.forks`). ``direct``: they speak
    to the broker itself and not through a proxy that can be cut, which costs as much as a part of the work.
    """

    def __init__(self, home: Path, database_url: str, *, forks: bool = False, **settings: str) -> None:
        self.home, self._forks, self.direct = home, forks, False
        home.mkdir(parents=True, exist_ok=True)
        self.database = Database(database_url)
        self.broker = Valkey(home)
        self.proxy = Proxy(self.broker.port)
        self._settings = {f"HANSEI_{name.upper()}": value for name, value in settings.items()}
        self._url = database_url
        self._children: list[Child] = []
        self._names = 0
        self._standing: tuple[Child, Child, dict[str, Any]] | None = None
        self.answers = Answers()
        self.port = free_port()
        self.http = httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}",
            timeout=30,
            limits=httpx.Limits(max_connections=128, max_keepalive_connections=128),
        )

    def __enter__(self) -> Self:
        self.broker.start()
        self.add_team("T")
        return self

    def __exit__(self, *_: object) -> None:
        for child in self._children:
            child.kill()
        self.http.close()
        self.proxy.close()
        self.broker.stop()
        self.database.close()

    def environ(self, **more: str) -> dict[str, str]:
        """Return a child's environment."""
        port = self.broker.port if self.direct else self.proxy.port
        broker = f"redis://127.0.0.1:{port}/0"
        # The code beside these tests, wherever the installed one lies.
        path = os.pathsep.join((str(stack.TESTS), str(stack.TESTS.parent / "src")))
        own = stack.environment(self._url, broker, HANSEI_PORT=str(self.port), PYTHONPATH=path)
        return own | self._settings | more

    def add_team(self, team_id: str, count: int = 12) -> None:
        """Store a team with its sprints."""
        with self.database.write() as session:
            teams.upsert(session, team_id, sprints(count), now=datetime(2026, 11, 1, tzinfo=UTC), force=False)

    def start(self, *argv: str, log: str, **environ: str) -> Child:
        """Start a child with this rig's settings."""
        own, file = self.environ(**environ), self.home / f"{log}.log"
        if self._forks:
            _, module, *words = argv
            child = Child(Fork(module, *words, environ=own, log=file, cwd=self.home), file)
        else:
            child = Child(launched([*argv], own, file), file)
        self._children.append(child)
        return child

    def api(self, *, wait: bool = True) -> Child:
        """Start the API; with ``wait``, return once it answers."""
        child = self.start("-m", "hansei.cli", "api", log="api")
        if wait:
            self.wait_for_api(child)
        return child

    def api_beside(self) -> Child:
        """Start another API on a port of its own; its relay shares the work."""
        return self.start("-m", "hansei.cli", "api", log="api-beside", HANSEI_PORT="0")

    @property
    def children(self) -> list[Child]:
        """Every child, in the order of their starts."""
        return list(self._children)

    def wait_for_api(self, child: Child) -> None:
        """Return once the API answers."""
        until("the API answers", lambda: self._answers(child), seconds=START_SECONDS)

    def _answers(self, child: Child) -> bool:
        assert child.alive, child.log.read_text(encoding="utf-8")[-2000:]
        with suppress(httpx.TransportError):
            return self.http.get("/health").status_code == 200
        return False

    def worker(
        self,
        *,
        pool: str = "prefork",
        concurrency: int = 2,
        slow: str = "",
        app: str = "support.slow_worker",
        wait: bool = True,
        **environ: str,
    ) -> Child:
        """Start a worker; ``slow`` makes each report wait as ``HANSEI_TEST_WAIT`` says."""
        self._names += 1
        name = f"w{self._names}@rig"
        if slow or app != "support.slow_worker":
            argv = ["-m", "celery", "-A", app, "worker", f"--pool={pool}", f"--concurrency={concurrency}"]
            argv += ["--loglevel=info", "--without-mingle", "--without-gossip", f"--hostname={name}"]
        else:
            argv = ["-m", "hansei.cli", "worker", f"--pool={pool}", f"--concurrency={concurrency}"]
            argv += [f"--name={name}"]
        child = self.start(*argv, log=name.partition("@")[0], HANSEI_TEST_WAIT=slow or "sleep:0", **environ)
        if wait:
            self.wait_for_worker(child)
        return child

    def wait_for_worker(self, child: Child) -> None:
        """Return once a worker says that it is ready."""
        name = f"{child.log.stem}@rig"
        until("the worker is ready", lambda: self._seen(child, name), seconds=START_SECONDS)

    def _seen(self, child: Child, name: str) -> bool:
        assert child.alive, child.log.read_text(encoding="utf-8")[-2000:]
        with self.database.read() as session:
            return any(w.name == name for w in workers.fresh(session))

    def seen_at(self, worker: Child) -> datetime:
        """Return when a worker last said that it lives."""
        with self.database.read() as session:
            return session.get_one(WorkerSeen, f"{worker.log.stem}@rig").seen_at

    def beat(self, **environ: str) -> Child:
        """Start a scheduler."""
        return self.start("-m", "hansei.cli", "beat", log="beat", HANSEI_LOG_LEVEL="DEBUG", **environ)

    def all_up(self, **worker: Any) -> tuple[Child, Child]:
        """Start an API and a worker at the same time, or take those that run already, and return both."""
        api, working = self._still_standing(worker)
        api = api or self.api(wait=False)
        working = working or self.worker(wait=False, **worker)
        self.wait_for_api(api)
        self.wait_for_worker(working)
        self._standing = api, working, worker
        return api, working

    def _still_standing(self, options: dict[str, Any]) -> tuple[Child | None, Child | None]:
        if self._standing is None:
            return None, None
        api, working, had = self._standing
        if had != options or not working.alive:
            working.kill()
        return api if api.alive else None, working if working.alive else None

    def clear(self) -> None:
        """Make ready for the next scenario: end all but the API and worker that stand, forget every task."""
        kept = self._standing[:2] if self._standing else ()
        for child in self._children:
            if child not in kept:
                child.kill()
        self._children = list(kept)
        with self.database.write() as session:
            for table in (ReportRow, IdempotencyKey, Job):
                session.execute(delete(table))
        self.broker.flush()
        self.answers = Answers()

    def submit(self, team: str = "T", *, key: str | None = None) -> str | None:
        """Hand in a report task; return its id, or None where the API refused."""
        headers = {"Idempotency-Key": key} if key else {}
        begun = time.perf_counter()
        answer = self.http.post(REPORT, json={"team_id": team, "sprint_count": 12}, headers=headers)
        self.answers.note(answer, time.perf_counter() - begun)
        return self.answers.accepted[-1] if answer.status_code == 202 else None

    def one(self, team: str = "T") -> str:
        """Hand in one task that must be accepted."""
        job_id = self.submit(team)
        assert job_id is not None, self.answers
        return job_id

    def submit_many(
        self, count: int, *, at_once: int = 8, team: Callable[[int], str] = lambda _: "T"
    ) -> None:
        """Hand in many tasks."""
        with ThreadPoolExecutor(at_once) as pool:
            list(pool.map(lambda i: self.submit(team(i)), range(count)))

    def jobs(self) -> dict[str, tuple[str, int, str | None]]:
        """Return every job's status, attempts and kind of error."""
        with self.database.read() as session:
            rows = session.execute(select(Job.id, Job.status, Job.attempt, Job.error_type))
            return {row[0]: (row[1], row[2], row[3]) for row in rows}

    def row(self, job_id: str) -> Job:
        """Return a job's row."""
        with self.database.read() as session:
            return session.get_one(Job, job_id)

    def running(self, job_id: str, *, attempt: int = 1, stage: str | None = None, seconds: float = 30) -> Job:
        """Wait until a job is on this attempt, or a later one, and return its row."""

        def look() -> Job | None:
            row = self.row(job_id)
            fits = row.status == "STARTED" and row.attempt >= attempt and stage in (None, row.stage)
            return row if fits else None

        return until(f"attempt {attempt} of {job_id} runs", look, seconds=seconds)

    def ended(self, job_id: str, *, seconds: float = 60) -> Job:
        """Wait until a job has ended and return its row."""

        def look() -> Job | None:
            row = self.row(job_id)
            return row if row.status in FINAL else None

        return until(f"{job_id} has ended", look, seconds=seconds)

    def expire(self, job_id: str) -> None:
        """Let a lease run out now instead of in twenty seconds."""
        with self.database.write() as session:
            past = database_time(-timedelta(seconds=1))
            session.execute(
                update(Job).where(Job.id == job_id, Job.status == "STARTED").values(lease_until=past)
            )

    def all_ended(self) -> bool:
        """Say whether every accepted task is in a final state."""
        found = self.jobs()
        return all(found.get(i, ("LOST", 0, None))[0] in FINAL for i in self.answers.accepted)

    def wait_for_all(self, *, seconds: float, every: float = 0.1) -> None:
        """Wait until every accepted task has ended, or the time is over: the oracle says which."""
        with suppress(AssertionError):
            until("all have ended", self.all_ended, seconds=seconds, every=every)

    def judge(self, *, seconds: float = 60) -> Verdict:
        """Wait for the accepted tasks to end and say what is wrong, if anything."""
        self.wait_for_all(seconds=seconds)
        found = self.jobs()
        accepted = set(self.answers.accepted)
        with self.database.read() as session:
            reports = dict(
                session.execute(select(ReportRow.job_id, func.count()).group_by(ReportRow.job_id)).all()
            )
            overdue = session.scalars(
                select(Job.id).where(Job.status == "STARTED", Job.lease_until < database_time())
            ).all()
        statuses: dict[str, int] = {}
        for status, _, _ in found.values():
            statuses[status] = statuses.get(status, 0) + 1
        lost = [i for i in accepted if i not in found or found[i][0] not in FINAL]
        # A task that succeeded without its report lost it; a report of a task that did not succeed is one too many.
        kinds = self._report_jobs()
        lost += [i for i in kinds if found[i][0] == "SUCCESS" and not reports.get(i)]
        extra = [str(i) for i, count in reports.items() if i is None or count > 1 or found[i][0] != "SUCCESS"]
        return Verdict(len(accepted), statuses, lost, extra, list(overdue), list(self.answers.bad))

    def _report_jobs(self) -> list[str]:
        with self.database.read() as session:
            return list(session.scalars(select(Job.id).where(Job.kind == "report")))


@dataclass
class Arena:
    """Where scenarios run: a folder, and a maker of fresh, migrated databases for each kind.

    In the short campaign, scenarios that ask for nothing special share one rig, and processes are forks: most of its
    time would go into starting them.
    """

    home: Path
    new_database: Callable[[str], str]
    full: bool = False
    _count: int = 0
    _shared: Rig | None = None

    @contextmanager
    def rig(self, kind: str = "postgres", *, url: str | None = None, **settings: str) -> Iterator[Rig]:
        """Open a rig; every broker connection of its children goes through a proxy."""
        if self.full or kind != "postgres" or url or settings:
            with self._new(kind, url, settings) as rig:
                yield rig
            return
        if self._shared is None:
            self._shared = self._new(kind, url, settings).__enter__()
        try:
            yield self._shared
        except BaseException:
            self.close()
            raise
        self._shared.clear()

    def _new(self, kind: str, url: str | None, settings: dict[str, str]) -> Rig:
        self._count += 1
        home = self.home / f"rig{self._count}"
        return Rig(home, url or self.new_database(kind), forks=not self.full, **settings)

    def close(self) -> None:
        """End the shared rig."""
        if self._shared is not None:
            self._shared.__exit__()
            self._shared = None
