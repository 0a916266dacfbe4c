"""The data: sync it, see which teams and sprints there are, check the source."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from hansei.cli.commands import imports
from hansei.cli.help import group as help_group
from hansei.cli.options import DataDir, Json, Limit, Team, with_data

TeamId = Annotated[str, typer.Argument(help="Team id.", show_default=False)]
PANEL = "Data"


class Wording(StrEnum):
    """Who may word a team's reports."""

    template = "template"
    model = "model"


def add(app: typer.Typer) -> None:
    """Add these commands."""
    app.command(rich_help_panel=PANEL)(sync)
    imports.add(app, PANEL)
    team = help_group("Teams and their sprints.")
    team.command("list")(listing)
    for command in (show, sprints, note, rename, wording, delete):
        team.command()(command)
    team.command("remove-sample")(remove_sample)
    app.add_typer(team, name="team", rich_help_panel=PANEL)


def sync(
    team: Team = None,
    count: Annotated[int, typer.Option("--sprints", min=1, max=200, help="How many recent sprints.")] = 5,
    force: Annotated[bool, typer.Option("--force", help="Update closed sprints too.")] = False,
    source: Annotated[
        str | None,
        typer.Option("--source", help="Name of the source; default: the team's own, or the default one."),
    ] = None,
    as_json: Json = False,
    data_dir: DataDir = None,
) -> int:
    """Fetch sprints from the metrics source and store them. Needs no worker."""
    from hansei.cli import exits, inline, running, screen
    from hansei.services import submissions

    wiring = with_data(data_dir)
    if hint := running.source_there(wiring):
        screen.say(f"Note: {hint}")
    with wiring.database.write() as session:
        job = submissions.submit_sync(
            session,
            team_id=team,
            sprint_count=count,
            force_refresh=force,
            source=source,
            default=wiring.default_source,
        )
    done = inline.run(wiring, job, title="Syncing")
    code = inline.told(done, as_json=as_json)
    if code is not None:
        return code
    result = dict(done.result or {})
    refused = result["rejected"]
    screen.put(
        f"Team {result['team_id']}: {result['sprints_fetched']} fetched, {result['created']} new, "
        f"{result['updated']} updated, {result['skipped']} known already, {len(refused)} refused."
    )
    for row in refused:
        screen.put(f"  refused: row {row['row'] + 1} ({row['sprint_id'] or 'no id'}): {row['reason']}")
    for note in result["notes"]:
        screen.put(f"  {note}")
    return exits.OK


def listing(limit: Limit = 100, as_json: Json = False, data_dir: DataDir = None) -> None:
    """List the teams, A to Z."""
    from hansei.cli import screen
    from hansei.services import teams

    wiring = with_data(data_dir)
    with wiring.database.read() as session:
        found = teams.listed(session, limit=limit)
    if as_json:
        screen.put_json(found)
        return
    rows = [
        (
            t.team_id,
            t.name + (" (sample)" if t.sample else ""),
            t.sprints,
            t.reports,
            screen.moment(t.last_synced_at),
        )
        for t in found
    ]
    headers = ("team", "name", "sprints#", "reports#", "last sync")
    screen.table(rows, headers, empty="No team yet: `hansei sync --team NAME` makes one.")


def show(team_id: TeamId, as_json: Json = False, data_dir: DataDir = None) -> None:
    """Show one team."""
    from hansei.cli import screen
    from hansei.services import teams

    wiring = with_data(data_dir)
    with wiring.database.read() as session:
        found = teams.get(session, team_id)
    if as_json:
        screen.put_json(found)
        return
    screen.pairs(
        ("team", found.team_id),
        ("name", found.name + (" (sample)" if found.sample else "")),
        ("sprints", found.sprints),
        ("reports", found.reports),
        ("last sync", screen.moment(found.last_synced_at)),
        ("note", found.note),
    )


def sprints(team_id: TeamId, limit: Limit = 20, as_json: Json = False, data_dir: DataDir = None) -> None:
    """List a team's sprints, newest first."""
    from hansei.cli import screen
    from hansei.services import privacy, teams

    wiring = with_data(data_dir)
    with wiring.database.read() as session:
        views, _ = teams.sprints(session, team_id, limit=limit)
    shown = [privacy.withhold(v.metrics, wiring.settings.happiness_min_answers)[0] for v in views]
    if as_json:
        screen.put_json(shown)
        return
    rows = [
        (
            s.sprint_id,
            s.name,
            screen.day(s.start),
            screen.day(s.end),
            len(s.values),
            ", ".join([*(["open"] if s.provisional else []), *(["dates assumed"] if s.assumed else [])]),
        )
        for s in shown
    ]
    headers = ("sprint", "name", "start", "end", "measures#", "")
    screen.table(rows, headers, empty=f"Team {team_id} has no sprint yet.")


def note(
    team_id: TeamId,
    sprint_id: Annotated[str, typer.Argument(help="Sprint id.", show_default=False)],
    kind: Annotated[
        list[str] | None,
        typer.Option(
            "--kind", help="holiday, people_away, incident, release_freeze or other; may be repeated."
        ),
    ] = None,
    text: Annotated[str | None, typer.Option("--text", help="A few words. No names, please.")] = None,
    left_out: Annotated[
        bool, typer.Option("--leave-out", help="Keep the sprint out of every statistic.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Note something of a sprint, replacing what was noted; without options, forget it."""
    from hansei.cli import screen
    from hansei.services import notes

    wiring = with_data(data_dir)
    with wiring.database.write() as session:
        view = notes.put(
            session,
            team_id,
            sprint_id,
            kinds=kind or (),
            text=text,
            left_out=left_out,
            now=wiring.clock.now(),
        )
    found = view.note
    screen.put(f"{view.metrics.name}: " + ("nothing noted; it counts." if found is None else "noted."))
    if found is not None:
        screen.pairs(
            ("kinds", ", ".join(found.kinds)),
            ("text", found.text),
            ("left out", "yes" if found.left_out else "no"),
        )


def rename(
    team_id: TeamId,
    name: Annotated[str, typer.Argument(help="New name.", show_default=False)],
    data_dir: DataDir = None,
) -> None:
    """Give a team another name; its id stays."""
    from hansei.cli import screen
    from hansei.services import teams

    wiring = with_data(data_dir)
    with wiring.database.write() as session:
        teams.get(session, team_id)
        found, _ = teams.put(session, team_id, name=name)
    screen.put(f"Team {found.team_id} is now called {found.name}.")


def wording(
    team_id: TeamId,
    by: Annotated[
        Wording | None, typer.Option("--by", help="Let this one word the team's reports from now on.")
    ] = None,
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Say who words a team's reports, or choose."""
    from hansei.cli import screen
    from hansei.services import wording as words

    wiring = with_data(data_dir)
    if by is not None:
        with wiring.database.write() as session:
            words.choose(
                session, team_id, model=by is Wording.model, available=wiring.wording_model is not None
            )
    with wiring.database.read() as session:
        narrator = wiring.narrator_for(opted_in=words.opted_in(session, team_id)).name
    if as_json:
        screen.put_json({"team_id": team_id, "narrator": narrator})
    else:
        screen.put(f"Reports of team {team_id} are worded by {narrator}.")


def delete(
    team_id: TeamId,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Delete a team with all its sprints and reports."""
    from hansei.cli import screen
    from hansei.services import teams

    wiring = with_data(data_dir)
    with wiring.database.read() as session:
        found = teams.get(session, team_id)
    what = f"team {team_id} with {found.sprints} sprints and {found.reports} reports"
    if not yes:
        typer.confirm(f"Delete {what}?", abort=True, err=True)
    with wiring.database.write() as session:
        teams.remove(session, team_id)
    screen.put(f"Deleted {what}.")


def remove_sample(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Delete the sample teams with all that was made of them; your own teams stay."""
    from hansei.cli import screen
    from hansei.services import samples

    wiring = with_data(data_dir)
    with wiring.database.read() as session:
        found = samples.there(session)
    if not found:
        screen.put("There is no sample here.")
        return
    if not yes:
        typer.confirm(f"Delete {', '.join(found)} with all reports on them?", abort=True, err=True)
    with wiring.database.write() as session:
        gone = samples.remove(session)
    screen.put(f"Deleted {', '.join(gone)}.")
