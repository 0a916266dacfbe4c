"""Links to one report: what they open, what they never do, and how they end."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape

import httpx
import pytest
from sqlalchemy import select, update

from builders import reports as builders
from hansei.db.models import Share
from hansei.db.types import database_time
from hansei.narrative.template import TemplateNarrator
from hansei.services import access, renderings, reports, shares, teams
from support import databases
from support.http_api import Api, client, running, wired

NOTE = "Two of us were away <b>in May</b>"


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory, broker_url: str) -> Iterator[Api]:
    """A server that others can reach, asked with a token that may write."""
    url = databases.sqlite(tmp_path_factory.mktemp("shares") / "one.db")
    wiring = wired(url, broker_url)
    with wiring.database.write() as session:
        token = access.create(session, "writer", "write").text
    headers = {"Authorization": f"Bearer {token}"}
    with running(wiring, local=False) as address, client(address, headers=headers) as http:
        yield Api(address, wiring, http)


@pytest.fixture(scope="module")
def number(api: Api) -> int:
    report = builders.EVERY["changed"]()
    narrative = TemplateNarrator().narrate(report, team_name="heron", custom_context=NOTE)
    order = reports.ReportOrder("heron", 12, None, NOTE, ())
    with api.wiring.database.write() as session:
        teams.put(session, "heron")
        made = reports.store(session, order, reports.Written(report, narrative), job_id=None)
    return int(made["report_id"])


def share(api: Api, number: int, **body: object) -> dict[str, object]:
    answer = api.post("/shares", {"report_id": number, **body})
    assert answer.status_code == 201, answer.text
    made: dict[str, object] = answer.json()
    return made


def reader(made: dict[str, object]) -> httpx.Response:
    """Open a link as somebody who has nothing else."""
    return httpx.get(str(made["url"]), trust_env=False)


def test_a_link_opens_its_report_and_leads_nowhere(api: Api, number: int) -> None:
    made = share(api, number)
    page = reader(made)
    assert page.status_code == 200
    assert "Reviews have taken longer" in page.text
    assert "Show as table" in page.text, "not drawn yet: the numbers stand there all the same"
    with api.wiring.database.read() as session:
        stored = reports.get(session, number)
    renderings.obtain(api.wiring.database, stored, "charts")
    drawn = reader(made)
    assert drawn.text.count("<svg") >= 5
    for text in (page.text, drawn.text):
        assert not re.findall(r"<(?:nav|form|script|link|img|iframe|button|input)\b", text)
        assert all(to.startswith("#") for to in re.findall(r'(?:href|src)="([^"]*)"', text))
    assert "set-cookie" not in drawn.headers
    assert drawn.headers["cache-control"] == "no-store"
    assert "noindex" in drawn.headers["x-robots-tag"]
    assert drawn.headers["referrer-policy"] == "no-referrer"
    policy = drawn.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


def test_the_team_s_note_goes_along_only_where_it_was_ticked(api: Api, number: int) -> None:
    assert "Two of us" not in reader(share(api, number)).text
    ticked = reader(share(api, number, with_note=True)).text
    assert NOTE in unescape(ticked)
    assert NOTE not in ticked


def test_only_the_hash_of_a_link_is_kept_and_its_address_is_shown_once(api: Api, number: int) -> None:
    made = share(api, number)
    secret = str(made["url"]).rpartition("/")[2]
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", secret)
    with api.wiring.database.read() as session:
        rows = [
            {c.name: str(getattr(r, c.name)) for c in Share.__table__.columns}
            for r in session.scalars(select(Share))
        ]
    assert secret not in json.dumps(rows)
    listed = api.http.get("/shares", params={"report_id": number})
    assert made["share_id"] in [s["share_id"] for s in listed.json()["items"]]
    assert secret not in listed.text


def test_ended_expired_unknown_and_deleted_look_the_same(api: Api, number: int) -> None:
    ended, expired = share(api, number), share(api, number, expires_in_days=1)
    assert api.http.delete(f"/shares/{ended['share_id']}").status_code == 204
    assert api.http.delete(f"/shares/{ended['share_id']}").status_code == 204
    with api.wiring.database.write() as session:
        past = database_time(-timedelta(seconds=1))
        session.execute(update(Share).where(Share.id == expired["share_id"]).values(expires_at=past))
    unknown: dict[str, object] = {"url": f"{api.url}/shared/{'x' * 43}"}
    short: dict[str, object] = {"url": f"{api.url}/shared/x"}
    answers = [reader(m) for m in (ended, expired, unknown, short)]
    assert {a.status_code for a in answers} == {404}
    assert len({a.text for a in answers}) == 1
    assert "<a" not in answers[0].text
    open_ones = [s["share_id"] for s in api.http.get("/shares").json()["items"]]
    assert not {ended["share_id"], expired["share_id"]} & {*open_ones}


def test_a_link_goes_with_its_report(api: Api, number: int) -> None:
    report = builders.EVERY["quiet"]()
    narrative = TemplateNarrator().narrate(report, team_name="heron", custom_context=None)
    with api.wiring.database.write() as session:
        order = reports.ReportOrder("heron", 12, None, None, ())
        made = reports.store(session, order, reports.Written(report, narrative), job_id=None)
    link = share(api, made["report_id"])
    assert reader(link).status_code == 200
    with api.wiring.database.write() as session:
        reports.remove(session, made["report_id"])
    assert reader(link).status_code == 404
    assert api.post("/shares", {"report_id": made["report_id"]}).status_code == 404


@pytest.mark.parametrize("body", [{}, {"report_id": "1"}, {"report_id": 1, "expires_in_days": 366},
    {"report_id": 1, "expires_in_days": 0}, {"report_id": 1, "team": "x"}])  # fmt: skip
def test_what_cannot_be_shared_is_refused(api: Api, body: dict[str, object]) -> None:
    assert api.post("/shares", body).status_code == 422


def test_a_report_has_only_so_many_open_links(api: Api, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shares, "MOST", 0)
    answer = api.post("/shares", {"report_id": number})
    assert answer.status_code == 422
    assert "End some" in answer.json()["detail"]


def test_a_secret_of_a_link_opens_nothing_else(api: Api, number: int) -> None:
    secret = str(share(api, number)["url"]).rpartition("/")[2]
    for path in ("/reports", f"/reports/{number}", "/teams", "/dashboard"):
        for headers in ({"Authorization": f"Bearer {secret}"}, {"Cookie": f"hansei_session={secret}"}):
            assert httpx.get(f"{api.url}{path}", headers=headers, trust_env=False).status_code in (303, 401)
    assert httpx.post(f"{api.url}/shared/{secret}", trust_env=False).status_code in (401, 405)


def test_the_page_makes_shows_and_ends_a_link(api: Api, number: int) -> None:
    wiring = wired(str(api.wiring.database.url), "redis://127.0.0.1:1/0")
    with running(wiring) as address, client(address) as http:
        http.get("/dashboard")
        form = {"csrf": http.cookies["hansei_csrf"]}
        headers = {"Origin": address}
        path = f"/dashboard/reports/{number}/shares"
        assert "this machine" in http.get(path).text
        made = http.post(path, data={**form, "days": "7", "with_note": "on"}, headers=headers)
        (link,) = re.findall(r'value="(http://[^"]+/shared/[^"]+)"', made.text)
        assert "with the team" in made.text
        assert http.get(link).status_code == 200
        assert link not in http.get(path).text
        newest = max(int(i) for i in re.findall(r"/dashboard/shares/(\d+)/revoke", made.text))
        assert http.post(f"/dashboard/shares/{newest}/revoke", data=form, headers=headers).status_code == 303
        assert http.get(link).status_code == 404
        assert http.post(path, data={"days": "7"}, headers=headers).status_code == 403
