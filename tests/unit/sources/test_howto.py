"""The examples in the guides are read as the guides say."""

from __future__ import annotations

import re
from pathlib import Path

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
