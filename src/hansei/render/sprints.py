"""A team's sprints as CSV: one row each, by the names of the metrics API. ``sources/table`` reads it back as it was."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from hansei.core.metrics import HEADER, REGISTRY, SIZES, SprintMetrics, stamp

#: In front of the name of a series that the registry does not know.
SERIES = "series:"
SIZE = "story_point_distribution."
#: What is known of a sprint beside its numbers, each column written only where it says something.
STATES = ("dates_assumed", "provisional", "notes", "left_out")
#: A spreadsheet reads a cell that begins with one of these as a formula.
FORMULA = ("=", "+", "-", "@", "'")
MEDIA_TYPE = "text/csv; charset=utf-8"


def render(sprints: Sequence[SprintMetrics]) -> str:
    """Return the sprints as CSV (RFC 4180, UTF-8, decimal point, empty where nothing was measured).

    What the team noted is written as its kinds; the words of a note stay where they are. Names that a spreadsheet would
    run as a formula get an apostrophe in front.
    """
    known = [n for n in REGISTRY if any(n in s.values for s in sprints)]
    extra = sorted({n for s in sprints for n in s.extra})
    sizes = SIZES if any(s.sizes is not None for s in sprints) else ()
    told = [_states(s) for s in sprints]
    states = [n for n in STATES if any(t[n] for t in told)]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*HEADER, *states, *known, *(SIZE + n for n in sizes), *(SERIES + n for n in extra)])
    for s, state in zip(sprints, told, strict=True):
        counts = (None if s.sizes is None else s.sizes.get(n) for n in sizes)
        values = [*(s.values.get(n) for n in known), *counts, *(s.extra.get(n) for n in extra)]
        days = (stamp(day) if day else "" for day in (s.start, s.end))
        row = [_safe(s.sprint_id), _safe(s.name), *days, *(state[n] for n in states), *_numbers(values)]
        writer.writerow(row)
    return out.getvalue()


def _states(sprint: SprintMetrics) -> dict[str, str]:
    marks = (sprint.assumed, sprint.provisional, sprint.left_out)
    assumed, provisional, left_out = ("yes" if mark else "" for mark in marks)
    return dict(zip(STATES, (assumed, provisional, " ".join(sprint.notes), left_out), strict=True))


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text


def _numbers(values: Iterable[float | None]) -> Iterable[str]:
    return ("" if v is None else str(int(v)) if v == int(v) and abs(v) < 1e15 else repr(v) for v in values)
