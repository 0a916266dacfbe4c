"""What GET gives of a team's sprints can be sent back: to the same team, where nothing changes, and to another."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings

from builders.sprints import SOME
from hansei.core.metrics import SprintMetrics
from hansei.render import sprints as exported
from support.http_api import Api

NUMBERS = count()
#: What tells of the way that a sprint came, not of the sprint.
OF_THE_WAY = ("source", "sources", "first_synced_at", "last_synced_at", "provenance", "withheld")
#: As many as a minute is worth; each is a dozen requests.
FEW = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def given_of(api: Api, team: str) -> dict[str, Any]:
    answer = api.http.get(f"/teams/{team}/sprints")
    assert answer.status_code == 200
    return dict(answer.json())


def sprints(page: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the sprints without the way that they came."""
    return [{k: v for k, v in item.items() if k not in OF_THE_WAY} for item in page["items"]]


def without_moments(page: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return sprints with what is noted of them, but not since when or after which report."""
    kept = ("kinds", "left_out")
    return [{**s, "note": s["note"] and {k: s["note"][k] for k in kept}} for s in page]


def sent_back(api: Api, team: str, page: dict[str, Any]) -> None:
    """Send a page to the team that it is of; nothing may change."""
    answer = api.post(f"/teams/{team}/sprints", page).json()
    assert (answer["created"], answer["rejected"]) == (0, [])
    assert answer["updated"] + answer["skipped"] == len(page["items"])
    assert sprints(given_of(api, team)) == sprints(page)


@FEW
@given(SOME)
@pytest.mark.parametrize("door", ["sprints", "imports"])
def test_what_is_given_can_be_sent_back(local_api: Api, door: str, made: tuple[SprintMetrics, ...]) -> None:
    one, other = f"one-{next(NUMBERS)}", f"other-{next(NUMBERS)}"
    if door == "sprints":
        stored = local_api.post(f"/teams/{one}/sprints", [s.to_payload() for s in made])
    else:
        table = {"Content-Type": "text/csv"}
        dated = [replace(s, assumed=s.assumed and bool(s.start and s.end)) for s in made]
        content = exported.render(dated).encode()
        stored = local_api.http.post(f"/teams/{one}/imports", content=content, headers=table)
    assume(stored.status_code == 200)  # any text may name a sprint here, and not every one is taken
    page = given_of(local_api, one)
    sent_back(local_api, one, page)
    copied = local_api.post(f"/teams/{other}/sprints", page).json()
    assert (copied["created"], copied["rejected"]) == (len(page["items"]), [])
    assert without_moments(sprints(given_of(local_api, other))) == without_moments(sprints(page))
    for team in (one, other):
        local_api.http.delete(f"/teams/{team}").raise_for_status()


def test_what_is_not_shown_is_not_lost_where_the_rest_is_sent_back(local_api: Api) -> None:
    row = {"sprint_id": "S1", "team_happiness": 7.5, "team_happiness_answers": 2, "velocity": 20}
    local_api.post("/teams/few/sprints", [row]).raise_for_status()
    shown = given_of(local_api, "few")
    assert ("team_happiness" in shown["items"][0], shown["items"][0]["withheld"]) == (
        False,
        ["team_happiness"],
    )
    sent_back(local_api, "few", shown)
    local_api.http.put("/teams/few/sprints/S1", json=shown["items"][0]).raise_for_status()
    local_api.http.put(
        "/teams/few/sprints/S1", json=row | {"team_happiness": 7.5, "team_happiness_answers": 9}
    )
    after = given_of(local_api, "few")["items"][0]
    assert after["team_happiness"] == 7.5
    assert after["provenance"]["team_happiness"]["revised_at"] is None  # it was there all the time


def test_a_sprint_that_is_open_or_of_assumed_dates_stays_so(local_api: Api) -> None:
    table = {
        "text": "Sprint,Velocity\nS1,20\nS2,21\n",
        "answers": {"first_start": "2026-01-05", "last_sprint": "running"},
    }
    local_api.post("/teams/open/imports", table).raise_for_status()
    shown = given_of(local_api, "open")
    assert [(s["provisional"], s["dates_assumed"]) for s in shown["items"]] == [(True, True), (False, True)]
    sent_back(local_api, "open", shown)
    local_api.post("/teams/open2/sprints", shown).raise_for_status()
    assert sprints(given_of(local_api, "open2")) == sprints(shown)
