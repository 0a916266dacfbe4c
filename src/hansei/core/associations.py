"""Metrics that often moved together; never which came first."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from hansei.core.metrics import describe
from hansei.core.panel import Panel
from hansei.core.policy import Policy
from hansei.core.report import Association
from hansei.core.signals import Weighed
from hansei.stats.association import p_value, residuals, spearman
from hansei.stats.change import PHIS
from hansei.stats.multiplicity import adjust
from hansei.stats.series import Array, Bools, Ints

LEAST = 8
SHOWN = 5


def find(panel: Panel, weighed: Weighed, policy: Policy) -> tuple[Association, ...]:
    """Return the pairs that moved together beyond chance, at lag 0 or 1, strongest first."""
    n = panel.y.shape[1]
    rows = [i for i in range(len(panel.metrics)) if not np.isnan(panel.y[i]).any()]
    if n < LEAST or len(rows) < 2:
        return ()
    rest = residuals(panel.y[rows])
    phi = float(weighed.evidence.phi @ np.array(PHIS))
    upper = _comparable(tuple(panel.metrics[i].name for i in rows))
    both_ways = upper | upper.T
    now, then = spearman(rest, rest), spearman(rest[:, :-1], rest[:, 1:])
    pairs = np.concatenate([np.argwhere(upper), np.argwhere(both_ways)])
    r = np.concatenate([now[upper], then[both_ways]])
    same = int(upper.sum())
    p = np.concatenate([p_value(r[:same], n, phi), p_value(r[same:], n - 1, phi)])
    return _tell(panel, rows, pairs, same, r, p, policy)


@lru_cache(maxsize=64)
def _comparable(names: tuple[str, ...]) -> Bools:
    """Return, above the diagonal, which pairs share no ingredient."""
    parts = [{m.name, *m.parts} for m in map(describe, names)]
    size = len(parts)
    return np.array([[j > i and not (parts[i] & parts[j]) for j in range(size)] for i in range(size)])


def _tell(
    panel: Panel, rows: list[int], pairs: Ints, same: int, r: Array, p: Array, policy: Policy
) -> tuple[Association, ...]:
    q = adjust(p, dependent=True)
    order = np.argsort(p, kind="stable")
    chosen = [int(k) for k in order if q[k] <= policy.discovery_rate][:SHOWN]
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
