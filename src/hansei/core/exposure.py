"""How large each sprint was, so that a short one, or one with half the team, is not taken for a bad one.

Counts and points grow with the hours, the days and the people of a sprint. Where these are known for most sprints,
flows are compared as they would have been in a sprint of usual size (Poisson counts with exposure: McCullagh &
Nelder, *Generalized Linear Models*, 2nd ed. 1989, §6.2).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from hansei.core.metrics import REGISTRY, SprintMetrics
from hansei.stats.series import Array

#: What piles up during a sprint. Stocks (open bugs, work in progress, what is carried over) are no flow of its days.
FLOWS = frozenset(
    {
        *("story_points_planned", "story_points_completed", "items_planned", "items_completed", "throughput"),
        *(m for m in REGISTRY if m.startswith("bugs_")),
    }
)
#: Share of the sprints in which a size must be known.
KNOWN = 0.8
#: What a sprint so much smaller or larger than usual would have been at usual size is mostly guesswork: the noise of a
#: small count grows when it is scaled up. It is not compared, unless most sprints are like that.
SMALLEST, LARGEST = 0.5, 2.0
#: Dates say little about a day more or less; a sprint counts as longer or shorter from this share on.
LONGER = 0.15


@dataclass(frozen=True, slots=True, eq=False)
class Exposure:
    """The size of each sprint, ``relative`` to the usual one, and which ``metrics`` it concerns.

    NaN where it is unknown (``unknown`` sprints), or less than half or more than twice the usual one. ``usual`` is the
    median size in ``unit``; ``per`` is what people call one of it.
    """

    metrics: frozenset[str]
    relative: Array
    usual: float
    unit: str
    per: str
    unknown: int = 0

    @property
    def note(self) -> str:
        """Say in a sentence what was compared with what."""
        text = f"Points and counts are compared per {self.per}, in terms of a usual sprint ({self.usual:g} {self.unit})"
        other = int(np.isnan(self.relative).sum()) - self.unknown
        lost = [f"{self.unknown} without that number"] if self.unknown else []
        lost += [f"{other} less than half or more than twice as large"] if other else []
        return f"{text}; not compared: {' and '.join(lost)}." if lost else f"{text}."


def find_exposure(sprints: Sequence[SprintMetrics], table: Mapping[str, Array]) -> Exposure | None:
    """Return the best known size of the sprints: hours, person-days, people and days; None where all count as equal."""
    metrics = FLOWS.intersection(table)
    if not metrics:
        return None
    for size, unit, per in _sizes(sprints, table):
        known = size[~np.isnan(size)]
        if known.size >= KNOWN * size.size and known.size >= 2:
            usual = float(np.median(known))
            if float(np.ptp(known)) <= 1e-9 * usual:
                return None
            relative = size / usual
            alike = (relative >= SMALLEST - 1e-9) & (relative <= LARGEST + 1e-9)
            if alike.sum() > 0.5 * size.size:
                relative = np.where(alike, relative, np.nan)
            return Exposure(frozenset(metrics), relative, usual, unit, per, int(size.size - known.size))
    return None


def _sizes(sprints: Sequence[SprintMetrics], table: Mapping[str, Array]) -> list[tuple[Array, str, str]]:
    """Return the sizes that could serve, the most telling first; NaN where unknown or not above zero."""
    hours, effort, days, people = (
        _positive(table[m]) if m in table else None
        for m in ("capacity_hours", "capacity_person_days", "working_days", "team_size")
    )
    if days is None or _rare(days):
        days = _by_dates(sprints)
    out = []
    if hours is not None:
        out.append((hours, "h", "hour of capacity"))
    if effort is not None:
        out.append((effort, "person-days", "person-day"))
    if days is not None and people is not None and not _rare(people):
        out.append((days * people, "person-days", "person and working day"))
    if days is not None:
        out.append((days, "working days", "working day"))
    if people is not None:
        out.append((people, "people", "person"))
    return out


def _positive(row: Array) -> Array:
    return np.where(row > 0, row, np.nan)


def _rare(row: Array) -> bool:
    return bool((~np.isnan(row)).sum() < KNOWN * row.size)


def _by_dates(sprints: Sequence[SprintMetrics]) -> Array | None:
    """Return the weekdays of each sprint, where the dates show sprints of clearly different length."""
    if len({s.end - s.start if s.end and s.start else None for s in sprints}) == 1:
        return None
    days = np.full(len(sprints), np.nan)
    for i, s in enumerate(sprints):
        if s.start and s.end:
            last = s.end - timedelta(seconds=1)  # an end at midnight belongs to the day before
            count = int(np.busday_count(s.start.date(), last.date() + timedelta(days=1)))
            days[i] = count if count > 0 else np.nan
    known = days[~np.isnan(days)]
    if known.size < 2 or float(np.abs(known / np.median(known) - 1.0).max()) <= LONGER:
        return None
    return days
