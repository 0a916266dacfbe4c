"""The snippets of the method pages run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PAGES = ("signals", "copies", "size", "history", "leads", "experiments", "forecast", "levels", "associations")


@pytest.mark.parametrize("name", PAGES)
def test_the_snippets_run(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = (ROOT / "docs" / "method" / f"{name}.md").read_text()
    snippets = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    assert snippets
    for snippet in snippets:
        assert "assert" in snippet
        exec(compile(snippet, f"{name}.md", "exec"), {})
    assert "**Limits.**" in text
