"""The examples in the guides are read as the guides say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hansei.cli.main import main
from hansei.sources.metrics_api.parse import read_page, to_row
from hansei.sources.rows import gather
from hansei.sources.table import read_table

HOWTO = Path(__file__).resolve().parents[3] / "docs/howto"


def block(name: str, language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", (HOWTO / name).read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


def test_the_example_table() -> None:
    fetched = read_table(block("csv.md", "csv"))
    assert (fetched.rejected, fetched.notes, fetched.unknown_names) == ((), (), ())
    assert [s.name for s in fetched.sprints] == ["Sprint 35", "Sprint 36", "Sprint 37", "Sprint 38"]
    assert fetched.sprints[2].values == {
        "story_points_planned": 33,
        "story_points_completed": 34,
        "items_carried_over": 3,
        "review_time": 25.5,
    }
    assert all(s.start and s.end for s in fetched.sprints)


def test_the_example_answer() -> None:
    page = read_page(block("own-metrics-api.md", "json").encode())
    fetched = gather(to_row(n, item) for n, item in enumerate(page.items))
    assert page.next is None
    assert fetched.rejected == ()
    assert fetched.unknown_names == ("deploys_per_week",)
    assert [s.values["review_time"] for s in fetched.sprints] == [14.5, 24]


def test_whoever_follows_the_velocity_guide_gets_the_report_shown_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The table is saved under the name that the guide gives it, and the guide's own command is run."""
    page = (HOWTO / "jira-velocity.md").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    Path("velocity.txt").write_text(block("jira-velocity.md", "text"), encoding="utf-8")
    command = next(line for line in page.splitlines() if line == "hansei analyse velocity.txt")
    assert main(command.split()[1:]) == 0
    made = capsys.readouterr().out
    shown = page.split("<!-- report -->")[1].split("<!-- /report -->")[0]
    expected = [line.removeprefix(">").strip() for line in shown.strip().splitlines()]
    assert len(expected) > 20
    assert [line.strip() for line in made.splitlines()][: len(expected)] == expected


GUIDES = ("jira-velocity", "jira-issues", "linear", "gitlab", "azure-devops", "excel", "own-metrics-api")


@pytest.mark.parametrize("name", GUIDES)
def test_every_guide_says_what_its_source_gives_and_what_not_and_leads_nowhere_dead(name: str) -> None:
    page = (HOWTO / f"{name}.md").read_text(encoding="utf-8")
    assert "| gives" in page
    assert "does not give |" in page
    links = re.findall(r"\]\(([^)#:]+\.md)\)", page)
    assert [link for link in links if not (HOWTO / link).is_file()] == []
