"""The smallest shift that a rule would notice 4 times in 5."""

from __future__ import annotations

from functools import lru_cache
from math import exp, log, sqrt

import numpy as np

#: Standard normal quantile of 0.8.
Z_80 = 0.8416


@lru_cache(maxsize=1024)
def inflation(phi: float, n: int) -> float:
    """Return the variance of a mean of n AR(1) values relative to independent ones (Bartlett, 1946)."""
    lag = np.arange(1, n)
    return float(1.0 + 2.0 * ((1.0 - lag / n) * phi**lag).sum())


def detectable_shift(
    before: int, after: int, log_bf: float, dof: float, phi: float, tau: float = 3.0
) -> float | None:
    """Return the shift, in units of the noise, for which the Bayes factor passes ``log_bf`` 4 times in 5.

    Inverts the closed form of :mod:`hansei.stats.change` for a step between ``before`` and ``after`` values; None
    where no shift can pass with so few values.
    """
    room = 1.0 / (inflation(phi, before) / before + inflation(phi, after) / after)
    grow = 1.0 + tau * tau * room
    u = 1.0 - exp(-2.0 * (log_bf - log(2.0) + 0.5 * log(grow)) / dof)
    u = u * grow / (tau * tau * room)
    if u >= 0.999:
        return None
    return (sqrt(dof * max(u, 0.0) / (1.0 - u)) + Z_80) / sqrt(room)


def two_sample_shift(before: int, after: int, phi: float = 0.0, level: float = 0.05) -> float:
    """Return the shift, in units of the noise, that a t interval at 1 - ``level`` excludes 0 for 4 times in 5."""
    from scipy.special import stdtrit

    dof = max(before + after - 2, 1)
    spread = np.sqrt(inflation(phi, before) / before + inflation(phi, after) / after)
    return float((stdtrit(dof, 1.0 - level / 2.0) + stdtrit(dof, 0.8)) * spread)
