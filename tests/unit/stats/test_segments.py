"""Change points of long series: planted ones, real ones, and none where there is none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from benchmarks.evidence import annotated
from scipy import integrate, stats

from hansei.stats import segments
from hansei.stats.synthetic import latent

TCPD = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "tcpd"


def test_planted_changes_are_found_where_they_are() -> None:
    rng = np.random.default_rng(0)
    y = np.concatenate([rng.normal(0, 1, 40), rng.normal(4, 1, 30), rng.normal(1, 1, 30)])
    found = segments.change_points(y)
    assert len(found) == 2
    assert np.abs(np.array(found) - [40, 70]).max() <= 2


@pytest.mark.parametrize("phi", [0.0, 0.4])
def test_noise_alone_has_none(phi: float) -> None:
    found = [segments.change_points(latent(np.random.default_rng(s), 60, phi)) for s in range(60)]
    assert sum(bool(f) for f in found) <= 4


def test_short_and_constant_series_have_none() -> None:
    assert segments.change_points(np.array([1.0, 9.0, 1.0])) == ()
    assert segments.change_points(np.full(30, 7.0)) == ()
    assert not segments.wanders(np.array([1.0, 2.0]))


def test_the_likelihood_of_a_stretch_agrees_with_quadrature() -> None:
    values, noise = np.array([0.3, -0.2, 0.9, 0.4]), 0.5
    k, nu = segments.MEAN_WEIGHT, segments.NOISE_WEIGHT
    sigma = np.exp(np.linspace(np.log(0.05), np.log(60), 3000))
    # the mean integrated by hand: the values are jointly normal with this covariance
    one = np.ones((4, 4)) / k + np.eye(4)
    density = stats.multivariate_normal(np.zeros(4), one)
    like = np.array([density.pdf(values / s) / s**4 for s in sigma])
    prior = stats.invgamma(nu / 2, scale=nu * noise / 2).pdf(sigma**2) * 2 * sigma
    wanted = np.log(integrate.trapezoid(like * prior, sigma))
    ours = segments._stretch(np.array([4]), np.array([values.sum()]), np.array([(values**2).sum()]), noise)[0]
    assert ours == pytest.approx(wanted, abs=0.01)


@pytest.mark.skipif(
    not TCPD.exists(), reason="the annotated series lie beside the repository and are not part of it"
)
def test_real_series_are_cut_as_people_cut_them() -> None:
    found = annotated.study(TCPD)
    assert len(found["series"]) >= 14
    assert found["f1"] >= found["binary segmentation f1"] - 0.02
    assert found["cover"] >= found["binary segmentation cover"] - 0.02
    assert not found["control"]  # quality_control_5, where all five people saw no change


def test_the_measures_of_the_annotated_series_by_hand() -> None:
    # 20 values; people mark 10 (both) and 5 (one of two); we say 11
    assert annotated.f1([11], [[10], [5, 10]]) == pytest.approx(2 * 1.0 * (5 / 6) / (1 + 5 / 6))
    # stretches 0-9, 10-19 against 0-10, 11-19: overlaps 10/11 and 9/10, weighed by 10 and 10
    assert annotated.cover([11], [[10]], 20) == pytest.approx((10 * 10 / 11 + 10 * 9 / 10) / 20)
    assert annotated.cover([], [[]], 20) == 1.0
