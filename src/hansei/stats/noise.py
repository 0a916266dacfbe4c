"""What the metrics of one kind say together about their noise.

One series of eight sprints knows little about its own noise; twelve counts of the same team know more. Each kind
(counts, hours, points …) has a plausible noise before any data; the *other* series of the team, above all those of
the same kind, scale it up or down, the further the more of them there are. It then serves as the weak prior of
each series, which its own values may overrule.
"""

from __future__ import annotations

from math import exp

import numpy as np

from hansei.stats.series import Array

#: How many other members weigh as much as the plausible value itself.
SHRINK = 6.0


def scaled(y: Array, noise: Array, kinds: list[str]) -> Array:
    """Return the prior noise of each series, scaled by what the other series of its kind show.

    The spread of a series is taken from differences, as von Neumann did (Ann. Math. Stat. 12, 1941), which a step or a
    drift hardly touches; two sprints apart, where autocorrelation has mostly gone. The others' ratios are combined by
    their median.
    """
    out = noise.copy()
    step = y[:, 2:] - y[:, :-2]
    seen = ~np.isnan(step)
    count = seen.sum(axis=1)
    spread = (np.where(seen, step, 0.0) ** 2).sum(axis=1) / np.maximum(count, 1) / 2.0
    # the median of a chi-squared mean lies below 1: Wilson & Hilferty, PNAS 17, 1931
    middle = (1.0 - 2.0 / (9.0 * np.maximum(count * 0.75, 1.0))) ** 3
    ratio = spread / np.maximum(noise, 1e-12) ** 2 / middle
    usable = (count >= 3) & (spread > 0)
    logs = np.log(np.where(usable, ratio, 1.0)).tolist()
    rows = np.flatnonzero(usable).tolist()
    team = _of_others([logs[i] for i in rows], [0.0] * len(rows))
    for kind in dict.fromkeys(kinds):
        at = [k for k, row in enumerate(rows) if kinds[row] == kind]
        for k, middle in zip(at, _of_others([logs[rows[k]] for k in at], [team[k] for k in at]), strict=True):
            out[rows[k]] = noise[rows[k]] * exp(min(max(0.5 * middle, -0.8), 1.2))
    return out


def _of_others(logs: list[float], toward: list[float]) -> list[float]:
    """Return, for each value, the median of the others, drawn ``toward`` a guess where they are few."""
    order = sorted(range(len(logs)), key=logs.__getitem__)
    others = len(logs) - 1
    out = [0.0] * len(logs)
    for place, k in enumerate(order):
        middle = 0.0
        if others:
            a, b = (logs[order[m + (m >= place)]] for m in ((others - 1) // 2, others // 2))
            middle = (a + b) / 2.0
        out[k] = (others * middle + SHRINK * toward[k]) / (others + SHRINK)
    return out
