"""The full fault campaign: ``PYTHONPATH=tests python -m faults.campaign --date YYYY-MM-DD --machine "…"``.

Runs every scenario at full size and writes ``docs/reference/reliability.md``. ``--only F1,F2`` runs a few again and
keeps the rows of the others.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psycopg

from faults import promises
from faults.rig import Arena
from faults.scenarios import SCENARIOS, Row
from hansei.db import schema
from hansei.db.session import Database
from support import servers

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reference" / "reliability.md"
RESULTS = ROOT / "benchmarks" / "results" / "faults.json"


@contextmanager
def databases(home: Path) -> Iterator[Callable[[str], str]]:
    """Yield a maker of fresh, migrated databases, by kind."""
    with servers.postgres() as server:

        def make(kind: str) -> str:
            name = f"fault_{uuid.uuid4().hex}"
            if kind == "sqlite":
                url = f"sqlite:///{home / name}.db"
            else:
                admin = server.replace("DATABASE", "postgres").replace("+psycopg", "")
                with psycopg.connect(admin, autocommit=True) as connection:
                    connection.execute(f"CREATE DATABASE {name}")
                url = server.replace("DATABASE", name)
            database = Database(url)
            schema.upgrade(database)
            database.close()
            return url

        yield make


def run(names: list[str], *, full: bool) -> Iterator[tuple[str, Row | None, str]]:
    """Run scenarios one after another; yield name, row and, where it broke off, why."""
    with tempfile.TemporaryDirectory(prefix="hfault", dir="/tmp") as folder, databases(Path(folder)) as make:
        arena = Arena(Path(folder), make, full=full)
        try:
            for name in names:
                try:
                    yield name, SCENARIOS[name](arena), ""
                except AssertionError as error:
                    yield name, None, str(error)
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


def page(lines: list[str], *, machine: str, date: str) -> str:
    """Return the page."""
    promised = "\n".join(
        f"{n}. {text} {'Tests: ' + links(tests) + '.' if tests else '*Not built yet.*'}"
        for n, (text, tests) in enumerate(promises.PROMISES, 1)
    )
    elsewhere = "\n".join(f"| {fault} | {links(tests)} |" for fault, tests in promises.ELSEWHERE)
    missing = "\n".join(f"- {text}" for text in promises.NOT_YET)
    table = "\n".join(lines)
    return f"""# Reliability

<!-- Written by `make faults` (tests/faults/campaign.py): change that, then run it. -->

The row in the database is the truth about a task, and the broker only rings. What follows from that is promised here,
tested in short on every `make test`, and at full size by `make faults`.

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

## Faults, and what became of the work

Real processes, PostgreSQL 18 and Valkey on one machine. A generator logs each id that was answered with 202. **Lost**:
such an id that is not in exactly one final state at the end, or whose report is missing. **Doubled**: a report more
than its task may have. Besides, no task may be running past its lease and no answer may be a 5xx other than 503 with
`Retry-After`. **Recovery**: seconds from the fault, or from its end where it lasts, until work goes on.

Measured on {date}: {machine}.

| fault | jobs | lost | doubled | recovery, s | target, s | held |
|---|---|---|---|---|---|---|
{table}

Tested in the suite of their part:

| fault | tests |
|---|---|
{elsewhere}

Not tested, because the part does not exist yet:

{missing}
"""


def main() -> int:
    """Run the campaign."""
    parser = argparse.ArgumentParser(description="Break everything, and see that nothing is lost.")
    parser.add_argument("--date", default="(no date given)", help="the day, as it shall stand on the page")
    parser.add_argument(
        "--machine", default="(no machine named)", help="the machine, as it shall stand there"
    )
    parser.add_argument("--only", default="", help="scenarios by comma; the rows of the others are kept")
    parser.add_argument("--short", action="store_true", help="the sizes of the test suite; writes nothing")
    given = parser.parse_args()
    names = [n for n in SCENARIOS if not given.only or n in given.only.split(",")]
    known = json.loads(RESULTS.read_text(encoding="utf-8")) if given.only and RESULTS.is_file() else {}
    rows: dict[str, Any] = known.get("rows", {})
    for name, row, why in run(names, full=not given.short):
        rows[name] = (
            kept(row) if row else {"held": False, "line": f"| {name} | – | – | – | – | – | **no**: {why} |"}
        )
        sys.stdout.write(f"load {os.getloadavg()[0]:.1f} {rows[name]['line']}\n")
        sys.stdout.flush()
        if not given.short:
            RESULTS.parent.mkdir(exist_ok=True)
            document = {"date": given.date, "machine": given.machine, "rows": rows}
            RESULTS.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
            ordered = [rows[n]["line"] for n in sorted(rows, key=lambda n: int(n.partition("-")[0][1:]))]
            PAGE.write_text(page(ordered, machine=given.machine, date=given.date), encoding="utf-8")
    return 0 if all(rows[n]["held"] for n in names) else 1


def kept(row: Row) -> dict[str, Any]:
    """Return what is kept of a row."""
    return {"held": row.held, "recovery": row.recovery, "line": line(row), **asdict(row.verdict)}


if __name__ == "__main__":
    sys.exit(main())
