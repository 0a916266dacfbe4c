"""Which series are one recorded twice."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from hansei.stats.copies import Copy, copies
from hansei.stats.series import order_chance

NAN = float("nan")


@pytest.mark.parametrize(
    "values",
    [
        [0, 0, 0, 0, 0, 1, 1, 1],  # two different values
        [2, 2, 2, 2, 5, 5, 5, 9, 9],  # three
        [14.1, 12.9, 15.0, 13.3, 12.2],  # all
        [1e-12, 3e-12, 2e-12, 5e-12, 4e-12],
        [1e12, 3e12, 2e12, 5e12, 4e12],
        [-1.0, 2.0, 0.0, -3.0, 4.0],
    ],
)
@pytest.mark.parametrize("factor", [1.0, 60.0, 1 / 3600, 1e-12])
def test_equal_columns_are_one_in_any_unit_however_few_values_differ(
    values: list[float], factor: float
) -> None:
    row = np.array(values, dtype=float)
    found = copies(np.array([row, row[::-1] + 1.0, factor * row]))
    assert {at: (c.of, c.chance) for at, c in found.items()} == {2: (0, False)}
    assert found[2].factor == pytest.approx(factor)


def test_many_equal_columns_are_all_copies_of_the_first() -> None:
    row = np.array([0.0, 0, 0, 0, 0, 2, 2, 2])
    assert {at: c.of for at, c in copies(np.tile(row, (6, 1))).items()} == dict.fromkeys(range(1, 6), 0)


def test_the_chance_of_an_order_is_counted_right() -> None:
    for values in ([0, 0, 0, 1], [1, 1, 2, 2, 3], [1, 2, 3, 4]):
        every = list(permutations(values))
        assert order_chance(np.array(values, dtype=float)) == pytest.approx(
            every.count(tuple(values)) / len(every)
        )


@pytest.mark.parametrize(
    ("values", "chance"),
    [([0.0] * 11 + [1], True), ([0.0] * 8 + [1] * 4, False), ([1.0, 1, 2, 2], True), ([1.0, 2, 3, 4], False)],
)
def test_what_comes_by_chance_is_called_a_coincidence(values: list[float], chance: bool) -> None:
    assert copies(np.array([values, values]))[1].chance is chance


def test_missing_values_neither_hide_a_copy_nor_make_one() -> None:
    row = np.array([14.0, 12, 15, 13, 16, 11, 14, 17, 12, 13])
    gaps = row.copy()
    gaps[[2, 7]] = NAN
    assert copies(np.array([gaps, row])) == {0: Copy(1, 1.0, chance=False)}  # the one with fewer values
    begun, ended = row.copy(), row.copy()
    begun[:5] = NAN
    ended[8:] = NAN
    assert copies(np.array([begun, ended])) == {}  # three sprints in common are too few to tell


def test_rounding_in_another_unit_hides_no_copy() -> None:
    for seed in range(50):
        hours = np.random.default_rng(seed).lognormal(3, 0.25, 12)
        found = copies(np.array([hours.round(1), (60 * hours).round()]))
        assert list(found) == [1], seed
        assert found[1].factor == pytest.approx(60, rel=0.01)


def test_measures_that_go_together_are_not_one() -> None:
    """Points planned and completed, nearly the same in most sprints; cycle and review time, closely coupled."""
    for seed in range(200):
        rng = np.random.default_rng(seed)
        planned = rng.integers(20, 60, 12).astype(float)
        completed = planned - rng.integers(0, 3, 12)
        review = rng.lognormal(2.5, 0.3, 12)
        cycle = 8 * review * np.exp(0.06 * rng.standard_normal(12))
        assert copies(np.array([planned, completed, review.round(1), cycle.round(1)])) == {}, seed


def test_counts_of_different_things_are_rarely_taken_for_one() -> None:
    wrong = 0
    for seed in range(300):
        rows = np.random.default_rng(seed).poisson(1.5, (8, 12)).astype(float)
        wrong += sum(not c.chance for c in copies(rows[np.ptp(rows, axis=1) > 0]).values())
    assert wrong == 0
