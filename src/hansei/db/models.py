"""The tables. A row of ``jobs`` is the truth about a task; the broker only rings.

No table has a column for a person: what is measured belongs to a team.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    String,
    Text,
    false,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from hansei.db.types import Json, UtcDateTime, database_time

STATUSES = ("PENDING", "STARTED", "RETRY", "SUCCESS", "FAILURE", "REVOKED")
FINAL = ("SUCCESS", "FAILURE", "REVOKED")
KINDS = ("report", "sync", "cleanup", "export", "narrative")
SCOPES = ("read", "write", "admin")
CHOICES = ("experiment", "own", "nothing")
ANSWERS = ("confirmed", "rejected", "unsure")
#: How a team's last sync from a source went. ``empty``: no sprint where there were some; ``lost_access``: 401, 403
#: or 404, which says nothing of what is there.
SYNC_STATES = ("ok", "empty", "lost_access", "refused", "unavailable")
OUTCOMES = ("worked", "no_useful_effect", "made_it_worse", "inconclusive")
CONCLUSIONS = ("keep", "stop", "change")


def _one_of(column: str, words: tuple[str, ...]) -> CheckConstraint:
    listed = ", ".join(f"'{w}'" for w in words)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


class Base(DeclarativeBase):
    """Names every constraint, so that migrations can speak of it."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar = {datetime: UtcDateTime, dict[str, Any]: Json, list[Any]: Json}


class Team(Base):
    """A team; its id is chosen by the caller and never changes.

    ``model_wording``: the team lets a language model word its reports, where one is configured.
    """

    __tablename__ = "teams"

    id: Mapped[str] = mapped_column(String(100), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    sample: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str | None] = mapped_column(Text)
    model_wording: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[datetime] = mapped_column(insert_default=database_time())


class SourceRow(Base):
    """Where sprints come from: provenance, and for a connected source its encrypted key.

    ``connected`` marks those that people added; the others are Hansei's own doors (the environment's metrics API,
    tables, rows sent over the API). ``secret_key_id`` names the key of Hansei that ``secret`` is encrypted with.
    """

    __tablename__ = "sources"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    kind: Mapped[str] = mapped_column(String(40))
    address: Mapped[str | None] = mapped_column(Text)
    team_id: Mapped[str | None] = mapped_column(ForeignKey("teams.id", ondelete="SET NULL"), index=True)
    last_sync_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(Text)
    connected: Mapped[bool] = mapped_column(default=False, server_default=false())
    secret: Mapped[str | None] = mapped_column(Text)
    secret_key_id: Mapped[str | None] = mapped_column(String(16))


class TeamSource(Base):
    """A source of a team, its place in the team's order, and how its last sync for this team went."""

    __tablename__ = "team_sources"
    __table_args__ = (_one_of("state", SYNC_STATES),)

    team_id: Mapped[str] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("sources.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int]
    state: Mapped[str] = mapped_column(String(20), default="ok")
    last_sync_at: Mapped[datetime | None]
    last_rows: Mapped[int | None]
    last_refused: Mapped[int | None]
    last_error: Mapped[str | None] = mapped_column(Text)
    last_error_at: Mapped[datetime | None]


class SourceSprint(Base):
    """What one source says of a sprint, as last stored. ``merged_id`` is the sprint that it is a row of.

    ``assumed``: its dates were computed from an answer, since the table had none. ``revised`` holds, for each value
    that changed after the sprint had closed, when it last did (``at``) and what it was at the close (``was``);
    ``revised_at`` is the last of these moments.
    """

    __tablename__ = "source_sprints"
    __table_args__ = (Index("ix_source_sprints_team_id_merged_id", "team_id", "merged_id"),)

    team_id: Mapped[str] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True)
    source_id: Mapped[int] = mapped_column(
        ForeignKey("sources.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    sprint_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    merged_id: Mapped[str] = mapped_column(String(100))
    name: Mapped[str] = mapped_column(String(100))
    start_at: Mapped[datetime | None]
    end_at: Mapped[datetime | None]
    metrics: Mapped[dict[str, Any]]
    extra: Mapped[dict[str, Any]]
    sizes: Mapped[dict[str, Any] | None] = mapped_column(Json(none_as_null=True))
    provisional: Mapped[bool] = mapped_column(default=False)
    assumed: Mapped[bool] = mapped_column(default=False, server_default=false())
    first_synced_at: Mapped[datetime] = mapped_column(insert_default=database_time())
    last_synced_at: Mapped[datetime] = mapped_column(insert_default=database_time())
    revised_at: Mapped[datetime | None]
    revised: Mapped[dict[str, Any] | None] = mapped_column(Json(none_as_null=True))


class Sprint(Base):
    """One sprint of one team, put together from its rows in ``source_sprints`` (core/merging.py).

    ``source_id`` is the first source that knows it. ``revised_at``: values changed after it had closed.
    """

    __tablename__ = "sprints"
    __table_args__ = (Index("ix_sprints_team_id_end_at", "team_id", "end_at"),)

    team_id: Mapped[str] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True)
    sprint_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    start_at: Mapped[datetime | None]
    end_at: Mapped[datetime | None]
    metrics: Mapped[dict[str, Any]]
    extra: Mapped[dict[str, Any]]
    sizes: Mapped[dict[str, Any] | None] = mapped_column(Json(none_as_null=True))
    provisional: Mapped[bool] = mapped_column(default=False)
    assumed: Mapped[bool] = mapped_column(default=False, server_default=false())
    source_id: Mapped[int | None] = mapped_column(ForeignKey("sources.id", ondelete="SET NULL"), index=True)
    first_synced_at: Mapped[datetime] = mapped_column(insert_default=database_time())
    last_synced_at: Mapped[datetime] = mapped_column(insert_default=database_time())
    revised_at: Mapped[datetime | None]


class SprintNote(Base):
    """What the team knows of a sprint that no number says; ``left_out`` keeps it out of every statistic.

    ``left_out_after`` is the newest report that had used the sprint when it was left out.
    """

    __tablename__ = "sprint_notes"

    team_id: Mapped[str] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True)
    sprint_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    kinds: Mapped[list[Any]]
    text: Mapped[str | None] = mapped_column(Text)
    left_out: Mapped[bool] = mapped_column(default=False)
    left_out_at: Mapped[datetime | None]
    left_out_after: Mapped[int | None]
    updated_at: Mapped[datetime] = mapped_column(insert_default=database_time())


class ImportAnswers(Base):
    """What the team answered about its last table, so that the next one asks nothing."""

    __tablename__ = "import_answers"

    team_id: Mapped[str] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True)
    answers: Mapped[dict[str, Any]]
    updated_at: Mapped[datetime] = mapped_column(insert_default=database_time())


class Job(Base):
    """A task. ``attempt`` is the fence: every write of a worker is guarded by the attempt it claimed."""

    __tablename__ = "jobs"
    __table_args__ = (
        _one_of("status", STATUSES),
        _one_of("kind", KINDS),
        Index("ix_jobs_created_at_id", "created_at", "id"),
        Index("ix_jobs_team_id_created_at", "team_id", "created_at"),
        # The relay and the sweep look only at unfinished rows, which stay few however many have ended.
        Index(
            "ix_jobs_waiting",
            "run_at",
            postgresql_where=text("status IN ('PENDING', 'RETRY')"),
            sqlite_where=text("status IN ('PENDING', 'RETRY')"),
        ),
        Index(
            "ix_jobs_unsent",  # a team's next one, however many wait behind it
            "queue",
            "team_id",
            "run_at",
            "id",
            postgresql_where=text("status IN ('PENDING', 'RETRY') AND published_at IS NULL"),
            sqlite_where=text("status IN ('PENDING', 'RETRY') AND published_at IS NULL"),
        ),
        Index(
            "ix_jobs_leases",
            "lease_until",
            postgresql_where=text("status = 'STARTED'"),
            sqlite_where=text("status = 'STARTED'"),
        ),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    queue: Mapped[str] = mapped_column(String(40))
    team_id: Mapped[str | None] = mapped_column(String(100))
    params: Mapped[dict[str, Any]]
    status: Mapped[str] = mapped_column(String(10), default="PENDING")
    attempt: Mapped[int] = mapped_column(default=0)
    crashes: Mapped[int] = mapped_column(default=0)
    retries: Mapped[int] = mapped_column(default=0)
    percent: Mapped[int] = mapped_column(default=0)
    stage: Mapped[str] = mapped_column(String(100), default="waiting")
    worker: Mapped[str | None] = mapped_column(String(200))
    lease_until: Mapped[datetime | None]
    run_at: Mapped[datetime] = mapped_column(insert_default=database_time())
    published_at: Mapped[datetime | None]
    result: Mapped[dict[str, Any] | None] = mapped_column(Json(none_as_null=True))
    error: Mapped[str | None] = mapped_column(Text)
    error_type: Mapped[str | None] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(insert_default=database_time())
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class ReportRow(Base):
    """A stored report: ``body`` is the engine's ``to_dict()`` and never changes. ``read_at``: when it read the team."""

    __tablename__ = "reports"
    __table_args__ = (
        Index("ix_reports_team_id_created_at", "team_id", "created_at"),
        Index("ix_reports_team_id_id", "team_id", "id"),  # a team's newest one
        # Ids are never used twice: a deleted report's address must not show another one.
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    team_id: Mapped[str] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"))
    job_id: Mapped[str | None] = mapped_column(ForeignKey("jobs.id", ondelete="SET NULL"), unique=True)
    headline: Mapped[str] = mapped_column(String(200))
    summary: Mapped[str] = mapped_column(Text)
    custom_context: Mapped[str | None] = mapped_column(Text)
    body: Mapped[dict[str, Any]]
    fingerprint: Mapped[str] = mapped_column(String(64))
    read_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(insert_default=database_time(), index=True)


class NarrativeRow(Base):
    """The prose of a report; another wording is another revision.

    Where a language model was asked: which, what it was sent, how many sentences it offered, and how many of them were
    refused.
    """

    __tablename__ = "narratives"

    report_id: Mapped[int] = mapped_column(ForeignKey("reports.id", ondelete="CASCADE"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    narrator: Mapped[str] = mapped_column(String(100))
    body: Mapped[dict[str, Any]]
    model: Mapped[str | None] = mapped_column(String(100), index=True)
    prompt: Mapped[str | None] = mapped_column(Text)
    sentences: Mapped[int | None]
    refused: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(insert_default=database_time())


class LostWording(Base):
    """A rewording of which nothing could be used: it left no revision, and counts in how its model fares."""

    __tablename__ = "lost_wordings"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("reports.id", ondelete="CASCADE"), index=True)
    model: Mapped[str] = mapped_column(String(100))
    sentences: Mapped[int]
    refused: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(insert_default=database_time())


class HypothesisRow(Base):
    """A lead of a report, with an id of its own so that feedback can point at it."""

    __tablename__ = "hypotheses"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("reports.id", ondelete="CASCADE"), index=True)
    evidence_id: Mapped[str] = mapped_column(String(10))
    family: Mapped[str] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(Text)
    probability: Mapped[float]
    confidence: Mapped[str] = mapped_column(String(10))


class ExperimentRow(Base):
    """An experiment: proposed by a report or written by the team, and once started independent of its report.

    ``plan`` holds the words of it, ``start`` what was frozen when it began (core.trials.Start), ``verdict`` what it
    showed (core.trials.Judged): each is written once. ``conclusion`` is the team's own: keep it, stop it, change it.
    """

    __tablename__ = "experiments"
    __table_args__ = (
        _one_of("state", ("proposed", "running", "judged", "abandoned")),
        _one_of("outcome", OUTCOMES),
        _one_of("conclusion", CONCLUSIONS),
        # Few run; thousands were proposed.
        Index("ix_experiments_state_id", "state", "id"),
        Index("ix_experiments_team_id_state_id", "team_id", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    team_id: Mapped[str] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"))
    report_id: Mapped[int | None] = mapped_column(ForeignKey("reports.id", ondelete="SET NULL"), index=True)
    hypothesis_id: Mapped[int | None] = mapped_column(
        ForeignKey("hypotheses.id", ondelete="SET NULL"), index=True
    )
    evidence_id: Mapped[str] = mapped_column(String(10))
    family: Mapped[str] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10), default="proposed")
    registration: Mapped[dict[str, Any]]
    fingerprint: Mapped[str] = mapped_column(String(64))
    started_at: Mapped[datetime | None]
    judged_at: Mapped[datetime | None]
    verdict: Mapped[dict[str, Any] | None] = mapped_column(Json(none_as_null=True))
    plan: Mapped[dict[str, Any] | None] = mapped_column(Json(none_as_null=True))
    start: Mapped[dict[str, Any] | None] = mapped_column(Json(none_as_null=True))
    outcome: Mapped[str | None] = mapped_column(String(20))
    abandoned_at: Mapped[datetime | None]
    abandoned_because: Mapped[str | None] = mapped_column(Text)
    conclusion: Mapped[str | None] = mapped_column(String(10))
    concluded_because: Mapped[str | None] = mapped_column(Text)
    concluded_at: Mapped[datetime | None]


class Decision(Base):
    """What the team decided after the meeting about a report: an experiment of it, one of its own, or nothing.

    It outlives its report.
    """

    __tablename__ = "decisions"
    __table_args__ = (_one_of("choice", CHOICES),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    team_id: Mapped[str] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"), index=True)
    report_id: Mapped[int | None] = mapped_column(ForeignKey("reports.id", ondelete="SET NULL"), unique=True)
    choice: Mapped[str] = mapped_column(String(10))
    experiment_id: Mapped[int | None] = mapped_column(
        ForeignKey("experiments.id", ondelete="SET NULL"), index=True
    )
    own: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    role: Mapped[str | None] = mapped_column(String(100))
    decided_at: Mapped[datetime] = mapped_column(insert_default=database_time())


class Feedback(Base):
    """What the team thinks of a lead. It outlives the lead: family and stated probability are its own."""

    __tablename__ = "feedback"
    __table_args__ = (_one_of("answer", ANSWERS),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    team_id: Mapped[str] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"), index=True)
    hypothesis_id: Mapped[int | None] = mapped_column(
        ForeignKey("hypotheses.id", ondelete="SET NULL"), unique=True
    )
    family: Mapped[str] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(Text)
    probability: Mapped[float]
    answer: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(Text, default="")
    answered_at: Mapped[datetime] = mapped_column(insert_default=database_time())


class Rendering(Base):
    """A drawn form of a stored report, kept because drawing it again would cost a second and change nothing."""

    __tablename__ = "renderings"

    report_id: Mapped[int] = mapped_column(ForeignKey("reports.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    made_by: Mapped[str] = mapped_column(String(60))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime] = mapped_column(insert_default=database_time())


class ExperimentDrawing(Base):
    """The drawn chart of an experiment as it stood; ``made_by`` tells from which values and by which version."""

    __tablename__ = "experiment_drawings"

    experiment_id: Mapped[int] = mapped_column(
        ForeignKey("experiments.id", ondelete="CASCADE"), primary_key=True
    )
    made_by: Mapped[str] = mapped_column(String(60))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime] = mapped_column(insert_default=database_time())


class Share(Base):
    """A link to one report for readers without a token: only the SHA-256 of its secret is kept."""

    __tablename__ = "shares"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("reports.id", ondelete="CASCADE"), index=True)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    with_note: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(insert_default=database_time())
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class PageSession(Base):
    """A browser that came with a valid token: only the SHA-256 of its cookie is kept."""

    __tablename__ = "page_sessions"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    token_id: Mapped[int] = mapped_column(ForeignKey("tokens.id", ondelete="CASCADE"), index=True)
    expires_at: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(insert_default=database_time())


class Token(Base):
    """An access token: only its SHA-256 is kept."""

    __tablename__ = "tokens"
    __table_args__ = (_one_of("scope", SCOPES),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    name: Mapped[str] = mapped_column(String(100))
    prefix: Mapped[str] = mapped_column(String(20), unique=True)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    scope: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[datetime] = mapped_column(insert_default=database_time())
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class IdempotencyKey(Base):
    """What a key was first used for: the same key and body give the same job, or the same answer, again."""

    __tablename__ = "idempotency_keys"

    owner: Mapped[str] = mapped_column(String(40), primary_key=True)
    route: Mapped[str] = mapped_column(String(100), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    body_sha256: Mapped[str] = mapped_column(String(64))
    job_id: Mapped[str | None] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), index=True)
    answer: Mapped[dict[str, Any] | None] = mapped_column(Json(none_as_null=True))
    created_at: Mapped[datetime] = mapped_column(insert_default=database_time(), index=True)


class WorkerSeen(Base):
    """When a worker last said that it lives, and which queues it serves.

    ``process`` said so last; ``shared_at`` is when another one of the same name was last seen to live.
    """

    __tablename__ = "workers"

    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    queues: Mapped[str] = mapped_column(String(200))
    pool: Mapped[str] = mapped_column(String(40))
    process: Mapped[str | None] = mapped_column(String(40))
    seen_at: Mapped[datetime] = mapped_column(insert_default=database_time())
    shared_at: Mapped[datetime | None]
