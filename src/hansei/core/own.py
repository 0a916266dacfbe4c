"""A team's own experiment, registered like one of the catalogue: baseline, noise and guardrails are the team's."""

from __future__ import annotations

from collections.abc import Sequence

from hansei.core import experiments
from hansei.core.catalogue import IDEAS, Idea
from hansei.core.metrics import SprintMetrics
from hansei.core.panel import build
from hansei.core.pipeline import analyse
from hansei.core.policy import Policy
from hansei.core.report import Direction, Registration
from hansei.core.verdicts import OWN
from hansei.errors import InvalidInput, Problem

#: Watched where the catalogue has no experiment on the metric.
GUARDRAILS = ("bugs_prod", "team_happiness")
GUARDRAILS_SHOWN = 3


def register(
    window: Sequence[SprintMetrics],
    history: Sequence[SprintMetrics],
    *,
    metric: str,
    direction: Direction,
    useful: float,
    sprints: int,
    policy: Policy | None = None,
) -> Registration:
    """Freeze what a team's own experiment is judged by; ``window`` and ``history`` as for an analysis.

    Raises:
        InvalidInput: the metric is not one that can be judged here. NotEnoughSprints: fewer than two closed sprints.
    """
    rules = policy or Policy()
    found = analyse(window, history=history, policy=rules)
    panel = build([*history, *window], len(history), rules)
    if metric not in {m.name for m in panel.metrics}:
        why = next((r.text for r in panel.refused if r.metric == metric), "This team does not measure it.")
        choice = ", ".join(sorted(m.name for m in panel.metrics))
        raise InvalidInput(
            f"An experiment cannot be judged by “{metric}”: {why}",
            remedy=f"Choose one of: {choice}." if choice else "Sync more sprints first.",
            problems=(Problem("/metric", f"Choose one of: {choice}." if choice else why),),
        )
    idea = Idea(
        key=OWN,
        family=OWN,
        title="",
        change="",
        steps=(),
        cost="",
        role="",
        metrics=((metric, 1 if direction == "up" else -1),),
        guardrails=_guardrails(metric, panel.names),
        useful=useful,
        sprints=sprints,
    )
    return experiments.register(idea, (metric, direction), panel, found.signals)


def _guardrails(metric: str, measured: Sequence[str]) -> tuple[str, ...]:
    """Return what the catalogue watches where it works on this metric, else the usual two."""
    known = [g for idea in IDEAS if metric in dict(idea.metrics) for g in idea.guardrails]
    wanted = dict.fromkeys((*known, *GUARDRAILS))
    return tuple(g for g in wanted if g != metric and g in measured)[:GUARDRAILS_SHOWN]
