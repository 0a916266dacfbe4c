"""How quickly pages are made with 500 teams and 10,000 reports stored: ``python -m benchmarks.speed.pages``.

Prints the median and the 95th percentile of each page beside ``/health``, which does nothing; what a browser (Debian's
Chromium, where there is one) waits for the first words of a page and how much it loads for it; how long a worker takes
for the PDF of a report with ten charts, and the pages meanwhile. Writes ``benchmarks/results/pages.json``. Targets, on
a quiet machine: 50 ms at the 95th percentile, 500 ms to the first words, 120 kB, 1.5 s for the PDF.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Response, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from browser.conftest import FLAGS, chromium  # noqa: E402 - the tests' own browser
from builders.reports import changed  # noqa: E402 - the sample reports of the tests
from hansei import sample  # noqa: E402
from hansei.core.metrics import parse_sprint  # noqa: E402
from hansei.db import schema  # noqa: E402
from hansei.db.session import Database  # noqa: E402
from hansei.narrative.template import TemplateNarrator  # noqa: E402
from hansei.render.charts import charts_of  # noqa: E402
from hansei.services import exports, renderings, reports, teams  # noqa: E402
from hansei.services.exports import ExportOrder  # noqa: E402
from support.http_api import running, wired  # noqa: E402

TEAMS, REPORTS, ASKED = 500, 10_000, 60
TARGET_MS, TARGET_PAINT_MS, TARGET_BYTES, TARGET_PDF_SECONDS = 50.0, 500.0, 120_000, 1.5
LOADS, PDFS, CHARTS = 5, 5, 10


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


def _into(answers: list[Response]) -> Callable[[Response], None]:
    def note(answer: Response) -> None:
        answers.append(answer)

    return note


def look(url: str, pages: tuple[str, ...]) -> list[dict[str, float | str | int]]:
    """Open pages in a browser that has nothing of ours yet; return the first paint and the bytes of each."""
    path = chromium()
    if path is None:
        return []
    found: list[dict[str, float | str | int]] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        for page_path in pages:
            paints: list[float] = []
            sizes: list[int] = []
            for _ in range(LOADS):
                context = browser.new_context()
                page = context.new_page()
                answers: list[Response] = []
                page.on("response", _into(answers))
                page.goto(f"{url}{page_path}", wait_until="networkidle")
                paints.append(page.evaluate(FIRST_PAINT))
                sizes.append(sum(len(a.body()) for a in answers if a.ok))
                context.close()
            found.append(
                {
                    "page": page_path,
                    "first_paint_ms": round(statistics.median(paints), 1),
                    "loaded_bytes": max(sizes),
                }
            )
        browser.close()
    return found


FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"


def many_charts(database: Database) -> int:
    """Store a report with ten charts; return its id."""
    report = changed()
    (first, *_) = (s for s in report.signals if s.significant)
    more = tuple(replace(first, id=f"S{100 + i}") for i in range(CHARTS))
    report = replace(report, signals=(*report.signals, *more))
    stored = report.to_dict()
    extra = len(charts_of(stored)) - CHARTS
    report = replace(report, signals=(*report.signals[: -extra or None],))
    narrative = TemplateNarrator().narrate(report, team_name="Heron", custom_context=None)
    order = reports.ReportOrder("team-000", 12, None, None, ())
    with database.write() as session:
        made = reports.store(session, order, reports.Written(report, narrative), job_id=None)
    assert len(charts_of(report.to_dict())) == CHARTS
    return int(made["report_id"])


def draw(database: Database, http: httpx.Client) -> dict[str, Any]:
    """Draw the PDF as a worker does, from nothing; meanwhile ask for a page again and again."""
    number = many_charts(database)
    seconds: list[float] = []
    beside: list[float] = []
    over = threading.Event()

    def ask() -> None:
        while not over.is_set():
            begun = time.perf_counter()
            http.get("/dashboard/reports")
            beside.append(1000 * (time.perf_counter() - begun))

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        for _ in range(PDFS):
            begun = time.perf_counter()
            exports.make(database, ExportOrder(number, "pdf"), lambda *_: None)
            seconds.append(time.perf_counter() - begun)
    finally:
        over.set()
        asking.join()
    return {
        "charts": CHARTS,
        "pdf_median_s": round(statistics.median(seconds), 2),
        "pages_meanwhile_p95_ms": round(statistics.quantiles(beside, n=20)[-1], 1),
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
            seen = look(address, pages[1:])
            drawn = draw(database, http)
        database.close()
    for row in found:
        print(f"{row['page']:32} {row['bytes']:>8} B {row['median_ms']:>8} ms {row['p95_ms']:>8} ms (p95)")
    for row in seen:
        print(
            f"{row['page']:32} first words after {row['first_paint_ms']} ms, {row['loaded_bytes']} B in all"
        )
    print(
        f"PDF with {drawn['charts']} charts: {drawn['pdf_median_s']} s; "
        f"pages meanwhile {drawn['pages_meanwhile_p95_ms']} ms (p95)"
    )
    result = {
        "teams": TEAMS,
        "reports": REPORTS,
        "target_p95_ms": TARGET_MS,
        "target_first_paint_ms": TARGET_PAINT_MS,
        "target_loaded_bytes": TARGET_BYTES,
        "target_pdf_s": TARGET_PDF_SECONDS,
        "pages": found,
        "browser": seen,
        "drawing": drawn,
    }
    (ROOT / "benchmarks" / "results" / "pages.json").write_text(
        json.dumps(result, indent=2) + "\n", encoding="utf-8"
    )
    slow = any(float(row["p95_ms"]) > TARGET_MS for row in found)
    heavy = any(
        float(row["first_paint_ms"]) > TARGET_PAINT_MS or int(row["loaded_bytes"]) > TARGET_BYTES
        for row in seen
    )
    return int(slow or heavy or float(drawn["pdf_median_s"]) > TARGET_PDF_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
