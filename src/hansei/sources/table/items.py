"""A list with one row per item (issue, ticket, work item): summed in memory, only the sums of sprints go on."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time
from types import MappingProxyType

from hansei.core.metrics import FIRST_YEAR, LAST_YEAR, REGISTRY, SprintMetrics, is_in_calendar
from hansei.core.ordering import natural
from hansei.core.people import about_people, is_address
from hansei.core.plain import plain
from hansei.core.ports import Rejected
from hansei.core.tables import ColumnRead, Question, Reading
from hansei.errors import InvalidInput
from hansei.sources.table import calendar, cells, dates
from hansei.sources.table.cells import Cell
from hansei.sources.table.desk import Desk, counted, were
from hansei.sources.table.grid import Line
from hansei.sources.table.headers import OF_PEOPLE, item_field
from hansei.sources.table.layout import Layout
from hansei.sources.table.sprints import date_order
from hansei.sources.table.vocabulary import DONE, REMOVED

_TITLES = MappingProxyType(
    {
        "key": "the item's key, to count each once; not kept",
        "type": "the kind of item; not kept",
        "status": "whether the item is done",
        "sprint": "the sprint",
        "points": "the item's story points",
        "created": "when the item was created",
        "started": "when work on it began",
        "done": "when it was done",
        "canceled": "whether it was dropped",
        "resolution": "whether it was dropped",
        "reason": "whether it was dropped",
        "cycle_number": "the sprint's number",
        "cycle_start": "the sprint's first day",
        "cycle_end": "the sprint's last day",
    }
)
#: What the header of a sprint's column says, the clearest first; "" stands for every other.
_SPRINT_WORDS = ("sprint", "iteration", "cycle", "")
COUNT_FROM = Question(
    "count_from", "From which day on shall sprints be counted (the first day of one)?", "date", needed=True
)
CANNOT = (
    "A list of items has no history: it does not tell what was planned when a sprint began (Jira's velocity report"
    " does), nor how long items waited in review (a metrics API does, or a column “Review time (h)” of your own).",
)


@dataclass(slots=True)
class _Item:
    """What is needed of one row; nothing of it is kept after the sums."""

    sprints: list[str]
    done: bool
    points: float | None
    lead: float | None
    cycle: float | None
    done_at: datetime | None


@dataclass(slots=True)
class _Sum:
    """What the items of one sprint add up to."""

    name: str
    start: datetime | None = None
    end: datetime | None = None
    items: int = 0
    open: int = 0
    points: list[float] = field(default_factory=list)
    lead: list[float] = field(default_factory=list)
    cycle: list[float] = field(default_factory=list)
    carried: int = 0
    inside: int = 0

    def add(self, item: _Item) -> None:
        """Count an item that was done in this sprint."""
        self.items += 1
        self.points += [item.points] if item.points is not None else []
        self.lead += [item.lead] if item.lead is not None else []
        self.cycle += [item.cycle] if item.cycle is not None else []


class _Table:
    """The columns of a list by what they hold."""

    def __init__(self, layout: Layout) -> None:
        self.places: dict[str, list[int]] = {}
        for place, header in enumerate(layout.header):
            name = item_field(header)
            if name and name != "title" and (name == "sprint" or name not in self.places):
                self.places.setdefault(name, []).append(place)
        if len(self.places.get("sprint", ())) > 1:
            self.places["sprint"] = self._of_the_sprint(layout)
        named = [cells.text(c).strip() for line in layout.body for c in self.all(line, "sprint")]
        self.roots = {name.split("\\", 1)[0].strip() for name in named if "\\" in name}
        self.alone = {name for name in named if "," not in name}

    def _of_the_sprint(self, layout: Layout) -> list[int]:
        """Return the columns under one header that name the sprint: Jira repeats its own, a milestone is another thing.

        Of several headers the one that says sprint most clearly and holds any.
        """
        headers: dict[str, list[int]] = {}
        for place in self.places["sprint"]:
            headers.setdefault(plain(layout.header[place]), []).append(place)
        ranked = sorted(headers, key=lambda h: next(i for i, w in enumerate(_SPRINT_WORDS) if w in h))
        filled = [
            h
            for h in ranked
            if any(
                not cells.is_missing(x.cells[p]) for x in layout.body for p in headers[h] if p < len(x.cells)
            )
        ]
        return headers[(filled or ranked)[0]]

    def all(self, line: Line, name: str) -> list[Cell]:
        """Return what a row holds for a field, without what is missing."""
        found = [line.cells[p] for p in self.places.get(name, ()) if p < len(line.cells)]
        return [c for c in found if not cells.is_missing(c)]

    def one(self, line: Line, name: str) -> Cell | None:
        """Return a row's first value for a field."""
        return next(iter(self.all(line, name)), None)

    def text(self, line: Line, name: str) -> str:
        """Return a row's value for a field as plain words."""
        found = self.one(line, name)
        return plain(cells.text(found)) if found is not None else ""


def read(layout: Layout, desk: Desk, filename: str) -> Reading:
    """Sum the items of each sprint.

    Raises:
        InvalidInput: nothing of it can be used.
    """
    table = _Table(layout)
    moments = [c for line in layout.body for n in ("created", "started", "done", "cycle_start", "cycle_end")
        for c in table.all(line, n)]  # fmt: skip
    order = date_order(desk, moments, filename)
    mark = _decimal_mark(table, layout.body, filename)
    items, rejected, notes = _items(layout, table, mark, order)
    notes += _strange(moments, order)
    spans = _spans(table, layout.body, order)
    told: list[str] = []
    assumed = False
    if any(item.sprints for item in items):
        sums, unplaced = _by_sprint(items, spans)
        notes += [f"Without a sprint, and not counted: {counted(unplaced)}."] if unplaced else []
        measured = _measured(sums, history=_has_history(table, items))
        sprints, assumed, told = calendar.dated(
            desk, measured, unfinished={s.name: s.open for s in sums}, by_row=False
        )
    elif any(item.done_at for item in items) or (
        desk.open and any(table.all(x, "done") for x in layout.body)
    ):
        found = calendar.asked(desk, COUNT_FROM)
        sums = _by_day(items, found) if found else []
        sprints = [replace(s, assumed=True) for s in _measured(sums, history=False)]
        assumed = True
        told = [
            "The list names no sprint: items are counted in the sprint in which they were done. Dates are assumed."
        ]
    else:
        raise InvalidInput(
            f"{filename} lists items, but neither their sprint nor the day on which they were done.",
            remedy="Export it again with a column for the sprint (iteration, cycle, milestone), or copy a table with"
            " one row per sprint.",
        )
    return Reading(
        kind="items",
        columns=_told(layout, table, order),
        sprints=() if desk.open else tuple(sprints),
        rejected=tuple(rejected),
        questions=tuple(desk.questions),
        notes=(
            *layout.notes,
            f"{counted(len(items))} {were(len(items))} summed; only the sums are kept.",
            *notes,
            *told,
        ),
        cannot=CANNOT,
        assumed=assumed,
        answers=desk.used,
    )


def _items(
    layout: Layout, table: _Table, mark: cells.Decimal | None, order: dates.Order | None
) -> tuple[list[_Item], list[Rejected], list[str]]:
    items: list[_Item] = []
    rejected: list[Rejected] = []
    dropped = again = backwards = 0
    seen: set[str] = set()
    for at, line in enumerate(layout.body):
        key = table.text(line, "key")
        if key and key in seen:
            again += 1
            continue
        seen.add(key)
        if _is_removed(table, line):
            dropped += 1
            continue
        try:
            item, wrong = _item(table, line, mark, order)
        except ValueError as error:
            rejected.append(Rejected(at, None, f"{layout.place} {line.number}: {error}"))
            continue
        backwards += wrong
        items.append(item)
    notes = [f"Removed or cancelled, and not counted: {counted(dropped)}."] if dropped else []
    notes += [f"{counted(again)} came twice and counted once."] if again else []
    notes += [f"Done before it began, its times not used: {counted(backwards)}."] if backwards else []
    return items, rejected, notes


def _item(
    table: _Table, line: Line, mark: cells.Decimal | None, order: dates.Order | None
) -> tuple[_Item, bool]:
    """Return an item, and whether it ends before it begins.

    Raises:
        ValueError: a cell that counts cannot be read.
    """
    points = table.one(line, "points")
    size = None
    if points is not None:
        size = cells.number(points, mark)
        if size is None or size < 0:
            raise ValueError("its story points are not a number from 0 on; correct or empty the cell.")
    done_at = _moment(table, line, "done", order)
    begun = {name: _moment(table, line, name, order) for name in ("created", "started")}
    spans = {n: dates.hours_between(b, done_at) if b and done_at else None for n, b in begun.items()}
    wrong = any(hours is not None and hours < 0 for hours in spans.values())
    status = table.text(line, "status")
    done = _is_done(status) if status else done_at is not None
    if not status and table.text(line, "resolution"):
        done = True
    return _Item(
        sprints=_sprints(table, line),
        done=done or ("status" not in table.places and done_at is not None),
        points=size,
        lead=None if wrong else spans["created"],
        cycle=None if wrong else spans["started"],
        done_at=done_at if done or not status else None,
    ), wrong


def _moment(table: _Table, line: Line, name: str, order: dates.Order | None) -> datetime | None:
    """Return a row's moment; a year in which no sprint may be is a program's way to say "never" (0001-01-01)."""
    cell = table.one(line, name)
    found = dates.moment(cell, order) if cell is not None else None
    return found if found is not None and is_in_calendar(found) else None


def _strange(found: Iterable[Cell], order: dates.Order | None) -> list[str]:
    moments = (dates.moment(cell, order) for cell in found)
    outside = sum(m is not None and not is_in_calendar(m) for m in moments)
    return (
        [f"Dates outside the years {FIRST_YEAR} to {LAST_YEAR}, and not used: {outside:,}."]
        if outside
        else []
    )


def _sprints(table: _Table, line: Line) -> list[str]:
    found: list[str] = []
    for cell in table.all(line, "sprint"):
        for part in _parts(table, cells.text(cell).strip()):
            name = re.split(r"[\\/]", part)[-1].strip() if "\\" in part else part
            if name and not is_address(name) and name not in found and part not in table.roots:
                found.append(name[:100])
    if not found and (number := table.one(line, "cycle_number")) is not None:
        found.append(f"Cycle {cells.text(number).strip()}"[:100])
    return found


def _parts(table: _Table, cell: str) -> list[str]:
    """Return the sprints that a cell lists; a comma may be of a name, unless all its parts are names elsewhere."""
    out: list[str] = []
    for part in re.split(r"\s*;\s*", cell):
        listed = re.split(r"\s*,\s*", part)
        out += listed if table.alone.issuperset(listed) else [part]
    return out


def _is_done(status: str) -> bool:
    return status in DONE or (bool(status) and status.split(maxsplit=1)[0] in DONE)


def _is_removed(table: _Table, line: Line) -> bool:
    if table.one(line, "canceled") is not None:
        return True
    words = [table.text(line, name) for name in ("status", "resolution", "reason")]
    return any(w in REMOVED or (w and w.split()[0] in REMOVED) for w in words)


def _spans(
    table: _Table, body: Iterable[Line], order: dates.Order | None
) -> dict[str, tuple[datetime | None, datetime | None]]:
    """Return the days of the sprints where the list holds them (Linear's cycles)."""
    out: dict[str, tuple[datetime | None, datetime | None]] = {}
    if "cycle_start" not in table.places and "cycle_end" not in table.places:
        return out
    for line in body:
        for name in _sprints(table, line)[-1:]:
            if name not in out:
                out[name] = (
                    _moment(table, line, "cycle_start", order),
                    _moment(table, line, "cycle_end", order),
                )
    return out


def _by_sprint(
    items: list[_Item], spans: dict[str, tuple[datetime | None, datetime | None]]
) -> tuple[list[_Sum], int]:
    """Return the sums of each sprint, oldest first, and how many items name none.

    An item belongs to the last sprint that it names. One that names a later sprint too, or is not done although a
    later one exists, was carried over.
    """
    names = {name for item in items for name in item.sprints}

    def place(name: str) -> tuple[object, ...]:
        start = spans.get(name, (None, None))[0]
        return (
            (_utc(start), natural(name))
            if spans and start
            else (datetime.max.replace(tzinfo=UTC), natural(name))
        )

    ordered = sorted(names, key=place)
    rank = {name: i for i, name in enumerate(ordered)}
    sums = []
    for name in ordered:
        start, end = spans.get(name, (None, None))
        sums.append(_Sum(name, _utc(start) if start else None, _utc(end) if end else None))
    unplaced = 0
    for item in items:
        if not item.sprints:
            unplaced += 1
            continue
        ranks = sorted(rank[name] for name in item.sprints)
        for at in ranks:
            sums[at].inside += 1
            sums[at].carried += at != ranks[-1] or (not item.done and at < len(sums) - 1)
        if item.done:
            sums[ranks[-1]].add(item)
        else:
            sums[ranks[-1]].open += 1
    return sums, unplaced


def _by_day(items: list[_Item], found: calendar.Calendar) -> list[_Sum]:
    """Return the sums of each sprint of a calendar, up to the last in which an item was done."""
    sums: dict[int, _Sum] = {}
    first = datetime.combine(found.first, time.min, UTC)
    for item in items:
        if item.done_at is None or _utc(item.done_at) < first:
            continue
        number = (_utc(item.done_at) - first).days // (found.days + found.gap)
        start, end = found.bounds(number)
        if _utc(item.done_at).date() > end.date():
            continue  # between two sprints
        sums.setdefault(number, _Sum(f"{start:%Y-%m-%d}", start, end)).add(item)
    last = max(sums, default=-1)
    for number in range(last):  # a sprint without a finished item is a measured 0
        if number not in sums:
            start, end = found.bounds(number)
            sums[number] = _Sum(f"{start:%Y-%m-%d}", start, end)
    return [sums[number] for number in sorted(sums)]


def _measured(sums: list[_Sum], *, history: bool) -> list[SprintMetrics]:
    """Return the sums as sprints. Points and times that no item has are missing, not 0."""
    sized = any(s.points for s in sums)
    out = []
    for at, s in enumerate(sums):
        values: dict[str, float] = {"items_completed": float(s.items)}
        if sized and (s.points or not s.items):
            values["story_points_completed"] = float(sum(s.points))
        if history and at < len(sums) - 1:
            values["items_carried_over"] = float(s.carried)
        for name, hours in (("lead_time", s.lead), ("cycle_time", s.cycle)):
            if hours:
                values[name] = round(sum(hours) / len(hours), 2)
        out.append(SprintMetrics(s.name, s.name, s.start, s.end, values))
    return out


def _has_history(table: _Table, items: list[_Item]) -> bool:
    """Return whether items name earlier sprints too: only then is carry-over known."""
    return len(table.places.get("sprint", ())) > 1 or any(len(item.sprints) > 1 for item in items)


def _decimal_mark(table: _Table, body: list[Line], filename: str) -> cells.Decimal | None:
    try:
        return cells.decimal_mark(c for line in body for c in table.all(line, "points"))
    except ValueError:
        raise InvalidInput(
            f"{filename} writes some points with a decimal comma and others with a decimal point.",
            remedy="Write all of them the same way.",
        ) from None


def _utc(found: datetime) -> datetime:
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _told(layout: Layout, table: _Table, order: dates.Order | None) -> tuple[ColumnRead, ...]:
    used = {place: name for name, places in table.places.items() for place in places}
    taken = {name: places[0] + 1 for name, places in table.places.items()}
    repeated = Counter(used.values())
    return tuple(
        _column(
            place,
            header,
            used.get(place),
            repeated.__getitem__,
            taken.get(item_field(header) or ""),
            _looks(layout.body, place, order),
        )
        for place, header in enumerate(layout.header)
        if header
    )


def _looks(body: list[Line], place: int, order: dates.Order | None) -> str:
    """Return why a column under an unknown header is not read, by what it seems to hold; nothing of it is quoted."""
    found = [
        x.cells[place] for x in body[:200] if place < len(x.cells) and not cells.is_missing(x.cells[place])
    ]
    if found and all(dates.moment(c, order or "day_first") for c in found):
        return (
            "it holds dates under a header that is not known; where items were created, begun or done on them, call"
            " it “Created”, “Started” or “Resolved”"
        )
    if found and all(cells.number(c, ".") is not None or cells.number(c, ",") is not None for c in found):
        return "it holds numbers under a header that is not known; if they are points, call it “Story Points”"
    return "it is not needed"


def _column(
    place: int, header: str, name: str | None, times: Callable[[str], int], instead: int | None, looks: str
) -> ColumnRead:
    if name is None:
        if instead:
            return ColumnRead(place + 1, reason=f"column {instead} is taken for the same")
        if about_people(plain(header) or "-"):
            return ColumnRead(place + 1, reason=OF_PEOPLE)
        return ColumnRead(place + 1, reason=looks)
    unit = REGISTRY["story_points_completed"].unit if name == "points" else ""
    note = f"one of {times(name)} such columns" if times(name) > 1 else ""
    return ColumnRead(place + 1, header[:80], name, _TITLES[name], unit, note=note)
