"""Measure the task system under load: ``python -m benchmarks.load [--database sqlite|postgres|both] [--minutes N]``.

``--soak MINUTES`` runs a steady load with random faults instead. Results: ``benchmarks/results/load.json`` (a run on
one database keeps the other's figures; one that breaks off keeps what it had, and says so), ``soak.json``, and the page
``docs/reference/load.md``. A run of less than three minutes only shows. Real PostgreSQL (fsync on), real Valkey, the
API and the worker as processes; the load comes from this machine too, so its cores are shared by everything.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import sqlite3
import statistics
import sys
import tempfile
import time
import traceback
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "src")]

import psycopg  # noqa: E402 - the rig of the fault tests lies in tests/
from sqlalchemy import text  # noqa: E402

from benchmarks.load import figures, measures, page, soak  # noqa: E402
from benchmarks.load.figures import DATABASES, Figure, Run  # noqa: E402
from benchmarks.load.page import PAGE  # noqa: E402
from faults.rig import Rig  # noqa: E402
from faults.scenarios import percentile  # noqa: E402
from hansei.db import schema  # noqa: E402
from hansei.db.session import Database  # noqa: E402
from support import servers  # noqa: E402
from support.waiting import until  # noqa: E402

LEAST_MINUTES = 3.0
"""A shorter run has a shorter backlog than the one that is asked for, so it is not kept."""


@contextmanager
def databases(home: Path) -> Iterator[Callable[[str], str]]:
    """Yield a maker of fresh, migrated databases by kind."""
    with servers.postgres(durable=True) as server:

        def make(kind: str) -> str:
            name = f"load_{uuid.uuid4().hex}"
            url = f"sqlite:///{home / name}.db"
            if kind == "postgres":
                admin = server.replace("DATABASE", "postgres").replace("+psycopg", "")
                with psycopg.connect(admin, autocommit=True) as connection:
                    connection.execute(f"CREATE DATABASE {name}")
                url = server.replace("DATABASE", name)
            database = Database(url)
            schema.upgrade(database)
            database.close()
            return url

        yield make


class Measuring:
    """Collects the figures of one database; ``keep`` is told each time there is one more."""

    def __init__(
        self, rig: Rig, run: Run, *, postgres: bool, minutes: float, keep: Callable[[Run], object]
    ) -> None:
        self.rig, self.postgres, self.minutes = rig, postgres, minutes
        self.so_far, self._keep = run, keep

    def note(
        self,
        what: str,
        value: float,
        unit: str,
        target: float | None = None,
        *,
        lower: bool = True,
        beside: str = "",
    ) -> None:
        """Keep and print a figure."""
        figure = Figure(what, value, unit, target, lower, beside)
        self.so_far = self.so_far.with_figure(figure)
        self._keep(self.so_far)
        print(page.line(figure), f"(load {os.getloadavg()[0]:.1f})", flush=True)

    def everything(self) -> None:
        """Measure the API alone, then with the worker, then with a backlog."""
        rig, begun = self.rig, time.monotonic()
        seconds = 5.0 + 5.0 * self.minutes
        insert = measures.bare_insert(rig.database)
        self.note("bare insert, median", insert * 1000, "ms")
        noop = measures.bare_celery(rig, 1000)
        self.note("bare Celery no-op, 2 processes", noop, "/s")
        rig.api()
        measures.open_loop(rig, 20, 2)  # warm
        idle = self.alone(insert, seconds)
        worker = rig.worker()
        rig.wait_for_all(seconds=600)
        self.working(noop, seconds)
        self.with_backlog(idle, seconds)
        worker.kill()
        rig.worker(concurrency=1, slow="sleep:60")
        free = measures.cancel_frees_slot(rig, 8)
        self.note("cancel of a running task until its slot is free, worst of 8", max(free), "s", 2.0)
        self.judged()
        deleted, longest = measures.cleanup_locks(rig)
        self.note(f"cleanup of {deleted:,} reports, longest lock", longest * 1000, "ms", 100)
        self.note("all of this took", (time.monotonic() - begun) / 60, "min")

    def judged(self) -> None:
        """Note what the oracle found, and what the API refused."""
        verdict, refused = self.rig.judge(seconds=60), self.rig.answers.refused
        wrong = len(verdict.lost) + len(verdict.duplicated) + len(verdict.overdue) + len(verdict.bad_answers)
        self.note(f"violations among {verdict.jobs:,} accepted tasks", wrong, "", 0)
        unannounced = sum(answer.startswith("503") for answer in verdict.bad_answers)
        self.note("submissions answered 503 with Retry-After", refused.count(503) - unannounced, "")
        if other := [status for status in refused if status < 500]:
            self.note(f"submissions answered {', '.join(map(str, sorted({*other})))}", len(other), "", 0)

    def alone(self, insert: float, seconds: float) -> measures.Latency:
        """Measure submissions with no worker running."""
        rig = self.rig
        idle = measures.open_loop(rig, 50, seconds)
        self.note(
            "submit p50 at 50/s, no worker",
            idle.p50 * 1000,
            "ms",
            beside=f"{idle.p50 / insert:.1f} × bare insert",
        )
        self.note("submit p99 at 50/s, no worker", idle.p99 * 1000, "ms", 100)
        pairs = []
        for _ in range(3):  # in turn: one slow second of the machine must not decide
            alone = measures.open_loop(rig, 50, seconds / 2)
            with measures.streams(rig, 200):
                pairs.append((measures.open_loop(rig, 50, seconds / 2).p99, alone.p99))
        streaming, alone_then = (statistics.median(p99s) for p99s in zip(*pairs, strict=True))
        self.note(
            "submit p99 with 200 open event streams, medians of 3 runs in turn",
            streaming / alone_then,
            "× idle",
            1.5,
            beside=f"{streaming * 1000:.0f} ms",
        )
        frozen = measures.frozen(rig, 50, seconds)
        self.note("submit p99 at 50/s, broker frozen", frozen.p99 * 1000, "ms", 250)
        return idle

    def ratio(self, what: str, found: measures.Latency, idle: measures.Latency) -> None:
        """Note a p99 as a multiple of the idle one."""
        self.note(what, found.p99 / idle.p99, "× idle", 1.5, beside=f"{found.p99 * 1000:.0f} ms")

    def working(self, noop: float, seconds: float) -> None:
        """Measure with the worker running and nothing queued."""
        rig = self.rig
        starts = measures.queue_to_start(rig, 40)
        self.note("queue to start, idle, p95", percentile(starts, 0.95), "s", 0.3)
        # Three times: one slow half minute of the machine must not decide.
        runs = [measures.closed_loop(rig, 8, int(150 + 150 * self.minutes)) for _ in range(3)]
        rate, accepted = (statistics.median(found) for found in zip(*runs, strict=True))
        target = 50 if self.postgres else 30
        beside = f"median of 3 runs; bare no-op {noop / rate:.0f} times as many"
        what = "reports of 12 sprints × 25 metrics, whole life"
        self.note(what, rate, "/s", target, lower=False, beside=beside)
        self.note("accepted meanwhile, 8 clients", accepted, "/s")
        busy = measures.open_loop(rig, 50, seconds)
        self.note("submit p99 at 50/s, worker busy", busy.p99 * 1000, "ms", 100)
        rig.wait_for_all(seconds=600)

    def with_backlog(self, idle: measures.Latency, seconds: float) -> None:
        """Measure with one team's 10,000 tasks queued, first with the worker held still, then working."""
        rig = self.rig
        size = 10_000 if self.minutes >= LEAST_MINUTES else 2_000
        rig.add_team("many")
        rig.add_team("few")
        measures.backlog(rig, size, "many")
        worker = rig.children[-1]
        measures.hold_still(rig, worker)
        held = measures.open_loop(rig, 50, min(8.0, seconds))  # under half a lease
        worker.signal_group(signal.SIGCONT)
        self.ratio(f"submit p99 with a backlog of {size:,}", held, idle)
        starts = measures.queue_to_start(rig, 15, team="few", pause=0.5)
        what = f"another team's start behind a backlog of {size:,}, p95"
        self.note(what, percentile(starts, 0.95), "s", 10)
        begun, at_first = time.monotonic(), measures.left(rig)
        until(
            "a fifth of the backlog is done",
            lambda: measures.left(rig) < at_first * 0.8,
            seconds=300,
            every=1.0,
        )
        before = [measures.memory(child)[0] for child in (rig.children[0], worker)]
        rig.wait_for_all(seconds=900, every=1.0)
        rate = at_first / (time.monotonic() - begun)
        after = [measures.memory(child)[0] for child in (rig.children[0], worker)]
        self.note(f"tasks left of a backlog of {size:,} in the end", measures.left(rig), "", 0)
        self.note("reports while the backlog drains", rate, "/s")
        for who, first, last in zip(("API", "worker"), before, after, strict=True):
            what = f"growth of the {who}'s memory from a fifth of the backlog to its end"
            self.note(what, (last / first - 1) * 100, "%", 10, beside=f"{last / 1e6:.0f} MB")


def main() -> int:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description="Measure the task system under load.")
    parser.add_argument("--database", choices=("sqlite", "postgres", "both"), default="both")
    parser.add_argument(
        "--minutes", type=float, default=3.0, help="about how long each database takes to measure"
    )
    parser.add_argument(
        "--soak", type=float, metavar="MINUTES", help="a steady load with random faults instead"
    )
    parser.add_argument("--seed", type=int, default=1, help="of the soak's faults")
    given = parser.parse_args()
    if given.soak:
        return soaked(given.soak, given.seed, "postgres" if given.database == "both" else given.database)
    kinds = DATABASES if given.database == "both" else (given.database,)
    print(f"{machine()}, load {os.getloadavg()[0]:.1f}")
    publish = given.minutes >= LEAST_MINUTES
    with tempfile.TemporaryDirectory(prefix="hload", dir="/tmp") as folder, databases(Path(folder)) as make:
        runs = [measured(kind, Path(folder), make, given.minutes, publish=publish) for kind in kinds]
    return 0 if all(run.held for run in runs) else 1


def measured(kind: str, folder: Path, make: Callable[[str], str], minutes: float, *, publish: bool) -> Run:
    """Measure one database. What was measured when something goes wrong, or is stopped, is kept as a part."""

    def keep(run: Run, why: str | None = "it was not ended by itself") -> Run:
        run = replace(run, broke_off=why)
        if publish:
            figures.keep(kind, run)
            PAGE.write_text(page.current(), encoding="utf-8")
        return run

    print(f"\n{page.NAMES[kind]}\n\n{page.HEAD}")
    url = make(kind)
    with Rig(folder / kind, url) as rig:
        rig.direct = True
        measuring = Measuring(
            rig,
            Run(f"{datetime.now(UTC):%Y-%m-%d}", f"{machine()}, {server(rig.database)}"),
            postgres=kind == "postgres",
            minutes=minutes,
            keep=keep,
        )
        try:
            measuring.everything()
        except Exception as error:  # noqa: BLE001 - whatever it is, the figures so far are kept
            traceback.print_exc()
            return keep(measuring.so_far, page.reason(error))
        except BaseException as error:  # whoever stops it wants it stopped
            keep(measuring.so_far, page.reason(error))
            raise
        return keep(measuring.so_far, None)


def machine() -> str:
    """Return what the figures were taken on."""
    return f"{os.cpu_count()} cores, Python {platform.python_version()}"


def server(database: Database) -> str:
    """Return the database's name and version."""
    if database.sqlite:
        return f"SQLite {sqlite3.sqlite_version}"
    with database.read() as session:
        return f"PostgreSQL {session.scalar(text('SHOW server_version'))}"


def soaked(minutes: float, seed: int, kind: str) -> int:
    """Soak, print what came of it, keep it."""
    with tempfile.TemporaryDirectory(prefix="hsoak", dir="/tmp") as folder, databases(Path(folder)) as make:
        found = soak.run(Path(folder) / "rig", make(kind), minutes=minutes, seed=seed)
    found = {"database": kind, "machine": machine(), "date": f"{datetime.now(UTC):%Y-%m-%d}", **found}
    figures.SOAK.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(page.current(), encoding="utf-8")
    found_figures = figures.of_soak(found)
    print(f"\n{page.table(found_figures)}\nfaults: {found['faults']}")
    return 0 if all(f.met is not False for f in found_figures) else 1


if __name__ == "__main__":
    signal.signal(
        signal.SIGTERM, lambda *_: sys.exit(143)
    )  # as the interrupt does: end what was started, keep the rest
    sys.exit(main())
