"""What is normal for this team, which recent swings are inside it, and what could not have been seen."""

from __future__ import annotations

from collections.abc import Sequence
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
from hansei.stats.xmr import Limits, broken, limits

#: A move is called ordinary only if its series makes a change at most this much likelier, and the families leave it
#: at most this probable.
NEWS_FACTOR, NEWS_AT = 2.0, 0.25


def bounds(entry: Metric, values: Sequence[float]) -> tuple[float | None, float | None]:
    """Return the least and the largest value that a metric can have.

    A series that was never negative, of the registry or not, is taken not to become so.
    """
    return (0.0 if min(values) >= 0 else None), entry.upper


def _recorded(panel: Panel) -> list[list[float]]:
    """Return the values of each tested series as recorded, NaN where missing or older than a change long ago."""
    out: list[list[float]] = np.where(np.isnan(panel.y), np.nan, panel.raw[list(panel.tested)]).tolist()
    return out


def make_levels(panel: Panel, signals: tuple[Signal, ...]) -> tuple[Level, ...]:
    """Return typical value and usual range of each tested metric, from before a change where there was one."""
    place = {s.sprint_id: i for i, s in enumerate(panel.sprints)}
    since = {s.metric: place[s.since_sprint_id] for s in signals if s.significant and s.kind != "outlier"}
    out = []
    for at, raw in enumerate(_recorded(panel)):
        entry = panel.metrics[at]
        seen = [v for v in raw if not isnan(v)]
        before = [v for v in raw[: since[entry.name]] if not isnan(v)] if entry.name in since else seen
        values = before if len(before) >= 4 else seen
        lower, upper = bounds(entry, seen)
        found = limits(values, lower=lower, upper=upper)
        out.append(
            Level(
                f"L{at + 1}",
                entry.name,
                entry.title,
                entry.unit,
                found.centre,
                Interval(found.low, found.high, 0.99),
                seen[-1],
                len(values),
            )
        )
    return tuple(out)


def make_ordinary(
    panel: Panel,
    levels: tuple[Level, ...],
    signals: tuple[Signal, ...],
    weighed: Weighed | None,
    companions: Array,
) -> tuple[Swing, ...]:
    """Return the three largest moves between the last two values that are no news.

    They stay inside the usual range and break no rule of the chart with their last value; and neither their own
    values nor the families (``companions``: series, direction) lean towards a change. What may well be one is not
    called ordinary because it was not sure enough to be told.
    """
    if weighed is None:
        return ()
    leans: list[bool] = np.any((weighed.odds >= NEWS_FACTOR) | (companions >= NEWS_AT), axis=1).tolist()
    told = {s.metric for s in signals}
    found: list[tuple[float, int, tuple[int, int]]] = []
    for at, raw in enumerate(_recorded(panel)):
        level = levels[at]
        if level.metric in told or leans[at]:
            continue
        places = [i for i, v in enumerate(raw) if not isnan(v)]
        first, last = places[-2:]
        low, high = level.usual.low, level.usual.high
        inside = low <= raw[first] <= high and low <= raw[last] <= high
        if not inside or high <= low or raw[first] == raw[last] or first < panel.window:
            continue
        rules = broken([raw[i] for i in places], Limits(level.typical, low, high))
        if not any(i == len(places) - 1 for i, _ in rules):
            found.append((abs(raw[last] - raw[first]) / (high - low), at, (first, last)))
    found.sort(key=lambda f: (-f[0], f[1]))
    return tuple(_swing(panel, levels[at], seen, f"O{i}") for i, (_, at, seen) in enumerate(found[:3], 1))


def _swing(panel: Panel, level: Level, seen: tuple[int, int], ident: str) -> Swing:
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
    at = scale.at(middle)
    level = scale.inverse(at)
    amount = max(scale.inverse(at + shift) - level, level - scale.inverse(at - shift))
    return amount if isfinite(amount) and amount > 0 else None
