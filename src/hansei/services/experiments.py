"""Experiments: list, start, write one's own, stop, and say what becomes of one that was judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, load_only

from hansei.core import verdicts
from hansei.core.metrics import SprintMetrics, describe, resolve
from hansei.core.report import Conclusion, Direction, Registration, plain
from hansei.core.stored import read_value
from hansei.core.verdicts import Plan, Start
from hansei.core.words import ENGLISH
from hansei.db.models import CONCLUSIONS, OUTCOMES, ExperimentRow, ReportRow, Sprint, SprintNote, Team
from hansei.db.types import database_time
from hansei.errors import Conflict, InvalidInput, NotFound, Problem, UnknownMetric
from hansei.services import judging, reports, teams
from hansei.services.reports import ReportOrder
from hansei.services.text import note, printable

REMEDY = "`hansei experiment list` or GET /experiments lists the experiments there are."
WINDOW = 12
"""Sprints that an own experiment is registered on, as many as a report reviews by default on the pages."""
_HEADER = (Sprint.name, Sprint.start_at, Sprint.end_at, Sprint.provisional)
LEAST_RUN, LONGEST_RUN = 2, 12
LEAST_USEFUL, MOST_USEFUL = 0.05, 0.9


@dataclass(frozen=True, slots=True)
class ExperimentView:
    """An experiment as it stands. ``done`` of its registered sprints have closed; there is no interim verdict.

    ``started_after`` names a sprint. ``verdict`` is the plain form of core.verdicts.Judged, ``plan`` of Plan, ``start``
    of Start; ``late`` names judged sprints whose values changed afterwards.
    """

    experiment_id: int
    team_id: str
    team_name: str
    report_id: int | None
    hypothesis_id: int | None
    evidence_id: str
    family: str
    title: str
    state: str
    plan: Plan
    registration: Registration
    fingerprint: str
    started_at: datetime | None
    started_after: str
    done: int
    outcome: str | None
    judged_at: datetime | None
    verdict: Mapping[str, Any] | None
    abandoned_at: datetime | None
    abandoned_because: str
    conclusion: str | None
    concluded_at: datetime | None
    concluded_because: str

    @property
    def now(self) -> int:
        """The sprint that is under way, counted from 1."""
        return min(self.done + 1, self.registration.sprints)


@dataclass(frozen=True, slots=True)
class OwnOrder:
    """A team's own experiment in its own words; ``useful`` is a fraction of the level."""

    team_id: str
    title: str
    metric: str
    direction: Direction
    change: str = ""
    role: str = ""
    useful: float = 0.2
    sprints: int = 4
    report_id: int | None = None


@dataclass(frozen=True, slots=True)
class Ledger:
    """How many experiments were judged, by outcome, and how many stopped before a verdict."""

    outcomes: Mapping[str, int]
    abandoned: int

    @property
    def judged(self) -> int:
        """How many verdicts there are."""
        return sum(self.outcomes.values())


def listed(
    session: Session,
    *,
    limit: int,
    team_id: str | None = None,
    state: str | None = None,
    outcome: str | None = None,
    report_id: int | None = None,
    concluded: bool | None = None,
    before: int | None = None,
) -> list[ExperimentView]:
    """Return experiments newest first, in a fixed number of queries; ``before`` is the last id already seen.

    ``concluded`` False: only those of whose verdict the team has not said what becomes of it.
    """
    given = {
        ExperimentRow.team_id: team_id,
        ExperimentRow.state: state,
        ExperimentRow.outcome: outcome,
        ExperimentRow.report_id: report_id,
    }
    query = _views().where(*(column == value for column, value in given.items() if value is not None))
    if concluded is not None:
        answered = ExperimentRow.conclusion.is_not(None)
        query = query.where(answered if concluded else ~answered)
    if before is not None:
        query = query.where(ExperimentRow.id < before)
    rows = session.execute(query.order_by(ExperimentRow.id.desc()).limit(limit)).all()
    headers = _headers(session, {row.team_id for row, _ in rows if row.state == "running"})
    return [_view(row, name, headers.get(row.team_id, [])) for row, name in rows]


def get(session: Session, experiment_id: int) -> ExperimentView:
    """Return one experiment.

    Raises:
        NotFound: there is no such experiment.
    """
    found = session.execute(_views().where(ExperimentRow.id == experiment_id)).one_or_none()
    if found is None:
        raise NotFound(f"There is no experiment {experiment_id}.", remedy=REMEDY)
    row, name = found
    return _view(row, name, _headers(session, {row.team_id}).get(row.team_id, []))


def late_changes(session: Session, view: ExperimentView, *, least_answers: int) -> tuple[str, ...]:
    """Return the names of judged sprints whose values are no longer those of the verdict, which stands."""
    if view.verdict is None:
        return ()
    judged = read_value(verdicts.Judged, view.verdict)
    return verdicts.late(judged, judging.seen(session, view.team_id, least_answers))


def start(session: Session, experiment_id: int, *, role: str = "", least_answers: int) -> ExperimentView:
    """Start a proposed experiment: freeze its registration and the values of its baseline.

    Raises:
        NotFound: there is no such experiment.
        Conflict: it was started before, or the team has another one running.
    """
    row = _locked(session, experiment_id)
    if row.state != "proposed":
        raise Conflict(
            f"Experiment {experiment_id} is {row.state}: it can start only once.",
            remedy="Write your own with the same words to try it again.",
        )
    plan = _plan(row)
    _begin(session, row, plan if not role else _with_role(plan, role), least_answers)
    return get(session, experiment_id)


def write_own(session: Session, order: OwnOrder, *, least_answers: int) -> ExperimentView:
    """Register a team's own experiment and start it.

    Raises:
        NotFound: there is no such team. InvalidInput: something of it is missing or cannot be judged.
        NotEnoughSprints: fewer than two closed sprints. Conflict: the team has another one running.
    """
    from hansei.core import own  # numpy and scipy: rarely needed here

    title, change = _line(order.title, 200), note(order.change[:2000]) or ""
    _check(order, title)
    _team(session, order.team_id)
    _report_of(session, order)
    wanted = ReportOrder(order.team_id, WINDOW, None, None, ())
    material = reports.gather(session, wanted, least_answers=least_answers)
    registration = own.register(
        material.window,
        material.history,
        metric=_metric(order.metric, material.window),
        direction=order.direction,
        useful=order.useful,
        sprints=order.sprints,
    )
    row = ExperimentRow(
        team_id=order.team_id,
        report_id=order.report_id,
        evidence_id=verdicts.OWN,
        family=verdicts.OWN,
        title=title,
        registration=plain(registration),
        fingerprint=registration.fingerprint,
    )
    session.add(row)
    session.flush()
    _begin(session, row, Plan(title, change, (), "", _line(order.role, 100)), least_answers)
    return get(session, row.id)


def measured(session: Session, team_id: str, *, least_answers: int) -> tuple[str, ...]:
    """Return the measures of a team that an experiment can aim at: those of its latest closed sprints."""
    closed = [s for s in judging.seen(session, team_id, least_answers) if not s.provisional][-WINDOW:]
    names = dict.fromkeys(name for s in reversed(closed) for name in s.names())
    return tuple(n for n in names if describe(n).analysed)


def abandon(session: Session, experiment_id: int, reason: str) -> ExperimentView:
    """Stop a running experiment before its verdict.

    Raises:
        NotFound: there is no such experiment. InvalidInput: no reason. Conflict: it does not run.
    """
    row = _locked(session, experiment_id)
    because = _reason(reason, "Say in a sentence why: what was learnt is in it.")
    if row.state != "running":
        raise Conflict(
            f"Experiment {experiment_id} is {row.state}, not running.",
            remedy="Only a running experiment can be abandoned.",
        )
    row.state, row.abandoned_because, row.abandoned_at = "abandoned", because, database_time()
    session.flush()
    session.refresh(row)
    return get(session, experiment_id)


def conclude(session: Session, experiment_id: int, conclusion: str, reason: str = "") -> ExperimentView:
    """Keep what the team makes of a verdict: keep it, stop it, or change it. A later answer replaces an earlier one.

    Raises:
        NotFound: there is no such experiment. InvalidInput: no possible answer. Conflict: there is no verdict.
    """
    row = _locked(session, experiment_id)
    if conclusion not in CONCLUSIONS:
        raise _wrong("conclusion", f"Choose one of {', '.join(CONCLUSIONS)}.")
    if row.state != "judged":
        raise Conflict(
            f"Experiment {experiment_id} has no verdict yet.",
            remedy="Wait for it, or abandon the experiment.",
        )
    row.conclusion, row.concluded_because = conclusion, note(reason[:2000])
    row.concluded_at = database_time()
    session.flush()
    session.refresh(row)
    return get(session, experiment_id)


def take_back(session: Session, experiment_id: int) -> None:
    """Undo a start of which nothing was seen yet: the meeting chose otherwise.

    Raises:
        Conflict: a sprint of it has closed.
    """
    row = _locked(session, experiment_id)
    if row.state != "running":
        return
    if get(session, experiment_id).done:
        raise Conflict(
            f"“{row.title}” is running, and a sprint of it has closed.",
            remedy="Abandon it with a reason first.",
        )
    if row.family == verdicts.OWN:
        row.state, row.abandoned_because = "abandoned", "Replaced in the same meeting."
        row.abandoned_at = database_time()
    else:
        row.state, row.start, row.started_at = "proposed", None, None
    session.flush()


def ledger(session: Session, team_id: str | None = None) -> Ledger:
    """Count what became of everything that was tried."""
    query = select(ExperimentRow.state, ExperimentRow.outcome, func.count()).where(
        ExperimentRow.state.in_(("judged", "abandoned"))
    )
    if team_id is not None:
        query = query.where(ExperimentRow.team_id == team_id)
    rows = session.execute(query.group_by(ExperimentRow.state, ExperimentRow.outcome)).all()
    outcomes = {o: sum(n for state, found, n in rows if state == "judged" and found == o) for o in OUTCOMES}
    return Ledger(outcomes, sum(n for state, _, n in rows if state == "abandoned"))


def status(view: ExperimentView) -> str:
    """Return how an experiment stands, in words; nothing of a verdict before its last sprint."""
    if view.state == "proposed":
        return "an idea"
    if view.state == "running":
        return ENGLISH("early", n=view.now, of=view.registration.sprints)
    said = ENGLISH(view.outcome or "abandoned")
    return f"{said} · {ENGLISH(view.conclusion)}".rstrip(".") if view.conclusion else said


def parse_id(text: str) -> int:
    """Read an experiment's id from a path.

    Raises:
        NotFound: it cannot be one.
    """
    try:
        return reports.parse_id(text)
    except NotFound:
        raise NotFound(f"There is no experiment “{text[:40]}”.", remedy=REMEDY) from None


def running(session: Session, team_id: str) -> tuple[int, str] | None:
    """Return the id and title of what a team tries now: no other experiment can start meanwhile."""
    row = ExperimentRow
    query = select(row.id, row.title).where(row.team_id == team_id, row.state == "running").limit(1)
    found = session.execute(query).first()
    return (found.id, found.title) if found else None


def _begin(session: Session, row: ExperimentRow, plan: Plan, least_answers: int) -> None:
    other = running(session, row.team_id)
    if other is not None:
        raise Conflict(
            f"The team is trying something already: “{other[1][:100]}”. "
            "With two at once nobody could tell which worked.",
            remedy="Wait for its verdict, or abandon it with a reason.",
        )
    moment = session.scalars(select(database_time())).one()
    registration = read_value(Registration, row.registration)
    frozen = verdicts.freeze(registration, plan, judging.seen(session, row.team_id, least_answers), moment)
    row.state, row.started_at = "running", moment
    row.plan, row.start, row.fingerprint = plain(plan), plain(frozen), frozen.fingerprint
    session.flush()


def _locked(session: Session, experiment_id: int) -> ExperimentRow:
    """Return an experiment, its team locked until the transaction ends: one starts at a time."""
    team_id = session.scalar(select(ExperimentRow.team_id).where(ExperimentRow.id == experiment_id))
    if team_id is None:
        raise NotFound(f"There is no experiment {experiment_id}.", remedy=REMEDY)
    _team(session, team_id)
    return session.scalars(
        select(ExperimentRow)
        .where(ExperimentRow.id == experiment_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _team(session: Session, team_id: str) -> None:
    if session.scalar(select(Team.id).where(Team.id == team_id).with_for_update()) is None:
        raise NotFound(f"There is no team “{team_id[:100]}”.", remedy=teams.known(session))


def _report_of(session: Session, order: OwnOrder) -> None:
    if order.report_id is None:
        return
    team_id = session.scalar(select(ReportRow.team_id).where(ReportRow.id == order.report_id))
    if team_id != order.team_id:
        raise _wrong("report_id", "The team has no such report.")


def _check(order: OwnOrder, title: str) -> None:
    if not title:
        raise _wrong("title", "Say in a sentence what you will try.")
    if order.direction not in ("up", "down"):
        raise _wrong("direction", "Choose up or down: which way should the measure go?")
    if not LEAST_USEFUL <= order.useful <= MOST_USEFUL:
        raise _wrong(
            "useful_effect", "Give a share from 0.05 to 0.9: the smallest change that would be worth it."
        )
    if not LEAST_RUN <= order.sprints <= LONGEST_RUN:
        raise _wrong("sprints", f"Give a whole number of sprints from {LEAST_RUN} to {LONGEST_RUN}.")


def _metric(name: str, sprints: Iterable[SprintMetrics]) -> str:
    measured = dict.fromkeys(m for s in sprints for m in s.names())
    try:
        return name if name in measured else resolve(name)
    except UnknownMetric as error:
        raise UnknownMetric(
            error.message, remedy=error.remedy, problems=(Problem("/metric", error.sentence()),)
        ) from None


def _plan(row: ExperimentRow) -> Plan:
    return read_value(Plan, row.plan) if row.plan else Plan(row.title, "", (), "", "")


def _with_role(plan: Plan, role: str) -> Plan:
    return Plan(plan.title, plan.change, plan.steps, plan.cost, _line(role, 100))


def _line(text: str, most: int) -> str:
    return " ".join((note(printable(text)) or "").split())[:most]


def _reason(text: str, otherwise: str) -> str:
    found = note(text[:2000])
    if not found:
        raise _wrong("reason", otherwise)
    return found


def _wrong(field: str, sentence: str) -> InvalidInput:
    return InvalidInput(sentence, problems=(Problem(f"/{field}", sentence),))


def _views() -> Select[ExperimentRow, str]:
    return select(ExperimentRow, Team.name).join(Team, Team.id == ExperimentRow.team_id)


def _headers(session: Session, team_ids: set[str]) -> dict[str, list[SprintMetrics]]:
    """Return when the sprints of some teams were, without their values."""
    out: dict[str, list[SprintMetrics]] = {}
    if not team_ids:
        return out
    noted = (SprintNote.team_id == Sprint.team_id) & (SprintNote.sprint_id == Sprint.sprint_id)
    query = select(Sprint, SprintNote).options(load_only(*_HEADER)).outerjoin(SprintNote, noted)
    for row, about in session.execute(query.where(Sprint.team_id.in_(team_ids))):
        header = SprintMetrics(
            row.sprint_id,
            row.name,
            row.start_at,
            row.end_at,
            provisional=row.provisional,
            notes=tuple(about.kinds) if about else (),
            left_out=about is not None and about.left_out,
        )
        out.setdefault(row.team_id, []).append(header)
    return out


def _view(row: ExperimentRow, team_name: str, sprints: list[SprintMetrics]) -> ExperimentView:
    registration = read_value(Registration, row.registration)
    begun = read_value(Start, row.start) if row.start else None
    done = 0
    if begun and row.state == "running":
        done = min(len(verdicts.counted(begun, sprints)), registration.sprints)
    elif row.state == "judged":
        done = registration.sprints
    return ExperimentView(
        experiment_id=row.id,
        team_id=row.team_id,
        team_name=team_name,
        report_id=row.report_id,
        hypothesis_id=row.hypothesis_id,
        evidence_id=row.evidence_id,
        family=row.family,
        title=row.title,
        state=row.state,
        plan=_plan(row),
        registration=registration,
        fingerprint=row.fingerprint,
        started_at=row.started_at,
        started_after=begun.after if begun else "",
        done=done,
        outcome=row.outcome,
        judged_at=row.judged_at,
        verdict=row.verdict,
        abandoned_at=row.abandoned_at,
        abandoned_because=row.abandoned_because or "",
        conclusion=cast("Conclusion | None", row.conclusion),
        concluded_at=row.concluded_at,
        concluded_because=row.concluded_because or "",
    )
