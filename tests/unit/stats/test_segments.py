"""Change points of long series: planted ones, real ones, and none where there is none."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
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


def f1(found: set[int], marked: list[set[int]], margin: int = 5) -> float:
    """Precision against all annotators together, recall averaged over them (van den Burg & Williams, 2020)."""

    def hits(truth: set[int], said: set[int]) -> int:
        left, count = set(said), 0
        for t in sorted(truth):
            near = sorted((abs(t - x), x) for x in left if abs(t - x) <= margin)
            if near:
                left.discard(near[0][1])
                count += 1
        return count

    said, marked = found | {0}, [m | {0} for m in marked]
    precision = hits(set().union(*marked), said) / len(said)
    recall = float(np.mean([hits(m, said) / len(m) for m in marked]))
    return 2 * precision * recall / (precision + recall)


@pytest.mark.skipif(
    not TCPD.exists(), reason="the annotated series lie beside the repository and are not part of it"
)
def test_real_series_are_cut_as_people_cut_them() -> None:
    notes, scores = json.loads((TCPD / "annotations.json").read_text()), {}
    for file in sorted(TCPD.glob("*.json")):
        data = json.loads(file.read_text())
        if data.get("n_dim") != 1:
            continue
        y = np.array([np.nan if v is None else v for v in data["series"][0]["raw"]], dtype=float)
        places = np.flatnonzero(~np.isnan(y))
        found = {int(places[k]) for k in segments.change_points(y[places])}
        scores[data["name"]] = f1(found, [set(m) for m in notes[data["name"]].values()])
        if data["name"] == "quality_control_5":
            assert not found  # the control without a change
    assert (
        np.mean(list(scores.values())) >= 0.752 - 0.02
    )  # binary segmentation (least squares, 3 log n) on the same series
