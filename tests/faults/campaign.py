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

from faults.page import PAGE, RESULTS, page
from faults.rig import Arena
from faults.scenarios import SCENARIOS, Row
from hansei.db import schema
from hansei.db.session import Database
from support import servers


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
        PAGE.write_text(page(), encoding="utf-8")
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
