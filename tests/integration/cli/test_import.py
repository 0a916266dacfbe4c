"""``hansei import`` and ``hansei analyse`` on the tables that people bring."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

from hansei.render import xlsx
from support.upstream import Reply, upstream

Cli = Callable[..., "CompletedProcess[str]"]
PAYLOADS = Path(__file__).resolve().parents[2] / "payloads" / "table"
VELOCITY = (PAYLOADS / "jira_velocity.txt").read_text(encoding="utf-8")


def sprints(cli: Cli, team: str) -> int:
    return len(json.loads(cli("team", "sprints", team, "--json").stdout))


def test_a_paste_is_looked_at_stored_and_stored_again(cli: Cli) -> None:
    tried = cli("import", "-", "--team", "heron", "--dry-run", stdin=VELOCITY)
    assert tried.returncode == 0
    assert "7 new, 0 changed, 0 unchanged, 0 refused (nothing stored yet)." in tried.stdout
    assert "Commitment: read as Points planned (points)." in tried.stdout
    assert cli("team", "show", "heron").returncode == 3
    done = cli("import", "-", "--team", "heron", stdin=VELOCITY)
    assert "7 new, 0 changed, 0 unchanged" in done.stdout
    again = json.loads(cli("import", "-", "--team", "heron", "--json", stdin=VELOCITY).stdout)
    assert (again["created"], again["unchanged"]) == ([], 7)
    assert sprints(cli, "heron") == 7


def test_a_changed_value_is_named_and_stored_only_when_confirmed(cli: Cli) -> None:
    cli("import", "-", "--team", "heron", stdin=VELOCITY)
    other = VELOCITY.replace("28.5", "29")
    refused = cli("import", "-", "--team", "heron", stdin=other)
    assert refused.returncode != 0
    assert "1 stored value would change, and nothing was stored." in refused.stderr
    done = cli("import", "-", "--team", "heron", "--confirm-changes", stdin=other)
    assert "HER Sprint 39: Points completed from 28.5 to 29." in done.stdout


def test_an_open_question_names_the_option_that_answers_it(cli: Cli) -> None:
    table = (PAYLOADS / "azure_devops_query.csv").read_text(encoding="utf-8-sig")
    for command in (["import", "-", "--team", "heron"], ["analyse", "-"]):
        asked = cli(*command, stdin=table)
        assert asked.returncode != 0
        assert "Answer with --answer count_from=YYYY-MM-DD." in asked.stderr
    answers = ["--answer", "count_from=2025-06-02", "--answer", "sprint_days=7"]
    assert (
        "Read as one row per item: 2 new"
        in cli("import", "-", "--team", "heron", *answers, stdin=table).stdout
    )
    wrong = cli("import", "-", "--team", "heron", "--answer", "count_from", stdin=table)
    assert "An answer is written KEY=VALUE. For example --answer unit=items." in wrong.stderr


def test_every_open_question_is_told_with_the_option_that_answers_it(cli: Cli) -> None:
    table = "Sprint,Team,Start,Completed\nA,Heron A,03/04/2025,4\nB,Heron B,05/04/2025,5\n"
    options = ('--answer "team=Heron A|Heron B"', "--answer date_order=day_first|month_first")
    for command in (["import", "-", "--team", "heron"], ["analyse", "-"]):
        asked = cli(*command, stdin=table)
        assert asked.returncode == 2
        assert [option for option in options if option not in asked.stderr] == []
    tried = cli("import", "-", "--team", "heron", "--dry-run", stdin=table)
    assert [option for option in options if option not in tried.stdout] == []
    assert "no report can be made yet" not in tried.stdout


def test_a_table_with_too_few_sprints_is_told_what_to_add(cli: Cli) -> None:
    one = cli("analyse", "-", stdin="Sprint,Completed\nSprint 1,3\n")
    assert one.returncode == 4
    assert "The table has one sprint; a report compares at least 2. Add a line for each earlier" in one.stderr
    table = "Sprint,End,Completed\nSprint 1,2026-01-16,3\nSprint 2,2099-01-30,4\n"
    still = cli("analyse", "-", stdin=table)
    assert "has 2 sprints, of which one can be looked at (1 still runs); a report" in still.stderr
    assert "sync" not in one.stderr + still.stderr


def test_a_sync_says_which_sprints_of_a_table_it_may_have_brought_again(cli: Cli) -> None:
    table = "Sprint\tCommitment\tCompleted\n" + "".join(f"HER Sprint {n}\t30\t28\n" for n in range(2, 5))
    assert cli("import", "-", "--team", "heron", stdin=table).returncode == 0
    rows = [
        {"sprint_id": f"J{n}", "sprint_name": f"Sprint {n}", "start_date": f"2026-0{n}-01", "end_date": f"2026-0{n}-14",
         "velocity": 28}
        for n in range(1, 5)
    ]  # fmt: skip
    with upstream(Reply(rows)) as source:
        synced = cli("sync", "--team", "heron", HANSEI_METRICS_API_URL=source.url)
    assert synced.returncode == 0
    assert (
        "3 sprints may be counted twice: “HER Sprint 2” has no dates and may be"
        in synced.stdout + synced.stderr
    )


def test_a_report_from_a_workbook(cli: Cli, tmp_path: Path) -> None:
    rows: list[list[str | float | None]] = [["Sprint", "Velocity", "Review time (h)"]]
    rows += [[f"Sprint {n}", 20.0 + n % 3, 14.0 + n % 2] for n in range(1, 9)]
    (tmp_path / "heron.xlsx").write_bytes(xlsx.write(rows, title="A"))
    made = cli("analyse", "heron.xlsx")
    assert made.returncode == 0
    assert "Sprints 1–8" in made.stdout
