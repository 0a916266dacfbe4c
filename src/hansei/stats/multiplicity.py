"""Control of the share of false discoveries among many tests."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def harmonic(m: int) -> float:
    """Return 1 + 1/2 + … + 1/m: what allowing for any dependence costs."""
    return float((1.0 / np.arange(1, m + 1)).sum())


def adjust(p: NDArray[np.float64], *, dependent: bool = False) -> NDArray[np.float64]:
    """Return adjusted p-values, in the order given.

    Benjamini & Hochberg (J. R. Stat. Soc. B 57, 1995); with ``dependent`` the version for any dependence of
    Benjamini & Yekutieli (Ann. Stat. 29, 2001).
    """
    m = p.size
    if m == 0:
        return p.copy()
    order = np.argsort(p, kind="stable")
    factor = harmonic(m) if dependent else 1.0
    scaled = p[order] * m * factor / np.arange(1, m + 1)
    monotone = np.minimum.accumulate(scaled[::-1])[::-1]
    out = np.empty(m)
    out[order] = np.minimum(monotone, 1.0)
    return out
