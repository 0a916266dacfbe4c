"""Bodies of tasks: what is asked for, what is answered at once, and the status."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, field_validator

from hansei.api.schemas.common import Accepted, Kind, Moment, Request, Status, TeamId
from hansei.jobs import JobView


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
