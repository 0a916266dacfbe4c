"""The words on reports that the engine made: simulated teams, and the real team where its data is at hand."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest

from hansei.core.narrative import HEADLINE_LIMIT
from hansei.core.narrative import check as read_against
from hansei.core.pipeline import analyse
from hansei.core.report import Report
from hansei.narrative.template import TemplateNarrator
from hansei.render.csv import render as render_csv
from hansei.render.markdown import render
from hansei.stats.synthetic import CAUSES, simulated_team

SHARED = Path(__file__).resolve().parents[3].parent / "shared"
REAL = SHARED / "data" / "team_velocity" / "sprints.csv"


def simulated(cause: str, seed: int, size: float) -> list[dict[str, Any]]:
    rows, _ = simulated_team(seed=seed, cause=cause, size=size)
    return [{"sprint_id": f"s{i}", "sprint_name": f"Sprint {29 + i}", **row} for i, row in enumerate(rows)]


def real() -> list[dict[str, Any]]:
    """The author's columns under our names; points and items of planned and unplanned work together."""
    if not REAL.exists():
        pytest.skip("the real team's data lies outside the repository and is not here")
    with REAL.open(newline="") as f:
        table = [{k: float(v) for k, v in row.items()} for row in csv.DictReader(f)]
    return [
        {
            "sprint_id": str(int(r["sprint_id"])),
            "story_points_planned": r["planned_sp"],
            "story_points_completed": r["planned_sp_done"] + r["unplanned_sp_done"],
            "items_planned": r["planned_issues"],
            "items_completed": r["planned_issues_done"] + r["unplanned_issues_done"],
            "items_carried_over": r["planned_issues"] - r["planned_issues_done"],
            "bugs_other": r["bugs_issues"],
            "capacity_hours": r["team_hours"],
        }
        for r in table
    ]


def check(report: Report) -> str:
    """Check what must hold of every report; return it as Markdown."""
    narrative = TemplateNarrator().narrate(report, team_name="Heron", custom_context=None)
    assert read_against(narrative, report) == ()
    assert len(narrative.headline) <= HEADLINE_LIMIT
    stored = json.loads(json.dumps(report.to_dict()))
    text = render(stored, narrative, team_name="Heron", custom_context=None)
    assert not re.search(r"\bNone(?! of)\b|\bnan\b|\{\w+\}| {3,}|\d\.\d{3}", text)
    assert render_csv(stored).count("\r\n") > len(report.sprints)
    return text


@pytest.mark.parametrize("cause", CAUSES)
@pytest.mark.parametrize("size", [0.0, 3.2])
def test_simulated_teams(cause: str, size: float) -> None:
    for seed in range(3):
        text = check(analyse(simulated(cause, seed, size)))
        assert "## 1 · " in text


@pytest.mark.parametrize("window", [2, 4, 8, 12, 26])
def test_the_real_team(window: int) -> None:
    sprints = real()
    text = check(analyse(sprints[-window:], history=sprints[:-window]))
    assert "Sprint 66" in text or f"Sprints {67 - window}–66" in text


def test_two_sprints_alone() -> None:
    text = check(analyse(simulated("morale", 1, 0.0)[:2]))
    assert "# Not enough data yet to look for a change in Sprints 29–30" in text
    assert "What was recorded" in text


def test_what_is_told_for_a_usual_size_is_said_to_be() -> None:
    """Half the hours and the same points: more for its size, and nobody may read that more points were completed."""
    points = (41, 38, 40, 43, 39, 37, 42, 40, 41, 39, 40, 42)

    def told(hours: tuple[float, ...], values: tuple[float, ...]) -> str:
        rows = [
            {"sprint_id": f"s{i}", "capacity_hours": h, "story_points_completed": p, "wip": 5 + i % 3}
            for i, (h, p) in enumerate(zip(hours, values, strict=True))
        ]
        return check(analyse(rows))

    lasting = told((400,) * 7 + (210,) * 5, points)
    assert "For the size of the sprints, more points have been completed" in lasting
    assert "Before and now are told for a sprint of usual size." in lasting
    odd = told((400,) * 11 + (205,), (*points[:11], 60))
    assert "60 (as 117 in a sprint of usual size)" in odd
    same = told((400,) * 11 + (395,), (*points[:11], 80))
    assert "usual size" not in same.split("## 8")[0]


def test_a_value_outside_since_another_measure_changed_is_named_with_the_change_that_would_have_shown() -> (
    None
):
    """Points halve in Sprint 11; bugs go from about 2 to 9, too few to be told from the swings that they had before."""
    points = [45, 42, 40, 40, 41, 42, 46, 41, 40, 43, 22, 22, 19, 22, 23, 25]
    bugs = [3, 3, 2, 3, 0, 4, 3, 2, 1, 4, 11, 9, 9, 9, 9, 7]
    rows = [
        {"sprint_id": f"s{n}", "sprint_name": f"Sprint {n}", "story_points_completed": p, "bugs_prod": b}
        for n, (p, b) in enumerate(zip(points, bugs, strict=True), 1)
    ]
    report = analyse(rows)
    (level,) = (x for x in report.levels if x.metric == "bugs_prod")
    assert [s.metric for s in report.signals] == ["story_points_completed"]
    assert level.usual.high < 11
    summary = TemplateNarrator().narrate(report, team_name="Wren", custom_context=None).summary
    assert (
        "No change shows in bugs in production. In Sprint 11, bugs in production came to 11, above the"
        in summary
    )
    assert "In bugs in production only a change of more than" in summary
    assert "usually do" not in summary
