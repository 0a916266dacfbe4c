"""Ranges for the next value of a series, judged by how often they held on the series' own past.

Recent values weigh more (exponential weights); on the square-root scale the noise of points and counts is
about even; Student's t carries the uncertainty of few values.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from statistics import median

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
LEVELS = (0.5, 0.85, 0.95)
#: Share of weight that a value keeps for each value that came after it.
MEMORY = 0.85
LEAST = 4


@dataclass(frozen=True, slots=True)
class Range:
    """A range at one level, and how often the same method held (``held`` of ``tried``)."""

    level: float
    low: float
    high: float
    held: int
    tried: int


@dataclass(frozen=True, slots=True)
class Next:
    """The middle and the ranges of the next value."""

    middle: float
    ranges: tuple[Range, ...]
    sample: int


def next_value(values: Array, *, memory: float = MEMORY) -> Next | None:
    """Return ranges for the value after ``values`` (not negative, time order, none missing).

    None with fewer than four values, or where all are zero or of one size.
    """
    n = values.size
    if n < LEAST or float(values.max()) == float(values.min()):
        return None
    unit = median(values.tolist()) or float(values.max())
    root = np.sqrt(values / unit)
    weight, size, quantile = _weights(n, memory)
    centre = weight @ root
    variance = (weight * (root[None, :] - centre[:, None]) ** 2).sum(axis=1) * size / (size - 1.0)
    floor = 1e-9 + 1e-4 * root.mean() ** 2
    spread = np.sqrt(np.maximum(variance, floor) * (1.0 + 1.0 / size))
    low = np.maximum(centre[:, None] - quantile * spread[:, None], 0.0) ** 2 * unit
    high = np.maximum(centre[:, None] + quantile * spread[:, None], 0.0) ** 2 * unit
    past = slice(LEAST, n)
    inside = (values[past, None] >= low[: n - LEAST]) & (values[past, None] <= high[: n - LEAST])
    ranges = tuple(
        Range(level, float(low[-1, i]), float(high[-1, i]), int(inside[:, i].sum()), n - LEAST)
        for i, level in enumerate(LEVELS)
    )
    return Next(float(max(centre[-1], 0.0) ** 2 * unit), ranges, n)


@lru_cache(maxsize=128)
def _weights(n: int, memory: float) -> tuple[Array, Array, Array]:
    """Return, for each prefix of ``LEAST`` or more of n values: weights, effective size, quantiles of the levels."""
    from scipy.special import stdtrit

    ends = np.arange(LEAST, n + 1)
    age = ends[:, None] - 1 - np.arange(n)[None, :]
    weight = np.where(age >= 0, memory ** np.maximum(age, 0).astype(float), 0.0)
    weight /= weight.sum(axis=1, keepdims=True)
    size = 1.0 / (weight**2).sum(axis=1)
    return weight, size, stdtrit(size[:, None] - 1.0, 0.5 + np.array(LEVELS)[None, :] / 2)
