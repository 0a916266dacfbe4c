"""``hansei demo``: from nothing to two reports, and nothing left behind."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from hansei import sample
from hansei.cli.demo import judge
from support import processes
from support.processes import MARK, all_gone, marked
from support.waiting import until

SECONDS = 60


def test_it_writes_both_reports_and_finds_what_was_planted(tmp_path: Path) -> None:
    # Settings around it, also those in a .env file, must not reach it.
    (tmp_path / ".env").write_text("HANSEI_DATABASE_URL=postgresql://nowhere.invalid/x\nHANSEI_PORT=1\n")
    environ = processes.clean_environment(HANSEI_BROKER_URL="redis://127.0.0.1:1/0", TMPDIR=str(tmp_path))
    done = processes.run("demo", "--json", "--out", "reports", environ=environ, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["seconds"] < SECONDS
    truth = sample.truth()
    assert (said["planted"]["cause"], said["planted"]["place"]) == (truth.cause, 1)
    assert {r["team_id"] for r in said["reports"]} == {sample.SIMULATED, sample.REAL}
    for report in said["reports"]:
        page, data = (tmp_path / name for name in report["files"])
        assert page.read_text().startswith(f"# {report['headline']}\n")
        stored = json.loads(data.read_text())
        assert (stored["team_id"], stored["headline"]) == (report["team_id"], report["headline"])
        assert stored["sprints_analyzed"] == 12
        own = sample.team(report["team_id"])
        assert own is not None
        assert {s["sprint_id"] for s in stored["sprints"]} <= {s["sprint_id"] for s in own.sprints}, (
            "another team's"
        )
    assert marked(environ[MARK]) == []
    assert sorted(p.name for p in tmp_path.iterdir()) == [".env", "reports"]


def test_it_shows_the_reports_and_the_truth_to_people(tmp_path: Path) -> None:
    environ = processes.clean_environment()
    done = processes.run("demo", environ=environ, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for team in sample.teams():
        assert f"=== {team.name} ===" in done.stdout
    truth = sample.truth()
    assert f"Planted in {sample.SIMULATED} (simulated): {truth.cause.replace('_', ' ')}" in done.stdout
    assert "The planted cause is lead 1: " in done.stdout
    assert "out/TEAM-ALPHA.md" in done.stdout
    assert marked(environ[MARK]) == []


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file stands where the folder would be")
    environ = processes.clean_environment()
    done = processes.run("demo", environ=environ, cwd=tmp_path)
    assert done.returncode == 6
    assert "The folder out cannot be made" in done.stderr
    assert "Traceback" not in done.stderr
    assert marked(environ[MARK]) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_demo_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    environ = processes.clean_environment(TMPDIR=str(tmp_path))
    log = tmp_path / "log"
    with processes.hansei("demo", environ=environ, cwd=tmp_path, log=log) as demo:
        until("it runs", lambda: "It answers on" in log.read_text(), seconds=SECONDS)
        demo.send_signal(number)
        assert demo.wait(10) == (130 if number == signal.SIGINT else -number)
        all_gone(environ[MARK])
    assert "Traceback" not in log.read_text()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["log", "out"]


def test_the_verdict_says_where_the_planted_cause_stands() -> None:
    cause = sample.truth().cause
    lead = {"family": cause, "title": "Reviews wait", "probability": 0.4}
    other = {"family": "other", "title": "Other", "probability": 0.5}
    assert judge({"hypotheses": [other, lead], "signals": []}).place == 2
    assert judge({"hypotheses": [other], "signals": []}).place is None
