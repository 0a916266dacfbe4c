"""Dates that a table does not hold: asked once, computed from the answer, and said to be assumed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from hansei.core.metrics import SprintMetrics, natural
from hansei.core.tables import Question
from hansei.sources.table.desk import Desk

LENGTHS = (("7", "1 week"), ("14", "2 weeks"), ("21", "3 weeks"), ("28", "4 weeks"))
NAMES_OFFERED = 100
ORDER = Question(
    "newest",
    "The names do not tell the order of the sprints. Which row is the newest?",
    choices=(("last", "the last row"), ("first", "the first row")),
    needed=True,
)


@dataclass(frozen=True, slots=True)
class Calendar:
    """When a first sprint began, how many days one has, and how many lie between two."""

    first: date
    days: int
    gap: int

    def bounds(self, number: int) -> tuple[datetime, datetime]:
        """Return the first and the last second of the sprint with this number, 0 for the first."""
        start = datetime.combine(self.first, time.min, UTC) + timedelta(days=number * (self.days + self.gap))
        return start, start + timedelta(days=self.days) - timedelta(seconds=1)


def asked(desk: Desk, first: Question) -> Calendar | None:
    """Ask for the calendar, beginning with ``first``, a day; None while the answer is open."""
    day = desk.ask(first)
    days = desk.ask(
        Question(
            "sprint_days", "How many days has a sprint, from its first to its last?", "number", LENGTHS, "14"
        )
    )
    gap = desk.ask(Question("gap_days", "How many days lie between two sprints?", "number", default="0"))
    return Calendar(date.fromisoformat(day), max(int(days), 1), int(gap)) if day else None


def dated(desk: Desk, sprints: Sequence[SprintMetrics]) -> tuple[list[SprintMetrics], bool, list[str]]:
    """Return the sprints with assumed dates where none has its own, whether that was done, and what to say."""
    if not sprints or any(s.start or s.end for s in sprints):
        return list(sprints), False, []
    ordered, by_name = _in_order(desk, sprints)
    if ordered is None:
        return list(sprints), False, []
    names = [s.name for s in ordered]
    told = []
    earlier = desk.kept("first_sprint") if desk.kept("first_start") else ""
    if earlier and earlier not in names:
        desk.forget("first_start")
        told = ["The dates given for an earlier table do not reach these sprints: give them again."]
    whose = desk.ask(
        Question(
            "first_sprint",
            "Of which sprint do you know the first day?",
            choices=tuple((n, n) for n in dict.fromkeys((*names[:1], *names[-NAMES_OFFERED:]))),
            default=names[0],
        )
    )
    day = Question("first_start", "Which day was its first?", "date", needed=not by_name)
    calendar = asked(desk, day)
    if calendar is None:
        desk.used.pop("first_sprint", None)  # without a day it says nothing
        return list(sprints), False, told or ["The table has no dates; the order is that of the names."]
    made = []
    for number, sprint in enumerate(ordered, -names.index(whose)):
        start, end = calendar.bounds(number)
        made.append(replace(sprint, start=start, end=end))
    # Counted from the newest sprint: it is the one that the next table will hold too.
    desk.keep("first_sprint", made[-1].name)
    desk.keep("first_start", f"{calendar.bounds(len(made) - 1 - names.index(whose))[0]:%Y-%m-%d}")
    gap = f" and {calendar.gap} between two" if calendar.gap else ""
    first, _ = calendar.bounds(-names.index(whose))
    return (
        made,
        True,
        [
            f"Dates are assumed: {made[0].name} began on {first:%Y-%m-%d}, each sprint has {calendar.days} days{gap}."
        ],
    )


def _in_order(desk: Desk, sprints: Sequence[SprintMetrics]) -> tuple[list[SprintMetrics] | None, bool]:
    """Return the sprints oldest first, and whether their names tell it; None where it must be asked."""
    names = [natural(s.name) for s in sprints]
    numbered = all(any(kind == 0 for kind, _, _ in name) for name in names)
    by_name = sorted(sprints, key=lambda s: (natural(s.name), natural(s.sprint_id)))
    if numbered or by_name in (list(sprints), list(reversed(sprints))):
        return by_name, True
    newest = desk.ask(ORDER)
    if not newest:
        return None, False
    return list(sprints if newest == "last" else reversed(sprints)), False
