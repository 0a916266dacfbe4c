"""The page about the command line says what the commands say."""

from __future__ import annotations

from pathlib import Path

from hansei.cli import reference

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "cli.md"


def test_the_page_is_fresh() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference.text(), (
        "make it anew: python -m hansei.cli.reference > docs/reference/cli.md"
    )


def test_every_command_is_on_it() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for name in ("demo", "up", "api", "worker", "beat", "analyse", "sync", "doctor", "version"):
        assert f"\n## hansei {name}\n" in page
    for name in (
        "report generate",
        "task cancel",
        "token revoke",
        "db restore",
        "source check",
        "team sprints",
    ):
        assert f"\n## hansei {name}\n" in page
