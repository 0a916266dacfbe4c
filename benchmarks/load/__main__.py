"""Measure the task system under load: ``python -m benchmarks.load [--database sqlite|postgres|both] [--minutes N]``.

``--soak MINUTES`` runs a steady load with random faults instead. Results: ``benchmarks/results/load.json`` (a run on
one database keeps the other's figures) and ``soak.json``. Real PostgreSQL (fsync on), real Valkey, the API and the
worker as processes; the load comes from this machine too, so its cores are shared by everything.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "src")]

import psycopg  # noqa: E402 - the rig of the fault tests lies in tests/

from benchmarks.load import measures, soak  # noqa: E402
from faults.rig import Rig  # noqa: E402
from faults.scenarios import percentile  # noqa: E402
from hansei.db import schema  # noqa: E402
from hansei.db.session import Database  # noqa: E402
from support import servers  # noqa: E402
from support.waiting import until  # noqa: E402

RESULTS = ROOT / "benchmarks" / "results"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure beside its target (None: only reported) and its yardstick."""

    database: str
    what: str
    value: float
    unit: str
    target: float | None = None
    lower: bool = True
    beside: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the target holds; None where there is none."""
        if self.target is None:
            return None
        return self.value <= self.target if self.lower else self.value >= self.target


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
    """Collects the figures of one database."""

    def __init__(self, kind: str, rig: Rig, minutes: float) -> None:
        self.kind, self.rig, self.minutes = kind, rig, minutes
        self.figures: list[Figure] = []

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
        figure = Figure(self.kind, what, value, unit, target, lower, beside)
        self.figures.append(figure)
        print(line(figure), f"(load {os.getloadavg()[0]:.1f})", flush=True)

    def run(self) -> None:
        """Measure everything: first the API alone, then with the worker, then with a backlog."""
        rig = self.rig
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
        verdict = rig.judge(seconds=60)
        wrong = len(verdict.lost) + len(verdict.duplicated) + len(verdict.overdue) + len(verdict.bad_answers)
        self.note(f"violations among {verdict.jobs} accepted tasks", wrong, "", 0)
        deleted, longest = measures.cleanup_locks(rig)
        self.note(f"cleanup of {deleted:,} reports, longest lock", longest * 1000, "ms", 100)

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
        rate, accepted = measures.closed_loop(rig, 8, int(400 + 200 * self.minutes))
        target = 50 if self.kind == "postgres" else 30
        beside = f"bare no-op {noop / rate:.0f} times as many"
        self.note(
            "reports of 12 sprints × 25 metrics, whole life", rate, "/s", target, lower=False, beside=beside
        )
        self.note("accepted meanwhile, 8 clients", accepted, "/s")
        busy = measures.open_loop(rig, 50, seconds)
        self.note("submit p99 at 50/s, worker busy", busy.p99 * 1000, "ms", 100)
        rig.wait_for_all(seconds=600)

    def with_backlog(self, idle: measures.Latency, seconds: float) -> None:
        """Measure with one team's 10,000 tasks queued, first with the worker held still, then working."""
        rig = self.rig
        size = 10_000 if self.minutes >= 3 else 2_000
        rig.add_team("many")
        rig.add_team("few")
        measures.backlog(rig, size, "many")
        worker = rig.children[-1]
        worker.signal_group(signal.SIGSTOP)
        held = measures.open_loop(rig, 50, min(8.0, seconds))  # under half a lease
        worker.signal_group(signal.SIGCONT)
        self.ratio(f"submit p99 with {size:,} tasks queued", held, idle)
        starts = measures.queue_to_start(rig, 15, team="few", pause=0.5)
        what = f"another team's start while one has {size:,} queued, p95"
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
        self.note(f"tasks left of {size:,} in the end", measures.left(rig), "", 0)
        self.note("reports while the backlog drains", rate, "/s")
        for who, first, last in zip(("API", "worker"), before, after, strict=True):
            what = f"growth of the {who}'s memory from a fifth of the backlog to its end"
            self.note(what, (last / first - 1) * 100, "%", 10, beside=f"{last / 1e6:.0f} MB")


def line(figure: Figure) -> str:
    """Return a table line."""
    value = f"{figure.value:,.0f}" if figure.value >= 100 or figure.unit == "" else f"{figure.value:.3g}"
    sign = "≤" if figure.lower else "≥"
    target = "–" if figure.target is None else f"{sign} {figure.target:g} {figure.unit}".strip()
    met = {None: "–", True: "yes", False: "**no**"}[figure.met]
    return f"| {figure.database} | {figure.what} | {value} {figure.unit} | {target} | {met} | {figure.beside or '–'} |"


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
    kinds = ("postgres", "sqlite") if given.database == "both" else (given.database,)
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"{machine}, load {os.getloadavg()[0]:.1f}\n")
    print("| on | figure | value | target | met | beside |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="hload", dir="/tmp") as folder, databases(Path(folder)) as make:
        figures: list[Figure] = []
        for kind in kinds:
            with Rig(Path(folder) / kind, make(kind)) as rig:
                measuring = Measuring(kind, rig, given.minutes)
                begun = time.monotonic()
                measuring.run()
                measuring.note("all of this took", (time.monotonic() - begun) / 60, "min")
            figures += measuring.figures
            keep(kind, machine, measuring.figures)
    return 0 if all(f.met is not False for f in figures) else 1


def keep(kind: str, machine: str, figures: list[Figure]) -> None:
    """Write the figures of one database beside those kept of the other."""
    path = RESULTS / "load.json"
    kept = json.loads(path.read_text(encoding="utf-8"))["figures"] if path.exists() else []
    others = [f for f in kept if f["database"] != kind]
    ours = [
        asdict(f) | {"met": f.met, "machine": machine, "date": f"{datetime.now(UTC):%Y-%m-%d}"}
        for f in figures
    ]
    path.write_text(json.dumps({"figures": others + ours}, indent=1) + "\n", encoding="utf-8")


def soaked(minutes: float, seed: int, kind: str) -> int:
    """Soak, print what came of it, keep it."""
    with tempfile.TemporaryDirectory(prefix="hsoak", dir="/tmp") as folder, databases(Path(folder)) as make:
        found = soak.run(Path(folder) / "rig", make(kind), minutes=minutes, seed=seed)
    found = {"database": kind, "date": f"{datetime.now(UTC):%Y-%m-%d}", **found}
    (RESULTS / "soak.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    figures = [
        Figure(kind, f"violations among {found['jobs']:,} tasks", found["violations"], "", 0),
        Figure(kind, "growth of the API's memory", found["api_memory_growth_percent"], "%", 10),
        Figure(kind, "growth of the API's file descriptors", found["api_descriptor_growth"], "", 5),
    ]
    print("\n" + "\n".join(line(f) for f in figures), f"\nfaults: {found['faults']}")
    return 0 if all(f.met for f in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
