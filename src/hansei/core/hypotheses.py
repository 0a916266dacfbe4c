"""Why it may have changed: every family scored over a shared onset, against its competitors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from hansei.core.catalogue import EXTRA_IMPROVEMENTS, FAMILIES, Family
from hansei.core.panel import Panel
from hansei.core.policy import Policy
from hansei.core.report import Evidence, Hypothesis, Level, Signal, word_for
from hansei.core.signals import Weighed
from hansei.stats.series import Array, log_sum

#: A metric that made its move this much likelier leans that way, though it is not sure by itself.
LEANS = 2.5
#: A metric's part in a world: row, direction, probability that it moved there, Bayes factor of its own series there.
Share: TypeAlias = tuple[int, int, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Causes:
    """What the families say together.

    ``probabilities`` of each family and of none; ``companions`` (series, direction) that a metric moved; ``gains`` by
    how much its own series speaks for a move where the families place one; ``prior`` before the data.
    """

    probabilities: dict[str, float]
    companions: Array
    gains: Array
    prior: dict[str, float]


def nothing() -> Causes:
    """Return what is known where no series could be checked: no cause, and nothing to borrow."""
    return Causes({**dict.fromkeys(FAMILIES, 0.0), "none": 1.0}, np.zeros((0, 2)), np.zeros((0, 2)), {})


def score(panel: Panel, weighed: Weighed, policy: Policy) -> Causes:
    """Return the posterior over the families, "one other metric" and "nothing"."""
    rows = {m.name: i for i, m in enumerate(panel.metrics) if not panel.derived[i]}
    worlds: dict[str, float] = {}
    moved: list[tuple[int, int, float, float, str]] = []
    for key, family in FAMILIES.items():
        if key == "improvement":
            log_world, shares = _any_of(weighed, _helpful(panel))
        else:
            log_world, shares = _together(weighed, family, rows)
        if log_world is None:
            continue
        worlds[key] = log_world
        moved += [(*share, key) for share in shares]
    good = set(_helpful(panel))
    rest = [(i, way) for i in range(len(panel.metrics)) for way in (0, 1) if (i, way) not in good]
    other, shares = _any_of(weighed, rest)
    if other is not None:
        worlds["_other"] = other
        moved += [(*share, "_other") for share in shares]
    prior = _prior(worlds, policy)
    p = _posterior(worlds, prior, policy.sharpen)
    companions, gains, weight = np.zeros((3, len(panel.metrics), 2))
    for row, way, share, gain, key in moved:
        companions[row, way] += share * p[key]
        gains[row, way] += gain * share * p[key]
        weight[row, way] += share * p[key]
    return Causes(_public(p), companions, gains / np.maximum(weight, 1e-12), prior)


def _prior(worlds: Iterable[str], policy: Policy) -> dict[str, float]:
    """Return what each world is worth before the data.

    The prior of a change holds for a team that measures most families; where fewer can be seen at all it falls in
    proportion, and the rest belongs to "none of these, or not measured".
    """
    whole = sum(f.weight for f in FAMILIES.values())
    measured = sum(FAMILIES[k].weight for k in worlds if k in FAMILIES)
    seen = min(1.0, measured / (policy.coverage * whole))
    share = policy.prior_change * seen / max(measured, 1e-9)
    out = {k: share * FAMILIES[k].weight if k in FAMILIES else policy.other_change for k in worlds}
    out["_nothing"] = 1.0 - sum(out.values())
    return out


def _posterior(worlds: Mapping[str, float], prior: Mapping[str, float], sharpen: float) -> dict[str, float]:
    log_p = {key: float(np.log(p)) + sharpen * worlds.get(key, 0.0) for key, p in prior.items()}
    top = max(log_p.values())
    p = {k: float(np.exp(v - top)) for k, v in log_p.items()}
    total = sum(p.values())
    return {k: v / total for k, v in p.items()}


def _public(p: dict[str, float]) -> dict[str, float]:
    out = {key: round(p.get(key, 0.0), 6) for key in FAMILIES}
    out["none"] = round(1.0 - sum(out.values()), 6)
    return out


def _together(weighed: Weighed, family: Family, rows: dict[str, int]) -> tuple[float | None, list[Share]]:
    """Score a family: its metrics move from one onset on, in one size, each as often as it says."""
    here = [p for p in family.predicts if p.metric in rows]
    if not any(p.often >= 0.85 for p in here):
        return None, []
    taus, _, onsets, _ = weighed.log_b.shape
    log_s = np.full((taus - 1, onsets), -np.log(taus - 1.0)) + weighed.log_onset
    parts = []
    for p in here:
        b = weighed.log_b[:-1] if p.half else weighed.log_b[1:]
        one = b[:, rows[p.metric], :, 0 if p.way > 0 else 1]
        if p.late:
            later = np.concatenate([one[:, 1:], np.zeros((taus - 1, 1))], axis=1)
            one = np.logaddexp(one, later) - np.log(2.0)
        stays = np.logaddexp(np.log1p(-p.often), np.log(p.often) + one)
        log_s = log_s + stays
        parts.append((rows[p.metric], 0 if p.way > 0 else 1, np.log(p.often) + one - stays, one))
    whole = float(log_sum(log_s, (0, 1)))
    weight = np.exp(log_s - whole)
    return whole, [
        (
            row,
            way,
            float((weight * np.exp(part)).sum()),
            float((weight * np.exp(np.minimum(one, 50.0))).sum()),
        )
        for row, way, part, one in parts
    ]


def _helpful(panel: Panel) -> list[tuple[int, int]]:
    out = []
    for i, m in enumerate(panel.metrics):
        if m.name in EXTRA_IMPROVEMENTS:
            out.append((i, 0 if EXTRA_IMPROVEMENTS[m.name] > 0 else 1))
        elif m.better is not None:
            out.append((i, 0 if m.better == "up" else 1))
    return out


def _any_of(weighed: Weighed, options: Sequence[tuple[int, int]]) -> tuple[float | None, list[Share]]:
    """Score "one of these metrics moved, and no other"."""
    if not options:
        return None, []
    row, way = np.array(options).T
    b = weighed.log_b[1:, row, :, way]  # (option, tau, onset): numpy puts the paired axes first
    each = log_sum(b + weighed.log_onset, (1, 2)) - np.log(b.shape[1])
    whole = float(log_sum(each, 0) - np.log(len(options)))
    share = np.exp(each - whole) / len(options)
    own = np.exp(np.minimum(each, 50.0))
    return whole, [(r, w, float(s), float(e)) for (r, w), s, e in zip(options, share, own, strict=True)]


def told(causes: Causes, policy: Policy) -> list[str]:
    """Return the families that the data speak for, likeliest first."""
    order = sorted(FAMILIES, key=lambda k: (-causes.probabilities[k], k))
    gained = [k for k in order if causes.probabilities[k] >= policy.list_gain * causes.prior.get(k, 0.0)]
    return [k for k in gained if causes.probabilities[k] >= policy.list_at][: policy.leads_shown]


def support(panel: Panel, causes: Causes, policy: Policy) -> set[tuple[int, int]]:
    """Return the (series, direction) that the told leads rest on: the best of each, and all that clearly lean so."""
    rows = {m.name: i for i, m in enumerate(panel.metrics)}
    out: set[tuple[int, int]] = set()
    for key in told(causes, policy):
        family = FAMILIES[key].predicts
        options = [(rows[p.metric], 0 if p.way > 0 else 1) for p in family if p.metric in rows] or _helpful(
            panel
        )
        leaning = sorted(options, key=lambda o: (-causes.gains[o] * causes.companions[o], o))
        out.update(leaning[:1])
        out.update(o for o in leaning if causes.gains[o] >= LEANS and causes.companions[o] >= 0.25)
    return out


def leads(
    causes: Causes, signals: Sequence[Signal], levels: Sequence[Level], policy: Policy
) -> tuple[Hypothesis, ...]:
    """Return the families worth telling, likeliest first."""
    shown = told(causes, policy)
    return tuple(
        _lead(FAMILIES[k], causes.probabilities[k], f"H{i}", signals, levels) for i, k in enumerate(shown, 1)
    )


def _lead(
    family: Family, probability: float, ident: str, signals: Sequence[Signal], levels: Sequence[Level]
) -> Hypothesis:
    return Hypothesis(
        id=ident,
        family=family.key,
        title=family.title,
        probability=probability,
        confidence=word_for(probability),
        evidence_for=_evidence_for(family, signals),
        evidence_against=_evidence_against(family, signals, levels),
        mechanisms=family.mechanisms,
        questions=family.questions,
        source=family.source,
    )


def _evidence_for(family: Family, signals: Sequence[Signal]) -> tuple[Evidence, ...]:
    if family.key == "improvement":
        good = [s for s in signals if s.helpful or (s.metric in EXTRA_IMPROVEMENTS and s.direction == "down")]
        return tuple(Evidence(s.id, f"{_seen(s)}, which helps.") for s in good)
    wanted = {(p.metric, "up" if p.way > 0 else "down") for p in family.predicts}
    return tuple(
        Evidence(s.id, f"{_seen(s)}, as this would predict.")
        for s in signals
        if (s.metric, s.direction) in wanted
    )


def _seen(s: Signal) -> str:
    return (
        f"{s.title} went {s.direction}"
        if s.significant
        else f"{s.title} leans {s.direction}, not sure by itself"
    )


def _evidence_against(
    family: Family, signals: Sequence[Signal], levels: Sequence[Level]
) -> tuple[Evidence, ...]:
    moved: dict[tuple[str, str], Signal] = {(s.metric, s.direction): s for s in signals if s.significant}
    leaning = {(s.metric, s.direction) for s in signals}
    out = [
        Evidence(moved[m, "up" if way > 0 else "down"].id, f"{text[0].upper()}{text[1:]}.")
        for m, way, text in family.against
        if (m, "up" if way > 0 else "down") in moved
    ]
    by_metric = {level.metric: level for level in levels}
    for p in family.predicts:
        way, opposite = ("up", "down") if p.way > 0 else ("down", "up")
        if (p.metric, opposite) in moved:
            s = moved[p.metric, opposite]
            out.append(Evidence(s.id, f"{s.title} went {opposite}; this would predict {way}."))
        elif (p.metric, way) not in leaning and p.often >= 0.6 and p.metric in by_metric:
            level = by_metric[p.metric]
            out.append(
                Evidence(level.id, f"{level.title} moved only as it usually does; this would predict {way}.")
            )
    return tuple(out[:4])
