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


def test_a_broker_of_another_kind_is_refused_at_once(cli: Cli) -> None:
    done = cli("up", "--port", "0", HANSEI_BROKER_URL="amqp://user:hush@host/")
    assert done.returncode == 6
    assert "HANSEI_BROKER_URL" in done.stderr
    assert "redis" in done.stderr
    assert "hush" not in done.stderr


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
    assert "HANSEI_METRICS_API_URL" in none.stderr
    refused = cli("sync", "--team", "nobody", HANSEI_METRICS_API_URL=sample_url)
    assert refused.returncode == 5
    assert "ended with FAILURE" in refused.stderr
    checked = cli("source", "test", "--team", "nobody", HANSEI_METRICS_API_URL=sample_url)
    assert checked.returncode == 5
    assert "404" in checked.stderr


def test_the_source_of_a_running_up_is_known_or_it_is_said_what_to_do(
    cli: Cli, sample_url: str, tmp_path: Path
) -> None:
    with DataLock(tmp_path / "data") as lock:
        lock.note(
            pid=1, address="http://127.0.0.1:1", has_source=False, sample_port=int(sample_url.rsplit(":")[2])
        )
        synced = cli("sync")
        assert synced.stdout.startswith("Team TEAM-ALPHA: 5 fetched, 5 new"), synced.stderr
        (listed,) = json.loads(cli("source", "list", "--json").stdout)
        assert (listed["name"], listed["address"], listed["state"]) == (
            "sample",
            sample_url,
            "hansei up --sample",
        )
        assert json.loads(cli("source", "test", "--json").stdout)["sprints"] == ["ALPHA-40"]
        lock.note(pid=1, address="http://127.0.0.1:1", has_source=True, sample_port=None)
        for words in (("sync",), ("source", "list"), ("source", "test")):
            assert "has a metrics source from its own environment" in cli(*words).stderr, words
        found = json.loads(cli("doctor", "--json", HANSEI_PORT=str(_free_port())).stdout)
        (source,) = [f for f in found if f["what"] == "source"]
        assert "HANSEI_METRICS_API_URL" in source["remedy"]
    (team,) = json.loads(cli("team", "list", "--json").stdout)
    assert (team["team_id"], team["sample"]) == ("TEAM-ALPHA", True)


def test_the_sample_is_removed_by_one_command_and_nothing_else_is(
    cli: Cli, sample_url: str, tmp_path: Path
) -> None:
    cli("sync", HANSEI_METRICS_API_URL=sample_url, HANSEI_SAMPLE="true")
    cli("sync", "--team", "TEAM-ALPHA", HANSEI_METRICS_API_URL=sample_url)  # as a source of one's own
    refused = cli("sync", "--team", "TEAM-ALPHA", HANSEI_METRICS_API_URL=sample_url)
    assert refused.returncode == 7
    assert "hansei team remove-sample" in refused.stderr
    (tmp_path / "own.csv").write_text("Sprint,Completed\nSprint 1,3\nSprint 2,4\n")
    assert cli("import", "own.csv", "--team", "TEAM-ALPHA").returncode == 7
    assert cli("import", "own.csv", "--team", "HERON").returncode == 0
    assert cli("team", "remove-sample", stdin="n\n").returncode == 130
    assert cli("team", "remove-sample", "--yes").stdout == "Deleted TEAM-ALPHA.\n"
    assert cli("team", "remove-sample").stdout == "There is no sample here.\n"
    assert [t["team_id"] for t in json.loads(cli("team", "list", "--json").stdout)] == ["HERON"]


def test_the_sample_does_not_start_over_a_team_of_ones_own(cli: Cli, sample_url: str) -> None:
    cli("sync", "--team", "TEAM-ALPHA", HANSEI_METRICS_API_URL=sample_url)
    refused = cli("up", "--sample", "--port", "0")
    assert refused.returncode == 7
    assert "Team TEAM-ALPHA is one of your own" in refused.stderr
    assert "--data-dir" in refused.stderr
    assert json.loads(cli("team", "show", "TEAM-ALPHA", "--json").stdout)["sprints"] == 5


@pytest.mark.parametrize("host", ["999.1.1.1", "no.such.host.invalid", "a..b", "203.0.113.1"])
@pytest.mark.parametrize("port", ["0", "8123"])
def test_a_host_that_nothing_can_listen_on_is_one_sentence(cli: Cli, host: str, port: str) -> None:
    refused = cli("up", "--host", host, "--port", port)
    assert (refused.returncode, refused.stdout) == (6, "")
    assert host in refused.stderr
    assert "--host" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


def test_source_list_and_check(cli: Cli, sample_url: str) -> None:
    assert "No source is configured" in cli("source", "list").stderr
    listed = cli("source", "list", "--json", HANSEI_METRICS_API_URL=sample_url, HANSEI_METRICS_API_KEY="hush")
    assert json.loads(listed.stdout) == [
        {
            "name": "default",
            "kind": "metrics_api",
            "address": sample_url,
            "key": "set",
            "team": None,
            "state": "environment",
        }
    ]
    checked = json.loads(cli("source", "test", "--json", HANSEI_METRICS_API_URL=sample_url).stdout)
    assert checked["sprints"] == ["ALPHA-40"]
    assert json.loads(cli("team", "list", "--json").stdout) == []


def test_a_source_is_connected_synced_from_ordered_and_removed(
    cli: Cli, sample_url: str, tmp_path: Path
) -> None:
    allow = {"HANSEI_EGRESS_ALLOW": "127.0.0.1"}
    (tmp_path / "key").write_text("canary-key-5d\n")
    refused = cli("source", "add", "jira", sample_url, "--no-key")
    assert refused.returncode == 2
    assert "HANSEI_EGRESS_ALLOW" in refused.stderr
    added = cli(
        "source", "add", "jira", sample_url, "--key-file", str(tmp_path / "key"), "--team", "T", **allow
    )
    assert "Connected jira" in added.stdout
    (line,) = json.loads(cli("source", "list", "--json").stdout)
    assert (line["name"], line["key"], line["team"]) == ("jira", "set", "T")
    assert json.loads(cli("source", "test", "jira", "--json", **allow).stdout)["sprints"] == ["ALPHA-40"]
    assert "5 new" in cli("sync", "--source", "jira", **allow).stdout
    assert "jira" in cli("source", "order", "T", "jira").stdout
    key = cli("source", "new-key").stdout.strip()
    wrong = cli("source", "rotate-key", HANSEI_SECRET_KEY=key)
    assert "1 kept key" in wrong.stdout  # the key in the data folder still reads, the new one writes
    doctor = json.loads(cli("doctor", "--json", HANSEI_SECRET_KEY=key, **allow).stdout)
    (found,) = [f for f in doctor if f["what"] == "source jira"]
    assert found["state"] == "ok", found
    assert "5 sprints that it gave stay" in cli("source", "remove", "jira", "--yes").stdout
    assert json.loads(cli("team", "show", "T", "--json").stdout)["sprints"] == 5


def test_a_sprint_is_noted_and_left_out(cli: Cli, sample_url: str) -> None:
    cli("sync", "--team", "TEAM-ALPHA", "--sprints", "4", HANSEI_METRICS_API_URL=sample_url)
    noted = cli(
        "team", "note", "TEAM-ALPHA", "ALPHA-40", "--kind", "holiday", "--text", "ask @bob", "--leave-out"
    )
    assert "ask [name]" in noted.stdout
    assert "left out" in noted.stdout
    assert "it counts" in cli("team", "note", "TEAM-ALPHA", "ALPHA-40").stdout
    assert cli("team", "note", "TEAM-ALPHA", "nope", "--kind", "holiday").returncode == 3
    assert cli("team", "note", "TEAM-ALPHA", "ALPHA-40", "--kind", "party").returncode == 2


def test_a_report_on_too_little_is_code_4(cli: Cli) -> None:
    done = cli("report", "generate")
    assert done.returncode == 4
    assert "needs at least 2" in done.stderr


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
        assert "GET /" not in done.stderr or "`hansei " in done.stderr  # a command, not only an address


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


def test_a_report_is_made_listed_shown_exported_and_deleted(
    cli: Cli, sample_url: str, tmp_path: Path
) -> None:
    cli("sync", "--team", "TEAM-ALPHA", "--sprints", "14", HANSEI_METRICS_API_URL=sample_url)
    words = ("--sprints", "10", "--context", "We asked anna@example.org", "--focus", "review_time")
    made = cli("report", "generate", *words)
    assert made.returncode == 0, made.stderr
    assert made.stdout.startswith("# ")
    assert "Stored as report 1." in made.stderr
    (line,) = json.loads(cli("report", "list", "--json").stdout)
    assert (line["report_id"], line["team_id"], line["sprints_analyzed"]) == (1, "TEAM-ALPHA", 10)
    assert cli("report", "show", "1").stdout == made.stdout
    stored = json.loads(cli("report", "show", "1", "--json").stdout)
    assert (stored["custom_context"], stored["focus_metrics"]) == ("We asked [e-mail]", ["review_time"])
    assert cli("report", "export", "1").returncode == 0
    assert (tmp_path / "report-1.md").read_text().strip() == made.stdout.strip()
    assert cli("report", "export", "1").returncode == 7
    assert json.loads(cli("report", "export", "1", "--format", "json", "--out", "-").stdout) == stored
    for kind, start in (("html", b"<!doctype html>"), ("pdf", b"%PDF-"), ("csv", b"kind,")):
        assert cli("report", "export", "1", "--format", kind).returncode == 0
        assert (tmp_path / f"report-1.{kind}").read_bytes().startswith(start)
    assert cli("report", "delete", "1", "--yes").returncode == 0
    assert cli("report", "show", "1").returncode == 3


def test_a_report_on_what_is_not_there_is_code_2_or_4(cli: Cli, sample_url: str) -> None:
    assert cli("report", "generate", "--team", "nobody").returncode == 2
    misspelt = cli("report", "generate", "--focus", "reviewtime")
    assert misspelt.returncode == 2
    assert "review_time" in misspelt.stderr
    both = cli("report", "generate", "--sprints", "5", "--sprint-id", "a", "--sprint-id", "b")
    assert both.returncode == 2
    assert "not both" in both.stderr
    cli("sync", HANSEI_METRICS_API_URL=sample_url)
    assert cli("report", "generate", "--sprint-id", "x", "--sprint-id", "y").returncode == 4


TABLE = "Sprint,Committed,Completed,Review time\n" + "".join(
    f"Sprint {i},{40 + i % 3},{34 + i % 4},{10 + i % 2 + (12 if i > 9 else 0)}\n" for i in range(1, 15)
)


def test_a_table_of_months_without_dates_is_read_in_their_order(cli: Cli) -> None:
    months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    done = [40, 41, 39, 42, 40, 41, 20, 21, 19, 20, 22, 20]  # halved in July
    rows = [f"{month} 2025,{value}\n" for month, value in zip(months, done, strict=True)]
    for table in ("".join(rows), "".join(rows[::-1])):
        page = cli("analyse", "-", stdin=f"Sprint,Completed\n{table}")
        assert page.returncode == 0, page.stderr
        assert "Fewer points have been completed since Jul 2025" in page.stdout


def test_a_file_is_analysed_with_no_database(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "heron.csv").write_text(TABLE)
    page = cli("analyse", "heron.csv")
    assert page.returncode == 0, page.stderr
    assert page.stdout.startswith("# Reviews have taken longer since Sprint 10")
    assert "Team heron · Sprints 3–14 (12)" in page.stdout
    piped = json.loads(cli("analyse", "-", "--json", "--sprints", "14", stdin=TABLE).stdout)
    assert (piped["sprints_analyzed"], piped["baseline_sprints"]) == (14, 0)
    (signal_,) = (s for s in piped["signals"] if s["metric"] == "review_time")
    assert (signal_["since_sprint_name"], signal_["significant"]) == ("Sprint 10", True)
    assert not (tmp_path / "data").exists()


def test_what_to_know_of_a_table_is_said_beside_the_report(cli: Cli) -> None:
    rows = "".join(f"Sprint {i},2026-0{i}-01,2026-0{i}-14,{20 + i},{i}\n" for i in range(1, 7))
    twin = "Copy of 6,2026-06-01,2026-06-14,26,6\n"
    bad = "Sprint 7,2026-07-01,2026-07-14,many,7\n"
    done = cli("analyse", "-", stdin=f"sprint,start_date,end_date,wip,velocty\n{rows}{twin}{bad}")
    assert done.returncode == 0, done.stderr
    assert "Not used: Line 9: column “wip”: this is not a number" in done.stderr
    assert "“velocity” is near" in done.stderr
    assert "have the same days, 2026-06-01 to 2026-06-14" in done.stderr
    assert "Note: " not in done.stdout


def test_a_file_that_cannot_be_used_is_code_2_or_4(cli: Cli, tmp_path: Path) -> None:
    missing = cli("analyse", "missing.csv")
    assert missing.returncode == 2
    assert "missing.csv cannot be read" in missing.stderr
    assert cli("analyse", ".").returncode == 2
    (tmp_path / "login.csv").write_text("<!doctype html><html><body>Sign in</body></html>")
    assert cli("analyse", "login.csv").returncode == 2
    none = cli("analyse", "-", stdin="Sprint,Completed\nS1,1.200\nS2,1.234\n")
    assert (none.returncode, "No row of standard input can be used. Line 2:" in none.stderr) == (2, True)
    short = cli("analyse", "-", stdin="Sprint,Completed\nSprint 1,3\n")
    assert short.returncode == 4
    unknown = cli("analyse", "-", "--focus", "reviewtime", stdin=TABLE)
    assert unknown.returncode == 2
    assert "review_time" in unknown.stderr


def test_the_parts_refuse_to_start_on_what_is_not_ready(cli: Cli) -> None:
    for part in ("api", "beat"):
        stale = cli(part, HANSEI_BROKER_URL="redis://127.0.0.1:1/0")
        assert stale.returncode == 6
        assert "Run `hansei db upgrade`" in stale.stderr
    cli("db", "upgrade")
    brokerless = cli("api")
    assert brokerless.returncode == 6
    assert "HANSEI_BROKER_URL" in brokerless.stderr


def test_tasks_are_listed_and_a_finished_one_cannot_be_cancelled(cli: Cli, sample_url: str) -> None:
    done = json.loads(cli("sync", "--json", HANSEI_METRICS_API_URL=sample_url).stdout)
    (listed,) = json.loads(cli("task", "list", "--json").stdout)
    assert (listed["task_id"], listed["status"], listed["kind"]) == (done["task_id"], "SUCCESS", "sync")
    assert "SUCCESS" in cli("task", "status", done["task_id"]).stdout
    refused = cli("task", "cancel", done["task_id"])
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
    assert all(f["remedy"] for f in wrong.values())


def test_doctor_says_which_postgresql_does_not_answer(cli: Cli) -> None:
    port = _free_port()
    url = f"postgresql+psycopg://me:hush@127.0.0.1:{port}/retro"
    found = json.loads(cli("doctor", "--json", HANSEI_PORT=str(_free_port()), HANSEI_DATABASE_URL=url).stdout)
    (database,) = [f for f in found if f["what"] == "database"]
    assert (database["state"], database["says"]) == (
        "wrong",
        f"PostgreSQL at 127.0.0.1, port {port}, database retro does not answer",
    )
    assert "HANSEI_DATABASE_URL" in database["remedy"]
    assert [f["what"] for f in found if f["state"] == "wrong"] == ["database"]  # said once
    assert "hush" not in json.dumps(found)


def test_a_command_without_its_database_says_who_knows_where_it_looks(cli: Cli) -> None:
    url = f"postgresql+psycopg://me:hush@127.0.0.1:{_free_port()}/retro"
    done = cli("report", "list", HANSEI_DATABASE_URL=url)
    assert done.returncode == 6
    assert "The database gives no connection; nothing was stored. `hansei doctor`" in done.stderr
    assert "hush" not in done.stdout + done.stderr


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
