"""What people and scripts see: sentences on stderr, data on stdout, colour and bars only on a terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from hansei.core.ports import Progress

if TYPE_CHECKING:
    from rich.console import Console

    from hansei.errors import HanseiError
    from hansei.jobs import JobView
    from hansei.services.reports import StoredReport


def console(*, stderr: bool = False) -> Console:
    """Return a console; rich itself honours NO_COLOR and what is no terminal."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else 100
    return Console(file=stream, width=width, highlight=False, soft_wrap=not stream.isatty())


def say(text: str) -> None:
    """Tell a person something that is no data."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - this is the screen


def put(text: str) -> None:
    """Write data to stdout."""
    print(text, flush=True)  # noqa: T201 - this is the screen


def put_bytes(content: bytes) -> None:
    """Write data to stdout as it is."""
    sys.stdout.flush()
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


def plain(value: Any) -> Any:
    """Return JSON's own kinds."""
    from hansei.core import report

    return report.plain(value)


def put_json(value: Any) -> None:
    """Write data to stdout as JSON."""
    put(json.dumps(plain(value), ensure_ascii=False, indent=2, allow_nan=False))


def complain(error: HanseiError) -> None:
    """Say what is wrong and what to do, with each problem on its own line."""
    red, plain_again = ("\x1b[31m", "\x1b[0m") if _colour(sys.stderr) else ("", "")
    say(f"{red}{error.title}.{plain_again} {error.sentence()}")
    for problem in error.problems:
        if problem.detail != error.message:
            say(f"  {problem.pointer.lstrip('/') or 'input'}: {problem.detail}")


def table(rows: Sequence[Sequence[object]], headers: Sequence[str], *, empty: str) -> None:
    """Print a table; one sentence where there is nothing. Column headers that end in a ``#`` are numbers."""
    if not rows:
        say(empty)
        return
    from rich.table import Table
    from rich.text import Text

    out = Table(box=None, pad_edge=False, header_style="bold")
    for header in headers:
        out.add_column(
            header.rstrip("#"), justify="right" if header.endswith("#") else "left", overflow="fold"
        )
    for row in rows:
        out.add_row(*(Text("–" if cell is None else str(cell)) for cell in row))
    console().print(out)


def markdown(text: str) -> None:
    """Show Markdown: rendered on a terminal, as it is elsewhere."""
    if not sys.stdout.isatty():
        put(text)
        return
    from rich.markdown import Markdown

    console().print(Markdown(text))


def rule(title: str) -> None:
    """Print a heading between parts."""
    if sys.stdout.isatty():
        console().rule(title, align="left")
    else:
        put(f"\n=== {title} ===\n")


@contextmanager
def bar(title: str) -> Iterator[Progress]:
    """Show the progress of one piece of work; silent where stderr is no terminal."""
    if not sys.stderr.isatty():
        yield lambda _percent, _stage: None
        return
    with bars() as add:
        yield add(title)


@contextmanager
def bars() -> Iterator[Any]:
    """Show several bars; yields a function that adds one and returns what moves it."""
    from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(bar_width=24))
    target = console(stderr=True)
    with Bars(*columns, TimeElapsedColumn(), console=target, disable=not target.is_terminal) as shown:

        def add(title: str) -> Progress:
            task = shown.add_task(title, total=100)
            return lambda percent, stage: shown.update(
                task, completed=percent, description=f"{title}: {stage}"
            )

        yield add


def _colour(stream: Any) -> bool:
    import os

    return bool(stream.isatty()) and not os.environ.get("NO_COLOR")


def pairs(*rows: tuple[str, object]) -> None:
    """Print names and values, leaving out what is missing."""
    kept = [(name, value) for name, value in rows if value not in (None, "", "–")]
    width = max((len(name) for name, _ in kept), default=0)
    for name, value in kept:
        put(f"{name:<{width}}  {value}")


def moment(when: datetime | None) -> str:
    """Return a time as people read it."""
    return "–" if when is None else f"{when:%Y-%m-%d %H:%M} UTC"


def day(when: datetime | None) -> str:
    """Return a day as people read it."""
    return "–" if when is None else f"{when:%Y-%m-%d}"


def task(found: JobView) -> dict[str, Any]:
    """Return a task as JSON, its id named as the HTTP API names it."""
    fields = plain(found)
    return {"task_id": fields.pop("id"), **fields}


def job(found: JobView, *, as_json: bool) -> None:
    """Print a task."""
    if as_json:
        put_json(task(found))
        return
    pairs(
        ("task", found.id),
        ("kind", found.kind),
        ("status", found.status),
        ("team", found.team_id),
        ("stage", f"{found.stage} ({found.percent} %)" if not found.finished else None),
        ("attempts", found.attempts),
        ("accepted", moment(found.created_at)),
        ("finished", moment(found.finished_at)),
        ("result", json.dumps(found.result, ensure_ascii=False) if found.result else None),
        ("error", found.error),
    )


def report(stored: StoredReport) -> str:
    """Return a stored report as Markdown."""
    from hansei.render import markdown as page

    return page.render(
        stored.to_dict(),
        stored.narrative,
        team_name=stored.team_name,
        custom_context=stored.custom_context,
        assumed=stored.team_note,
    )
