"""Stored reports over HTTP in every form, made by the real analysis, on both databases."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from hansei.api.problems import NotAcceptable
from hansei.api.routers.reports import preferred
from hansei.tasks.runner import run_inline
from support.http_api import Api

ROWS: list[dict[str, Any]] = [
    {
        "sprint_id": f"S{i:02d}",
        "sprint_name": f"=Sprint {i}",
        "start_date": f"2025-{1 + i // 2:02d}-{1 + 14 * (i % 2):02d}",
        "end_date": f"2025-{1 + i // 2:02d}-{13 + 14 * (i % 2):02d}",
        "story_points_completed": 30 + (i * 7) % 5 + (12 if i >= 14 else 0),
        "items_carried_over": (i * 3) % 4,
        "cycle_time": 40 + (i * 11) % 9,
    }
    for i in range(20)
]


def made(api: Api, **body: Any) -> int:
    task_id = api.post("/tasks/reports/generate", {"team_id": "T", "sprint_count": 5, **body}).json()[
        "task_id"
    ]
    run_inline(api.wiring, task_id)
    status = api.http.get(f"/tasks/status/{task_id}").json()
    assert status["status"] == "SUCCESS", status
    assert set(status["result"]) >= {"status", "report_id", "headline", "sprints_analyzed"}
    return int(status["result"]["report_id"])


def test_a_report_is_read_in_every_form_and_deleted(api: Api) -> None:
    assert api.post("/teams/T/sprints", ROWS).json()["created"] == 20
    number = made(api, custom_context="We moved <b>house</b>.", focus_metrics=["velocity"])
    answer = api.http.get(f"/reports/{number}")
    report = answer.json()
    assert answer.headers["Content-Type"] == "application/json"
    assert (report["report_id"], report["team_id"]) == (number, "T")
    assert report["custom_context"] == "We moved <b>house</b>."
    assert report["sprints_analyzed"] == 5
    assert report["baseline_sprints"] == 15
    assert report["created_at"].endswith("Z")
    assert report["headline"] == report["narrative"]["headline"]
    assert api.http.get(f"/reports/{number}.json").json() == report
    markdown = api.http.get(f"/reports/{number}.md")
    assert markdown.headers["Content-Type"] == "text/markdown; charset=utf-8"
    assert report["headline"] in markdown.text
    accepted = api.http.get(f"/reports/{number}", headers={"Accept": "text/markdown"})
    assert accepted.text == markdown.text
    assert accepted.headers["Vary"] == "Accept"
    table = api.http.get(f"/reports/{number}.csv")
    assert table.headers["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(io.StringIO(table.text)))
    assert len(rows) > 1
    assert not any(cell.startswith(("=", "+", "@")) for row in rows for cell in row)
    assert api.http.get(f"/reports/{number}", headers={"Accept": "image/png"}).status_code == 406
    listed = api.http.get("/reports", params={"team_id": "T"}).json()["items"]
    assert [line["report_id"] for line in listed] == [number]
    assert listed[0]["headline"] == report["headline"]
    assert api.http.delete(f"/reports/{number}").status_code == 204
    assert api.http.get(f"/reports/{number}").status_code == 404
    assert json.dumps(report)  # plain JSON all through


def test_reports_are_listed_newest_first_by_pages(local_api: Api) -> None:
    local_api.post("/teams/T/sprints", ROWS)
    numbers = [made(local_api) for _ in range(3)]
    first = local_api.http.get("/reports", params={"limit": 2}).json()
    rest = local_api.http.get("/reports", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert [r["report_id"] for r in first["items"] + rest["items"]] == numbers[::-1]
    assert rest["next_cursor"] is None


def test_too_few_or_unknown_sprints_fail_the_task_with_a_remedy(local_api: Api) -> None:
    local_api.post("/teams/few/sprints", ROWS[:1])
    for body, error_type in (
        ({"team_id": "few"}, "NotEnoughSprints"),
        ({"team_id": "few", "sprint_ids": ["S00", "S99"]}, "UnknownSprints"),
    ):
        task_id = local_api.post("/tasks/reports/generate", body).json()["task_id"]
        run_inline(local_api.wiring, task_id)
        status = local_api.http.get(f"/tasks/status/{task_id}").json()
        assert (status["status"], status["error_type"]) == ("FAILURE", error_type)
        assert "sync" in status["error"].lower()


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("text/*", "text/markdown"),
        ("text/csv", "text/csv"),
        ("text/csv;q=0.5, text/markdown;q=0.9", "text/markdown"),
        ("text/html, application/xhtml+xml, */*;q=0.8", "application/json"),
        ("application/json;q=0, */*", "text/markdown"),
        ("TEXT/CSV ; q=1", "text/csv"),
    ],
)
def test_the_form_that_the_caller_likes_best(accept: str, form: str) -> None:
    assert preferred(accept) == form


@pytest.mark.parametrize("accept", ["image/png", "application/json;q=0", "", ";;;", "text/csv;q=much"])
def test_a_form_that_cannot_be_given(accept: str) -> None:
    with pytest.raises(NotAcceptable):
        preferred(accept)
