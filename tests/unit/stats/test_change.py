"""Marginal likelihoods against numerical integration, and what follows from them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats

from hansei.stats import change
from hansei.stats.series import resolution


def numeric_log_bf(
    y: np.ndarray, x: np.ndarray, phi: float, tau: float, noise: float, weight: float, way: int
) -> float:
    """Integrate level, effect and sigma by quadrature over the multivariate normal density."""
    seen = np.flatnonzero(~np.isnan(y))
    cov = phi ** np.abs(seen[:, None] - seen[None, :]).astype(float) if phi else np.eye(seen.size)
    inv, one, data, shape = np.linalg.inv(cov), np.ones(seen.size), y[seen], x[seen]
    sigma = np.exp(np.linspace(np.log(0.02), np.log(50), 1500))
    prior = sigma ** (-weight - 1) * np.exp(-0.5 * weight * noise**2 / sigma**2)  # scaled inverse chi-squared

    def likelihood(effect: np.ndarray) -> np.ndarray:  # the level integrated out under a flat prior
        r = data[None, :] - effect[:, None] * shape[None, :]
        r = r - (r @ inv @ one / (one @ inv @ one))[:, None]
        q = ((r @ inv) * r).sum(axis=1) / sigma**2
        return np.asarray(np.exp(-0.5 * q) * sigma ** (1 - seen.size) * prior)

    width = 0.01
    effects = np.arange(width / 2, 12, width)  # in units of sigma
    sign = 1 if way == 0 else -1
    parts = [likelihood(sign * e * sigma) * (2 * stats.norm.pdf(e / tau) / tau * width) for e in effects]
    moved = np.sum(parts, axis=0)
    ratio = integrate.trapezoid(moved, sigma) / integrate.trapezoid(likelihood(0 * sigma), sigma)
    return float(np.log(ratio))


@pytest.mark.parametrize("phi_at", [0, 2])
@pytest.mark.parametrize("way", [0, 1])
def test_bayes_factors_agree_with_quadrature(phi_at: int, way: int) -> None:
    rng = np.random.default_rng(4)
    y = rng.standard_normal(9) * 0.3 + 0.5 * (np.arange(9) >= 6)
    y[2] = np.nan
    noise, weight, tau = 0.25, 2.0, 1.5
    seen = ~np.isnan(y)
    phi = change.PHIS[phi_at]
    design = change._design(seen.tobytes(), 1)
    filled = np.where(seen, y, 0.0)
    total = ((design.whiten[phi_at] @ filled) ** 2).sum() + weight * noise**2
    dof = np.array([weight + seen.sum() - 1.0])
    for h in (5, 6, 12):
        cross = design.project[phi_at, h] @ filled
        size = design.size[phi_at, h]
        ours = change._log_bf(np.array([[[cross]]]), np.array([[[size]]]), np.array([[total]]), dof, (tau,))[
            0
        ]
        wanted = numeric_log_bf(y, change.shapes(9).paths[h], phi, tau, noise, weight, way)
        assert ours[0, 0, 0, way] == pytest.approx(wanted, abs=0.005)


def test_one_sided_tails_agree_with_students_t() -> None:
    t = np.linspace(-8, 8, 81)
    for nu in (3.0, 5.0, 12.0, 40.0):
        ours = np.exp(change.log_tails(t, nu * np.log1p(t * t / nu), np.full(81, nu)))
        assert np.abs(ours[:, 0] - stats.t.cdf(t, nu)).max() < 0.004
        assert np.abs(ours.sum(axis=1) - 1).max() < 1e-12


@pytest.mark.parametrize("phi", [0.0, 0.3, 0.6])
def test_the_whitener_inverts_the_covariance_with_gaps(phi: float) -> None:
    seen = np.array([1, 1, 0, 1, 0, 0, 1, 1], bool)
    w = change.whitener(seen, phi)
    at = np.flatnonzero(seen)
    cov = phi ** np.abs(at[:, None] - at[None, :]).astype(float) if phi else np.eye(at.size)
    assert (w[np.ix_(at, at)].T @ w[np.ix_(at, at)]) == pytest.approx(np.linalg.inv(cov), abs=1e-9)


def test_the_shared_autocorrelation_is_found() -> None:
    from hansei.stats.synthetic import latent

    for true in (0.0, 0.3, 0.45):
        means = []
        for seed in range(8):
            rng = np.random.default_rng([seed, int(100 * true)])
            y = np.array([latent(rng, 20, true) for _ in range(25)])
            found = change.evidence(y, np.ones(25), np.ones(25), np.zeros(25))
            means.append(float(found.phi @ np.array(change.PHIS)))
        assert np.mean(means) == pytest.approx(true, abs=0.08)


def test_a_missing_value_is_the_same_as_a_shorter_series_at_phi_zero() -> None:
    rng = np.random.default_rng(0)
    y = rng.standard_normal(10)
    gap = np.insert(y, 4, np.nan)
    a = change.estimate(y, (np.arange(10) >= 6).astype(float), 0.0, 1.0, 2.0, 0.0)
    b = change.estimate(gap, (np.arange(11) >= 7).astype(float), 0.0, 1.0, 2.0, 0.0)
    assert (a.before, a.after, a.low, a.high) == pytest.approx((b.before, b.after, b.low, b.high))


def test_the_interval_of_a_step_is_the_two_sample_interval() -> None:
    rng = np.random.default_rng(2)
    y = rng.standard_normal(14)
    fit = change.estimate(y, (np.arange(14) >= 8).astype(float), 0.0, 1.0, 0.0, 0.0)
    wanted = stats.ttest_ind(y[8:], y[:8]).confidence_interval(0.95)
    assert (fit.low, fit.high) == pytest.approx((wanted.low, wanted.high))


def test_the_grain_of_counts_is_one() -> None:
    assert resolution(np.array([3.0, 7.0, 4.0, 4.0])) == 1.0
    assert resolution(np.array([2.0, 2.0])) == 0.0
