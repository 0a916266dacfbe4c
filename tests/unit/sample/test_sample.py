"""The sample data: as built, as mapped by hand, and honest about what is assumed."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

import pytest

from hansei import sample
from hansei.core.metrics import REGISTRY, parse_sprint
from hansei.sample import build


@pytest.mark.parametrize(
    ("name", "make"), [("simulated.json", build.simulated), ("velocity.json", build.velocity)]
)
def test_the_files_are_what_the_build_makes(name: str, make: object) -> None:
    assert callable(make)
    kept = (resources.files(sample) / "data" / name).read_text(encoding="utf-8")
    assert kept == build.text(make()), "run python -m hansei.sample.build"


@pytest.mark.parametrize("team", sample.teams(), ids=lambda t: t.team_id)
def test_every_sprint_can_be_read_and_has_ended(team: sample.Team) -> None:
    sprints = [parse_sprint(s) for s in team.sprints]
    assert len({s.sprint_id for s in sprints}) == len(sprints)
    moments = [moment for s in sprints for moment in (s.start, s.end) if moment is not None]
    assert len(moments) == 2 * len(sprints)
    assert moments == sorted(set(moments))
    last = sprints[-1].end
    assert last is not None
    assert last < datetime(2026, 11, 1, tzinfo=UTC)


def test_the_real_team_mapped_by_hand() -> None:
    # Sprint 55 of the source: 520 h, 21 issues and 107 points planned; done 18 + 3 issues, 102 + 17 points; bugs 4, 12.
    team = sample.team("sample-velocity")
    assert team is not None
    sprint = parse_sprint(next(s for s in team.sprints if s["sprint_id"] == "55"))
    assert sprint.values == {
        "capacity_hours": 520,
        "story_points_planned": 107,
        "story_points_completed": 119,
        "say_do_ratio": 0.9533,
        "items_planned": 21,
        "items_completed": 21,
        "unplanned_work_percent": 14.29,
    }
    assert sprint.extra == {"bug_issues": 4, "bug_points": 12}
    assert "assumed" in team.note


def test_the_real_team_sums_to_what_its_publisher_says() -> None:
    # The publisher's own figures: 87 points a sprint on average, 137 in Sprint 61, 73.00 % of the committed done.
    team = sample.team(sample.REAL)
    assert team is not None
    points = {s["sprint_id"]: s["story_points_completed"] for s in team.sprints}
    assert round(sum(points.values()) / len(points)) == 87
    assert max(points, key=points.__getitem__) == "61"
    assert points["61"] == 137
    done = sum(s["say_do_ratio"] * s["story_points_planned"] for s in team.sprints)
    assert 100 * done / sum(s["story_points_planned"] for s in team.sprints) == pytest.approx(73.00, abs=0.01)


def test_the_csv_is_the_original(shared: Path) -> None:
    kept = (resources.files(sample) / "data/team_velocity.csv").read_bytes()
    assert kept == (shared / "data/team_velocity/sprints.csv").read_bytes()


def test_the_planted_truth_is_stated_and_is_in_the_numbers() -> None:
    truth, team = sample.truth(), sample.team()
    assert team is not None
    ids = [s["sprint_id"] for s in team.sprints]
    onset = ids.index(truth.onset_sprint_id)
    assert (truth.cause, truth.onset_sprint_name, onset) == ("review_bottleneck", "Sprint 36", 9)
    assert truth.effects[0].metric == "review_time"
    for effect in truth.effects:
        assert effect.metric in REGISTRY
        before = [s[effect.metric] for s in team.sprints[:onset]]
        since = [s[effect.metric] for s in team.sprints[onset:]]
        assert effect.before == pytest.approx(sum(before) / len(before), abs=0.005)
        assert effect.since == pytest.approx(sum(since) / len(since), abs=0.005)
        assert (effect.since > effect.before) == (effect.sigma > 0)


def test_an_unknown_team_is_none() -> None:
    assert sample.team("nobody") is None


def test_the_licence_ships_with_the_data() -> None:
    text = (resources.files(sample) / "data/LICENSE.team_velocity.txt").read_text(encoding="utf-8")
    assert "Copyright (c) 2024 Xavi Velasco" in text
    assert "The above copyright notice and this permission notice shall be included" in text
