"""The page about reliability, from the promises and the results of the last campaign."""

from __future__ import annotations

import json
from pathlib import Path

from faults import promises
from hansei.services.browser import LIFE
from hansei.services.idempotency import KEY_LIFE_HOURS
from hansei.services.pace import AIM_SECONDS
from hansei.tasks.pulse import GRACE_SECONDS
from hansei.tasks.runner import LIMITS

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reference" / "reliability.md"
RESULTS = ROOT / "benchmarks" / "results" / "faults.json"


def links(tests: list[tuple[str, str, str]]) -> str:
    """Return links to tests, relative to the page."""
    return ", ".join(f"[{shown}](../../{file})" for file, _, shown in tests)


def page() -> str:
    """Return the page."""
    document = json.loads(RESULTS.read_text(encoding="utf-8"))
    about = document["about"]
    lines = [document["rows"][n]["line"] for n in sorted(document["rows"], key=_number)]
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
`make faults`. How quick it is under load, and after half an hour of random faults, is on [another page](load.md).

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
| ended tasks | for ever, unless `HANSEI_TASK_RETENTION_DAYS` is set | their reports stay; \
asking for them is a 404 afterwards |
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


def _number(fault: str) -> tuple[int, str]:
    return int(fault.partition("-")[0][1:]), fault
