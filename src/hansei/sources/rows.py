"""What every source does with its rows: read each one, keep the good, name the reason for the others."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from hansei.core.compact import Compactor
from hansei.core.metrics import HEADER, REGISTRY, SprintMetrics, in_time_order, parse_sprint
from hansei.core.people import REMEDY, is_of_a_person
from hansei.core.ports import Fetched, Rejected
from hansei.errors import InvalidSprint

_NAMES = frozenset(n for m in REGISTRY.values() for n in (m.name, *m.aliases))
_AS_WRITTEN: Mapping[str, str] = MappingProxyType({})
_SHOWABLE = re.compile(r"[A-Za-z][A-Za-z0-9_.\-]{0,79}")


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it came: its place (0-based), what it holds, or why it cannot even be looked at."""

    number: int
    payload: Mapping[str, object]
    trouble: str | None = None


def gather(
    rows: Iterable[Row],
    *,
    where: Callable[[int], str] = lambda _: "",
    called: Mapping[str, str] = _AS_WRITTEN,
) -> Fetched:
    """Read the rows; keep the good ones and say why the others are refused.

    ``where`` puts a place before a reason ("Line 7: "), and ``called`` says by which words the sender knows a field.
    The same row twice counts once; rows that share a sprint id and differ are all refused, since nothing tells which
    of them is right.
    """
    rejected: list[Rejected] = []
    good: dict[str, tuple[int, SprintMetrics]] = {}
    clashing: dict[str, list[int]] = {}
    repeated: Counter[str] = Counter()
    compact = Compactor()
    for row in rows:
        try:
            sprint = _read(row, called)
            sprint = replace(sprint, extra=compact(sprint.extra))
        except InvalidSprint as error:
            rejected.append(Rejected(row.number, _id(row.payload), where(row.number) + error.message))
            continue
        first = good.setdefault(sprint.sprint_id, (row.number, sprint))
        if first[1] != sprint:
            clashing.setdefault(sprint.sprint_id, [first[0]]).append(row.number)
        elif first[0] != row.number:
            repeated[sprint.sprint_id] += 1
    for sprint_id, numbers in clashing.items():
        del good[sprint_id]
        times = f"comes {len(numbers)} times with different values"
        reason = f"Sprint “{sprint_id[:60]}” {times}: keep the row that is right."
        rejected += [Rejected(n, sprint_id, where(n) + reason) for n in numbers]
    kept = tuple(sprint for _, sprint in good.values())
    again = sum(n for sprint_id, n in repeated.items() if sprint_id in good)
    notes = (f"{again} {'row' if again == 1 else 'rows'} came twice and counted once.",) if again else ()
    rejected.sort(key=lambda r: r.row)
    return Fetched(kept, tuple(rejected), extra_names(kept), notes)


def most_recent(sprints: Iterable[SprintMetrics], count: int) -> tuple[SprintMetrics, ...]:
    """Return the last ``count`` sprints, oldest first."""
    return tuple(in_time_order(sprints)[-count:])


def extra_names(sprints: Iterable[SprintMetrics]) -> tuple[str, ...]:
    """Return the names of the series that the registry does not know."""
    return tuple(sorted(set[str]().union(*(sprint.extra for sprint in sprints))))


def not_numbers(items: Iterable[object]) -> tuple[list[str], int]:
    """Return the unknown names whose values cannot become a series, and how many more may not be shown.

    A name that is not written like a metric's could be a text about a person: it is counted, not shown.
    """
    names = {name for name in _left_out(items) if not is_of_a_person(name)}
    showable = sorted(n for n in names if _SHOWABLE.fullmatch(n))
    return showable[:10], len(names) - len(showable[:10])


def _left_out(items: Iterable[object]) -> set[str]:
    names: set[str] = set()
    for item in items:
        if isinstance(item, dict):
            names.update(key for key, value in item.items() if is_left_out(key, value))
    return names


def is_left_out(key: str, value: object) -> bool:
    """Say whether nobody reads a field of a sprint: its name is unknown, and it can be no series of its own."""
    if value is None or key in HEADER or key.lower() in _NAMES:
        return False
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return not (number and _SHOWABLE.fullmatch(key)) or is_of_a_person(key)


def left_out(items: Iterable[object]) -> list[str]:
    """Return notes about what these sprints hold and nobody reads; none where there is nothing such."""
    found = _left_out(items)
    people = sum(map(is_of_a_person, found))
    names, more = not_numbers([dict.fromkeys(found, "")])
    notes = []
    if names or more:
        listed = ", ".join(names) if names else ""
        others = f"{more} more" if names else f"{more} fields"
        text = f"{listed} and {others}" if names and more else listed or others
        notes.append(f"Not read, because they are not numbers or not named like a metric: {text}.")
    if people:
        counted = "1 field" if people == 1 else f"{people} fields"
        notes.append(
            f"Not read, because no number of a single person is kept and the name may be of one: {counted}; {REMEDY}."
        )
    return notes


def _read(row: Row, called: Mapping[str, str]) -> SprintMetrics:
    if row.trouble is not None:
        raise InvalidSprint(row.trouble)
    return parse_sprint(row.payload, called=called)


def _id(payload: Mapping[str, object]) -> str | None:
    raw = payload.get("sprint_id")
    if isinstance(raw, (str, int)) and not isinstance(raw, bool):
        return _clean(str(raw)[:100]) or None
    return None


def _clean(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)
