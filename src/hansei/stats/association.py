"""Whether two series often move together, once their common drift is removed.

Spearman's rank correlation of what is left after a straight line, at lag 0 and 1. The p-value is Student's t
approximation with the degrees of freedom reduced for the line (Kendall & Stuart, vol. 2) and for autocorrelation
(Bartlett, J. R. Stat. Soc. 98, 1935).
"""

from __future__ import annotations

from math import factorial

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def residuals(y: Array) -> Array:
    """Remove a straight line from each row (no missing values)."""
    n = y.shape[1]
    t = np.arange(n) - (n - 1) / 2
    centred = y - y.mean(axis=1, keepdims=True)
    slope = centred @ t / (t @ t)
    out: Array = centred - slope[:, None] * t[None, :]
    return out


def ranks(y: Array) -> Array:
    """Return the ranks of each row about their middle, ties sharing their mean rank."""
    n = y.shape[1]
    if n > 48:  # beyond this, sorting beats comparing every pair
        rows = np.sort(y, axis=1)
        sides = [
            [np.searchsorted(s, r, side) for s, r in zip(rows, y, strict=True)] for side in ("left", "right")
        ]
        first, last = np.array(sides, dtype=float)
        return (first + last - n) / 2.0  # type: ignore[no-any-return]
    below = (y[:, :, None] > y[:, None, :]).sum(axis=2)
    equal = (y[:, :, None] == y[:, None, :]).sum(axis=2)
    out: Array = below + (equal - n) / 2.0
    return out


def spearman(a: Array, b: Array) -> Array:
    """Return the rank correlation of every row of ``a`` with every row of ``b`` (0 where a row is constant)."""
    return rank_correlation(ranks(a), ranks(b))


def rank_correlation(ra: Array, rb: Array) -> Array:
    """Return the correlation of every row of ranks with every other (0 where a row is constant)."""
    norm = np.sqrt((ra * ra).sum(axis=1)[:, None] * (rb * rb).sum(axis=1)[None, :])
    out: Array = np.where(norm > 0, (ra @ rb.T) / np.where(norm > 0, norm, 1.0), 0.0)
    return np.minimum(np.maximum(out, -1.0), 1.0)


def p_value(r: Array, n: int, phi: float = 0.0, lost: int = 1) -> Array:
    """Return two-sided p-values of rank correlations over ``n`` pairs, ``lost`` degrees spent on the trend."""
    from scipy.special import stdtr

    effective = n * (1.0 - phi * phi) / (1.0 + phi * phi)
    dof = max(effective - 2.0 - lost, 1.0)
    t: Array = np.abs(r) * np.sqrt(dof / np.maximum(1.0 - r * r, 1e-12))
    least = 2.0 / float(factorial(min(n, 20)))  # no order of n pairs is rarer than the two perfect ones
    return np.maximum(np.asarray(2.0 * stdtr(dof, -t), dtype=np.float64), least)


def p_below(r: Array, n: int, top: float, phi: float = 0.0) -> Array:
    """Return p-values up to ``top`` as :func:`p_value` does, and 1 for all that lie above."""
    from scipy.special import stdtrit

    dof = max(n * (1.0 - phi * phi) / (1.0 + phi * phi) - 3.0, 1.0)
    t = float(stdtrit(dof, 1.0 - top / 2.0))
    strong = np.abs(r) >= t / np.sqrt(dof + t * t) - 1e-9
    out: Array = np.ones(r.size)
    if strong.any():
        out[strong] = p_value(r[strong], n, phi)
    return out
