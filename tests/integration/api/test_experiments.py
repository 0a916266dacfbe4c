"""The life of an experiment over the public API, with real workers and both databases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from hansei import jobs
from hansei.core.metrics import SprintMetrics, parse_sprint, stamp
from hansei.db.models import Decision, ExperimentRow, Feedback
from hansei.narrative.template import TemplateNarrator
from hansei.services import cleanup, reports, submissions, teams
from hansei.services.cleanup import CleanupOrder
from hansei.services.reports import ReportOrder
from hansei.tasks import runner
from support import stack
from support.http_api import Api
from support.waiting import until

REVIEW = (14, 13, 16, 12, 15, 14, 14, 24, 23, 27, 21, 26)
FIRST = datetime(2026, 1, 5, tzinfo=UTC)
HOSTILE = "<img src=x onerror=alert(1)> | =1+1 \u202eabc [x](http://evil.example) {{7*7}} mail@evil.example"


def row(number: int, begin: datetime, end: datetime, **values: float) -> dict[str, Any]:
    dates = {"start_date": stamp(begin), "end_date": stamp(end)}
    return {"sprint_id": f"S{number}", "sprint_name": f"Sprint {number}", **dates, **values}


def past() -> list[dict[str, Any]]:
    """Twelve sprints in which reviews took longer at the end."""
    return [
        row(
            n + 1,
            FIRST + timedelta(days=14 * n),
            FIRST + timedelta(days=14 * n + 11),
            review_time=float(v),
            coding_time=26.0 + n % 3,
            bugs_prod=1.0 + n % 2,
        )
        for n, v in enumerate(REVIEW)
    ]


def since(experiment: dict[str, Any], values: list[float], first: int = 13) -> list[dict[str, Any]]:
    """Sprints that began right after the start: short ones, of which the last has ended by now."""
    begun = datetime.fromisoformat(experiment["started_at"])

    def at(n: int) -> datetime:
        return begun + timedelta(milliseconds=2 * (n - 12))

    until("the last sprint has ended", lambda: datetime.now(UTC) > at(first + len(values)))
    return [
        row(
            first + n,
            at(first + n),
            at(first + n + 1),
            review_time=v,
            coding_time=26.0 + n % 3,
            bugs_prod=1.0,
        )
        for n, v in enumerate(values)
    ]


@pytest.fixture
def team(api: Api) -> Api:
    """A server that knows a team of twelve sprints."""
    assert api.post("/teams/T/sprints", past()).status_code == 200
    return api


@pytest.fixture
def working(team: Api, database_url: str, broker_url: str) -> Iterator[Api]:
    """The same, with a worker."""
    with team.wiring.publisher._app.connection_for_write() as connection:
        connection.default_channel.client.flushall()
    environ = stack.environment(database_url, broker_url)
    with stack.worker(environ, "--pool=solo", "--queues=reports,metrics"):
        yield team


def report(api: Api) -> dict[str, Any]:
    """Make a report as the task does, in this process, and read it."""
    with api.wiring.database.write() as session:
        job = submissions.submit_report(session, team_id="T", sprint_count=12)
    return _made(api, runner.run_inline(api.wiring, job.id))


def report_by_worker(api: Api) -> dict[str, Any]:
    """Make a report by the worker and read it."""
    task = api.post("/tasks/reports/generate", {"team_id": "T", "sprint_count": 12}).json()["task_id"]
    return _made(api, stack.finished(api.wiring.database, task, seconds=60))


def _made(api: Api, done: jobs.JobView) -> dict[str, Any]:
    assert done.status == "SUCCESS", done.error
    made: dict[str, Any] = api.http.get(f"/reports/{(done.result or {})['report_id']}.json").json()
    return made


def own(api: Api, **changes: Any) -> httpx.Response:
    body = {"team_id": "T", "title": "Look at reviews first", "metric": "review_time", "direction": "down"}
    return api.post("/experiments", body | changes)


def test_from_a_proposal_to_a_verdict_that_stands(working: Api) -> None:
    api = working
    first = report_by_worker(api)
    assert first["tried"] == []
    ideas = api.http.get("/experiments", params={"report_id": first["report_id"]}).json()["items"]
    idea = next(e for e in ideas if e["registration"]["metric"] == "review_time")
    assert (idea["state"], idea["progress"], idea["verdict"]) == ("proposed", None, None)
    begun = api.post(f"/experiments/{idea['experiment_id']}/start", {"role": "daily host"})
    assert begun.status_code == 200
    started = begun.json()
    assert (started["state"], started["role"], started["started_after"]) == (
        "running",
        "daily host",
        "Sprint 12",
    )
    assert started["registration"] == idea["registration"]
    assert started["fingerprint"] != idea["fingerprint"]  # now it also seals the baseline's values
    assert started["progress"]["text"] == "sprint 1 of 4, too early to say"
    again = api.post(f"/experiments/{idea['experiment_id']}/start")
    assert (again.status_code, again.headers["content-type"]) == (409, "application/problem+json")
    other = next(e for e in ideas if e["experiment_id"] != idea["experiment_id"])
    assert (
        "nobody could tell which worked"
        in api.post(f"/experiments/{other['experiment_id']}/start").json()["detail"]
    )
    refused = api.http.delete(f"/reports/{first['report_id']}")
    assert refused.status_code == 409

    judged = run_to_its_verdict(api, started)
    stands_and_is_told(api, judged)


def run_to_its_verdict(api: Api, started: dict[str, Any]) -> dict[str, Any]:
    """Store the sprints of an experiment one after the other; return it once it is judged."""
    path = f"/experiments/{started['experiment_id']}"
    three = since(started, [9.0, 8.0, 9.5])
    assert api.post("/teams/T/sprints", three).json()["created"] == 3
    early = api.http.get(path).json()
    assert (early["state"], early["verdict"], early["progress"]["done"]) == ("running", None, 3)
    told = report_by_worker(api)["tried"]
    assert [(t["state"], t["done"], t["outcome"], t["goal"]) for t in told] == [("running", 3, None, None)]

    fourth = since(started, [8.5], first=16)[0]
    assert api.http.put("/teams/T/sprints/S16", json=fourth).status_code == 201
    judged: dict[str, Any] = api.http.get(path).json()
    assert (judged["state"], judged["outcome"], judged["late_changes"]) == ("judged", "worked", [])
    verdict = judged["verdict"]
    assert verdict["sprint_ids"] == ["S13", "S14", "S15", "S16"]
    assert verdict["values"]["review_time"] == [9.0, 8.0, 9.5, 8.5]
    assert verdict["goal"]["interval"]["high"] < 0
    return judged


def stands_and_is_told(api: Api, judged: dict[str, Any]) -> None:
    """Change a sprint late, make reports, answer: the verdict stays what it was."""
    path, verdict = f"/experiments/{judged['experiment_id']}", judged["verdict"]
    api.post("/teams/T/sprints", since(judged, [40.0]))  # a late change of the first sprint
    after = api.http.get(path).json()
    assert (after["verdict"], after["judged_at"]) == (verdict, judged["judged_at"])
    assert after["late_changes"] == ["Sprint 13"]

    looked_back = report_by_worker(api)
    assert looked_back["tried"][0]["fingerprint"] == verdict["fingerprint"]
    text = api.http.get(f"/reports/{looked_back['report_id']}.md").text
    assert "## 1 · What we tried last time" in text
    assert "judged after Sprint 16): worked." in text
    assert "Keep it, stop it, or change it?" in text
    assert "Changed at the source after the verdict, which stands: Sprint 13." in text

    kept = {"conclusion": "keep", "reason": "It costs nothing."}
    assert api.http.put(f"{path}/conclusion", json=kept).status_code == 200
    decided = {"choice": "nothing", "reason": "One at a time"}
    assert api.post(f"/reports/{looked_back['report_id']}/decision", decided).status_code == 200
    last = report_by_worker(api)
    assert (last["tried"][0]["conclusion"], last["decided"]["choice"]) == ("keep", "nothing")
    text = api.http.get(f"/reports/{last['report_id']}.md").text
    assert "You decided to keep it." in text
    assert "Because: It costs nothing." in text
    assert report_by_worker(api)["tried"] == []  # told, answered, told once more: enough
    worked = api.http.get("/experiments?outcome=worked").json()["items"]
    assert [e["experiment_id"] for e in worked] == [judged["experiment_id"]]


def test_a_report_judges_what_nobody_judged_before_and_twice_is_once(team: Api) -> None:
    api = team
    mine = own(api).json()
    late = [parse_sprint(r) for r in since(mine, [22.0, 24.0, 26.0, 21.0])]
    with api.wiring.database.write() as session:  # as stored by a door that judges nothing
        teams.upsert(session, "T", late, now=api.wiring.clock.now(), force=True)
    made = report(api)
    stored = api.http.get(f"/experiments/{mine['experiment_id']}").json()
    assert made["tried"][0]["outcome"] == stored["outcome"] == "inconclusive"
    assert made["tried"][0]["fingerprint"] == stored["verdict"]["fingerprint"]
    assert "This does not say that it failed." in api.http.get(f"/reports/{made['report_id']}.md").text
    judged_at = stored["judged_at"]
    report(api)
    assert api.http.get(f"/experiments/{mine['experiment_id']}").json()["judged_at"] == judged_at


def test_a_cancelled_report_stores_no_verdict(team: Api) -> None:
    mine = own(team).json()
    late = [parse_sprint(r) for r in since(mine, [22.0, 24.0, 26.0, 21.0])]
    with team.wiring.database.write() as session:
        teams.upsert(session, "T", late, now=team.wiring.clock.now(), force=True)
    task = team.post("/tasks/reports/generate", {"team_id": "T"}).json()["task_id"]
    assert team.http.delete(f"/tasks/{task}").status_code == 200
    with team.wiring.database.read() as session:
        assert jobs.get(session, task).status == "REVOKED"
    assert team.http.get(f"/experiments/{mine['experiment_id']}").json()["state"] == "running"


def test_an_own_experiment_is_registered_like_one_of_the_catalogue(team: Api) -> None:
    made = own(
        team, change="Nobody starts while a review waits.", role="daily host", useful_effect=0.25, sprints=3
    )
    assert made.status_code == 201
    mine = team.http.get(made.headers["location"]).json()
    card = mine["registration"]
    assert (mine["state"], mine["family"], card["metric"], card["direction"]) == (
        "running",
        "own",
        "review_time",
        "down",
    )
    assert (card["useful_effect"], card["sprints"]) == (0.25, 3)
    assert card["baseline_sprint_ids"] == [
        "S9",
        "S10",
        "S11",
        "S12",
    ]  # the new level, without what made us look
    assert card["baseline_level"] == pytest.approx((23 + 27 + 21 + 26) / 4)
    assert card["guardrails"]


WRONG: list[tuple[dict[str, Any], int, str | None]] = [
    ({"title": "  "}, 422, "/title"),
    ({"metric": "team_happiness"}, 422, "/metric"),
    ({"metric": "revue_time"}, 422, "/metric"),
    ({"direction": "sideways"}, 422, "/direction"),
    ({"useful_effect": 0.01}, 422, "/useful_effect"),
    ({"sprints": 1}, 422, "/sprints"),
    ({"report_id": 99}, 422, "/report_id"),
    ({"surprise": 1}, 422, "/surprise"),
    ({"team_id": "nobody"}, 404, None),
]


def test_a_wrong_own_experiment_is_refused_and_nothing_starts(team: Api) -> None:
    for changes, status, pointer in WRONG:  # nothing is left of one, so that they may share a server
        answer = own(team, **changes)
        assert answer.status_code == status, (changes, answer.text)
        assert pointer is None or pointer in [e["pointer"] for e in answer.json()["errors"]], changes
        assert team.http.get("/experiments").json()["items"] == [], changes


def test_what_cannot_be_is_refused_with_a_sentence(team: Api) -> None:
    mine = own(team).json()["experiment_id"]
    assert own(team).status_code == 409
    assert team.http.put(f"/experiments/{mine}/conclusion", json={"conclusion": "keep"}).status_code == 409
    assert team.post(f"/experiments/{mine}/abandon", {}).status_code == 422
    stopped = team.post(f"/experiments/{mine}/abandon", {"reason": "No time. ask mail@evil.example"})
    assert stopped.json()["abandoned_because"] == "No time. ask [e-mail]"
    assert team.post(f"/experiments/{mine}/abandon", {"reason": "again"}).status_code == 409
    assert team.http.get("/experiments?state=abandoned").json()["items"][0]["experiment_id"] == mine
    for path in ("/experiments/0", "/experiments/none", "/experiments/99999999999"):
        assert team.http.get(path).status_code == 404
    assert team.http.delete("/teams/T").status_code == 204


def test_the_list_goes_page_by_page(team: Api) -> None:
    for n in range(3):
        mine = own(team, title=f"Try {n}").json()["experiment_id"]
        team.post(f"/experiments/{mine}/abandon", {"reason": "next"})
    first = team.http.get("/experiments?limit=2&team_id=T").json()
    rest = team.http.get("/experiments", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert [e["title"] for e in (*first["items"], *rest["items"])] == ["Try 2", "Try 1", "Try 0"]
    assert rest["next_cursor"] is None
    assert team.http.get("/experiments?team_id=other").json()["items"] == []


def test_hostile_words_are_kept_as_words(team: Api) -> None:
    api = team
    mine = own(api, title=HOSTILE, change=HOSTILE, role=HOSTILE).json()
    assert "\u202e" not in mine["title"] + mine["change"] + mine["role"]
    assert "mail@evil.example" not in mine["title"] + mine["change"] + mine["role"]
    api.post(f"/experiments/{mine['experiment_id']}/abandon", {"reason": HOSTILE})
    made = report(api)
    text = api.http.get(f"/reports/{made['report_id']}.md").text
    assert "<img" not in text.replace("\\<img", "")
    assert "(http://" not in text
    page = api.http.get(f"/dashboard/reports/{made['report_id']}").text
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


def test_nothing_that_was_tried_or_said_is_cleaned_up(team: Api) -> None:
    api = team
    first, second = report(api), report(api)
    lead = api.http.get(f"/reports/{first['report_id']}/hypotheses").json()["items"][0]
    answer = {"answer": "confirmed", "reason": "We saw it"}
    assert api.http.put(f"/hypotheses/{lead['hypothesis_id']}/feedback", json=answer).status_code == 200
    decided = {"choice": "own", "own": "Fewer meetings", "reason": "Too many"}
    assert api.post(f"/reports/{first['report_id']}/decision", decided).status_code == 200
    started = {"choice": "experiment", "experiment": "E1", "reason": "Waiting hurts"}
    assert api.post(f"/reports/{second['report_id']}/decision", started).status_code == 200
    later = api.wiring.clock.now() + timedelta(days=40)
    result = cleanup.clean(api.wiring.database, CleanupOrder(30), later, lambda _percent, _stage: None)
    assert result["deleted"] == 0  # a report that the team acted on stays too
    assert api.http.delete(f"/reports/{first['report_id']}").status_code == 204  # unless somebody means it
    with api.wiring.database.read() as session:
        said = session.scalars(select(Feedback)).one()
        assert (said.hypothesis_id, said.answer, said.family) == (None, "confirmed", "review_bottleneck")
        assert {d.report_id for d in session.scalars(select(Decision))} == {None, second["report_id"]}
        running = select(func.count()).select_from(ExperimentRow).where(ExperimentRow.state == "running")
        assert session.scalar(running) == 1


def test_answers_move_the_leads_of_later_reports_and_the_report_says_so(team: Api) -> None:
    api = team
    assert api.post("/teams/OTHER/sprints", past()).status_code == 200
    first = report(api)
    (lead, *_), stated = (
        api.http.get(f"/reports/{first['report_id']}/hypotheses").json()["items"],
        first["hypotheses"][0]["probability"],
    )
    assert first["hypotheses"][0]["answered"] is None
    for answer in ("unsure", "confirmed", "rejected"):  # the last one stands
        assert (
            api.http.put(f"/hypotheses/{lead['hypothesis_id']}/feedback", json={"answer": answer}).status_code
            == 200
        )
    second = report(api)
    moved = second["hypotheses"][0]
    assert moved["family"] == first["hypotheses"][0]["family"]
    assert moved["answered"] == {"confirmed": 0, "rejected": 1, "without": stated}
    assert moved["probability"] < stated
    assert [s["probability"] for s in second["signals"]] == [s["probability"] for s in first["signals"]]
    text = api.http.get(f"/reports/{second['report_id']}.md").text
    assert "Your earlier answers: 0 confirmed, 1 rejected." in text
    assert "Your earlier answers" not in api.http.get(f"/reports/{first['report_id']}.md").text
    order = ReportOrder("T", 12, None, None, ())
    other = ReportOrder("OTHER", 12, None, None, ())
    with api.wiring.database.read() as session:
        told = [reports.gather(session, order, least_answers=5) for _ in range(2)]
        assert reports.gather(session, other, least_answers=5).answers == ()
    one, two = (
        reports.write(m, order, TemplateNarrator(), lambda _percent, _stage: None).report.to_dict()
        for m in told
    )
    assert json.dumps(one) == json.dumps(two)


def test_another_choice_in_the_same_meeting_takes_the_first_back(team: Api) -> None:
    api = team
    made = report(api)
    path = f"/reports/{made['report_id']}/decision"
    for choice in ({"experiment": "E1"}, {"experiment": "E2"}):
        answer = api.post(path, {"choice": "experiment", "reason": "because", **choice})
        assert answer.status_code == 200, answer.text
    states = {e["evidence_id"]: e for e in api.http.get("/experiments").json()["items"]}
    assert (states["E1"]["state"], states["E2"]["state"]) == ("proposed", "running")
    api.post("/teams/T/sprints", since(states["E2"], [20.0]))
    refused = api.post(path, {"choice": "nothing", "reason": "changed our mind"})
    assert refused.status_code == 409
    assert api.http.get(path).json()["what"] == states["E2"]["title"]


def test_sprints_that_ended_before_the_start_never_count(team: Api) -> None:
    mine = own(team).json()
    older = [
        SprintMetrics(
            f"late{n}", f"Sprint {n}", FIRST, datetime(2026, 7, n + 1, tzinfo=UTC), {"review_time": 5.0}
        )
        for n in range(6)
    ]
    team.post("/teams/T/sprints", [s.to_payload() for s in older])
    found = team.http.get(f"/experiments/{mine['experiment_id']}").json()
    assert (found["state"], found["progress"]["done"]) == ("running", 0)
