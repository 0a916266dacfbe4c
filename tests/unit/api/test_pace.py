"""A token's allowance: a minute's worth at once, then as fast as it refills."""

from __future__ import annotations

import pytest

from hansei.api.pace import Pace, TooManyRequests


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def taken(pace: Pace, owner: str, tries: int) -> int:
    count = 0
    for _ in range(tries):
        try:
            pace.check(owner)
        except TooManyRequests:
            continue
        count += 1
    return count


def test_a_minute_s_worth_at_once_and_no_more() -> None:
    pace = Pace(30, Clock())
    assert taken(pace, "a", 100) == 30
    assert taken(pace, "b", 100) == 30  # another token has its own


@pytest.mark.parametrize(("seconds", "more"), [(2.0, 1), (10.0, 5), (60.0, 30), (3600.0, 30)])
def test_it_refills_steadily(seconds: float, more: int) -> None:
    clock = Clock()
    pace = Pace(30, clock)
    taken(pace, "a", 100)
    clock.now += seconds
    assert taken(pace, "a", 100) == more


def test_who_waits_as_long_as_told_is_let_through() -> None:
    clock = Clock()
    pace = Pace(7, clock)
    taken(pace, "a", 7)
    with pytest.raises(TooManyRequests) as told:
        pace.check("a")
    clock.now += told.value.seconds
    pace.check("a")


def test_without_a_limit_everything_goes_through() -> None:
    assert taken(Pace(0), "a", 1000) == 1000
