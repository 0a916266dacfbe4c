"""Why it may have changed: every family scored over a shared onset, against its competitors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import exp, log
from types import MappingProxyType
from typing import TypeAlias

import numpy as np

from hansei.core.answers import Answer
from hansei.core.catalogue import EXTRA_IMPROVEMENTS, FAMILIES, Family
from hansei.core.panel import VOLUME, Panel
from hansei.core.policy import Policy
from hansei.core.report import Answered, Evidence, Hypothesis, Level, Signal, word_for
from hansei.core.signals import Weighed
from hansei.stats.series import Array, Bools, Ints, log_sum

#: A metric that made its move this much likelier leans that way, though it is not sure by itself.
LEANS = 2.5
#: A metric's part in a world: row, direction, probability that it moved there, Bayes factor of its own series there.
Share: TypeAlias = tuple[int, int, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Causes:
    """What the families say together.

    ``probabilities`` of each family and of none; ``companions`` (series, direction) that a metric moved; ``gains`` by
    how much its own series speaks for a move where the families place one; ``prior`` before the data. ``unanswered`` is
    what ``probabilities`` would be without the team's answers, which move nothing else: whether a metric changed is not
    a matter of opinion.
    """

    probabilities: dict[str, float]
    companions: Array
    gains: Array
    prior: dict[str, float]
    unanswered: dict[str, float]


def nothing() -> Causes:
    """Return what is known where no series could be checked: no cause, and nothing to borrow."""
    none = {**dict.fromkeys(FAMILIES, 0.0), "none": 1.0}
    return Causes(none, np.zeros((0, 2)), np.zeros((0, 2)), {}, none)


def score(
    panel: Panel, weighed: Weighed, policy: Policy, residuals: Mapping[str, float] = MappingProxyType({})
) -> Causes:
    """Return the posterior over the families, a swing of volume, "one other metric" and "nothing".

    ``residuals`` (see :mod:`hansei.core.answers`) are added to the log odds of their families.
    """
    rows = {m.name: i for i, m in enumerate(panel.metrics) if panel.proves(i)}
    worlds: dict[str, float] = {}
    moved: list[tuple[Share, str]] = []
    good = _helpful(panel)
    families, parts = _together(weighed, rows)
    for key in FAMILIES:
        if key == "improvement":
            log_world, shares = _any_of(weighed, good)
            if log_world is not None:
                worlds[key] = log_world
                moved += [(share, key) for share in shares]
        elif key in families:
            worlds[key] = families[key]
            moved += [(share, key) for share in parts[key]]
    held = set(good)
    rest = [(i, way) for i in range(len(panel.metrics)) for way in (0, 1) if (i, way) not in held]
    other, shares = _any_of(weighed, rest)
    if other is not None:
        worlds["_other"] = other
        moved += [(share, "_other") for share in shares]
    volume = _volume(weighed, [rows[m] for m in VOLUME if m in rows])
    if volume is not None:
        worlds["_volume"] = volume
    prior = _prior(worlds, policy)
    p = _posterior(worlds, prior, policy.sharpen)
    companions, gains, weight = np.zeros((3, len(panel.metrics), 2))
    for (row, way, share, gain), key in moved:
        companions[row, way] += share * p[key]
        gains[row, way] += gain * share * p[key]
        weight[row, way] += share * p[key]
    gains = gains / np.maximum(weight, 1e-12)
    unanswered = _public(p, policy.lift)
    stated = (
        _public(_posterior(worlds, prior, policy.sharpen, residuals), policy.lift)
        if residuals
        else unanswered
    )
    return Causes(stated, companions, gains, prior, unanswered)


def _prior(worlds: Iterable[str], policy: Policy) -> dict[str, float]:
    """Return what each world is worth before the data.

    The prior of a change holds for a team that measures most families; where fewer can be seen at all it falls in
    proportion, and the rest belongs to "none of these, or not measured".
    """
    whole = sum(f.weight for f in FAMILIES.values())
    measured = sum(FAMILIES[k].weight for k in worlds if k in FAMILIES)
    seen = min(1.0, measured / (policy.coverage * whole))
    share = policy.prior_change * seen / max(measured, 1e-9)
    besides = {"_other": policy.other_change, "_volume": policy.volume_change}
    out = {k: share * FAMILIES[k].weight if k in FAMILIES else besides[k] for k in worlds}
    out["_nothing"] = 1.0 - sum(out.values())
    return out


def _posterior(
    worlds: Mapping[str, float],
    prior: Mapping[str, float],
    sharpen: float,
    residuals: Mapping[str, float] = MappingProxyType({}),
) -> dict[str, float]:
    log_p = {k: log(p) + sharpen * worlds.get(k, 0.0) + residuals.get(k, 0.0) for k, p in prior.items()}
    top = max(log_p.values())
    p = {k: exp(v - top) for k, v in log_p.items()}
    total = sum(p.values())
    return {k: v / total for k, v in p.items()}


def _public(p: Mapping[str, float], lift: float) -> dict[str, float]:
    """Return what is stated: the posterior, a little bolder in the middle, where it was found too modest.

    ``lift`` is added to the log odds of an even chance, less towards 0 and 1. "None of these" gives at most half of
    what it had.
    """
    out = {key: _lifted(p.get(key, 0.0), lift) for key in FAMILIES}
    rest = 1.0 - sum(p.get(key, 0.0) for key in FAMILIES)
    total, room = sum(out.values()), 1.0 - 0.5 * rest
    out = {key: round(v * min(1.0, room / max(total, 1e-300)), 6) for key, v in out.items()}
    out["none"] = round(1.0 - sum(out.values()), 6)
    return out


def _lifted(p: float, lift: float) -> float:
    if not 0.0 < p < 1.0:
        return p
    return 1.0 / (1.0 + (1.0 - p) / p * exp(-lift * 4.0 * p * (1.0 - p)))


@dataclass(frozen=True, slots=True, eq=False)
class _Predicted:
    """What the families predict of the series that are here, one line for each, family after family.

    ``often`` and ``half`` are columns (P, 1, 1); ``keys`` the families, ``begin`` where each begins in the lines.
    """

    keys: tuple[str, ...]
    begin: Ints
    row: Ints
    way: Ints
    half: Bools
    late: Ints
    often: Array


@lru_cache(maxsize=256)
def _predicted(rows: tuple[tuple[str, int], ...]) -> _Predicted:
    at = dict(rows)
    keys, begin, lines = [], [], list[tuple[int, int, bool, bool, float]]()
    for key, family in FAMILIES.items():
        here = [p for p in family.predicts if p.metric in at]
        if key == "improvement" or not any(p.often >= 0.85 for p in here):
            continue
        keys.append(key)
        begin.append(len(lines))
        lines += [(at[p.metric], 0 if p.way > 0 else 1, p.half, p.late, p.often) for p in here]
    row, way, half, late, often = zip(*lines, strict=True) if lines else ((),) * 5
    return _Predicted(
        tuple(keys),
        np.array(begin, dtype=np.int64),
        np.array(row, dtype=np.int64),
        np.array(way, dtype=np.int64),
        np.array(half, dtype=bool)[:, None, None],
        np.flatnonzero(np.array(late, dtype=bool)),
        np.array(often)[:, None, None],
    )


def _together(weighed: Weighed, rows: dict[str, int]) -> tuple[dict[str, float], dict[str, list[Share]]]:
    """Score the families: the metrics of each move from one onset on, in one size, each as often as it says."""
    lines = _predicted(tuple(rows.items()))
    if not lines.keys:
        return {}, {}
    taus = weighed.log_b.shape[0]
    b = weighed.log_b[:, lines.row, :, lines.way]  # (line, tau, onset): numpy puts the paired axes first
    one = np.where(lines.half, b[:, :-1], b[:, 1:])
    later = np.concatenate([one[lines.late, :, 1:], np.zeros((lines.late.size, taus - 1, 1))], axis=2)
    one[lines.late] = np.logaddexp(one[lines.late], later) - np.log(2.0)
    moves = np.log(lines.often) + one
    stays = np.logaddexp(np.log1p(-lines.often), moves)
    log_s = np.add.reduceat(stays, lines.begin, axis=0) - np.log(taus - 1.0) + weighed.log_onset
    whole = log_sum(log_s, (1, 2))
    weight = np.exp(log_s - whole[:, None, None])
    each = np.repeat(weight, np.diff([*lines.begin, lines.row.size]), axis=0)
    shares = (each * np.exp(moves - stays)).sum(axis=(1, 2)).tolist()
    gains = (each * np.exp(np.minimum(one, 50.0))).sum(axis=(1, 2)).tolist()
    made = list(zip(lines.row.tolist(), lines.way.tolist(), shares, gains, strict=True))
    ends = [*lines.begin.tolist()[1:], len(made)]
    parts = {k: made[i:j] for k, i, j in zip(lines.keys, lines.begin.tolist(), ends, strict=True)}
    return dict(zip(lines.keys, whole.tolist(), strict=True)), parts


def _volume(weighed: Weighed, rows: Sequence[int]) -> float | None:
    """Score "more, or less, of everything": the plan and what comes out of it move together, which is one thing.

    A competitor only: it keeps a family that predicts one of them from taking the credit, and lends nothing.
    """
    if len(rows) < 2:
        return None
    b = weighed.log_b[1:, rows]  # (tau, row, onset, way)
    log_s = np.logaddexp(np.log(0.15), np.log(0.85) + b).sum(axis=1) + weighed.log_onset[None, :, None]
    return float(log_sum(log_s, (0, 1, 2)) - np.log(2.0 * b.shape[0]))


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
    return whole, [(r, w, s, e) for (r, w), s, e in zip(options, share.tolist(), own.tolist(), strict=True)]


def told(causes: Causes, policy: Policy) -> list[str]:
    """Return the families that the data speak for, likeliest first."""
    return _told(causes, causes.probabilities, policy)


def _told(causes: Causes, stated: Mapping[str, float], policy: Policy) -> list[str]:
    order = sorted(FAMILIES, key=lambda k: (-stated[k], k))
    gained = [k for k in order if causes.unanswered[k] >= policy.list_gain * causes.prior.get(k, 0.0)]
    return [k for k in gained if stated[k] >= policy.list_at][: policy.leads_shown]


def put_aside(causes: Causes, policy: Policy) -> list[str]:
    """Return the families that would be told, were it not for the team's answers."""
    shown = told(causes, policy)
    return [k for k in _told(causes, causes.unanswered, policy) if k not in shown]


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
    causes: Causes,
    signals: Sequence[Signal],
    levels: Sequence[Level],
    policy: Policy,
    answers: Sequence[Answer] = (),
) -> tuple[Hypothesis, ...]:
    """Return the families worth telling, likeliest first; with what the team's answers changed in each."""
    shown = told(causes, policy)
    return tuple(
        replace(
            _lead(FAMILIES[k], causes.probabilities[k], f"H{i}", signals, levels),
            answered=_answered([a for a in answers if a.family == k], causes.unanswered[k]),
        )
        for i, k in enumerate(shown, 1)
    )


def _answered(answers: Sequence[Answer], without: float) -> Answered | None:
    said = [a.said for a in answers]
    confirmed, rejected = said.count("confirmed"), said.count("rejected")
    return Answered(confirmed, rejected, without) if confirmed or rejected else None


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
