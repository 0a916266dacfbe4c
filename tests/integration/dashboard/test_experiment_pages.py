"""The pages of experiments over real HTTP: the list, the card, the form for one's own, and what the buttons do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest

from hansei import jobs
from hansei.services import decisions, experiments, exports, judging, renderings, submissions
from hansei.tasks import runner
from integration.api.test_experiments import HOSTILE, past, since
from support import databases
from support.http_api import Api, client, running, wired

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def api(tmp_path: Path, broker_url: str) -> Iterator[Api]:
    url = databases.sqlite(tmp_path / "one.db")
    wiring = wired(url, broker_url)
    with running(wiring) as address, client(address) as http:
        http.get("/dashboard")
        made = Api(address, wiring, http)
        assert made.post("/teams/heron/sprints", past()).status_code == 200
        yield made


def send(api: Api, path: str, **form: str) -> httpx.Response:
    token = api.http.cookies.get("hansei_csrf", "")
    return api.http.post(path, data={"csrf": token, **form}, headers={**FORM, "Origin": api.url})


def page(api: Api, path: str) -> str:
    answer = api.http.get(path)
    assert answer.status_code == 200, answer.text
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text.partition("<main")[2])).split())


def report(api: Api) -> int:
    with api.wiring.database.write() as session:
        job = submissions.submit_report(session, team_id="heron", sprint_count=12)
    done = runner.run_inline(api.wiring, job.id)
    assert done.status == "SUCCESS", done.error
    return int((done.result or {})["report_id"])


def own(api: Api, **changes: str) -> httpx.Response:
    form = {"title": "Reviews before lunch", "metric": "review_time", "direction": "down", "percent": "20"}
    return send(api, "/dashboard/teams/heron/experiments/new", **form | {"sprints": "4"} | changes)


def draw(api: Api, path: str) -> None:
    """Draw the chart of an experiment as a worker does."""
    number = int(path.rpartition("/")[2])
    with api.wiring.database.read() as session:
        told = judging.tell(session, number, least_answers=5)
    assert told is not None
    order = exports.TriedOrder(number, renderings.told_of(told))
    with api.wiring.database.write() as session:
        job = exports.accept(session, "heron", order)
        assert exports.accept(session, "heron", order).id == job.id, "one task for all who ask"
        other = exports.TriedOrder(number, "another state of it")
        assert jobs.cancel(session, exports.accept(session, "heron", other).id).id != job.id
    assert runner.run_inline(api.wiring, job.id).status == "SUCCESS"
    assert f"Draw the chart of experiment {order.experiment_id}" in api.http.get("/dashboard/tasks").text


def finish(api: Api, path: str, values: list[float]) -> None:
    shown: dict[str, Any] = api.http.get(path.replace("/dashboard", "").partition("?")[0]).json()
    assert api.post("/teams/heron/sprints", since(shown, values)).status_code == 200


def test_from_an_idea_to_keeping_it(api: Api) -> None:
    number = report(api)
    shown = api.http.get(f"/dashboard/reports/{number}").text
    start = re.findall(r'action="(/dashboard/experiments/\d+/start)"', shown)
    assert len(start) >= 2
    back = send(api, start[0], report_id=str(number))
    assert back.headers["location"] == f"/dashboard/reports/{number}?saved=started#experiments"
    assert "frozen" in page(api, back.headers["location"].partition("#")[0])
    path = start[0].removesuffix("/start")
    assert "sprint 1 of 4, too early to say" in page(api, path)
    assert "sprint 1 of 4, too early to say" in page(api, "/dashboard/teams/heron")
    assert api.http.get("/dashboard").text.count("Read the verdict") == 0
    finish(api, path, [9.0, 8.0, 9.5, 8.5])
    assert "has its verdict. Read the verdict" in page(api, "/dashboard")
    told = page(api, path)
    assert "worked" in told
    assert "Keep it, stop it, or change it?" in told
    assert "Sprints 9–12" in told  # the baseline, by name
    assert "1 tried: 1 worked." in page(api, "/dashboard/experiments")
    second = report(api)
    answered = send(api, f"{path}/conclusion", conclusion="keep", reason="It is easy", report_id=str(second))
    assert answered.headers["location"].startswith(f"/dashboard/reports/{second}?saved=concluded")
    assert "worked · You decided to keep it" in page(api, "/dashboard/experiments?team_id=heron")
    assert api.http.get("/dashboard").text.count("Read the verdict") == 0


def test_a_running_experiment_shows_no_interim_verdict(api: Api) -> None:
    path = own(api).headers["location"].partition("?")[0]
    finish(api, path, [2.0, 2.0, 2.0])
    shown = api.http.get(path).text
    assert "sprint 4 of 4, too early to say" in page(api, path)
    assert "Verdict</h2>" not in shown
    assert "Seen: from" not in shown
    assert "the data fit" not in re.sub(r"<td>.*?</td>", "", shown)  # but for the registered rule
    assert api.http.get(f"{path}/chart.svg").status_code == 503, "nobody here draws it"
    draw(api, path)
    svg = api.http.get(f"{path}/chart.svg").text
    assert svg.startswith("<svg")
    assert "#12599C" not in svg.upper()
    assert "#A8480B" not in svg.upper()
    assert "var(--ordinary)" in api.http.get(f"{path}/chart.svg?form=inline").text


def test_a_form_with_a_mistake_comes_back_with_what_was_written(api: Api) -> None:
    for changes, said in (
        ({"metric": "revue_time"}, "revue_time"),
        ({"percent": "2"}, "0.05 to 0.9"),
        ({"percent": "a"}, "whole number"),
        ({"sprints": "40"}, "sprints from 2 to 12"),
        ({"title": " "}, "Say in a sentence"),
        ({"report_id": "77"}, "no such report"),
    ):
        answer = own(api, change="Nobody starts", **changes)
        assert answer.status_code == 422, changes
        assert said in unescape(answer.text), changes
        assert "Nobody starts" in answer.text
    assert api.http.get("/experiments").json()["items"] == []
    assert own(api).headers["location"].startswith("/dashboard/experiments/")
    assert own(api).status_code == 409


def test_a_second_experiment_is_told_of_the_first_before_and_loses_no_word(api: Api) -> None:
    number = report(api)
    first = own(api).headers["location"].partition("?")[0]
    form = api.http.get("/dashboard/teams/heron/experiments/new").text
    assert "The team is trying something now" in form
    assert f'href="{first}"' in form
    second = own(api, title="Another <one>", change="We talk", role="the host")
    assert second.status_code == 409
    assert 'value="Another &lt;one&gt;"' in second.text
    assert ">We talk</textarea>" in second.text
    assert f'href="{first}"' in second.text
    shown = api.http.get(f"/dashboard/reports/{number}").text
    assert f'href="{first}"' in shown
    assert "Start</button>" not in shown
    with api.wiring.database.read() as session:
        idea = experiments.listed(session, limit=1, team_id="heron", state="proposed")[0].experiment_id
    page_of_idea = f"/dashboard/experiments/{idea}"
    assert f'href="{first}"' in api.http.get(page_of_idea).text
    late = send(api, f"{page_of_idea}/start", role="the host", report_id=str(number))
    assert late.status_code == 409
    assert f'href="{first}"' in late.text
    other = api.post("/teams/stork/sprints", past())
    assert other.status_code == 200
    assert api.http.get(f"/dashboard/teams/stork/experiments/new?like={idea}").status_code == 404


def test_changing_an_idea_begins_with_its_words_and_stopping_needs_a_reason(api: Api) -> None:
    number = report(api)
    link = re.findall(
        r'href="([^"]*experiments/new\?like=[^"]*)"', api.http.get(f"/dashboard/reports/{number}").text
    )
    form = api.http.get(unescape(link[0])).text
    idea = api.http.get(f"/experiments?report_id={number}").json()["items"][-1]
    assert f'value="{idea["title"]}"' in form
    assert f'<option value="{idea["registration"]["metric"]}" selected>' in form
    path = own(api, report_id=str(number)).headers["location"].partition("?")[0]
    assert "Reviews before lunch" in page(api, f"/dashboard/reports/{number}")
    assert send(api, f"{path}/abandon", reason=" ").status_code == 422
    assert send(api, f"{path}/abandon", reason="No time").status_code == 303
    assert "Because: No time" in page(api, path)
    assert "1 stopped before a verdict." in page(api, "/dashboard/experiments")
    assert "had no" not in page(api, "/dashboard/experiments")


def test_a_verdict_to_be_changed_leads_to_the_next_experiment(api: Api) -> None:
    path = own(api).headers["location"].partition("?")[0]
    finish(api, path, [22.0, 24.0, 26.0, 21.0])
    answer = send(api, f"{path}/conclusion", conclusion="change", reason="Before stand-up instead")
    assert (
        answer.headers["location"] == f"/dashboard/teams/heron/experiments/new?like={path.rpartition('/')[2]}"
    )
    assert 'value="Reviews before lunch"' in api.http.get(answer.headers["location"]).text
    assert send(api, f"{path}/conclusion", conclusion="hide").status_code == 422


def test_hostile_words_stay_words_on_every_page(api: Api) -> None:
    number = report(api)
    path = own(api, title=HOSTILE, change=HOSTILE, role=HOSTILE, report_id=str(number)).headers["location"]
    path = path.partition("?")[0]
    finish(api, path, [22.0, 24.0, 26.0, 21.0])
    send(api, f"{path}/conclusion", conclusion="keep", reason=HOSTILE)
    with api.wiring.database.write() as session:
        decisions.decide(
            session, number, choice="own", own=HOSTILE, reason=HOSTILE, role=HOSTILE, least_answers=5
        )
    later = report(api)
    for each in (
        path,
        "/dashboard/experiments",
        f"/dashboard/reports/{number}",
        f"/dashboard/reports/{later}",
        f"/dashboard/teams/heron/experiments/new?like={path.rpartition('/')[2]}",
        "/dashboard/teams/heron",
    ):
        text = api.http.get(each).text
        assert "<img src=x" not in text, each
        assert "\u202e" not in text
        assert "mail@evil.example" not in text
        assert "49" not in re.findall(r"\{\{(\d+)", text)
    draw(api, path)
    assert "<img src=x" not in api.http.get(f"{path}/chart.svg").text


def test_a_link_without_the_note_tells_no_reason_of_the_team(api: Api) -> None:
    path = own(api).headers["location"].partition("?")[0]
    send(api, f"{path}/abandon", reason="The secret reason")
    first = report(api)
    with api.wiring.database.write() as session:
        decisions.decide(session, first, choice="own", own="x", reason="The secret reason", least_answers=5)
    number = report(api)
    assert "The secret reason" in api.http.get(f"/reports/{number}.md").text
    for with_note, shown in ((False, 0), (True, 1)):
        made = api.post("/shares", {"report_id": number, "with_note": with_note}).json()
        answer = api.http.get(made["url"])
        assert answer.status_code == 200, answer.text
        assert answer.text.count("The secret reason") == shown


def test_lists_ask_a_fixed_number_of_questions(api: Api) -> None:
    def asked() -> int:
        from sqlalchemy import event

        seen: list[str] = []
        engine = api.wiring.database.read_engine
        event.listen(engine, "before_cursor_execute", lambda *a: seen.append(a[2]))
        with api.wiring.database.read() as session:
            experiments.listed(session, limit=100)
            experiments.ledger(session)
        return len(seen)

    own(api)
    first = asked()
    for n in range(4):
        team = f"team-{n}"
        api.post(f"/teams/{team}/sprints", past())
        body = {"team_id": team, "title": "Same", "metric": "review_time", "direction": "down"}
        assert api.post("/experiments", body).status_code == 201
    assert asked() == first


def test_a_start_by_another_page_is_refused(api: Api) -> None:
    token = api.http.cookies.get("hansei_csrf", "")
    headers = {**FORM, "Origin": "http://evil.example"}
    path = "/dashboard/teams/heron/experiments/new"
    assert api.http.post(path, data={"csrf": token, "title": "x"}, headers=headers).status_code == 403
