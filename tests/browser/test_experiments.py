"""The life of an experiment as a team sees it in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from browser.conftest import Fresh
from browser.test_pages import LOOKS, WCAG
from integration.api.test_experiments import past, since
from support.http_api import client
from support.waiting import until

Open = Callable[..., Page]


def sprints(site: Fresh, rows: list[dict[str, Any]]) -> None:
    with client(site.url) as http:
        http.post("/teams/heron/sprints", json=rows).raise_for_status()


def shown(site: Fresh, number: str) -> dict[str, Any]:
    with client(site.url) as http:
        found: dict[str, Any] = http.get(f"/experiments/{number}").raise_for_status().json()
    return found


def sound(page: Page, look: str) -> None:
    found = Axe().run(page, options=WCAG)
    assert found.violations_count == 0, f"{look}: {found.generate_report()}"
    width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert width <= 0, look


def test_from_start_over_sprints_to_a_verdict_that_is_kept(fresh: Fresh, open_page: Open) -> None:
    sprints(fresh, past())
    page = open_page()
    page.goto(f"{fresh.url}/dashboard/teams/heron")
    page.get_by_role("button", name="Make report").click()
    page.wait_for_url("**/dashboard/reports/*")
    page.locator("form.choose").first.get_by_role("button", name="Start").click()
    expect(page.get_by_role("status").first).to_contain_text("has started")
    page.get_by_role("link", name="Running").click()
    page.wait_for_url("**/dashboard/experiments/*")
    number = page.url.rpartition("/")[2].partition("?")[0]
    expect(page.get_by_text("sprint 1 of 4, too early to say")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("^Compared with Sprints 9–12"))).to_be_visible()

    sprints(fresh, since(shown(fresh, number), [9.0, 8.0, 9.5]))
    page.reload()
    expect(page.get_by_text("sprint 4 of 4, too early to say")).to_be_visible()
    expect(page.get_by_role("heading", name="Verdict")).to_have_count(0)
    sprints(fresh, since(shown(fresh, number), [8.5], first=16))
    until("it is judged", lambda: shown(fresh, number)["state"] == "judged", seconds=10)

    page.goto(f"{fresh.url}/dashboard")
    page.get_by_role("link", name="Read the verdict").click()
    expect(page.get_by_text("worked", exact=True)).to_be_visible()
    page.locator("svg.drawing").wait_for()
    page.locator(".canvas").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("figure .says")).to_have_text(re.compile(r"^S9 \(baseline\): \d+ h"))
    page.get_by_label("What do you make of it?").fill("Easy, and it helps")
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_role("status").first).to_contain_text("is kept")
    expect(page.get_by_role("button", name="Keep")).to_have_attribute("aria-pressed", "true")
    page.goto(f"{fresh.url}/dashboard/experiments")
    expect(page.get_by_text("1 tried: 1 worked.")).to_be_visible()

    page.goto(f"{fresh.url}/dashboard/teams/heron")
    page.get_by_role("button", name="Make report").click()
    page.wait_for_url("**/dashboard/reports/*")
    expect(page.get_by_role("heading", name="What we tried last time")).to_be_visible()
    expect(page.locator("#tried")).to_contain_text("You decided to keep it.")


@pytest.mark.parametrize("look", list(LOOKS))
def test_the_pages_of_an_experiment_can_be_used_by_all(fresh: Fresh, open_page: Open, look: str) -> None:
    sprints(fresh, past())
    page = open_page(**LOOKS[look])
    page.goto(f"{fresh.url}/dashboard/teams/heron/experiments/new")
    sound(page, look)
    page.get_by_label("What will you try?").fill("Reviews before lunch")
    page.get_by_label("Which measure will tell?").select_option("review_time")
    page.get_by_role("button", name="Start").click()
    page.wait_for_url("**/dashboard/experiments/*")
    page.locator("svg.drawing").wait_for()
    sound(page, look)
    page.get_by_text("Stop it before its verdict").click()
    page.get_by_label("Why? What was learnt is in it.").fill("No time")
    page.get_by_role("button", name="Stop it").click()
    expect(page.get_by_text("Because: No time")).to_be_visible()
    page.goto(f"{fresh.url}/dashboard/experiments")
    sound(page, look)
