"""Natural process limits of an individuals and moving range chart.

Wheeler & Chambers, *Understanding Statistical Process Control* (3rd ed. 2010): mean ± 2.66 × mean moving range, where
2.66 = 3 / d2 and d2 = 1.128 is the expected range of two normal values.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

FACTOR = 2.66


@dataclass(frozen=True, slots=True)
class Limits:
    """Centre and limits in the unit of the values."""

    centre: float
    low: float
    high: float


def limits(values: NDArray[np.float64], *, lower: float | None = None, upper: float | None = None) -> Limits:
    """Return the limits of at least two values in time order, cut at the metric's own bounds."""
    row = values.tolist()
    centre = sum(row) / len(row)
    reach = FACTOR * sum(abs(b - a) for a, b in pairwise(row)) / (len(row) - 1)
    low, high = centre - reach, centre + reach
    if lower is not None:
        low = max(low, lower)
    if upper is not None:
        high = min(high, upper)
    return Limits(centre, low, high)
