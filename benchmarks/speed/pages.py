"""How quickly pages are made with 500 teams and 10,000 reports stored: ``python -m benchmarks.speed.pages``.

Prints the median and the 95th percentile of each page beside ``/health``, which does nothing, and writes
``benchmarks/results/pages.json``. The target is 50 ms at the 95th percentile on a quiet machine.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from builders.reports import changed  # noqa: E402 - the sample reports of the tests
from hansei import sample  # noqa: E402
from hansei.core.metrics import parse_sprint  # noqa: E402
from hansei.db import schema  # noqa: E402
from hansei.db.session import Database  # noqa: E402
from hansei.narrative.template import TemplateNarrator  # noqa: E402
from hansei.services import renderings, reports, teams  # noqa: E402
from support.http_api import running, wired  # noqa: E402

TEAMS, REPORTS, ASKED = 500, 10_000, 60
TARGET_MS = 50.0


def fill(database: Database) -> int:
    """Store the teams and reports; return the id of a report in the middle."""
    report = changed()
    narrative = TemplateNarrator().narrate(report, team_name="Heron", custom_context=None)
    written = reports.Written(report, narrative)
    found = sample.team()
    assert found is not None
    rows = [parse_sprint(dict(s)) for s in found.sprints]
    with database.write() as session:
        for i in range(TEAMS):
            teams.upsert(session, f"team-{i:03}", rows, now=datetime.now(UTC), force=False)
        made = [
            reports.store(
                session,
                reports.ReportOrder(f"team-{i % TEAMS:03}", 12, None, None, ()),
                written,
                job_id=None,
            )
            for i in range(REPORTS)
        ]
    return int(made[REPORTS // 2]["report_id"])


def measure(http: httpx.Client, path: str) -> dict[str, float | str | int]:
    """Ask for a page many times; return its size and times in milliseconds."""
    size = len(http.get(path).raise_for_status().content)
    times = []
    for _ in range(ASKED):
        begun = time.perf_counter()
        http.get(path)
        times.append(1000 * (time.perf_counter() - begun))
    p95 = statistics.quantiles(times, n=20)[-1]
    return {
        "page": path,
        "bytes": size,
        "median_ms": round(statistics.median(times), 1),
        "p95_ms": round(p95, 1),
    }


def main() -> int:
    """Measure every page; exit 1 where one misses the target."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'pages.db'}"
        database = Database(url)
        schema.upgrade(database)
        number = fill(database)
        with database.read() as session:
            stored = reports.get(session, number)
        renderings.obtain(database, stored, "charts")
        wiring = wired(url, "redis://127.0.0.1:1/0")
        pages = ("/health", "/dashboard", f"/dashboard/teams/{stored.team_id}", "/dashboard/reports",
                 f"/dashboard/reports/{number}", "/dashboard/experiments", "/dashboard/tasks")  # fmt: skip
        with running(wiring) as address, httpx.Client(base_url=address) as http:
            found = [measure(http, page) for page in pages]
        database.close()
    for row in found:
        print(f"{row['page']:32} {row['bytes']:>8} B {row['median_ms']:>8} ms {row['p95_ms']:>8} ms (p95)")
    result = {"teams": TEAMS, "reports": REPORTS, "target_p95_ms": TARGET_MS, "pages": found}
    (ROOT / "benchmarks" / "results" / "pages.json").write_text(
        json.dumps(result, indent=2) + "\n", encoding="utf-8"
    )
    return int(any(float(row["p95_ms"]) > TARGET_MS for row in found))


if __name__ == "__main__":
    sys.exit(main())
