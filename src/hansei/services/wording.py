"""Who words a report, and wording a stored one again: a new revision of its prose, without touching a number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import case, func, literal, select, union_all
from sqlalchemy.orm import Session

from hansei.core.narrative import Narrative, Wording
from hansei.core.ports import Narrator, Progress
from hansei.core.report import Report
from hansei.core.stored import read_report
from hansei.db.models import LostWording, NarrativeRow, ReportRow, Team
from hansei.errors import Conflict, NotFound, NotReady
from hansei.services import reports, teams

#: Whom a rewording asks: whoever words the team's reports, or the built-in words whatever the team chose.
Choice = Literal["team", "template"]


class ModelWroteNothing(NotReady):
    """A language model gave nothing that could be said; the report keeps its words. ``asked`` says what it took."""

    title = "The report keeps its words"

    def __init__(self, message: str, *, remedy: str, asked: Wording) -> None:
        super().__init__(message, remedy=remedy)
        self.asked = asked


@dataclass(frozen=True, slots=True)
class WordingOrder:
    """Which report to word again, and by whom."""

    report_id: int
    narrator: Choice = "team"


@dataclass(frozen=True, slots=True)
class Material:
    """What a rewording works on, read in one go. ``model_wording``: a language model may be asked."""

    report: Report
    team_name: str
    custom_context: str | None
    model_wording: bool


@dataclass(frozen=True, slots=True)
class Revision:
    """One wording of a report; ``prompt`` is what a language model was sent for it, where one was asked."""

    revision: int
    narrator: str
    headline: str
    wording: Wording | None
    prompt: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class PassRate:
    """How a model fared: the wordings it was asked for, those it got into, its sentences, and those refused."""

    model: str
    asked: int
    used: int
    sentences: int
    refused: int

    @property
    def passed(self) -> float | None:
        """The share of its sentences that could be said, 0 to 1; None where it offered none."""
        return (self.sentences - self.refused) / self.sentences if self.sentences else None


def opted_in(session: Session, team_id: str) -> bool:
    """Say whether a team lets a language model word its reports.

    Raises:
        NotFound: there is no such team.
    """
    teams.require(session, team_id)
    return bool(session.scalar(select(Team.model_wording).where(Team.id == team_id)))


def choose(
    session: Session, team_id: str, *, model: bool, available: bool, switched_off: bool = False
) -> None:
    """Let a language model word a team's reports from now on, or no longer.

    Raises:
        NotFound: there is no such team. Conflict: no model is ``available`` that could be chosen; ``switched_off``
            says that one is named all the same.
    """
    teams.require(session, team_id)
    if model and not available:
        raise Conflict(
            "Reports are worded by the built-in template here, and by nobody else.",
            remedy="An operator has switched language models off here: HANSEI_LLM=true lets teams choose one."
            if switched_off
            else "An operator can name a language model in HANSEI_LLM_MODEL.",
        )
    row = session.scalars(select(Team).where(Team.id == team_id).with_for_update()).one()
    row.model_wording = model


def gather(session: Session, order: WordingOrder) -> Material:
    """Read a stored report.

    Raises:
        NotFound: it is gone.
    """
    stored = reports.get(session, order.report_id)
    return Material(
        report=read_report(stored.body),
        team_name=stored.team_name,
        custom_context=stored.custom_context,
        model_wording=order.narrator == "team" and stored.model_wording,
    )


def write(material: Material, narrator: Narrator, progress: Progress) -> Narrative:
    """Put a report into words; touches no database.

    Raises:
        ModelWroteNothing: a language model was asked, and nothing of it could be used.
    """
    progress(40, "writing")
    told = narrator.narrate(
        material.report,
        team_name=material.team_name,
        custom_context=material.custom_context,
        progress=progress,
    )
    asked = told.wording
    if asked is not None and not asked.written:
        why = asked.why or "none of its sentences could be said of these numbers"
        raise ModelWroteNothing(
            f"{asked.model} wrote nothing that can be used: {why}.",
            remedy="The report keeps the words it has. Try again, or have it worded by the template.",
            asked=asked,
        )
    progress(90, "storing")
    return told


def store(session: Session, order: WordingOrder, narrative: Narrative) -> dict[str, Any]:
    """Store another wording of a report; return the task's result.

    Raises:
        NotFound: the report was deleted meanwhile.
    """
    row = session.scalar(select(ReportRow).where(ReportRow.id == order.report_id).with_for_update())
    if row is None:
        raise NotFound(f"There is no report {order.report_id} any more.")
    last = select(func.max(NarrativeRow.revision)).where(NarrativeRow.report_id == row.id)
    revision = (session.scalar(last) or 0) + 1
    reports.store_narrative(session, row.id, revision, narrative)
    row.headline, row.summary = narrative.headline, narrative.summary  # copies, for lists
    asked = narrative.wording
    return {
        "status": "success",
        "report_id": row.id,
        "revision": revision,
        "narrator": narrative.narrator,
        "headline": narrative.headline,
        "sentences": asked.sentences if asked else 0,
        "refused": asked.refused if asked else 0,
    }


def lost(session: Session, order: WordingOrder, asked: Wording) -> None:
    """Count a rewording of which nothing could be used; a report that is gone takes its count with it."""
    there = select(ReportRow.id).where(ReportRow.id == order.report_id).with_for_update()
    if session.scalar(there) is not None:
        session.add(
            LostWording(
                report_id=order.report_id,
                model=asked.model,
                sentences=asked.sentences,
                refused=asked.refused,
            )
        )


def revisions(session: Session, report_id: int) -> tuple[Revision, ...]:
    """Return every wording of a report, newest first.

    Raises:
        NotFound: there is no such report.
    """
    reports.get(session, report_id)
    rows = session.scalars(
        select(NarrativeRow).where(NarrativeRow.report_id == report_id).order_by(NarrativeRow.revision.desc())
    )
    return tuple(_revision(row) for row in rows)


def _revision(row: NarrativeRow) -> Revision:
    told = Narrative.from_dict(row.body)
    return Revision(row.revision, row.narrator, told.headline, told.wording, row.prompt, row.created_at)


def pass_rates(session: Session) -> tuple[PassRate, ...]:
    """Return how each model fared that was ever asked, by name; what came to nothing counts too.

    A wording that was cancelled, or whose worker died, was never judged and counts nowhere.
    """
    row, gone = NarrativeRow, LostWording
    wordings = union_all(
        select(
            row.model.label("model"),
            case((row.narrator == row.model, 1), else_=0).label("used"),
            row.sentences.label("sentences"),
            row.refused.label("refused"),
        ).where(row.model.is_not(None)),
        select(gone.model, literal(0), gone.sentences, gone.refused),
    ).subquery()
    of = wordings.c
    query = (
        select(of.model, func.count(), func.sum(of.used), func.sum(of.sentences), func.sum(of.refused))
        .group_by(of.model)
        .order_by(of.model)
    )
    return tuple(
        PassRate(model, asked, int(used), int(sentences or 0), int(refused or 0))
        for model, asked, used, sentences, refused in session.execute(query)
    )
