"""The full fault campaign: ``PYTHONPATH=tests python -m faults.campaign``.

Runs every scenario at full size, one after the other, and writes ``docs/reference/reliability.md`` of that one run.
``--only F1,F2`` shows what becomes of a few, and writes nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg

from faults import promises
from faults.rig import Arena
from faults.scenarios import SCENARIOS, Row
from hansei.db import schema
from hansei.db.session import Database
from hansei.services.browser import LIFE
from hansei.services.pace import AIM_SECONDS
from hansei.services.submissions import KEY_LIFE_HOURS
from hansei.tasks.pulse import GRACE_SECONDS
from hansei.tasks.runner import LIMITS
from support import servers

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reference" / "reliability.md"
RESULTS = ROOT / "benchmarks" / "results" / "faults.json"


@contextmanager
def databases(home: Path) -> Iterator[tuple[Callable[[str], str], str]]:
    """Yield a maker of fresh, migrated databases, by kind, and the URL of the server's own."""
    with servers.postgres() as server:
        admin = server.replace("DATABASE", "postgres").replace("+psycopg", "")

        def make(kind: str) -> str:
            name = f"fault_{uuid.uuid4().hex}"
            if kind == "sqlite":
                url = f"sqlite:///{home / name}.db"
            else:
                with psycopg.connect(admin, autocommit=True) as connection:
                    connection.execute(f"CREATE DATABASE {name}")
                url = server.replace("DATABASE", name)
            database = Database(url)
            schema.upgrade(database)
            database.close()
            return url

        yield make, admin


def run(names: list[str], arena: Arena) -> Iterator[tuple[str, Row | None, str]]:
    """Run scenarios one after another; yield name, row and, where it broke off, why."""
    try:
        for name in names:
            try:
                yield name, SCENARIOS[name](arena), ""
            except Exception as error:  # noqa: BLE001 - a scenario that breaks off is a row that says so
                yield name, None, f"{type(error).__name__}: {error}"
    finally:
        arena.close()


def line(row: Row) -> str:
    """Return a table line."""
    recovery = "–" if row.recovery is None else f"{row.recovery:.1f}"
    target = "–" if row.target is None else f"≤ {row.target:g}"
    held = "yes" if row.held else "**no**: " + "; ".join(row.broken)
    found = row.verdict
    note = f" ({row.note})" if row.note else ""
    counts = f"{found.jobs} | {len(found.lost)} | {len(found.duplicated)}"
    return f"| {row.fault}{note} | {counts} | {recovery} | {target} | {held} |"


def links(tests: list[tuple[str, str, str]]) -> str:
    """Return links to tests, relative to the page."""
    return ", ".join(f"[{shown}](../../{file})" for file, _, shown in tests)


def page(lines: list[str], *, about: str) -> str:
    """Return the page."""
    promised = "\n".join(
        f"{n}. {text} {'Tests: ' + links(tests) + '.' if tests else '*Not built yet.*'}"
        for n, (text, tests) in enumerate(promises.PROMISES, 1)
    )
    elsewhere = "\n".join(f"| {fault} | {links(tests)} |" for fault, tests in promises.ELSEWHERE)
    missing = "".join(f"- {text}\n" for text in promises.NOT_YET)
    lacking = f"\nNot tested, because the part does not exist yet:\n\n{missing}" if missing else ""
    table = "\n".join(lines)
    limits = ", ".join(f"{kind} {seconds:.0f} s" for kind, seconds in LIMITS.items())
    return f"""# Reliability

<!-- Written by `make faults` (tests/faults/campaign.py): change that, then run it. -->

The row in the database is the truth about a task, and the broker only rings. What follows from that is promised here,
tested in short on every `make test` (every scenario below, with fewer jobs and shorter outages), and at full size by
`make faults`.

## Promises

{promised}

{promises.NOT_PROMISED}

## What each pool does

| | prefork (the default) | solo |
|---|---|---|
| cancel, time limit | interrupts the task; ends its process where that does not help | interrupts the task, \
unless its code holds signals back; nothing is stored all the same |
| SIGTERM | hands its rows over, ends at once | hands its row over at the next look (0.5 s), then ends |
| a task that kills its process | costs one process of the pool | costs the worker: something has to restart it |
| tested by | [cancel](../../{promises.WORKER}), [hand-over](../../{promises.WORKER}), \
[limit](../../{promises.WORKER}), F1, F4, F20, F21, F22 \
| [cancel](../../{promises.WORKER}), [hand-over](../../{promises.WORKER}), F4 |

A time limit has two steps: at the limit the task is failed with its reason and interrupted (an exception in its \
code); where that has not ended it {GRACE_SECONDS:g} s later, its process is. Limits: {limits}.

## How long things are kept

| what | kept | why it may go |
|---|---|---|
| reports, with all that belongs to them | for ever, unless `HANSEI_REPORT_RETENTION_DAYS` is set or someone asks for \
a cleanup | never where a team acted on them: an experiment that was started, an answer, a decision |
| ended tasks | `HANSEI_TASK_RETENTION_DAYS` (90) | their reports stay; asking for them is a 404 afterwards |
| idempotency keys | {KEY_LIFE_HOURS} hours | a retry comes sooner |
| sessions of browsers | {LIFE.total_seconds() / 3600:.0f} hours | they end by themselves |
| workers that went silent | a day | shown as gone after a minute |

A cleanup deletes in small batches and aims at {AIM_SECONDS * 1000:.0f} ms for each, so that nobody waits for its lock \
(`python -m benchmarks.speed.cleanup` measures it). `hansei beat` starts the daily one, once however many run (F31), \
and forgets the rest every hour.

## Faults, and what became of the work

Real processes, PostgreSQL 18 and Valkey on one machine. A generator logs each id that was answered with 202. **Lost**:
such an id that is not in exactly one final state at the end, or whose report is missing. **Doubled**: a report more
than its task may have. Besides, no task may be running past its lease and no answer may be a 5xx other than 503 with
`Retry-After`. **Recovery**: seconds from the fault, or from its end where it lasts, until work goes on.

Measured on {about}.

| fault | jobs | lost | doubled | recovery, s | target, s | held |
|---|---|---|---|---|---|---|
{table}

Tested in the suite of their part:

| fault | tests |
|---|---|
{elsewhere}
{lacking}"""


def machine(server: str) -> str:
    """Return what the run stands on: processors, and the versions of all that matters."""
    with psycopg.connect(server) as connection:
        (postgres,) = connection.execute("SHOW server_version").fetchone() or ("?",)
    answer = subprocess.run(
        [servers.valkey_binary(), "--version"], capture_output=True, text=True, check=True
    )
    broker = re.search(r"v=([\d.]+)", answer.stdout)
    return (
        f"{os.cpu_count()} cores, Python {platform.python_version()}, PostgreSQL {postgres} with fsync off, "
        f"Valkey {broker.group(1) if broker else '?'}, Celery {version('celery')}, kombu {version('kombu')}, "
        f"redis-py {version('redis')}"
    )


def main() -> int:
    """Run the campaign."""
    parser = argparse.ArgumentParser(description="Break everything, and see that nothing is lost.")
    parser.add_argument("--only", default="", help="scenarios by comma; writes nothing")
    parser.add_argument("--short", action="store_true", help="the sizes of the test suite; writes nothing")
    given = parser.parse_args()
    names = [n for n in SCENARIOS if not given.only or n in given.only.split(",")]
    rows: dict[str, Any] = {}
    loads: list[float] = []
    begun, day = time.monotonic(), datetime.now(UTC).date().isoformat()
    with (
        tempfile.TemporaryDirectory(prefix="hfault", dir="/tmp") as folder,
        databases(Path(folder)) as (make, server),
    ):
        stands_on = machine(server)
        for name, row, why in run(names, Arena(Path(folder), make, full=not given.short)):
            rows[name] = kept(row) if row else broken_off(name, why)
            loads.append(os.getloadavg()[0])
            sys.stdout.write(
                f"{time.monotonic() - begun:5.0f} s, load {loads[-1]:.1f} {rows[name]['line']}\n"
            )
            sys.stdout.flush()
    took = (time.monotonic() - begun) / 60
    about = f"{day}, in one run of {took:.0f} minutes: {stands_on}; load average {min(loads):.1f} to {max(loads):.1f}"
    held = all(row["held"] for row in rows.values())
    sys.stdout.write(f"{about}. {'Everything held.' if held else 'Not everything held.'}\n")
    if not given.short and not given.only:
        RESULTS.parent.mkdir(exist_ok=True)
        document = {"about": about, "rows": rows}
        RESULTS.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        ordered = [rows[n]["line"] for n in sorted(rows, key=lambda n: int(n.partition("-")[0][1:]))]
        PAGE.write_text(page(ordered, about=about), encoding="utf-8")
    return 0 if held else 1


def kept(row: Row) -> dict[str, Any]:
    """Return what is kept of a row."""
    return {"held": row.held, "recovery": row.recovery, "line": line(row), **asdict(row.verdict)}


def broken_off(name: str, why: str) -> dict[str, Any]:
    """Return what is kept of a scenario that did not come to its end."""
    said = " ".join(why.split())[:300].replace("|", "\\|")
    return {"held": False, "line": f"| {name} | – | – | – | – | – | **no**: {said} |"}


if __name__ == "__main__":
    sys.exit(main())
