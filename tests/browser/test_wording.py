"""A team lets a language model word its reports, sees what is sent and what was refused, and ends it again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from browser.conftest import Fresh, Site, served
from browser.test_pages import LOOKS, WCAG
from hansei.narrative import prompt
from support.model import Asked, honest, model, says

Open = Callable[..., Page]
NAME = "openai-chat:any"
TEAM = "/dashboard/teams/TEAM-ALPHA"


def at_second_sight(asked: Asked) -> Any:
    """Word the report well, but for one sentence that has to go back."""
    texts = honest(asked)
    if not asked.refused:
        texts["summary"] += " Coding time has doubled."
    return says(texts)(asked)


@pytest.fixture(scope="module")
def worded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fresh]:
    with model(at_second_sight) as service:
        named = {"MODEL": NAME, "BASE_URL": service.url, "API_KEY": "sk-any"}
        folder = tmp_path_factory.mktemp("worded")
        with served(folder, **{f"HANSEI_LLM_{k}": v for k, v in named.items()}) as started:
            yield started


def test_a_team_lets_a_model_word_its_report_and_ends_it_again(worded: Fresh, open_page: Open) -> None:
    page = open_page()
    page.goto(f"{worded.url}/dashboard")
    page.get_by_role("button", name="Look at a sample team").click()
    page.goto(f"{worded.url}{TEAM}")
    wording = page.get_by_role("region", name="Wording")
    expect(wording).to_contain_text("by the built-in template")
    wording.get_by_role("link", name="What it is sent").click()
    sent = page.get_by_role("region", name="What it is sent")
    for what, _ in prompt.SENT:
        expect(sent).to_contain_text(what)
    expect(page.get_by_text("It has not been asked yet.")).to_be_visible()

    page.goto(f"{worded.url}{TEAM}")
    page.get_by_role("button", name="Let it word our reports").click()
    expect(wording).to_contain_text(f"This team’s reports are worded by {NAME}.")
    page.get_by_role("button", name="Make report").click()
    page.wait_for_url("**/dashboard/reports/*")
    report = page.url
    expect(page.get_by_role("heading", level=1)).to_contain_text("Since Sprint 36, reviews have taken longer")
    small = page.get_by_text(f"wording: {NAME}")
    expect(small).to_contain_text("1 of its sentences was refused")

    page.goto(f"{worded.url}/dashboard/wording")
    expect(page.get_by_role("row", name=re.compile(rf"{NAME} 1 1 \d+ \d\d %"))).to_be_visible()
    for look, options in LOOKS.items():
        seen = open_page(**options)
        for path in (f"{worded.url}/dashboard/wording", f"{worded.url}{TEAM}", report):
            seen.goto(path)
            found = Axe().run(seen, options=WCAG)
            assert found.violations_count == 0, f"{look}: {found.generate_report()}"
            assert seen.evaluate(
                "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
            ), look

    page.goto(report)
    page.get_by_text("Reword", exact=True).click()
    page.get_by_role("button", name="By the template").click()
    page.wait_for_url("**/dashboard/reports/*")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Reviews have taken longer since Sprint 36")
    page.goto(f"{worded.url}{TEAM}")
    page.get_by_role("button", name="Back to the template").click()
    expect(wording).to_contain_text("by the built-in template")
    page.goto(report)
    expect(page.get_by_text("Reword", exact=True)).to_have_count(0)


def test_where_no_model_is_named_the_pages_offer_none(site: Site, open_page: Open) -> None:
    page = open_page()
    page.goto(f"{site.url}{TEAM}")
    expect(page.get_by_role("button", name="Make report")).to_be_visible()
    expect(page.get_by_role("region", name="Wording")).to_have_count(0)
    page.goto(site.report)
    expect(page.get_by_text("Reword", exact=True)).to_have_count(0)
