"""Every kind of bad input over HTTP gets a clear answer, and nothing stored changes."""

from __future__ import annotations

import socket
import uuid
from typing import Any

import httpx
import pytest

from support.http_api import Api

GENERATE, SYNC, CLEANUP = "/tasks/reports/generate", "/tasks/metrics/sync", "/tasks/reports/cleanup"
JSON = {"Content-Type": "application/json"}


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert set(body) == {"type", "title", "status", "detail", "instance", "errors"}
    assert body["status"] == status
    assert body["detail"]
    for leak in ("Traceback", "sqlalchemy", "SELECT ", "INSERT ", "psycopg"):
        assert leak not in answer.text
    return body


@pytest.mark.parametrize(
    ("path", "body", "pointer", "says"),
    [
        (GENERATE, {"sprint_count": "5"}, "/sprint_count", "“sprint_count” must be a whole number."),
        (GENERATE, {"sprint_count": True}, "/sprint_count", "must be a whole number"),
        (GENERATE, {"sprint_count": 5.5}, "/sprint_count", "must be a whole number"),
        (GENERATE, {"sprint_count": 1}, "/sprint_count", "at least 2"),
        (GENERATE, {"sprint_count": 53}, "/sprint_count", "at most 52"),
        (GENERATE, {"sprint_count": 10**400}, "/sprint_count", "at most 52"),
        (GENERATE, {"sprint_cuont": 5}, "/sprint_cuont", "Did you mean “sprint_count”?"),
        (GENERATE, {"sprint_ids": ["a"]}, "/sprint_ids", "at least 2"),
        (GENERATE, {"sprint_ids": ["a", "b", "a"]}, "/sprint_ids", "twice"),
        (GENERATE, {"sprint_ids": ["a", 2]}, "/sprint_ids/1", "must be a text"),
        (GENERATE, {"sprint_ids": [f"S{i}" for i in range(201)]}, "/sprint_ids", "at most 200"),
        (GENERATE, {"sprint_ids": ["a", "b" * 101]}, "/sprint_ids/1", "at most 100 characters"),
        (GENERATE, {"sprint_ids": ["a", "b"], "sprint_count": 5}, "/sprint_ids", "not both"),
        (GENERATE, {"custom_context": "x" * 4001}, "/custom_context", "at most 4000"),
        (GENERATE, {"custom_context": "x" * 200_000}, "/custom_context", "at most 4000"),
        (GENERATE, {"custom_context": 5}, "/custom_context", "must be a text"),
        (
            GENERATE,
            {"focus_metrics": ["wip", "velocty"]},
            "/focus_metrics/1",
            "velocity (story_points_completed)",
        ),
        (GENERATE, {"focus_metrics": ["team_hapiness"]}, "/focus_metrics/0", "Did you mean team_happiness"),
        (GENERATE, {"focus_metrics": "velocity"}, "/focus_metrics", "must be a list"),
        (GENERATE, {"team_id": "nobody"}, "/team_id", "There is no team “nobody”"),
        (GENERATE, {"team_id": "a b"}, "/team_id", "not allowed"),
        (GENERATE, {"team_id": "x" * 101}, "/team_id", "not allowed"),
        (GENERATE, {"team_id": "x\n"}, "/team_id", "not allowed"),
        (SYNC, {"sprint_count": 0}, "/sprint_count", "at least 1"),
        (SYNC, {"sprint_count": 201}, "/sprint_count", "at most 200"),
        (SYNC, {"sprint_count": -3}, "/sprint_count", "at least 1"),
        (SYNC, {"force_refresh": "yes"}, "/force_refresh", "must be true or false"),
        (SYNC, {"force_refresh": 1}, "/force_refresh", "must be true or false"),
        (SYNC, {"source": "nowhere"}, "/source", "no source called “nowhere”"),
        (SYNC, {"custom_context": "x"}, "/custom_context", "There is no field"),
        (CLEANUP, {"days_to_keep": 0}, "/days_to_keep", "at least 1"),
        (CLEANUP, {"days_to_keep": 10**30}, "/days_to_keep", "at most"),
        (GENERATE, [], "", "must be a JSON object"),
        (GENERATE, [1], "", "must be a JSON object"),
        (GENERATE, {"team_id": "nul\x00"}, "/team_id", "cannot be stored"),
        (GENERATE, {"custom_context": "half \ud83d of a pair"}, "/custom_context", "cannot be stored"),
        (GENERATE, {"k\x00ey": 1}, "", "cannot be stored"),
    ],
)
def test_a_wrong_field_is_named_with_what_to_do(
    local_api: Api, path: str, body: Any, pointer: str, says: str
) -> None:
    before = local_api.counts()
    answer = local_api.post(path, body)
    found = problem(answer, 422)
    assert says in f"{found['detail']} {[e['detail'] for e in found['errors']]}"
    assert pointer in [e["pointer"] for e in found["errors"]]
    assert len(answer.content) < 3000
    assert local_api.counts() == before


@pytest.mark.parametrize(
    ("raw", "status", "says"),
    [
        (b"{", 400, "not JSON"),
        (b"sprint_count=5", 400, "not JSON"),
        (b"\xff\xfe", 400, "UTF-8"),
        (b'{"a": ' + b"9" * 5000 + b"}", 400, "too long"),
        (b"null", 422, "must be a JSON object"),
        (b'"text"', 422, "must be a JSON object"),
        (b'{"sprint_count": NaN}', 422, "NaN is not a value"),
        (b'{"sprint_count": -Infinity}', 422, "-Infinity is not a value"),
        (b'{"sprint_count": 1e999}', 422, "too large"),
        (b'{"sprint_count": 5, "sprint_count": 6}', 422, "“sprint_count” comes more than once"),
        (b'{"a":' * 40 + b"1" + b"}" * 40, 422, "nests deeper"),
        (b"[" * 100_000 + b"]" * 100_000, 422, "nests deeper"),
    ],
)
def test_a_body_that_is_no_usable_json(local_api: Api, raw: bytes, status: int, says: str) -> None:
    before = local_api.counts()
    answer = local_api.http.post(GENERATE, content=raw, headers=JSON)
    assert says in problem(answer, status)["detail"]
    assert local_api.counts() == before


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
def test_a_body_that_is_not_marked_as_json_is_415(local_api: Api, kind: str) -> None:
    headers = {"Content-Type": kind} if kind else {}
    answer = local_api.http.post(GENERATE, content=b"{}", headers=headers)
    assert "Content-Type: application/json" in problem(answer, 415)["detail"]


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_of_5_mb_is_413_before_it_is_read_as_json(local_api: Api, chunked: bool) -> None:
    body = b'{"custom_context": "' + b"x" * 5_000_000 + b'"}'
    before = local_api.counts()
    content: Any = iter([body[:1000], body[1000:]]) if chunked else body
    answer = local_api.http.post(GENERATE, content=content, headers=JSON)
    assert "larger than 1 MB" in problem(answer, 413)["detail"]
    big = local_api.http.post("/teams/T/sprints", content=b"[" + b" " * 5_000_000 + b"]", headers=JSON)
    assert "larger than 5 MB" in problem(big, 413)["detail"]
    assert local_api.counts() == before


def test_half_a_body_changes_nothing(local_api: Api) -> None:
    host, port = local_api.url.removeprefix("http://").split(":")
    head = f"POST {SYNC} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: 100\r\n"
    head += "Content-Type: application/json\r\n\r\n"
    before = local_api.counts()
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(head.encode() + b"{}")
    assert local_api.counts() == before


NOWHERE = (
    ("/nothing", 404),
    ("/tasks/", 404),
    ("/teams/nobody", 404),
    ("/teams/a%00b", 404),
    ("/teams/%F0%9F%99%82/sprints", 404),
    ("/teams/nobody/sprints/S1", 404),
    ("/teams/nobody/sprints/%00", 404),
    ("/reports/1", 404),
    ("/reports/1.md", 404),
    ("/reports/one", 404),
    ("/reports/-1", 404),
    ("/reports/99999999999999999999", 404),
    ("/reports/999999999999999", 404),
    ("/tasks?limit=0", 422),
    ("/tasks?limit=201", 422),
    ("/tasks?limit=many", 422),
    ("/tasks?status=DONE", 422),
    ("/tasks?cursor=x", 422),
    ("/tasks?cursor=", 422),
    ("/tasks?team_id=a%00b", 422),
    ("/reports?cursor=-1", 422),
    ("/reports?cursor=x", 422),
    ("/reports?team_id=a%20b", 422),
    ("/teams?cursor=a%00", 422),
    ("/teams/T/sprints?cursor=-1", 422),
)


def test_a_path_or_query_that_fits_nothing(api: Api) -> None:
    for path, status in NOWHERE:
        problem(api.http.get(path), status)


@pytest.mark.parametrize(
    ("query", "name", "says"),
    [
        ("bogus=1", "bogus", "There is no parameter “bogus” here. Possible: "),
        ("statu=PENDING", "statu", "Did you mean “status”?"),
        ("status=PENDING&status=SUCCESS", "status", "sent more than once"),
    ],
)
def test_a_query_is_read_as_strictly_as_a_body(local_api: Api, query: str, name: str, says: str) -> None:
    found = problem(local_api.http.get(f"/tasks?{query}"), 422)
    assert says in found["detail"]
    assert [(e["pointer"], e["in"]) for e in found["errors"]] == [(f"/{name}", "query")]


def test_of_a_thousand_unknown_parameters_the_first_are_told(local_api: Api) -> None:
    found = problem(local_api.http.get("/tasks?" + "&".join(f"x{n}=1" for n in range(1000))), 422)
    assert [e["pointer"] for e in found["errors"]] == [f"/x{n}" for n in range(20)]


def test_a_route_without_parameters_says_that_it_takes_none(local_api: Api) -> None:
    found = problem(local_api.http.delete("/teams/T?force=1"), 422)
    assert found["detail"] == "There is no parameter “force” here. None is taken here."
    assert local_api.http.get("/ready?at=12345").status_code == 200  # probes may mark their requests


@pytest.mark.parametrize("method", ["PATCH", "PUT", "OPTIONS", "TRACE"])
def test_a_method_that_is_not_there_is_405(local_api: Api, method: str) -> None:
    for path, allowed in (
        ("/tasks", "GET"),
        ("/reports/1", "DELETE, GET"),
        ("/tasks/reports/cleanup", "POST"),
    ):
        answer = local_api.http.request(method, path)
        problem(answer, 405)
        assert answer.headers["Allow"] == allowed


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"sprint_id": ""}, "“sprint_id” must be a text"),
        ({"sprint_id": "x" * 101}, "1 to 100 printable"),
        ({"sprint_id": "S", "start_date": "2026-03-15", "end_date": "2026-03-01"}, "ends before it starts"),
        ({"sprint_id": "S", "start_date": "soon"}, "ISO 8601"),
        ({"sprint_id": "S", "items_completed": -1}, "cannot be negative"),
        ({"sprint_id": "S", "items_out_of_sprint_percent": 100.5}, "0 to 100"),
        ({"sprint_id": "S", "team_happiness": 11}, "0 to 10"),
        ({"sprint_id": "S", "velocity": "12"}, "must be a number"),
        ({"sprint_id": "S", "velocity": True}, "must be a number"),
        ({"sprint_id": "S", "velocity": 10**400}, "finite"),
        ({"sprint_id": "S", "velocity": 1, "story_points_completed": 2}, "the same metric"),
        ({"sprint_id": "S", "story_point_distribution": {"huge": 1}}, "small, medium and large"),
        ({"sprint_id": "S", "story_point_distribution": [1]}, "small, medium, large"),
        ({}, "“sprint_id” must be"),
    ],
)
def test_a_bad_sprint_is_refused_with_its_reason_and_the_good_ones_are_kept(
    local_api: Api, row: dict[str, Any], says: str
) -> None:
    team = f"/teams/{uuid.uuid4()}"
    alone = local_api.post(f"{team}/sprints", [row])
    found = problem(alone, 422)
    assert found["errors"][0]["pointer"] == "/0"
    assert says in found["errors"][0]["detail"]
    assert local_api.http.get(team).status_code == 404  # not even the team
    mixed = local_api.post(f"{team}/sprints", {"items": [{"sprint_id": "good", "wip": 2}, row]})
    assert mixed.status_code == 200
    assert mixed.json()["created"] == 1
    assert says in mixed.json()["rejected"][0]["reason"]
    assert mixed.json()["rejected"][0]["row"] == 1


def test_names_in_any_script_time_zones_and_two_sprints_on_one_day(api: Api) -> None:
    rows = [
        {
            "sprint_id": "🙂/1",
            "sprint_name": "اسپرینت ۱",
            "start_date": "2026-03-02T10:00:00+05:30",
            "wip": 1,
        },
        {"sprint_id": "עברית", "sprint_name": "ספרינט", "start_date": "2026-03-02", "wip": 2},
    ]
    assert api.post("/teams/T/sprints", rows).json()["created"] == 2
    named = api.http.put("/teams/T", json={"name": "Équipe 🚀 \u202eevil"})
    assert named.json()["name"] == "Équipe 🚀 evil"
    one = api.http.get("/teams/T/sprints/%F0%9F%99%82%2F1").json()
    assert (one["sprint_id"], one["sprint_name"]) == ("🙂/1", "اسپرینت ۱")
    assert one["start_date"] == "2026-03-02T04:30:00Z"
    assert api.http.delete("/teams/T/sprints/🙂/1").status_code == 204
    assert [s["sprint_id"] for s in api.http.get("/teams/T/sprints").json()["items"]] == ["עברית"]


@pytest.mark.parametrize("dots", [".", "..", "..."])
def test_an_id_of_dots_alone_is_no_team_by_any_door(api: Api, dots: str) -> None:
    said = "A team id is not made of dots alone: give it a letter or a digit."
    path = "/teams/" + dots.replace(".", "%2E")
    table = {"Content-Type": "text/csv"}
    answers = [
        api.http.put(path, json={}),
        api.post(f"{path}/sprints", [{"sprint_id": "1", "wip": 1}]),
        api.http.post(f"{path}/imports", content="Sprint,Done\nA,1\nB,2\n", headers=table),
        api.post(SYNC, {"team_id": dots}),
    ]
    reached = answers if len(dots) > 2 else answers[-1:]  # a client takes the steps "." and ".." by itself
    for answer in reached:
        assert (answer.status_code, answer.json()["detail"]) == (422, said)
    assert dots not in [t["team_id"] for t in api.http.get("/teams").json()["items"]]


def test_marks_that_nobody_sees_do_not_enter_a_sprints_name(local_api: Api) -> None:
    rows = [
        {"sprint_id": "1", "sprint_name": "Spr\u202eint\u200b 1\ufeff", "wip": 1},
        {"sprint_id": "2", "sprint_name": "اسپرینت\u200cها ۲", "wip": 1},  # a joiner is part of the word
        {"sprint_id": "3", "sprint_name": "\u200b\u2060", "wip": 1},
    ]
    assert local_api.post("/teams/Unseen/sprints", rows).json()["created"] == 3
    table = "Sprint\tDone\n\u202aAlpha 1\u202c\t3\nAl\u200bpha 2\t4\n"
    api_answer = local_api.http.post(
        "/teams/Typed/imports", content=table.encode(), headers={"Content-Type": "text/tab-separated-values"}
    )
    assert api_answer.json()["created"] == 2
    names = {
        team: sorted(s["sprint_name"] for s in local_api.http.get(f"/teams/{team}/sprints").json()["items"])
        for team in ("Unseen", "Typed")
    }
    assert names == {"Unseen": ["3", "Sprint 1", "اسپرینت\u200cها ۲"], "Typed": ["Alpha 1", "Alpha 2"]}
