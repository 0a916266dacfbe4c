"""Experiments from the command line: list, show, start, abandon, and the team's own."""

from __future__ import annotations

import json

from integration.cli.conftest import Cli

TEAM = ("--team", "TEAM-ALPHA")


def ready(cli: Cli, url: str) -> None:
    """Fetch the sample team and make a report of it."""
    assert cli("sync", *TEAM, "--sprints", "12", HANSEI_METRICS_API_URL=url).returncode == 0
    assert cli("report", "generate", *TEAM, "--sprints", "12").returncode == 0


def test_an_experiment_is_listed_started_shown_and_abandoned(cli: Cli, sample_url: str) -> None:
    assert "hansei report generate" in cli("experiment", "list").stderr
    ready(cli, sample_url)
    ideas = json.loads(cli("experiment", "list", "--state", "proposed", "--json").stdout)
    ident = str(ideas[-1]["experiment_id"])
    started = cli("experiment", "start", ident, "--role", "daily host")
    assert (started.returncode, started.stderr) == (0, "")
    assert started.stdout.endswith("sprint 1 of 4, too early to say.\n")
    shown = cli("experiment", "show", ident).stdout
    assert "Nothing is said before its last sprint has ended." in shown
    assert "sealed with" in shown
    assert "sprint 1 of 4" in cli("experiment", "list").stdout
    again = cli("experiment", "start", ident)
    assert again.returncode != 0
    assert "can start only once" in again.stderr
    refused = cli("report", "delete", "1", "--yes")
    assert refused.returncode != 0
    assert "running experiment" in refused.stderr
    stopped = cli("experiment", "abandon", ident, "--reason", "No time for it")
    assert "stopped before its verdict" in stopped.stdout
    assert "Because: No time for it" in cli("experiment", "show", ident).stdout
    assert cli("experiment", "conclude", ident, "keep").returncode != 0


def test_the_team_s_own_experiment_starts_from_its_words(cli: Cli, sample_url: str) -> None:
    ready(cli, sample_url)
    words = ("Reviews before lunch", "--metric", "review_time", "--direction", "down", "--useful", "25")
    made = cli("experiment", "own", *words, *TEAM, "--json")
    assert made.returncode == 0, made.stderr
    view = json.loads(made.stdout)
    assert (view["state"], view["registration"]["useful_effect"]) == ("running", 0.25)
    wrong = cli("experiment", "own", "x", "--metric", "revue_time", "--direction", "down", *TEAM)
    assert wrong.returncode != 0
    assert "review_time" in wrong.stderr
