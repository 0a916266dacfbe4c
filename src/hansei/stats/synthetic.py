"""Teams whose truth is known, for tests, benchmarks, the documentation and the demo.

Every metric follows a latent path of unit variance, ``noise + effect``; the observed value is a monotone map of
it onto the metric's own distribution. An effect of 3 is therefore three standard deviations of that metric.
The table of causes is written down here on its own and is not the engine's catalogue.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

import numpy as np

from hansei.stats.series import Array

Shape = Literal["step", "ramp"]


@dataclass(frozen=True, slots=True)
class Truth:
    """What was planted: the cause (None: nothing), the index of its first sprint, effects in sigma by metric."""

    cause: str | None
    onset: int
    effects: Mapping[str, float] = field(default_factory=dict)
    late: frozenset[str] = frozenset()
    shape: Shape = "step"


@dataclass(frozen=True, slots=True)
class World:
    """How a team's noise behaves.

    ``phi`` is the autocorrelation, ``phi_spread`` how much metrics differ in it; ``tail`` the degrees of freedom of
    Student's t (0: normal); ``holiday`` the chance that a sprint is a short one (less of everything counted);
    ``size_swing`` the spread of sprint size that all counts share; ``missing`` the share of values lost, in
    ``blocks`` of three or singly; ``whole_days`` rounds hours to working days; ``old_shift`` a step in the first
    third that has nothing to do with the cause; ``spread`` scales every metric's noise. ``long_sprint`` is the chance
    that a sprint takes three weeks instead of two; with ``team_change`` half of the teams lose three of seven people
    for the last third of their sprints; both are recorded (``working_days``, ``team_size``) and all that is counted
    follows them. With ``copied`` one column is filled with another's values.
    """

    phi: float = 0.0
    phi_spread: float = 0.0
    tail: int = 0
    holiday: float = 0.0
    size_swing: float = 0.0
    missing: float = 0.0
    blocks: bool = False
    whole_days: bool = False
    old_shift: float = 0.0
    spread: float = 1.0
    long_sprint: float = 0.0
    team_change: bool = False
    copied: bool = False


#: Cause → metric → (effect beside the first one, sprints it comes later).
CAUSES: Mapping[str, Mapping[str, tuple[float, int]]] = MappingProxyType(
    {
        "review_bottleneck": {
            "review_time": (1.0, 0),
            "cycle_time": (0.6, 0),
            "items_carried_over": (0.6, 0),
            "items_out_of_sprint_percent": (0.5, 1),
            "team_happiness": (-0.3, 1),
        },
        "story_sizing": {
            "story_share_large": (1.0, 0),
            "items_carried_over": (0.8, 0),
            "items_out_of_sprint_percent": (0.8, 0),
            "story_points_completed": (-0.4, 0),
            "cycle_time": (0.5, 0),
        },
        "quality_degradation": {
            "bugs_prod": (1.0, 0),
            "defect_rate_production": (0.9, 0),
            "defect_rate_all": (0.7, 0),
            "bugs_missed_testing": (0.5, 0),
            "open_bugs_count": (0.4, 1),
        },
        "testing_gaps": {
            "bugs_missed_testing": (1.0, 0),
            "defect_escape_rate": (0.6, 0),
            "bugs_prod": (0.5, 0),
            "testing_time": (-0.5, 0),
        },
        "morale": {"team_happiness": (-1.0, 0)},
        "workflow": {
            "cycle_time": (1.0, 0),
            "testing_time": (0.7, 0),
            "work_item_age": (0.7, 0),
            "flow_efficiency": (-0.8, 0),
        },
        "overcommitment": {
            "story_points_planned": (1.0, 0),
            "say_do_ratio": (-0.8, 0),
            "items_carried_over": (0.6, 0),
        },
        "scope_churn": {
            "scope_change_percent": (1.0, 0),
            "items_carried_over": (0.5, 0),
            "say_do_ratio": (-0.4, 0),
        },
        "unplanned_work": {
            "unplanned_work_percent": (1.0, 0),
            "story_points_completed": (-0.6, 0),
            "say_do_ratio": (-0.5, 0),
        },
        "wip_overload": {"wip": (1.0, 0), "work_item_age": (0.7, 0), "cycle_time": (0.6, 0)},
        "environment_or_config_trouble": {
            "bugs_configuration": (1.0, 0),
            "bugs_third_party": (0.5, 0),
            "testing_time": (0.5, 0),
        },
        "requirement_gaps": {"bugs_requirement_gap": (1.0, 0), "bugs_acc": (0.6, 0)},
    }
)
#: What an improvement may be: one metric and the way that helps.
IMPROVEMENTS: Mapping[str, float] = MappingProxyType(
    {
        "review_time": -1.0,
        "items_carried_over": -1.0,
        "bugs_prod": -1.0,
        "team_happiness": 1.0,
        "cycle_time": -1.0,
    }
)

#: Metric → kind, level from–to (of different teams), noise from–to on the metric's own scale.
_METRICS: Mapping[str, tuple[str, float, float, float, float]] = MappingProxyType(
    {
        "team_happiness": ("mood", 6.2, 8.2, 0.35, 0.7),
        "story_points_planned": ("points", 32, 60, 0.07, 0.14),
        "story_points_completed": ("points", 26, 50, 0.09, 0.17),
        "items_completed": ("count", 13, 26, 1.0, 1.2),
        "items_carried_over": ("count", 2.0, 5.0, 1.0, 1.25),
        "items_out_of_sprint_percent": ("share", 10, 22, 0.2, 0.3),
        "say_do_ratio": ("ratio", 0.75, 0.92, 0.07, 0.14),
        "scope_change_percent": ("share", 8, 20, 0.3, 0.5),
        "defect_rate_production": ("rate", 0.06, 0.2, 0.25, 0.45),
        "defect_rate_all": ("rate", 0.3, 0.7, 0.18, 0.35),
        "defect_escape_rate": ("share", 12, 30, 0.25, 0.35),
        "bugs_prod": ("count", 1.5, 5, 1.0, 1.3),
        "bugs_acc": ("count", 1.5, 5, 1.0, 1.3),
        "bugs_test": ("count", 2, 8, 1.0, 1.3),
        "bugs_dev": ("count", 1, 5, 1.0, 1.3),
        "bugs_other": ("count", 0.3, 1.5, 1.0, 1.2),
        "open_bugs_count": ("count", 8, 35, 1.0, 1.3),
        "bugs_missed_testing": ("count", 0.5, 3, 1.0, 1.2),
        "bugs_missed_impact": ("count", 0.5, 2.5, 1.0, 1.2),
        "bugs_requirement_gap": ("count", 0.5, 3, 1.0, 1.2),
        "bugs_configuration": ("count", 0.5, 3, 1.0, 1.2),
        "bugs_third_party": ("count", 0.4, 2, 1.0, 1.2),
        "coding_time": ("hours", 20, 60, 0.12, 0.28),
        "review_time": ("hours", 8, 30, 0.12, 0.28),
        "testing_time": ("hours", 8, 30, 0.12, 0.28),
        "cycle_time": ("hours", 45, 120, 0.1, 0.25),
        "wip": ("count", 5, 14, 0.8, 1.1),
        "work_item_age": ("hours", 40, 120, 0.15, 0.35),
        "flow_efficiency": ("share", 20, 45, 0.1, 0.2),
        "unplanned_work_percent": ("share", 8, 20, 0.2, 0.3),
        "story_share_large": ("share", 10, 25, 0.2, 0.3),
    }
)
_COUNTED = ("points", "count")


def latent(rng: np.random.Generator, n: int, phi: float, tail: int = 0) -> Array:
    """Return stationary AR(1) noise of unit variance; Student's t shocks where ``tail`` is above 2."""
    e = rng.standard_normal(n)
    if tail > 2:
        e = rng.standard_t(tail, n) * np.sqrt((tail - 2) / tail)
    z = np.empty(n)
    z[0] = e[0]
    for t in range(1, n):
        z[t] = phi * z[t - 1] + np.sqrt(1 - phi * phi) * e[t]
    return z


def planted(
    rng: np.random.Generator, cause: str | None, sprints: int, onset: int, size: float, shape: Shape = "step"
) -> Truth:
    """Return the truth of a cause (``improvement`` picks one metric)."""
    if cause is None or size == 0:
        return Truth(None, sprints)
    if cause == "improvement":
        metric = str(rng.choice(list(IMPROVEMENTS)))
        return Truth(cause, onset, {metric: IMPROVEMENTS[metric] * size}, shape=shape)
    table = CAUSES[cause]
    late = frozenset(m for m, (_, lag) in table.items() if lag and onset + lag < sprints)
    return Truth(cause, onset, {m: w * size for m, (w, _) in table.items()}, late, shape)


def partial(truth: Truth) -> Truth:
    """Return the truth without its first metric: something moved, but no cause of the catalogue is whole."""
    if len(truth.effects) < 2:
        return truth
    first = max(truth.effects, key=lambda m: abs(truth.effects[m]))
    rest = {m: v for m, v in truth.effects.items() if m != first}
    return Truth("partial", truth.onset, rest, truth.late, truth.shape)


def path(truth: Truth, metric: str, n: int) -> Array:
    """Return the planted mean path of a metric, in sigma."""
    index = np.arange(n)
    onset = truth.onset + (metric in truth.late)
    if truth.shape == "ramp":
        form = np.maximum(0.0, (index - onset + 1) / max(n - onset, 1))
    else:
        form = (index >= onset).astype(float)
    return truth.effects.get(metric, 0.0) * form


def team(
    seed: int, sprints: int, truth_of: Truth | None = None, world: World | None = None
) -> list[dict[str, Any]]:
    """Return one team's sprints, metric values only; the same arguments always give the same team."""
    rng = np.random.default_rng([seed, 77])
    world = world or World()
    truth_of = truth_of or Truth(None, sprints)
    size = np.exp(world.size_swing * rng.standard_normal(sprints))
    size = size * np.where(rng.random(sprints) < world.holiday, 0.5, 1.0)
    context = _context(rng, sprints, world)
    for given, usual in zip(context.values(), _USUAL, strict=False):
        size = size * given / usual
    columns: dict[str, Array] = {}
    for metric, (kind, low, high, quiet, loud) in _METRICS.items():
        phi = float(np.clip(world.phi + world.phi_spread * rng.uniform(-1, 1), 0.0, 0.9))
        u = latent(rng, sprints, phi, world.tail) + path(truth_of, metric, sprints)
        if world.old_shift and rng.random() < 0.2:
            u = u + world.old_shift * rng.choice([-1.0, 1.0]) * (np.arange(sprints) >= max(2, sprints // 3))
        level, noise = rng.uniform(low, high), world.spread * rng.uniform(quiet, loud)
        columns[metric] = _observe(kind, u, level * (size if kind in _COUNTED else 1.0), noise, world)
    lost = _lost(rng, len(columns), sprints, world)
    rows = [
        {m: _plain(v[t], _METRICS[m][0]) for i, (m, v) in enumerate(columns.items()) if not lost[i, t]}
        for t in range(sprints)
    ]
    for t, row in enumerate(rows):
        row.update({m: int(v[t]) for m, v in context.items()})
        if world.copied and "items_completed" in row:
            row["throughput"] = row["items_completed"]
    return rows


#: Working days and people of an ordinary sprint.
_USUAL = (10.0, 7.0)


def _context(rng: np.random.Generator, sprints: int, world: World) -> dict[str, Array]:
    """Return working days and people of each sprint, where the world has sprints of different size."""
    if not world.long_sprint and not world.team_change:
        return {}
    days = np.where(rng.random(sprints) < world.long_sprint, 15.0, 10.0)
    leaves = world.team_change and rng.random() < 0.5
    people = np.where(leaves & (np.arange(sprints) >= 2 * sprints // 3), 4.0, 7.0)
    return {"working_days": days, "team_size": people}


def _observe(kind: str, u: Array, level: Array | float, noise: float, world: World) -> Array:
    out: Array
    if kind == "mood":
        out = np.minimum(np.maximum(level + noise * u, 0.0), 10.0).round(1)
        return out
    if kind == "count":
        return np.round(np.maximum(np.sqrt(level) + 0.5 * noise * u, 0.0) ** 2)
    if kind == "share":
        half = np.clip(np.arcsin(np.sqrt(np.asarray(level) / 100)) + 0.5 * noise * u, 0.0, np.pi / 2)
        return np.round(100 * np.sin(half) ** 2, 1)
    value = level * np.exp(noise * u)
    if kind == "hours":
        return np.round(value / 8) * 8 if world.whole_days else np.round(value, 1)
    return np.round(value) if kind == "points" else np.round(value, 3)


def _lost(
    rng: np.random.Generator, metrics: int, sprints: int, world: World
) -> np.ndarray[Any, np.dtype[np.bool_]]:
    lost = rng.random((metrics, sprints)) < world.missing / (3 if world.blocks else 1)
    if world.blocks:
        lost[:, 1:] |= lost[:, :-1]
        lost[:, 1:] |= lost[:, :-1]
    return lost


def _plain(value: float, kind: str) -> float | int:
    return int(value) if kind in _COUNTED else float(value)


def simulated_team(
    *, seed: int, sprints: int = 12, cause: str = "review_bottleneck", onset: int = 7, size: float = 3.2
) -> tuple[list[dict[str, Any]], Truth]:
    """Return the demo's team and what was planted in it.

    A team of ordinary size: reviews of about 14 hours, 40 points, happiness above 7. From sprint ``onset``
    (index) on the cause holds, with ``size`` standard deviations on its first metric; 3.2 takes reviews to about
    24 hours. ``cause`` is a key of ``CAUSES``.
    """
    rng = np.random.default_rng([seed, 3])
    truth = planted(rng, cause, sprints, onset, size)
    columns: dict[str, Array] = {}
    for metric, (kind, level, noise) in _DEMO.items():
        u = latent(rng, sprints, 0.0) + path(truth, metric, sprints)
        columns[metric] = _observe(kind, u, level, noise, World())
    rows: list[dict[str, Any]] = [
        {m: _plain(v[t], _DEMO[m][0]) for m, v in columns.items()} for t in range(sprints)
    ]
    return rows, truth


_DEMO: Mapping[str, tuple[str, float, float]] = MappingProxyType(
    {
        "story_points_planned": ("points", 42, 0.09),
        "story_points_completed": ("points", 36, 0.12),
        "items_completed": ("count", 17, 1.0),
        "items_carried_over": ("count", 2.6, 1.0),
        "team_happiness": ("mood", 7.4, 0.35),
        "bugs_prod": ("count", 2.6, 1.0),
        "bugs_test": ("count", 5, 1.0),
        "open_bugs_count": ("count", 21, 1.0),
        "coding_time": ("hours", 26, 0.14),
        "review_time": ("hours", 14, 0.17),
        "testing_time": ("hours", 11, 0.16),
        "cycle_time": ("hours", 56, 0.13),
        "story_share_large": ("share", 16, 0.2),
        "unplanned_work_percent": ("share", 12, 0.22),
        "items_out_of_sprint_percent": ("share", 13, 0.22),
        "scope_change_percent": ("share", 14, 0.25),
    }
)
