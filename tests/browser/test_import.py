"""A newcomer brings a table: from a paste on the first-run page to the team's report, with and without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from browser.conftest import Fresh
from browser.test_pages import LOOKS, WCAG
from hansei.render import xlsx

Open = Callable[..., Page]
PAYLOADS = Path(__file__).resolve().parents[1] / "payloads" / "table"
GUIDE = (Path(__file__).resolve().parents[2] / "docs/howto/jira-velocity.md").read_text(encoding="utf-8")


def in_the_guide() -> tuple[str, list[str]]:
    """Return the guide's example table, and the sentences of the report that it shows."""
    table = GUIDE.split("```text\n")[1].split("```")[0]
    shown = GUIDE.split("<!-- report -->")[1].split("<!-- /report -->")[0]
    lines = [plain(line.removeprefix(">")) for line in shown.splitlines()]
    return table, [line for line in lines if line.endswith(".") and "|" not in line]


def plain(text: str) -> str:
    """Return words without marks and references to evidence, apart by one space."""
    return " ".join(re.sub(r"\*\*|\[[A-Z]\d+\]", " ", text).split())


@pytest.mark.parametrize("scripts", [True, False])
def test_whoever_follows_the_velocity_guide_has_its_report_in_two_clicks(
    fresh: Fresh, open_page: Open, scripts: bool
) -> None:
    table, sentences = in_the_guide()
    page = open_page(java_script_enabled=scripts)
    page.goto(f"{fresh.url}/dashboard")
    expect(page.get_by_role("heading", name="Nothing here yet")).to_be_visible()
    page.get_by_label(re.compile("Paste a table")).fill(table)
    page.get_by_label("Team", exact=True).fill("Team Heron")
    page.get_by_role("button", name="Look at it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This is what would be stored")
    expect(page.get_by_text("Points planned (points)")).to_be_visible()
    expect(page.get_by_text("only a change of more than")).to_be_visible()
    page.get_by_role("button", name="Import and make a report").click()
    page.wait_for_url("**/dashboard/reports/*")
    headline = re.search(r"> # (.+)", GUIDE)
    assert headline is not None
    expect(page.get_by_role("heading", level=1)).to_have_text(headline[1])
    told = plain(page.locator("main").inner_text())
    assert [s for s in sentences if s not in told] == []
    assert len(sentences) >= 5
    page.goto(f"{fresh.url}/dashboard/teams/Team-Heron")
    expect(page.get_by_role("rowheader", name="HER Sprint 41")).to_be_visible()


def test_questions_are_fields_and_changed_values_are_confirmed(
    fresh: Fresh, open_page: Open, tmp_path: Path
) -> None:
    page = open_page()

    def upload(velocity: float) -> None:
        rows: list[list[str | float | None]] = [["Sprint", "Start", "Velocity"]]
        rows += [["S1", "01/02/2026", 20.0], ["S2", "03/04/2026", velocity]]
        (tmp_path / "heron.xlsx").write_bytes(xlsx.write(rows, title="A"))
        page.goto(f"{fresh.url}/dashboard")
        page.get_by_label(re.compile("choose a file")).set_input_files(tmp_path / "heron.xlsx")
        page.get_by_label("Team", exact=True).fill("Heron")
        page.get_by_role("button", name="Look at it").click()

    upload(21)
    expect(page.get_by_role("heading", level=1)).to_have_text("One more thing")
    page.get_by_label("Is 01/02/2026 1 February or January 2? (needed)").select_option("day_first")
    page.get_by_role("button", name="Look again").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This is what would be stored")
    page.get_by_role("button", name="Import only").click()
    expect(page.get_by_role("rowheader", name="S2")).to_be_visible()
    upload(25)  # the answer was kept, so nothing is asked
    expect(page.get_by_role("heading", level=1)).to_have_text("This is what would be stored")
    expect(page.get_by_text("S2: Points completed from 21 to 25.")).to_be_visible()
    page.get_by_label("Let these values change").check()
    page.get_by_role("button", name="Import only").click()
    page.wait_for_url("**/dashboard/teams/Heron")


def test_numbers_under_unknown_headers_are_read_where_they_are_ticked(fresh: Fresh, open_page: Open) -> None:
    page = open_page(java_script_enabled=False)
    page.goto(f"{fresh.url}/dashboard")
    table = "Sprint,Completed,Anna,deploys_per_week\nSprint 1,20,7,4\nSprint 2,21,8,5\n"
    page.get_by_label(re.compile("Paste a table")).fill(table)
    page.get_by_label("Team", exact=True).fill("Heron")
    page.get_by_role("button", name="Look at it").click()
    expect(page.get_by_text("Anna")).to_have_count(0)
    page.get_by_label("column 4").check()
    page.get_by_role("button", name="Look again").click()
    expect(page.get_by_text("Points completed 21; deploys_per_week 5")).to_be_visible()
    expect(page.get_by_label("column 4")).to_be_checked()
    page.get_by_role("button", name="Import only").click()
    expect(page.get_by_role("columnheader", name="Deploys per week")).to_be_visible()
    expect(page.get_by_text("Anna")).to_have_count(0)


def test_typing_sprints_in_without_javascript(fresh: Fresh, open_page: Open) -> None:
    page = open_page(java_script_enabled=False)
    page.goto(f"{fresh.url}/dashboard")
    page.get_by_role("link", name="Type a few sprints in").click()
    for row, (name, planned, done) in enumerate([("Sprint 1", "30", "28"), ("Sprint 2", "31", "30,5")]):
        page.get_by_label(f"Sprint, row {row + 1}").fill(name)
        page.get_by_label(f"Commitment, row {row + 1}").fill(planned)
        page.get_by_label(f"Completed, row {row + 1}").fill(done)
    page.get_by_label("Team", exact=True).fill("Heron")
    page.get_by_role("button", name="Look at it").click()
    expect(page.get_by_text("Points completed 30.5")).to_be_visible()
    page.get_by_role("button", name="Back to what I typed").click()
    expect(page.get_by_label("Completed, row 2")).to_have_value("30,5")
    page.get_by_label("Completed, row 2").fill("31,5")
    page.get_by_role("button", name="Look at it").click()
    expect(page.get_by_text("Points completed 31.5")).to_be_visible()
    page.get_by_role("button", name="Import only").click()
    expect(page.get_by_role("rowheader", name="Sprint 2")).to_be_visible()


@pytest.mark.parametrize("look", list(LOOKS))
def test_the_pages_of_an_import_violate_no_wcag_aa_and_do_not_scroll_sideways(
    fresh: Fresh, open_page: Open, look: str
) -> None:
    options: dict[str, Any] = LOOKS[look]
    page = open_page(**options)
    page.goto(f"{fresh.url}/dashboard")
    page.get_by_label(re.compile("choose a file")).set_input_files(PAYLOADS / "jira_issues.csv")
    page.get_by_label("Team", exact=True).fill("Heron")
    page.get_by_role("button", name="Look at it").click()
    for url in ("", f"{fresh.url}/dashboard/grid"):
        if url:
            page.goto(url)
        found = Axe().run(page, options=WCAG).response["violations"]
        assert [(v["id"], [n["html"][:200] for n in v["nodes"]]) for v in found] == []
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_the_templates_are_given_and_read_back_as_empty_tables(fresh: Fresh, open_page: Open) -> None:
    page = open_page()
    for kind, start in (("csv", b"\xef\xbb\xbfSprint,"), ("xlsx", b"PK")):
        answer = page.request.get(f"{fresh.url}/dashboard/template.{kind}")
        assert answer.ok
        assert answer.body().startswith(start)
