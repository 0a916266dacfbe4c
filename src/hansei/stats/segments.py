"""Where a long series changed its level: the most probable set of change points.

Each stretch is normal with its own mean and variance; both are integrated out in closed form (normal-gamma:
Bernardo & Smith, *Bayesian Theory*, 1994, §5.2). The best set of stretches is found exactly by dynamic programming
(Jackson et al., IEEE Signal Process. Lett. 12, 2005). Autocorrelated values are worth fewer independent ones, so the
evidence is divided by (1 + phi) / (1 - phi).
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from scipy.special import gammaln

from hansei.stats.series import Array

#: Prior weight of a stretch's mean and variance, in values; and how many values a change must last.
MEAN_WEIGHT, NOISE_WEIGHT, LEAST = 0.1, 1.0, 3
#: Log prior of a change point beside the 1/n of its place.
COST = 2.0


def change_points(y: Array, *, least: int = LEAST, cost: float = COST) -> tuple[int, ...]:
    """Return the first index of every stretch but the first, oldest first (no missing values in ``y``).

    Fewer than two stretches' worth of values, or a constant series, has no change point.
    """
    n = y.size
    spread = float(y.std()) if n else 0.0
    if n < 2 * least or spread <= 1e-12 * max(float(np.abs(y).max()), 1e-300):
        return ()
    z = (y - y.mean()) / spread
    phi = _phi(z)
    found: tuple[int, ...] = ()
    for _ in range(3):
        found, before = _partition(z, phi, least, cost), found
        rest = max(_phi(z), _lag_one(_residuals(z, found)))
        if found == before or abs(rest - phi) < 0.02:
            break
        phi = rest
    return found


def _phi(z: Array) -> float:
    """Return the autocorrelation from differences over one and two places, which changes of level hardly touch.

    Their variances are 1 - phi and 1 - phi² of the noise's. At most 0.9: beyond it there is no level that could change.
    """
    one, two = np.sort((z[1:] - z[:-1]) ** 2), np.sort((z[2:] - z[:-2]) ** 2)
    v1, v2 = float(one[: -max(1, one.size // 20)].mean()), float(two[: -max(2, two.size // 10)].mean())
    return min(max(v2 / max(v1, 1e-12) - 1.0, 0.0), 0.9)


def _lag_one(rest: Array) -> float:
    bottom = float(rest @ rest)
    raw = float(rest[1:] @ rest[:-1]) / bottom if bottom > 0 else 0.0
    return min(
        max(raw + (1.0 + 3.0 * raw) / rest.size, 0.0), 0.9
    )  # Kendall (Biometrika 41, 1954): few values


def _residuals(z: Array, points: tuple[int, ...]) -> Array:
    edges = [0, *points, z.size]
    return np.concatenate([z[a:b] - z[a:b].mean() for a, b in pairwise(edges)])


def _partition(z: Array, phi: float, least: int, cost: float) -> tuple[int, ...]:
    n = z.size
    worth = (1.0 - phi) / (1.0 + phi)
    noise = (
        float(np.median(np.abs(np.diff(z)))) ** 2 * 1.1 + 1e-6
    )  # median |difference| of a normal is 0.954 sigma
    first, square = np.concatenate([[0.0], np.cumsum(z)]), np.concatenate([[0.0], np.cumsum(z * z)])
    best = np.full(n + 1, -np.inf)
    best[0] = 0.0
    back = np.zeros(n + 1, dtype=np.int64)
    price = cost + np.log(n)
    for end in range(least, n + 1):
        start = np.arange(0, end - least + 1)
        log_ml = worth * _stretch(
            (end - start).astype(float), first[end] - first[start], square[end] - square[start], noise
        )
        total = best[start] + log_ml - np.where(start > 0, price, 0.0)
        k = int(np.argmax(total))
        best[end], back[end] = total[k], start[k]
    points: list[int] = []
    at = int(back[n])
    while at > 0:
        points.append(at)
        at = int(back[at])
    return tuple(reversed(points))


def _stretch(size: Array, total: Array, square: Array, noise: float) -> Array:
    """Return the log marginal likelihood of stretches with these sizes, sums and sums of squares."""
    weight = MEAN_WEIGHT + size
    shape = 0.5 * (NOISE_WEIGHT + size)
    rest = np.maximum(square - total * total / weight, 0.0)
    out: Array = (
        gammaln(shape)
        - shape * np.log(0.5 * (NOISE_WEIGHT * noise + rest))
        + 0.5 * NOISE_WEIGHT * np.log(0.5 * NOISE_WEIGHT * noise)
        - gammaln(0.5 * NOISE_WEIGHT)
        + 0.5 * np.log(MEAN_WEIGHT / weight)
        - 0.5 * size * np.log(2 * np.pi)
    )
    return out


def wanders(y: Array) -> bool:
    """Say cheaply whether a series leaves its mean for longer than independent noise would.

    The largest cumulative sum against the noise of its differences, at the 1 % point of Kolmogorov's distribution
    (Brown, Durbin & Evans, J. R. Stat. Soc. B 37, 1975). Most series fail it, and need no search for change points.
    """
    if y.size < 2 * LEAST:
        return False
    noise = float(np.sqrt(0.5 * np.mean((y[2:] - y[:-2]) ** 2)))
    return bool(float(np.abs(np.cumsum(y - y.mean())).max()) > 1.63 * noise * float(np.sqrt(y.size)))
