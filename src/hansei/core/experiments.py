"""What to try: ideas of the catalogue, registered with this team's own baseline and noise before they start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np

from hansei.core.catalogue import IDEAS, Idea
from hansei.core.metrics import describe
from hansei.core.panel import Panel, scale_of
from hansei.core.policy import Policy
from hansei.core.report import Direction, Experiment, Hypothesis, Interval, Registration, Signal, plain
from hansei.core.seal import fingerprint
from hansei.stats import change
from hansei.stats.power import two_sample_shift
from hansei.stats.series import resolution


def propose(
    panel: Panel, hypotheses: Sequence[Hypothesis], signals: Sequence[Signal], policy: Policy
) -> tuple[Experiment, ...]:
    """Return up to three experiments: for the leads, likeliest first, else for a level the team may not like."""
    chosen: list[tuple[Idea, Hypothesis | None]] = []
    if hypotheses:
        by_family = [[i for i in IDEAS if i.family == h.family] for h in hypotheses]
        for turn in range(2):
            chosen += [
                (ideas[turn], h) for ideas, h in zip(by_family, hypotheses, strict=True) if len(ideas) > turn
            ]
    elif not any(s.significant for s in signals):
        chosen = [(i, None) for i in _for_levels(panel)]
    made: list[Experiment] = []
    for idea, lead in chosen:
        goal = _goal(idea, panel, signals)
        if goal is not None and len(made) < policy.experiments_shown:
            made.append(_experiment(idea, lead, goal, panel, signals, f"E{len(made) + 1}"))
    return tuple(made)


def _for_levels(panel: Panel) -> list[Idea]:
    """Return ideas of different families whose goal this team measures, most settled metric first."""
    first: dict[str, Idea] = {}
    for idea in IDEAS:
        if idea.family != "improvement" and _goal(idea, panel, ()) is not None:
            first.setdefault(idea.family, idea)
    return list(first.values())


def _goal(idea: Idea, panel: Panel, signals: Sequence[Signal]) -> tuple[str, Direction] | None:
    measured = {m.name for m in panel.metrics}
    if idea.family == "improvement":
        good = [s for s in signals if s.helpful and s.metric in measured]
        return (good[0].metric, good[0].direction) if good else None
    for metric, way in idea.metrics:
        if metric in measured:
            return metric, "up" if way > 0 else "down"
    return None


def _experiment(
    idea: Idea,
    lead: Hypothesis | None,
    goal: tuple[str, Direction],
    panel: Panel,
    signals: Sequence[Signal],
    ident: str,
) -> Experiment:
    return Experiment(
        id=ident,
        key=idea.key,
        family=idea.family,
        hypothesis_id=lead.id if lead else None,
        title=idea.title,
        change=idea.change,
        steps=idea.steps,
        cost=idea.cost,
        role=idea.role,
        registration=register(idea, goal, panel, signals),
    )


def register(
    idea: Idea, goal: tuple[str, Direction], panel: Panel, signals: Sequence[Signal]
) -> Registration:
    """Freeze what an experiment is judged by.

    The baseline leaves out the sprints that triggered it, a lucky or unlucky few: with them, doing nothing would
    look like a success.
    """
    metric, direction = goal
    row = next(i for i, m in enumerate(panel.metrics) if m.name == metric)
    use = _baseline(panel, row, [s for s in signals if s.metric == metric and s.significant])
    values = panel.raw[panel.tested[row]][use]
    level = float(np.mean(values)) if len(use) else None
    entry = describe(metric)
    guardrails = tuple(g for g in idea.guardrails if g != metric and g in panel.names)
    draft = Registration(
        metric=metric,
        direction=direction,
        baseline_level=level,
        useful_effect=idea.useful,
        detectable_effect=_detectable(panel, row, use, idea.sprints),
        baseline_sprint_ids=tuple(panel.sprints[i].sprint_id for i in use),
        sprints=idea.sprints,
        guardrails=guardrails,
        rule=_rule(entry.title, direction, idea.useful, idea.sprints),
        fingerprint="",
    )
    return replace(draft, fingerprint=fingerprint(plain(draft)))


def _baseline(panel: Panel, row: int, signals: Sequence[Signal]) -> list[int]:
    seen = np.flatnonzero(~np.isnan(panel.y[row])).tolist()
    ids = [s.sprint_id for s in panel.sprints]
    for s in signals:
        at = ids.index(s.since_sprint_id)
        after = [i for i in seen if i >= at]
        if s.kind == "outlier":
            seen = [i for i in seen if i != at]
            continue
        # The new level is what the experiment starts from: judged against the old one, every improvement would look
        # like a change for the worse. Its first sprint made us look and is left out; with fewer than two more there
        # is no level yet to start from.
        seen = after[1:] if len(after) >= 3 else []
    if not signals and len(seen) > 6:
        seen = seen[:-1]  # the last sprint is what people talk about
    return seen[-12:]


def _detectable(panel: Panel, row: int, use: Sequence[int], sprints: int) -> float | None:
    if len(use) < 3:
        return None
    y, scale = panel.y[row][list(use)], panel.scales[row]
    weight = panel.weight[row]
    spread = float(
        np.sqrt((((y - y.mean()) ** 2).sum() + weight * panel.noise[row] ** 2) / (len(use) - 1 + weight))
    )
    middle = float(y.mean())
    level = scale.inverse(middle)
    shift = two_sample_shift(len(use), sprints) * spread
    if level <= 0:
        return None
    amount = max(scale.inverse(middle + shift) - level, level - scale.inverse(middle - shift)) / level
    return amount if np.isfinite(amount) and amount > 0 else None


def _rule(title: str, direction: Direction, useful: float, sprints: int) -> str:
    move, other = ("rise", "fall") if direction == "up" else ("fall", "rise")
    return (
        f"After {sprints} sprints. Worked: the whole range that the data fit is a {move} of “{title}” and the best "
        f"estimate is at least {useful:.0%}. Made it worse: the whole range is a {other}. No useful effect: the whole "
        f"range is within ± {useful:.0%}. Otherwise inconclusive, which is normal with few sprints."
    )


Outcome = Literal["worked", "no_useful_effect", "made_it_worse", "inconclusive", "too_early"]


@dataclass(frozen=True, slots=True)
class Change:
    """How one metric moved from the baseline to the experiment, as fractions of the baseline level (0.2: a fifth more).

    ``sample`` counts the values before and during. ``clear`` is "up" or "down" where the whole range is on one side.
    """

    metric: str
    before: float
    after: float
    fraction: float
    interval: Interval
    sample: tuple[int, int]
    clear: Direction | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an experiment showed. ``broken`` names guardrails that clearly got worse; ``reason`` is a sentence."""

    outcome: Outcome
    goal: Change | None
    guardrails: tuple[Change, ...]
    broken: tuple[str, ...]
    reason: str


Values: TypeAlias = Sequence[float | None]


def verdict(
    registration: Registration,
    baseline: Values,
    during: Values,
    guardrails: Mapping[str, tuple[Values, Values]] | None = None,
) -> Verdict:
    """Judge an experiment by the rule that was frozen when it began.

    ``baseline`` holds the goal's values in ``registration.baseline_sprint_ids``, ``during`` those of the experiment's
    sprints, oldest first, None where missing; ``guardrails`` the same pair for each guardrail. Before the registered
    number of sprints there is no verdict at all: looking early and stopping at a lucky moment would make the rule a
    formality. Inconclusive is the default.
    """
    if len(during) < registration.sprints:
        text = f"Sprint {len(during)} of {registration.sprints}: too early to say."
        return Verdict("too_early", None, (), (), text)
    goal = _change(registration.metric, baseline, during[: registration.sprints])
    if goal is None:
        return Verdict(
            "inconclusive", None, (), (), "Too few values, before or during, to tell a change from noise."
        )
    checked = {m: _change(m, a, b) for m, (a, b) in sorted((guardrails or {}).items())}
    moved = tuple(c for c in checked.values() if c is not None)
    broken = tuple(
        c.metric for c in moved if c.clear is not None and describe(c.metric).better not in (None, c.clear)
    )
    outcome, reason = _rule_applied(registration, goal)
    if outcome == "worked" and broken:
        names = ", ".join(describe(m).title for m in broken)
        return Verdict("inconclusive", goal, moved, broken, f"{reason} But this got clearly worse: {names}.")
    blind = [m for m in registration.guardrails if checked.get(m) is None]
    if outcome == "worked" and blind:
        names = ", ".join(describe(m).title for m in blind)
        reason = f"{reason} Not checked, for want of values, whether this got worse: {names}."
    return Verdict(outcome, goal, moved, broken, reason)


def _rule_applied(registration: Registration, goal: Change) -> tuple[Outcome, str]:
    useful = registration.useful_effect
    toward = goal.fraction if registration.direction == "up" else -goal.fraction
    if goal.clear == registration.direction and toward >= useful:
        return (
            "worked",
            "All that the data fit is a change the right way, and the best estimate is large enough.",
        )
    if goal.clear is not None and goal.clear != registration.direction:
        return "made_it_worse", "All that the data fit is a change the wrong way."
    if -useful < goal.interval.low and goal.interval.high < useful:
        return "no_useful_effect", "All that the data fit is smaller than what was called useful."
    return "inconclusive", "The data fit a useful change and also none: this does not say that it failed."


def _change(metric: str, before: Values, during: Values) -> Change | None:
    """Compare two runs of values on the metric's own scale, allowing for autocorrelation; None with too few."""
    first, second = [v for v in before if v is not None], [v for v in during if v is not None]
    if len(first) < 3 or len(second) < 2:
        return None
    raw = np.array([np.nan if v is None else v for v in (*before, *during)], dtype=float)
    scale = scale_of(describe(metric), raw)
    y = scale.forward(raw)
    path = np.array([0.0] * len(before) + [1.0] * len(during))
    rest = y - np.where(path > 0, np.nanmean(y[path > 0]), np.nanmean(y[path == 0]))
    grain = resolution(y[~np.isnan(y)])
    noise, weight = scale.noise, min(scale.weight, 2.0)
    found = change.evidence(rest[None, :], np.array([noise]), np.array([weight]), np.array([grain]))
    fit = change.estimate(y, path, float(found.phi @ np.array(change.PHIS)), noise, weight, grain)
    level, after = scale.inverse(fit.before), scale.inverse(fit.after)
    if level <= 0:
        return None
    low, high = (scale.inverse(fit.before + d) / level - 1.0 for d in (fit.low, fit.high))
    clear: Direction | None = "up" if fit.low > 0 else "down" if fit.high < 0 else None
    sample = (len(first), len(second))
    return Change(metric, level, after, after / level - 1.0, Interval(low, high), sample, clear)
