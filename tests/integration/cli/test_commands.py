"""Commands as people and scripts run them: real processes, a real database, a real metrics API."""

from __future__ import annotations

import json
import os
import pty
import signal
import socket
import subprocess
import sys
import uuid
from pathlib import Path

import psycopg
import pytest

from hansei import __version__, jobs
from hansei.cli.lock import DataLock
from hansei.db.session import Database
from hansei.errors import AccessDenied
from hansei.services import access
from integration.cli.conftest import Cli
from support import processes
from support.waiting import until


def test_version(cli: Cli) -> None:
    assert cli("version").stdout == f"hansei {__version__}\n"
    assert json.loads(cli("version", "--json").stdout)["version"] == __version__


def test_wrong_usage_is_code_2_and_offers_the_nearest_name(cli: Cli) -> None:
    done = cli("team", "lst")
    assert (done.returncode, done.stdout) == (2, "")
    assert "Did you mean 'list'?" in done.stderr


def test_a_wrong_setting_is_named_without_its_value(cli: Cli) -> None:
    done = cli("team", "list", HANSEI_PORT="secret-looking")
    assert done.returncode == 6
    assert "HANSEI_PORT" in done.stderr
    assert "secret-looking" not in done.stderr


def test_an_unknown_setting_is_noted(cli: Cli) -> None:
    done = cli("team", "list", HANSEI_PROT="1")
    assert done.returncode == 0
    assert "HANSEI_PROT is not a setting of Hansei; did you mean HANSEI_PORT?" in done.stderr


def test_a_fresh_embedded_database_is_made_on_the_way(cli: Cli, tmp_path: Path) -> None:
    done = cli("team", "list", "--data-dir", str(tmp_path / "other"))
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "No team yet: `hansei sync --team NAME` makes one.\n"
    assert (tmp_path / "other" / "hansei.db").is_file()
    assert not (tmp_path / "data").exists()


@pytest.mark.postgres
def test_postgresql_is_never_upgraded_unasked(cli: Cli, postgres_server: str) -> None:
    name = f"fresh_{uuid.uuid4().hex}"
    admin = postgres_server.replace("DATABASE", "postgres").replace("+psycopg", "")
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    url = {"HANSEI_DATABASE_URL": postgres_server.replace("DATABASE", name)}
    refused = cli("team", "list", **url)
    assert refused.returncode == 6
    assert "Run `hansei db upgrade`" in refused.stderr
    assert cli("db", "check", **url).returncode == 6
    assert "is now at revision" in cli("db", "upgrade", **url).stdout
    assert "is up to date" in cli("db", "upgrade", **url).stdout
    assert cli("db", "check", **url).returncode == 0
    assert cli("team", "list", "--json", **url).stdout == "[]\n"


def test_sync_counts_add_up_and_force_updates(cli: Cli, sample_url: str) -> None:
    source = {"HANSEI_METRICS_API_URL": sample_url}
    first = cli("sync", "--team", "TEAM-ALPHA", "--sprints", "6", **source)
    assert first.stdout == "Team TEAM-ALPHA: 6 fetched, 6 new, 0 updated, 0 known already, 0 refused.\n"
    again = json.loads(cli("sync", "--team", "TEAM-ALPHA", "--sprints", "8", "--json", **source).stdout)
    counts = {k: again["result"][k] for k in ("sprints_fetched", "created", "updated", "skipped")}
    assert counts == {"sprints_fetched": 8, "created": 2, "updated": 0, "skipped": 6}
    forced = cli("sync", "--team", "TEAM-ALPHA", "--force", **source)
    assert forced.stdout == "Team TEAM-ALPHA: 5 fetched, 0 new, 5 updated, 0 known already, 0 refused.\n"
    (team,) = json.loads(cli("team", "list", "--json").stdout)
    assert (team["team_id"], team["sprints"]) == ("TEAM-ALPHA", 8)
    sprints = json.loads(cli("team", "sprints", "TEAM-ALPHA", "--json").stdout)
    assert len(sprints) == 8
    assert "ALPHA-40" in cli("team", "sprints", "TEAM-ALPHA", "--limit", "1").stdout


def test_no_source_and_a_refusing_source_are_code_5(cli: Cli, sample_url: str) -> None:
    none = cli("sync")
    assert none.returncode == 5
    assert "HANSEI_METRICS_API_URL" in none.stdout
    refused = cli("sync", "--team", "nobody", HANSEI_METRICS_API_URL=sample_url)
    assert refused.returncode == 5
    assert "FAILURE" in refused.stdout
    checked = cli("source", "check", "--team", "nobody", HANSEI_METRICS_API_URL=sample_url)
    assert checked.returncode == 5
    assert "404" in checked.stderr


def test_source_list_and_check(cli: Cli, sample_url: str) -> None:
    assert "No source is configured" in cli("source", "list").stderr
    listed = cli("source", "list", "--json", HANSEI_METRICS_API_URL=sample_url, HANSEI_METRICS_API_KEY="hush")
    assert json.loads(listed.stdout) == [
        {"name": "default", "kind": "metrics_api", "address": sample_url, "key": "set"}
    ]
    checked = json.loads(cli("source", "check", "--json", HANSEI_METRICS_API_URL=sample_url).stdout)
    assert checked["sprints"] == ["ALPHA-40"]
    assert json.loads(cli("team", "list", "--json").stdout) == []


def test_a_report_on_too_little_is_code_4(cli: Cli) -> None:
    done = cli("report", "generate")
    assert done.returncode == 4
    assert "needs at least 2" in done.stdout


def test_unknown_things_are_code_3(cli: Cli) -> None:
    for words in (
        ("team", "show", "x"),
        ("report", "show", "7"),
        ("task", "status", "x"),
        ("token", "revoke", "7"),
    ):
        done = cli(*words)
        assert done.returncode == 3, words
        assert done.stderr.startswith("Not found. There is no "), done.stderr


def test_teams_are_renamed_and_deleted_with_a_question(cli: Cli, sample_url: str) -> None:
    cli("sync", "--team", "TEAM-ALPHA", HANSEI_METRICS_API_URL=sample_url)
    assert (
        cli("team", "rename", "TEAM-ALPHA", "Heron 🪶").stdout == "Team TEAM-ALPHA is now called Heron 🪶.\n"
    )
    assert "Heron 🪶" in cli("team", "show", "TEAM-ALPHA").stdout
    unanswered = cli("team", "delete", "TEAM-ALPHA", stdin="n\n")
    assert unanswered.returncode == 130
    assert cli("team", "show", "TEAM-ALPHA").returncode == 0
    assert "with 5 sprints and 0 reports" in cli("team", "delete", "TEAM-ALPHA", "--yes").stdout
    assert cli("team", "show", "TEAM-ALPHA").returncode == 3


def test_tasks_are_listed_and_a_finished_one_cannot_be_cancelled(cli: Cli, sample_url: str) -> None:
    done = json.loads(cli("sync", "--json", HANSEI_METRICS_API_URL=sample_url).stdout)
    (listed,) = json.loads(cli("task", "list", "--json").stdout)
    assert (listed["id"], listed["status"], listed["kind"]) == (done["id"], "SUCCESS", "sync")
    assert "SUCCESS" in cli("task", "status", done["id"]).stdout
    refused = cli("task", "cancel", done["id"])
    assert refused.returncode == 7
    assert "already ended with SUCCESS" in refused.stderr


def test_a_token_is_shown_once_and_ends_when_revoked(cli: Cli, tmp_path: Path) -> None:
    made = cli("token", "create", "CI", "--scope", "read", "--days", "7")
    token = made.stdout.strip()
    database = Database(f"sqlite:///{tmp_path / 'data' / 'hansei.db'}")
    try:
        assert access.verify(database, token).scope == "read"
        shown = cli("token", "list", "--json").stdout
        assert token not in shown
        (listed,) = json.loads(shown)
        assert (listed["name"], listed["usable"]) == ("CI", True)
        assert cli("token", "revoke", str(listed["id"])).returncode == 0
        with pytest.raises(AccessDenied):
            access.verify(database, token)
    finally:
        database.close()
    assert "revoked" in cli("token", "list").stdout


def test_a_backup_restores_what_was_deleted(cli: Cli, sample_url: str, tmp_path: Path) -> None:
    cli("sync", "--team", "TEAM-ALPHA", HANSEI_METRICS_API_URL=sample_url)
    backup = cli("db", "backup").stdout.strip()
    assert Path(tmp_path, backup).is_file()
    cli("team", "delete", "TEAM-ALPHA", "--yes")
    with DataLock(tmp_path / "data"):
        refused = cli("db", "restore", backup, "--yes")
    assert refused.returncode == 7
    assert "already running" in refused.stderr
    assert cli("db", "restore", backup, "--yes").returncode == 0
    assert cli("team", "show", "TEAM-ALPHA").returncode == 0
    assert cli("db", "restore", __file__, "--yes").returncode == 2


def test_doctor_names_what_is_wrong_and_what_to_do(cli: Cli, sample_url: str) -> None:
    fresh = json.loads(cli("doctor", "--json", HANSEI_PORT=str(_free_port())).stdout)
    assert {f["what"]: f["state"] for f in fresh} == {
        "python": "ok",
        "settings": "ok",
        "data folder": "ok",
        "lock": "ok",
        "database": "note",
        "broker": "ok",
        "source": "note",
        "port": "ok",
    }
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ill = cli(
            "doctor",
            "--json",
            HANSEI_PORT=str(port),
            HANSEI_BROKER_URL=f"redis://127.0.0.1:{_free_port()}/0",
            HANSEI_METRICS_API_URL=sample_url + "/nowhere",
        )
    assert ill.returncode == 1
    wrong = {f["what"]: f for f in json.loads(ill.stdout) if f["state"] == "wrong"}
    assert set(wrong) == {"broker", "source", "port"}
    assert all(f["remedy"] for name, f in wrong.items() if name != "broker")


def test_doctor_sees_a_sound_installation(cli: Cli, sample_url: str) -> None:
    cli("db", "upgrade")
    done = cli("doctor", HANSEI_PORT=str(_free_port()), HANSEI_METRICS_API_URL=sample_url)
    assert done.returncode == 0, done.stdout
    assert "answers (1 of 1 sprint asked for)" in done.stdout


def test_ctrl_c_ends_quietly_and_cancels_the_task(environ: dict[str, str], tmp_path: Path, cli: Cli) -> None:
    cli("db", "upgrade")
    database = Database(f"sqlite:///{tmp_path / 'data' / 'hansei.db'}")

    def newest() -> jobs.JobView | None:
        with database.read() as session:
            found = jobs.newest(session, limit=1)
        return found[0] if found and found[0].status == "STARTED" else None

    with socket.create_server(("127.0.0.1", 0)) as silent:
        environ["HANSEI_METRICS_API_URL"] = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with processes.hansei("sync", environ=environ, cwd=tmp_path) as command:
            running = until("the sync runs", newest)
            connection, _ = silent.accept()
            command.send_signal(signal.SIGINT)
            out, err = command.communicate(timeout=20)
            connection.close()
    assert (command.returncode, out) == (130, b"")
    assert b"Traceback" not in err
    with database.read() as session:
        assert jobs.get(session, running.id).status == "REVOKED"
    database.close()


def test_a_reader_that_goes_away_is_no_error(environ: dict[str, str], tmp_path: Path) -> None:
    line = f"{sys.executable} -P -m hansei.cli --help | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", line], env=environ, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "0"
    assert done.stderr == ""


@pytest.mark.parametrize(("no_color", "escapes"), [("", True), ("1", False)])
def test_colour_on_a_terminal_only_and_never_against_no_color(
    environ: dict[str, str], tmp_path: Path, no_color: str, escapes: bool
) -> None:
    leader, follower = pty.openpty()
    argv = [sys.executable, "-P", "-m", "hansei.cli", "team", "show", "x"]
    environ |= {"NO_COLOR": no_color, "TERM": "xterm"}
    done = subprocess.run(argv, env=environ, cwd=tmp_path, stdout=follower, stderr=follower, check=False)
    os.close(follower)
    shown = os.read(leader, 4096)
    os.close(leader)
    assert done.returncode == 3
    assert (b"\x1b[" in shown) is escapes


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
