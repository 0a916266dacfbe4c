"""``Idempotency-Key`` works on every POST: nothing is done twice, and the first answer comes again."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import update

from hansei.api.app import create_app
from hansei.api.once import WITHOUT
from hansei.bootstrap import wire
from hansei.db.models import IdempotencyKey
from hansei.db.types import database_time
from hansei.services import idempotency
from hansei.services.idempotency import Key, route_of
from support.http_api import Api, running, wired

ROWS = [{"sprint_id": "S1", "story_points_completed": 20}, {"sprint_id": "S2", "story_points_completed": 22}]
KEY = {"Idempotency-Key": "import 7"}
PATH = "/teams/T/sprints"


def test_the_first_answer_comes_again_although_it_would_be_another_now(api: Api) -> None:
    first = api.post(PATH, ROWS, **KEY)
    again = api.post(PATH, ROWS, **KEY)
    assert first.status_code == again.status_code == 200
    assert first.json()["created"] == 2
    assert again.content == first.content
    assert again.headers["Content-Type"] == first.headers["Content-Type"]
    assert again.headers["X-Content-Type-Options"] == "nosniff"
    assert (first.headers.get("Idempotency-Replayed"), again.headers["Idempotency-Replayed"]) == (
        None,
        "true",
    )
    assert api.post(PATH, ROWS).json()["created"] == 0  # without a key it is done


@pytest.mark.parametrize(("path", "rows"), [(PATH, ROWS[:1]), (f"{PATH}?force_refresh=false", ROWS)])
def test_another_body_or_query_is_refused_and_changes_nothing(
    local_api: Api, path: str, rows: object
) -> None:
    key = {"Idempotency-Key": f"{path} {rows!r}"}
    local_api.post(PATH, ROWS, **key)
    refused = local_api.post(path, rows, **key)
    assert refused.status_code == 422
    assert "another body or other parameters" in refused.json()["detail"]


def test_a_key_counts_for_its_route_alone(local_api: Api) -> None:
    assert local_api.post("/teams/A/sprints", ROWS, **KEY).json()["created"] == 2
    assert local_api.post("/teams/B/sprints", ROWS, **KEY).json()["created"] == 2


def test_what_was_refused_may_be_sent_again(local_api: Api) -> None:
    key = {"Idempotency-Key": "first refused"}
    assert local_api.post("/teams/C/sprints", [{"sprint_id": ""}], **key).status_code == 422
    assert local_api.post("/teams/C/sprints", ROWS, **key).json()["created"] == 2


def test_many_at_once_do_it_once(api: Api) -> None:
    def send(_: int) -> tuple[int, bytes]:
        answer = httpx.post(f"{api.url}{PATH}", json=ROWS, headers=KEY, timeout=30)
        return answer.status_code, answer.content

    with ThreadPoolExecutor(12) as pool:
        answers = set(pool.map(send, range(24)))
    assert len(answers) == 1
    assert next(iter(answers))[0] == 200


def test_two_servers_on_one_database_do_it_once(api: Api) -> None:
    other = wired(api.wiring.settings.database, str(api.wiring.settings.broker_url))
    together = threading.Barrier(8)
    with running(other) as second:

        def send(n: int) -> tuple[int, bytes]:
            together.wait(20)
            url = (api.url, second)[n % 2]
            answer = httpx.post(f"{url}{PATH}", json=ROWS, headers=KEY, timeout=30)
            return answer.status_code, answer.content

        with ThreadPoolExecutor(8) as pool:
            answers = set(pool.map(send, range(8)))
    assert len(answers) == 1
    assert next(iter(answers))[0] == 200


def test_where_the_server_died_before_it_could_keep_its_answer_nothing_is_done_twice(
    local_api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hansei.api import once

    monkeypatch.setattr(once, "WAIT_SECONDS", 0.1)
    path = "/teams/D/sprints"
    body = b'[{"sprint_id": "S1", "story_points_completed": 20}]'
    with local_api.wiring.database.write() as session:  # what such a server left behind
        idempotency.reserve(session, Key("local", route_of("POST", path), "died", body))
    answer = local_api.post(
        path, [{"sprint_id": "S1", "story_points_completed": 20}], **{"Idempotency-Key": "died"}
    )
    assert answer.status_code == 409
    assert "new key" in answer.json()["detail"]
    assert local_api.http.get(path).status_code == 404


def test_a_key_is_forgotten_after_a_day(local_api: Api) -> None:
    key = {"Idempotency-Key": "yesterday"}
    local_api.post("/teams/E/sprints", ROWS, **key)
    with local_api.wiring.database.write() as session:
        old = update(IdempotencyKey).where(IdempotencyKey.key == "yesterday")
        session.execute(old.values(created_at=database_time(-timedelta(hours=24, seconds=1))))
    assert local_api.post("/teams/E/sprints", ROWS[:1], **key).json()["updated"] == 1


@pytest.mark.parametrize("key", ["", "é", "x" * 201, "tab\there"])
def test_a_key_that_cannot_be_one_is_refused(local_api: Api, key: str) -> None:
    headers = [(b"Idempotency-Key", key.encode()), (b"Content-Type", b"application/json")]
    answer = local_api.http.post("/teams/F/sprints", headers=headers, content=b'[{"sprint_id": "S1"}]')
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["in"] == "header"
    assert local_api.http.get("/teams/F").status_code == 404


def test_the_longest_team_id_fits(api: Api) -> None:
    path = f"/teams/{'t' * 100}/sprints"
    assert api.post(path, ROWS, **KEY).content == api.post(path, ROWS, **KEY).content


def test_every_post_says_that_it_takes_a_key() -> None:
    document = create_app(wire({}), local=True).openapi()
    for path, methods in document["paths"].items():
        named = [p["name"].lower() for p in methods.get("post", {}).get("parameters", ())]
        wanted = "post" in methods and not path.startswith(WITHOUT)
        assert named.count("idempotency-key") == wanted, path
