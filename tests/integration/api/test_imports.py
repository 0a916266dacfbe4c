"""Importing tables over HTTP: a dry run that stores nothing, the real one, the same again, a changed value."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from hansei.render import xlsx
from hansei.services import reports
from support.http_api import Api

PAYLOADS = Path(__file__).resolve().parents[2] / "payloads" / "table"
VELOCITY = (PAYLOADS / "jira_velocity.txt").read_text(encoding="utf-8")
CSV = (
    "Sprint,Start,End,Commitment,Completed\nS1,2026-01-05,2026-01-16,30,28\nS2,2026-01-19,2026-01-30,31,33\n"
)


def send(
    api: Api,
    content: str | bytes,
    kind: str = "text/csv",
    team: str = "heron",
    headers: dict[str, str] | None = None,
    **query: Any,
) -> httpx.Response:
    sent = {"Content-Type": kind, **(headers or {})}
    return api.http.post(f"/teams/{team}/imports", content=content, headers=sent, params=query, timeout=60)


def counts(answer: httpx.Response) -> tuple[bool, int, int, int, int]:
    body = answer.json()
    return body["stored"], body["created"], body["updated"], body["unchanged"], len(body["rejected"])


def stored(api: Api, team: str = "heron") -> list[dict[str, Any]]:
    answer = api.http.get(f"/teams/{team}/sprints")
    return list(answer.json()["items"]) if answer.status_code == 200 else []


def test_a_dry_run_says_what_the_real_run_does_and_stores_nothing(api: Api) -> None:
    tried = send(api, VELOCITY, dry_run=True)
    assert counts(tried) == (False, 7, 0, 0, 0)
    assert api.http.get("/teams/heron").status_code == 404
    done = send(api, VELOCITY)
    assert counts(done) == (True, 7, 0, 0, 0)
    assert {**tried.json(), "stored": True} == done.json()
    assert "only a change of more than" in done.json()["worth"]
    assert len(stored(api)) == 7


def test_the_same_again_creates_nothing_and_a_changed_value_is_listed_and_confirmed_first(api: Api) -> None:
    send(api, CSV)
    before = stored(api)
    assert counts(send(api, CSV)) == (True, 0, 0, 2, 0)
    assert stored(api) == before
    other = CSV.replace(",33", ",34")
    looked = send(api, other, dry_run=True).json()
    expected = [{"sprint_id": "S2", "metric": "story_points_completed", "old": 33.0, "new": 34.0}]
    assert looked["changes"] == expected
    refused = send(api, other)
    assert refused.status_code == 409
    assert refused.headers["content-type"] == "application/problem+json"
    assert "S2: Points completed from 33 to 34." in [e["detail"] for e in refused.json()["errors"]]
    assert stored(api) == before
    assert counts(send(api, other, confirm_changes=True)) == (True, 0, 1, 1, 0)
    assert [s["story_points_completed"] for s in stored(api)] == [34, 28]


@pytest.mark.parametrize(
    "other",
    ["HER\u00a0Sprint 1", "her sprint 1", "HER  Sprint  1", "HER Sprint 1\u200b", "\u202aHER Sprint 1\u202c",
     "HER\u2011Sprint 1", "HER Sprint 01", "HER S1", "HER Sprint １"],
)  # fmt: skip
def test_a_sprint_in_another_spelling_is_the_same_sprint(local_api: Api, other: str) -> None:
    table = "Sprint\tCommitment\tCompleted\n{}\t3\t3\nHER Sprint 2\t3\t4\n"
    send(local_api, table.format("HER Sprint 1"))
    before = stored(local_api)
    again = send(local_api, table.format(other))
    assert counts(again) == (True, 0, 0, 2, 0)
    assert any("spelt in another way" in note for note in again.json()["notes"])
    assert stored(local_api) == before


def test_a_change_that_another_source_hides_is_said_before_and_after_it_is_stored(api: Api) -> None:
    send(api, CSV)
    sent = {"sprint_id": "S2", "sprint_name": "S2", "story_points_completed": 31}
    api.post("/teams/heron/sprints", [sent]).raise_for_status()
    other = CSV.replace(",33", ",34")
    said = (
        "Of 1 changed value, 1 will not show in reports: source “api” comes before “table” for this team. Change the "
        "order under “Data” on the team's page, or with `hansei source order`."
    )
    assert said in send(api, other, dry_run=True).json()["notes"]
    done = send(api, other, confirm_changes=True).json()
    assert said in done["notes"]
    assert [c["new"] for c in done["changes"]] == [34]
    assert [s["story_points_completed"] for s in stored(api)] == [31, 28]
    api.http.put("/teams/heron/sources", json={"order": ["table"]}).raise_for_status()
    shown = send(api, CSV, confirm_changes=True).json()
    assert shown["values_changed"] == 1
    assert not any("will not show" in note for note in shown["notes"])
    assert [s["story_points_completed"] for s in stored(api)] == [33, 28]


def test_of_changes_those_that_show_are_not_counted_as_hidden(local_api: Api) -> None:
    send(local_api, CSV, team="two")
    sent = {"sprint_id": "S2", "sprint_name": "S2", "story_points_completed": 31}
    local_api.post("/teams/two/sprints", [sent]).raise_for_status()
    notes = send(local_api, CSV.replace(",33", ",34").replace(",28", ",29"), team="two", dry_run=True).json()[
        "notes"
    ]
    assert any(n.startswith("Of 2 changed values, 1 will not show in reports") for n in notes)


def test_months_as_names_are_stored_in_their_order(api: Api) -> None:
    months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    rows = "".join(f"{month} 2025,20\n" for month in months)
    assert counts(send(api, f"Sprint,Completed\n{rows}")) == (True, 12, 0, 0, 0)
    assert [s["sprint_name"] for s in stored(api)] == [f"{month} 2025" for month in months[::-1]]


def test_of_many_changed_values_the_first_are_listed_and_all_are_counted(api: Api) -> None:
    def table(value: int) -> str:
        names = ",".join(f"m_{n}" for n in range(30))
        return f"Sprint,{names}\n" + "".join(f"S{n},{','.join([str(value)] * 30)}\n" for n in range(40))

    send(api, table(1), answer="measures=all")
    looked = send(api, table(2), answer="measures=all", dry_run=True).json()
    assert (looked["updated"], looked["values_changed"], len(looked["changes"])) == (40, 1200, 1000)
    refused = send(api, table(2), answer="measures=all").json()
    assert refused["detail"].startswith("1200 stored values would change")
    assert send(api, table(2), answer="measures=all", confirm_changes=True).json()["updated"] == 40
    assert {s["m_29"] for s in stored(api)} == {2.0}


def test_two_kinds_of_table_about_the_same_sprints_add_to_each_other(api: Api) -> None:
    send(api, CSV)
    items = "Issue key,Issue Type,Status,Sprint,Resolved,Created\nA-1,Bug,Done,S1,2026-01-09,2026-01-07\n"
    assert send(api, items).status_code == 200
    (first,) = [s for s in stored(api) if s["sprint_name"] == "S1"]
    assert (first["story_points_completed"], first["items_completed"], first["lead_time"]) == (28, 1, 48)
    assert len(stored(api)) == 2


def test_an_empty_cell_takes_nothing_away(api: Api) -> None:
    send(api, CSV)
    assert counts(send(api, "Sprint,Commitment,WIP\nS1,,4\n", confirm_changes=True)) == (True, 0, 1, 0, 0)
    (first,) = [s for s in stored(api) if s["sprint_id"] == "S1"]
    assert (first["story_points_planned"], first["wip"]) == (30, 4)


def test_answers_are_kept_so_that_next_month_asks_nothing(api: Api) -> None:
    table = {"text": VELOCITY, "answers": {"first_sprint": "HER Sprint 35", "first_start": "2026-01-05"}}
    done = api.post("/teams/heron/imports", table).json()
    assert (done["stored"], done["dates_assumed"]) == (True, True)
    days = {s["sprint_id"]: s["start_date"][:10] for s in stored(api)}
    assert (days["HER Sprint 35"], days["HER Sprint 36"], days["HER Sprint 41"]) == (
        "2026-01-05",
        "2026-01-19",
        "2026-03-30",
    )
    lines = VELOCITY.splitlines()
    later = "\n".join([lines[0], "HER Sprint 42\t30\t31", *lines[1:-1]])
    again = send(api, later, "text/plain").json()
    assert (again["created"], again["updated"], again["unchanged"], again["dates_assumed"]) == (1, 0, 6, True)
    assert {s["sprint_id"]: s["start_date"][:10] for s in stored(api)}["HER Sprint 42"] == "2026-04-13"


def test_dates_are_known_to_be_assumed_sprint_by_sprint(api: Api) -> None:
    answers = {"first_sprint": "HER Sprint 35", "first_start": "2026-01-05"}
    api.post("/teams/heron/imports", {"text": VELOCITY, "answers": answers})
    recorded = "Sprint,Start,End,Commitment\nHER Sprint 42,2026-04-13,2026-04-24,30\n"
    assert send(api, recorded).status_code == 200
    assumed = {s["sprint_id"]: s["dates_assumed"] for s in stored(api)}
    assert assumed == {**{f"HER Sprint {n}": True for n in range(35, 42)}, "HER Sprint 42": False}
    order = reports.ReportOrder("heron", 3, None, None, ())
    with api.wiring.database.read() as session:
        notes = reports.gather(session, order, least_answers=5).notes
    assert [n for n in notes if "assumed" in n] == [
        "The dates of 7 of 8 sprints are assumed: computed from one first day."
    ]


def test_dates_given_later_are_stored_and_recorded_ones_replace_assumed_ones_unasked(api: Api) -> None:
    send(api, VELOCITY)
    assert all("start_date" not in s for s in stored(api))
    answers = {"first_sprint": "HER Sprint 35", "first_start": "2026-01-05"}
    done = api.post("/teams/heron/imports", {"text": VELOCITY, "answers": answers}).json()
    assert (done["created"], done["updated"], done["changes"]) == (0, 7, [])
    assert {s["dates_assumed"] for s in stored(api)} == {True}
    recorded = "Sprint,Start,End,Completed\nHER Sprint 41,2026-03-23,2026-04-03,31\n"
    assert counts(send(api, recorded)) == (True, 0, 1, 0, 0)
    newest = stored(api)[0]
    assert (newest["sprint_id"], newest["start_date"], newest["dates_assumed"]) == (
        "HER Sprint 41",
        "2026-03-23T00:00:00Z",
        False,
    )
    # an undated paste afterwards takes nothing away, and other recorded dates are a change to confirm
    assert counts(send(api, VELOCITY))[1:3] == (0, 0)
    moved = send(api, recorded.replace("04-03", "04-10"))
    assert moved.status_code == 409
    assert "HER Sprint 41: last day from 2026-04-03 to 2026-04-10." in [
        e["detail"] for e in moved.json()["errors"]
    ]


def test_an_undated_sprint_that_runs_is_stored_as_open_enters_no_report_and_is_refreshed_unasked(
    api: Api,
) -> None:
    table = "Sprint,Commitment,Completed\nS1,30,28\nS2,31,33\nS3,29,12\n"
    assert counts(send(api, table, answer="last_sprint=running")) == (True, 3, 0, 0, 0)
    assert {s["sprint_id"]: s["provisional"] for s in stored(api)} == {"S1": False, "S2": False, "S3": True}
    order = reports.ReportOrder("heron", 5, None, None, ())
    with api.wiring.database.read() as session:
        material = reports.gather(session, order, least_answers=5)
    assert [s.sprint_id for s in material.window] == ["S1", "S2"]
    later = table.replace("29,12", "29,27")
    looked = send(api, later, dry_run=True).json()
    assert (looked["updated"], looked["changes"]) == (1, [])
    assert counts(send(api, later, answer="last_sprint=over")) == (True, 0, 1, 2, 0)
    newest = stored(api)[0]
    assert (newest["story_points_completed"], newest["provisional"], newest["revised_at"]) == (
        27,
        False,
        None,
    )


def test_a_sprint_imported_while_it_ran_is_closed_by_the_same_table_after_its_end(local_api: Api) -> None:
    running = "Sprint,Start,End,Completed\nS1,2026-01-05,2026-01-16,28\nS2,2026-01-19,2099-01-30,12\n"
    send(local_api, running, team="ends")
    assert stored(local_api, "ends")[0]["provisional"]
    assert counts(send(local_api, running.replace("2099", "2026"), team="ends")) == (True, 0, 1, 1, 0)
    assert not stored(local_api, "ends")[0]["provisional"]


def test_an_open_question_is_asked_and_nothing_stored(local_api: Api) -> None:
    table = "Sprint,Start,Velocity\nS1,01/02/2026,20\nS2,03/04/2026,21\n"
    looked = send(local_api, table, team="asked", dry_run=True).json()
    (question,) = [q for q in looked["questions"] if q["needed"]]
    assert (question["key"], question["choices"]) == ("date_order", ["day_first", "month_first"])
    refused = send(local_api, table, team="asked")
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/answers/date_order"
    assert stored(local_api, "asked") == []
    assert "Answer date_order=day_first|month_first and send it again." in refused.json()["detail"]
    wrong = send(local_api, table, team="asked", answer="date_order=sideways")
    assert "must be one of day_first, month_first" in wrong.json()["detail"]
    (error,) = wrong.json()["errors"]
    assert (error["in"], error["pointer"]) == ("query", "/answer")
    sent = {"text": table, "answers": {"date_order": "sideways"}}
    (error,) = local_api.post("/teams/asked/imports", sent).json()["errors"]
    assert (error["in"], error["pointer"]) == ("body", "/answers/date_order")
    assert counts(send(local_api, table, team="asked", answer="date_order=day_first"))[1] == 2
    assert stored(local_api, "asked")[0]["start_date"] == "2026-04-03T00:00:00Z"


def test_an_answer_of_another_form_is_told_the_form(local_api: Api) -> None:
    for given in ("bogus", "=items", ["unit=items", "bogus"]):
        body = send(local_api, VELOCITY, team="form", answer=given).json()
        assert body["detail"] == "An answer is written KEY=VALUE. For example ?answer=unit=items."
        assert [(e["in"], e["pointer"]) for e in body["errors"]] == [("query", "/answer")]
    stray = send(local_api, VELOCITY, team="form", answer="colour=red").json()
    assert "does not ask for “colour”" in stray["detail"]
    assert [(e["in"], e["pointer"]) for e in stray["errors"]] == [("query", "/answer")]


def test_a_name_that_is_too_long_is_told_by_the_column_that_holds_it(local_api: Api) -> None:
    for head in ("Sprint", "Iteration", "ID"):
        table = f"{head},Completed\n{'x' * 300},20\nS2,21\n"
        (refused,) = send(local_api, table, team="long", dry_run=True).json()["rejected"]
        said = "must be a text of 1 to 100 printable characters on one line: shorten or correct it."
        assert refused["reason"] == f"Line 2: “{head}” {said}"


def test_sprints_that_may_be_others_under_another_name_are_said_before_they_are_stored(api: Api) -> None:
    dated = [
        {
            "sprint_id": f"J{n}",
            "sprint_name": f"Sprint {n}",
            "start_date": f"2026-{n:02}-01",
            "end_date": f"2026-{n:02}-14",
        }
        for n in range(1, 5)
    ]
    assert api.post("/teams/heron/sprints", dated).json()["notes"] == []
    table = "Sprint\tCommitment\tCompleted\n" + "".join(f"HER Sprint {n}\t30\t28\n" for n in range(2, 5))
    said = (
        "3 sprints may be counted twice: “HER Sprint 2” has no dates and may be “Sprint 2”. Give the table its dates, "
        "or the names of the other source, and import it again; or leave one of each two out."
    )
    looked = send(api, table, dry_run=True).json()
    assert (said in looked["notes"], looked["created"]) == (True, 3)
    assert said not in send(api, table.replace("HER ", ""), dry_run=True).json()["notes"]
    alone = "Sprint\tCompleted\nHER Sprint 2\t28\nHER Sprint 9\t28\n"
    assert not any("counted twice" in note for note in send(api, alone, dry_run=True).json()["notes"])
    assert said in send(api, table).json()["notes"]
    assert said in api.post("/teams/heron/sprints", dated).json()["notes"]
    elsewhere = {"sprint_id": "J9", "start_date": "2026-09-01", "end_date": "2026-09-14"}
    assert api.http.put("/teams/heron/sprints/J9", json=elsewhere).json()["notes"] == [
        "It holds no measure, so no report can say anything of it."
    ]


def test_a_workbook(local_api: Api) -> None:
    book = xlsx.write([["Sprint", "Velocity"], ["Sprint 1", 20.0], ["Sprint 2", 21.0]], title="A")
    assert counts(send(local_api, book, xlsx.MEDIA_TYPE, team="book")) == (True, 2, 0, 0, 0)


@pytest.mark.parametrize(
    ("content", "kind", "status", "said"),
    [
        ("", "text/csv", 422, "no table in the body"),
        ("<!doctype html><title>Sign in</title>", "text/csv", 422, "web page"),
        ("Sprint,Velocity\nA,1\n".encode("utf-16-le"), "text/plain", 422, "not plain text"),
        (b"PK\x03\x04nothing", xlsx.MEDIA_TYPE, 422, "not a workbook"),
        ("Sprint,Velocity\nA,=1+1\n", "text/csv", 422, "not a number"),
        ("a" * 5_000_001, "text/csv", 413, "larger than 5 MB"),
        ("Sprint,Velocity\nA,1\n", "image/png", 415, "text/csv"),
        (
            "--x\r\n",
            "multipart/form-data; boundary=x",
            415,
            "--data-binary @table.csv -H 'Content-Type: text/csv'",
        ),
        ('{"text": "Sprint,Velocity\\nA,1\\n", "more": 1}', "application/json", 422, "more"),
        ('{"text": 1}', "application/json", 422, "text"),
        ("{", "application/json", 400, "not JSON"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_sentence_and_nothing_is_stored(
    local_api: Api, content: str | bytes, kind: str, status: int, said: str
) -> None:
    refused = send(local_api, content, kind, team="hostile")
    assert (refused.status_code, refused.headers["content-type"]) == (status, "application/problem+json")
    assert said in refused.text
    assert local_api.http.get("/teams/hostile").status_code == 404


def test_the_sprints_as_csv_are_read_back_to_the_same(api: Api) -> None:
    rows = [
        {"sprint_id": "=1+1", "sprint_name": "Total", "story_points_completed": 20.5, "deploys": 3},
        {"sprint_id": "S2", "end_date": "2026-01-30", "items_out_of_sprint_percent": 0.5,
         "story_point_distribution": {"small": 3, "large": 1}},
    ]  # fmt: skip
    assert api.post("/teams/one/sprints", rows).status_code == 200
    exported = api.http.get("/teams/one/sprints.csv")
    assert exported.headers["content-disposition"] == 'attachment; filename="one-sprints.csv"'
    assert "'=1+1" in exported.text
    assert counts(send(api, exported.content, team="two")) == (True, 2, 0, 0, 0)
    assert api.http.get("/teams/two/sprints.csv").text == exported.text
    assert api.http.get("/teams/none/sprints.csv").status_code == 404


def test_no_number_of_a_single_person_comes_in_by_any_door(api: Api) -> None:
    row = {"sprint_id": "S1", "velocity": 3, "Anna.Schmidt": 2, "assignee_otto": 3}
    sent = api.post("/teams/one/sprints", [row]).json()
    assert (sent["created"], sent["unknown_names"]) == (1, [])
    assert "no number of a single person is kept" in sent["notes"][0]
    refused = api.http.put("/teams/one/sprints/S2", json=row | {"sprint_id": "S2"})
    assert refused.status_code == 422
    assert "no number of a single person is kept" in refused.json()["errors"][0]["detail"]
    ours = "sprint_id,sprint_name,start_date,end_date,series:Anna.Schmidt,series:deploys\nS1,S1,,,5,6\n"
    table = "Sprint,Completed,anna@example.org,assignee: Otto,Deploys\nS2,5,1,2,6\n"
    for content in (ours, table):
        body = send(api, content, team="two", answer=["measures=all"] if content is table else []).json()
        assert body["stored"] is True
        assert [c["reason"] for c in body["columns"] if not c["name"]] == [
            "it is about people or holds free text" for _ in range(1 if content is ours else 2)
        ]
    assert {*"".join(api.http.get("/teams/two/sprints.csv").text.splitlines()[0]).split(",")} >= {
        "series:deploys"
    }
    everything = api.http.get("/teams/one/sprints").text + api.http.get("/teams/two/sprints").text
    assert not any(word in everything.lower() for word in ("anna", "schmidt", "otto"))


def test_what_the_team_noted_travels_with_its_sprints(api: Api) -> None:
    send(api, CSV + "S3,2026-02-02,2026-02-13,30,9\n")
    noted = {"kinds": ["incident", "people_away"], "left_out": True, "text": "Ask @vera"}
    assert api.http.put("/teams/heron/notes/S3", json=noted).status_code == 200
    exported = api.http.get("/teams/heron/sprints.csv")
    assert "vera" not in exported.text
    assert counts(send(api, exported.content, team="other")) == (True, 3, 0, 0, 0)
    assert api.http.get("/teams/other/sprints.csv").text == exported.text
    copied = stored(api, "other")[0]["note"]
    assert (copied["kinds"], copied["left_out"], copied["text"]) == (["people_away", "incident"], True, None)
    # what the team notes itself stays, whatever an older export says
    api.http.put("/teams/other/notes/S3", json={"kinds": ["holiday"]})
    send(api, exported.content, team="other")
    assert stored(api, "other")[0]["note"]["kinds"] == ["holiday"]


def test_names_addresses_and_texts_of_people_are_nowhere_afterwards(
    local_api: Api, capfd: pytest.CaptureFixture[str]
) -> None:
    people = "Vera Otto Beispiel Muster Anna Bert Luis example.com krank footer".split()  # noqa: SIM905 - shorter
    people += [word.lower() for word in people[:7]]
    for number, path in enumerate(sorted(p for p in PAYLOADS.iterdir() if p.suffix != ".md")):
        again = {"Idempotency-Key": f"people-{number}"}  # its answer is stored as well
        kept = send(local_api, path.read_bytes(), team=f"people-{number}", headers=again)
        if kept.status_code == 422:  # it asks for its calendar
            kept = send(local_api, path.read_bytes(), team=f"people-{number}", answer="count_from=2013-01-07")
        assert kept.status_code == 200, (path.name, kept.text)
        exported = local_api.http.get(f"/teams/people-{number}/sprints.csv").text
        assert [word for word in people if word in exported + kept.text] == [], path.name
    with local_api.wiring.database.write_engine.connect() as connection:
        dump = "\n".join(connection.connection.driver_connection.iterdump())  # type: ignore[union-attr]  # sqlite3
    assert "HER Sprint 41" in dump
    assert [word for word in people if word in dump] == []
    logged = capfd.readouterr()
    assert [word for word in people if word in logged.out + logged.err] == []
