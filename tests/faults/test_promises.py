"""Every promise on the page names tests that exist."""

from __future__ import annotations

from pathlib import Path

import pytest

from faults import promises

ROOT = Path(__file__).resolve().parents[2]
NAMED = [test for _, tests in (*promises.PROMISES, *promises.ELSEWHERE) for test in tests]


@pytest.mark.parametrize(("file", "test"), sorted({(file, test) for file, test, _ in NAMED}))
def test_a_named_test_exists(file: str, test: str) -> None:
    assert f"def {test}(" in (ROOT / file).read_text(encoding="utf-8")


def test_every_promise_stands_on_the_page() -> None:
    page = (ROOT / "docs" / "reference" / "reliability.md").read_text(encoding="utf-8")
    assert [text for text, _ in promises.PROMISES if text not in page] == []
