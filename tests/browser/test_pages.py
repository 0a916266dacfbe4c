"""What a person does with the pages, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from browser.conftest import Fresh, Site

Open = Callable[..., Page]
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
PATHS = ("/dashboard", "/dashboard/teams/TEAM-ALPHA", "/dashboard/reports", "/dashboard/experiments",
    "/dashboard/tasks", "/login")  # fmt: skip

LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "narrow": {"viewport": {"width": 375, "height": 800}},
}


def test_from_nothing_to_a_report_in_three_clicks_with_live_progress(fresh: Fresh, open_page: Open) -> None:
    page = open_page()
    page.goto(fresh.url)
    expect(page).to_have_url(f"{fresh.url}/dashboard")
    expect(page.get_by_role("heading", name="Nothing here yet")).to_be_visible()
    page.get_by_role("button", name="Look at a sample team").click()
    page.get_by_role("button", name="Make report").click()
    expect(page).to_have_url(re.compile("/dashboard/(tasks|reports)/"))
    page.wait_for_url("**/dashboard/reports/*")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Reviews have taken longer")
    expect(page.locator("figure svg.drawing").first).to_be_visible()
    page.goto(f"{fresh.url}/dashboard")
    page.get_by_role("button", name="Remove sample").click()
    expect(page.get_by_role("heading", name="Nothing here yet")).to_be_visible()


def test_without_javascript_the_same_path_works(fresh: Fresh, open_page: Open) -> None:
    page = open_page(java_script_enabled=False)
    page.goto(f"{fresh.url}/dashboard")
    page.get_by_role("button", name="Look at a sample team").click()
    page.get_by_role("button", name="Make report").click()
    page.wait_for_url("**/dashboard/reports/*")
    first = page.locator("figure img.drawing, figure svg.drawing").first
    expect(first).to_be_visible()
    page.get_by_text("Show as table").first.click()
    expect(page.get_by_role("rowheader", name="S36", exact=True).first).to_be_visible()


def test_a_click_on_evidence_shows_the_points(site: Site, open_page: Open) -> None:
    page = open_page()
    page.goto(site.report)
    page.locator("figure#S1 svg.drawing").wait_for()
    page.locator("td a.ref[href='#S1'], p a.ref[href='#S1'], li a.ref[href='#S1']").last.click()
    expect(page.locator("figure#S1")).to_be_in_viewport()
    expect(page.locator("figure#S1 .lit")).to_have_count(5)


def test_a_chart_is_read_with_the_keyboard(site: Site, open_page: Open) -> None:
    page = open_page()
    page.goto(site.report)
    page.locator("figure#S1 svg.drawing").wait_for()
    canvas = page.locator("figure#S1 .canvas")
    canvas.focus()
    canvas.press("ArrowRight")
    canvas.press("ArrowRight")
    expect(page.locator("figure#S1 .says")).to_have_text(re.compile(r"^S28: \d+ h"))


def step_to(page: Page, name: str | re.Pattern[str]) -> Locator:
    """Press the right arrow until a heading is on the screen; return it."""
    heading = page.locator(".slide.now").get_by_role("heading", name=name)
    for _ in range(40):
        if heading.is_visible():
            return heading
        page.keyboard.press("ArrowRight")
    raise AssertionError(f"no screen shows {name}")


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until an element has the focus."""
    for _ in range(60):
        if page.evaluate(f"document.activeElement?.matches({selector!r}) ?? false"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the focus never reached {selector}")


def test_a_whole_meeting_is_held_with_the_keyboard_alone(site: Site, open_page: Open) -> None:
    page = open_page(viewport={"width": 1280, "height": 800})
    page.goto(site.report)
    page.locator("figure#S1 svg.drawing").wait_for()

    tab_to(page, "[data-present]")
    page.keyboard.press("Enter")
    expect(page.locator(".presenting")).to_be_visible()
    charts = set()
    step_to(page, "What changed")
    while page.locator(".slide.now").get_by_role("heading", name="What changed").is_visible():
        charts |= {
            f.get_attribute("id") for f in page.locator(".slide.now figure:not(.off)").all() if f.is_visible()
        }
        assert page.locator(".slide.now figure.chart:visible").count() <= 1, "one chart a screen"
        page.keyboard.press("ArrowRight")
    assert charts == {"S1", "S2", "S3", "S4"}
    step_to(page, "Leads: possible reasons")
    lead = page.get_by_role("heading", name=re.compile("^A · "))
    expect(lead).to_be_hidden()
    page.keyboard.press("Enter")
    expect(lead).to_be_visible()
    step_to(page, "Our answers")
    tab_to(page, "form.answer input[name=answer]")
    page.keyboard.press("ArrowDown")
    tab_to(page, "form.answer input[name=reason]")
    page.keyboard.type("Nobody remembers a wait")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Your answer is kept.")).to_be_visible()
    expect(page.locator(".presenting")).to_be_visible()  # the meeting goes on where it was
    step_to(page, "Experiments to choose from (choose one)")
    first = page.get_by_role("heading", name=re.compile("^1 · "))
    expect(first).to_be_hidden()
    page.keyboard.press("Enter")
    expect(first).to_be_visible()
    step_to(page, "We decided…")
    tab_to(page, "form.decide input[name=choice]")
    page.keyboard.press("ArrowUp")
    expect(page.get_by_label("Change nothing")).to_be_checked()
    tab_to(page, "form.decide input[name=reason]")
    page.keyboard.type("We want to watch one more sprint")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Your decision is kept.")).to_be_visible()
    expect(page.locator("#decision .note")).to_contain_text("We want to watch one more sprint")


def test_a_link_is_read_by_somebody_else(site: Site, open_page: Open) -> None:
    page = open_page()
    page.goto(site.report)
    page.get_by_text("Share", exact=True).click()
    page.get_by_role("link", name="A link to read it").click()
    page.get_by_role("button", name="Make a link").click()
    link = page.get_by_label("Address of the link").input_value()
    other = open_page()
    other.goto(link)
    expect(other.get_by_role("heading", level=1)).to_contain_text("Reviews have taken longer")
    expect(other.locator("figure svg.drawing").first).to_be_visible()
    expect(other.get_by_role("navigation")).to_have_count(0)
    expect(other.locator("a[href]:not([href^='#'])")).to_have_count(0)
    found = Axe().run(page, options=WCAG).response["violations"]
    assert [v["id"] for v in found] == []
    page.get_by_role("button", name="End it").first.click()
    expect(page.get_by_text("No link opens this report.")).to_be_visible()


def test_present_mode_shows_and_covers_and_ends(site: Site, open_page: Open) -> None:
    page = open_page()
    page.goto(site.report)
    page.get_by_role("button", name="Present").focus()
    page.keyboard.press("Enter")
    shown = page.locator(".slide.now")
    expect(shown.get_by_role("heading", level=1)).to_be_visible()
    step_to(page, "Leads: possible reasons")
    lead = page.get_by_role("heading", name=re.compile("^A · "))
    expect(lead).to_be_hidden()
    assert (
        float(page.evaluate("parseFloat(getComputedStyle(document.querySelector('.slide.now p')).fontSize)"))
        >= 24
    )
    page.keyboard.press("Enter")
    expect(lead).to_be_visible()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowRight")
    expect(lead).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Present")).to_be_focused()


def test_answers_and_the_decision_are_kept_and_shown_next_time(site: Site, open_page: Open) -> None:
    page = open_page()
    page.goto(site.report)
    form = page.locator("form.answer").first
    form.get_by_label("confirmed").check()
    form.get_by_label("because").fill("<b>Two reviewers</b> were away")
    form.get_by_role("button").click()
    expect(page.get_by_role("status").first).to_have_text("Your answer is kept.")
    expect(page.locator("form.answer").first.get_by_label("confirmed")).to_be_checked()
    expect(page.locator("form.answer").first.get_by_label("because")).to_have_value(
        "<b>Two reviewers</b> were away"
    )
    form = page.locator("form.decide")
    form.get_by_label("Reviews first").check()
    form.get_by_label("Our reason").fill("Waiting hurts most")
    form.get_by_label(re.compile("^Role")).fill("the one who opens the daily meeting")
    form.get_by_role("button").click()
    expect(page.locator("#decision .note")).to_contain_text("Waiting hurts most")
    page.goto(f"{site.url}/dashboard/experiments")
    expect(page.get_by_text("sprint 1 of 4, too early to say")).to_be_visible()
    page.goto(f"{site.url}/dashboard/teams/TEAM-ALPHA")
    page.get_by_role("button", name="Make report").click()
    page.wait_for_url("**/dashboard/reports/*")
    expect(page.get_by_role("heading", name="What we tried last time")).to_be_visible()
    expect(page.locator("#tried")).to_contain_text("Because: Waiting hurts most")
    expect(page.locator("#tried")).to_contain_text("sprint 1 of 4, too early to say")


@pytest.mark.parametrize(
    ("kind", "start"),
    [("pdf", b"%PDF-"), ("html", b"<!doctype html>"), ("md", b"# "), ("csv", b"kind,"), ("json", b"{")],
)
def test_every_format_is_given(site: Site, open_page: Open, tmp_path: Path, kind: str, start: bytes) -> None:
    page = open_page(accept_downloads=True)
    page.goto(site.report)
    if kind != "pdf":
        page.get_by_text("Share", exact=True).click()
    with page.expect_download() as caught:
        page.locator(f"a[href$='export.{kind}']").click()
    target = tmp_path / "report"
    caught.value.save_as(target)
    assert target.read_bytes().startswith(start)
    assert caught.value.suggested_filename.endswith(f".{kind}")


@pytest.mark.parametrize("look", list(LOOKS))
def test_no_page_violates_wcag_aa_or_scrolls_sideways(site: Site, open_page: Open, look: str) -> None:
    options = LOOKS[look]
    page = open_page(**options)
    for url in (*(site.url + p for p in PATHS), site.report):
        page.goto(url)
        page.wait_for_load_state("load")
        found = Axe().run(page, options=WCAG).response["violations"]
        assert [(v["id"], [n["html"][:200] for n in v["nodes"]]) for v in found] == []
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_the_theme_stays_chosen(site: Site, open_page: Open) -> None:
    page = open_page(color_scheme="light")
    page.goto(f"{site.url}/dashboard")
    page.get_by_role("button", name="Theme").click()
    page.goto(f"{site.url}/dashboard/reports")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_a_waiting_task_is_cancelled_and_tried_again(fresh: Fresh, open_page: Open) -> None:
    page = open_page()
    page.goto(f"{fresh.url}/dashboard")
    page.get_by_role("button", name="Look at a sample team").click()
    with fresh.holding_workers():
        page.get_by_role("button", name="Make report").click()
        expect(page.get_by_text("waiting").first).to_be_visible()
        page.get_by_role("button", name="Cancel").click()
        expect(page.get_by_text("cancelled").first).to_be_visible()
    page.get_by_role("button", name="Try again").click()
    page.wait_for_url("**/dashboard/reports/*")


def test_a_failed_task_says_what_to_do(fresh: Fresh, open_page: Open) -> None:
    page = open_page()
    page.request.post(f"{fresh.url}/tasks/metrics/sync", data={"team_id": "NOBODY"})
    page.goto(f"{fresh.url}/dashboard/tasks")
    page.get_by_role("link", name="Fetch sprints").first.click()
    expect(page.locator(".state strong")).to_contain_text("No metrics source is configured")
    page.locator("summary", has_text="Details").click()
    expect(page.get_by_role("button", name="Copy details")).to_be_visible()
    expect(page.get_by_role("button", name="Try again")).to_be_visible()


def test_pages_are_light(site: Site, open_page: Open) -> None:
    page = open_page()
    sizes: list[int] = []
    page.on("response", lambda r: sizes.append(len(r.body())) if r.status == 200 else None)
    page.goto(f"{site.url}/dashboard/teams/TEAM-ALPHA")
    page.wait_for_load_state("networkidle")
    assert sum(sizes) <= 120_000
