"""What a team notes of its sprints, and the page of sources, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from browser.conftest import Fresh
from browser.test_pages import LOOKS, WCAG
from support.http_api import client
from support.upstream import Reply, upstream

Open = Callable[..., Page]
TABLE = "Sprint,Start,End,Completed\n" + "".join(
    f"Sprint {n},2026-0{n}-01,2026-0{n}-14,{20 + n}\n" for n in range(1, 5)
)


def import_table(fresh: Fresh) -> None:
    with client(fresh.url) as http:
        sent = http.post("/teams/heron/imports", content=TABLE, headers={"Content-Type": "text/csv"})
        sent.raise_for_status()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_sprint_is_noted_left_out_and_counts_again(fresh: Fresh, open_page: Open, scripts: bool) -> None:
    import_table(fresh)
    page = open_page(java_script_enabled=scripts)
    page.goto(f"{fresh.url}/dashboard/teams/heron")
    row = page.get_by_role("row", name=re.compile("^Sprint 3"))
    row.get_by_role("link", name="Note").click()
    expect(page.get_by_role("heading", name="Note on Sprint 3")).to_be_in_viewport()
    page.get_by_label("Incident").check()
    page.get_by_label(re.compile("A few words")).fill("Ask @maria about the outage")
    page.get_by_label(re.compile("Leave this sprint out")).check()
    page.get_by_role("button", name="Keep").click()
    page.wait_for_url("**/dashboard/teams/heron#sprints-title")
    expect(row).to_contain_text("left out")
    expect(row.locator(".tag")).to_have_text("incident")
    expect(row).to_contain_text("Ask [name] about the outage")
    expect(page.get_by_text("@maria")).to_have_count(0)
    row.get_by_role("link", name="Change").click()
    expect(page.get_by_label("Incident")).to_be_checked()
    page.get_by_label(re.compile("Leave this sprint out")).uncheck()
    page.get_by_role("button", name="Keep").click()
    expect(row).not_to_contain_text("left out")
    expect(row.locator(".tag")).to_have_text("incident")


@pytest.mark.parametrize("look", list(LOOKS))
def test_a_source_is_connected_tried_and_removed(fresh: Fresh, open_page: Open, look: str) -> None:
    page = open_page(**LOOKS[look])
    page.goto(f"{fresh.url}/dashboard")
    page.get_by_role("link", name="Connect an API").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sources")
    page.get_by_label("Name", exact=True).fill("tracker")
    with upstream(Reply([{"sprint_id": "S1", "sprint_name": "Sprint 1", "wip": 3}])) as server:
        page.get_by_label(re.compile("^Address")).fill(server.url)
        page.get_by_label(re.compile("^Key")).fill("s3cret-key")
        page.get_by_role("button", name="Connect").click()
        expect(page.get_by_role("status")).to_contain_text("Connected: tracker")
        expect(page.get_by_role("row", name=re.compile("^tracker"))).to_contain_text("kept")
        page.get_by_role("button", name="Try it").click()
        expect(page.get_by_role("status")).to_contain_text("“tracker” answers: Sprint 1: wip.")
    assert "s3cret-key" not in page.content()
    found = Axe().run(page, options=WCAG).response["violations"]
    assert [(v["id"], [n["html"][:200] for n in v["nodes"]]) for v in found] == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.get_by_text("Remove", exact=True).click()
    page.get_by_role("button", name="Remove tracker").click()
    expect(page.get_by_role("heading", name="Connected")).to_have_count(0)
