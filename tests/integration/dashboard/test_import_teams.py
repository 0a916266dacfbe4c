"""Which team a table goes into, by what somebody calls the team on the import page, and what will show of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import httpx
import pytest

from support import databases
from support.http_api import Api, client, running, wired

TABLE = "Sprint\tDone\nS1\t3\nS2\t4\n"


@pytest.fixture
def api(tmp_path: Path, broker_url: str) -> Iterator[Api]:
    wiring = wired(databases.sqlite(tmp_path / "one.db"), broker_url)
    with running(wiring) as url, client(url) as http:
        http.get("/dashboard")
        yield Api(url, wiring, http)


def bring(api: Api, team: str, action: str = "look", table: str = TABLE, **more: str) -> httpx.Response:
    form = {"csrf": api.http.cookies["hansei_csrf"], "text": table, "team": team, "action": action, **more}
    files = {"file": ("", b"")}
    return api.http.post("/dashboard/imports", data=form, files=files, headers={"Origin": api.url})


def seen(answer: httpx.Response) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def teams(api: Api) -> dict[str, tuple[str, int]]:
    """Return each team's name and number of sprints, by its id."""
    return {t["team_id"]: (t["name"], t["sprints"]) for t in api.http.get("/teams").json()["items"]}


NAMES = ("チーム 1", "班 1", "команда 1", "1", "日本チーム", "A/B", "A B", "Größe", "Große", "กลุ่ม",
         "Team Heron")  # fmt: skip


def test_each_name_is_a_team_of_its_own_in_any_script_and_the_same_one_next_time(api: Api) -> None:
    for name in NAMES:
        looked = bring(api, name)
        assert looked.status_code == 200
        assert f"For {name}, a new team." in seen(looked)
        assert bring(api, name, "import").status_code == 303
    made = teams(api)
    assert sorted(made.values()) == sorted((name, 2) for name in NAMES)
    assert made["Team-Heron"] == ("Team Heron", 2)
    for name in NAMES:
        again = seen(bring(api, name))
        assert f"For {name}." in again
        assert "2 unchanged" in again
        where = bring(api, name, "import").headers["location"]
        assert name in seen(api.http.get(where))
    assert teams(api) == made


def test_a_team_is_meant_by_its_id_too_and_called_as_it_is_stored(api: Api) -> None:
    api.http.put("/teams/1", json={"name": "チーム 1"}).raise_for_status()
    page = bring(api, "1")
    assert "For チーム 1." in seen(page)
    assert bring(api, "1", "import").headers["location"] == "/dashboard/teams/1"
    assert teams(api) == {"1": ("チーム 1", 2)}
    other = bring(api, "班 1", "import").headers["location"]
    assert other != "/dashboard/teams/1"
    assert teams(api)[other.rpartition("/")[2]] == ("班 1", 2)
    api.http.put("/teams/2", json={"name": "チーム 1"}).raise_for_status()
    unclear = bring(api, "チーム 1")
    assert unclear.status_code == 422
    assert "Give the team's id, such as 1 or 2." in seen(unclear)


@pytest.mark.parametrize("name", [".", "..", "...", "!?", "-"])
def test_a_name_without_letters_is_asked_for_again(api: Api, name: str) -> None:
    answer = bring(api, name, "import")
    assert answer.status_code == 422
    assert "letters or digits" in seen(answer)
    assert teams(api) == {}


def test_what_another_source_hides_is_told_beside_the_tick_that_lets_it_change(api: Api) -> None:
    bring(api, "Heron", "import")
    api.post("/teams/Heron/sprints", [{"sprint_id": "S2", "story_points_completed": 5}]).raise_for_status()
    before, tick, after = seen(bring(api, "Heron", table=TABLE.replace("4", "6"))).partition(
        "Let these values change"
    )
    assert tick
    assert "S2: Points completed from 4 to 6; reports show 5, from “api”." in before
    assert "Of 1 changed value, 1 will not show in reports: source “api” comes before “table”" in before
    assert "will not show" not in after
