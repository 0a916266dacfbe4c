"""Experiments: what was proposed, what runs, what it showed, and what the team makes of it."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Body, Query, Response

from hansei.api.deps import Cursor, Limit, Wired, allow, routes
from hansei.api.schemas import experiments as schemas
from hansei.api.schemas.common import TEAM_ID
from hansei.services import experiments, judging, reports
from hansei.services.experiments import ExperimentView, OwnOrder

router = routes("experiments", prefix="/experiments")
AS_PROPOSED = schemas.ExperimentStart()


@router.get("", **allow("read"))
def list_experiments(
    wiring: Wired,
    limit: Limit = 50,
    cursor: Cursor = None,
    team_id: Annotated[str | None, Query(pattern=TEAM_ID)] = None,
    state: Literal["proposed", "running", "judged", "abandoned"] | None = None,
    outcome: Literal["worked", "no_useful_effect", "made_it_worse", "inconclusive"] | None = None,
    report_id: Annotated[int | None, Query(ge=1, lt=2**31)] = None,
) -> schemas.ExperimentList:
    """List experiments, newest first."""
    before = reports.parse_cursor(cursor) if cursor else None
    with wiring.database.read() as session:
        found = experiments.listed(
            session,
            limit=limit + 1,
            team_id=team_id,
            state=state,
            outcome=outcome,
            report_id=report_id,
            before=before,
        )
    shown = found[:limit]
    more = str(shown[-1].experiment_id) if len(found) > limit else None
    return schemas.ExperimentList(items=[schemas.ExperimentOut.of(e) for e in shown], next_cursor=more)


@router.post("", status_code=201, **allow("write", 404, 409, body=True))
def write_own_experiment(
    wiring: Wired, response: Response, asked: schemas.OwnExperiment
) -> schemas.ExperimentOut:
    """Register a team's own experiment and start it."""
    order = OwnOrder(
        team_id=asked.team_id,
        title=asked.title,
        metric=asked.metric,
        direction=asked.direction,
        change=asked.change,
        role=asked.role,
        useful=asked.useful_effect,
        sprints=asked.sprints,
        report_id=asked.report_id,
    )
    judging.load()
    with wiring.database.write() as session:
        made = experiments.write_own(session, order, least_answers=_least(wiring))
    response.headers["Location"] = f"/experiments/{made.experiment_id}"
    return schemas.ExperimentOut.of(made)


@router.get("/{experiment_id}", **allow("read", 404))
def get_experiment(wiring: Wired, experiment_id: str) -> schemas.ExperimentDetails:
    """Read one experiment with its verdict, if it is there."""
    with wiring.database.read() as session:
        found = experiments.get(session, experiments.parse_id(experiment_id))
        late = experiments.late_changes(session, found, least_answers=_least(wiring))
    shown = schemas.ExperimentOut.of(found).model_dump(mode="python")
    return schemas.ExperimentDetails.model_validate(shown | {"late_changes": list(late)})


@router.post("/{experiment_id}/start", **allow("write", 404, 409, body=True))
def start_experiment(
    wiring: Wired, experiment_id: str, asked: Annotated[schemas.ExperimentStart, Body()] = AS_PROPOSED
) -> schemas.ExperimentOut:
    """Start a proposed experiment; its registration is frozen from now on."""
    number = experiments.parse_id(experiment_id)
    with wiring.database.write() as session:
        return _out(experiments.start(session, number, role=asked.role, least_answers=_least(wiring)))


@router.post("/{experiment_id}/abandon", **allow("write", 404, 409, body=True))
def abandon_experiment(
    wiring: Wired, experiment_id: str, asked: schemas.ExperimentAbandon
) -> schemas.ExperimentOut:
    """Stop a running experiment before its verdict."""
    with wiring.database.write() as session:
        return _out(experiments.abandon(session, experiments.parse_id(experiment_id), asked.reason))


@router.put("/{experiment_id}/conclusion", **allow("write", 404, 409, body=True))
def conclude_experiment(
    wiring: Wired, experiment_id: str, asked: schemas.ConclusionIn
) -> schemas.ExperimentOut:
    """Keep what the team makes of a verdict, in place of an earlier answer."""
    number = experiments.parse_id(experiment_id)
    with wiring.database.write() as session:
        return _out(experiments.conclude(session, number, asked.conclusion, asked.reason))


def _out(view: ExperimentView) -> schemas.ExperimentOut:
    return schemas.ExperimentOut.of(view)


def _least(wiring: Wired) -> int:
    return wiring.settings.happiness_min_answers
