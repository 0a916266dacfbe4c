"""Take the screenshots of ``docs/screenshots`` again: ``make screenshots``. Needs Chromium and poppler's pdftoppm.

Starts ``hansei up`` in a temporary folder, walks the first-run path with the sample team, and photographs each page.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from browser.conftest import FLAGS, chromium, up  # noqa: E402 - the tests' own server and browser

OUT = ROOT / "docs" / "screenshots"
WIDE: ViewportSize = {"width": 1200, "height": 800}
NARROW: ViewportSize = {"width": 360, "height": 800}
TABLE = """Sprint\tCommitment\tCompleted
Sprint 34\t34\t31
Sprint 35\t36\t30
Sprint 36\t33\t33
Sprint 37\t35\t29
"""
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def shoot(page: Page, name: str) -> None:
    """Photograph what the window shows."""
    page.wait_for_load_state("networkidle")
    page.screenshot(path=OUT / f"{name}.png")


def first_run(browser: Browser, url: str) -> str:
    """Walk from nothing to the sample team's report; return its address."""
    page = browser.new_page(viewport=WIDE, color_scheme="light")
    page.goto(f"{url}/dashboard")
    shoot(page, "first-run")
    page.get_by_role("button", name="Look at a sample team").click()
    page.get_by_role("button", name="Make report").click()
    page.wait_for_url("**/dashboard/reports/*")
    page.locator("figure#S1 svg.drawing").wait_for()
    return page.url


def start_experiment(browser: Browser, report: str) -> str:
    """Start the first idea of the report; return the address of its page, with its chart drawn."""
    page = browser.new_page(viewport=WIDE, color_scheme="light")
    page.goto(report)
    page.locator("form.choose").get_by_role("button", name="Start").first.click()
    page.get_by_role("link", name="Running").first.click()
    page.locator("svg.drawing").wait_for()
    return page.url


def preview(page: Page, url: str) -> None:
    """Paste a table and look at what would be stored."""
    page.goto(f"{url}/dashboard")
    page.get_by_label("Paste a table").fill(TABLE)
    page.get_by_label("Team", exact=True).fill("Heron")
    page.get_by_role("button", name="Look at it").click()


def pages(browser: Browser, url: str, report: str, experiment: str) -> None:
    """Photograph every page in both themes, and the most read ones on a phone."""
    for theme in THEMES:
        page = browser.new_page(viewport=WIDE, color_scheme=theme)
        for name, address in (
            ("overview", f"{url}/dashboard"),
            ("team", f"{url}/dashboard/teams/TEAM-ALPHA"),
            ("tasks", f"{url}/dashboard/tasks"),
            ("experiments", f"{url}/dashboard/experiments"),
            ("experiment", experiment),
            ("sources", f"{url}/dashboard/sources"),
            ("problem", f"{url}/dashboard/nothing-here"),
            ("report", report),
        ):
            page.goto(address)
            shoot(page, f"{name}-{theme}")
        preview(page, url)
        shoot(page, f"import-{theme}")
        page.goto(report)
        page.locator("figure#S1").scroll_into_view_if_needed()
        page.evaluate("document.querySelector('#changed').scrollIntoView()")
        shoot(page, f"report-charts-{theme}")
    page = browser.new_page(viewport=NARROW, color_scheme="light")
    for name, address in (
        ("overview", f"{url}/dashboard"),
        ("team", f"{url}/dashboard/teams/TEAM-ALPHA"),
        ("report", report),
    ):
        page.goto(address)
        shoot(page, f"{name}-narrow")
    page.evaluate("document.querySelector('#changed').scrollIntoView()")
    shoot(page, "report-charts-narrow")
    page = browser.new_page(viewport=WIDE, color_scheme="light")
    page.goto(report)
    page.get_by_role("button", name="Present").click()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    shoot(page, "present-chart")
    while not page.locator("#leads.now").count():
        page.keyboard.press("ArrowRight")
    shoot(page, "present-covered")
    page.keyboard.press("Enter")
    shoot(page, "present")


def pdf(browser: Browser, report: str) -> None:
    """Photograph the pages of the PDF."""
    tool = shutil.which("pdftoppm")
    if tool is None:
        print("pdftoppm is not installed: the PDF's pages keep their old pictures.")  # noqa: T201 - a command
        return
    page = browser.new_page()
    content = page.request.get(f"{report}/export.pdf", timeout=60_000).body()
    subprocess.run([tool, "-png", "-r", "60", "-l", "2", "-", str(OUT / "pdf")], input=content, check=True)  # noqa: S603 - our own


def main() -> int:
    """Take them all."""
    path = chromium()
    if path is None:
        print("No Chromium here: `make browser` installs it where it may.")  # noqa: T201 - a command
        return 1
    OUT.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        up(Path(folder)) as running,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        report = first_run(browser, running.url)
        pages(browser, running.url, report, start_experiment(browser, report))
        pdf(browser, report)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
