"""Sample data and a team's own sprints never meet, whatever comes first, through no door; on both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hansei import jobs, sample
from hansei.bootstrap import Wiring, wire
from hansei.db.session import Database
from hansei.errors import Conflict, InvalidInput
from hansei.sample.serve import SampleApi
from hansei.services import imports, samples, submissions, teams
from hansei.sources.table import read
from hansei.tasks import runner
from support.http_api import client, running
from support.upstream import Reply, upstream

ALPHA = sample.SIMULATED
OWN = [
    {
        "sprint_id": f"J-{n}",
        "sprint_name": f"Sprint {n}",
        "start_date": f"2026-0{n}-01",
        "end_date": f"2026-0{n}-14",
        "wip": n,
    }
    for n in (1, 2, 3)
]
TABLE = "Sprint,Start,End,WIP\nSprint 1,2026-01-01,2026-01-14,3\nSprint 2,2026-01-15,2026-01-28,4\n"
Start = Callable[..., Wiring]


@pytest.fixture
def start(database_url: str, broker_url: str, tmp_path: Path) -> Iterator[Start]:
    """Start the same installation with one source or another."""
    made: list[Wiring] = []

    def with_settings(**settings: str) -> Wiring:
        environ = {
            "HANSEI_DATABASE_URL": database_url,
            "HANSEI_BROKER_URL": broker_url,
            "HANSEI_DATA_DIR": str(tmp_path / "data"),
            "HANSEI_EGRESS_ALLOW": "127.0.0.0/8",
        }
        made.append(wire(environ | settings))
        return made[-1]

    yield with_settings
    for wiring in made:
        wiring.database.close()


@pytest.fixture
def sampling(start: Start) -> Iterator[Wiring]:
    """The installation as the children of `hansei up --sample` see it."""
    with SampleApi() as api:
        yield start(HANSEI_METRICS_API_URL=api.url, HANSEI_SAMPLE="true")


@pytest.fixture
def own_url() -> Iterator[str]:
    """The address of somebody's own metrics API."""
    with upstream(Reply(OWN)) as server:
        yield server.url


def synced(wiring: Wiring, **asked: Any) -> jobs.JobView:
    with wiring.database.write() as session:
        job = submissions.submit_sync(session, default=wiring.default_source, **asked)
    return runner.run_inline(wiring, job.id)


def stored(database: Database) -> dict[str, tuple[bool, set[str]]]:
    """Each team: whether it is a sample, and which sources its sprints are of."""
    with database.read() as session:
        found = teams.listed(session, limit=50)
        return {
            t.team_id: (t.sample, {s for v in teams.sprint_views(session, t.team_id) for s in v.sources})
            for t in found
        }


def test_a_sync_of_the_sample_goes_to_its_own_team_and_leaves_the_default_one_alone(
    sampling: Wiring, start: Start, own_url: str
) -> None:
    assert synced(sampling, sprint_count=40).status == "SUCCESS"
    assert synced(sampling, team_id=sample.REAL).status == "SUCCESS"
    assert stored(sampling.database) == {ALPHA: (True, {"sample"}), sample.REAL: (True, {"sample"})}
    with sampling.database.write() as session:
        assert submissions.submit_report(session).team_id == ALPHA
    own = start(HANSEI_METRICS_API_URL=own_url)
    assert synced(own).status == "SUCCESS"
    assert stored(own.database)["default"] == (False, {"default"})
    with own.database.write() as session:
        assert submissions.submit_report(session).team_id == "default"  # samples do not count beside it


def test_own_sprints_do_not_go_into_a_sample(sampling: Wiring, start: Start, own_url: str) -> None:
    synced(sampling)
    own = start(HANSEI_METRICS_API_URL=own_url)
    before = stored(own.database)
    with pytest.raises(Conflict, match="sample data that comes with Hansei") as refused:
        synced(own, team_id=ALPHA)
    assert "hansei team remove-sample" in refused.value.sentence()
    with pytest.raises(Conflict):
        own.put_source("jira", address=own_url, key=None, team_id=ALPHA)
    with running(own) as url, client(url) as http:
        for answer in (
            http.post("/tasks/metrics/sync", json={"team_id": ALPHA}),
            http.put(f"/teams/{ALPHA}/sprints/J-1", json=OWN[0]),
            http.post(f"/teams/{ALPHA}/sprints", json=OWN),
            http.post(f"/teams/{ALPHA}/imports", content=TABLE, headers={"Content-Type": "text/csv"}),
            http.post(
                f"/teams/{ALPHA}/imports?dry_run=true", content=TABLE, headers={"Content-Type": "text/csv"}
            ),
        ):
            assert (answer.status_code, "remove-sample" in answer.text) == (409, True), answer.text
        assert http.get("/tasks").json()["items"][0]["status"] == "SUCCESS"  # no task was made of it
    assert stored(own.database) == before
    with own.database.write() as session:
        assert samples.remove(session) == [ALPHA]
    assert synced(own, team_id=ALPHA).status == "SUCCESS"
    assert stored(own.database) == {ALPHA: (False, {"default"})}


def test_the_sample_does_not_go_into_a_team_of_ones_own(sampling: Wiring, start: Start, own_url: str) -> None:
    own = start(HANSEI_METRICS_API_URL=own_url)
    synced(own, team_id=ALPHA)
    before = stored(own.database)
    with sampling.database.write() as session:
        for refused in (
            lambda: samples.make_room(session),
            lambda: samples.load(session, now=sampling.clock.now()),
            lambda: submissions.submit_sync(session, team_id=ALPHA, default="sample"),
        ):
            with pytest.raises(Conflict, match="is one of your own"):
                refused()
    assert stored(sampling.database) == before


def test_a_sync_that_was_accepted_before_the_team_changed_hands_stores_nothing(
    sampling: Wiring, start: Start, own_url: str
) -> None:
    with sampling.database.write() as session:
        waiting = submissions.submit_sync(session, default="sample")
    own = start(HANSEI_METRICS_API_URL=own_url)
    synced(own, team_id=ALPHA)
    done = runner.run_inline(sampling, waiting.id)
    assert (done.status, done.error_type) == ("FAILURE", "Conflict")
    assert stored(own.database) == {ALPHA: (False, {"default"})}
    # And a task of the sample never asks another source, nor the other way round.
    with sampling.database.write() as session:
        of_sample = submissions.submit_sync(session, team_id=sample.REAL, default="sample")
        of_own = submissions.submit_sync(session, team_id="T", default="default")
    for wiring, job in ((own, of_sample), (sampling, of_own)):
        assert runner.run_inline(wiring, job.id).error_type == "NoSource"
    assert stored(own.database) == {ALPHA: (False, {"default"})}


def test_an_empty_team_may_become_a_sample_and_one_that_holds_anything_not(sampling: Wiring) -> None:
    with sampling.database.write() as session:
        teams.put(session, ALPHA)
        samples.make_room(session)
        found = teams.get(session, ALPHA)
        assert (found.sample, found.name) == (True, sample.team(ALPHA).name)  # type: ignore[union-attr]  # it is there
        teams.put(session, sample.REAL, name="Heron")
    sampling.put_source("jira", address="http://127.0.0.1:9", key=None, team_id=sample.REAL)
    with pytest.raises(Conflict, match="is one of your own"):
        synced(sampling, team_id=sample.REAL, source="sample")


def test_a_team_that_the_sample_does_not_know_is_refused_with_those_it_knows(sampling: Wiring) -> None:
    with pytest.raises(InvalidInput, match="has no team “nobody”") as refused:
        synced(sampling, team_id="nobody")
    assert f"{ALPHA}, {sample.REAL}" in refused.value.remedy
    sampling.put_source("jira", address="http://127.0.0.1:9", key=None, team_id=None)
    with sampling.database.write() as session:  # a source of one's own may know it
        found = submissions.submit_sync(session, team_id="nobody", default="sample")
        assert jobs.get(session, found.id).team_id == "nobody"


def test_the_running_sample_is_listed_shown_and_tried_as_a_source(sampling: Wiring) -> None:
    synced(sampling)
    with running(sampling) as url, client(url) as http:
        (listed,) = http.get("/sources").json()["items"]
        assert (listed["name"], listed["kind"], listed["connected"]) == ("sample", "sample", False)
        assert listed["last_sync_at"]
        assert http.get("/sources/sample").json() == listed
        assert http.post("/sources/sample/test").json()["sprints"] == ["ALPHA-40"]
        assert http.put("/sources/sample", json={"address": "https://example.org"}).status_code == 422
        assert http.delete("/sources/sample").status_code == 404


def test_a_table_is_looked_at_without_making_a_sample_of_its_team(sampling: Wiring) -> None:
    """What a table brings to a fresh team stays that team's own."""
    done = imports.run(
        sampling.database,
        "HERON",
        lambda kept: read(TABLE, filename="t", answers={}, kept=kept),
        now=sampling.clock.now(),
        least_answers=5,
        dry_run=False,
        confirm_changes=False,
    )
    assert len(done.created) == 2
    assert stored(sampling.database)["HERON"][0] is False
