"""Natural process limits of an individuals and moving range chart, and the rules that read it.

Wheeler & Chambers, *Understanding Statistical Process Control* (3rd ed. 2010): mean ± 2.66 × mean moving range, where
2.66 = 3 / d2 and d2 = 1.128 is the expected range of two normal values. The three rules are Wheeler's (*Understanding
Variation*, 2nd ed. 2000): a value outside the limits; three of four in a row nearer to one limit than to the centre;
eight in a row on one side of the centre (Western Electric, *Statistical Quality Control Handbook*, 1956).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

FACTOR = 2.66
#: How many values in a row on one side are a run.
RUN = 8

Rule = Literal["outside", "three of four", "run"]


@dataclass(frozen=True, slots=True)
class Limits:
    """Centre and limits in the unit of the values."""

    centre: float
    low: float
    high: float


def limits(values: Sequence[float], *, lower: float | None = None, upper: float | None = None) -> Limits:
    """Return the limits of at least two values in time order, cut at the metric's own bounds."""
    count = len(values)
    centre = sum(values) / count
    reach = FACTOR * sum([abs(b - a) for a, b in pairwise(values)]) / (count - 1)
    low, high = centre - reach, centre + reach
    if lower is not None:
        low = max(low, lower)
    if upper is not None:
        high = min(high, upper)
    return Limits(centre, low, high)


def broken(values: Sequence[float], found: Limits) -> tuple[tuple[int, Rule], ...]:
    """Return each place where a rule speaks, with the rule: the index of the value that completes the pattern.

    A value on the centre belongs to neither side; where the limits meet the centre nothing can be nearer to them.
    """
    out: list[tuple[int, Rule]] = []
    near_low, near_high = (found.centre + found.low) / 2.0, (found.centre + found.high) / 2.0
    sides = [(v > found.centre) - (v < found.centre) for v in values]
    near = [(v > near_high) - (v < near_low) for v in values]
    for i, v in enumerate(values):
        if not found.low <= v <= found.high:
            out.append((i, "outside"))
        if near[i] and near[max(0, i - 3) : i + 1].count(near[i]) >= 3:
            out.append((i, "three of four"))
        if i + 1 >= RUN and sides[i] and sides[i - RUN + 1 : i + 1].count(sides[i]) == RUN:
            out.append((i, "run"))
    return tuple(out)
