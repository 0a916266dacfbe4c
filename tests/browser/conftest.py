"""A real Chromium against a real Hansei; every page is watched: no console error, nothing leaves the host."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from conftest import free_port
from support import databases, servers, stack
from support.forks import Fork
from support.http_api import client
from support.waiting import until

#: As quiet as a browser can be: it asks nobody anything by itself.
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync")  # fmt: skip
#: A worker draws, and a suite may share its machine: what is to be seen is awaited this long, in milliseconds.
expect.set_options(timeout=40_000)
NAMES = ("chromium", "chromium-browser", "google-chrome")
READY = "The API is ready: "


@dataclass(frozen=True)
class Site:
    """A running Hansei with one report of the sample team in it."""

    url: str
    report: str


def chromium() -> str | None:
    """Return the browser's path: HANSEI_TEST_CHROMIUM, or the first one on PATH."""
    named = os.environ.get("HANSEI_TEST_CHROMIUM")
    return named or next((found for n in NAMES if (found := shutil.which(n))), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium()
    if path is None:
        pytest.skip("no Chromium here: `make browser` installs it where it may")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield started
        started.close()


@dataclass(frozen=True)
class Fresh:
    """A running Hansei that knows nothing yet."""

    url: str
    worker: int

    @contextmanager
    def holding_workers(self) -> Iterator[None]:
        """Hold the workers still until the block ends."""
        worker = psutil.Process(self.worker)
        held = [worker, *worker.children(recursive=True)]
        assert len(held) > 1
        for process in held:
            process.suspend()
        try:
            yield
        finally:
            for process in held:
                process.resume()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fresh]:
    with served(tmp_path_factory.mktemp("fresh")) as started:
        yield started


@pytest.fixture
def fresh(running: Fresh) -> Fresh:
    """A Hansei without any team: one process for all of these tests, emptied before each."""
    with client(running.url) as http:
        for team in http.get("/teams").json()["items"]:
            http.delete(f"/teams/{team['team_id']}").raise_for_status()
    return running


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One Hansei with a report for the tests that share it."""
    with (
        served(tmp_path_factory.mktemp("browser")) as started,
        client(started.url) as http,
    ):
        url = started.url
        http.get("/dashboard").raise_for_status()
        token = http.cookies["hansei_csrf"]
        headers = {"Origin": url, "Content-Type": "application/x-www-form-urlencoded"}
        assert http.post("/dashboard/sample", content=f"csrf={token}", headers=headers).status_code == 303
        body = {"team_id": "TEAM-ALPHA", "sprint_count": 12}
        task = http.post("/tasks/reports/generate", json=body).json()["task_id"]

        def done() -> Any:
            status = http.get(f"/tasks/status/{task}").json()
            return status["result"] if status["status"] == "SUCCESS" else None

        result = until("the report is made", done, seconds=60)
        yield Site(url, f"{url}/dashboard/reports/{result['report_id']}")


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open a page in a browser of its own; afterwards nothing may have gone wrong on it."""
    wrong: list[str] = []
    with ExitStack() as stack:

        def make(**options: Any) -> Page:
            context: BrowserContext = browser.new_context(**options)
            stack.callback(context.close)
            context.set_default_timeout(20_000)
            page = context.new_page()
            page.on("console", lambda m: wrong.append(f"console: {m.text}") if _is_wrong(m) else None)
            page.on("pageerror", lambda e: wrong.append(f"script: {e}"))
            page.on("request", lambda r: wrong.append(f"left the host: {r.url}") if _foreign(r.url) else None)
            return page

        yield make
    assert wrong == []


def _is_wrong(said: ConsoleMessage) -> bool:
    """Say whether a message is an error, other than Chromium's note that a form was answered with its mistakes."""
    refused = "status of 422" in said.text or "status of 409" in said.text
    return said.type == "error" and not (said.text.startswith("Failed to load resource") and refused)


def _foreign(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme not in ("data", "blob") and parts.hostname != "127.0.0.1"


@contextmanager
def served(folder: Path, **settings: str) -> Iterator[Fresh]:
    """Run a broker, the API and a worker with these settings until the block ends."""
    # Sources of the tests answer on loopback, which nobody may name unless the operator allows it.
    settings |= {"HANSEI_DATA_DIR": str(folder / "data"), "HANSEI_EGRESS_ALLOW": "127.0.0.1"}
    log = folder / "api.log"
    log.touch()
    with servers.valkey(free_port()) as broker:
        environ = stack.environment(databases.sqlite(folder / "hansei.db"), broker, **settings)
        api = Fork("hansei.cli", "api", "--port", "0", environ=environ, log=log, cwd=folder)
        try:
            with stack.worker(environ, "--concurrency=2") as worker:
                said = until("the API is ready", lambda: _address(api, log), seconds=60)
                yield Fresh(said, worker.pid)
        finally:
            api.end()


def _address(api: Fork, log: Path) -> str | None:
    assert api.poll() is None, log.read_text()
    said = [line for line in log.read_text().splitlines() if line.startswith(READY)]
    return said[0].removeprefix(READY) if said else None
