"""Tasks: what runs, what ran, stop one."""

from __future__ import annotations

from typing import Annotated

import typer

from hansei.cli.help import group as help_group
from hansei.cli.options import DataDir, Json, Limit, Team, with_data

TaskId = Annotated[str, typer.Argument(help="Task id.", show_default=False)]


def add(app: typer.Typer) -> None:
    """Add these commands."""
    group = help_group("Tasks: what runs, what ran, stop one.")
    group.command("list")(listing)
    group.command()(status)
    group.command()(cancel)
    app.add_typer(group, name="task", rich_help_panel="Look after it")


def listing(
    team: Team = None,
    status_is: Annotated[
        str | None, typer.Option("--status", help="PENDING, STARTED, RETRY, SUCCESS, FAILURE or REVOKED.")
    ] = None,
    kind: Annotated[str | None, typer.Option("--kind", help="report, sync or cleanup.")] = None,
    limit: Limit = 20,
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """List tasks, newest first."""
    from hansei import jobs
    from hansei.cli import screen

    wiring = with_data(data_dir)
    with wiring.database.read() as session:
        found = jobs.newest(session, limit=limit, status=status_is, kind=kind, team_id=team)
    if as_json:
        screen.put_json([screen.task(j) for j in found])
        return
    rows = [(j.id, j.kind, j.status, j.team_id, screen.moment(j.created_at), j.stage) for j in found]
    screen.table(rows, ("task", "kind", "status", "team", "accepted", "stage"), empty="No task yet.")


def status(task_id: TaskId, as_json: Json = False, data_dir: DataDir = None) -> None:
    """Show one task."""
    from hansei import jobs
    from hansei.cli import screen

    wiring = with_data(data_dir)
    with wiring.database.read() as session:
        screen.job(jobs.get(session, task_id), as_json=as_json)


def cancel(task_id: TaskId, as_json: Json = False, data_dir: DataDir = None) -> None:
    """Stop a task. Nothing of it will be stored."""
    from hansei import jobs
    from hansei.cli import screen

    wiring = with_data(data_dir)
    with wiring.database.write() as session:
        found = jobs.cancel(session, task_id)
    screen.job(found, as_json=as_json)
