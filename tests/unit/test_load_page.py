"""The page about load says what was measured, all that was to be, and openly what is missing or missed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from benchmarks.load import figures, page
from benchmarks.load.figures import Figure, Run

ROOT = Path(__file__).resolve().parents[2]
#: What the project set out to reach under load, in the words of its own table.
WANTED = {
    "submit p99 at 50 req/s": "submit p99 at 50/s, no worker",
    "with Redis frozen": "submit p99 at 50/s, broker frozen",
    "throughput of real reports": "reports of 12 sprints × 25 metrics, whole life",
    "backlog of 10,000 jobs: submit p99": "submit p99 with a backlog of 10,000",
    "backlog of 10,000 jobs: the last one done": "tasks left of a backlog of 10,000",
    "backlog of 10,000 jobs: memory": "growth of the worker's memory",
    "queue to start, idle": "queue to start, idle, p95",
    "cancel of a running job": "cancel of a running task until its slot is free",
    "another team's start": "another team's start behind a backlog of 10,000",
    "200 open event streams": "submit p99 with 200 open event streams",
}
RUN = Run("2026-01-02", "3 cores, Python 3.99", (Figure("submit p99 at 50/s, no worker", 20.0, "ms", 100),))


def test_the_committed_page_is_that_of_the_committed_figures() -> None:
    assert page.PAGE == ROOT / "docs" / "reference" / "load.md"
    assert page.PAGE.read_text(encoding="utf-8") == page.render(figures.read(), figures.read_soak())


@pytest.mark.parametrize("database", sorted(figures.read()))
def test_each_measured_database_has_every_figure_that_was_asked_for(database: str) -> None:
    section = page.PAGE.read_text(encoding="utf-8").split(f"## {page.NAMES[database]}\n")[1].split("\n## ")[0]
    run = figures.read()[database]
    assert f"Measured on {run.date}, {run.machine}" in section
    rows = [line for line in section.splitlines() if line.startswith("| ")]
    assert [
        what for what, told in WANTED.items() if not any(row.startswith(f"| {told}") for row in rows)
    ] == []
    assert any(row.startswith("| bare insert") for row in rows)
    assert any(row.startswith("| bare Celery no-op") for row in rows)
    assert page.lacking(run) == []


def test_the_page_asks_for_all_that_was_wanted() -> None:
    assert [
        told for told in WANTED.values() if not any(told.startswith(begins) for begins in page.ASKED)
    ] == []


def test_what_was_missed_and_what_was_not_measured_is_said() -> None:
    slow = Figure("queue to start, idle, p95", 0.5, "s", 0.3)
    few = Figure(
        "reports of 12 sprints × 25 metrics, whole life", 48.4, "/s", 50, lower=False, beside="bare no-op"
    )
    text = page.render({"postgres": replace(RUN, figures=(*RUN.figures, slow, few))}, None)
    assert "- PostgreSQL: queue to start, idle, p95: 0.5 s, target ≤ 0.3 s.\n" in text
    assert "whole life: 48.4 /s, target ≥ 50 /s.\n" in text
    assert "| 48.4 /s | ≥ 50 /s | **no** | bare no-op |" in text
    assert "submit p99 at 50/s, no worker: 20" not in text  # met
    assert "- PostgreSQL: not measured yet: cancel of a running task" in text
    assert "- SQLite: not measured yet.\n" in text
    assert "## SQLite\n\nNot measured yet.\n" in text
    assert "- Soak: not measured yet." in text


def test_all_is_well_is_said_only_where_it_is() -> None:
    whole = replace(
        RUN, figures=tuple(Figure(f"{begins}, all of it", 1.0, "s", 2.0) for begins in page.ASKED)
    )
    soak = figures.read_soak()
    assert soak is not None
    assert "Every target was met" in page.render({"postgres": whole, "sqlite": whole}, soak)
    bad = {**soak, "violations": 1}
    text = page.render({"postgres": whole, "sqlite": whole}, bad)
    assert "Every target was met" not in text
    assert "- soak: violations among" in text


def test_a_run_that_broke_off_keeps_its_figures_and_is_called_a_part(tmp_path: Path) -> None:
    kept = tmp_path / "load.json"
    figures.keep("sqlite", RUN, kept)
    figures.keep(
        "postgres", replace(RUN, broke_off=page.reason(AssertionError("not within 5 s: a | b\nc"))), kept
    )
    runs = figures.read(kept)
    assert runs["sqlite"] == RUN
    assert runs["sqlite"].held
    assert not runs["postgres"].held
    text = page.render(runs, None)
    assert "**Only a part: the run broke off** (AssertionError: not within 5 s: a / b c)." in text
    assert page.reason(KeyboardInterrupt()) == page.reason(SystemExit(143)) == "it was stopped"
    assert text.count("| submit p99 at 50/s, no worker | 20 ms | ≤ 100 ms | yes | – |") == 2


def test_a_missed_target_is_not_held() -> None:
    assert not replace(RUN, figures=(Figure("queue to start, idle, p95", 0.5, "s", 0.3),)).held
