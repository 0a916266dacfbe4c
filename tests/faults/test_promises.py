"""Every promise names tests that exist, on the page and in the README, and no fault is left out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from faults import promises, scenarios

ROOT = Path(__file__).resolve().parents[2]
#: The faults that the project set out to withstand.
FAULTS = {f"F{n}" for n in (*range(1, 9), 10, 11, *range(13, 24), *range(25, 30), 31, 35)}
NAMED = [test for _, tests in (*promises.PROMISES, *promises.ELSEWHERE) for test in tests]


@pytest.mark.parametrize(("file", "test"), sorted({(file, test) for file, test, _ in NAMED}))
def test_a_named_test_exists(file: str, test: str) -> None:
    assert f"def {test}(" in (ROOT / file).read_text(encoding="utf-8")


def test_every_promise_stands_on_the_page_and_in_the_readme_with_links_to_its_tests() -> None:
    for file, kept in (
        ("docs/reference/reliability.md", promises.PROMISES),
        ("README.md", [(text, tests) for text, tests in promises.PROMISES if tests]),
    ):
        lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
        for text, tests in kept:
            (line,) = [found for found in lines if text in found]
            assert line.count("](") == len(tests), line


def test_the_readme_promises_nothing_without_a_test_that_exists() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    listed = text.split("<!-- promises -->")[1].split("<!-- /promises -->")[0]
    items = re.findall(r"^\d+\. .+$", listed, re.MULTILINE)
    assert len(items) >= 10
    for item in items:
        links = re.findall(r"\]\(([^)]+)\)", item)
        assert links, item
        assert [link for link in links if not (ROOT / link).is_file()] == []


def test_every_fault_of_the_design_is_in_the_campaign_or_in_another_suite_or_said_to_be_missing() -> None:
    campaign = {name.partition("-")[0] for name in scenarios.SCENARIOS}
    elsewhere = {fault.split()[0] for fault, _ in promises.ELSEWHERE}
    missing = {text.split()[0] for text in promises.NOT_YET}
    assert campaign | elsewhere | missing == FAULTS
    assert not missing & (campaign | elsewhere)
