"""Metrics that often moved together; never which came first."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from hansei.core.metrics import describe
from hansei.core.panel import Panel, ingredients
from hansei.core.policy import Policy
from hansei.core.report import Association
from hansei.core.signals import Weighed
from hansei.stats.association import p_below, rank_correlation, ranks, residuals, spearman
from hansei.stats.change import PHIS
from hansei.stats.multiplicity import adjust, harmonic
from hansei.stats.series import Array, Bools, Ints, order_chance

LEAST = 8
SHOWN = 5


def find(panel: Panel, weighed: Weighed, policy: Policy) -> tuple[Association, ...]:
    """Return the pairs that moved together beyond chance, at lag 0 or 1, strongest first."""
    n = panel.y.shape[1]
    rows = [i for i, echo in enumerate(panel.echoes) if not echo and not np.isnan(panel.y[i]).any()]
    if n < LEAST or len(rows) < 2:
        return ()
    rest = residuals(panel.y[rows])
    phi = float(weighed.evidence.phi @ np.array(PHIS))
    upper = _comparable(tuple(panel.metrics[i].name for i in rows))
    if not upper.any():
        return ()
    both_ways = upper | upper.T
    order = ranks(rest)
    now, then = rank_correlation(order, order), spearman(rest[:, :-1], rest[:, 1:])
    r = np.concatenate([now[upper], then[both_ways]])
    same = int(upper.sum())
    # A p-value above the adjusted level can neither be chosen nor help another one: not worth computing.
    top = policy.discovery_rate / harmonic(r.size)
    p = np.concatenate([p_below(r[:same], n, top, phi), p_below(r[same:], n - 1, top, phi)])
    if not (p < 1.0).any():
        return ()
    pairs = np.concatenate([np.argwhere(upper), np.argwhere(both_ways)])
    for k in np.flatnonzero(p < 1.0).tolist():  # one odd sprint among zeros, in both, is no "often"
        p[k] = max(p[k], *(order_chance(panel.y[rows[i]]) for i in pairs[k]))
    return _tell(panel, rows, pairs, same, r, p, policy)


@lru_cache(maxsize=64)
def _comparable(names: tuple[str, ...]) -> Bools:
    """Return, above the diagonal, which pairs share no ingredient."""
    parts = [ingredients(m) for m in map(describe, names)]
    size = len(parts)
    return np.array([[j > i and not (parts[i] & parts[j]) for j in range(size)] for i in range(size)])


def _tell(
    panel: Panel, rows: list[int], pairs: Ints, same: int, r: Array, p: Array, policy: Policy
) -> tuple[Association, ...]:
    q = adjust(p, dependent=True)
    order = np.argsort(p, kind="stable")
    chosen = order[q[order] <= policy.discovery_rate][:SHOWN].tolist()
    out = []
    for i, k in enumerate(chosen, 1):
        lag, (a, b) = int(k >= same), pairs[k].tolist()
        first, second = panel.metrics[rows[a]], panel.metrics[rows[b]]
        out.append(
            Association(
                id=f"A{i}",
                metrics=(first.name, second.name),
                titles=(first.title, second.title),
                sign="positive" if r[k] > 0 else "negative",
                lag=lag,
                significant=True,
                strength=float(round(r[k], 6)),
                p_value=float(p[k]),
                sample=panel.y.shape[1] - lag,
            )
        )
    return tuple(out)
