"""Make the sample data: ``python -m hansei.sample.build`` writes the files of ``data/`` anew.

The files are kept in the repository, so that the demo neither computes nor changes; a test compares them with
what this module makes.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hansei import sample
from hansei.stats.synthetic import simulated_team

DATA = Path(__file__).parent / "data"
CADENCE = timedelta(days=14)
#: Every sprint ends on a Friday; the last one on this day.
LAST_END = datetime(2026, 10, 30, 16, tzinfo=UTC)
SEED, SPRINTS, ONSET, SIZE, FIRST_NUMBER = 11, 14, 9, 3.2, 27
PEOPLE = 7


def simulated() -> dict[str, Any]:
    """Return the simulated team with its truth."""
    rows, planted = simulated_team(
        seed=SEED, sprints=SPRINTS, cause="review_bottleneck", onset=ONSET, size=SIZE
    )
    # A team large enough for its happiness to be shown.
    context = {"team_size": PEOPLE, "team_happiness_answers": PEOPLE}
    sprints = [
        _header(i, SPRINTS, f"ALPHA-{FIRST_NUMBER + i}", FIRST_NUMBER + i) | row | context
        for i, row in enumerate(rows)
    ]
    effects = [
        {
            "metric": metric,
            "sigma": round(sigma, 2),
            "before": _mean(rows[:ONSET], metric),
            "since": _mean(rows[ONSET:], metric),
        }
        for metric, sigma in planted.effects.items()
    ]
    return {
        "team_id": sample.SIMULATED,
        "name": "Team Alpha (simulated)",
        "note": "Simulated: no such team exists, and what was planted in its numbers is known.",
        "truth": {
            "cause": planted.cause,
            "onset_sprint_id": sprints[ONSET]["sprint_id"],
            "onset_sprint_name": sprints[ONSET]["sprint_name"],
            "effects": effects,
        },
        "sprints": sprints,
    }


def velocity() -> dict[str, Any]:
    """Return the real team, mapped onto the registry (README.md gives the reason for each choice)."""
    with (DATA / "team_velocity.csv").open(encoding="utf-8", newline="") as file:
        rows = [{k: int(v) for k, v in row.items()} for row in csv.DictReader(file)]
    sprints = [
        _header(i, len(rows), str(row["sprint_id"]), row["sprint_id"]) | _mapped(row)
        for i, row in enumerate(rows)
    ]
    return {
        "team_id": sample.REAL,
        "name": "Team Velocity (real, anonymous)",
        "note": "A real team's numbers, modified by their publisher (Xavi Velasco, MIT). They came without dates: "
        "sprints of two weeks, one after the other, are assumed.",
        "sprints": sprints,
    }


def _mapped(row: Mapping[str, int]) -> dict[str, Any]:
    done = row["planned_issues_done"] + row["unplanned_issues_done"]
    return {
        "capacity_hours": row["team_hours"],
        "story_points_planned": row["planned_sp"],
        "story_points_completed": row["planned_sp_done"] + row["unplanned_sp_done"],
        "say_do_ratio": round(row["planned_sp_done"] / row["planned_sp"], 4),
        "items_planned": row["planned_issues"],
        "items_completed": done,
        "unplanned_work_percent": round(100 * row["unplanned_issues_done"] / done, 2),
        "bug_issues": row["bugs_issues"],
        "bug_points": row["bugs_sp"],
    }


def _header(index: int, sprints: int, sprint_id: str, number: int) -> dict[str, Any]:
    end = LAST_END - (sprints - 1 - index) * CADENCE
    start = end - timedelta(days=11, hours=8)  # the Monday before last, 8:00
    return {
        "sprint_id": sprint_id,
        "sprint_name": f"Sprint {number}",
        "start_date": start.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "end_date": end.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _mean(rows: list[dict[str, Any]], metric: str) -> float:
    return round(sum(float(row[metric]) for row in rows) / len(rows), 2)


def text(data: Mapping[str, Any]) -> str:
    """Return a file's content: one line per sprint, so that a change can be read."""
    head = json.dumps({k: v for k, v in data.items() if k != "sprints"}, ensure_ascii=False, indent=1)
    lines = ",\n".join("  " + json.dumps(sprint, ensure_ascii=False) for sprint in data["sprints"])
    return f'{head[:-2]},\n "sprints": [\n{lines}\n ]\n}}\n'


def main() -> None:
    """Write the files."""
    for name, data in (("simulated.json", simulated()), ("velocity.json", velocity())):
        (DATA / name).write_text(text(data), encoding="utf-8")


if __name__ == "__main__":
    main()
