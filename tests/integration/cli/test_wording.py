"""Who words a team's reports, and wording one again, on the command line."""

from __future__ import annotations

from integration.cli.conftest import Cli
from support.model import honest, model, says

TEAM, NAME = "TEAM-ALPHA", "openai-chat:any"


def test_a_team_chooses_who_words_its_reports_and_one_is_worded_again(cli: Cli, sample_url: str) -> None:
    cli("sync", "--team", TEAM, "--sprints", "14", HANSEI_METRICS_API_URL=sample_url)
    assert cli("team", "wording", TEAM).stdout == f"Reports of team {TEAM} are worded by template.\n"
    refused = cli("team", "wording", TEAM, "--by", "model")
    assert (refused.returncode, refused.stdout) == (7, "")
    with model(lambda asked: says(honest(asked))(asked)) as service:
        llm = {"HANSEI_LLM_MODEL": NAME, "HANSEI_LLM_BASE_URL": service.url}
        chosen = cli("team", "wording", TEAM, "--by", "model", **llm)
        assert chosen.stdout == f"Reports of team {TEAM} are worded by {NAME}.\n"
        generated = cli(
            "report", "generate", "--team", TEAM, "--sprints", "12", "--context", "A freeze.", **llm
        )
        assert generated.returncode == 0, generated.stderr
        assert "Since Sprint 36, reviews have taken longer" in generated.stdout
        assert service.seen[0].data["note"] == "A freeze."
        again = cli("report", "reword", "1", **llm)
        assert again.stdout.startswith(f"Report 1, wording 2, by {NAME}: Since Sprint 36, reviews")
    back = cli("report", "reword", "1", "--template")
    assert back.stdout.startswith("Report 1, wording 3, by template: Reviews have taken longer")
    assert cli("report", "reword", "9").returncode == 3
