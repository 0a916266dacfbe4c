"""What an analysis said, counted against what was planted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hansei.stats.series import Array
from hansei.stats.synthetic import Truth

WORDS = (("High", 0.8, 1.01), ("Medium", 0.5, 0.8), ("Low", 0.0, 0.5))


@dataclass(frozen=True, slots=True)
class Case:
    """One history: its truth, and what was said about it.

    ``moved`` holds the metrics that were said to have moved, with the direction (1 up, -1 down); ``causes`` the
    probability of every family; ``leads`` the families shown, likeliest first.
    """

    world: str
    sprints: int
    truth: Truth
    moved: frozenset[tuple[str, int]]
    causes: Mapping[str, float]
    leads: tuple[str, ...]

    @property
    def quiet(self) -> bool:
        """Whether nothing was planted."""
        return self.truth.cause is None

    @property
    def first(self) -> tuple[str, int] | None:
        """The metric with the largest planted effect, and its direction."""
        if not self.truth.effects:
            return None
        metric = max(self.truth.effects, key=lambda m: abs(self.truth.effects[m]))
        return metric, 1 if self.truth.effects[metric] > 0 else -1


@dataclass(frozen=True, slots=True)
class Rate:
    """A share with its 95 % interval (Wilson, J. Am. Stat. Assoc. 22, 1927)."""

    rate: float
    low: float
    high: float
    of: int


def rate(flags: Iterable[bool]) -> Rate | None:
    """Return the share of true flags; None where there are none."""
    kept = list(flags)
    n = len(kept)
    if not n:
        return None
    z, p = 1.96, sum(kept) / n
    middle, half = p + z * z / (2 * n), z * float(np.sqrt(p * (1 - p) / n + z * z / (4 * n * n)))
    whole = 1 + z * z / n
    return Rate(p, max((middle - half) / whole, 0.0), min((middle + half) / whole, 1.0), n)


def false_alarms(cases: Iterable[Case]) -> Rate | None:
    """Return how often something was said to have moved where nothing had."""
    return rate(bool(c.moved) for c in cases if c.quiet)


def power(cases: Iterable[Case]) -> Rate | None:
    """Return how often the planted cause's first metric was said to have moved, in the right direction."""
    return rate(c.first in c.moved for c in cases if c.first is not None)


def unmoved(cases: Iterable[Case]) -> Rate | None:
    """Return how often a report on a planted cause claimed a metric that had not moved."""
    return rate(any(m not in c.truth.effects for m, _ in c.moved) for c in cases if not c.quiet)


def lead_found(cases: Iterable[Case]) -> Rate | None:
    """Return how often the planted cause was among the leads shown."""
    return rate(c.truth.cause in c.leads for c in cases if not c.quiet)


@dataclass(frozen=True, slots=True)
class Reliability:
    """One word: how many leads carried it, what they stated on average, and how often they were right."""

    word: str
    leads: int
    stated: float
    observed: float


def reliability(cases: Sequence[Case], prior_change: float = 0.5) -> tuple[Reliability, ...]:
    """Return stated and observed frequency of each word, weighted as if ``prior_change`` of the teams had changed."""
    weight = _weights(cases, prior_change)
    told = [(c.causes[k], k == c.truth.cause, w) for c, w in zip(cases, weight, strict=True) for k in c.leads]
    out = []
    for word, low, high in WORDS:
        rows = np.array([t for t in told if low <= t[0] < high], dtype=float).reshape(-1, 3)
        if rows.size:
            p, true, w = rows.T
            out.append(
                Reliability(
                    word, len(rows), float(np.average(p, weights=w)), float(np.average(true, weights=w))
                )
            )
    return tuple(out)


def skill(cases: Sequence[Case], prior_change: float = 0.5) -> tuple[float, float]:
    """Return the Brier skill of every family's probability over its base rate, and the expected calibration error.

    Brier (Mon. Weather Rev. 78, 1950); ten bins of equal width for the calibration error.
    """
    families = sorted(set(cases[0].causes) - {"none"})
    w = np.array(_weights(cases, prior_change))[:, None]
    w = w / w.sum()
    p: Array = np.array([[c.causes[f] for f in families] for c in cases])
    y: Array = np.array([[float(f == c.truth.cause) for f in families] for c in cases])
    base = (w * y).sum(axis=0)
    ours, plain = float((w * (p - y) ** 2).sum()), float((w * (base - y) ** 2).sum())
    bins = np.minimum((p * 10).astype(int), 9)
    error = sum(abs(float((w * (p - y) * (bins == b)).sum())) for b in range(10)) / len(families)
    return (1 - ours / plain if plain > 0 else 0.0), error


def _weights(cases: Sequence[Case], prior_change: float) -> list[float]:
    quiet = sum(c.quiet for c in cases)
    return [(1 - prior_change) / quiet if c.quiet else prior_change / (len(cases) - quiet) for c in cases]
