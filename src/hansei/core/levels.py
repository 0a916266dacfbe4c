"""What is normal for this team, which recent swings are inside it, and what could not have been seen."""

from __future__ import annotations

from math import isfinite, isnan
from statistics import median

import numpy as np

from hansei.core.metrics import Metric
from hansei.core.panel import Panel
from hansei.core.policy import Policy
from hansei.core.report import Detectable, Interval, Level, Signal, Swing
from hansei.core.signals import Weighed, own_prior
from hansei.stats.change import PHIS
from hansei.stats.power import detectable_shift
from hansei.stats.series import Array, Scale
from hansei.stats.xmr import limits


def bounds(entry: Metric, values: Array) -> tuple[float | None, float | None]:
    """Return the least and the largest value that a metric can have.

    A series that was never negative, of the registry or not, is taken not to become so.
    """
    return (0.0 if float(values.min()) >= 0 else None), entry.upper


def make_levels(panel: Panel, signals: tuple[Signal, ...]) -> tuple[Level, ...]:
    """Return typical value and usual range of each tested metric, from before a change where there was one."""
    place = {s.sprint_id: i for i, s in enumerate(panel.sprints)}
    since = {s.metric: place[s.since_sprint_id] for s in signals if s.significant and s.kind != "outlier"}
    out = []
    for at, row in enumerate(panel.tested):
        entry, raw = panel.metrics[at], np.where(np.isnan(panel.y[at]), np.nan, panel.raw[row])
        seen = raw[~np.isnan(raw)]
        before = raw[: since.get(entry.name, raw.size)]
        before = before[~np.isnan(before)]
        values = before if before.size >= 4 else seen
        lower, upper = bounds(entry, seen)
        found = limits(values, lower=lower, upper=upper)
        usual = Interval(found.low, found.high, 0.99)
        out.append(
            Level(
                f"L{at + 1}",
                entry.name,
                entry.title,
                entry.unit,
                found.centre,
                usual,
                float(seen[-1]),
                values.size,
            )
        )
    return tuple(out)


def make_ordinary(panel: Panel, levels: tuple[Level, ...], signals: tuple[Signal, ...]) -> tuple[Swing, ...]:
    """Return the three largest moves between the last two values that stay inside the usual range."""
    moved = {s.metric for s in signals}
    found: list[tuple[float, int, list[int]]] = []
    for at, row in enumerate(panel.tested):
        raw, level = panel.raw[row], levels[at]
        seen = np.flatnonzero(~np.isnan(raw))[-2:].tolist()
        inside = all(level.usual.low <= raw[i] <= level.usual.high for i in seen)
        width = level.usual.high - level.usual.low
        if (
            level.metric in moved
            or not inside
            or width <= 0
            or raw[seen[0]] == raw[seen[1]]
            or seen[0] < panel.window
        ):
            continue
        found.append((abs(float(raw[seen[1]] - raw[seen[0]])) / width, at, seen))
    found.sort(key=lambda f: (-f[0], f[1]))
    return tuple(_swing(panel, levels[at], seen, f"O{i}") for i, (_, at, seen) in enumerate(found[:3], 1))


def _swing(panel: Panel, level: Level, seen: list[int], ident: str) -> Swing:
    first, last = panel.sprints[seen[0]], panel.sprints[seen[1]]
    raw = panel.raw[panel.names.index(level.metric)]
    return Swing(
        ident,
        level.metric,
        level.title,
        level.unit,
        (first.sprint_id, last.sprint_id),
        (first.name, last.name),
        (float(raw[seen[0]]), float(raw[seen[1]])),
        level.usual,
    )


def make_detectable(panel: Panel, weighed: Weighed, policy: Policy) -> tuple[Detectable, ...]:
    """Return, for each tested metric, the smallest shift that its own series would have shown 4 times in 5."""
    n, m = panel.y.shape[1], panel.y.shape[0]
    after = max(1, min(n // 2, 5, n - panel.window if panel.window else n))
    prior = own_prior(m, policy)
    onset = n - after
    needed = float(
        np.log(policy.own_sure / (1 - policy.own_sure))
        - np.log(prior / 2)
        - weighed.log_onset[onset - weighed.onsets[0]]
    )
    out = []
    seen = ~np.isnan(panel.y)
    later, earlier = seen[:, onset:].sum(axis=1).tolist(), seen[:, :onset].sum(axis=1).tolist()
    phis = (weighed.evidence.weights @ np.array(PHIS)).round(3).tolist()
    for at, entry in enumerate(panel.metrics):
        a, b, phi = later[at], earlier[at], phis[at]
        if not a or not b:
            continue
        sigmas = detectable_shift(b, a, needed, float(weighed.evidence.dof[at]), phi)
        if sigmas is None:
            continue
        values = [v for v in panel.raw[panel.tested[at]].tolist() if not isnan(v)]
        amount = _in_unit(panel.scales[at], median(values), sigmas * _noise(panel, weighed, at))
        if amount is not None:
            level = sum(values) / len(values)
            fraction = amount / abs(level) if abs(level) > 0 and entry.family != "bounded" else None
            out.append(
                Detectable(f"D{at + 1}", entry.name, entry.title, entry.unit, amount, fraction, (b, a))
            )
    return tuple(out)


def _noise(panel: Panel, weighed: Weighed, at: int) -> float:
    """Return the noise of a series around its best step, so that a change does not count as noise."""
    bf = weighed.evidence.log_bf[2, at, : panel.y.shape[1] - 1]  # the steps come first
    if float(bf.max()) < 2.0:
        return float(weighed.evidence.noise[at])
    k = int(bf.max(axis=1).argmax()) + 1
    parts = [[v for v in part.tolist() if not isnan(v)] for part in (panel.y[at, :k], panel.y[at, k:])]
    total = panel.weight[at] * panel.noise[at] ** 2
    for values in parts:
        middle = sum(values) / max(len(values), 1)
        total += sum((v - middle) ** 2 for v in values)
    return float(np.sqrt(total / max(float(weighed.evidence.dof[at]) - 1.0, 1.0)))


def _in_unit(scale: Scale, middle: float, shift: float) -> float | None:
    """Return the larger of the two amounts, up and down, that a shift on the scale makes in the unit."""
    at = float(scale.forward(np.array([middle]))[0])
    level = scale.inverse(at)
    amount = max(scale.inverse(at + shift) - level, level - scale.inverse(at - shift))
    return amount if isfinite(amount) and amount > 0 else None
