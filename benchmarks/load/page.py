"""The page about load, from the figures that were kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.load import figures
from benchmarks.load.figures import DATABASES, Figure, Run

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "load.md"
NAMES: Mapping[str, str] = {"postgres": "PostgreSQL", "sqlite": "SQLite"}
HEAD = "| what | value | target | met | beside |\n|---|---|---|---|---|"

#: How the figures begin that each database is to have: one that is missing is named on the page.
ASKED = (
    "submit p99 at 50/s, no worker",
    "submit p99 at 50/s, broker frozen",
    "submit p99 with 200 open event streams",
    "queue to start, idle",
    "reports of 12 sprints × 25 metrics, whole life",
    "submit p99 with a backlog",
    "another team's start behind a backlog",
    "tasks left of a backlog",
    "growth of the API's memory",
    "growth of the worker's memory",
    "cancel of a running task until its slot is free",
    "violations among",
)


def render(runs: Mapping[str, Run], soak: Mapping[str, Any] | None) -> str:
    """Return the page."""
    each = "\n".join(f"## {NAMES[database]}\n\n{_database(runs.get(database))}\n" for database in DATABASES)
    return f"""# Load

<!-- Written by `make load` (benchmarks/load/page.py): change that, then run `make docs`. -->

How quick the task system is, and stays, on one machine: the API, the worker with its two processes, the database, the
broker and the program that makes the load share it. The database reaches the disk at every commit (`fsync`,
`synchronous=FULL`), and the reports are real: 12 sprints of 25 metrics, analysed, put into words, and stored. What
becomes of the work when things break is on [another page](reliability.md).

To measure it yourself: `make load` for the tables of both databases (about ten minutes each), `make load SOAK=30` for
the soak. Both start a PostgreSQL and a Valkey of their own, from Hansei's own packages, and end with 1 where a target
is missed. Milliseconds belong to a machine, ratios travel further. So two yardsticks come first in each table, taken
in the same run: one committed insert into a table of one column, and what a bare Celery worker with two processes does
of tasks that do nothing.

- Submissions “at 50/s” come at that rate whatever the answers take, and are timed from when each was due, so that one
  stall is paid by all that wait behind it. “8 clients” wait for each answer before they send the next.
- “Whole life”: from the first submission of many to the last stored report.
- “Queue to start”: from the row of a task to its start, by the database's clock.
- A submission that is answered 503 with `Retry-After`, as a busy SQLite may, is counted, sent again where its report is
  needed, and never taken for work that was done.

{_missed(runs, soak)}

{each}
## Soak

{_soak(soak)}
"""


def table(rows: Sequence[Figure]) -> str:
    """Return the table of some figures."""
    return "\n".join((HEAD, *map(line, rows)))


def line(figure: Figure) -> str:
    """Return a figure's line of the table."""
    met = {None: "–", True: "yes", False: "**no**"}[figure.met]
    return f"| {figure.what} | {value(figure)} | {target(figure)} | {met} | {figure.beside or '–'} |"


def value(figure: Figure) -> str:
    """Write what was measured."""
    whole = figure.value >= 100 or figure.unit == ""
    return f"{f'{figure.value:,.0f}' if whole else f'{figure.value:.3g}'} {figure.unit}".strip()


def target(figure: Figure) -> str:
    """Write what was to be reached."""
    if figure.target is None:
        return "–"
    if figure.target == 0:
        return "0"
    return f"{'≤' if figure.lower else '≥'} {figure.target:g} {figure.unit}".strip()


def lacking(run: Run) -> list[str]:
    """Return what was to be measured and was not."""
    return [what for what in ASKED if not any(f.what.startswith(what) for f in run.figures)]


def current() -> str:
    """Return the page of what is kept."""
    return render(figures.read(), figures.read_soak())


def reason(error: BaseException) -> str:
    """Return why a run broke off, in one line that stays in its place."""
    if isinstance(error, KeyboardInterrupt | SystemExit):
        return "it was stopped"
    said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return " ".join(said.replace("|", "/").split())[:200]


def _missed(runs: Mapping[str, Run], soak: Mapping[str, Any] | None) -> str:
    found = [
        (NAMES[database], f) for database in DATABASES if database in runs for f in runs[database].figures
    ]
    found += [("soak", f) for f in figures.of_soak(soak)] if soak else []
    lines = [
        f"- {where}: {f.what}: {value(f)}, target {target(f)}.\n" for where, f in found if f.met is False
    ]
    for database in DATABASES:
        run = runs.get(database)
        absent = [f": {what}" for what in lacking(run)] if run else [""]
        lines += [f"- {NAMES[database]}: not measured yet{what}.\n" for what in absent]
    lines += [] if soak else ["- Soak: not measured yet.\n"]
    if not lines:
        return "**Every target was met.**"
    return "**Not met, or not measured:**\n\n" + "".join(lines).rstrip()


def _database(run: Run | None) -> str:
    if run is None:
        return "Not measured yet."
    about = f"Measured on {run.date}, {run.machine}."
    if run.broke_off is not None:
        about += f" **Only a part: the run broke off** ({run.broke_off})."
    return f"{about}\n\n{table(run.figures)}" if run.figures else about


def _soak(found: Mapping[str, Any] | None) -> str:
    if found is None:
        return "Not measured yet."
    faults = ", ".join(f"{name.replace('_', ' ')} {n}" for name, n in sorted(found["faults"].items()))
    name = NAMES[found["database"]]
    where = f"{name}, {found['machine']}" if "machine" in found else name
    return f"""Measured on {found["date"]}, {where}: {found["minutes"]:g} minutes of steady submissions (5/s) while
something is broken {sum(found["faults"].values())} times ({faults}).
Memory and open files are those of the API that takes the load, from when it is warm (minute \
{min(5.0, found["minutes"] / 6):.0f}) to the end.

{table(figures.of_soak(found))}"""
