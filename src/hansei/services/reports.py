"""Reports: choose the sprints, analyse, store, read back, delete."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, delete, exists, func, insert, select
from sqlalchemy.orm import Session

from hansei.core.answers import Answer
from hansei.core.metrics import SprintMetrics, stamp
from hansei.core.narrative import Narrative, without_note
from hansei.core.ports import Narrator, Progress
from hansei.core.quality import Provenance
from hansei.core.report import Report, plain
from hansei.core.verdicts import Plan
from hansei.core.words import ENGLISH
from hansei.db.models import (
    Decision,
    ExperimentRow,
    Feedback,
    HypothesisRow,
    NarrativeRow,
    ReportRow,
    SprintNote,
    Team,
)
from hansei.db.types import database_time
from hansei.errors import Conflict, InvalidInput, NotEnoughSprints, NotFound, UnknownSprints
from hansei.services import feedback, imports, judging, privacy, record, sprint_rows, teams
from hansei.services.judging import LookBack, Pending
from hansei.services.teams import NotedSprint
from hansei.services.text import note

BASELINE = 40
"""At most this many earlier closed sprints serve as comparison."""
LEAST_SPRINTS = 2
REMEDY = "`hansei report list` or GET /reports lists the reports there are."
# Rows of the tables and not objects that follow them: a report writes a dozen, and reads none of them back.
_REPORTS, _NARRATIVES, _LEADS, _EXPERIMENTS = (
    cast("Table", kind.__table__) for kind in (ReportRow, NarrativeRow, HypothesisRow, ExperimentRow)
)
_NEW_REPORT = insert(_REPORTS).returning(_REPORTS.c.id)
_NEW_NARRATIVE = insert(_NARRATIVES)
_NEW_LEADS = insert(_LEADS).returning(_LEADS.c.id, sort_by_parameter_order=True)
_NEW_EXPERIMENTS = insert(_EXPERIMENTS)
_TEAM = Team.__table__
_NEWEST = (
    select(_REPORTS.c.id)
    .where(_REPORTS.c.team_id == bindparam("this_team"))
    .order_by(_REPORTS.c.id.desc())
    .limit(1)
    .scalar_subquery()
)
#: Made once, as every report asks; one statement, as each costs a journey to the database.
_KNOWN = (
    select(
        _TEAM.c.name,
        _TEAM.c.model_wording,
        _REPORTS.c.body.label("previous"),
        # What happened while that report was made is not in it.
        func.coalesce(_REPORTS.c.read_at, _REPORTS.c.created_at).label("previous_at"),
        database_time().label("read_at"),
        *(
            exists().where(table.__table__.c.team_id == _TEAM.c.id, *also).label(name)
            for name, table, also in (
                ("noted", SprintNote, ()),
                ("tried", ExperimentRow, (ExperimentRow.__table__.c.state.in_(judging.STARTED),)),
                ("decided", Decision, ()),
                ("answered", Feedback, ()),
            )
        ),
        *record.clues(_TEAM.c.id),
    )
    .select_from(_TEAM)
    .outerjoin(_REPORTS, _REPORTS.c.id == _NEWEST)
    .where(_TEAM.c.id == bindparam("this_team"))
)
NO_NOTES: tuple[str, ...] = ()
NOTHING_KNOWN = Provenance()
NOTHING_TRIED = LookBack()


@dataclass(frozen=True, slots=True)
class ReportOrder:
    """What to report on, resolved. Exactly one of ``sprint_count`` and ``sprint_ids`` is given."""

    team_id: str
    sprint_count: int | None
    sprint_ids: tuple[str, ...] | None
    custom_context: str | None
    focus_metrics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Material:
    """What an analysis works on, read in one go; ``read_at`` by the database's clock."""

    team_name: str
    window: tuple[SprintMetrics, ...]
    history: tuple[SprintMetrics, ...]
    previous: Mapping[str, Any] | None
    notes: tuple[str, ...]
    provenance: Provenance = NOTHING_KNOWN
    look_back: LookBack = NOTHING_TRIED
    model_wording: bool = False
    answers: tuple[Answer, ...] = ()
    read_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """A finished report with its prose and the verdicts that it tells, not yet stored."""

    report: Report
    narrative: Narrative
    verdicts: tuple[Pending, ...] = ()
    read_at: datetime | None = None
    body: Mapping[str, Any] = field(init=False)
    """What is stored of the report: made with it, since a transaction that waited for it would hold others up."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "body", self.report.to_dict())


@dataclass(frozen=True, slots=True)
class StoredReport:
    """A report as it was stored, with the newest wording."""

    report_id: int
    team_id: str
    team_name: str
    team_note: str | None
    sample: bool
    model_wording: bool
    custom_context: str | None
    created_at: datetime
    body: Mapping[str, Any]
    narrative: Narrative

    def to_dict(self) -> dict[str, Any]:
        """Return the public form: the engine's ``to_dict()`` under the report's own header."""
        return {
            "report_id": self.report_id,
            "team_id": self.team_id,
            "headline": self.narrative.headline,
            "summary": self.narrative.summary,
            "custom_context": self.custom_context,
            "created_at": stamp(self.created_at),
            **self.body,
            "narrative": self.narrative.to_dict(),
        }


@dataclass(frozen=True, slots=True)
class ReportLine:
    """A report in a list."""

    report_id: int
    team_id: str
    headline: str
    sprints_analyzed: int
    hypotheses_count: int
    experiments_count: int
    created_at: datetime


def gather(session: Session, order: ReportOrder, *, least_answers: int) -> Material:
    """Read the sprints under review and those before them.

    Raises:
        UnknownSprints: ids that the team does not have, or that are still open.
        NotEnoughSprints: fewer than two closed sprints.
    """
    # Asked first, so that a team that never noted, tried, decided or answered anything is not asked for each of these.
    team = session.execute(_KNOWN, {"this_team": order.team_id}).one_or_none()
    noted = teams.noted_sprints(session, order.team_id, noted=team.noted) if team else []
    closed = [n.metrics for n in noted if not n.metrics.provisional]
    open_ids = {n.metrics.sprint_id for n in noted if n.metrics.provisional}
    usable = [s for s in closed if not s.left_out]
    if order.sprint_ids is not None:
        homes = sprint_rows.homes_of(session, order.team_id)
        wanted = tuple(homes.get(i, i) for i in order.sprint_ids)
        window, notes = _chosen(order.team_id, closed, wanted, open_ids), NO_NOTES
    else:
        window, notes = _latest(usable, order.sprint_count or 5, len(open_ids))
    counted = sum(not s.left_out for s in window)
    if counted < LEAST_SPRINTS:
        raise NotEnoughSprints(
            f"Team {order.team_id} has {_count(counted, 'closed sprint')}{_but(closed, usable)}; "
            f"a report needs at least {LEAST_SPRINTS}.",
            remedy="Sync more sprints first (`hansei sync` or POST /tasks/metrics/sync), or wait until this one has "
            f"ended.{'' if team else ' ' + teams.known(session)}",
        )
    first = closed.index(window[0])
    if order.sprint_ids is None:  # what was left out is named where it would have stood
        window = closed[first:]
    before = [s for s in closed[:first] if s not in window]
    kept = [s for s in before if not s.left_out][-BASELINE:]
    history = before[before.index(kept[0]) :] if kept else []
    notes = (*notes, *_left_out_later(noted, {s.sprint_id for s in (*history, *window)}))
    notes = (*notes, *imports.assumed_dates([*kept, *(s for s in window if not s.left_out)]))
    shown: list[SprintMetrics] = []
    seen: list[SprintMetrics] = []
    withheld = 0
    for sprint, target in [(s, shown) for s in window] + [(s, seen) for s in history]:
        allowed, hidden = privacy.withhold(sprint, least_answers)
        withheld += hidden
        target.append(allowed)
    if withheld:
        notes = (*notes, privacy.reason(withheld, least_answers))
    return Material(
        team_name=team.name if team else order.team_id,
        window=tuple(shown),
        history=tuple(seen),
        previous=team.previous if team else None,
        notes=notes,
        provenance=record.asked(session, order.team_id, [n.metrics for n in noted], team)
        if team
        else NOTHING_KNOWN,
        look_back=judging.look_back(
            session, order.team_id, before=team.previous_at, least_answers=least_answers
        )
        if team and (team.tried or team.decided)
        else NOTHING_TRIED,
        model_wording=bool(team and team.model_wording),
        answers=feedback.of_team(session, order.team_id) if team and team.answered else (),
        read_at=team.read_at if team else None,
    )


def write(material: Material, order: ReportOrder, narrator: Narrator, progress: Progress) -> Written:
    """Analyse and put into words; touches no database."""
    from hansei.core.pipeline import analyse  # numpy and scipy: only workers pay for them

    progress(20, "looking for changes")
    report = analyse(
        material.window,
        history=material.history,
        focus_metrics=order.focus_metrics or None,
        previous=material.previous,
        provenance=material.provenance,
        feedback=material.answers,
    )
    back = material.look_back
    report = replace(report, notes=(*material.notes, *report.notes), tried=back.tried, decided=back.decided)
    progress(70, "writing")
    narrative = narrator.narrate(
        report, team_name=material.team_name, custom_context=order.custom_context, progress=progress
    )
    progress(90, "storing")
    return Written(report, narrative, back.pending, material.read_at)


def store(session: Session, order: ReportOrder, written: Written, *, job_id: str | None) -> dict[str, Any]:
    """Store a report with its leads, its proposed experiments and the verdicts it tells; return the task's result.

    Raises:
        Busy: an experiment went on meanwhile; the report is to be made again.
    """
    judging.keep(session, written.verdicts)
    report, narrative, body = written.report, written.narrative, written.body
    values: dict[str, Any] = {
        "team_id": order.team_id,
        "job_id": job_id,
        "headline": narrative.headline,
        "summary": narrative.summary,
        "custom_context": note(order.custom_context),
        "body": body,
        "fingerprint": report.fingerprint,
        "read_at": written.read_at,
    }
    report_id: int = session.execute(_NEW_REPORT, values).scalar_one()
    store_narrative(session, report_id, 1, narrative)
    leads = _store_leads(session, report_id, report)
    if report.experiments:
        session.execute(_NEW_EXPERIMENTS, _proposed(order.team_id, report_id, leads, written))
    return {
        "status": "success",
        "report_id": report_id,
        "headline": narrative.headline,
        "sprints_analyzed": len(report.window),
        "hypotheses_count": len(report.hypotheses),
        "experiments_count": len(report.experiments),
    }


def _store_leads(session: Session, report_id: int, report: Report) -> dict[str, int]:
    """Store the leads in the report's order; return the id of each row by the lead's."""
    if not report.hypotheses:
        return {}
    values = [
        {
            "report_id": report_id,
            "evidence_id": h.id,
            "family": h.family,
            "title": h.title,
            "probability": h.probability,
            "confidence": h.confidence,
        }
        for h in report.hypotheses
    ]
    ids = session.scalars(_NEW_LEADS, values)
    return {h.id: row_id for h, row_id in zip(report.hypotheses, ids, strict=True)}


def _proposed(
    team_id: str, report_id: int, leads: Mapping[str, int], written: Written
) -> list[dict[str, Any]]:
    return [
        {
            "team_id": team_id,
            "report_id": report_id,
            "hypothesis_id": leads.get(e.hypothesis_id or ""),
            "evidence_id": e.id,
            "family": e.family,
            "title": e.title,
            "registration": stored["registration"],
            "plan": plain(Plan(e.title, e.change, e.steps, e.cost, e.role)),
            "fingerprint": e.registration.fingerprint,
        }
        for e, stored in zip(written.report.experiments, written.body["experiments"], strict=True)
    ]


def store_narrative(session: Session, report_id: int, revision: int, narrative: Narrative) -> None:
    """Store a report's prose; what a language model was sent is kept beside it."""
    asked = narrative.wording
    values: dict[str, Any] = {
        "report_id": report_id,
        "revision": revision,
        "narrator": narrative.narrator,
        "body": narrative.to_dict(),
        "model": asked.model if asked else None,
        "prompt": asked.prompt if asked else None,
        "sentences": asked.sentences if asked else None,
        "refused": asked.refused if asked else None,
    }
    session.execute(_NEW_NARRATIVE, values)


def get(session: Session, report_id: int) -> StoredReport:
    """Return one report.

    Raises:
        NotFound: there is no such report.
    """
    row, team = _row(session, report_id)
    prose = session.scalars(
        select(NarrativeRow)
        .where(NarrativeRow.report_id == report_id)
        .order_by(NarrativeRow.revision.desc())
        .limit(1)
    ).one()
    return StoredReport(
        report_id=row.id,
        team_id=row.team_id,
        team_name=team.name,
        team_note=team.note,
        sample=team.sample,
        model_wording=team.model_wording,
        custom_context=row.custom_context,
        created_at=row.created_at,
        body=row.body,
        narrative=Narrative.from_dict(prose.body),
    )


def team_of(session: Session, report_id: int) -> str:
    """Return the id of the team that a report is about.

    Raises:
        NotFound: there is no such report.
    """
    return _row(session, report_id)[1].id


def without_words(report: StoredReport) -> StoredReport:
    """Return the report without what the team wrote itself: its note, its reasons, its decision."""
    tried = [{**t, "note": ""} for t in report.body.get("tried", ())]
    told = report.narrative
    if (
        told.wording is not None
    ):  # a language model may have mentioned the note, in the summary and nowhere else
        told = replace(told, summary=without_note(told.summary))
    body = {**report.body, "tried": tried, "decided": None}
    return replace(report, custom_context=None, body=body, narrative=told)


def listed(
    session: Session, *, limit: int, team_id: str | None = None, before: int | None = None
) -> list[ReportLine]:
    """Return reports newest first; ``before`` is the id of the last one already seen."""
    query = select(ReportRow).order_by(ReportRow.id.desc()).limit(limit)
    if team_id is not None:
        query = query.where(ReportRow.team_id == team_id)
    if before is not None:
        query = query.where(ReportRow.id < before)
    return [
        ReportLine(
            report_id=row.id,
            team_id=row.team_id,
            headline=row.headline,
            sprints_analyzed=row.body["sprints_analyzed"],
            hypotheses_count=len(row.body["hypotheses"]),
            experiments_count=len(row.body["experiments"]),
            created_at=row.created_at,
        )
        for row in session.scalars(query)
    ]


def remove(session: Session, report_id: int) -> None:
    """Delete a report with its leads and the experiments nobody started.

    Raises:
        NotFound: there is no such report.
        Conflict: one of its experiments is running.
    """
    _row(session, report_id)
    started = select(ExperimentRow.id).where(
        ExperimentRow.report_id == report_id, ExperimentRow.state == "running"
    )
    if session.scalar(started.limit(1)) is not None:
        raise Conflict(
            f"Report {report_id} has a running experiment.", remedy="Abandon or judge the experiment first."
        )
    remove_rows(session, [report_id])


def remove_rows(session: Session, report_ids: list[int]) -> tuple[int, int, int]:
    """Delete reports; return how many reports, leads and proposed experiments went.

    Experiments that were ever started stay, without their report.
    """
    proposed = delete(ExperimentRow).where(
        ExperimentRow.report_id.in_(report_ids), ExperimentRow.state == "proposed"
    )
    experiments = len(session.execute(proposed.returning(ExperimentRow.id)).all())
    leads = delete(HypothesisRow).where(HypothesisRow.report_id.in_(report_ids))
    hypotheses = len(session.execute(leads.returning(HypothesisRow.id)).all())
    reports = delete(ReportRow).where(ReportRow.id.in_(report_ids))
    return len(session.execute(reports.returning(ReportRow.id)).all()), hypotheses, experiments


def _chosen(
    team_id: str, closed: list[SprintMetrics], wanted: tuple[str, ...], open_ids: set[str]
) -> list[SprintMetrics]:
    known = {s.sprint_id for s in closed}
    still_open = [i for i in wanted if i in open_ids]
    if still_open:
        raise UnknownSprints(
            f"Still open, so not analysed: {', '.join(still_open[:10])}.",
            remedy="Wait until they have ended and sync again, or leave them out.",
        )
    unknown = [i for i in wanted if i not in known]
    if unknown:
        more = f" and {len(unknown) - 10} more" if len(unknown) > 10 else ""
        raise UnknownSprints(
            f"The team has no sprint called {', '.join(unknown[:10])}{more}.",
            remedy=f"`hansei team sprints {team_id}` or GET /teams/{team_id}/sprints lists the ids; sync first if they "
            "are new.",
        )
    return [s for s in closed if s.sprint_id in set(wanted)]


def _latest(
    closed: list[SprintMetrics], count: int, still_open: int
) -> tuple[list[SprintMetrics], tuple[str, ...]]:
    window = closed[-count:]
    notes = NO_NOTES
    if len(window) < count:
        notes = (ENGLISH.count("notes.asked", count, have=len(window)),)
    if still_open:
        notes = (*notes, ENGLISH.count("notes.running", still_open))
    return window, notes


def _but(closed: list[SprintMetrics], usable: list[SprintMetrics]) -> str:
    left_out = len(closed) - len(usable)
    return f" that count ({left_out} left out)" if left_out else ""


def _left_out_later(noted: Sequence[NotedSprint], named: Container[str]) -> tuple[str, ...]:
    """Say of each sprint that was left out after a report had used it that it was."""
    return tuple(
        ENGLISH("notes.left_out.later", name=n.metrics.name, report=n.note.left_out_after)
        for n in noted
        if n.note and n.note.left_out and n.note.left_out_after is not None and n.metrics.sprint_id in named
    )


def _row(session: Session, report_id: int) -> tuple[ReportRow, Team]:
    found = session.execute(
        select(ReportRow, Team).join(Team, Team.id == ReportRow.team_id).where(ReportRow.id == report_id)
    ).one_or_none()
    if found is None:
        raise NotFound(f"There is no report {report_id}.", remedy=REMEDY)
    return found[0], found[1]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def parse_id(text: str) -> int:
    """Read a report's id from a path.

    Raises:
        NotFound: it cannot be one.
    """
    if not _possible_id(text):
        raise NotFound(f"There is no report “{text[:40]}”.", remedy=REMEDY)
    return int(text)


def parse_cursor(cursor: str) -> int:
    """Read a list's cursor.

    Raises:
        InvalidInput: the list did not give it.
    """
    if not _possible_id(cursor):
        raise InvalidInput("The cursor is not one that this list gave.", remedy="Start without a cursor.")
    return int(cursor)


def _possible_id(text: str) -> bool:
    """Say whether the text is a number that an id's column can hold: PostgreSQL refuses to compare a larger one."""
    return text.isascii() and text.isdecimal() and len(text) <= 10 and int(text) < 2**31
