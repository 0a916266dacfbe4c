"""Which metrics moved: each series weighed on its own, then told in its own unit."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from hansei.core.panel import Panel, ingredients
from hansei.core.policy import Policy
from hansei.core.report import Direction, Interval, Kind, Signal, Status
from hansei.stats import change
from hansei.stats.series import Array, Scale, log_sum

#: How much better a slope must fit than a step before the words say that it has been rising or falling.
DRIFT_RATIO = 2.0

WAYS: tuple[Direction, Direction] = ("up", "down")


@dataclass(frozen=True, slots=True, eq=False)
class Weighed:
    """The evidence of all tested series.

    ``log_b`` (tau, series, onset, direction): log Bayes factor of a change with that onset (``onsets``, sprint
    indexes inside the window) against the series' own idea of nothing, which may hold one odd sprint or an old
    shift. ``log_onset`` is the log prior of the onsets. ``own`` (series, direction) is the probability from the
    series alone, ``odds`` the factor by which the series raised its odds; ``odd`` (series, sprint, direction) that of
    one odd sprint.
    """

    evidence: change.Evidence
    onsets: tuple[int, ...]
    log_onset: Array
    log_b: Array
    own: Array
    odds: Array
    odd: Array


def weigh(panel: Panel, policy: Policy) -> Weighed:
    """Weigh every change on every tested series."""
    found = change.evidence(panel.y, panel.noise, panel.weight, panel.grain, max(panel.window, 1))
    n = panel.y.shape[1]
    steps = found.log_bf[:, :, : n - 1, :]
    odds = found.log_bf[:, :, found.shapes.kind == change.ODD, :]
    onsets = tuple(range(max(panel.window, 1), n))
    log_onset = _log_onset(onsets, n, panel.window, policy)
    log_null = _log_null(steps, odds, panel.window, policy)
    log_b = steps[:, :, onsets[0] - 1 :, :] - log_null[None, :, None, None]
    ramps = found.shapes.onset[found.shapes.kind == change.RAMP]
    if ramps.size:
        ramp = found.log_bf[:, :, found.shapes.kind == change.RAMP, :] - log_null[None, :, None, None]
        at = ramps - onsets[0]
        log_b[:, :, at] = np.logaddexp(
            np.log1p(-policy.ramp_share) + log_b[:, :, at], np.log(policy.ramp_share) + ramp
        )
    own, gain = _own(log_b, log_onset, policy)
    return Weighed(found, onsets, log_onset, log_b, own, gain, _odd(odds, panel, policy))


def _log_onset(onsets: tuple[int, ...], n: int, window: int, policy: Policy) -> Array:
    """Return the log prior of the onsets: recent ones are likelier, since older ones were reported before."""
    k = np.array(onsets)
    weight = (n - k).astype(float) ** -policy.recency
    if window < 2:
        weight = weight * np.where(k < 3, 0.5, 1.0)  # one or two sprints are hardly a level to depart from
    out: Array = np.log(weight / weight.sum())
    return out


#: Shares of sprints that are odd for one metric, and their weights before data: a day of outages, a holiday, a typing
#: error. A team whose values have heavy tails has more of them, and all its metrics together show it.
_ODD_RATES = (0.0, 0.01, 0.03, 0.08)
_ODD_PRIOR = (0.75, 0.15, 0.07, 0.03)


def _odd_rate(steps: Array, odds: Array) -> Array:
    """Return the posterior over ``_ODD_RATES`` from all series together."""
    sprints = odds.shape[2]
    if not sprints:
        return np.array(_ODD_PRIOR)
    odd, step = _mean(odds[2]), _mean(steps[2])
    log_p = np.log(np.array(_ODD_PRIOR))
    for i, rate in enumerate(_ODD_RATES):
        share = sprints * rate / (1.0 + sprints * rate)
        with_odd = np.logaddexp(np.log1p(-share), np.log(share) + odd) if rate else np.zeros(odd.size)
        log_p[i] += float(np.logaddexp(np.log(0.95) + with_odd, np.log(0.05) + step).sum())
    p = np.exp(log_p - log_p.max())
    out: Array = p / p.sum()
    return out


def _log_null(steps: Array, odds: Array, window: int, policy: Policy) -> Array:
    """Return the log evidence of "nothing new" against "nothing at all", for each series.

    Nothing new is: nothing, one odd sprint anywhere (the last included), or a shift that is older than the window.
    """
    rate = float(_odd_rate(steps, odds) @ np.array(_ODD_RATES))
    sprints = odds.shape[2] + 1
    share = sprints * rate / (1.0 + sprints * rate)
    last = np.logaddexp.reduce(steps[2, :, -1, :], axis=1) - np.log(2.0)
    odd = (
        np.logaddexp(_mean(odds[2]) + np.log(sprints - 1.0), last) - np.log(sprints) if sprints > 1 else last
    )
    parts = [np.full(steps.shape[1], np.log1p(-share)), np.log(max(share, 1e-12)) + odd]
    if window > 1:
        old = steps[1:, :, : window - 1, :]
        parts.append(np.log(policy.old_shift) + np.logaddexp(_mean(old[0]), _mean(old[1])) - np.log(2))
    out: Array = np.logaddexp.reduce(np.array(parts), axis=0)
    return out


def _mean(log_bf: Array) -> Array:
    """Return the log mean over the last two axes (shape, direction)."""
    out: Array = log_sum(log_bf, (1, 2)) - np.log(log_bf.shape[1] * log_bf.shape[2])
    return out


def own_prior(metrics: int, policy: Policy) -> float:
    """Return the prior probability that one of so many metrics moved: a change moves a few, however many there are."""
    return policy.prior_change * min(policy.moved_per_change / max(metrics, 1), 0.5)


def _own(log_b: Array, log_onset: Array, policy: Policy) -> tuple[Array, Array]:
    """Return the probability of a change (series, direction), and by how much the data multiplied its odds."""
    prior = own_prior(log_b.shape[1], policy)
    whole = np.logaddexp(log_b[1], log_b[2]) - np.log(2.0) + log_onset[None, :, None]
    log_way = log_sum(whole, 1) + np.log(prior / 2.0)
    total = np.logaddexp(np.logaddexp(log_way[:, 0], log_way[:, 1]), np.log1p(-prior))
    return np.exp(log_way - total[:, None]), np.exp(np.minimum(log_way - np.log(prior / 2.0), 700.0))


def _odd(odds: Array, panel: Panel, policy: Policy) -> Array:
    """Return the probability of one odd sprint inside the window (series, sprint, direction)."""
    n, m = panel.y.shape[1], panel.y.shape[0]
    prior = policy.odd_sprint / max(n - 1, 1) / 2.0 / max(m, 1)
    log_p = odds[2] + np.log(prior)
    total = np.logaddexp(log_sum(log_p, (1, 2)), 0.0) if odds.shape[2] else np.zeros(m)
    out: Array = np.exp(log_p - total[:, None, None])
    return out


@dataclass(frozen=True, slots=True)
class Found:
    """A signal before it has an id: row of the tested series, direction, onset, probabilities.

    ``companions`` is at least ``probability``. The worlds of the families hold one change each, and a swing of volume
    competes without lending, so that beside a large change a second one has next to no place in them: that is no
    evidence against it.
    """

    row: int
    way: int
    onset: int
    kind: Kind
    probability: float
    companions: float
    significant: bool


def choose(
    panel: Panel,
    weighed: Weighed,
    companions: Array,
    gains: Array,
    policy: Policy,
    hints: Container[tuple[int, int]] = (),
) -> list[Found]:
    """Return what is worth saying, surest first.

    ``companions`` and ``gains`` (series, direction) come from the families; ``hints`` are (series, direction) that a
    lead rests on: told, though not sure by themselves, so that every lead can be traced.
    """
    out = []
    ways: list[int] = np.argmax(companions + weighed.own, axis=1).tolist()
    at = np.arange(len(ways)), ways
    parts = zip(weighed.own[at].tolist(), companions[at].tolist(), gains[at].tolist(), strict=True)
    odd_ones = _odd_ones(panel, weighed, policy)
    for row, (way, (own, both, gain)) in enumerate(zip(ways, parts, strict=True)):
        sure = own >= policy.own_sure or (both >= policy.companion_sure and gain >= policy.companion_gate)
        if sure or own >= policy.hint_at or (row, way) in hints:
            onset, kind = _place(panel, weighed, row, way)
            out.append(Found(row, way, onset, kind, own, max(own, both), sure))
        elif row in odd_ones:
            out.append(odd_ones[row])
    return sorted(out, key=lambda f: (not f.significant, -f.probability, -f.companions, f.row))


def _place(panel: Panel, weighed: Weighed, row: int, way: int) -> tuple[int, Kind]:
    at = np.logaddexp(weighed.log_b[1, row, :, way], weighed.log_b[2, row, :, way]) + weighed.log_onset
    onset = weighed.onsets[int(np.argmax(at))]
    seen = np.flatnonzero(~np.isnan(panel.y[row]))
    onset = int(seen[seen >= onset][0]) if (seen >= onset).any() else int(seen[-1])
    if (seen >= onset).sum() == 1:
        return onset, "outlier"
    shapes = weighed.evidence.shapes
    bf = weighed.evidence.log_bf[2, row, :, way]
    ramp, step = (shapes.kind == change.RAMP), (shapes.kind == change.STEP)
    best_ramp = float(bf[ramp].max()) if ramp.any() else -np.inf
    if best_ramp > float(bf[step].max()) + np.log(DRIFT_RATIO):
        return int(shapes.onset[ramp][int(np.argmax(bf[ramp]))]), "drift"
    return onset, "step"


def _odd_ones(panel: Panel, weighed: Weighed, policy: Policy) -> dict[int, Found]:
    """Return the odd sprint of each row that has a recent one."""
    if not weighed.odd.shape[1]:
        return {}
    first = max(panel.window, panel.y.shape[1] - policy.odd_recent)
    flat = weighed.odd.reshape(weighed.odd.shape[0], -1)
    out = {}
    for row, at in enumerate(flat.argmax(axis=1).tolist()):
        probability, (sprint, way) = float(flat[row, at]), divmod(at, 2)
        if sprint >= first and probability >= policy.odd_sure:
            out[row] = Found(row, way, sprint, "outlier", probability, probability, True)
    return out


def describe_signals(
    panel: Panel, weighed: Weighed, found: Sequence[Found], previous: Mapping[str, object] | None
) -> tuple[Signal, ...]:
    """Tell each finding in its metric's unit."""
    known = _seen_before(previous)
    made = [_signal(panel, weighed, f, f"S{i}", known) for i, f in enumerate(found, 1)]
    return tuple(_join(panel, made))


def _seen_before(previous: Mapping[str, object] | None) -> set[tuple[object, object]]:
    signals = previous.get("signals") if previous else None
    if not isinstance(signals, (list, tuple)):
        return set()
    return {
        (s.get("metric"), s.get("direction"))
        for s in signals
        if isinstance(s, Mapping) and s.get("significant")
    }


def path_of(kind: Kind, onset: int, n: int) -> Array:
    """Return the shape of a finding over n sprints."""
    index = np.arange(n)
    if kind == "drift":
        out: Array = np.maximum(0.0, (index - onset + 1) / (n - onset))
        return out
    if kind == "outlier":
        return np.where(index == onset, 1.0, 0.0)
    return np.where(index >= onset, 1.0, 0.0)


def _signal(
    panel: Panel, weighed: Weighed, f: Found, ident: str, known: set[tuple[object, object]]
) -> Signal:
    entry, scale, y = panel.metrics[f.row], panel.scales[f.row], panel.y[f.row]
    phi = float(weighed.evidence.weights[f.row] @ np.array(change.PHIS))
    path = path_of(f.kind, f.onset, y.size)
    fit = change.estimate(y, path, phi, panel.noise[f.row], panel.weight[f.row], panel.grain[f.row])
    before, after = scale.inverse(fit.before), scale.inverse(fit.after)
    low, high = scale.inverse(fit.before + fit.low) - before, scale.inverse(fit.before + fit.high) - before
    seen = ~np.isnan(y)
    status: Status = "confirmed" if (entry.name, WAYS[f.way]) in known else "new"
    sprint = panel.sprints[f.onset]
    return Signal(
        id=ident,
        metric=entry.name,
        title=entry.title,
        unit=entry.unit,
        kind=f.kind,
        direction=WAYS[f.way],
        significant=f.significant,
        probability=_probability(f.probability),
        probability_with_companions=_probability(f.companions),
        status=status,
        since_sprint_id=sprint.sprint_id,
        since_sprint_name=sprint.name,
        before=before,
        after=after,
        effect=after - before,
        effect_sigma=(fit.after - fit.before) / fit.sigma,
        ratio=_ratio(scale, before, after),
        interval=Interval(min(low, high), max(low, high)),
        ratio_interval=_ratio_interval(scale, fit),
        sample=(int(seen[path == 0].sum()), int(seen[path > 0].sum())),
        helpful=None if entry.better is None else entry.better == WAYS[f.way],
        sized=panel.exposure is not None and entry.name in panel.exposure.metrics,
    )


def _probability(p: float) -> float:
    """Round to six places, below 1: no finite number of sprints makes a change certain."""
    return min(round(p, 6), 0.999999)


def _ratio(scale: Scale, before: float, after: float) -> float | None:
    return after / before if scale.ratio and before > 0 else None


def _ratio_interval(scale: Scale, fit: change.Estimate) -> Interval | None:
    if not scale.ratio:
        return None
    return Interval(float(np.exp(np.clip(fit.low, -700, 700))), float(np.exp(np.clip(fit.high, -700, 700))))


def _join(panel: Panel, signals: list[Signal]) -> list[Signal]:
    """Name, for each signal, the others that share an ingredient with it: one story, not two proofs.

    Planned, completed and items are one volume where they move the same way at about the same time.
    """
    parts = {m.name: ingredients(m) for m in panel.metrics}
    at = {s.sprint_id: i for i, s in enumerate(panel.sprints)}

    def joined(a: Signal, b: Signal) -> bool:
        shared = parts[a.metric] & parts[b.metric]
        together = a.direction == b.direction and abs(at[a.since_sprint_id] - at[b.since_sprint_id]) <= 1
        return bool(shared - {"volume"}) or ("volume" in shared and together)

    return [
        replace(s, joined_with=tuple(o.id for o in signals if o is not s and joined(s, o))) for s in signals
    ]
