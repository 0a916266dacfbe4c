"""What sprints of different size are compared by, and what is said about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from hansei import analyse
from hansei.core.exposure import find_exposure
from hansei.core.metrics import parse_sprint
from hansei.stats.synthetic import latent


def sized(
    sizes: Sequence[float | None], metric: str, seed: int = 0, per: float = 0.1
) -> list[dict[str, Any]]:
    """Return sprints whose points grow with their size."""
    noise = latent(np.random.default_rng(seed), len(sizes), 0.0)
    return [
        {
            "sprint_id": f"S{i:02d}",
            metric: size,
            "story_points_completed": round(per * (size or 400.0) * float(np.exp(0.06 * z)), 1),
            "review_time": 12.0 + float(z),
        }
        for i, (size, z) in enumerate(zip(sizes, noise, strict=True))
    ]


FULL, HALF = 400.0, 200.0


def test_half_the_team_away_is_no_fall_in_points() -> None:
    sprints = sized([FULL] * 9 + [HALF] * 3, "capacity_hours")
    without = [{k: v for k, v in s.items() if k != "capacity_hours"} for s in sprints]
    told = [s.metric for s in analyse(without).signals if s.significant]
    assert "story_points_completed" in told
    report = analyse(sprints)
    assert not [s for s in report.signals if s.metric == "story_points_completed"]
    assert any("per hour of capacity" in n and "400 h" in n for n in report.notes)


def test_a_fall_per_hour_is_seen_though_the_points_look_steady() -> None:
    sprints = sized([HALF] * 9 + [FULL] * 3, "capacity_hours")
    for s in sprints[9:]:
        s["story_points_completed"] /= 2
    found = {s.metric: s for s in analyse(sprints).signals if s.significant}
    signal = found["story_points_completed"]
    assert signal.direction == "down"
    assert signal.after == pytest.approx(signal.before / 2, rel=0.15)


def test_what_is_no_flow_stays_as_it_is() -> None:
    sprints = sized([FULL, HALF] * 6, "capacity_hours")
    plain = [{k: v for k, v in s.items() if k != "capacity_hours"} for s in sprints]

    def level(rows: list[dict[str, Any]]) -> Any:
        return next(x for x in analyse(rows).levels if x.metric == "review_time")

    assert level(sprints).usual == level(plain).usual


@pytest.mark.parametrize(("known", "used"), [(12, True), (10, True), (9, False)])
def test_a_size_counts_from_four_fifths_of_the_sprints_on(known: int, used: bool) -> None:
    sizes: list[float | None] = [FULL, HALF] * 6
    report = analyse(sized([*sizes[:known], *[None] * (12 - known)], "capacity_hours"))
    notes = [n for n in report.notes if "per hour of capacity" in n]
    assert bool(notes) == used
    assert any("not compared" in n for n in notes) == (used and known < 12)
    assert not any("long ago" in n for n in report.notes)


def test_people_times_days_where_there_are_no_hours() -> None:
    rows = sized([10.0] * 6 + [5.0] * 6, "working_days", per=4)
    for s in rows:
        s["team_size"] = 6
    found = find_exposure([parse_sprint(s) for s in rows], _table(rows))
    assert found is not None
    assert found.per == "person and working day"
    assert found.usual == 45.0
    assert found.relative.tolist() == pytest.approx([60 / 45] * 6 + [30 / 45] * 6)


def test_sprints_of_equal_size_need_no_comparison() -> None:
    rows = sized([FULL] * 12, "capacity_hours")
    assert find_exposure([parse_sprint(s) for s in rows], _table(rows)) is None


def test_longer_sprints_are_compared_per_working_day_by_their_dates() -> None:
    dates = [("2025-01-06", "2025-01-17"), ("2025-01-20", "2025-01-31"), ("2025-02-03", "2025-02-14"),
             ("2025-02-17", "2025-02-28"), ("2025-03-03", "2025-03-14"), ("2025-03-17", "2025-04-04")]  # fmt: skip
    rows: list[dict[str, Any]] = [
        {"sprint_id": f"S{i}", "start_date": a, "end_date": b, "items_completed": 10}
        for i, (a, b) in enumerate(dates)
    ]
    found = find_exposure([parse_sprint(s) for s in rows], _table(rows))
    assert found is not None
    assert (found.per, found.usual) == ("working day", 10.0)
    assert found.relative.tolist() == [1.0] * 5 + [1.5]  # three weeks
    rows[-1]["end_date"] = "2025-03-31"  # one working day more than usual: no different length
    assert find_exposure([parse_sprint(s) for s in rows], _table(rows)) is None


def _table(rows: list[dict[str, Any]]) -> dict[str, Any]:
    names = {k for s in rows for k in s} - {"sprint_id", "start_date", "end_date"}
    return {m: np.array([np.nan if s.get(m) is None else s[m] for s in rows], dtype=float) for m in names}


def test_a_tiny_sprint_is_not_scaled_up_to_news() -> None:
    """Five points in two days are not thirty in ten: most of that would be chance."""
    for seed in range(20):
        sprints = sized([FULL] * 11 + [0.2 * FULL], "capacity_hours", seed)
        sprints[-1]["story_points_completed"] = 19.0  # as 95 in a sprint of usual size
        report = analyse(sprints)
        assert not [s for s in report.signals if s.metric == "story_points_completed"]
        assert any("not compared: 1 less than half or more than twice as large." in n for n in report.notes)


def test_where_too_few_sprints_can_be_compared_there_is_a_reason() -> None:
    report = analyse(sized([FULL, 0.1 * FULL, 0.1 * FULL, FULL, FULL], "capacity_hours"))
    assert [(r.metric, r.reason) for r in report.refusals if r.metric == "story_points_completed"] == [
        ("story_points_completed", "sizes")
    ]


def test_signals_say_that_they_are_told_for_a_usual_size() -> None:
    sprints = sized([HALF] * 9 + [FULL] * 3, "capacity_hours")
    for s in sprints[9:]:
        s["story_points_completed"] /= 2
        s["review_time"] *= 3
    found = {s.metric: s.sized for s in analyse(sprints).signals if s.significant}
    assert found == {"story_points_completed": True, "review_time": False}
