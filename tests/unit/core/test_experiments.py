"""Registration and verdict: what was frozen decides, and noise alone does not succeed."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from hansei import analyse
from hansei.core.experiments import Change, verdict
from hansei.core.report import Registration, plain
from hansei.core.seal import fingerprint
from hansei.stats.synthetic import simulated_team


def registered(sprints: int = 4, useful: float = 0.2, guardrails: tuple[str, ...] = ()) -> Registration:
    return Registration("review_time", "down", 24.0, useful, 0.3, (), sprints, guardrails, "", "")


def hours(rng: np.random.Generator, n: int, level: float = 24.0, noise: float = 0.18) -> list[float]:
    return [float(v) for v in level * np.exp(noise * rng.standard_normal(n))]


def test_a_large_fall_worked_and_a_large_rise_made_it_worse() -> None:
    rng = np.random.default_rng(1)
    base = hours(rng, 8)
    assert verdict(registered(), base, hours(rng, 4, 12)).outcome == "worked"
    assert verdict(registered(), base, hours(rng, 4, 48)).outcome == "made_it_worse"


def test_a_tight_null_had_no_useful_effect_and_a_loose_one_is_inconclusive() -> None:
    rng = np.random.default_rng(2)
    tight = [24 * (1 + 0.01 * v) for v in rng.standard_normal(40)]
    assert verdict(registered(12, 0.3), tight[:28], tight[28:]).outcome == "no_useful_effect"
    assert verdict(registered(), hours(rng, 6, noise=0.5), hours(rng, 4, noise=0.5)).outcome == "inconclusive"


def test_before_its_end_there_is_no_verdict() -> None:
    rng = np.random.default_rng(3)
    early = verdict(registered(), hours(rng, 8), hours(rng, 2, 8))
    assert (early.outcome, early.goal) == ("too_early", None)
    assert "2 of 4" in early.reason


def test_only_the_registered_sprints_count() -> None:
    rng = np.random.default_rng(4)
    base, during = hours(rng, 8), hours(rng, 4)
    assert verdict(registered(), base, [*during, 2.0, 2.0]) == verdict(registered(), base, during)


def test_too_few_values_are_inconclusive_with_a_reason() -> None:
    found = verdict(registered(), [20.0, None, 25.0], [12.0, 11.0, 10.0, 9.0])
    assert (found.outcome, found.goal) == ("inconclusive", None)
    assert found.reason


def test_a_broken_guardrail_takes_the_success_away() -> None:
    rng = np.random.default_rng(5)
    base, during = hours(rng, 8), hours(rng, 4, 12)
    bugs = ([2, 3, 2, 1, 3, 2, 2, 3], [12, 14, 11, 13])
    found = verdict(
        registered(), base, during, {"bugs_prod": bugs, "coding_time": (hours(rng, 8), hours(rng, 4))}
    )
    assert found.outcome == "inconclusive"
    assert found.broken == ("bugs_prod",)
    assert "Bugs in production" in found.reason


def test_a_guardrail_that_cannot_be_checked_is_named() -> None:
    rng = np.random.default_rng(5)
    base, during = hours(rng, 8), hours(rng, 4, 12)
    found = verdict(registered(guardrails=("bugs_prod", "coding_time")), base, during,
                    {"coding_time": (hours(rng, 8), hours(rng, 4)), "bugs_prod": ([2, 3], [4])})  # fmt: skip
    assert found.outcome == "worked"
    assert [c.metric for c in found.guardrails] == ["coding_time"]
    assert "Not checked" in found.reason
    assert "Bugs in production" in found.reason


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    held = 0
    for seed in range(300):
        rng = np.random.default_rng([seed, 9])
        goal = verdict(registered(), hours(rng, 8), hours(rng, 4, 24 * 0.7)).goal
        assert isinstance(goal, Change)
        held += goal.interval.low <= -0.3 <= goal.interval.high
    assert held / 300 >= 0.93


@pytest.mark.parametrize("phi", [0.0, 0.3])
def test_doing_nothing_after_a_bad_sprint_rarely_worked(phi: float) -> None:
    from hansei.stats.synthetic import latent

    worked = 0
    for seed in range(400):
        z = latent(np.random.default_rng([seed, 3]), 60, phi)
        bad = next((i for i in range(10, 50) if z[i] > 1.3), 20)
        values = (24 * np.exp(0.18 * z)).tolist()
        # the sprint that made people act is not part of the baseline; nothing is done, and four sprints are awaited
        worked += verdict(registered(), values[bad - 8 : bad], values[bad + 1 : bad + 5]).outcome == "worked"
    assert worked / 400 <= 0.03


def test_twice_the_detectable_effect_is_seen() -> None:
    report = analyse(
        [
            {"sprint_id": f"S{i:02d}", "review_time": v}
            for i, v in enumerate(hours(np.random.default_rng(7), 10))
        ]
    )
    size = next(
        e for e in report.experiments if e.registration.metric == "review_time"
    ).registration.detectable_effect
    assert size is not None
    worked = 0
    for seed in range(200):
        rng = np.random.default_rng([seed, 4])
        factor = np.exp(-2 * np.log1p(size))
        worked += verdict(registered(), hours(rng, 9), hours(rng, 4, 24 * factor)).outcome == "worked"
    assert worked / 200 >= 0.8


def test_a_registration_is_sealed_and_leaves_out_what_triggered_it() -> None:
    rows, _ = simulated_team(seed=2)
    report = analyse([{"sprint_id": f"S{i:02d}", **r} for i, r in enumerate(rows)])
    r = next(e for e in report.experiments if e.registration.metric == "review_time").registration
    assert r.fingerprint == fingerprint(plain(replace(r, fingerprint="")))
    assert json.dumps(plain(r), allow_nan=False)
    onset = next(s for s in report.signals if s.metric == "review_time").since_sprint_id
    assert onset not in r.baseline_sprint_ids
    assert r.baseline_level is not None
    assert 18 < r.baseline_level < 32  # the new normal, not the old one: that is what the change must beat
    assert "inconclusive" in r.rule


def test_an_experiment_after_a_change_starts_from_the_new_level() -> None:
    times = [10.0, 12, 11, 9, 10, 25, 28, 27, 26]
    sprints = [
        {"sprint_id": f"S{i}", "sprint_name": f"Sprint {i}", "review_time": t} for i, t in enumerate(times)
    ]
    report = analyse(sprints)
    assert [(s.metric, s.kind, s.since_sprint_id) for s in report.signals if s.significant] == [
        ("review_time", "step", "S5")
    ]
    plans = [e.registration for e in report.experiments if e.registration.metric == "review_time"]
    assert plans
    for plan in plans:
        assert plan.baseline_sprint_ids == ("S6", "S7", "S8")  # without the sprint that made us look
        assert plan.baseline_level == 27.0
