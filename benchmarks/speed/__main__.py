"""Measure the speed that users feel, on this machine, and print one table.

Each figure stands beside its target and beside a bare yardstick measured in the same run: starting Python, one
synced insert into SQLite, one GET that does nothing. Ratios travel between machines; milliseconds do not.
"""

from __future__ import annotations

import http.client
import io
import json
import os
import platform
import re
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import psutil

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from conftest import free_port  # noqa: E402 - the real servers of the tests
from support import servers  # noqa: E402
from support.waiting import until  # noqa: E402

HANSEI = str(Path(sys.executable).parent / "hansei")


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: value and target in the unit; ``lower`` says that less is better; the yardstick it is beside."""

    what: str
    value: float
    unit: str
    target: float
    lower: bool = True
    yardstick: str = ""
    ratio: float | None = None

    @property
    def met(self) -> bool:
        """Whether the target holds."""
        return self.value <= self.target if self.lower else self.value >= self.target


def timed(call: Callable[[], object]) -> float:
    """Return the seconds that a call takes."""
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def percentile(values: list[float], share: float) -> float:
    """Return the nearest-rank percentile."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def bare_insert(folder: Path) -> float:
    """Return the median seconds of one committed insert into SQLite, WAL and synchronous=FULL."""
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE t (x)")
    found = statistics.median(
        timed(lambda: connection.execute("INSERT INTO t VALUES (1)")) for _ in range(200)
    )
    connection.close()
    return found


@contextmanager
def running(folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run ``hansei up --sample`` and yield it once its API answers."""
    environ = {k: v for k, v in os.environ.items() if not k.startswith("HANSEI_")}
    with (folder / "up.log").open("wb") as log:
        argv = [HANSEI, "up", "--sample", "--port", str(port), "--data-dir", str(folder / "data")]
        child = subprocess.Popen(argv, env=environ, stdout=log, stderr=log, cwd=folder)
    try:
        yield child
    finally:
        child.send_signal(signal.SIGTERM)
        child.wait(20)


def answers(client: httpx.Client, path: str) -> bool:
    """Say whether a path answers 200."""
    try:
        return client.get(path).status_code == 200
    except httpx.TransportError:
        return False


def start_ups() -> list[Row]:
    """Measure the starts: Python itself, the help, an import."""

    def run(*argv: str) -> float:
        return statistics.median(
            timed(lambda: subprocess.run(argv, check=True, capture_output=True)) for _ in range(7)
        )

    bare = run(sys.executable, "-c", "pass")
    shown = run(HANSEI, "--help")
    imported = run(sys.executable, "-c", "import hansei")
    return [
        Row("`hansei --help`", shown, "s", 0.4, yardstick="starting Python", ratio=shown / bare),
        Row(
            "`import hansei`, beyond Python",
            imported - bare,
            "s",
            0.1,
            yardstick="starting Python",
            ratio=imported / bare,
        ),
    ]


def has_sprints(client: httpx.Client) -> bool:
    """Say whether the first sync of the sample is through."""
    return any(team["sprints"] for team in client.get("/teams").json()["items"])


def end_to_end(client: httpx.Client, insert: float, reports: int = 30) -> list[Row]:
    """Measure a report from the POST to SUCCESS, through the queue and a real worker, one after another."""
    took = []
    for _ in range(reports):
        begun = time.perf_counter()
        task = (
            client.post("/tasks/reports/generate", json={"sprint_count": 12})
            .raise_for_status()
            .json()["task_id"]
        )
        until("the report is done", partial(finished, client, task), every=0.005)
        took.append(time.perf_counter() - begun)
    median = statistics.median(took)
    return [
        Row("report end to end, median", median, "s", 0.15, yardstick="bare insert", ratio=median / insert),
        Row(
            "report end to end, p95",
            percentile(took, 0.95),
            "s",
            0.5,
            yardstick="bare insert",
            ratio=percentile(took, 0.95) / insert,
        ),
    ]


def finished(client: httpx.Client, task: str) -> bool:
    """Say whether a task succeeded; fail where it did not."""
    found: dict[str, Any] = client.get(f"/tasks/status/{task}").raise_for_status().json()
    if found["status"] in ("FAILURE", "REVOKED"):
        raise AssertionError(found)
    return bool(found["status"] == "SUCCESS")


def submissions(base: str, client: httpx.Client, each: int = 300) -> list[Row]:
    """Measure submissions: one client, then eight at once. The jobs are cleanups, which cost the worker little.

    The clients speak plain ``http.client``: they share the two cores with what they measure, and httpx would take as
    much of them as the API.
    """
    get = statistics.median(timed(lambda: client.get("/health")) for _ in range(100))
    one = Submitter(base)
    alone = [timed(one) for _ in range(each)]
    together: list[float] = []

    def run() -> None:
        own = Submitter(base)
        together.extend(timed(own) for _ in range(each))

    threads = [threading.Thread(target=run) for _ in range(8)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rate = len(together) / (time.perf_counter() - begun)
    p99, p99_all = percentile(alone, 0.99), percentile(together, 0.99)
    return [
        Row("submission, one client, p99", p99, "s", 0.025, yardstick="GET /health", ratio=p99 / get),
        Row("submission, 8 clients, p99", p99_all, "s", 0.1, yardstick="GET /health", ratio=p99_all / get),
        Row("submission, 8 clients, rate", rate, "/s", 250, lower=False),
    ]


class Submitter:
    """Hands in a task with each call, over one connection kept open."""

    BODY = json.dumps({"days_to_keep": 36500})

    def __init__(self, base: str) -> None:
        self._connection = http.client.HTTPConnection(base.removeprefix("http://"), timeout=30)
        self._connection.connect()
        self._connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __call__(self) -> None:
        """Hand one in; fail where it is not accepted."""
        headers = {"Content-Type": "application/json"}
        self._connection.request("POST", "/tasks/reports/cleanup", self.BODY, headers)
        answer = self._connection.getresponse()
        answer.read()
        assert answer.status == 202, answer.status


def rss(child: subprocess.Popen[bytes]) -> Row:
    """Measure the resident memory of the API's process."""
    for process in psutil.Process(child.pid).children(recursive=True):
        if " api" in " ".join(process.cmdline()):
            return Row("memory of the API (RSS)", process.memory_info().rss / 1e6, "MB", 130)
    raise AssertionError("no API process was found")


def sync_rows(count: int = 10_000) -> list[Row]:
    """Measure storing a sync of many sprints on PostgreSQL, then another source that knows the same sprints."""
    from hansei.core.metrics import SprintMetrics
    from hansei.db import schema
    from hansei.db.session import Database
    from hansei.services import teams

    first = datetime(1990, 1, 1, tzinfo=UTC)
    rows = [
        SprintMetrics(
            f"S{i}", f"Sprint {i}", first + timedelta(days=i), first + timedelta(days=i, hours=20),
            {"story_points_completed": 30.0 + i % 7, "review_time": 12.5, "bugs_prod": float(i % 4)},
        )
        for i in range(count)
    ]  # fmt: skip
    with servers.postgres() as url:
        database = Database(url.replace("DATABASE", "postgres"))
        schema.upgrade(database)

        def store(source: str, found: list[SprintMetrics]) -> None:
            with database.write() as session:
                row = teams.source_row(session, name=source, kind="metrics_api", address=None)
                session.flush()
                now = datetime(2026, 1, 1, tzinfo=UTC)
                teams.upsert(session, "T", found, now=now, force=False, source_id=row.id)

        others = [replace(r, sprint_id=f"J-{r.sprint_id}", values={"cycle_time": 3.0}) for r in rows]
        alone = timed(lambda: store("one", rows))
        beside = timed(lambda: store("other", others))
        database.close()
    return [
        Row("sync of 10,000 sprints on PostgreSQL", count / alone, "rows/s", 2000, lower=False),
        Row("… of the same from a second source", count / beside, "rows/s", 2000, lower=False),
    ]


def tables() -> list[Row]:
    """Measure reading the largest tables that are taken, beside what the reader of workbooks takes alone.

    5,000 × 500 cells with the place of each, as Excel writes it, pack to more than the 5 MB that are taken; without
    places they are few, and with them 4,400 rows are the most.
    """
    from python_calamine import CalamineWorkbook

    from hansei.render import xlsx
    from hansei.sources.table import read

    header: list[str | float | None] = ["Sprint", *(f"m_{n}" for n in range(499))]
    lines = [",".join(map(str, header)), *(f"S{n}," + ",".join("1" * 499) for n in range(5000))]
    text = "\n".join(lines).encode()[:4_999_000].rpartition(b"\n")[0]
    rows_of: list[list[str | float | None]] = [[f"S{n}", *([1.0] * 499)] for n in range(5000)]
    placed = xlsx.write([header, *rows_of[:4400]], title="A")
    bare = without_places(xlsx.write([header, *rows_of], title="A"))
    del rows_of
    everything = {"measures": "all"}

    def alone(book: bytes) -> float:
        with CalamineWorkbook.from_filelike(io.BytesIO(book)) as opened:
            return timed(lambda: [None for _ in opened.get_sheet_by_index(0).iter_rows()])

    rows = [Row("a CSV of 4,978 × 500 cells, read", timed(lambda: read(text, answers=everything)), "s", 3)]
    for what, book in (("5,000 × 500 cells", bare), ("4,400 × 500 cells (5 MB)", placed)):
        reader = alone(book)
        took = timed(lambda book=book: read(book, answers=everything))  # type: ignore[misc]  # bound at once
        ratio = took / reader
        rows.append(
            Row(f"a workbook of {what}, read", took, "s", 3, yardstick="python-calamine alone", ratio=ratio)
        )
    return rows


def imported() -> list[Row]:
    """Measure ``hansei import`` of the largest workbook: read, stored, and what its process takes."""
    from builders.workbooks import full

    with tempfile.TemporaryDirectory(prefix="himport", dir="/tmp") as name:
        file = Path(name) / "full.xlsx"
        file.write_bytes(full([*range(60)]))
        argv = [HANSEI, "import", str(file), "--team", "T", "--answer", "measures=all", "--data-dir", name]
        began = (sys.executable, "-c", MEASURED, *argv)
        took, peak = map(float, subprocess.run(began, check=True, capture_output=True).stdout.split())
    return [
        Row("a workbook of 5,000 × 500 cells, `hansei import`", took, "s", 3),
        Row("… the memory of its process", peak / 1000, "MB", 300),
    ]


#: Runs a command from a small process: a child starts with the peak memory of its parent.
MEASURED = """
import resource, subprocess, sys, time
begun = time.perf_counter()
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def without_places(book: bytes) -> bytes:
    """Return a workbook whose cells do not say where they stand, which they need not (ECMA-376, part 1, 18.3.1.4)."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, re.sub(rb'<c r="[A-Z]+\d+"', b"<c", old.read(name)))
    return made.getvalue()


def history(sprints: int, metrics: int) -> list[dict[str, Any]]:
    """Return a simulated team with so many series, the last of them unknown to the registry."""
    import numpy as np

    from hansei.stats.synthetic import team

    rng, rows = np.random.default_rng(1), team(1, sprints)
    names = sorted({k for r in rows for k in r})[:metrics]
    extra = [f"extra_{i}" for i in range(metrics - len(names))]
    return [
        {
            "sprint_id": f"S{i:03d}",
            **{k: r[k] for k in names if k in r},
            **{x: float(rng.normal(20, 2)) for x in extra},
        }
        for i, r in enumerate(rows)
    ]


FIRST = """
import time
from benchmarks.speed.__main__ import history
from hansei import analyse
sprints = history(12, 25)
begun = time.perf_counter()
analyse(sprints)
print(time.perf_counter() - begun)
"""


def analysis() -> list[Row]:
    """Measure the engine alone, in a process that has made reports before (warm) and in a new one."""
    from hansei import analyse

    def warm(sprints: int, metrics: int, runs: int) -> float:
        rows = history(sprints, metrics)
        analyse(rows)
        return statistics.median(timed(lambda: analyse(rows)) for _ in range(runs))

    first = statistics.median(
        float(subprocess.run((sys.executable, "-c", FIRST), check=True, capture_output=True, cwd=ROOT).stdout)
        for _ in range(5)
    )
    small, wide = warm(12, 25, 50), warm(12, 100, 20)
    return [
        Row("`hansei.analyse`, 12 sprints × 25 metrics, median", small, "s", 0.005),
        Row("… the first report of a new process", first, "s", 0.15),
        Row("… 12 × 100, beside 12 × 25 (linear: 4)", wide / small, "times", 4.4),
        Row("… 200 × 40, median", warm(200, 40, 9), "s", 0.15),
    ]


def narratives() -> list[Row]:
    """Measure the template narrator, warm, on reports in which every other series doubled: much to tell."""
    from hansei import analyse
    from hansei.narrative.template import TemplateNarrator

    def told(sprints: int, metrics: int) -> Row:
        rows = history(sprints, metrics)
        names = sorted({k for r in rows for k in r if k != "sprint_id"})[::2]
        doubled = [
            {k: 2 * v if k in names and i >= sprints - 5 else v for k, v in r.items()}
            for i, r in enumerate(rows)
        ]
        report, narrator = analyse(doubled), TemplateNarrator()
        took = statistics.median(
            timed(lambda: narrator.narrate(report, team_name="Heron", custom_context=None)) for _ in range(50)
        )
        changes = sum(s.significant for s in report.signals)
        return Row(f"template narrative, {sprints} × {metrics}, {changes} changes", took, "s", 0.003)

    return [told(12, 25), told(30, 40)]


def table(rows: list[Row]) -> str:
    """Return the rows as a Markdown table."""
    lines = ["| figure | value | target | met | beside |", "|---|---|---|---|---|"]
    for row in rows:
        sign = "≤" if row.lower else "≥"
        beside = f"{row.ratio:.1f} × {row.yardstick}" if row.ratio is not None else "–"
        value = f"{row.value:.3g} {row.unit}" if row.value < 100 else f"{row.value:,.0f} {row.unit}"
        lines.append(
            f"| {row.what} | {value} | {sign} {row.target:g} {row.unit} | {'yes' if row.met else '**no**'} | {beside} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Measure everything, print the table, keep it as JSON."""
    rows = start_ups()
    with tempfile.TemporaryDirectory(prefix="hspeed", dir="/tmp") as name:
        folder, port = Path(name), free_port()
        insert = bare_insert(folder)
        base = f"http://127.0.0.1:{port}"
        begun = time.perf_counter()
        with running(folder, port) as child, httpx.Client(base_url=base, timeout=30) as client:
            until("the API answers", lambda: answers(client, "/health"), seconds=60)
            up = time.perf_counter() - begun
            until("all is ready", lambda: answers(client, "/ready"), seconds=60)
            until("the sample is there", lambda: has_sprints(client), seconds=60)
            rows.append(Row("API ready after `hansei up`", up, "s", 3))
            rows += end_to_end(client, insert)
            rows += submissions(base, client)
            rows.append(rss(child))
    rows += [*sync_rows(), *tables(), *imported(), *analysis(), *narratives()]
    text = table(rows)
    print(
        f"{os.cpu_count()} cores, Python {platform.python_version()}, bare insert {insert * 1000:.2f} ms\n\n{text}"
    )
    results = ROOT / "benchmarks" / "results" / "speed.json"
    results.write_text(
        json.dumps([asdict(r) | {"met": r.met} for r in rows], indent=1) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
