"""What every source does with its rows: read each one, keep the good, name the reason for the others."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from hansei.core.metrics import SprintMetrics, in_time_order, parse_sprint
from hansei.core.ports import Fetched, Rejected
from hansei.errors import InvalidSprint


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it came: its place (0-based), what it holds, or why it cannot even be looked at."""

    number: int
    payload: Mapping[str, object]
    trouble: str | None = None


def gather(rows: Iterable[Row], *, where: Callable[[int], str] = lambda _: "") -> Fetched:
    """Read the rows; keep the good ones and say why the others are refused.

    ``where`` puts a place before a reason ("Line 7: "). The same row twice counts once; rows that share a
    sprint id and differ are all refused, since nothing tells which of them is right.
    """
    rejected: list[Rejected] = []
    good: dict[str, tuple[int, SprintMetrics]] = {}
    clashing: dict[str, list[int]] = {}
    repeated: Counter[str] = Counter()
    for row in rows:
        try:
            sprint = _read(row)
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
        reason = f"Sprint “{sprint_id[:60]}” comes {len(numbers)} times with different values: send it once."
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
    return tuple(sorted({name for sprint in sprints for name in sprint.extra}))


def _read(row: Row) -> SprintMetrics:
    if row.trouble is not None:
        raise InvalidSprint(row.trouble)
    for key, value in row.payload.items():
        if isinstance(value, float) and not math.isfinite(value):
            raise InvalidSprint(
                f"Sprint “{(_id(row.payload) or '?')[:60]}”: “{_clean(key[:60])}” is not a finite number; "
                "leave it out where it is unknown."
            )
    return parse_sprint(row.payload)


def _id(payload: Mapping[str, object]) -> str | None:
    raw = payload.get("sprint_id")
    if isinstance(raw, (str, int)) and not isinstance(raw, bool):
        return _clean(str(raw)[:100]) or None
    return None


def _clean(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)
