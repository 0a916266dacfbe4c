"""Dates that a table does not hold: asked once, computed from the answer, and said to be assumed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType

from hansei.core.metrics import FIRST_YEAR, LAST_YEAR, SprintMetrics, in_time_order
from hansei.core.ordering import told_by_names
from hansei.core.tables import Question
from hansei.errors import InvalidInput
from hansei.sources.table.desk import Desk, counted

LENGTHS = (("7", "1 week"), ("14", "2 weeks"), ("21", "3 weeks"), ("28", "4 weeks"))
NAMES_OFFERED = 100
FIRST_DAY, LAST_DAY = date(FIRST_YEAR, 1, 1).toordinal(), date(LAST_YEAR + 1, 1, 1).toordinal()
NONE_OPEN: Mapping[str, int] = MappingProxyType({})
#: Under which key the name of a sprint that still ran is kept for a team's next table.
RUNNING = "running"
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
        """Return the first and the last second of the sprint with this number, 0 for the first.

        Raises:
            InvalidInput: it lies in no year in which a sprint may be.
        """
        day = self.first.toordinal() + number * (self.days + self.gap)
        if not FIRST_DAY <= day <= LAST_DAY - self.days:
            raise InvalidInput(
                f"Counted from {self.first} on, the table's sprints would not all lie in the years from {FIRST_YEAR} to"
                f" {LAST_YEAR}.",
                remedy="Give another first day, or fewer days for a sprint.",
            )
        start = datetime.combine(date.fromordinal(day), time.min, UTC)
        return start, start + timedelta(days=self.days) - timedelta(seconds=1)


def asked(desk: Desk, first: Question) -> Calendar | None:
    """Ask for the calendar, beginning with ``first``, a day; None while the answer is open."""
    day = desk.ask(first)
    days = desk.ask(
        Question(
            "sprint_days",
            "How many days has a sprint, from its first to its last?",
            "number",
            LENGTHS,
            "14",
            least=1,
        )
    )
    gap = desk.ask(Question("gap_days", "How many days lie between two sprints?", "number", default="0"))
    return Calendar(date.fromisoformat(day), int(days), int(gap)) if day else None


def dated(
    desk: Desk,
    sprints: Sequence[SprintMetrics],
    *,
    unfinished: Mapping[str, int] = NONE_OPEN,
    over: bool = False,
    by_row: bool = True,
) -> tuple[list[SprintMetrics], bool, list[str]]:
    """Return the sprints with assumed dates where none has its own, whether that was done, and what to say.

    The newest one is marked as open where nothing tells when it ends and the answer is that it still runs;
    ``unfinished`` counts open items by the sprint's name: where the newest has some, that is the answer unless another
    is given. ``over`` says that it is known to have ended. ``by_row`` is False where the sprints come in no order
    that somebody chose.
    """
    if not sprints:
        return [], False, []
    if any(s.start or s.end for s in sprints):
        if over:
            return list(sprints), False, []
        made, told = _newest_open(desk, sprints, in_time_order(sprints)[-1], unfinished)
        return made, False, told
    ordered, stays = _in_order(desk, sprints, by_row=by_row)
    if ordered is None:
        return list(sprints), False, []
    dates, assumed, told = _assumed(desk, ordered, needed=not stays)
    made, more = (dates, []) if over else _newest_open(desk, dates, dates[-1], unfinished)
    return made, assumed, [*told, *more]


def _newest_open(
    desk: Desk, sprints: Sequence[SprintMetrics], newest: SprintMetrics, unfinished: Mapping[str, int]
) -> tuple[list[SprintMetrics], list[str]]:
    """Return the sprints, the newest one open where that is the answer; not asked where its end is known."""
    if newest.provisional or (newest.end is not None and not newest.assumed):
        return list(sprints), []
    items = unfinished.get(newest.name, 0)
    default = "running" if items or desk.kept(RUNNING) == newest.name else "over"
    choices = (("over", "yes, it has ended"), ("running", "no, it still runs"))
    answer = desk.ask(Question("last_sprint", f"Is {newest.name} over?", choices=choices, default=default))
    desk.once("last_sprint")
    desk.keep(RUNNING, newest.name if answer == "running" else "")
    if answer != "running":
        return list(sprints), []
    why = f" It has {counted(items, 'unfinished item')}." if items else ""
    told = (
        f"{newest.name} is taken to be still running: it is stored as open and enters no report.{why} If it has ended,"
        " answer last_sprint=over."
    )
    return [replace(s, provisional=True) if s is newest else s for s in sprints], [told]


def _assumed(
    desk: Desk, ordered: Sequence[SprintMetrics], *, needed: bool
) -> tuple[list[SprintMetrics], bool, list[str]]:
    """Return the sprints, oldest first, with the dates that follow from one answer; without it as they are."""
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
    calendar = asked(desk, Question("first_start", "Which day was its first?", "date", needed=needed))
    if calendar is None:
        desk.once("first_sprint")  # without a day it says nothing
        return (
            list(ordered),
            False,
            told or ([] if needed else ["The table has no dates; the order is that of the names."]),
        )
    made = []
    for number, sprint in enumerate(ordered, -names.index(whose)):
        start, end = calendar.bounds(number)
        made.append(replace(sprint, start=start, end=end, assumed=True))
    # Counted from the newest sprint: it is the one that the next table will hold too.
    desk.keep("first_sprint", made[-1].name)
    desk.keep("first_start", f"{calendar.bounds(len(made) - 1 - names.index(whose))[0]:%Y-%m-%d}")
    gap = f" and {calendar.gap} between two" if calendar.gap else ""
    first, _ = calendar.bounds(-names.index(whose))
    said = f"Dates are assumed: {made[0].name} began on {first:%Y-%m-%d}, each sprint has {calendar.days} days{gap}."
    return made, True, [said]


def _in_order(
    desk: Desk, sprints: Sequence[SprintMetrics], *, by_row: bool
) -> tuple[list[SprintMetrics] | None, bool]:
    """Return the sprints oldest first, and whether that stays without dates; None where it must be asked.

    Who says which row is the newest is believed, whatever the names tell. Undated sprints are stored in the order of
    their names taken one by one: what only the rows told needs dates to stay.
    """
    names, ids = [s.name for s in sprints], [s.sprint_id for s in sprints]
    by_name = told_by_names(names) or (told_by_names(ids) if ids != names else None)
    told = None if by_row and desk.is_given(ORDER.key) else by_name
    if told is not None:
        ordered = [sprints[at] for at in told]
        return ordered, ordered == in_time_order(sprints)
    if not by_row:
        return in_time_order(sprints), True
    newest = desk.ask(ORDER)
    if not newest:
        return None, False
    ordered = list(sprints if newest == "last" else reversed(sprints))
    return ordered, by_name is not None and ordered == in_time_order(sprints)
