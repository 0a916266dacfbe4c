"""Bodies as they go over the wire. Requests refuse unknown fields and types that only look right."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema, field_validator

from hansei.core.metrics import stamp
from hansei.core.report import plain
from hansei.core.words import ENGLISH
from hansei.jobs import JobView
from hansei.services import privacy
from hansei.services.decisions import DecisionView
from hansei.services.experiments import ExperimentView
from hansei.services.feedback import LeadView
from hansei.services.imports import Imported
from hansei.services.reports import ReportLine
from hansei.services.shares import DEFAULT_DAYS, MAX_DAYS, NewShare, ShareView
from hansei.services.sources import SourceView
from hansei.services.teams import NoteView, SprintView, TeamView
from hansei.services.teams import ValueOrigin as Origin
from hansei.services.wording import Revision

Moment = Annotated[
    datetime,
    PlainSerializer(stamp, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""A moment, written in UTC as ISO 8601 with ``Z``."""
TEAM_ID = r"^[A-Za-z0-9._-]{1,100}$"
TeamId = Annotated[str, Field(pattern=TEAM_ID, description="Chosen by the caller; case-sensitive.")]
Status = Literal["PENDING", "STARTED", "RETRY", "SUCCESS", "FAILURE", "REVOKED"]
Kind = Literal["report", "sync", "cleanup", "export", "narrative"]


class Request(BaseModel):
    """Base of what is sent in."""

    model_config = ConfigDict(extra="forbid", strict=True)


class AsyncReportRequest(Request):
    """What to report on; every field may be left out."""

    sprint_count: Annotated[
        int | None,
        Field(ge=2, le=52, description="The latest closed sprints. Default 5; not with sprint_ids."),
    ] = None
    sprint_ids: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=100)]] | None,
        Field(min_length=2, max_length=200, json_schema_extra={"uniqueItems": True}),
    ] = None
    custom_context: Annotated[
        str | None, Field(max_length=4000, description="The team's own note; shown in the report.")
    ] = None
    focus_metrics: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=100)]] | None,
        Field(
            max_length=60, description="Names or aliases; order and filter what is shown, not what is tested."
        ),
    ] = None
    team_id: TeamId | None = None

    @field_validator("sprint_ids")
    @classmethod
    def _unique(cls, ids: list[str] | None) -> list[str] | None:
        if ids is not None and len(set(ids)) < len(ids):
            twice = next(i for n, i in enumerate(ids) if i in ids[:n])
            raise ValueError(f"“sprint_ids” names {twice[:60]!r} twice: send each once.")
        return ids


class AsyncMetricsSyncRequest(Request):
    """What to fetch from the metrics source; every field may be left out."""

    sprint_count: Annotated[int, Field(ge=1, le=200, description="The latest sprints.")] = 5
    team_id: TeamId | None = None
    force_refresh: Annotated[bool, Field(description="Update closed sprints that are stored already.")] = (
        False
    )
    source: Annotated[
        str | None,
        Field(min_length=1, max_length=100, description="Name of the source; default: the default one."),
    ] = None


class CleanupRequest(Request):
    """Which reports to delete; started experiments keep theirs."""

    days_to_keep: Annotated[int, Field(ge=1, le=36_500)] = 90
    dry_run: Annotated[bool, Field(description="Only count.")] = False


class TeamRequest(Request):
    """A team's own fields."""

    name: Annotated[str | None, Field(min_length=1, max_length=200, description="Default: the id.")] = None


class Accepted(BaseModel):
    """A task that will run."""

    task_id: str
    status: Status
    message: str


class AsyncReportResponse(Accepted):
    """A report task that will run."""


class AsyncMetricsSyncResponse(Accepted):
    """A sync task that will run."""


class CleanupResponse(Accepted):
    """A cleanup task that will run."""


class Cancelled(BaseModel):
    """A task that was cancelled; final."""

    task_id: str
    status: Literal["REVOKED"]
    message: str


class TaskProgress(BaseModel):
    """How far a task is; percent never goes back."""

    percent: Annotated[int, Field(ge=0, le=100)]
    stage: str


class TaskStatus(BaseModel):
    """A task as it stands."""

    task_id: str
    status: Status
    result: dict[str, Any] | None
    error: str | None
    kind: Kind
    team_id: str | None
    progress: TaskProgress
    attempts: int
    created_at: Moment
    started_at: Moment | None
    finished_at: Moment | None
    error_type: str | None

    @classmethod
    def of(cls, job: JobView) -> TaskStatus:
        """Return the wire form of a job."""
        return cls(
            task_id=job.id,
            status=job.status,  # type: ignore[arg-type]  # the database checks that it is one of these
            result=dict(job.result) if job.result is not None else None,
            error=job.error,
            kind=job.kind,  # type: ignore[arg-type]  # as above
            team_id=job.team_id,
            progress=TaskProgress(percent=job.percent, stage=job.stage),
            attempts=job.attempts,
            created_at=job.created_at,
            started_at=job.started_at,
            finished_at=job.finished_at,
            error_type=job.error_type,
        )


class TaskList(BaseModel):
    """Tasks, newest first."""

    items: list[TaskStatus]
    next_cursor: str | None


class TeamOut(BaseModel):
    """A team and how much is stored of it."""

    team_id: str
    name: str
    sample: bool
    note: str | None
    sprints: int
    reports: int
    last_synced_at: Moment | None
    created_at: Moment

    @classmethod
    def of(cls, team: TeamView) -> TeamOut:
        """Return the wire form of a team."""
        return cls.model_validate(team, from_attributes=True)


class TeamList(BaseModel):
    """Teams by id, A to Z."""

    items: list[TeamOut]
    next_cursor: str | None


class ValueOrigin(BaseModel):
    """Where one value comes from."""

    source: str
    synced_at: Moment
    revised_at: Annotated[
        Moment | None, Field(description="When it last changed after the sprint had closed.")
    ]
    was: Annotated[Any, Field(description="What it was at the close, where it changed later.")]


class ValueDifference(BaseModel):
    """Two sources disagree: the value that counts, and the other one."""

    metric: str
    source: str
    value: Any
    other_source: str
    other_value: Any


class NoteIn(Request):
    """What the team notes of a sprint."""

    kinds: Annotated[
        list[Literal["holiday", "people_away", "incident", "release_freeze", "other"]], Field(max_length=5)
    ] = []
    text: Annotated[
        str | None,
        Field(max_length=2000, description="No names, please: e-mail addresses and @handles are masked."),
    ] = None
    left_out: Annotated[bool, Field(description="Keep the sprint out of every statistic.")] = False


class NoteOut(BaseModel):
    """What is noted of a sprint."""

    kinds: list[str]
    text: str | None
    left_out: bool
    left_out_at: Moment | None
    left_out_after: Annotated[
        int | None, Field(description="The newest report that had used the sprint when it was left out.")
    ]

    @classmethod
    def of(cls, note: NoteView) -> NoteOut:
        """Read it from its view."""
        return cls.model_validate(note, from_attributes=True)


class SprintOut(BaseModel):
    """A stored sprint: its header, every metric that has a value, and where it came from."""

    model_config = ConfigDict(extra="allow")

    sprint_id: str
    sprint_name: str
    provisional: Annotated[bool, Field(description="It had not ended at its last sync.")]
    dates_assumed: Annotated[
        bool, Field(description="Its dates were computed from an answer, since no source had them.")
    ]
    source: str | None
    first_synced_at: Moment
    last_synced_at: Moment
    revised_at: Annotated[Moment | None, Field(description="When values changed after it had closed.")]
    withheld: Annotated[list[str], Field(description="Metrics not shown because too few people answered.")]
    sources: Annotated[list[str], Field(description="Who knows the sprint, in the team's order.")]
    provenance: Annotated[dict[str, ValueOrigin], Field(description="The origin of each value, by metric.")]
    removed: Annotated[
        dict[str, ValueOrigin],
        Field(description="What had a value at the close and has none any more, by metric."),
    ]
    differences: Annotated[list[ValueDifference], Field(description="Where sources disagree.")]
    note: Annotated[NoteOut | None, Field(description="What the team noted of it.")]


class SprintStored(SprintOut):
    """A sprint as it was stored, and what to look at in what was sent."""

    unknown_names: Annotated[list[str], Field(description="Series that the registry does not know; kept.")]
    notes: list[str]


class SourceOfTeam(BaseModel):
    """A source of a team: how its last sync went, and what is stored of it."""

    name: str
    kind: str
    connected: Annotated[bool, Field(description="Added under /sources, so it can be synced by name.")]
    state: Annotated[
        Literal["ok", "empty", "lost_access", "refused", "unavailable"],
        Field(description="empty: no sprint where there were some; lost_access: 401, 403 or 404."),
    ]
    last_error: str | None
    last_error_at: Moment | None
    last_sync_at: Moment | None
    rows: int
    refused: Annotated[int | None, Field(description="Rows that its last sync refused.")]
    revised: Annotated[int, Field(description="Sprints of it that changed after they had closed.")]


class QualityFinding(BaseModel):
    """One thing to know about the record."""

    kind: str
    metric: Annotated[str, Field(description="Empty where it concerns no single metric.")]
    text: str
    withholds: Annotated[bool, Field(description="Nothing is concluded from this metric.")]


class QualityOut(BaseModel):
    """What the record of a team is worth."""

    verdict: Literal["good", "gaps", "alarm"]
    findings: list[QualityFinding]
    sources: Annotated[list[SourceOfTeam], Field(description="The first one counts first.")]


class OrderIn(Request):
    """Which source counts first."""

    order: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=100)]],
        Field(
            min_length=1,
            max_length=100,
            description="Names of the team's sources; the rest follow as they are.",
        ),
    ]


class SourceIn(Request):
    """A source to connect."""

    kind: Literal["metrics_api"] = "metrics_api"
    address: Annotated[
        str,
        Field(
            min_length=1,
            max_length=2000,
            description="Its base URL: the address without /sprints.",
        ),
    ]
    key: Annotated[
        str | None,
        Field(
            max_length=4000, description="Its Bearer key. Left out: a stored one stays. Never shown again."
        ),
    ] = None
    team_id: Annotated[
        TeamId | None,
        Field(description="The only team that it gives sprints of: it is asked without team_id."),
    ] = None


class SourceOut(BaseModel):
    """A source; its key is never shown."""

    name: str
    kind: str
    address: Annotated[str, Field(description="Without its query.")]
    team_id: str | None
    has_key: bool
    last_sync_at: Moment | None
    last_error: str | None
    connected: Annotated[
        bool,
        Field(
            description="Added under /sources; else the environment names it, or it is the running sample."
        ),
    ]

    @classmethod
    def of(cls, source: SourceView) -> SourceOut:
        """Read it from its view."""
        return cls.model_validate(source, from_attributes=True)


class SourceList(BaseModel):
    """The environment's source, if it names one, then the connected ones, A to Z."""

    items: list[SourceOut]
    next_cursor: str | None


class SourceTest(BaseModel):
    """What a source gave when it was asked for one sprint; nothing of it is stored."""

    sprints: list[str]
    measures: list[str]
    unknown_names: list[str]
    refused: list[str]
    notes: list[str]


class SprintList(BaseModel):
    """Sprints, newest first."""

    items: list[SprintOut]
    next_cursor: str | None


class SprintBatch(Request):
    """Sprints to store."""

    items: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=10_000)]


class RejectedRow(BaseModel):
    """A row that was not stored, by its place in what was sent (0-based), and why."""

    row: int
    sprint_id: str | None
    reason: str


class Upserted(BaseModel):
    """What a bulk upsert did; the four counts add up to the rows sent (rows sent twice count once)."""

    status: Literal["success"]
    created: int
    updated: int
    skipped: int
    rejected: list[RejectedRow]
    unknown_names: Annotated[list[str], Field(description="Series that the registry does not know; kept.")]
    notes: list[str]


class ImportRequest(Request):
    """A table as JSON: what was pasted, and answers to what an earlier look at it asked."""

    text: Annotated[str, Field(min_length=1, description="CSV, TSV or what was pasted.")]
    answers: Annotated[
        dict[Annotated[str, Field(max_length=100)], Annotated[str, Field(max_length=200)]],
        Field(description="By the question's key."),
    ] = {}


class ColumnOut(BaseModel):
    """A column: what it was read as, or why it was not used. ``header`` only where it was recognised."""

    number: Annotated[int, Field(description="From 1.")]
    header: str
    name: str
    title: str
    unit: str
    reason: str
    sentence: str


class QuestionOut(BaseModel):
    """Something that the table leaves open. Nothing is stored while a ``needed`` one has no answer."""

    key: str
    text: str
    form: Literal["choice", "columns", "date", "number", "text"]
    choices: list[str]
    default: str
    needed: bool
    given: str


class ChangeOut(BaseModel):
    """A stored value that the table would change; null where there is none."""

    sprint_id: str
    metric: str
    old: Any
    new: Any


class ImportOut(BaseModel):
    """What an import did, or would do where it is not stored."""

    status: Literal["success"]
    team_id: str
    stored: bool
    kind: Literal["sprints", "items", "sprint_report"]
    created: int
    updated: int
    unchanged: int
    rejected: list[RejectedRow]
    changes: list[ChangeOut]
    columns: list[ColumnOut]
    questions: list[QuestionOut]
    notes: list[str]
    cannot: Annotated[list[str], Field(description="What such a table never holds, and where it is found.")]
    worth: Annotated[str, Field(description="How small a change a report would notice; what to add.")]
    dates_assumed: bool
    unknown_names: list[str]


def import_out(done: Imported) -> dict[str, Any]:
    """Return an import as it goes over the wire."""
    reading = done.reading
    return {
        "status": "success",
        "team_id": done.team_id,
        "stored": done.stored,
        "kind": reading.kind,
        "created": len(done.created),
        "updated": len(done.changed) + len(done.refreshed),
        "unchanged": done.unchanged,
        "rejected": [{"row": r.row, "sprint_id": r.sprint_id, "reason": r.reason} for r in reading.rejected],
        "changes": [
            {"sprint_id": c.sprint_id, "metric": v.metric, "old": _plain(v.old), "new": _plain(v.new)}
            for c in done.changed
            for v in c.values
        ],
        "columns": [
            {
                "number": c.number,
                "header": c.header,
                "name": c.name,
                "title": c.title,
                "unit": c.unit,
                "reason": c.reason,
                "sentence": c.sentence(),
            }
            for c in reading.columns
        ],
        "questions": [
            {
                "key": q.key,
                "text": q.text,
                "form": q.form,
                "choices": [value for value, _ in q.choices],
                "default": q.default,
                "needed": q.needed,
                "given": q.given,
            }
            for q in reading.questions
        ],
        "notes": reading.notes,
        "cannot": reading.cannot,
        "worth": done.worth,
        "dates_assumed": reading.assumed,
        "unknown_names": reading.unknown_names,
    }


def _plain(value: object) -> object:
    return stamp(value) if isinstance(value, datetime) else value


class ReportItem(BaseModel):
    """A report in a list."""

    report_id: int
    team_id: str
    headline: str
    sprints_analyzed: int
    hypotheses_count: int
    experiments_count: int
    created_at: Moment

    @classmethod
    def of(cls, line: ReportLine) -> ReportItem:
        """Return the wire form of a line."""
        return cls.model_validate(line, from_attributes=True)


class ReportList(BaseModel):
    """Reports, newest first."""

    items: list[ReportItem]
    next_cursor: str | None


class ReportOut(BaseModel):
    """A stored report: the engine's whole report under a header. Every number carries an evidence id."""

    model_config = ConfigDict(extra="allow")

    report_id: int
    team_id: str
    headline: str
    summary: str
    custom_context: str | None
    created_at: Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
    sprints_analyzed: int
    baseline_sprints: int
    narrative: dict[str, Any]


class WordingIn(Request):
    """Who words the report again."""

    narrator: Annotated[
        Literal["team", "template"],
        Field(description="Whoever words the team's reports, or the built-in template in any case."),
    ] = "team"


class RevisionOut(BaseModel):
    """One wording of a report."""

    revision: int
    narrator: str
    headline: str
    wording: Annotated[
        dict[str, Any] | None,
        Field(
            description="Where a language model was asked: which parts stand in its words, and what it took."
        ),
    ]
    prompt: Annotated[str | None, Field(description="What a language model was sent for it.")]
    created_at: Moment

    @classmethod
    def of(cls, found: Revision) -> RevisionOut:
        """Read it from its view."""
        asked = found.wording.to_dict() if found.wording else None
        return cls(
            revision=found.revision,
            narrator=found.narrator,
            headline=found.headline,
            wording=asked,
            prompt=found.prompt,
            created_at=found.created_at,
        )


class RevisionList(BaseModel):
    """Every wording of a report, newest first; the newest is the one that is shown."""

    items: list[RevisionOut]


class TeamWordingIn(Request):
    """Who may word a team's reports."""

    model: Annotated[bool, Field(description="The language model that is configured may.")]


class TeamWordingOut(BaseModel):
    """Who words a team's reports from now on."""

    team_id: str
    narrator: str


class PassRateOut(BaseModel):
    """How a model fared under the checker so far."""

    model: str
    asked: Annotated[int, Field(description="Wordings that it was asked for.")]
    used: Annotated[int, Field(description="Wordings with something in its words.")]
    sentences: int
    refused: int
    passed: Annotated[float | None, Field(description="Share of its sentences that could be said, 0 to 1.")]


class Sent(BaseModel):
    """One kind of thing that leaves the installation, and how much of it."""

    what: str
    how_much: str


class WordingOut(BaseModel):
    """Who words reports here; with a language model, exactly what it is sent."""

    narrator: str
    address: Annotated[str | None, Field(description="Where a language model is asked.")]
    seconds: Annotated[float | None, Field(description="At most so long for a report.")]
    tokens: Annotated[int | None, Field(description="At most so many for a report, sent and received.")]
    sends: list[Sent]
    never_sends: list[str]
    instructions: Annotated[str | None, Field(description="Sent with every report, word for word.")]
    pass_rates: list[PassRateOut]


class FeedbackIn(Request):
    """The team's answer to a lead."""

    answer: Literal["confirmed", "rejected", "unsure"]
    reason: Annotated[str, Field(max_length=2000, description="Why, in a sentence. No names.")] = ""


class LeadOut(BaseModel):
    """A lead of a report and the team's answer to it; ``answer`` is null until there is one."""

    hypothesis_id: int
    report_id: int
    evidence_id: str
    title: str
    answer: Literal["confirmed", "rejected", "unsure"] | None
    reason: str

    @classmethod
    def of(cls, lead: LeadView) -> LeadOut:
        """Read it from its view."""
        return cls.model_validate(lead, from_attributes=True)


class LeadList(BaseModel):
    """The leads of a report, in its order."""

    items: list[LeadOut]
    next_cursor: str | None


class DecisionIn(Request):
    """What the team decided after the meeting."""

    choice: Annotated[
        Literal["experiment", "own", "nothing"],
        Field(description="One of the report's, one of its own, or none."),
    ]
    experiment: Annotated[
        str | None,
        Field(pattern=r"^E[0-9]{1,4}$", description="The chosen experiment's evidence id, such as E1."),
    ] = None
    experiment_id: Annotated[
        int | None,
        Field(ge=1, lt=2**31, description="Instead of its evidence id: also one of the team's own."),
    ] = None
    own: Annotated[str, Field(max_length=2000, description="The team's own experiment, in a sentence.")] = ""
    reason: Annotated[str, Field(min_length=1, max_length=2000, description="Why; shown in the next report.")]
    role: Annotated[str, Field(max_length=100, description="The role that looks after it; no name.")] = ""


class DecisionOut(BaseModel):
    """A kept decision; ``what`` is the experiment's title or the team's own words, empty for nothing."""

    report_id: int
    choice: Literal["experiment", "own", "nothing"]
    what: str
    reason: str
    role: str
    decided_at: Moment

    @classmethod
    def of(cls, decision: DecisionView) -> DecisionOut:
        """Read it from its view."""
        return cls.model_validate(decision, from_attributes=True)


class ShareIn(Request):
    """Which report to share, for how long, and whether the team's own note goes along."""

    report_id: Annotated[int, Field(ge=1, lt=2**31)]
    expires_in_days: Annotated[int, Field(ge=1, le=MAX_DAYS)] = DEFAULT_DAYS
    with_note: Annotated[bool, Field(description="Show the team's own note too.")] = False


class ShareOut(BaseModel):
    """A link to one report, without its address."""

    share_id: int
    report_id: int
    with_note: bool
    created_at: Moment
    expires_at: Moment

    @classmethod
    def of(cls, view: ShareView) -> ShareOut:
        """Return the wire form of a link."""
        return cls.model_validate(view, from_attributes=True)


class ShareMade(ShareOut):
    """A link just made: ``url`` is shown only now."""

    url: str

    @classmethod
    def of_new(cls, made: NewShare, url: str) -> ShareMade:
        """Return the wire form of a new link."""
        return cls(**ShareOut.of(made.view).model_dump(), url=url)


class ShareList(BaseModel):
    """Links that still open, newest first."""

    items: list[ShareOut]
    next_cursor: str | None


class ExperimentStart(Request):
    """How a proposed experiment starts."""

    role: Annotated[str, Field(max_length=100, description="The role that looks after it; no name.")] = ""


class OwnExperiment(Request):
    """A team's own experiment, registered like any other and started at once."""

    team_id: TeamId
    title: Annotated[str, Field(min_length=1, max_length=200, description="What you will try. No names.")]
    metric: Annotated[
        str, Field(min_length=1, max_length=100, description="What will tell: a measure that the team has.")
    ]
    direction: Annotated[Literal["up", "down"], Field(description="Which way it should go.")]
    change: Annotated[str, Field(max_length=2000, description="What is done differently.")] = ""
    role: Annotated[str, Field(max_length=100, description="The role that looks after it; no name.")] = ""
    useful_effect: Annotated[
        float, Field(ge=0.05, le=0.9, description="The smallest change worth it, as a share of the level.")
    ] = 0.2
    sprints: Annotated[
        int, Field(ge=2, le=12, description="How many sprints it runs before its verdict.")
    ] = 4
    report_id: Annotated[
        int | None, Field(ge=1, lt=2**31, description="The report that the meeting was about.")
    ] = None


class ExperimentAbandon(Request):
    """Why a running experiment stops before its verdict."""

    reason: Annotated[str, Field(min_length=1, max_length=2000, description="In a sentence. No names.")]


class ConclusionIn(Request):
    """What the team makes of a verdict."""

    conclusion: Literal["keep", "stop", "change"]
    reason: Annotated[str, Field(max_length=2000, description="Why, in a sentence. No names.")] = ""


class RegistrationOut(BaseModel):
    """What an experiment is judged by; frozen at its start. Effects are fractions of the baseline's level."""

    metric: str
    direction: Literal["up", "down"]
    baseline_level: float | None
    useful_effect: float
    detectable_effect: float | None
    baseline_sprint_ids: list[str]
    sprints: int
    guardrails: list[str]
    rule: str
    fingerprint: str


class ExperimentProgress(BaseModel):
    """How far a started experiment is; there is no interim verdict."""

    done: Annotated[int, Field(description="Sprints that count and have closed.")]
    sprints: Annotated[int, Field(description="The registered number.")]
    text: str


class ExperimentOut(BaseModel):
    """An experiment: its words, its registration, how far it is, and the verdict once it is there."""

    experiment_id: int
    team_id: str
    report_id: int | None
    hypothesis_id: int | None
    evidence_id: str
    family: str
    title: str
    change: str
    steps: list[str]
    cost: str
    role: str
    state: Literal["proposed", "running", "judged", "abandoned"]
    registration: RegistrationOut
    fingerprint: Annotated[
        str, Field(description="Of the registration; from the start on, of all that is frozen.")
    ]
    started_at: Moment | None
    started_after: Annotated[str, Field(description="The last closed sprint when it started.")]
    progress: ExperimentProgress | None
    outcome: Literal["worked", "no_useful_effect", "made_it_worse", "inconclusive"] | None
    verdict: Annotated[
        dict[str, Any] | None,
        Field(
            description="Outcome, reason, goal and guardrails with interval and sample, sprints, fingerprint."
        ),
    ]
    judged_at: Moment | None
    abandoned_at: Moment | None
    abandoned_because: str
    conclusion: Literal["keep", "stop", "change"] | None
    concluded_at: Moment | None
    concluded_because: str

    @classmethod
    def of(cls, view: ExperimentView) -> ExperimentOut:
        """Return the wire form of an experiment."""
        progress = None
        if view.state in ("running", "judged"):
            of = view.registration.sprints
            text = (
                ENGLISH("early", n=view.now, of=of)
                if view.state == "running"
                else ENGLISH(view.outcome or "")
            )
            progress = ExperimentProgress(done=view.done, sprints=of, text=text)
        given = {name: getattr(view, name) for name in cls.model_fields if hasattr(view, name)}
        plan = view.plan
        told = {"change": plan.change, "steps": list(plan.steps), "cost": plan.cost, "role": plan.role}
        return cls.model_validate(
            given | told | {"registration": plain(view.registration), "progress": progress}
        )


class ExperimentDetails(ExperimentOut):
    """One experiment, and whether the sprints of its verdict have changed since."""

    late_changes: Annotated[
        list[str], Field(description="Judged sprints whose values changed afterwards; the verdict stands.")
    ]


class ExperimentList(BaseModel):
    """Experiments, newest first."""

    items: list[ExperimentOut]
    next_cursor: str | None


class Health(BaseModel):
    """The process is alive."""

    status: Literal["ok"]


class Check(BaseModel):
    """One thing that readiness rests on."""

    name: Literal["database", "migrations", "broker", "worker"]
    ok: bool
    detail: str


class Readiness(BaseModel):
    """``ready``, or ``degraded`` with what is missing and what still works."""

    status: Literal["ready", "degraded"]
    checks: list[Check]


class Version(BaseModel):
    """Which Hansei this is."""

    name: Literal["hansei"]
    version: str


def _origin(origin: Origin, hidden: bool) -> dict[str, Any]:
    return asdict(origin) | ({"was": None} if hidden else {})


def sprint_out(view: SprintView, *, withheld: bool) -> dict[str, Any]:
    """Return the wire form of a sprint, whose happiness was taken out where ``withheld``."""
    return {
        **view.metrics.to_payload(),
        "provisional": view.metrics.provisional,
        "dates_assumed": view.metrics.assumed,
        "source": view.source,
        "first_synced_at": stamp(view.first_synced_at),
        "last_synced_at": stamp(view.last_synced_at),
        "revised_at": stamp(view.revised_at) if view.revised_at else None,
        "withheld": ["team_happiness"] if withheld else [],
        "sources": list(view.sources),
        # What is not to be seen is not to be seen in another source's words either.
        "provenance": {m: _origin(o, withheld and m == privacy.HAPPINESS) for m, o in view.values.items()},
        "removed": {m: _origin(o, m == privacy.HAPPINESS) for m, o in view.removed.items()},
        "differences": [
            asdict(d) for d in view.differences if not (withheld and d.metric == privacy.HAPPINESS)
        ],
        "note": NoteOut.of(view.note).model_dump() if view.note else None,
    }
