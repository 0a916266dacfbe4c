"""Simulated teams are what they say, and the counting counts right."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from hansei.stats import scoring, synthetic
from hansei.stats.scoring import Case
from hansei.stats.synthetic import Truth, World


def test_the_same_arguments_give_the_same_team() -> None:
    a, b = synthetic.team(4, 12, world=World(missing=0.1)), synthetic.team(4, 12, world=World(missing=0.1))
    assert a == b
    assert a != synthetic.team(5, 12, world=World(missing=0.1))


def test_the_noise_has_the_variance_and_the_autocorrelation_asked_for() -> None:
    rng = np.random.default_rng(0)
    z = np.array([synthetic.latent(rng, 30, 0.4) for _ in range(800)])
    assert z.var() == pytest.approx(1.0, abs=0.05)
    assert np.corrcoef(z[:, :-1].ravel(), z[:, 1:].ravel())[0, 1] == pytest.approx(0.4, abs=0.03)
    heavy = np.array([synthetic.latent(rng, 30, 0.0, 5) for _ in range(800)])
    assert heavy.var() == pytest.approx(1.0, abs=0.1)
    assert stats.kurtosis(heavy.ravel()) > 2


@pytest.mark.parametrize("cause", [*synthetic.CAUSES, "improvement"])
def test_a_planted_cause_moves_its_first_metric(cause: str) -> None:
    truth = synthetic.planted(np.random.default_rng(1), cause, 40, 20, 4.0)
    metric = max(truth.effects, key=lambda m: abs(truth.effects[m]))
    rows = synthetic.team(9, 40, truth)
    before, after = (np.mean([r[metric] for r in part]) for part in (rows[:20], rows[20:]))
    assert np.sign(after - before) == np.sign(truth.effects[metric])


def test_blocks_of_missing_values_are_longer_than_single_ones() -> None:
    rows = synthetic.team(3, 200, world=World(missing=0.15, blocks=True))
    gaps = "".join("." if "review_time" in r else "x" for r in rows)
    runs = [len(g) for g in gaps.split(".") if g]
    assert runs
    assert min(len(g) for g in gaps.rstrip("x").split(".") if g) >= 3


def test_the_demo_team_is_as_its_page_says() -> None:
    rows, truth = synthetic.simulated_team(seed=3)
    assert truth.cause == "review_bottleneck"
    assert np.mean([r["review_time"] for r in rows[:7]]) == pytest.approx(14, abs=2.5)
    assert np.mean([r["review_time"] for r in rows[7:]]) == pytest.approx(24, abs=5)
    assert all(0 <= r["team_happiness"] <= 10 for r in rows)


def case(cause: str | None, moved: set[tuple[str, int]], p: float, leads: tuple[str, ...] = ()) -> Case:
    truth = Truth(cause, 6, {"review_time": 3.0, "wip": 1.0} if cause else {})
    return Case("plain", 12, truth, frozenset(moved), {"a": p, "b": 0.1, "none": 0.9 - p}, leads)


def test_counting_by_hand() -> None:
    cases = [
        case(None, set(), 0.1),
        case(None, {("wip", 1)}, 0.6, ("a",)),
        case("a", {("review_time", 1)}, 0.9, ("a",)),
        case("a", {("review_time", -1), ("bugs_prod", 1)}, 0.7, ("a",)),
    ]
    alarm, hit, foreign, lead = (
        f(cases) for f in (scoring.false_alarms, scoring.power, scoring.unmoved, scoring.lead_found)
    )
    assert alarm is not None
    assert (alarm.rate, alarm.of) == (0.5, 2)
    assert hit is not None
    assert hit.rate == 0.5
    assert foreign is not None
    assert foreign.rate == 0.5
    assert lead is not None
    assert lead.rate == 1.0
    words = {r.word: (r.leads, r.stated, r.observed) for r in scoring.reliability(cases)}
    assert words == {"High": (1, 0.9, 1.0), "Medium": (2, pytest.approx(0.65), 0.5)}
    brier, error = scoring.skill(cases)
    # family a: (0.01 + 0.36 + 0.01 + 0.09) / 4, family b: 0.01; base rates 0.5 and 0
    assert brier == pytest.approx(1 - (0.1175 + 0.01) / 0.25)
    assert 0 < error < 1


def test_the_interval_of_a_share_agrees_with_scipy() -> None:
    ours = scoring.rate([True] * 7 + [False] * 33)
    wanted = stats.binomtest(7, 40).proportion_ci(method="wilson")
    assert ours is not None
    assert (ours.low, ours.high) == pytest.approx((wanted.low, wanted.high), abs=1e-4)
    assert scoring.rate([]) is None
