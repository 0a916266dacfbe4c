"""The whole of Hansei on one machine: which children there are, what each is told, and when all are ready."""

from __future__ import annotations

import http.client
import os
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from hansei.cli.addresses import ANYWHERE, LOOPBACK, check_port, free_port, here
from hansei.cli.broker import EmbeddedBroker, private_folder
from hansei.cli.supervisor import Say, Supervisor, program, python
from hansei.errors import NotReady, SetupError

if TYPE_CHECKING:
    from hansei import jobs
    from hansei.bootstrap import Wiring

READY_SECONDS = 60.0
BROKER_SECONDS = 10.0


@dataclass(frozen=True)
class Plan:
    """What to run. ``first_sync``: sprints of the sample to fetch before it is ready."""

    sample: bool = False
    first_sync: int = 0
    verbose: Say | None = None


class Stack:
    """Everything running on a database of this version's schema, as long as the block lasts.

    Entering raises what :func:`prepare` raises.
    """

    def __init__(self, wiring: Wiring, plan: Plan, *, say: Say, environ: Mapping[str, str]) -> None:
        settings = wiring.settings
        self._wiring, self._plan, self._say, self._environ = wiring, plan, say, environ
        self._host = settings.host
        self.port = settings.port
        self.stopping = threading.Event()
        self._supervisor = Supervisor(settings.data_dir.absolute() / "logs", say, echo=plan.verbose)
        self._worker = f"up-{os.getpid()}"
        self._sync: jobs.JobView | None = None
        self.sample_port = 0
        self._children: dict[str, str] = {}

    @property
    def address(self) -> str:
        """Where the API answers, from this machine."""
        return here(self._host, self.port)

    def __enter__(self) -> Self:
        self.port = self.port or free_port(self._host)
        check_port(self._host, self.port)
        self._supervisor.__enter__()
        try:
            self._start()
        except BaseException:
            self._supervisor.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._supervisor.stop()

    def temporary(self, folder: Path) -> None:
        """Have a folder deleted at the end, also where this process is killed."""
        self._supervisor.temporary(folder)

    def poll(self) -> None:
        """Restart what crashed; call it often.

        Raises:
            ChildFailed: a part does not stay up.
        """
        self._supervisor.poll()

    def wait_ready(self) -> bool:
        """Wait until the API answers, a worker is seen and the first syncs are done; False when stopped before.

        Raises:
            ChildFailed: a part does not stay up.
            NotReady: it takes too long.
        """
        for what, holds in (
            ("the API answers", self._api_answers),
            ("a worker is seen", self._worker_seen),
            ("the first sync is done", self._synced),
        ):
            if not self._supervisor.wait(holds, self.stopping, seconds=READY_SECONDS):
                if self.stopping.is_set():
                    return False
                raise NotReady(
                    f"Waited {READY_SECONDS:.0f} s until {what}, in vain.",
                    remedy=f"The logs are in {self._wiring.settings.data_dir.absolute() / 'logs'}.",
                )
            if holds == self._api_answers:
                # Only now: until a fault it is not missed, and at the start it would slow the others down.
                self._part("beat")
        return True

    def watch(self) -> None:
        """Keep everything running until ``stopping`` is set.

        Raises:
            ChildFailed: a part does not stay up.
        """
        self._supervisor.watch(self.stopping)

    def _start(self) -> None:
        home = private_folder()
        self.temporary(home)
        environ = self._children = self._settings_for_children()
        # A killed worker leaves a folder of its own where temporary files go: it shall go with ours.
        environ["TMPDIR"] = str(home)
        broker = EmbeddedBroker(home) if self._wiring.settings.broker_url is None else None
        if broker is not None:
            self._supervisor.start("broker", broker.arguments(), environ, base=True)
            environ["HANSEI_BROKER_URL"] = broker.url
        if self._plan.sample:
            self.sample_port = free_port()
            environ |= {
                "HANSEI_METRICS_API_URL": f"http://{LOOPBACK}:{self.sample_port}",
                "HANSEI_METRICS_API_KEY": "",
                "HANSEI_METRICS_API_KEY_FILE": "",
                "HANSEI_SAMPLE": "true",
            }
        # Its imports take longest, and need nothing: they go on while the database is brought up to date.
        self._part("api", "--held", held=True)
        prepare(self._wiring)
        if self._plan.sample:
            self._make_room()
        if broker is not None:
            self._wait_for(broker)
        self._supervisor.release("api")
        self._part("worker", "--name", f"{self._worker}@%h")
        if self._plan.sample:
            argv = python("hansei.sample.serve", "--port", str(self.sample_port))
            self._supervisor.start("sample", argv, environ, base=True)
            self._order_first_sync()

    def _part(self, name: str, *options: str, held: bool = False) -> None:
        self._supervisor.start(name, program(name, *options), self._children, held=held)

    def _settings_for_children(self) -> dict[str, str]:
        settings = self._wiring.settings
        return {
            **self._environ,
            "HANSEI_DATA_DIR": str(settings.data_dir.absolute()),
            "HANSEI_DATABASE_URL": settings.database,
            "HANSEI_HOST": settings.host,
            "HANSEI_PORT": str(self.port),
            "HANSEI_CONCURRENCY": str(settings.concurrency),
            "PYTHONUNBUFFERED": "1",
        }

    def _wait_for(self, broker: EmbeddedBroker) -> None:
        if not self._supervisor.wait(broker.answers, self.stopping, seconds=BROKER_SECONDS):
            if self.stopping.is_set():
                raise KeyboardInterrupt
            raise SetupError(
                f"The embedded broker did not answer within {BROKER_SECONDS:.0f} s.",
                remedy="Set HANSEI_BROKER_URL to a Redis or Valkey that runs already, or try again.",
            )

    def _make_room(self) -> None:
        from hansei.services import samples

        with self._wiring.database.write() as session:
            samples.make_room(session)

    def _order_first_sync(self) -> None:
        from hansei.services import sources, submissions

        if self._plan.first_sync:
            with self._wiring.database.write() as session:
                self._sync = submissions.submit_sync(
                    session, sprint_count=self._plan.first_sync, default=sources.SAMPLE
                )

    def _api_answers(self) -> bool:
        connection = http.client.HTTPConnection(ANYWHERE.get(self._host, self._host), self.port, timeout=2)
        try:
            connection.request("GET", "/ready")
            return connection.getresponse().status == HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _worker_seen(self) -> bool:
        from hansei.services import workers

        with self._wiring.database.read() as session:
            return any(w.name.startswith(f"{self._worker}@") for w in workers.fresh(session))

    def _synced(self) -> bool:
        from hansei import jobs

        if self._sync is None:
            return True
        with self._wiring.database.read() as session:
            now = jobs.get(session, self._sync.id)
        if now.finished and now.status != "SUCCESS":
            raise NotReady(f"The first sync ended with {now.status}. {now.error or ''}")
        return now.finished


@contextmanager
def stop_on_signals(stopping: threading.Event) -> Iterator[None]:
    """Let Ctrl-C, SIGTERM and SIGHUP ask for a stop while the block runs; they never interrupt a step half-way."""
    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # under nohup the terminal may go
        numbers.append(signal.SIGHUP)
    before = {number: signal.signal(number, lambda *_: stopping.set()) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def prepare(wiring: Wiring) -> None:
    """Bring the database to this version's schema and check who may reach the API.

    Raises:
        StaleSchema: the database was made by a newer version.
        SetupError: the API would be open to other machines with no token.
    """
    from hansei.db import schema

    if schema.current(wiring.database) != schema.head():
        schema.upgrade(wiring.database)
    wiring.require_ready()
    refuse_open_door(wiring)


def refuse_open_door(wiring: Wiring) -> None:
    """Do nothing where only this machine can reach the API, or a token guards it.

    Raises:
        SetupError: anybody could use it.
    """
    if wiring.settings.loopback:
        return
    from hansei.services import access

    with wiring.database.read() as session:
        guarded = access.any_usable(session)
    if not guarded:
        raise SetupError(
            f"Refusing to listen on {wiring.settings.host} without a token: anybody could use it.",
            remedy="Make one with `hansei token create NAME`, or listen on 127.0.0.1.",
        )
