"""Sources that people connect: keys kept encrypted, addresses judged, syncs by name, on both databases."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from hansei.api import serve as serving
from hansei.bootstrap import Wiring, wire
from hansei.db.models import SourceRow
from hansei.errors import InvalidInput, NoSource, NotFound, SetupError
from hansei.services import record, sources, submissions, teams
from hansei.services.vault import Vault, key_id, new_key
from hansei.tasks import runner
from support.http_api import client, running
from support.upstream import Reply, upstream

SECRET = "canary-key-91fe"
ONE = [
    {
        "sprint_id": "J-1",
        "sprint_name": "Sprint 1",
        "start_date": "2026-01-05",
        "end_date": "2026-01-18",
        "wip": 4,
    }
]


@pytest.fixture
def key() -> str:
    return new_key()


@pytest.fixture
def wiring(database_url: str, broker_url: str, key: str, tmp_path: Path) -> Iterator[Wiring]:
    made = wire(
        {
            "HANSEI_DATABASE_URL": database_url,
            "HANSEI_BROKER_URL": broker_url,
            "HANSEI_SECRET_KEY": key,
            "HANSEI_EGRESS_ALLOW": "127.0.0.0/8",
            "HANSEI_DATA_DIR": str(tmp_path / "data"),
        }
    )
    yield made
    made.database.close()


def other_keys(wiring: Wiring, *keys: str) -> Wiring:
    """The same installation, started with other keys."""
    environ = {
        "HANSEI_DATABASE_URL": wiring.settings.database,
        "HANSEI_BROKER_URL": str(wiring.settings.broker_url),
        "HANSEI_DATA_DIR": str(wiring.settings.data_dir),
        "HANSEI_SECRET_KEY": ",".join(keys),
    }
    return wire(environ)


def synced(wiring: Wiring, **asked: Any) -> dict[str, Any]:
    with wiring.database.write() as session:
        job = submissions.submit_sync(session, default=None, **asked)
    done = runner.run_inline(wiring, job.id)
    assert done.status == "SUCCESS", done.error
    return dict(done.result or {})


def test_a_source_is_connected_over_the_api_tried_synced_and_its_key_is_nowhere(wiring: Wiring) -> None:
    with upstream(Reply(ONE)) as server, running(wiring) as url, client(url) as http:
        made = http.put(
            "/sources/jira", json={"address": server.url + "/v1?t=hidden", "key": SECRET, "team_id": "HERON"}
        )
        assert made.status_code == 201
        assert made.json() | {"address": ""} == {
            "name": "jira",
            "kind": "metrics_api",
            "address": "",
            "team_id": "HERON",
            "has_key": True,
            "last_sync_at": None,
            "last_error": None,
            "connected": True,
        }
        assert "hidden" not in made.text
        tried = http.post("/sources/jira/test", json={}).json()
        assert (tried["sprints"], tried["measures"]) == (["J-1"], ["wip"])
        assert http.get("/teams/HERON").json()["sprints"] == 0  # nothing of the try is stored
        result = synced(wiring, source="jira")
        assert (result["team_id"], result["created"]) == ("HERON", 1)
        assert server.seen[-1][1]["authorization"] == f"Bearer {SECRET}"
        shown = http.get("/teams/HERON/sprints/J-1").json()
        assert shown["provenance"]["wip"]["source"] == "jira"
        bodies = [http.get(p).text for p in ("/sources", "/sources/jira", "/teams/HERON/quality", "/tasks")]
    assert not any(SECRET in b for b in bodies)
    with wiring.database.read() as session:
        stored = session.execute(text("SELECT * FROM sources")).all()
    assert SECRET not in str(stored)
    assert key_id(wiring.settings.secret_keys[0]) in str(stored)


def test_an_address_that_people_enter_must_be_public_or_allowed(wiring: Wiring) -> None:
    with running(wiring) as url, client(url) as http:
        for address in (
            "http://169.254.169.254/latest",
            "https://10.0.0.7/api",
            "https://[::ffff:10.0.0.7]/api",
            "https://user:pw@metrics.example.org",
            "file:///etc/passwd",
            "metrics.example.org",
        ):
            answer = http.put("/sources/inside", json={"address": address, "key": SECRET})
            assert answer.status_code == 422, address
            assert answer.json()["errors"][0]["pointer"] == "/address"
            assert "pw" not in answer.text
            assert SECRET not in answer.text
            assert http.get("/sources").json()["items"] == [], address


def test_a_stored_address_is_judged_again_when_it_is_asked(wiring: Wiring, key: str) -> None:
    wiring.put_source("jira", address="http://127.0.0.1:9/api", key=SECRET, team_id=None)
    closed = other_keys(wiring, key)  # the allowance was taken back
    with pytest.raises(Exception, match="not public"):
        closed.source("jira").fetch(1, None, lambda _percent, _stage: None)
    closed.database.close()


def test_another_address_needs_the_key_again(wiring: Wiring) -> None:
    wiring.put_source("jira", address="http://127.0.0.1:9/a", key=SECRET, team_id=None)
    with pytest.raises(InvalidInput, match="needed again"):
        wiring.put_source("jira", address="http://127.0.0.1:9/b", key=None, team_id=None)
    view, new = wiring.put_source("jira", address="http://127.0.0.1:9/a", key=None, team_id="T")
    assert (view.has_key, new, view.team_id) == (True, False, "T")
    wiring.put_source("jira", address="http://127.0.0.1:9/b", key="another", team_id=None)
    with wiring.database.read() as session:
        assert sources.connection(session, wiring.vault(), "jira").key == "another"


def test_names_that_are_taken_or_impossible_are_refused(wiring: Wiring) -> None:
    for name in ("default", "api", "table", "sample", "", "a b", "../x", "x" * 101):
        with pytest.raises(InvalidInput):
            wiring.put_source(name, address="http://127.0.0.1:9/a", key=None, team_id=None)


def test_with_a_wrong_key_nothing_starts_and_nothing_is_deleted(wiring: Wiring, key: str) -> None:
    wiring.put_source("jira", address="http://127.0.0.1:9/a", key=SECRET, team_id=None)
    for wrong in (other_keys(wiring, new_key()), other_keys(wiring)):
        with pytest.raises(SetupError, match="Nothing was deleted") as caught:
            serving.serve(wrong, host="127.0.0.1", port=0)
        assert key_id(key) in caught.value.message
        assert key not in caught.value.sentence()
        with wrong.database.write() as session, pytest.raises(SetupError):
            sources.rotate(session, wrong.vault())
        wrong.database.close()
    wiring.require_ready()
    with wiring.database.read() as session:
        assert sources.connection(session, wiring.vault(), "jira").key == SECRET


def test_keys_are_rotated_and_the_old_one_may_go(wiring: Wiring, key: str) -> None:
    wiring.put_source("jira", address="http://127.0.0.1:9/a", key=SECRET, team_id=None)
    fresh = new_key()
    both = other_keys(wiring, fresh, key)
    both.require_ready()
    with both.database.write() as session:
        assert sources.rotate(session, both.vault()) == 1
    both.database.close()
    after = other_keys(wiring, fresh)
    with after.database.read() as session:
        assert sources.connection(session, after.vault(), "jira").key == SECRET
    after.database.close()
    with pytest.raises(SetupError):
        wiring.require_ready()


def test_an_impossible_secret_key_is_refused_without_repeating_it() -> None:
    with pytest.raises(SetupError, match="32 bytes") as caught:
        Vault(("not-a-key",))
    assert "not-a-key" not in caught.value.sentence()


def test_the_embedded_database_gets_a_key_of_its_own_that_only_its_owner_reads(tmp_path: Path) -> None:
    from hansei.db import schema

    wiring = wire({"HANSEI_DATA_DIR": str(tmp_path), "HANSEI_EGRESS_ALLOW": "127.0.0.1"})
    schema.upgrade(wiring.database)
    wiring.put_source("jira", address="http://127.0.0.1:9/a", key=SECRET, team_id=None)
    file = tmp_path / "secret.key"
    assert file.stat().st_mode & 0o777 == 0o600
    with wiring.database.read() as session:
        assert sources.connection(session, wiring.vault(), "jira").key == SECRET
    wiring.database.close()
    with closing(sqlite3.connect(tmp_path / "hansei.db")) as connection:
        dump = "\n".join(connection.iterdump())
    assert SECRET not in dump
    assert file.read_text() not in dump


def test_without_a_secret_key_a_shared_database_keeps_no_key(wiring: Wiring) -> None:
    if wiring.database.sqlite:
        pytest.skip("the embedded database has a key of its own")
    bare = wire(
        {
            "HANSEI_DATABASE_URL": wiring.settings.database,
            "HANSEI_EGRESS_ALLOW": "127.0.0.1",
            "HANSEI_DATA_DIR": str(wiring.settings.data_dir),
        }
    )
    with pytest.raises(SetupError, match="HANSEI_SECRET_KEY is not set"):
        bare.put_source("jira", address="http://127.0.0.1:9/a", key=SECRET, team_id=None)
    bare.put_source("open", address="http://127.0.0.1:9/a", key=None, team_id=None)
    bare.database.close()


def test_a_removed_source_leaves_its_sprints_and_may_come_back(wiring: Wiring) -> None:
    with upstream(Reply(ONE)) as server:
        wiring.put_source("jira", address=server.url, key=SECRET, team_id="T")
        synced(wiring, team_id="T")
        with wiring.database.write() as session:
            assert sources.remove(session, "jira") == 1
        with wiring.database.read() as session:
            assert [v.sources for v in teams.sprint_views(session, "T")] == [("jira",)]
            row = session.query(SourceRow).where(SourceRow.name == "jira").one()
            assert (row.secret, row.secret_key_id, row.address, row.connected) == (None, None, None, False)
            with pytest.raises(NotFound):
                sources.get(session, "jira")
        with pytest.raises(NoSource):
            wiring.source("jira")
        _, new = wiring.put_source("jira", address=server.url, key=SECRET, team_id="T")
        assert new
        assert synced(wiring, team_id="T")["skipped"] == 1


def test_a_failed_sync_is_kept_with_the_source_and_told_apart(wiring: Wiring) -> None:
    with upstream(Reply(ONE), Reply(b"", status=403), Reply([])) as server:
        wiring.put_source("jira", address=server.url, key=SECRET, team_id="T")
        synced(wiring, team_id="T")
        with wiring.database.write() as session:
            job = submissions.submit_sync(session, team_id="T")
        done = runner.run_inline(wiring, job.id)
        assert (done.status, done.error_type) == ("FAILURE", "SourceRefused")
        with wiring.database.read() as session:
            (line,) = record.sources(session, "T")
            assert (line.state, line.rows) == ("lost_access", 1)
            assert "403" in (sources.get(session, "jira").last_error or "")
        assert "answered with no sprint" in json.dumps(synced(wiring, team_id="T")["notes"])
        with wiring.database.read() as session:
            assert [(s.state, s.rows) for s in record.sources(session, "T")] == [("empty", 1)]


def test_which_source_a_sync_asks(wiring: Wiring) -> None:
    def chosen(
        asked: str | None, team: str | None, *, default: str | None = "default"
    ) -> tuple[str, str | None]:
        with wiring.database.read() as session:
            found = sources.choose(session, asked=asked, team_id=team, default=default)
        return found.name, found.team_id

    assert chosen(None, None) == ("default", None)
    wiring.put_source("one", address="http://127.0.0.1:9/a", key=None, team_id="T")
    assert chosen(None, "T") == ("one", "T")  # the team's own before the environment's
    assert chosen("default", "T") == ("default", None)
    assert chosen(None, "other") == ("default", None)
    assert chosen(None, None, default=None) == ("one", "T")  # the only one there is
    assert chosen("one", "other") == ("one", "T")
    with pytest.raises(InvalidInput, match="nowhere"):
        chosen("nowhere", None)


def test_the_order_of_a_teams_sources_decides_whose_value_counts(wiring: Wiring) -> None:
    with upstream(Reply(ONE)) as server, running(wiring) as url, client(url) as http:
        wiring.put_source("jira", address=server.url, key=SECRET, team_id="T")
        synced(wiring, team_id="T")
        http.post("/teams/T/sprints", json=[ONE[0] | {"sprint_id": "mine", "wip": 9}])
        assert http.get("/teams/T/sprints/mine").json()["wip"] == 9  # what people send counts first
        answer = http.put("/teams/T/sources", json={"order": ["jira"]})
        assert [s["name"] for s in answer.json()["sources"]] == ["jira", "api"]
        shown = http.get("/teams/T/sprints/J-1").json()
        assert (shown["wip"], shown["sources"]) == (4.0, ["jira", "api"])
        assert shown["differences"] == [
            {"metric": "wip", "source": "jira", "value": 4.0, "other_source": "api", "other_value": 9.0}
        ]
        assert http.put("/teams/T/sources", json={"order": ["nobody"]}).status_code == 422
        assert http.put("/teams/none/sources", json={"order": ["api"]}).status_code == 404
        for path in ("/sources/%00", "/teams/T/notes/%00", "/teams/T/sprints/%00"):
            assert http.get(path).status_code == 404


def test_a_sync_of_which_nothing_can_be_stored_fails_with_the_reasons_and_changes_nothing(
    wiring: Wiring,
) -> None:
    bad = [{**ONE[0], "sprint_id": f"J-{n}", "wip": -n} for n in range(1, 6)]
    with upstream(Reply(ONE), Reply(bad), Reply([*bad, ONE[0]])) as server:
        wiring.put_source("jira", address=server.url, key=SECRET, team_id="T")
        synced(wiring, team_id="T")
        with wiring.database.write() as session:
            job = submissions.submit_sync(session, team_id="T", default=None)
        done = runner.run_inline(wiring, job.id)
        assert (done.status, done.error_type) == ("FAILURE", "SourceRefused")
        assert "none of the 5 sprints that it sent can be stored" in (done.error or "")
        assert "cannot be negative" in (done.error or "")
        with wiring.database.read() as session:
            assert [(s.state, s.rows) for s in record.sources(session, "T")] == [("refused", 1)]
        some = synced(wiring, team_id="T")  # one good row is enough
        assert (some["sprints_fetched"], len(some["rejected"]), some["skipped"]) == (6, 5, 1)
