"""The Tasks section of the contract, over real HTTP, on both databases."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import httpx
import pytest

from hansei import jobs
from hansei.services.caps import Caps
from support.http_api import Api, client

UNKNOWN = "176964a3-e392-4b5f-bf5f-cc638a3dddd1"


def claimed(api: Api, task_id: str) -> jobs.Claim:
    with api.wiring.database.write() as session:
        claim = jobs.claim(session, task_id, "a worker")
    assert claim is not None
    return claim


def finish(api: Api, claim: jobs.Claim, result: dict[str, object]) -> None:
    with api.wiring.database.write() as session:
        assert jobs.finish(session, claim, result)


def test_the_printed_report_request_is_accepted_and_its_status_can_be_read(api: Api) -> None:
    body = {
        "sprint_count": 5,
        "custom_context": "Team changed processes this quarter",
        "focus_metrics": ["team_happiness", "velocity"],
    }
    answer = api.post("/tasks/reports/generate", body)
    assert answer.status_code == 202
    given = answer.json()
    task_id = given["task_id"]
    assert given == {
        "task_id": str(uuid.UUID(task_id)),
        "status": "PENDING",
        "message": f"Report generation task submitted successfully. Task ID: {task_id}",
    }
    assert answer.headers["Location"] == f"/tasks/status/{task_id}"
    status = api.http.get(answer.headers["Location"]).json()
    created = datetime.fromisoformat(status.pop("created_at"))
    assert created.utcoffset() is not None
    assert status == {
        "task_id": task_id,
        "status": "PENDING",
        "result": None,
        "error": None,
        "kind": "report",
        "team_id": "default",
        "progress": {"percent": 0, "stage": "waiting"},
        "attempts": 0,
        "started_at": None,
        "finished_at": None,
        "error_type": None,
    }
    with api.wiring.database.read() as session:
        params = jobs.get(session, task_id).params
    assert params["focus_metrics"] == ["team_happiness", "story_points_completed"]


def test_without_a_body_the_defaults_hold(api: Api) -> None:
    for path, expected in (
        ("/tasks/reports/generate", {"sprint_count": 5, "sprint_ids": None}),
        ("/tasks/metrics/sync", {"sprint_count": 5, "force_refresh": False}),
        ("/tasks/reports/cleanup", {"days_to_keep": 90, "dry_run": False}),
    ):
        answer = api.http.post(path)
        assert answer.status_code == 202
        with api.wiring.database.read() as session:
            params = jobs.get(session, answer.json()["task_id"]).params
        assert expected.items() <= params.items()


def test_the_status_tells_how_it_ended(api: Api) -> None:
    task_id = api.post("/tasks/metrics/sync").json()["task_id"]
    claim = claimed(api, task_id)
    started = api.http.get(f"/tasks/status/{task_id}").json()
    assert (started["status"], started["attempts"]) == ("STARTED", 1)
    finish(api, claim, {"status": "success", "created": 3})
    ended = api.http.get(f"/tasks/status/{task_id}").json()
    assert (ended["status"], ended["result"]) == ("SUCCESS", {"status": "success", "created": 3})
    assert ended["progress"] == {"percent": 100, "stage": "done"}
    failing = api.post("/tasks/metrics/sync").json()["task_id"]
    claim = claimed(api, failing)
    with api.wiring.database.write() as session:
        jobs.fail(session, claim, "NoSource", "No metrics source is configured.")
    failed = api.http.get(f"/tasks/status/{failing}").json()
    assert (failed["status"], failed["error_type"]) == ("FAILURE", "NoSource")
    assert failed["error"] == "No metrics source is configured."


@pytest.mark.parametrize("task_id", [UNKNOWN, "abc123-def456-ghi789", "a%00b", "%F0%9F%99%82", "x" * 3000])
@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/tasks/status/{}"), ("DELETE", "/tasks/{}"), ("GET", "/tasks/{}/events")]
)
def test_an_unknown_task_is_404(local_api: Api, method: str, path: str, task_id: str) -> None:
    answer = local_api.http.request(method, path.format(task_id))
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "GET /tasks lists" in answer.json()["detail"]


def test_an_unknown_task_is_404_on_both_databases(api: Api) -> None:
    assert api.http.get(f"/tasks/status/{UNKNOWN}").status_code == 404


def test_cancelling_is_final_and_a_second_time_says_the_real_state(api: Api) -> None:
    task_id = api.post("/tasks/reports/generate").json()["task_id"]
    answer = api.http.delete(f"/tasks/{task_id}")
    assert answer.status_code == 200
    assert (answer.json()["task_id"], answer.json()["status"]) == (task_id, "REVOKED")
    again = api.http.delete(f"/tasks/{task_id}")
    assert again.status_code == 409
    assert "REVOKED" in again.json()["detail"]
    running = api.post("/tasks/reports/generate").json()["task_id"]
    claim = claimed(api, running)
    assert api.http.delete(f"/tasks/{running}").json()["status"] == "REVOKED"
    with api.wiring.database.write() as session:
        assert not jobs.finish(session, claim, {})
    ended = api.post("/tasks/reports/generate").json()["task_id"]
    finish(api, claimed(api, ended), {})
    late = api.http.delete(f"/tasks/{ended}")
    assert late.status_code == 409
    assert "SUCCESS" in late.json()["detail"]


def test_the_list_goes_newest_first_by_pages_and_filters(api: Api) -> None:
    made = [api.post("/tasks/metrics/sync", {"team_id": f"T{i % 2}"}).json()["task_id"] for i in range(5)]
    api.http.delete(f"/tasks/{made[0]}")
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = api.http.get("/tasks", params={"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
        seen += [t["task_id"] for t in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert sorted(seen) == sorted(made)
    assert seen[-1] == made[0]

    def filtered(**by: str) -> set[str]:
        return {t["task_id"] for t in api.http.get("/tasks", params=by).json()["items"]}

    assert filtered(status="REVOKED") == {made[0]}
    assert filtered(team_id="T1") == {made[1], made[3]}
    assert filtered(kind="report") == set()
    assert filtered(kind="sync", team_id="T0", status="PENDING") == {made[2], made[4]}


def test_the_same_key_and_body_give_the_same_task_another_body_is_refused(api: Api) -> None:
    key = {"Idempotency-Key": "retry 1"}
    first = api.post("/tasks/reports/generate", {"sprint_count": 6}, **key)
    again = api.http.post(
        "/tasks/reports/generate",
        content=b'{ "sprint_count" : 6 }',
        headers=key | {"Content-Type": "application/json"},
    )
    assert (again.status_code, again.json()) == (202, first.json())
    other = api.post("/tasks/reports/generate", {"sprint_count": 7}, **key)
    assert other.status_code == 422
    assert "another body" in other.json()["detail"]
    elsewhere = api.post("/tasks/metrics/sync", {"sprint_count": 6}, **key)
    assert elsewhere.json()["task_id"] != first.json()["task_id"]


def test_a_hundred_requests_at_once_with_one_key_are_one_task(api: Api) -> None:
    def submit(_: int) -> str:
        answer = httpx.post(
            f"{api.url}/tasks/metrics/sync", json={}, headers={"Idempotency-Key": "k"}, timeout=30
        )
        assert answer.status_code == 202, answer.text
        return str(answer.json()["task_id"])

    with ThreadPoolExecutor(16) as pool:
        assert len(set(pool.map(submit, range(100)))) == 1
    assert api.counts()[0] == 1


@pytest.mark.parametrize("key", ["", "é", "x" * 201, "tab\there"])
def test_a_key_that_cannot_be_one_is_refused(local_api: Api, key: str) -> None:
    answer = local_api.http.post("/tasks/metrics/sync", headers=[(b"Idempotency-Key", key.encode())])
    assert answer.status_code == 422
    assert "1 to 200 printable ASCII characters" in answer.json()["detail"]
    wrong = answer.json()["errors"][0]
    assert (wrong["pointer"], wrong["in"]) == ("/Idempotency-Key", "header")


def test_two_keys_in_one_request_are_refused(local_api: Api) -> None:
    before = local_api.counts()
    keys = [(b"Idempotency-Key", b"one"), (b"Idempotency-Key", b"two")]
    answer = local_api.http.post("/tasks/metrics/sync", headers=keys)
    assert answer.status_code == 422
    assert "must be sent once" in answer.json()["detail"]
    assert local_api.counts() == before


def events(lines: Iterator[str]) -> Iterator[tuple[str, dict[str, object]]]:
    name = ""
    for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


def test_events_follow_a_task_to_its_end(api: Api) -> None:
    task_id = api.post("/tasks/metrics/sync").json()["task_id"]
    with api.http.stream("GET", f"/tasks/{task_id}/events") as stream:
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        told = events(stream.iter_lines())
        name, first = next(told)
        assert (name, first["status"]) == ("progress", "PENDING")
        claim = claimed(api, task_id)
        assert next(told)[1]["status"] == "STARTED"
        with api.wiring.database.write() as session:
            jobs.heartbeat(session, claim, percent=40, stage="fetching")
        name, third = next(told)
        assert (name, third["progress"]) == ("progress", {"percent": 40, "stage": "fetching"})
        finish(api, claim, {"status": "success"})
        name, last = next(told)
        assert (name, last["status"], last["result"]) == ("final", "SUCCESS", {"status": "success"})
        assert list(told) == []
    with api.http.stream("GET", f"/tasks/{task_id}/events") as stream:
        assert [name for name, _ in events(stream.iter_lines())] == ["final"]


def test_many_streams_cost_one_poller_and_all_hear_the_end(local_api: Api) -> None:
    task_id = local_api.post("/tasks/metrics/sync").json()["task_id"]
    limits = httpx.Limits(max_connections=80)
    with (
        client(local_api.url, limits=limits) as http,
        ThreadPoolExecutor(60) as pool,
    ):

        def follow(_: int) -> str:
            with http.stream("GET", f"/tasks/{task_id}/events") as stream:
                return list(events(stream.iter_lines()))[-1][0]

        streams = [pool.submit(follow, i) for i in range(60)]
        claim = claimed(local_api, task_id)
        assert {local_api.http.get("/version").status_code for _ in range(20)} == {200}
        finish(local_api, claim, {})
        assert {s.result(20) for s in streams} == {"final"}


def test_a_team_that_has_too_many_tasks_waiting_is_told_to_come_back(api: Api) -> None:
    api.wiring.__dict__["caps"] = Caps(2)
    for _ in range(2):
        assert api.post("/tasks/metrics/sync", {"team_id": "T"}).status_code == 202
    refused = api.post("/tasks/metrics/sync", {"team_id": "T"})
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "30")
    assert refused.json()["type"] == "urn:hansei:problem:too-many-waiting"
    assert "HANSEI_TEAM_WAITING_TASKS" in refused.json()["detail"]
    assert api.post("/tasks/metrics/sync", {"team_id": "other"}).status_code == 202
    assert len(api.http.get("/tasks").json()["items"]) == 3
