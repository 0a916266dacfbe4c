"""The pages over real HTTP: who may see and send what, what hostile text becomes, how problems look."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from builders import reports as builders
from hansei import jobs
from hansei.bootstrap import wire
from hansei.core.metrics import SprintMetrics, parse_sprint
from hansei.core.ports import Fetched
from hansei.dashboard import pages
from hansei.errors import AccessLost
from hansei.narrative.template import TemplateNarrator
from hansei.services import access, decisions, overview, renderings, reports, sync, teams
from hansei.services.vault import new_key
from support import databases
from support.http_api import Api, client, running, wired
from support.upstream import Reply, upstream

HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(2)>=1+1|\u202e*x*{{7*7}}#panic("x")'
NOW = datetime(2026, 7, 1, tzinfo=UTC)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
Store = Callable[..., int]


@pytest.fixture(scope="module")
def database_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    return databases.sqlite(tmp_path_factory.mktemp("pages") / "one.db")


@pytest.fixture(scope="module")
def api(database_file: str, broker_url: str) -> Iterator[Api]:
    wiring = wired(database_file, broker_url)
    with running(wiring) as url, client(url) as http:
        http.get("/dashboard")
        yield Api(url, wiring, http)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory, broker_url: str) -> Iterator[Api]:
    """A server that others can reach."""
    url = databases.sqlite(tmp_path_factory.mktemp("guarded") / "one.db")
    wiring = wired(url, broker_url)
    with running(wiring, local=False) as address, client(address) as http:
        yield Api(address, wiring, http)


def store(api: Api, name: str, team: str, *, context: str | None = None, team_name: str | None = None) -> int:
    """Store a sample report as the report task does; return its id."""
    report = builders.EVERY[name]()
    narrative = TemplateNarrator().narrate(report, team_name=team, custom_context=context)
    order = reports.ReportOrder(team, 12, None, context, ())
    with api.wiring.database.write() as session:
        teams.put(session, team, name=team_name)
        result = reports.store(session, order, reports.Written(report, narrative), job_id=None)
    return int(result["report_id"])


def draw(api: Api, number: int, form: renderings.Form) -> bytes:
    """Draw a form of a report as a worker would, and keep it."""
    with api.wiring.database.read() as session:
        stored = reports.get(session, number)
    return renderings.obtain(api.wiring.database, stored, form)


def send(api: Api, path: str, **form: str) -> httpx.Response:
    """Send a form as the page would."""
    token = api.http.cookies.get("hansei_csrf", "")
    return api.http.post(path, data={"csrf": token, **form}, headers={**FORM, "Origin": api.url})


def visible(page: str) -> str:
    return unescape(re.sub(r"<[^>]+>", " ", page))


def test_every_page_carries_the_security_headers(api: Api) -> None:
    number = store(api, "changed", "heron")
    for path in ("/dashboard", "/dashboard/teams/heron", f"/dashboard/reports/{number}", "/dashboard/reports",
                 "/dashboard/experiments", "/dashboard/tasks", "/login", "/dashboard/reports/0",
                 "/dashboard/static/dashboard.js", "/dashboard/report.css"):  # fmt: skip
        answer = api.http.get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy, path
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize("name", list(builders.EVERY))
def test_every_kind_of_report_has_a_page(api: Api, name: str) -> None:
    number = store(api, name, f"team-{name}")
    answer = api.http.get(f"/dashboard/reports/{number}")
    assert answer.status_code == 200
    assert "We decided…" in answer.text


def test_hostile_text_is_text_on_every_page(api: Api) -> None:
    number = store(api, "hostile", "hostile", context=HOSTILE, team_name=f"{HOSTILE}{'x' * 300}")
    with api.wiring.database.write() as session:
        row = {"sprint_id": "=1+1", "sprint_name": HOSTILE[:100], "bugs_prod": 1, "end_date": "2026-01-01"}
        now = api.wiring.clock.now()
        teams.upsert(session, "hostile", [parse_sprint(row)], now=now, force=True)
        decisions.decide(
            session, number, choice="own", own=HOSTILE, reason=HOSTILE, role=HOSTILE, least_answers=5
        )
    later = store(api, "hostile", "hostile", context=HOSTILE)
    for path in ("/dashboard", "/dashboard/teams/hostile", "/dashboard/reports", "/dashboard/experiments",
                 f"/dashboard/reports/{number}", f"/dashboard/reports/{later}", "/dashboard/tasks"):  # fmt: skip
        text = api.http.get(path).text
        for tag in re.findall(r"<script[^>]*>", text):
            assert re.fullmatch(
                r'<script (type="module" )?src="/dashboard/static/[a-z]+\.js\?v=[\d.]+">', tag
            )
        assert "<img src=x" not in text
        assert not re.search(r"<[^>]*\sonerror", re.sub(r'"[^"<>]*"', '""', text))  # a value is no attribute
        assert "\u202e" not in text
        assert "49" not in re.findall(r"\*x\*(\d+)", text)
    assert "<script>alert(1)</script>" in visible(api.http.get(f"/dashboard/reports/{later}").text)


@pytest.mark.parametrize("kind", ["pdf", "html", "md", "csv", "json"])
def test_a_hostile_report_is_given_in_every_format_and_kept_the_same(api: Api, kind: str) -> None:
    number = store(api, "hostile", "hostile", context=HOSTILE)
    if kind in ("pdf", "html"):
        draw(api, number, "pdf" if kind == "pdf" else "charts")
    first = api.http.get(f"/dashboard/reports/{number}/export.{kind}", timeout=60)
    assert first.status_code == 200
    assert "attachment" in first.headers["content-disposition"]
    assert api.http.get(f"/dashboard/reports/{number}/export.{kind}").content == first.content
    if kind != "json":
        by_api = api.http.get(f"/reports/{number}.{kind}", timeout=60)
        assert by_api.content == first.content
        assert by_api.headers["content-type"] == first.headers["content-type"]
    assert b"<script>" not in (first.content if kind == "html" else b"")


def test_a_chart_that_is_drawn_stands_in_the_page(api: Api) -> None:
    number = store(api, "changed", "heron")
    page = f"/dashboard/reports/{number}"
    assert "<img" in api.http.get(page).text
    draw(api, number, "charts")
    image = api.http.get(f"{page}/charts/S1.svg", timeout=60)
    assert image.headers["content-type"].startswith("image/svg+xml")
    assert "#A8480B" in image.text
    assert "var(--unhelpful)" in api.http.get(f"{page}/charts/S1.svg?form=inline").text
    shown = api.http.get(page).text
    assert re.findall(r"<img[^>]*charts/(\w+)", shown) == ["stages"], "only what is folded away waits"
    assert 'aria-label="Review time per item: about' in shown
    assert api.http.get(f"{page}/charts/S99.svg").status_code == 404


@pytest.mark.parametrize("path", ["/dashboard/reports/0", "/dashboard/reports/x", "/dashboard/teams/nobody",
    "/dashboard/tasks/nothing", "/dashboard/reports/1/export.exe", "/dashboard/reports/99999999999"])  # fmt: skip
def test_what_is_not_there_is_a_page_that_says_so(api: Api, path: str) -> None:
    answer = api.http.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "To the overview" in answer.text


def test_a_form_without_the_secret_changes_nothing(api: Api) -> None:
    before = api.counts()
    for headers, form in (
        ({"Origin": api.url}, {"csrf": "wrong"}),
        ({"Origin": api.url}, {}),
        ({"Origin": "http://evil.example"}, {"csrf": api.http.cookies["hansei_csrf"]}),
        ({"Sec-Fetch-Site": "cross-site"}, {"csrf": api.http.cookies["hansei_csrf"]}),
    ):
        answer = api.http.post("/dashboard/sample", data=form, headers={**FORM, **headers})
        assert answer.status_code == 403, form
    assert api.counts() == before


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"choice": "own", "reason": "because"}, "Say in a sentence what you will try."),
        ({"choice": "nothing", "reason": "  "}, "Say in a sentence why"),
        ({"choice": "experiment:999999", "reason": "x"}, "one of this report"),
        ({"choice": "experiment:", "reason": "x"}, "one of this report"),
        ({"choice": "dance", "reason": "x"}, "Choose an experiment"),
        ({}, "Choose an experiment"),
    ],
)
def test_a_decision_that_cannot_be_is_refused_with_a_sentence(
    api: Api, form: dict[str, str], said: str
) -> None:
    number = store(api, "changed", "heron")
    answer = send(api, f"/dashboard/reports/{number}/decision", **form)
    assert answer.status_code == 422
    assert said in unescape(answer.text)
    with api.wiring.database.read() as session:
        assert decisions.of_report(session, number) is None


def test_a_decision_and_an_answer_may_be_changed(api: Api) -> None:
    number = store(api, "changed", "heron")
    path = f"/dashboard/reports/{number}"
    lead = re.search(r"/dashboard/leads/(\d+)/feedback", api.http.get(path).text)
    assert lead is not None
    for answer in ("confirmed", "unsure"):
        assert send(api, lead[0], answer=answer, reason="we saw it").status_code == 303
    assert re.search(r'value="unsure" required checked', api.http.get(path).text)
    assert send(api, lead[0], answer="perhaps").status_code == 422
    assert send(api, "/dashboard/leads/999999/feedback", answer="unsure").status_code == 404
    for reason in ("first", "second"):
        assert send(api, f"{path}/decision", choice="nothing", reason=reason).status_code == 303
    text = visible(api.http.get(path).text)
    assert "Because: second" in text
    assert "Because: first" not in text


def test_a_kept_decision_stands_in_its_form_and_what_cannot_be_kept_is_not_lost(api: Api) -> None:
    number = store(api, "changed", "editor")
    path = f"/dashboard/reports/{number}"
    sent = {"choice": "own", "own": "Talk first", "reason": "It helped", "role": "the host"}
    assert send(api, f"{path}/decision", **sent).status_code == 303
    page = api.http.get(f"{path}?saved=decision").text
    told = " ".join(visible(page).split())
    assert "Talk first. Because: It helped. Looked after by: the host." in told
    for value in ("Talk first", "It helped", "the host"):
        assert f'value="{value}"' in page
    assert 'value="own" required checked' in page
    refused = send(
        api, f"{path}/decision", choice="experiment:999999", reason="Another <reason>", role="nobody"
    )
    assert refused.status_code == 422
    assert 'value="Another &lt;reason&gt;"' in refused.text
    assert 'value="nobody"' in refused.text
    assert "one of this report" in visible(refused.text)


def test_choosing_an_experiment_says_that_it_starts(api: Api) -> None:
    number = store(api, "changed", "starter")
    path = f"/dashboard/reports/{number}"
    before = api.http.get(path).text
    assert "An experiment that you choose starts at once" in visible(before)
    (choice, *_) = re.findall(r'value="(experiment:\d+)"', before)
    answer = send(api, f"{path}/decision", choice=choice, reason="because")
    after = api.http.get(answer.headers["location"].partition("#")[0])
    assert "the experiment has started" in visible(after.text)
    assert "Another choice takes its place" in visible(after.text)
    later = api.http.get(f"/dashboard/reports/{store(api, 'changed', 'starter')}").text
    assert "The team is trying something now" in visible(later)
    assert "/start" not in re.findall(r"<button[^>]*>Start</button>", later)
    assert re.search(r'value="experiment:\d+" required disabled', later)


def test_lists_name_teams_and_show_one_team_with_a_way_back(api: Api) -> None:
    mine = store(api, "changed", "n1", team_name="Heron of the North")
    other = store(api, "quiet", "n2", team_name="Stork")
    with api.wiring.database.write() as session:
        jobs.accept(session, "cleanup", None, {})
        jobs.accept(session, "report", "n1", {"team_id": "n1"})
    everything = visible(api.http.get("/dashboard/reports").text)
    assert "Heron of the North" in everything
    assert "Heron of the North" in visible(api.http.get("/dashboard/tasks").text)
    one = api.http.get("/dashboard/reports?team_id=n1").text
    assert "Reports of Heron of the North" in visible(one)
    assert f'/dashboard/reports/{mine}"' in one
    assert f'/dashboard/reports/{other}"' not in one
    assert 'href="/dashboard/reports"' in one.partition("<main")[2]
    assert api.http.get("/dashboard/reports?team_id=nobody").status_code == 404
    assert api.http.get(f"/dashboard/teams/n1/experiments/new?report={mine}").status_code == 200
    assert api.http.get(f"/dashboard/teams/n1/experiments/new?report={other}").status_code == 404
    assert api.http.get("/dashboard/teams/n1/experiments/new?report=999999").status_code == 404


@pytest.mark.parametrize(
    "path", ["/dashboard/nope", "/dashboard/reports/1/nope", "/dashboard/teams", "/dashboard/static/x.js"]
)
def test_any_address_under_the_dashboard_without_a_page_has_one_that_says_so(api: Api, path: str) -> None:
    answer = api.http.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert 'href="/dashboard"' in answer.text.partition("<main")[2]


def test_what_is_refused_before_a_page_is_reached_is_a_page_too(api: Api, guarded: Api) -> None:
    token = api.http.cookies["hansei_csrf"]
    foreign = api.http.get("/dashboard", headers={"Host": "evil.example"})
    large = api.http.post("/dashboard/imports", content=b"x" * 8_000_000, headers=FORM)
    method = api.http.delete("/dashboard/reports")
    stale = api.http.post(
        "/dashboard/reports/1/decision",
        data={"csrf": "old"},
        headers={"Referer": f"{api.url}/dashboard/reports/1"},
    )
    for answer, status in ((foreign, 403), (large, 413), (method, 405), (stale, 403)):
        assert answer.status_code == status
        assert answer.headers["content-type"].startswith("text/html")
        assert not re.search(r"\b(GET|POST) /", visible(answer.text))
    assert token not in foreign.text
    assert 'href="/dashboard/reports/1"' in stale.text
    assert api.http.get("/dashboard/").headers["location"] == "/dashboard"
    unknown = guarded.http.get("/dashboard/nope")
    assert (unknown.status_code, "To the overview" in unknown.text) == (404, True)


def test_pages_leave_out_what_only_a_program_can_follow(api: Api) -> None:
    answer = api.http.get("/dashboard/reports/987654")
    assert "There is no report 987654." in visible(answer.text)
    assert "GET /" not in answer.text
    assert "To the reports" in answer.text
    assert (
        pages.spoken("Too few. Sync more first (POST /tasks/metrics/sync), or wait.")
        == "Too few. Sync more first, or wait."
    )
    assert (
        pages.spoken("None. GET /teams/{id}/sprints lists them; sync first if new.")
        == "None. Sync first if new."
    )
    assert (
        pages.spoken("None. GET /teams lists the teams there are; a sync creates one.")
        == "None. A sync creates one."
    )
    assert pages.spoken("Take `hansei worker`; GET /x does it.") == "Take `hansei worker`."


def test_an_error_of_ours_is_a_page_that_says_so(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("canary")

    with monkeypatch.context() as patched:
        patched.setattr(overview, "report_heads", broken)
        answer = api.http.get("/dashboard/reports")
    assert answer.status_code == 500
    assert answer.headers["content-type"].startswith("text/html")
    assert "Something went wrong" in answer.text
    assert "canary" not in answer.text


def test_a_table_that_cannot_be_taken_comes_back_whole(api: Api) -> None:
    token = api.http.cookies["hansei_csrf"]
    pasted = "Sprint\tDone\nAlpha & <b>\t3\n"
    form = {"csrf": token, "text": pasted, "team": "???"}
    answer = api.http.post(
        "/dashboard/imports", data=form, files={"file": ("", b"")}, headers={"Origin": api.url}
    )
    assert answer.status_code == 422
    assert "The team needs a name." in visible(answer.text)
    assert "\nSprint\tDone\nAlpha &amp; &lt;b&gt;\t3\n</textarea>" in answer.text
    assert 'value="???"' in answer.text
    file = {"file": ("x.csv", b"Sprint,Done\nA,1\nB,2\n")}
    chosen = api.http.post(
        "/dashboard/imports", data={**form, "text": ""}, files=file, headers={"Origin": api.url}
    )
    assert chosen.status_code == 422
    (packed,) = re.findall(r'name="packed" value="([^"]+)"', chosen.text)
    again = {"csrf": token, "text": "", "packed": packed, "team": "Heron"}
    taken = api.http.post(
        "/dashboard/imports", data=again, files={"file": ("", b"")}, headers={"Origin": api.url}
    )
    assert taken.status_code == 200
    assert "Columns" in taken.text


def test_a_file_that_is_no_table_does_not_come_along(api: Api) -> None:
    form = {"csrf": api.http.cookies["hansei_csrf"], "text": "", "team": "Heron"}
    page = {"file": ("x.csv", b"<!doctype html><title>Sign in</title>")}
    answer = api.http.post("/dashboard/imports", data=form, files=page, headers={"Origin": api.url})
    assert answer.status_code == 422
    assert "is a web page, not a table" in visible(answer.text)
    assert "comes along" not in answer.text
    assert "or choose another file" in visible(answer.text)
    assert re.findall(r'name="packed" value="([^"]*)"', answer.text) == [""]
    asks = {"file": ("x.csv", b"Sprint,Start,Done\nA,03/04/2026,1\nB,05/06/2026,2\n")}
    wrong = {**form, "answer.date_order": "sideways"}
    again = api.http.post("/dashboard/imports", data=wrong, files=asks, headers={"Origin": api.url})
    assert "Your file comes along" in visible(again.text)
    assert 'name="packed" value=""' not in again.text


def test_a_long_paste_is_not_lost_where_only_the_team_is_wrong(api: Api) -> None:
    rows = "".join(f"Sprint {n} of a team whose name says all that it does\t{n}\n" for n in range(1, 4001))
    form = {"csrf": api.http.cookies["hansei_csrf"], "text": "Sprint\tDone\n" + rows, "team": "???"}
    origin = {"Origin": api.url}
    answer = api.http.post("/dashboard/imports", data=form, files={"file": ("", b"")}, headers=origin)
    (packed,) = re.findall(r'name="packed" value="([^"]+)"', answer.text)
    again = {**form, "text": "", "packed": packed, "team": "Long"}
    taken = api.http.post("/dashboard/imports", data=again, files={"file": ("", b"")}, headers=origin)
    assert "4000 new" in visible(taken.text)


def test_sprints_that_would_be_two_are_told_above_the_button_that_stores_them(api: Api) -> None:
    dated = [
        {"sprint_id": f"J{n}", "sprint_name": f"Sprint {n}", "end_date": f"2026-0{n}-14"} for n in range(1, 4)
    ]
    api.post("/teams/Heron/sprints", dated).raise_for_status()
    pasted = "Sprint\tDone\nHER Sprint 1\t3\nHER Sprint 2\t4\n"
    form = {"csrf": api.http.cookies["hansei_csrf"], "text": pasted, "team": "Heron"}
    origin = {"Origin": api.url}
    page = api.http.post("/dashboard/imports", data=form, files={"file": ("", b"")}, headers=origin)
    before, button, after = visible(page.text).partition("Import and make a report")
    assert button
    assert "2 sprints may be counted twice: “HER Sprint 1” has no dates and may be “Sprint 1”." in before
    assert "counted twice" not in after


def typed_in(api: Api, *rows: tuple[str, ...], **more: str) -> httpx.Response:
    cells = {f"c{r}_{at}": cell for r, row in enumerate(rows) for at, cell in enumerate(row)}
    form = {"csrf": api.http.cookies["hansei_csrf"], "team": "Heron", **cells, **more}
    return api.http.post("/dashboard/grid", data=form, headers={"Origin": api.url})


def cells_of(page: str) -> dict[str, str]:
    return {n: v for n, v in re.findall(r'<input name="(c\d_\d)" value="([^"]*)"', page) if v}


def test_the_rows_that_were_typed_are_told_by_the_number_that_stands_beside_them(api: Api) -> None:
    page = typed_in(api, ("Sprint 1", "30", "28"), (), ("Sprint <3>", "x", "30"))
    assert "Row 3: column “Commitment”: this is not a number" in visible(page.text)
    assert "1 new" in visible(page.text)
    (packed,) = re.findall(r'name="packed" value="([^"]+)"', page.text)
    back = typed_in(api, action="back", packed=packed)
    typed = {
        "c0_0": "Sprint 1",
        "c0_1": "30",
        "c0_2": "28",
        "c2_0": "Sprint &lt;3&gt;",
        "c2_1": "x",
        "c2_2": "30",
    }
    assert (back.status_code, cells_of(back.text)) == (200, typed)
    assert 'name="team" value="Heron"' in back.text
    look = {"csrf": api.http.cookies["hansei_csrf"], "team": "Heron", "packed": packed, "typed": "yes"}
    again = api.http.post(
        "/dashboard/imports", data=look, files={"file": ("", b"")}, headers={"Origin": api.url}
    )
    assert "Row 3: column" in visible(again.text)
    assert "Back to what I typed" in again.text


def test_what_was_typed_and_cannot_be_taken_comes_back_where_it_was_typed(api: Api) -> None:
    empty = typed_in(api, ("", " "), team="Team Heron")
    assert (empty.status_code, cells_of(empty.text)) == (422, {})
    assert "Nothing is typed in yet. Fill in a row" in visible(empty.text)
    assert 'name="team" value="Team Heron"' in empty.text
    marks = typed_in(api, ("Sprint 1", "30,5", "28"), ("Sprint 2", "30.5", "28"))
    assert (marks.status_code, len(cells_of(marks.text))) == (422, 6)
    assert "decimal comma and others with a decimal point" in visible(marks.text)
    assert cells_of(typed_in(api, ("Sprint 1", "30"), team="???").text) == {"c0_0": "Sprint 1", "c0_1": "30"}


def test_of_a_paste_and_a_file_together_none_is_dropped_in_silence(api: Api) -> None:
    form = {"csrf": api.http.cookies["hansei_csrf"], "text": "Sprint\tDone\nPasted\t3\n", "team": "Heron"}
    file = {"file": ("x.csv", b"Sprint,Done\nA,1\nB,2\n")}
    origin = {"Origin": api.url}
    answer = api.http.post("/dashboard/imports", data=form, files=file, headers=origin)
    assert answer.status_code == 422
    assert "only one can be read" in visible(answer.text)
    assert "Pasted\t3" in answer.text
    chosen = api.http.post("/dashboard/imports", data={**form, "packed": ""}, files=file, headers=origin)
    assert chosen.status_code == 200  # the page that asks again says that a file replaces what it shows
    assert "Pasted" not in chosen.text


def test_the_meeting_is_kept_over_the_api_too(api: Api) -> None:
    number = store(api, "changed", "heron")
    (lead, *_) = api.http.get(f"/reports/{number}/hypotheses").json()["items"]
    assert (lead["evidence_id"], lead["answer"]) == ("H1", None)
    path = f"/hypotheses/{lead['hypothesis_id']}/feedback"
    said = api.http.put(path, json={"answer": "rejected", "reason": "nobody waited"}).json()
    assert (said["answer"], said["reason"]) == ("rejected", "nobody waited")
    assert api.http.put(path, json={"answer": "perhaps"}).status_code == 422
    assert api.http.put("/hypotheses/999999/feedback", json={"answer": "unsure"}).status_code == 404
    assert api.http.get(f"/reports/{number}/decision").status_code == 404
    body = {"choice": "experiment", "experiment": "E1", "reason": "waiting hurts", "role": "the facilitator"}
    kept = api.post(f"/reports/{number}/decision", body)
    assert kept.status_code == 200
    assert kept.json()["what"] == "Reviews first"
    assert api.http.get(f"/reports/{number}/decision").json() == kept.json()
    assert api.post(f"/reports/{number}/decision", body | {"experiment": "E9"}).status_code == 422
    assert api.post("/reports/999999/decision", body).status_code == 404
    assert "waiting hurts" in api.http.get(f"/dashboard/reports/{number}").text


def test_numbers_of_a_form_are_checked(api: Api) -> None:
    store(api, "changed", "heron")
    for count in ("1", "53", "-3", "x", "9" * 30, "²"):
        answer = send(api, "/dashboard/teams/heron/report", sprint_count=count)
        assert answer.status_code == 422, count


def test_a_task_is_handed_in_followed_and_cancelled(api: Api) -> None:
    store(api, "changed", "heron")
    answer = send(api, "/dashboard/teams/heron/report", sprint_count="5")
    assert answer.status_code == 303
    where = answer.headers["location"].partition("?")[0]
    page = api.http.get(where).text
    assert 'http-equiv="refresh"' in page
    assert "Nothing is working on tasks" in page
    assert send(api, f"{where}/cancel").status_code == 303
    assert "cancelled" in api.http.get(where).text
    assert send(api, f"{where}/cancel").status_code == 409
    with api.wiring.database.read() as session:
        assert jobs.get(session, where.rpartition("/")[2]).status == "REVOKED"


def test_where_tokens_are_needed_a_browser_signs_in_and_out(guarded: Api) -> None:
    http = guarded.http
    answer = http.get("/dashboard/reports")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=/dashboard/reports")
    http.get("/login")
    assert "not a token" in unescape(send(guarded, "/login", token="guess").text)
    with guarded.wiring.database.write() as session:
        reader = access.create(session, "for reading", "read")
    answer = send(guarded, "/login", token=reader.text, next="https://evil.example/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/dashboard")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert http.get("/dashboard").status_code == 200
    assert send(guarded, "/dashboard/sample").status_code == 403
    assert http.get("/teams").status_code == 401, "the cookie counts on pages only"
    with guarded.wiring.database.write() as session:
        access.revoke(session, reader.view.id)
    assert http.get("/dashboard").status_code == 303
    http.cookies.delete("hansei_session")


def test_signing_out_ends_the_session(guarded: Api) -> None:
    guarded.http.get("/login")
    with guarded.wiring.database.write() as session:
        writer = access.create(session, "for writing", "write")
    send(guarded, "/login", token=writer.text)
    kept = guarded.http.cookies["hansei_session"]
    assert guarded.http.get("/dashboard").status_code == 200
    assert send(guarded, "/dashboard/logout").status_code == 303
    guarded.http.cookies.set("hansei_session", kept, domain="127.0.0.1")
    assert guarded.http.get("/dashboard").status_code == 303


def test_pages_ask_the_database_a_fixed_number_of_times(api: Api, tmp_path: Path) -> None:
    from sqlalchemy import event

    def count(path: str) -> int:
        seen: list[Any] = []
        engine = api.wiring.database.read_engine

        def note(*_: Any) -> None:
            if threading.current_thread().name.startswith("AnyIO"):  # the relay looks by itself now and then
                seen.append(1)

        event.listen(engine, "before_cursor_execute", note)
        try:
            assert api.http.get(path).status_code == 200
        finally:
            event.remove(engine, "before_cursor_execute", note)
        return len(seen)

    first = store(api, "changed", "many-0")
    before = {p: count(p) for p in ("/dashboard", "/dashboard/reports", "/dashboard/experiments")}
    for i in range(1, 15):
        store(api, "changed", f"many-{i}")
    after = {p: count(p) for p in before}
    assert after == before
    assert count(f"/dashboard/reports/{first}") <= 12


def test_the_overview_says_what_needs_somebody(api: Api) -> None:
    with api.wiring.database.write() as session:
        rows = [{"sprint_id": f"s{i}", "bugs_prod": i, "end_date": f"2026-01-{10 + i}"} for i in range(3)]
        teams.upsert(
            session, "waiting", [parse_sprint(r) for r in rows], now=api.wiring.clock.now(), force=False
        )
    text = visible(api.http.get("/dashboard").text)
    assert "Needs you" in text
    assert "waiting has sprints and no report yet." in text


def test_teams_of_one_name_are_told_apart(api: Api) -> None:
    for team in ("a", "b", "c"):
        api.http.put(f"/teams/{team}", json={"name": "Heron" if team != "c" else "Crane"})
    text = visible(api.http.get("/dashboard").text)
    assert "Heron (a)" in text
    assert "Heron (b)" in text
    assert "Crane (" not in text


def test_a_report_that_is_gone_is_gone_from_the_pages(api: Api) -> None:
    number = store(api, "quiet", "short-lived")
    with api.wiring.database.write() as session:
        reports.remove(session, number)
    assert api.http.get(f"/dashboard/reports/{number}").status_code == 404
    assert f'/dashboard/reports/{number}"' not in api.http.get("/dashboard/reports").text


def test_a_note_is_kept_from_the_teams_page_also_of_a_sprint_with_a_hostile_id(api: Api) -> None:
    ids = ["S1", "a/b", "\u202e<b>x%2F"]
    rows = [
        {"sprint_id": i, "sprint_name": f"Sprint {n}", "end_date": f"2026-0{n + 1}-01", "bugs_prod": n}
        for n, i in enumerate(ids)
    ]
    with api.wiring.database.write() as session:
        now = api.wiring.clock.now()
        teams.upsert(session, "T", [parse_sprint(r) for r in rows], now=now, force=True)
    page = api.http.get("/dashboard/teams/T").text
    links = re.findall(r'href="(/dashboard/teams/T\?note=[^"#]*)#note"', page)
    assert len(links) == 3
    forms = [api.http.get(link).text for link in links]
    keys = [re.findall(r'name="sprint" value="([^"]*)"', form)[0] for form in forms]
    assert len({*keys}) == 3
    assert [re.findall(r"Note on (.*)</h3>", form) for form in forms] == [
        ["Sprint 2"],
        ["Sprint 1"],
        ["Sprint 0"],
    ]
    assert 'name="sprint"' not in api.http.get("/dashboard/teams/T?note=nothing").text
    assert '<td class="num">0</td>' in page
    csrf = re.findall(r'name="csrf" value="([^"]*)"', page)[0]
    for key in keys:
        form = {"csrf": csrf, "sprint": key, "kind_holiday": "1", "text": "ask a@b.example", "left_out": "1"}
        answer = api.http.post("/dashboard/teams/T/note", data=form)
        assert answer.status_code == 303
    after = api.http.get("/dashboard/teams/T").text
    assert after.count("ask [e-mail]</span>") == 3
    assert after.count("<strong>left out</strong>") == 3
    assert "there are 0" in visible(after)  # none counts any more
    assert api.http.get("/teams/T/notes/a/b").json()["kinds"] == ["holiday"]
    unknown = api.http.post(
        "/dashboard/teams/T/note", data={"csrf": csrf, "sprint": "%00", "kind_other": "1"}
    )
    assert unknown.status_code == 404
    forged = api.http.post("/dashboard/teams/T/note", data={"csrf": "x" * 43, "sprint": keys[0]})
    assert forged.status_code == 403


def test_a_source_is_connected_tried_and_removed_on_its_page(api: Api) -> None:
    csrf = re.findall(r'name="csrf" value="([^"]*)"', api.http.get("/dashboard/sources").text)[0]
    form = {
        "csrf": csrf,
        "name": "jira",
        "address": "http://127.0.0.1:9/api",
        "key": "canary-key",
        "team_id": "T",
    }
    refused = api.http.post("/dashboard/sources", data=form)
    assert refused.status_code == 422
    assert "HANSEI_EGRESS_ALLOW" in visible(refused.text)
    assert 'value="http://127.0.0.1:9/api"' in refused.text  # what was entered is there still
    assert "canary-key" not in refused.text
    open_key = api.wiring.settings.model_copy(
        update={"egress_allow": ("127.0.0.1",), "secret_key": SecretStr(new_key())}
    )
    api.wiring.settings = open_key
    with upstream(Reply([{"sprint_id": "J1", "sprint_name": HOSTILE[:60], "wip": 3}])) as server:
        made = api.http.post("/dashboard/sources", data=form | {"address": server.url})
        assert made.status_code == 200
        assert "Connected: jira" in made.text
        assert "canary-key" not in made.text
        tried = api.http.post("/dashboard/sources/jira/test", data={"csrf": csrf})
        assert "“jira” answers" in visible(tried.text)
        assert "<img src=x" not in tried.text
    gone = api.http.post("/dashboard/sources/jira/test", data={"csrf": csrf})
    assert 'role="alert"' in gone.text
    assert api.http.post("/dashboard/sources/jira/remove", data={"csrf": csrf}).status_code == 303
    assert "jira" not in visible(api.http.get("/dashboard/sources").text)
    forged = api.http.post("/dashboard/sources", data=form | {"csrf": "x" * 43})
    assert forged.status_code == 403


def test_the_order_of_sources_is_changed_on_the_teams_page(api: Api) -> None:
    row = {
        "sprint_id": "a",
        "sprint_name": "S1",
        "start_date": "2026-01-05",
        "end_date": "2026-01-18",
        "wip": 1,
    }
    with api.wiring.database.write() as session:
        now = api.wiring.clock.now()
        teams.upsert(session, "T", [parse_sprint(row)], now=now, force=True)
        table = teams.source_row(session, name="table", kind="table", address=None)
        session.flush()
        other = parse_sprint(row | {"sprint_id": "b", "wip": 2})
        teams.upsert(session, "T", [other], now=now, force=True, source_id=table.id)
    page = api.http.get("/dashboard/teams/T").text
    assert "counts first" in page
    assert "the sources disagree in 1 sprint" in visible(page)
    csrf = re.findall(r'name="csrf" value="([^"]*)"', page)[0]
    answer = api.http.post("/dashboard/teams/T/sources", data={"csrf": csrf, "first": "table"})
    assert answer.status_code == 303
    assert api.http.get("/teams/T/sprints/a").json()["wip"] == 2


def test_over_https_cookies_belong_to_this_host_alone(tmp_path_factory: pytest.TempPathFactory) -> None:
    url = databases.sqlite(tmp_path_factory.mktemp("https") / "one.db")
    environ = {"HANSEI_DATABASE_URL": url, "HANSEI_BROKER_URL": "redis://127.0.0.1:1/0"}
    wiring = wire(environ | {"HANSEI_PUBLIC_URL": "https://hansei.example"})
    with wiring.database.write() as session:
        token = access.create(session, "reader", "read").text
    with running(wiring, local=False) as address:
        login = httpx.get(f"{address}/login", trust_env=False)
        assert login.headers["set-cookie"].startswith("__Host-hansei_csrf=")
        csrf = login.headers["set-cookie"].partition("=")[2].partition(";")[0]
        headers = {"Origin": address, "Cookie": f"__Host-hansei_csrf={csrf}"}
        answer = httpx.post(
            f"{address}/login", data={"csrf": csrf, "token": token}, headers=headers, trust_env=False
        )
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-hansei_session=")
        assert {"Secure", "HttpOnly", "Path=/"} <= {p.strip() for p in cookie.split(";")}
        assert "domain" not in cookie.lower()
        kept = {"Cookie": cookie.partition(";")[0]}
        assert httpx.get(f"{address}/dashboard", headers=kept, trust_env=False).status_code == 200
        plain = {**headers, "Cookie": f"hansei_csrf={csrf}"}
        refused = httpx.post(
            f"{address}/login", data={"csrf": csrf, "token": token}, headers=plain, trust_env=False
        )
        assert refused.status_code == 403


def test_a_source_that_brings_nothing_or_lets_nobody_in_needs_somebody_until_it_works_again(api: Api) -> None:
    rows = tuple(parse_sprint({"sprint_id": f"S{n}", "wip": n}) for n in range(3))

    def synced(team: str, found: tuple[SprintMetrics, ...]) -> None:
        order, origin = sync.SyncOrder(team, 5, False, None), sync.Origin(f"of-{team}", "metrics_api", None)
        with api.wiring.database.write() as session:
            sync.store(session, order, Fetched(found), origin=origin, now=NOW, least_answers=5)

    def needs() -> str:
        _, _, below = api.http.get("/dashboard").text.partition('id="needs-title"')
        return visible(below.partition("</section>")[0])

    for team in ("emptied", "locked"):
        synced(team, rows)
    assert "no sprint came" not in needs()
    synced("emptied", ())
    with api.wiring.database.write() as session:
        sync.failed(session, "locked", "of-locked", AccessLost("“of-locked” answers 403."), NOW)
    said = needs()
    assert "emptied, no sprint came: The source “of-emptied” answered with no sprint" in said
    assert "locked, access was lost, which says nothing of what is there: “of-locked” answers 403." in said
    assert 'href="/dashboard/teams/emptied#data-title"' in api.http.get("/dashboard").text
    for team in ("emptied", "locked"):
        synced(team, rows)
    assert "no sprint came" not in needs()
    assert "access was lost" not in needs()


def test_a_failed_sync_needs_nobody_once_a_later_one_worked_or_its_team_is_gone(api: Api) -> None:
    def ended(team: str, error: str = "") -> str:
        with api.wiring.database.write() as session:
            job_id = jobs.accept(session, "sync", team, {}).id
            claimed = jobs.claim(session, job_id, "w")
            assert claimed is not None
            assert jobs.fail(session, claimed, "E", error) if error else jobs.finish(session, claimed, {})
        return job_id

    def needs() -> str:
        _, _, below = api.http.get("/dashboard").text.partition('id="needs-title"')
        return visible(below.partition("</section>")[0])

    api.http.put("/teams/mended").raise_for_status()
    api.http.put("/teams/left").raise_for_status()
    ended("mended", "No source for mended.")
    failed = ended("left", "No source for left.")
    assert "No source for mended." in needs()
    assert "No source for left." in needs()
    ended("other")  # settles no other team's
    assert "No source for mended." in needs()
    ended("mended")
    assert "No source for mended." not in needs()
    assert "No source for left." in needs()
    assert api.http.delete("/teams/left").status_code == 204
    assert "No source for left." not in needs()
    kept = api.http.get(f"/tasks/status/{failed}").json()
    assert kept["status"] == "FAILURE"
    assert "No source for left. The team was deleted." in str(kept)
    ended("mended", "It stopped again.")
    assert "It stopped again." in needs()
