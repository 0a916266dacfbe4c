"""Scales on which a metric's noise is about the same at every level, and what cannot be analysed at all.

Durations, points and rates vary in proportion to their level (logarithm); counts vary as their square root
(Anscombe, Biometrika 35, 1948); shares as the arcsine of their root. A difference on such a scale is judged
there and told in the metric's own unit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import asin, exp, lgamma, log, pi, sin, sqrt
from statistics import median
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Form = Literal["log", "root", "arcsine", "plain"]


@dataclass(frozen=True, slots=True)
class Scale:
    """A monotone map between a metric's unit and the scale of analysis.

    ``unit`` divides before the map, so that the size of the unit never matters; ``floor`` replaces a value
    of zero under the logarithm (half of what one counted thing would have given, never an added constant).
    ``noise`` is a plausible standard deviation on the scale before any value is seen, weighing as much as
    ``weight`` observations.
    """

    form: Form
    unit: float = 1.0
    floor: float = 0.0
    upper: float | None = None
    noise: float = 1.0
    weight: float = 0.0

    def forward(self, values: Array) -> Array:
        """Map values in the metric's unit onto the scale; NaN stays NaN."""
        return _onto(self.form, values / self.unit, self.floor / self.unit)

    def at(self, value: float) -> float:
        """Map one value onto the scale."""
        x = value / self.unit
        if self.form == "log":
            return log(max(x, self.floor / self.unit))
        if self.form == "root":
            return 2.0 * sqrt(max(x, 0.0) + 0.375)
        if self.form == "arcsine":
            return 2.0 * asin(sqrt(min(max(x, 0.0), 1.0)))
        return x

    def inverse(self, y: float) -> float:
        """Map a point of the scale back to the metric's unit, inside its bounds."""
        if self.form == "log":
            value = exp(min(y, 700.0))
        elif self.form == "root":
            value = max((max(y, 0.0) / 2.0) ** 2 - 0.375, 0.0)
        elif self.form == "arcsine":
            value = sin(min(max(y, 0.0), pi) / 2.0) ** 2
        else:
            value = y
        value *= self.unit
        return value if self.upper is None else min(max(value, 0.0), self.upper)

    @property
    def ratio(self) -> bool:
        """Whether a difference on the scale is a ratio in the unit."""
        return self.form == "log"


def forward(scales: Sequence[Scale], rows: Array) -> Array:
    """Map each row by its own scale, those of one form at once."""
    out: Array = rows / np.array([[s.unit] for s in scales]).reshape(-1, 1)
    forms = np.array([s.form for s in scales])
    for form in dict.fromkeys(s.form for s in scales):
        at = np.flatnonzero(forms == form)
        floors = np.array([[scales[i].floor / scales[i].unit] for i in at.tolist()])
        out[at] = _onto(form, out[at], floors)
    return out


def _onto(form: Form, x: Array, floor: Array | float) -> Array:
    """Map values in a scale's own unit onto it."""
    if form == "log":
        out: Array = np.log(np.maximum(x, floor))
        return out
    if form == "root":
        return 2.0 * np.sqrt(np.maximum(x, 0.0) + 0.375)
    if form == "arcsine":
        return 2.0 * np.arcsin(np.sqrt(np.clip(x, 0.0, 1.0)))
    return x


def log_scale(values: Array, noise: float, weight: float, floor: float | None = None) -> Scale:
    """Return the logarithmic scale of positive values; zeros count as half of the smallest positive one."""
    positive = [v for v in values.tolist() if v > 0]
    unit = median(positive) if positive else 1.0
    least = 0.5 * min(positive) if positive else 0.5
    return Scale("log", unit, floor if floor is not None else least, None, noise, weight)


def plain_scale(values: Array, upper: float | None = None) -> Scale:
    """Return the scale as it is, divided by the spread of the values so that their unit does not matter."""
    row = values.tolist()
    middle = median(row)
    spread = median([abs(v - middle) for v in row])
    if spread <= 0:
        spread = (max(row) - min(row)) or max(abs(v) for v in row) or 1.0
    return Scale("plain", spread, upper=upper)


def log_sum(x: Array, axis: int | tuple[int, ...]) -> Array:
    """Return log Σ exp x along ``axis``, without overflow; several times as fast as ``np.logaddexp.reduce``."""
    top = x.max(axis=axis, keepdims=True)
    out: Array = np.log(np.exp(x - top).sum(axis=axis)) + np.squeeze(top, axis=axis)
    return out


def order_chance(values: Array) -> float:
    """Return the chance that the values, shuffled, come in the same order: large where few differ (none missing)."""
    repeats = Counter(values.tolist()).values()
    return exp(sum(lgamma(k + 1.0) for k in repeats if k > 1) - lgamma(values.size + 1.0))


def resolution(y: Array) -> float:
    """Return the smallest step between two different values: the grain of a rounded or counted series."""
    return float(resolutions(y[None, :])[0]) if y.size else 0.0


def resolutions(y: Array) -> Array:
    """Return the smallest step between two different values of each row; 0 where all are the same (NaN: missing)."""
    if y.size == 0:
        return np.zeros(y.shape[0])
    ordered = np.sort(y, axis=1)  # missing values come last
    least = 1e-9 * np.max(np.where(np.isnan(y), 0.0, np.abs(y)), axis=1)
    steps = np.diff(ordered, axis=1)
    found = np.min(np.where(steps > least[:, None], steps, np.inf), axis=1, initial=np.inf)
    out: Array = np.where(np.isfinite(found), found, 0.0)
    return out
