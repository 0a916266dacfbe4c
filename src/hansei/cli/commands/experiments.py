"""Experiments: what was proposed, what runs, what it showed, and what the team makes of it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from hansei.cli.help import group as help_group
from hansei.cli.options import DataDir, Json, Limit, Team, with_data

if TYPE_CHECKING:
    from hansei.services.experiments import ExperimentView

ExperimentId = Annotated[int, typer.Argument(help="Experiment id.", min=1, show_default=False)]
Reason = Annotated[str, typer.Option("--reason", help="Why, in a sentence; no names.", show_default=False)]


class Way(StrEnum):
    """Which way a measure should go."""

    up = "up"
    down = "down"


class State(StrEnum):
    """How far an experiment is."""

    proposed = "proposed"
    running = "running"
    judged = "judged"
    abandoned = "abandoned"


class Word(StrEnum):
    """What the team makes of a verdict."""

    keep = "keep"
    stop = "stop"
    change = "change"


def add(app: typer.Typer) -> None:
    """Add these commands."""
    group = help_group("Experiments: start one, see how far it is, read its verdict.")
    group.command("list")(listing)
    for command in (show, start, own, abandon, conclude):
        group.command()(command)
    app.add_typer(group, name="experiment", rich_help_panel="Reports")


def listing(
    team: Team = None,
    state: Annotated[State | None, typer.Option("--state", help="Only these.")] = None,
    limit: Limit = 20,
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """List experiments, newest first."""
    from hansei.cli import screen
    from hansei.services import experiments

    wiring = with_data(data_dir)
    with wiring.database.read() as session:
        found = experiments.listed(session, limit=limit, team_id=team, state=state.value if state else None)
    if as_json:
        screen.put_json(found)
        return
    rows = [(e.experiment_id, e.team_id, _status(e), e.registration.metric, e.title) for e in found]
    headers = ("experiment#", "team", "how far", "measure", "title")
    screen.table(rows, headers, empty="No experiment yet: `hansei report generate` proposes some.")


def show(experiment_id: ExperimentId, as_json: Json = False, data_dir: DataDir = None) -> None:
    """Show one experiment: its card, how far it is, its verdict."""
    from hansei.cli import screen
    from hansei.core.phrases import Figures
    from hansei.core.telling import Telling
    from hansei.services import experiments, judging

    wiring = with_data(data_dir)
    with wiring.database.read() as session:
        view = experiments.get(session, experiment_id)
        told = judging.tell(session, experiment_id, least_answers=wiring.settings.happiness_min_answers)
    if as_json:
        screen.put_json({"experiment": view, "told": told})
        return
    screen.put(f"{view.title} ({view.team_id}): {_status(view)}")
    if view.plan.change:
        screen.put(view.plan.change)
    for number, step in enumerate(view.plan.steps, 1):
        screen.put(f"  {number}. {step}")
    if told is not None:
        screen.put(" ".join(Telling(told, Figures.of_tried(told)).sentences()))
    screen.put(view.registration.rule)
    if view.started_at:
        screen.put(f"Started {screen.day(view.started_at)}, sealed with {view.fingerprint[:16]}.")
    for text in (view.abandoned_because, view.concluded_because):
        if text:
            screen.put(f"Because: {text}")


def start(
    experiment_id: ExperimentId,
    role: Annotated[str, typer.Option("--role", help="The role that looks after it; no name.")] = "",
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Start a proposed experiment. Its registration is frozen from now on."""
    from hansei.services import experiments

    wiring = with_data(data_dir)
    with wiring.database.write() as session:
        least = wiring.settings.happiness_min_answers
        view = experiments.start(session, experiment_id, role=role, least_answers=least)
    _tell(view, as_json=as_json)


def own(
    title: Annotated[str, typer.Argument(help="What you will try, in a sentence.", show_default=False)],
    metric: Annotated[str, typer.Option("--metric", help="The measure that will tell.", show_default=False)],
    direction: Annotated[
        Way, typer.Option("--direction", help="Which way it should go.", show_default=False)
    ],
    team: Team = None,
    useful: Annotated[
        int, typer.Option("--useful", min=5, max=90, help="Smallest change worth it, in percent.")
    ] = 20,
    sprints: Annotated[int, typer.Option("--sprints", min=2, max=12, help="Sprints before the verdict.")] = 4,
    role: Annotated[str, typer.Option("--role", help="The role that looks after it; no name.")] = "",
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Register and start the team's own experiment."""
    from hansei.services import experiments, teams
    from hansei.services.experiments import OwnOrder

    wiring = with_data(data_dir)
    with wiring.database.write() as session:
        team_id = team or teams.to_report_on(session)
        order = OwnOrder(team_id, title, metric, direction.value, "", role, useful / 100, sprints)
        view = experiments.write_own(session, order, least_answers=wiring.settings.happiness_min_answers)
    _tell(view, as_json=as_json)


def abandon(
    experiment_id: ExperimentId, reason: Reason, as_json: Json = False, data_dir: DataDir = None
) -> None:
    """Stop a running experiment before its verdict."""
    from hansei.services import experiments

    wiring = with_data(data_dir)
    with wiring.database.write() as session:
        view = experiments.abandon(session, experiment_id, reason)
    _tell(view, as_json=as_json)


def conclude(
    experiment_id: ExperimentId,
    word: Annotated[Word, typer.Argument(help="keep, stop or change.", show_default=False)],
    reason: Reason = "",
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Say what you make of a verdict."""
    from hansei.services import experiments

    wiring = with_data(data_dir)
    with wiring.database.write() as session:
        view = experiments.conclude(session, experiment_id, word.value, reason)
    _tell(view, as_json=as_json)


def _status(view: ExperimentView) -> str:
    from hansei.services.experiments import status

    return status(view)


def _tell(view: ExperimentView, *, as_json: bool) -> None:
    from hansei.cli import screen

    if as_json:
        screen.put_json(view)
        return
    screen.put(f"Experiment {view.experiment_id}, {view.title}: {_status(view)}.")
