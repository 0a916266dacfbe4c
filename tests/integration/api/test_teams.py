"""Teams and sprints over HTTP, on both databases."""

from __future__ import annotations

from typing import Any

import pytest

from support.http_api import Api


def row(number: int, **values: Any) -> dict[str, Any]:
    return {
        "sprint_id": f"S{number}",
        "sprint_name": f"Sprint {number}",
        "start_date": f"2026-{number:02d}-01",
        "end_date": f"2026-{number:02d}-14",
        "story_points_completed": 20.0 + number,
        **values,
    }


def test_a_team_is_made_renamed_listed_and_deleted(api: Api) -> None:
    made = api.http.put("/teams/TEAM-ALPHA", json={"name": "Alpha"})
    assert made.status_code == 201
    assert (made.json()["team_id"], made.json()["name"], made.json()["sprints"]) == ("TEAM-ALPHA", "Alpha", 0)
    again = api.http.put("/teams/TEAM-ALPHA", json={"name": "Beta"})
    assert (again.status_code, again.json()["name"]) == (200, "Beta")
    assert api.http.put("/teams/TEAM-ALPHA").json()["name"] == "Beta"  # nothing sent, nothing changed
    api.http.put("/teams/a")
    api.http.put("/teams/b")
    page = api.http.get("/teams", params={"limit": 2}).json()
    rest = api.http.get("/teams", params={"limit": 2, "cursor": page["next_cursor"]}).json()
    ids = [t["team_id"] for t in page["items"] + rest["items"]]
    assert sorted(ids) == ["TEAM-ALPHA", "a", "b"]
    assert rest["next_cursor"] is None
    assert api.http.delete("/teams/a").status_code == 204
    assert api.http.get("/teams/a").status_code == 404
    assert api.http.delete("/teams/a").status_code == 404
    assert api.http.get("/teams/team-alpha").status_code == 404  # ids are case-sensitive


def test_sprints_are_put_read_back_and_replaced(api: Api) -> None:
    made = api.http.put("/teams/T/sprints/S1", json=row(1, wip=4))
    assert made.status_code == 201
    stored = made.json()
    assert stored["start_date"] == "2026-01-01T00:00:00Z"
    assert (stored["wip"], stored["story_points_completed"]) == (4.0, 21.0)
    assert (stored["provisional"], stored["source"], stored["withheld"]) == (False, "api", [])
    # What was read may be sent back as it is.
    assert api.http.put("/teams/T/sprints/S1", json=stored).status_code == 200
    changed = api.http.put("/teams/T/sprints/S1", json=row(1, wip=5)).json()
    assert changed["wip"] == 5.0
    assert changed["revised_at"] is not None
    clash = api.http.put("/teams/T/sprints/S1", json=row(2))
    assert clash.status_code == 422
    assert clash.json()["errors"][0]["pointer"] == "/sprint_id"
    assert api.http.get("/teams/T/sprints/S1").json().items() <= changed.items()
    assert (changed["unknown_names"], changed["notes"]) == ([], [])
    shorter = api.http.put("/teams/T/sprints/S1", json=row(1)).json()
    assert set(shorter["provenance"]) == {"story_points_completed"}
    assert shorter["removed"]["wip"]["was"] == 4.0  # as it was at the close
    assert shorter["notes"] == ["Since a PUT replaces the whole sprint, it has no value any more of: wip."]
    assert "no report" in api.http.put("/teams/T/sprints/S2", json={}).json()["notes"][0]


def test_many_sprints_go_in_at_once_and_come_out_by_pages(api: Api) -> None:
    rows = [row(n) for n in range(1, 8)]
    first = api.post("/teams/T/sprints", {"items": rows}).json()
    assert (first["created"], first["updated"], first["skipped"], first["rejected"]) == (7, 0, 0, [])
    gentle = api.http.post("/teams/T/sprints", json=[*rows, row(8)], params={"force_refresh": False}).json()
    assert (gentle["created"], gentle["updated"], gentle["skipped"]) == (1, 0, 7)
    forced = api.post("/teams/T/sprints", rows).json()
    assert (forced["created"], forced["updated"], forced["skipped"]) == (0, 7, 0)
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = api.http.get(
            "/teams/T/sprints", params={"limit": 3} | ({"cursor": cursor} if cursor else {})
        ).json()
        seen += [s["sprint_id"] for s in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [f"S{n}" for n in range(8, 0, -1)]  # newest first
    assert api.http.get("/teams/T").json()["sprints"] == 8


def test_rows_that_contradict_each_other_are_refused_and_slips_are_pointed_out(api: Api) -> None:
    sent = [row(1), row(1), row(2), row(2, wip=3), row(3, cycle_tmie=4.5)]
    answer = api.post("/teams/T/sprints", sent).json()
    assert answer["created"] == 2
    assert [r["row"] for r in answer["rejected"]] == [2, 3]
    assert answer["unknown_names"] == ["cycle_tmie"]
    assert any("Did you mean cycle_time" in note for note in answer["notes"])
    assert any("came twice" in note for note in answer["notes"])


def test_the_happiness_of_a_few_is_not_shown(api: Api) -> None:
    api.post(
        "/teams/T/sprints",
        [
            row(1, team_happiness=3.0, team_happiness_answers=2),
            row(2, team_happiness=7.0, team_happiness_answers=6),
        ],
    )
    few = api.http.get("/teams/T/sprints/S1").json()
    assert "team_happiness" not in few
    assert few["withheld"] == ["team_happiness"]
    assert api.http.get("/teams/T/sprints/S2").json()["team_happiness"] == 7.0


@pytest.mark.parametrize("body", [{"items": [{"bugs_prod": -1}]}, [{"bugs_prod": -1}]])
def test_a_refused_batch_points_at_the_row_as_it_was_sent(local_api: Api, body: object) -> None:
    answer = local_api.http.post("/teams/T/sprints", json=body)
    assert answer.status_code == 422
    wanted = "/items/0" if isinstance(body, dict) else "/0"
    assert [e["pointer"] for e in answer.json()["errors"]] == [wanted]


def test_a_batch_under_another_name_is_refused_in_plain_words(local_api: Api) -> None:
    answer = local_api.http.post("/teams/T/sprints", json={"sprints": []})
    assert answer.status_code == 422
    assert {e["pointer"] for e in answer.json()["errors"]} == {"/items", "/sprints"}
    assert "dict" not in answer.text


def test_head_answers_as_get_does_without_a_body(local_api: Api) -> None:
    for path in ("/health", "/teams", "/docs"):
        answer = local_api.http.head(path)
        assert (answer.status_code, answer.content) == (200, b"")
    assert local_api.http.head("/reports/999999").status_code == 404


def test_a_note_is_put_shown_and_deleted_and_each_value_tells_its_origin(api: Api) -> None:
    api.post("/teams/T/sprints", [row(1, wip=4), row(2)])
    noted = api.http.put(
        "/teams/T/notes/S1", json={"kinds": ["other", "holiday"], "text": "ask @bob", "left_out": True}
    )
    assert noted.status_code == 200
    note = noted.json()["note"]
    assert (note["kinds"], note["text"], note["left_out"]) == (["holiday", "other"], "ask [name]", True)
    assert api.http.get("/teams/T/notes/S1").json() == note
    assert (
        api.http.put("/teams/T/sprints/S1", json=row(1, wip=5)).json()["note"] == note
    )  # a row does not undo it
    shown = api.http.get("/teams/T/sprints/S1").json()
    assert shown["provenance"]["wip"]["source"] == "api"
    assert shown["provenance"]["wip"]["was"] == 4.0
    assert shown["provenance"]["story_points_completed"]["revised_at"] is None
    assert (shown["sources"], shown["differences"]) == (["api"], [])
    wrong = api.http.put("/teams/T/notes/S1", json={"kinds": ["other", "party"]})
    assert wrong.status_code == 422
    assert wrong.json()["detail"].startswith("Entry 2 of “kinds” must be 'holiday', 'people_away'")
    assert api.http.put("/teams/T/notes/S9", json={}).status_code == 404
    assert api.http.get("/teams/T/notes/S2").status_code == 404
    assert api.http.delete("/teams/T/notes/S1").status_code == 204
    assert api.http.get("/teams/T/sprints/S1").json()["note"] is None


def test_the_quality_of_a_teams_record_is_shown_with_its_sources(api: Api) -> None:
    api.post("/teams/T/sprints", [row(n, **({"wip": 4} if n < 3 else {})) for n in range(1, 8)])
    found = api.http.get("/teams/T/quality").json()
    assert found["verdict"] == "gaps"
    assert [(f["kind"], f["metric"]) for f in found["findings"]] == [("missing", "wip")]
    (source,) = found["sources"]
    assert (source["name"], source["state"], source["rows"], source["connected"]) == ("api", "ok", 7, False)
    assert api.http.get("/teams/nobody/quality").status_code == 404


def test_what_cannot_be_kept_of_a_posted_sprint_is_said(local_api: Api) -> None:
    row = {"sprint_id": "S1", "story_points_completed": 20, "goal": "Ship it", "done": True}
    answer = local_api.post("/teams/said/sprints", [row])
    assert answer.json()["created"] == 1
    assert any("done" in note and "goal" in note for note in answer.json()["notes"])
    assert "Ship it" not in answer.text


def test_one_sprint_with_a_field_that_cannot_be_kept_is_refused(local_api: Api) -> None:
    row = {"story_points_completed": 20, "goal": "Ship it"}
    refused = local_api.http.put("/teams/refused/sprints/S1", json=row)
    assert refused.status_code == 422
    assert [e["pointer"] for e in refused.json()["errors"]] == ["/goal"]
    assert local_api.http.get("/teams/refused").status_code == 404


def test_metrics_inside_an_object_are_refused_with_the_form_to_send(local_api: Api) -> None:
    bodies: list[dict[str, Any]] = [
        {"metrics": {}},
        {"sprint_name": "Sprint 1", "metrics": {"velocity": 20}},
    ]
    for sent in bodies:
        refused = local_api.http.put("/teams/inside/sprints/S1", json=sent).json()
        assert refused["status"] == 422
        assert [e["pointer"] for e in refused["errors"]] == ["/metrics"]
        assert "Each metric is a field of the sprint itself" in refused["detail"]


def test_a_key_that_comes_twice_is_named_with_its_place(local_api: Api) -> None:
    raw = b'{"items": [{"sprint_id": "S1", "wip": 1}, {"sprint_id": "S2", "wip": 1, "wip": 2}]}'
    refused = local_api.http.post(
        "/teams/doubled/sprints", content=raw, headers={"Content-Type": "application/json"}
    ).json()
    assert refused["status"] == 422
    assert [e["pointer"] for e in refused["errors"]] == ["/items/1/wip"]
    assert local_api.http.get("/teams/doubled").status_code == 404


def test_slips_and_sprints_on_the_same_days_are_said_of_one_sprint_too(api: Api) -> None:
    first = api.http.put("/teams/T/sprints/S1", json=row(1, velocty=3)).json()
    assert first["unknown_names"] == ["velocty"]
    assert "velocity (story_points_completed)" in first["notes"][0]
    twin = api.http.put(
        "/teams/T/sprints/S1b", json=row(1) | {"sprint_id": "S1b", "sprint_name": "Same"}
    ).json()
    assert twin["notes"] == [
        "“Same” and “Sprint 1” have the same days, 2026-01-01 to 2026-01-14: where they are one sprint, keep one of "
        "them."
    ]
    other = api.post("/teams/T/sprints", [row(2)]).json()
    assert other["notes"] == []  # those days are not its own
    both = api.post("/teams/U/sprints", [row(3), row(3) | {"sprint_id": "x"}]).json()
    assert any("have the same days" in note for note in both["notes"])


def test_a_sprint_can_be_sent_back_as_it_was_given(local_api: Api) -> None:
    path = "/teams/back/sprints/S1"
    local_api.http.put(path, json={"story_points_completed": 20, "end_date": "2026-01-15"})
    given = local_api.http.get(path).json()
    assert local_api.http.put(path, json=given).status_code == 200
    assert local_api.post("/teams/back/sprints", [given]).json()["notes"] == []
