"""Accepting tasks: check what can be checked now, resolve the team, write the job row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from hansei import jobs
from hansei.core.metrics import resolve
from hansei.db.models import IdempotencyKey
from hansei.errors import InvalidInput, NotFound, Problem, UnknownMetric
from hansei.services import idempotency, reports, sources, teams, wording
from hansei.services.caps import Caps
from hansei.services.cleanup import CleanupOrder
from hansei.services.idempotency import Key
from hansei.services.reports import ReportOrder
from hansei.services.sync import SyncOrder
from hansei.services.text import note
from hansei.services.wording import WordingOrder


def submit_report(
    session: Session,
    *,
    team_id: str | None = None,
    sprint_count: int | None = None,
    sprint_ids: tuple[str, ...] | None = None,
    custom_context: str | None = None,
    focus_metrics: tuple[str, ...] = (),
    key: Key | None = None,
    caps: Caps | None = None,
) -> jobs.JobView:
    """Accept a report task.

    Raises:
        InvalidInput: unknown team, unknown metric, or both a count and ids.
        TooManyWaiting: the team has no room.
    """
    if sprint_count is not None and sprint_ids is not None:
        problem = Problem("/sprint_ids", "Send either sprint_count or sprint_ids, not both.")
        raise InvalidInput(problem.detail, problems=(problem,))
    names = tuple(dict.fromkeys(_metric(name, i) for i, name in enumerate(focus_metrics)))
    if team_id is not None:
        _known_team(session, team_id)
    order = ReportOrder(
        team_id=team_id or teams.to_report_on(session),
        sprint_count=None if sprint_ids is not None else (sprint_count or 5),
        sprint_ids=sprint_ids,
        custom_context=note(custom_context),
        focus_metrics=names,
    )
    return _accept(session, "report", order.team_id, asdict(order), key, caps)


def submit_sync(
    session: Session,
    *,
    team_id: str | None = None,
    sprint_count: int = 5,
    force_refresh: bool = False,
    source: str | None = None,
    default: str | None = sources.DEFAULT,
    key: Key | None = None,
    caps: Caps | None = None,
) -> jobs.JobView:
    """Accept a sync task. ``default``: the name of the environment's source, if it has one.

    Raises:
        InvalidInput: an impossible team id, or no such source. TooManyWaiting: the team has no room.
        Conflict: sample sprints and a team's own would meet.
    """
    if team_id is not None:
        teams.check_team_id(team_id)
    chosen = sources.choose(session, asked=source, team_id=team_id, default=default)
    into = team_id or chosen.team_id or teams.DEFAULT_TEAM
    teams.check_kind(session, into, sample=chosen.name == sources.SAMPLE)
    order = SyncOrder(
        team_id=into,
        sprint_count=sprint_count,
        force_refresh=force_refresh,
        asked_team=_asked_of(chosen, into, team_id),
    )
    return _accept(session, "sync", order.team_id, asdict(order) | {"source": chosen.name}, key, caps)


def _asked_of(chosen: sources.Chosen, into: str, named: str | None) -> str | None:
    """Return the team to name to the source: a team's own source knows whose it is, the sample has several."""
    if chosen.name == sources.SAMPLE:
        return into
    return None if chosen.team_id is not None else named


def submit_cleanup(
    session: Session,
    *,
    days_to_keep: int = 90,
    dry_run: bool = False,
    key: Key | None = None,
    caps: Caps | None = None,
) -> jobs.JobView:
    """Accept a cleanup task.

    Raises:
        TooManyWaiting: there is no room.
    """
    return _accept(session, "cleanup", None, asdict(CleanupOrder(days_to_keep, dry_run)), key, caps)


def submit_wording(
    session: Session, report_id: int, *, narrator: wording.Choice = "team", caps: Caps | None = None
) -> jobs.JobView:
    """Accept the rewording of a stored report, or return the one under way.

    Raises:
        NotFound: there is no such report. TooManyWaiting: the team has no room.
    """
    team_id = reports.get(session, report_id).team_id
    params = asdict(WordingOrder(report_id, narrator))
    for job in jobs.unfinished(session, "narrative", team_id):
        if dict(job.params) == params:
            return job
    return _accept(session, "narrative", team_id, params, None, caps)


def report_order(params: Mapping[str, Any]) -> ReportOrder:
    """Read a report task's parameters from its row."""
    ids = params["sprint_ids"]
    given = dict(params) | {"focus_metrics": tuple(params["focus_metrics"])}
    return ReportOrder(**given | {"sprint_ids": None if ids is None else tuple(ids)})


def _metric(name: str, index: int) -> str:
    try:
        return resolve(name)
    except UnknownMetric as error:
        problem = Problem(f"/focus_metrics/{index}", error.sentence())
        raise UnknownMetric(error.message, remedy=error.remedy, problems=(problem,)) from None


def _known_team(session: Session, team_id: str) -> None:
    teams.check_team_id(team_id)
    try:
        teams.require(session, team_id)
    except NotFound as error:
        raise InvalidInput(
            error.message, remedy=error.remedy, problems=(Problem("/team_id", error.message),)
        ) from None


def _accept(
    session: Session,
    kind: jobs.Kind,
    team_id: str | None,
    params: Mapping[str, Any],
    key: Key | None,
    caps: Caps | None,
) -> jobs.JobView:
    if key is not None:
        idempotency.forget_old(session)
    first = _first_use(session, key) if key else None
    if first is not None:
        return first
    if caps is not None:
        caps.take(session, team_id)
    if key is None:
        return jobs.accept(session, kind, team_id, params)
    try:
        with session.begin_nested():
            job = jobs.accept(session, kind, team_id, params)
            session.add(
                IdempotencyKey(
                    owner=key.owner, route=key.route, key=key.key, body_sha256=key.digest, job_id=job.id
                )
            )
    except IntegrityError:  # another request with this key won the race: its job is the one
        first = _first_use(session, key)
        if first is None:
            raise
        return first
    return job


def _first_use(session: Session, key: Key) -> jobs.JobView | None:
    row = idempotency.used(session, key)
    return None if row is None or row.job_id is None else jobs.get(session, row.job_id)
