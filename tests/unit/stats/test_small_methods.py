"""Limits, adjustment, association, forecast and power against numbers from elsewhere."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from scipy import stats

from hansei.stats import association, forecast, multiplicity, power, xmr
from hansei.stats.series import Scale, log_scale, plain_scale


def test_the_constant_of_the_chart_is_three_over_d2() -> None:
    d2 = 2 / np.sqrt(np.pi)  # expected range of two standard normal values
    assert pytest.approx(3 / d2, abs=0.002) == xmr.FACTOR


def test_limits_by_hand() -> None:
    found = xmr.limits([10.0, 12.0, 9.0, 11.0])  # ranges 2, 3, 2: mean 7/3
    assert (found.centre, found.low, found.high) == pytest.approx(
        (10.5, 10.5 - 2.66 * 7 / 3, 10.5 + 2.66 * 7 / 3)
    )
    cut = xmr.limits([1.0, 0.0, 5.0, 0.0], lower=0.0, upper=10.0)
    assert cut.low == 0.0
    assert cut.high == pytest.approx(1.5 + 2.66 * 11 / 3 if 1.5 + 2.66 * 11 / 3 < 10 else 10.0)


#: NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2.2, "Individuals control charts": ten batches of a flow rate,
#: with the centre and limits printed there.
FLOW = [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]


def test_limits_agree_with_a_published_example() -> None:
    found = xmr.limits(FLOW)
    assert found.centre == pytest.approx(50.81)
    assert np.abs(np.diff(FLOW)).mean() == pytest.approx(1.8778, abs=1e-4)
    assert (found.low, found.high) == pytest.approx((45.8159, 55.8041), abs=0.002)  # there with 3 / 1.128
    assert (
        xmr.broken(FLOW, found) == ()
    )  # "the process is in control, since none of the plotted points fall outside"


def test_the_rules_of_the_chart_one_by_one() -> None:
    band = xmr.Limits(10.0, 4.0, 16.0)
    calm = [10.0, 11.0, 9.0, 12.0, 8.0, 10.0]
    assert xmr.broken(calm, band) == ()
    assert xmr.broken([*calm, 17.0], band) == ((6, "outside"),)
    assert xmr.broken([4.0, 16.0], band) == ()  # on a limit is not outside
    assert xmr.broken([10.0, 14.0, 10.0, 14.0, 14.0], band) == ((4, "three of four"),)
    assert xmr.broken([14.0, 6.0, 14.0, 6.0], band) == ()  # nearer to a limit, but to different ones
    assert xmr.broken([11.0] * 7, band) == ()
    assert xmr.broken([11.0] * 9, band) == ((7, "run"), (8, "run"))
    assert xmr.broken([11.0] * 5 + [10.0] + [11.0] * 5, band) == ()  # on the centre: the run is broken


@pytest.mark.parametrize("dependent", [False, True])
def test_adjusted_p_values_agree_with_scipy(dependent: bool) -> None:
    p = np.random.default_rng(1).uniform(0, 0.3, 40)
    wanted = stats.false_discovery_control(p, method="by" if dependent else "bh")
    assert multiplicity.adjust(p, dependent=dependent) == pytest.approx(wanted)
    assert multiplicity.adjust(np.array([])).size == 0


@pytest.mark.parametrize(("dependent", "name"), [(False, "fdr_bh"), (True, "fdr_by")])
def test_adjusted_p_values_agree_with_statsmodels(dependent: bool, name: str) -> None:
    from statsmodels.stats.multitest import multipletests

    p = np.random.default_rng(2).beta(0.6, 3.0, 60)
    chosen, wanted, _, _ = multipletests(p, 0.05, method=name)
    ours = multiplicity.adjust(p, dependent=dependent)
    assert ours == pytest.approx(wanted)
    assert ((ours <= 0.05) == chosen).all()


def test_rank_correlations_agree_with_scipy() -> None:
    rng = np.random.default_rng(5)
    a, b = rng.standard_normal((3, 12)).round(1), rng.standard_normal((2, 12)).round(1)
    ours = association.spearman(a, b)
    for i in range(3):
        for j in range(2):
            assert ours[i, j] == pytest.approx(stats.spearmanr(a[i], b[j]).statistic)
    assert association.spearman(np.ones((1, 5)), np.arange(5.0)[None])[0, 0] == 0.0


def test_p_values_agree_with_every_order_of_seven() -> None:
    n = 7
    base = np.arange(n) - (n - 1) / 2
    every = np.array([base[list(p)] @ base for p in permutations(range(n))]) / (base @ base)
    for r in (0.6, 0.75, 0.9):
        exact = float((np.abs(every) >= r - 1e-12).mean())
        ours = float(association.p_value(np.array([r]), n, lost=0)[0])
        assert ours == pytest.approx(exact, abs=0.03)
    assert association.p_value(np.array([1.0]), n, lost=0)[0] == pytest.approx((np.abs(every) > 0.999).mean())


def test_ranks_of_long_rows_are_those_of_short_ones() -> None:
    y = np.random.default_rng(3).integers(0, 20, (4, 60)).astype(float)
    assert (association.ranks(y) == stats.rankdata(y, axis=1) - 30.5).all()
    assert (association.ranks(y[:, :30]) == stats.rankdata(y[:, :30], axis=1) - 15.5).all()


def test_p_values_below_a_level_are_the_same_p_values() -> None:
    r = np.linspace(-1, 1, 201)
    every, some = association.p_value(r, 14, 0.2), association.p_below(r, 14, 0.01, 0.2)
    assert ((every <= 0.01) == (some <= 0.01)).all()
    assert some[some < 1] == pytest.approx(every[some < 1])


def test_p_values_are_uniform_when_nothing_goes_together() -> None:
    rng = np.random.default_rng(8)
    rest = association.residuals(rng.standard_normal((400, 12)))
    p = association.p_value(np.diag(association.spearman(rest[:200], rest[200:])), 12)
    assert (p < 0.05).mean() < 0.1
    assert 0.4 < p.mean() < 0.6


def test_forecast_ranges_widen_and_hold() -> None:
    held: np.ndarray = np.zeros(3)
    for seed in range(60):
        values = np.random.default_rng(seed).normal(36, 5, 13).round()
        found = forecast.next_value(values[:-1])
        assert found is not None
        widths = [r.high - r.low for r in found.ranges]
        assert widths == sorted(widths)
        assert all(r.low <= found.middle <= r.high and 0 <= r.held <= r.tried == 8 for r in found.ranges)
        held += [r.low <= values[-1] <= r.high for r in found.ranges]
    assert 0.4 < held[0] / 60 < 0.68
    assert held[1] / 60 > 0.75
    assert held[2] / 60 > 0.88


@pytest.mark.parametrize("values", [[3.0, 4.0, 5.0], [7.0] * 9, [0.0] * 6])
def test_no_forecast_without_enough_to_go_by(values: list[float]) -> None:
    assert forecast.next_value(np.array(values)) is None


def test_detectable_two_sample_shift_has_the_power_it_says() -> None:
    rng = np.random.default_rng(0)
    shift = power.two_sample_shift(9, 4)
    a, b = rng.standard_normal((4000, 9)), rng.standard_normal((4000, 4)) + shift
    assert (stats.ttest_ind(b, a, axis=1).pvalue < 0.05).mean() == pytest.approx(0.8, abs=0.03)


def test_variance_inflation_against_a_simulation() -> None:
    from hansei.stats.synthetic import latent

    rng = np.random.default_rng(1)
    means = [latent(rng, 10, 0.5).mean() for _ in range(6000)]
    assert np.var(means) * 10 == pytest.approx(power.inflation(0.5, 10), rel=0.06)


@pytest.mark.parametrize(
    "scale",
    [
        log_scale(np.array([3.0, 5.0, 9.0]), 0.2, 2),
        Scale("root"),
        Scale("arcsine", 100.0, upper=100.0),
        plain_scale(np.array([3.0, 5.0, 9.0])),
    ],
)
def test_scales_go_there_and_back(scale: Scale) -> None:
    x = np.array([0.5, 3.0, 42.0])
    back = [scale.inverse(float(v)) for v in scale.forward(x)]
    wanted = [max(v, 1.5) for v in x] if scale.form == "log" else x.tolist()
    assert back == pytest.approx(wanted)
