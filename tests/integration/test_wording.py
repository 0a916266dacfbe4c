"""Reports worded by a language model, through every door: chosen by a team, stored with its record, written again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from hansei import jobs
from hansei.bootstrap import wire
from hansei.cli.doctor import _wording
from hansei.db.models import Job
from hansei.db.types import database_time
from hansei.narrative import prompt
from hansei.services import renderings, reports, samples, submissions, wording
from hansei.tasks.runner import run_inline
from support import databases
from support.broken import BROKEN, SLOW
from support.http_api import Api, client, running
from support.model import Asked, Behave, Model, honest, model, says

TEAM = "TEAM-ALPHA"
NAME = "openai-chat:any"
KEY = "sk-CanaryBird6xyz"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
CONTEXT = "We had a release freeze in spring."


def well(asked: Asked) -> Any:
    """Word the report well."""
    return says(honest(asked))(asked)


class Service:
    """A model service whose behaviour a test may replace."""

    def __init__(self) -> None:
        self.behave: Behave = well
        self.model: Model | None = None

    def __call__(self, asked: Asked) -> Any:
        return self.behave(asked)

    @property
    def seen(self) -> list[Asked]:
        assert self.model is not None
        return self.model.seen


Open = Callable[..., tuple[Api, Service]]


@pytest.fixture
def opened(database_url: str, broker_url: str) -> Iterator[Open]:
    """Serve an API whose teams may let a model word their reports; the sample team is stored."""
    with ExitStack() as stack:

        def make(**settings: str) -> tuple[Api, Service]:
            return _opened(stack, database_url, broker_url, settings)

        yield make


@pytest.fixture
def one(tmp_path: Path, broker_url: str) -> Iterator[Open]:
    """The same on SQLite alone."""
    url = databases.sqlite(tmp_path / "one.db")
    with ExitStack() as stack:
        yield lambda **settings: _opened(stack, url, broker_url, settings)


def _opened(
    stack: ExitStack, database_url: str, broker_url: str, settings: dict[str, str]
) -> tuple[Api, Service]:
    service = Service()
    service.model = stack.enter_context(model(service))
    llm = {"MODEL": NAME, "BASE_URL": service.model.url, "API_KEY": KEY, "SECONDS": "30", **settings}
    environ = {"HANSEI_DATABASE_URL": database_url, "HANSEI_BROKER_URL": broker_url}
    wiring = wire(environ | {f"HANSEI_LLM{'_' if k else ''}{k}": v for k, v in llm.items() if v})
    with wiring.database.write() as session:
        samples.load(session, now=wiring.clock.now())
    url = stack.enter_context(running(wiring))
    http = stack.enter_context(client(url))
    http.get("/dashboard")
    return Api(url, wiring, http), service


def choose(api: Api, *, by_model: bool = True) -> httpx.Response:
    return api.http.put(f"/teams/{TEAM}/wording", json={"model": by_model})


def made(api: Api, **asked: Any) -> dict[str, Any]:
    """Make a report as a door does and return it as stored."""
    answer = api.http.post("/tasks/reports/generate", json={"team_id": TEAM, "sprint_count": 12, **asked})
    assert answer.status_code == 202, answer.text
    job = run_inline(api.wiring, answer.json()["task_id"])
    assert job.status == "SUCCESS", job.error
    found: dict[str, Any] = api.http.get(f"/reports/{(job.result or {})['report_id']}").json()
    return found


def again(api: Api, report_id: int, **asked: Any) -> jobs.JobView:
    answer = api.http.post(f"/reports/{report_id}/narrative", json=asked)
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"/tasks/status/{answer.json()['task_id']}"
    return run_inline(api.wiring, answer.json()["task_id"])


def send(api: Api, path: str, **form: str) -> httpx.Response:
    token = api.http.cookies.get("hansei_csrf", "")
    return api.http.post(path, data={"csrf": token, **form}, headers={**FORM, "Origin": api.url})


def visible(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_a_team_that_chose_it_has_its_reports_worded_and_another_has_not(opened: Open) -> None:
    api, service = opened()
    assert made(api)["narrative"]["narrator"] == "template"
    assert service.seen == []
    assert choose(api).json() == {"team_id": TEAM, "narrator": NAME}
    report = made(api, custom_context=CONTEXT)
    assert report["narrative"]["narrator"] == NAME
    assert report["headline"].startswith("Since Sprint 36, reviews have taken longer")
    assert {"headline", "summary"} <= {*report["narrative"]["wording"]["written"]}
    assert service.seen[0].data["note"] == CONTEXT
    assert service.seen[0].headers["authorization"] == f"Bearer {KEY}"
    (only,) = api.http.get(f"/reports/{report['report_id']}/narrative").json()["items"]
    assert (only["revision"], only["narrator"], only["wording"]["model"]) == (1, NAME, NAME)
    assert only["prompt"].startswith(f"{prompt.VERSION}\n{prompt.INSTRUCTIONS}")
    assert only["prompt"].endswith(service.seen[0].messages[-1])
    small = api.http.get(f"/reports/{report['report_id']}.md").text
    assert f"wording: {NAME}, each sentence checked against the numbers" in small
    assert choose(api, by_model=False).json()["narrator"] == "template"
    assert made(api)["narrative"]["narrator"] == "template"


def test_a_stored_report_is_worded_again_without_touching_a_number(opened: Open) -> None:
    api, _ = opened()
    was = made(api)
    number = was["report_id"]
    with api.wiring.database.read() as session:
        stored = reports.get(session, number)
    pdf = renderings.obtain(api.wiring.database, stored, "pdf")
    choose(api)
    done = again(api, number)
    assert done.status == "SUCCESS", done.error
    now = api.http.get(f"/reports/{number}").json()
    assert done.result is not None
    assert {k: done.result[k] for k in ("report_id", "revision", "narrator", "headline")} == {
        "report_id": number,
        "revision": 2,
        "narrator": NAME,
        "headline": now["headline"],
    }
    assert now["headline"] != was["headline"]
    for words in ("headline", "summary", "narrative"):
        now.pop(words)
    assert now == {k: v for k, v in was.items() if k not in ("headline", "summary", "narrative")}
    shown = done.result["headline"]
    assert api.http.get("/reports").json()["items"][0]["headline"] == shown
    assert shown in api.http.get(f"/reports/{number}.md").text
    assert shown in unescape(api.http.get(f"/dashboard/reports/{number}").text)
    with api.wiring.database.read() as session:
        stored = reports.get(session, number)
        assert renderings.kept(session, stored, "pdf") is None  # drawn from other words
        assert renderings.kept(session, stored, "charts") is not None  # the numbers are the same
    assert renderings.obtain(api.wiring.database, stored, "pdf") != pdf
    back = again(api, number, narrator="template")
    assert back.status == "SUCCESS"
    assert api.http.get(f"/reports/{number}").json()["headline"] == was["headline"]
    revisions = api.http.get(f"/reports/{number}/narrative").json()["items"]
    assert [(r["revision"], r["narrator"]) for r in revisions] == [
        (3, "template"),
        (2, NAME),
        (1, "template"),
    ]


@pytest.mark.parametrize("name", ["429, Retry-After an hour", "truncated", "wrong schema", "refusal", "empty text",
    "1 MB", "HTML with 200", "says nothing (time-out)"])  # fmt: skip
def test_whatever_the_model_answers_the_report_is_stored_and_says_who_wrote_it(one: Open, name: str) -> None:
    api, service = one(SECONDS="1" if name in SLOW else "20")
    choose(api)
    service.behave = BROKEN[name][0]
    report = made(api)
    assert service.seen
    assert report["narrative"]["narrator"] == "template"
    assert report["narrative"]["wording"]["why"]
    small = api.http.get(f"/reports/{report['report_id']}.md").text
    assert f"wording: template ({NAME} was asked: " in small
    assert KEY not in str(report) + small


def test_a_rewording_that_gives_nothing_leaves_the_words_and_says_why(one: Open) -> None:
    api, service = one()
    choose(api)
    number = made(api)["report_id"]
    was = api.http.get(f"/reports/{number}").json()
    service.behave = BROKEN["500 each time"][0]
    done = again(api, number)
    assert (done.status, done.error_type) == ("FAILURE", "ModelWroteNothing")
    assert "it answered 500" in (done.error or "")
    service.behave = says({"headline": "Reviews take 99 h"})
    assert "none of its sentences" in (again(api, number).error or "")
    assert api.http.get(f"/reports/{number}").json() == was
    with api.wiring.database.read() as session:
        (rate,) = wording.pass_rates(session)
    assert (rate.asked, rate.used) == (3, 1)  # neither attempt left a revision, and both count
    assert rate.refused == 2  # the headline, and once more when it was sent back
    assert len(api.http.get(f"/reports/{number}/narrative").json()["items"]) == 1


def test_what_was_cancelled_or_whose_worker_died_was_never_judged_and_counts_nowhere(one: Open) -> None:
    api, service = one()
    choose(api)
    number = made(api)["report_id"]

    def rates() -> tuple[wording.PassRate, ...]:
        with api.wiring.database.read() as session:
            return wording.pass_rates(session)

    (first,) = rates()

    def cancelled(asked: Asked) -> Any:
        (running,) = (
            j["task_id"] for j in api.http.get("/tasks").json()["items"] if j["status"] == "STARTED"
        )
        assert api.http.delete(f"/tasks/{running}").status_code == 200
        return BROKEN["says nothing (time-out)"][0](asked)

    service.behave = cancelled
    assert again(api, number).status == "REVOKED"
    assert rates() == (first,)

    service.behave = well
    task = api.http.post(f"/reports/{number}/narrative").json()["task_id"]
    with api.wiring.database.write() as session:
        assert jobs.claim(session, task, "dies@elsewhere") is not None
        ended = database_time(-timedelta(seconds=1))
        session.execute(update(Job).where(Job.id == task).values(lease_until=ended))
        assert jobs.requeue_expired(session) == (1, 0)
    assert rates() == (first,)
    assert run_inline(api.wiring, task).status == "SUCCESS"
    (now,) = rates()
    assert (now.asked, now.used, now.sentences) == (2, 2, 2 * first.sentences)


def test_nothing_is_locked_while_the_model_is_asked(one: Open) -> None:
    api, service = one()
    choose(api)
    wrote = []

    def behave(asked: Asked) -> Any:
        with api.wiring.database.write() as session:  # SQLite has one writer: this waits where one holds it
            wrote.append(jobs.accept(session, "cleanup", None, {}))
        return well(asked)

    service.behave = behave
    assert made(api)["narrative"]["narrator"] == NAME
    assert len(wrote) == 1


def test_a_report_that_is_cancelled_while_the_model_is_asked_is_not_stored(one: Open) -> None:
    api, service = one()
    choose(api)
    task = api.http.post("/tasks/reports/generate", json={"team_id": TEAM}).json()["task_id"]

    def behave(asked: Asked) -> Any:
        assert api.http.delete(f"/tasks/{task}").status_code == 200
        return BROKEN["says nothing (time-out)"][0](asked)

    service.behave = behave
    assert run_inline(api.wiring, task).status == "REVOKED"
    assert api.http.get("/reports").json()["items"] == []


def test_what_a_model_says_of_the_note_is_not_shared_without_the_note(one: Open) -> None:
    api, service = one()
    choose(api)

    def behave(asked: Asked) -> Any:
        texts = honest(asked)
        return says({"summary": texts["summary"] + " Your note mentions a release freeze."})(asked)

    service.behave = behave
    report = made(api, custom_context=CONTEXT)
    assert "release freeze" in report["summary"]
    for with_note in (True, False):
        share = {"report_id": report["report_id"], "with_note": with_note}
        path = httpx.URL(api.http.post("/shares", json=share).json()["url"]).path
        page = visible(api.http.get(path).text)
        assert ("release freeze" in page) is with_note
        assert "Since Sprint 36, reviews have taken longer" in page


def test_two_rewordings_of_a_report_at_once_are_one_task(one: Open) -> None:
    api, _ = one()
    number = made(api)["report_id"]
    first, second = (api.http.post(f"/reports/{number}/narrative").json()["task_id"] for _ in range(2))
    assert first == second
    assert api.http.post("/reports/999/narrative").status_code == 404
    assert api.http.post(f"/reports/{number}/narrative", json={"narrator": "me"}).status_code == 422
    deleted = api.http.delete(f"/reports/{number}")
    assert deleted.status_code == 204
    assert run_inline(api.wiring, first).error_type == "NotFound"


@pytest.mark.parametrize("off", [{"MODEL": ""}, {"": "false"}], ids=["none configured", "switched off"])
def test_where_no_model_may_be_asked_nothing_hints_at_one(one: Open, off: dict[str, str]) -> None:
    settings = {"BASE_URL": "", "API_KEY": "", "SECONDS": "", **off} if "MODEL" in off else off
    api, service = one(**settings)
    refused = choose(api)
    assert refused.status_code == 409
    names = "HANSEI_LLM_MODEL" if "MODEL" in off else "HANSEI_LLM=true"
    assert names in refused.text
    number = made(api)["report_id"]
    for path in (
        "/dashboard",
        f"/dashboard/teams/{TEAM}",
        f"/dashboard/reports/{number}",
        "/dashboard/sources",
    ):
        page = visible(api.http.get(path).text)
        assert not re.search(r"language model|reword|wording by|openai|llm", page, re.IGNORECASE), path
    assert api.http.get("/dashboard/wording").status_code == 404
    assert send(api, f"/dashboard/teams/{TEAM}/wording", model="yes").status_code == 409
    told = api.http.get("/wording").json()
    assert (told["narrator"], told["sends"], told["instructions"]) == ("template", [], None)
    assert api.http.get(f"/teams/{TEAM}/wording").json()["narrator"] == "template"
    assert list(_wording(api.wiring)) == []
    assert again(api, number).status == "SUCCESS"
    assert service.seen == []


def test_the_pages_show_what_is_sent_let_a_team_choose_and_word_a_report_again(one: Open) -> None:
    api, service = one()
    page = visible(api.http.get("/dashboard/wording").text)
    for what, _ in prompt.SENT:
        assert what in page
    assert "It has not been asked yet." in page
    number = made(api)["report_id"]
    assert "Reword" not in api.http.get(f"/dashboard/reports/{number}").text
    assert send(api, f"/dashboard/teams/{TEAM}/wording", model="yes").status_code == 303
    assert f"This team’s reports are worded by {NAME}." in visible(
        api.http.get(f"/dashboard/teams/{TEAM}").text
    )
    assert "Reword" in api.http.get(f"/dashboard/reports/{number}").text
    taken = send(api, f"/dashboard/reports/{number}/wording", narrator="team")
    task = taken.headers["location"].partition("?")[0].rsplit("/", 1)[-1]
    assert run_inline(api.wiring, task).status == "SUCCESS"
    assert (
        api.http.get(f"/dashboard/tasks/{task}?follow=1").headers["location"]
        == f"/dashboard/reports/{number}"
    )
    assert len(service.seen) == 1
    page = visible(api.http.get("/dashboard/wording").text)
    assert re.search(rf"{NAME} 1 1 \d+ 100 %", page)


def test_how_a_model_fared_is_counted_and_shown(one: Open) -> None:
    api, service = one()
    choose(api)
    made(api)
    service.behave = says({"headline": "Reviews take 99 h"})
    made(api)
    with api.wiring.database.read() as session:
        (rate,) = wording.pass_rates(session)
    assert (rate.model, rate.asked, rate.used, rate.refused) == (NAME, 2, 1, 2)
    assert rate.passed == (rate.sentences - 2) / rate.sentences
    (shown,) = api.http.get("/wording").json()["pass_rates"]
    assert shown["passed"] == pytest.approx(rate.passed)
    found = [f.says for f in _wording(api.wiring)]
    assert "1 of 2 reports in its words" in found[1]


def test_a_key_is_in_no_answer_no_row_and_no_log(one: Open, capfd: pytest.CaptureFixture[str]) -> None:
    api, service = one()
    choose(api)
    service.behave = says({"headline": f"The key is {KEY}", "summary": f"{{S1.moved}}. {KEY}"})
    report = made(api)
    said = [
        str(report),
        api.http.get("/wording").text,
        api.http.get(f"/reports/{report['report_id']}/narrative").text,
        api.http.get("/dashboard/wording").text,
        repr(api.wiring.settings),
        repr(api.wiring.model_narrator),
    ]
    assert not [text for text in said if KEY in text]
    with api.wiring.database.read() as session:
        connection = session.connection()
        rows = str(connection.exec_driver_sql("SELECT * FROM narratives").all())
    assert KEY not in rows
    assert KEY not in "".join(capfd.readouterr())


def test_the_note_of_the_command_line_and_of_the_page_reaches_the_model(one: Open) -> None:
    api, service = one()
    choose(api)
    with api.wiring.database.write() as session:  # as `hansei report generate --context` does
        job = submissions.submit_report(session, team_id=TEAM, sprint_count=12, custom_context=CONTEXT)
    run_inline(api.wiring, job.id)
    taken = send(api, f"/dashboard/teams/{TEAM}/report", sprint_count="12", note="Two people were away.")
    run_inline(api.wiring, taken.headers["location"].partition("?")[0].rsplit("/", 1)[-1])
    notes = [asked.data["note"] for asked in service.seen]
    assert notes == [CONTEXT, "Two people were away."]
