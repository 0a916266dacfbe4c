"""Which metrics moved: each series weighed on its own, then told in its own unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hansei.core.panel import Panel
from hansei.core.policy import Policy
from hansei.core.report import Direction, Interval, Kind, Signal, Status
from hansei.stats import change
from hansei.stats.series import Array, Scale

WAYS: tuple[Direction, Direction] = ("up", "down")


@dataclass(frozen=True, slots=True, eq=False)
class Weighed:
    """The evidence of all tested series.

    ``log_b`` (tau, series, onset, direction): log Bayes factor of a change with that onset (``onsets``, sprint
    indexes inside the window) against the series' own idea of nothing, which may hold one odd sprint or an old
    shift. ``log_onset`` is the log prior of the onsets. ``own`` (series, direction) is the probability from the
    series alone; ``odd`` (series, sprint, direction) that of one odd sprint.
    """

    evidence: change.Evidence
    onsets: tuple[int, ...]
    log_onset: Array
    log_b: Array
    own: Array
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
    own = _own(log_b, log_onset, policy)
    return Weighed(found, onsets, log_onset, log_b, own, _odd(odds, panel, policy))


def _log_onset(onsets: tuple[int, ...], n: int, window: int, policy: Policy) -> Array:
    """Return the log prior of the onsets: recent ones are likelier, since older ones were reported before."""
    k = np.array(onsets)
    weight = (n - k).astype(float) ** -policy.recency
    if window < 2:
        weight = weight * np.where(k < 3, 0.5, 1.0)  # one or two sprints are hardly a level to depart from
    out: Array = np.log(weight / weight.sum())
    return out


def _log_null(steps: Array, odds: Array, window: int, policy: Policy) -> Array:
    """Return the log evidence of "nothing new" against "nothing at all", for each series."""
    parts = [np.full(steps.shape[1], np.log1p(-policy.odd_sprint))]
    if odds.shape[2]:
        parts.append(np.log(policy.odd_sprint) + _mean(odds[2]))
    if window > 1:
        old = steps[1:, :, : window - 1, :]
        parts.append(np.log(policy.old_shift) + np.logaddexp(_mean(old[0]), _mean(old[1])) - np.log(2))
    out: Array = np.logaddexp.reduce(np.array(parts), axis=0)
    return out


def _mean(log_bf: Array) -> Array:
    """Return the log mean over the last two axes (shape, direction)."""
    out: Array = np.logaddexp.reduce(log_bf, axis=(1, 2)) - np.log(log_bf.shape[1] * log_bf.shape[2])
    return out


def _own(log_b: Array, log_onset: Array, policy: Policy) -> Array:
    m = log_b.shape[1]
    prior = min(policy.prior_change * policy.moved_per_change / max(m, 1), 0.5 * policy.prior_change)
    whole = np.logaddexp(log_b[1], log_b[2]) - np.log(2.0) + log_onset[None, :, None]
    log_way = np.logaddexp.reduce(whole, axis=1) + np.log(prior / 2.0)
    total = np.logaddexp(np.logaddexp(log_way[:, 0], log_way[:, 1]), np.log1p(-prior))
    out: Array = np.exp(log_way - total[:, None])
    return out


def _odd(odds: Array, panel: Panel, policy: Policy) -> Array:
    """Return the probability of one odd sprint inside the window (series, sprint, direction)."""
    n, m = panel.y.shape[1], panel.y.shape[0]
    prior = policy.odd_sprint / max(n - 1, 1) / 2.0 / max(m, 1)
    log_p = odds[2] + np.log(prior)
    total = np.logaddexp(np.logaddexp.reduce(log_p, axis=(1, 2)), 0.0) if odds.shape[2] else np.zeros(m)
    out: Array = np.exp(log_p - total[:, None, None])
    return out


@dataclass(frozen=True, slots=True)
class Found:
    """A signal before it has an id: row of the tested series, direction, onset, probabilities."""

    row: int
    way: int
    onset: int
    kind: Kind
    probability: float
    companions: float
    significant: bool


def choose(panel: Panel, weighed: Weighed, companions: Array, policy: Policy) -> list[Found]:
    """Return what is worth saying, surest first. ``companions`` (series, direction) borrows from the families."""
    out = []
    for row in range(panel.y.shape[0]):
        way = int(np.argmax(companions[row] + weighed.own[row]))
        own, both = float(weighed.own[row, way]), float(companions[row, way])
        sure = own >= policy.own_sure or (both >= policy.companion_sure and own >= policy.companion_gate)
        if sure or own >= policy.hint_at:
            onset, kind = _place(panel, weighed, row, way)
            out.append(Found(row, way, onset, kind, own, both, sure))
            continue
        odd = _odd_one(panel, weighed, row, policy)
        if odd:
            out.append(odd)
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
    if best_ramp > float(bf[step].max()) + np.log(1 / policy_free_ratio()):
        return int(shapes.onset[ramp][int(np.argmax(bf[ramp]))]), "drift"
    return onset, "step"


def policy_free_ratio() -> float:
    """Return how much better a ramp must fit before the words say "has been rising since": twice."""
    return 0.5


def _odd_one(panel: Panel, weighed: Weighed, row: int, policy: Policy) -> Found | None:
    if not weighed.odd.shape[1]:
        return None
    at, way = np.unravel_index(int(np.argmax(weighed.odd[row])), weighed.odd[row].shape)
    probability = float(weighed.odd[row, at, way])
    if at < panel.window or probability < policy.odd_sure:
        return None
    return Found(row, int(way), int(at), "outlier", probability, probability, True)


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
    """Name, for each signal, the others that share an ingredient with it: one story, not two proofs."""
    from dataclasses import replace

    parts = {m.name: {m.name, *m.parts} for m in panel.metrics}
    return [
        replace(
            s, joined_with=tuple(o.id for o in signals if o is not s and parts[s.metric] & parts[o.metric])
        )
        for s in signals
    ]
