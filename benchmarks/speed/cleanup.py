"""How long a cleanup of 10,000 reports keeps others waiting: ``python -m benchmarks.speed.cleanup``.

While it runs, another connection writes a small row every few milliseconds. Prints how long those writes took with
and without the cleanup, on SQLite and PostgreSQL, and writes ``benchmarks/results/cleanup.json``. The target is that
no batch holds its lock for more than 100 ms.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from sqlalchemy import event

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from builders.reports import changed  # noqa: E402 - the sample reports of the tests
from hansei import jobs  # noqa: E402
from hansei.db import schema  # noqa: E402
from hansei.db.models import Rendering  # noqa: E402
from hansei.db.session import Database  # noqa: E402
from hansei.narrative.template import TemplateNarrator  # noqa: E402
from hansei.services import cleanup, reports, teams  # noqa: E402
from support import servers  # noqa: E402

REPORTS = 10_000
PICTURE = b"x" * 20_000
TARGET_MS = 100.0


def fill(database: Database) -> None:
    """Store the reports, each with a drawn form of a usual size."""
    report = changed()
    written = reports.Written(
        report, TemplateNarrator().narrate(report, team_name="Heron", custom_context=None)
    )
    with database.write() as session:
        teams.ensure(session, "T")
    order = reports.ReportOrder("T", 12, None, None, ())
    for _ in range(REPORTS // 100):
        with database.write() as session:
            for _ in range(100):
                made = reports.store(session, order, written, job_id=None)
                session.add(
                    Rendering(report_id=made["report_id"], kind="pdf", made_by="bench", content=PICTURE)
                )


class Held:
    """How long each write transaction of a database held its lock."""

    def __init__(self, database: Database) -> None:
        self.milliseconds: list[float] = []
        self._begun = 0.0
        engine = database.write_engine
        event.listen(engine, "begin", self._begin)
        event.listen(engine, "commit", lambda _: self._end())

    def _begin(self, _: object) -> None:
        self._begun = time.perf_counter()

    def _end(self) -> None:
        # PostgreSQL commits after this event; what the commit takes shows in the other writer's figures.
        self.milliseconds.append(1000 * (time.perf_counter() - self._begun))


@contextmanager
def another_writer(url: str, took: list[float]) -> Iterator[None]:
    """Write a small row again and again as long as the block lasts; note the milliseconds of each."""
    stop = threading.Event()
    database = Database(url)

    def write() -> None:
        while not stop.wait(0.005):
            begun = time.perf_counter()
            with database.write() as session:
                jobs.accept(session, "cleanup", None, {})
            took.append(1000 * (time.perf_counter() - begun))

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        database.close()


def measure(url: str) -> dict[str, float | int]:
    """Fill a database, clean it up beside another writer, and return the figures."""
    database = Database(url)
    schema.upgrade(database)
    fill(database)
    alone: list[float] = []
    with another_writer(url, alone):
        time.sleep(3)
    held, beside = Held(database), list[float]()
    later = datetime.now(UTC) + timedelta(days=100)
    begun = time.perf_counter()
    with another_writer(url, beside):
        found = cleanup.clean(database, cleanup.CleanupOrder(90), later, lambda _percent, _stage: None)
    seconds = time.perf_counter() - begun
    assert found["deleted"] == REPORTS, found
    database.close()
    return {
        "reports": REPORTS,
        "seconds": round(seconds, 1),
        "batches": len(held.milliseconds),
        "longest_batch_ms": round(max(held.milliseconds), 1),
        "p99_batch_ms": round(statistics.quantiles(held.milliseconds, n=100)[-1], 1),
        "other_writer_p99_ms": round(statistics.quantiles(beside, n=100)[-1], 1),
        "other_writer_max_ms": round(max(beside), 1),
        "other_writer_alone_p99_ms": round(statistics.quantiles(alone, n=100)[-1], 1),
        "other_writer_alone_max_ms": round(max(alone), 1),
    }


def main() -> int:
    """Measure on both databases."""
    found: dict[str, object] = {"load": round(os.getloadavg()[0], 1)}
    held = True
    with tempfile.TemporaryDirectory() as folder:
        found["sqlite"] = row = measure(f"sqlite:///{folder}/hansei.db")
        held &= float(row["longest_batch_ms"]) <= TARGET_MS
    with servers.postgres(durable=True) as server:
        with psycopg.connect(
            server.replace("DATABASE", "postgres").replace("+psycopg", ""), autocommit=True
        ) as admin:
            admin.execute("CREATE DATABASE bench")
        found["postgresql"] = row = measure(server.replace("DATABASE", "bench"))
        held &= float(row["longest_batch_ms"]) <= TARGET_MS
    for name, figures in found.items():
        print(name, figures)
    kept = ROOT / "benchmarks" / "results" / "cleanup.json"
    kept.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
