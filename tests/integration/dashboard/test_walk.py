"""A walk over every page: hostile text stays text, no page shows values of two teams, odd data do no harm."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from builders import reports as builders
from hansei import dashboard, jobs
from hansei.core.metrics import parse_sprint
from hansei.dashboard import pages
from hansei.narrative.template import TemplateNarrator
from hansei.services import experiments, feedback, renderings, reports, shares, submissions, teams
from support import databases
from support.http_api import Api, client, running, wired

HOSTILE = '=1+1 <script>alert(1)</script>"><img src=x onerror=alert(2)>|\u202eevil{{7*7}}#panic("x")`*_$[S1](http://e.vil)'
#: Pages that only answer a form; the tests of that form feed them.
AFTER_A_FORM = {"grid.html", "import.html", "again.html"}
#: There only where a language model is configured; its own tests read it.
WITH_A_MODEL = {"wording.html"}
FORMS = ("md", "html", "pdf", "csv", "json")


class Suspicious(HTMLParser):
    """Collects what a browser would run or load although nobody of us wrote it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    @classmethod
    def of(cls, page: str) -> list[str]:
        reader = cls()
        reader.feed(page)
        return reader.found

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if any(name.startswith("on") for name in given):
            self.found.append(self.get_starttag_text() or tag)
        if tag == "script" and not given.get("src", "").startswith("/dashboard/static/"):
            self.found.append(self.get_starttag_text() or tag)
        for name in ("href", "src", "action"):
            if name in given and not re.match(r"[/#]|$", given[name]):
                self.found.append(f"{tag} {name}={given[name]}")


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory, broker_url: str) -> Iterator[Api]:
    url = databases.sqlite(tmp_path_factory.mktemp("walk") / "one.db")
    wiring = wired(url, broker_url)
    with running(wiring) as address, client(address) as http:
        http.get("/dashboard")
        yield Api(address, wiring, http)


def add(api: Api, team: str, count: int, value: float | None, name: str = "Sprint") -> None:
    """Store sprints of a team, every one with about the same value of some measures."""
    rows = []
    for i in range(count):
        row: dict[str, object] = {"sprint_id": f"{team}-{i}", "sprint_name": f"{name} {i}"}
        row |= {"start_date": f"{2015 + i // 25}-{1 + i % 25 // 3:02}-{1 + 9 * (i % 3):02}"}
        row |= {"end_date": f"{2015 + i // 25}-{1 + i % 25 // 3:02}-{5 + 9 * (i % 3):02}"}
        if value is not None:
            row |= {"story_points_completed": value + i % 3, "bugs_prod": value + i % 2}
        rows.append(parse_sprint(row))
    with api.wiring.database.write() as session:
        teams.upsert(session, team, rows, now=api.wiring.clock.now(), force=False)


def make(api: Api, team: str, context: str | None = None) -> int:
    """Make a report as the task does; return its id."""
    order = reports.ReportOrder(team, 12, None, context, ())
    with api.wiring.database.read() as session:
        material = reports.gather(session, order, least_answers=5)
    written = reports.write(material, order, TemplateNarrator(), lambda *_: None)
    with api.wiring.database.write() as session:
        return int(reports.store(session, order, written, job_id=None)["report_id"])


def draw(api: Api, number: int) -> None:
    with api.wiring.database.read() as session:
        stored = reports.get(session, number)
    renderings.obtain(api.wiring.database, stored, "pdf")


def failed_task(api: Api, team: str, said: str) -> str:
    """Store a task that failed with a sentence; return its id."""
    with api.wiring.database.write() as session:
        job = submissions.submit_sync(session, team_id=team)
        claimed = jobs.claim(session, job.id, "w")
        assert claimed is not None
        jobs.fail(session, claimed, "SourceRefused", said)
    return job.id


def test_hostile_text_is_text_in_every_template(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    report = builders.EVERY["hostile"]()
    narrative = TemplateNarrator().narrate(report, team_name=HOSTILE, custom_context=HOSTILE)
    order = reports.ReportOrder("hostile", 12, None, HOSTILE, ())
    with api.wiring.database.write() as session:
        teams.put(session, "hostile", name=HOSTILE)
        made = reports.store(session, order, reports.Written(report, narrative), job_id=None)
    number = int(made["report_id"])
    task = failed_task(api, "hostile", HOSTILE)
    add(api, "hostile", 3, 1.0, name=HOSTILE[:60])
    with api.wiring.database.write() as session:
        for lead in feedback.of_report(session, number):
            feedback.give(session, lead.hypothesis_id, "unsure", HOSTILE)
        (experiment, *_) = [e.experiment_id for e in experiments.listed(session, limit=9, team_id="hostile")]
        link = shares.create(session, number, with_note=True).path
    shown: set[str] = set()
    get_template = pages.templates().get_template

    def note(name: str, *more: Any) -> object:
        shown.add(name)
        return get_template(name, *more)

    monkeypatch.setattr(pages.templates(), "get_template", note)
    paths = ["/dashboard", "/dashboard/teams/hostile", "/dashboard/reports", "/dashboard/experiments",
             f"/dashboard/experiments/{experiment}", "/dashboard/teams/hostile/experiments/new", "/dashboard/sources",
             f"/dashboard/reports/{number}", f"/dashboard/reports/{number}/shares", "/dashboard/tasks",
             f"/dashboard/tasks/{task}", link, "/shared/x", f"/login?next={HOSTILE}",
             "/dashboard/reports/<img src=x onerror=alert(1)>"]  # fmt: skip
    for path in paths:
        text = api.http.get(path).text
        assert Suspicious.of(text) == [], path
        assert "\u202e" not in text, path
        assert "evil49" not in text, path
    known = {p.name for p in (Path(str(dashboard.__file__)).parent / "templates").glob("*.html")}
    assert known - AFTER_A_FORM - WITH_A_MODEL <= shown, "a page that this walk does not visit"


def test_hostile_text_is_text_in_every_format(api: Api) -> None:
    report = builders.EVERY["hostile"]()
    narrative = TemplateNarrator().narrate(report, team_name=HOSTILE, custom_context=HOSTILE)
    order = reports.ReportOrder("hostile-too", 12, None, HOSTILE, ())
    with api.wiring.database.write() as session:
        teams.put(session, "hostile-too", name=HOSTILE)
        number = int(
            reports.store(session, order, reports.Written(report, narrative), job_id=None)["report_id"]
        )
    draw(api, number)
    given = {form: api.http.get(f"/reports/{number}.{form}") for form in FORMS}
    assert {a.status_code for a in given.values()} == {200}
    assert all("\u202e" not in given[f].text for f in ("md", "html", "csv"))
    assert Suspicious.of(given["html"].text) == []
    assert "<img" not in given["html"].text
    assert not re.search(r"(?<!\\)<script|(?<!\\)\]\(http", given["md"].text)
    for line in given["csv"].text.splitlines():
        assert not re.search(r'(?:^|,)"?[=+@]', line), line
    assert given["json"].json()["custom_context"].startswith("=1+1 <script>"), "data is kept as it came"


def test_no_page_shows_values_of_two_teams(api: Api) -> None:
    add(api, "one", 14, 7310)
    add(api, "two", 14, 9470)
    numbers = {team: make(api, team) for team in ("one", "two")}
    paths = ["/dashboard", "/dashboard/reports", "/dashboard/experiments", "/dashboard/tasks"]
    paths += [f"/dashboard/teams/{t}" for t in numbers] + [
        f"/dashboard/reports/{n}" for n in numbers.values()
    ]
    seen = set()
    for path in paths:
        text = api.http.get(path).text
        found = {
            team for team, digits in (("one", r"\b731\d"), ("two", r"\b947\d")) if re.search(digits, text)
        }
        assert len(found) <= 1, path
        seen |= found
        assert "one" not in found or not path.endswith(("/two", f"/{numbers['two']}"))
    assert seen == {"one", "two"}, "the values are shown somewhere"


@pytest.mark.parametrize(
    ("team", "count", "value"), [("many", 200, 20), ("single", 1, 20), ("empty", 5, None)]
)
def test_odd_amounts_of_data_have_pages_that_say_so(
    api: Api, team: str, count: int, value: float | None
) -> None:
    add(api, team, count, value)
    page = api.http.get(f"/dashboard/teams/{team}")
    assert page.status_code == 200
    if count == 1:
        assert "A report needs at least 2" in page.text
        return
    number = make(api, team)
    answer = api.http.get(f"/dashboard/reports/{number}")
    assert answer.status_code == 200
    draw(api, number)
    assert all(api.http.get(f"/reports/{number}.{form}").status_code == 200 for form in FORMS)
    if value is None:
        assert "nan" not in unescape(answer.text).lower().split()


def test_a_team_name_is_shown_up_to_its_limit_and_refused_beyond(api: Api) -> None:
    refused = api.http.put("/teams/long", json={"name": "x" * 300})
    assert refused.status_code == 422
    assert "200" in refused.json()["errors"][0]["detail"]
    assert api.http.put("/teams/long", json={"name": "y" * 200}).status_code in (200, 201)
    assert "y" * 200 in api.http.get("/dashboard/teams/long").text


def test_a_report_of_another_team_or_a_deleted_one_is_not_mixed_up(api: Api) -> None:
    add(api, "left", 6, 50)
    add(api, "right", 6, 60)
    left, right = make(api, "left"), make(api, "right")
    token = api.http.cookies["hansei_csrf"]
    with api.wiring.database.read() as session:
        foreign = [e.experiment_id for e in experiments.listed(session, limit=9, team_id="right")]
    assert foreign, "reports propose experiments"
    for ident in foreign[:1]:
        form = {"csrf": token, "choice": f"experiment:{ident}", "reason": "x"}
        answer = api.http.post(f"/dashboard/reports/{left}/decision", data=form, headers={"Origin": api.url})
        assert answer.status_code == 422
    assert api.http.delete(f"/reports/{right}").status_code == 204
    for path in (f"/dashboard/reports/{right}", f"/dashboard/reports/{right}/shares",
                 f"/dashboard/reports/{right}/export.pdf", f"/dashboard/reports/{right}/charts/S1.svg"):  # fmt: skip
        assert api.http.get(path).status_code == 404, path
