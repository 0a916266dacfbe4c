"""Jira's report of one sprint, copied from its page: blocks of items under headings."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

from hansei.core.metrics import REGISTRY, SprintMetrics, is_in_calendar
from hansei.core.tables import ColumnRead, Question, Reading
from hansei.errors import InvalidInput
from hansei.sources.table import calendar, cells, dates
from hansei.sources.table.desk import Desk, counted, were
from hansei.sources.table.sprints import date_order

#: The headings of the blocks: "issues" became "work items" in Jira's cloud.
_BLOCKS = (
    (re.compile(r"(completed (issues|work items)|(issues|work items) completed)"), "completed"),
    (re.compile(r"(issues|work items) not completed( in this sprint)?"), "not_completed"),
    (re.compile(r"(issues|work items) completed outside of this sprint"), "elsewhere"),
    (re.compile(r"(issues|work items) removed from (this )?sprint"), "removed"),
)
_KEY = re.compile(r"[A-Z][A-Z0-9_]+-\d+(\s*\*)?")
_ARROW = re.compile(r"\s*(?:→|->|=>|➔)\s*")
_POINTS = re.compile(r"(story points?|story point estimate|estimate)\b", re.IGNORECASE)
_STATE = re.compile(r"(closed|active|future|completed) sprint\b.*", re.IGNORECASE)
_DATE = re.compile(r"\d{1,2}/[A-Za-z]{3}/\d{2,4}(?: \d{1,2}:\d{2} [AP]M)?|\d{4}-\d{2}-\d{2}")
CANNOT = (
    "The report of one sprint gives that sprint only: paste the next one after it, or the velocity table for seven at"
    " once. It does not tell how long items waited in review.",
)


@dataclass(slots=True)
class _Block:
    """The items of a block: how many, how many added after the start, points at start and at the end."""

    items: int = 0
    added: int = 0
    before: list[float] = field(default_factory=list)
    after: list[float] = field(default_factory=list)
    added_points: list[float] = field(default_factory=list)


def is_report(text: str) -> bool:
    """Return whether a text holds such blocks."""
    found = {_heading(line) for line in text[:400_000].splitlines()}
    return "completed" in found and bool(found & {"not_completed", "removed", "elsewhere"})


def read(text: str, desk: Desk, filename: str) -> Reading:
    """Read the report of one sprint.

    Raises:
        InvalidInput: it holds no item.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    blocks, sized = _blocks(lines)
    total = sum(b.items for b in blocks.values())
    if not total:
        raise InvalidInput(
            f"{filename} looks like a sprint report without items.",
            remedy="Select the report from its title to the last block, copy it, and paste it again.",
        )
    name, start, end = _title(lines, desk, filename)
    values = _values(blocks, sized=sized)
    open_now, over = _state(lines)
    made = [SprintMetrics(name, name, start, end, values, provisional=open_now)] if name else []
    sprints, assumed, told = calendar.dated(desk, made, over=over)
    if open_now:
        told.append(
            f"{name} still runs: it is stored as open and enters no report. Paste its report again after its end."
        )
    return Reading(
        kind="sprint_report",
        columns=_columns(values),
        sprints=() if desk.open else tuple(sprints),
        questions=tuple(desk.questions),
        notes=(f"{counted(total)} {were(total)} summed; only the sums are kept.", *told),
        cannot=CANNOT,
        assumed=assumed,
        answers={k: v for k, v in desk.used.items() if k != "sprint_name"},
    )


def _heading(line: str) -> str:
    words = re.sub(r"\s*\(.*\)$", "", " ".join(line.casefold().split()))
    return next((name for pattern, name in _BLOCKS if pattern.fullmatch(words)), "")


def _blocks(lines: list[str]) -> tuple[dict[str, _Block], bool]:
    blocks = {name: _Block() for _, name in _BLOCKS}
    here: _Block | None = None
    points_at: int | None = None
    sized = False
    for line in lines:
        found = _heading(line)
        if found:
            here, points_at = blocks[found], None
            continue
        parts = [p.strip() for p in next(csv.reader([line], delimiter="\t"))]
        if here is None:
            continue
        if parts[0].casefold() == "key":
            points_at = next((i for i, p in enumerate(parts) if _POINTS.match(p)), None)
            sized = sized or points_at is not None
        elif _KEY.fullmatch(parts[0]):
            _take(here, parts, points_at)
    return blocks, sized


def _take(block: _Block, parts: list[str], points_at: int | None) -> None:
    added = parts[0].endswith("*") or (len(parts) > 1 and parts[1] == "*")
    block.items += 1
    block.added += added
    if points_at is None or points_at >= len(parts):
        return
    before, _, after = _ARROW.sub("→", parts[points_at]).partition("→")
    first, last = _number(before), _number(after or before)
    if first is not None and not added:
        block.before.append(first)
    if last is not None:
        block.after.append(last)
        block.added_points += [last] if added else []


def _number(cell: str) -> float | None:
    try:
        return None if cells.is_missing(cell) else cells.number(cell, ".")
    except ValueError:
        return None


def _values(blocks: dict[str, _Block], *, sized: bool) -> dict[str, float]:
    """Return the sprint's sums. Committed: what was in the sprint when it began, at its estimate then."""
    done, left, gone = blocks["completed"], blocks["not_completed"], blocks["removed"]
    everything = list(blocks.values())
    values = {
        "items_planned": float(sum(b.items - b.added for b in everything)),
        "items_completed": float(done.items),
        "items_carried_over": float(left.items),
    }
    if sized:
        planned = sum(sum(b.before) for b in everything)
        values |= {"story_points_planned": planned, "story_points_completed": float(sum(done.after))}
        if planned:
            changed = sum(sum(b.added_points) for b in everything) + sum(gone.before)
            values["scope_change_percent"] = round(100 * changed / planned, 2)
    return values


def _title(lines: list[str], desk: Desk, filename: str) -> tuple[str, datetime | None, datetime | None]:
    """Return the sprint's name and its days as far as the text tells them."""
    state = next((i for i, line in enumerate(lines) if _STATE.match(line)), None)
    name = ""
    if state:
        name = next((x for x in reversed(lines[:state]) if 0 < len(x) <= 100 and "@" not in x), "")
    elif state is None:
        head = lines[: next(i for i, line in enumerate(lines) if _heading(line))]
        name = next(
            (
                x
                for x in head
                if re.search(r"\d", x) and "\t" not in x and len(x) <= 60 and not _DATE.search(x)
            ),
            "",
        )
    if not name or "@" in name:
        name = desk.ask(Question("sprint_name", "What is the sprint called?", "text", needed=True))
    found: list[str] = []
    for line in lines[: (state or 0) + 4]:
        found += _DATE.findall(line)
    order = date_order(desk, found, filename)
    moments = [m for text in found if (m := dates.moment(text, order)) and is_in_calendar(m)]
    if len(moments) < 2:
        return name, None, None
    zone = [m.replace(tzinfo=UTC) for m in moments[:2]]
    return name, zone[0], zone[1]


def _state(lines: list[str]) -> tuple[bool, bool]:
    """Return whether the page says that the sprint still runs, and whether it says that it has ended."""
    found = next((m[1].casefold() for line in lines if (m := _STATE.match(line))), "")
    return found in ("active", "future"), found in ("closed", "completed")


def _columns(values: dict[str, float]) -> tuple[ColumnRead, ...]:
    return tuple(
        ColumnRead(i, "The blocks of items", name, REGISTRY[name].title, REGISTRY[name].unit)
        for i, name in enumerate(values, 1)
    )
