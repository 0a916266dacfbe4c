"""Dates that a table does not hold: asked once, computed from the answer, and said to be assumed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from hansei.core.metrics import SprintMetrics, natural
from hansei.sources.table.reading import Desk, Question

LENGTHS = (("7", "1 week"), ("14", "2 weeks"), ("21", "3 weeks"), ("28", "4 weeks"))
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


def asked(desk: Desk, *, needed: bool, first: str = "") -> Calendar | None:
    """Ask for the calendar; None while the answer is open."""
    whose = f" of {first}" if first else " of the first sprint"
    day = desk.ask(Question("first_start", f"First day{whose}", "date", needed=needed))
    days = desk.ask(
        Question("sprint_days", "Days from one start to the end", "number", LENGTHS, "14" if day else "")
    )
    gap = desk.ask(Question("gap_days", "Days between two sprints", "number", default="0"))
    if not day or not days or int(days) < 1:
        return None
    return Calendar(date.fromisoformat(day), int(days), int(gap))


def dated(desk: Desk, sprints: Sequence[SprintMetrics]) -> tuple[list[SprintMetrics], bool, list[str]]:
    """Return the sprints with assumed dates where none has its own, whether that was done, and what to say."""
    if not sprints or any(s.start or s.end for s in sprints):
        return list(sprints), False, []
    ordered, by_name = _in_order(desk, sprints)
    if ordered is None:
        return list(sprints), False, []
    anchor = desk.recall("first_sprint")
    place = next((i for i, s in enumerate(ordered) if s.name == anchor), None)
    if anchor and place is None:
        moved = Desk({k: v for k, v in _given(desk).items() if k != "first_start"})
        asked(moved, needed=False, first=ordered[0].name)
        desk.questions += moved.questions
        return (
            list(sprints),
            False,
            ["The dates given for an earlier table do not reach these sprints: give them again."],
        )
    calendar = asked(desk, needed=not by_name, first=ordered[place or 0].name)
    if calendar is None:
        return list(sprints), False, ["The table has no dates; the order is that of the names."]
    made = []
    for number, sprint in enumerate(ordered, -(place or 0)):
        start, end = calendar.bounds(number)
        made.append(replace(sprint, start=start, end=end))
    # Counted from the newest sprint: it is the one that the next table will hold too.
    desk.keep("first_sprint", made[-1].name)
    desk.keep("first_start", made[-1].start.date().isoformat() if made[-1].start else "")
    return (
        made,
        True,
        [
            f"Dates are assumed: {made[0].name} begins on {made[0].start:%Y-%m-%d}, each has {calendar.days} days"
            + (f" and {calendar.gap} between two." if calendar.gap else ".")
        ],
    )


def _given(desk: Desk) -> dict[str, str]:
    return {key: desk.recall(key) for key in ("sprint_days", "gap_days") if desk.recall(key)}


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
