"""``hansei analyse``: from a file to a report, without a database."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from hansei.core.metrics import SprintMetrics, in_time_order, on_the_same_days, slips
from hansei.core.ports import Fetched, Narrator, Progress
from hansei.errors import InvalidInput, NotEnoughSprints
from hansei.render import markdown
from hansei.services import privacy
from hansei.services.reports import BASELINE, LEAST_SPRINTS, Material, ReportOrder, write
from hansei.services.text import note
from hansei.sources.table import read_table

STDIN = Path("-")
LIMIT = 5_000_001
"""One byte more than a table may have, so that a larger one is noticed and never read whole."""
ANSWER = "--answer "


@dataclass(frozen=True, slots=True)
class Made:
    """A report as Markdown and as plain values, and what to know of the table before reading it."""

    text: str
    data: dict[str, Any]
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Terms:
    """When a table is read, which says what has ended, and from how many answers on happiness is shown."""

    now: datetime
    least_answers: int


def analyse_file(
    file: Path,
    *,
    count: int,
    name: str | None,
    context: str | None,
    focus: Sequence[str],
    answers: Mapping[str, str],
    terms: Terms,
    narrator: Narrator,
    progress: Progress,
) -> Made:
    """Read a table, analyse its last ``count`` sprints that have ended against the earlier ones, put it into words.

    Raises:
        InvalidInput: the file cannot be read or used.
        UnknownMetric: a focus metric that neither the registry nor the file knows.
        NotEnoughSprints: fewer than two closed sprints.
    """
    progress(5, "reading")
    fetched = read_table(bring(file), filename=label(file), answers=answers, option=ANSWER)
    if fetched.rejected and not fetched.sprints:
        raise InvalidInput(
            f"No row of {label(file)} can be used.", remedy=" ".join(r.reason for r in fetched.rejected[:3])
        )
    team = name or ("Your team" if file == STDIN else file.stem)
    order = ReportOrder(team, count, None, note(context), tuple(focus))
    written = write(_material(fetched, order, terms), order, narrator, progress)
    told = written.narrative
    head = {"headline": told.headline, "summary": told.summary, "custom_context": order.custom_context}
    body = written.report.to_dict()
    text = markdown.render(body, told, team_name=team, custom_context=order.custom_context)
    return Made(text, {**head, **body, "narrative": told.to_dict()}, (*_remarks(fetched), *fetched.notes))


def label(file: Path) -> str:
    """Return what a file is called in sentences."""
    return "standard input" if file == STDIN else file.name


def bring(file: Path) -> bytes:
    """Return what a file or standard input holds, at most one byte more than may be read.

    Raises:
        InvalidInput: it cannot be read.
    """
    if file == STDIN:
        return sys.stdin.buffer.read(LIMIT)
    try:
        with file.open("rb") as opened:
            return opened.read(LIMIT)
    except OSError as error:
        raise InvalidInput(
            f"{file} cannot be read: {(error.strerror or 'unknown reason').lower()}.",
            remedy="Name a CSV or Excel file, or - for standard input.",
        ) from None


def _remarks(fetched: Fetched) -> list[str]:
    """Say what was not used, and what looks like a slip."""
    return [
        *(f"Not used: {r.reason}" for r in fetched.rejected),
        *slips(fetched.unknown_names),
        *on_the_same_days((s.name, s.start, s.end) for s in fetched.sprints),
    ]


def _too_few(found: Sequence[SprintMetrics], ended: int) -> NotEnoughSprints:
    """Return what is said of a table in which nothing can be compared: what it has, and what to add."""
    has = "one sprint" if len(found) == 1 else f"{len(found)} sprints"
    still = sum(s.provisional for s in found)
    out = sum(s.left_out and not s.provisional for s in found)
    why = [f"{still} still {'runs' if still == 1 else 'run'}"] if still else []
    why += [f"{out} {'is' if out == 1 else 'are'} left out"] if out else []
    count = "none" if not ended else "one"
    counts = f", of which {count} can be looked at ({', '.join(why)})" if why else ""
    return NotEnoughSprints(
        f"The table has {has}{counts}; a report compares at least {LEAST_SPRINTS}.",
        remedy="Add a line for each earlier sprint that you have numbers of, and analyse it again.",
    )


def _material(fetched: Fetched, order: ReportOrder, terms: Terms) -> Material:
    shown, withheld = [], 0
    for sprint in in_time_order(fetched.sprints):
        allowed, hidden = privacy.withhold(sprint, terms.least_answers)
        withheld += hidden
        shown.append(
            replace(allowed, provisional=True) if allowed.end and allowed.end > terms.now else allowed
        )
    closed = [at for at, s in enumerate(shown) if not (s.provisional or s.left_out)]
    if len(closed) < LEAST_SPRINTS:
        raise _too_few(shown, len(closed))
    count = order.sprint_count or len(shown)
    first = closed[-count] if len(closed) >= count else 0
    notes = [*fetched.notes, *_remarks(fetched)]
    if withheld:
        notes.append(privacy.reason(withheld, terms.least_answers))
    window, earlier = shown[first:], shown[:first]
    return Material(order.team_id, tuple(window), tuple(earlier[-BASELINE:]), None, tuple(notes))
